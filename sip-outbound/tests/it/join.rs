//! Verbs while a REGISTER is in flight: AC-3, RFC 3261 §10.2 (one at a time).

use super::{World, config, expires};
use sip_message::StatusCode;
use sip_outbound::{Failure, RegistrationEvent, RegistrationState};

// rfc3261#10.2/8, type=test
#[test]
fn ac3_register_joins_the_one_in_flight() {
    let mut world = World::new(config());
    let request = world.register();
    world.registration.register(world.now);
    world.assert_quiet();
    world.accept(&request, 600);
    assert!(matches!(world.event(), RegistrationEvent::Registered { .. }));
    world.assert_quiet();
}

// rfc3261#10.2/8, type=test
#[test]
fn unregister_follows_the_register_in_flight() {
    let mut world = World::new(config());
    let request = world.register();
    world.registration.unregister(world.now);
    world.assert_quiet();
    assert!(!world.registration.is_registered());
    world.accept(&request, 600);
    let removal = world.request();
    assert_eq!(expires(&removal), 0);
    world.answer(&removal, StatusCode::OK, &[]);
    assert!(matches!(world.event(), RegistrationEvent::Unregistered));
}

#[test]
fn unregister_ends_at_once_when_the_register_in_flight_fails() {
    let mut world = World::new(config());
    let request = world.register();
    world.registration.unregister(world.now);
    world.fail(&request, Failure::Timeout);
    assert!(matches!(world.event(), RegistrationEvent::Unregistered));
    world.assert_quiet();
}

#[test]
fn unregister_during_a_failing_refresh_still_removes_the_binding() {
    let mut world = World::registered(600);
    world.elapse();
    let refresh = world.request();
    world.registration.unregister(world.now);
    world.answer(&refresh, StatusCode::SERVER_INTERNAL_ERROR, &[]);
    assert_eq!(expires(&world.request()), 0);
}

#[test]
fn register_follows_the_unregister_in_flight() {
    let mut world = World::registered(600);
    world.registration.unregister(world.now);
    let removal = world.request();
    world.registration.register(world.now);
    world.assert_quiet();
    world.answer(&removal, StatusCode::OK, &[]);
    let request = world.request();
    assert_eq!(expires(&request), 600);
    world.accept(&request, 600);
    assert!(matches!(world.event(), RegistrationEvent::Registered { .. }));
}

#[test]
fn the_last_verb_counts() {
    let mut world = World::new(config());
    let request = world.register();
    world.registration.unregister(world.now);
    world.registration.register(world.now);
    world.accept(&request, 600);
    assert!(matches!(world.event(), RegistrationEvent::Registered { .. }));
    assert_eq!(world.registration.state(), RegistrationState::Registered);
}

/// The binding ran out while nobody wanted it; whoever wants it again is told.
#[test]
fn a_binding_that_ran_out_meanwhile_is_expired() {
    let mut world = World::registered(60);
    world.elapse();
    world.request();
    world.registration.unregister(world.now);
    world.now += super::secs(30);
    world.registration.register(world.now);
    assert!(matches!(world.event(), RegistrationEvent::Expired));
    assert!(!world.registration.is_registered());
    assert_eq!(world.registration.next_timeout(), None);
}

#[test]
fn unregister_while_waiting_ends_or_removes() {
    let mut world = World::new(config());
    let request = world.register();
    world.fail(&request, Failure::Timeout);
    world.failure();
    world.registration.unregister(world.now);
    assert!(matches!(world.event(), RegistrationEvent::Unregistered));

    let mut world = World::registered(600);
    world.elapse();
    let refresh = world.request();
    world.fail(&refresh, Failure::Timeout);
    world.failure();
    world.registration.unregister(world.now);
    assert_eq!(expires(&world.request()), 0);
}

#[test]
fn ac3_unregister_without_a_binding_sends_nothing() {
    let mut world = World::new(config());
    world.registration.unregister(world.now);
    assert!(matches!(world.event(), RegistrationEvent::Unregistered));
    world.assert_quiet();
}
