//! When a binding is refreshed: AC-12, AC-13, RFC 3261 §10.2.4.

use super::{World, config, cseq, expires, secs};
use sip_message::StatusCode;
use sip_outbound::{Failure, Input, RegistrationEvent, RegistrationFailure, RegistrationState};

#[test]
fn ac13_refresh_is_early_by_five_seconds_or_a_tenth() {
    for (granted, expected) in [(600, 540), (40, 35), (50, 45), (20, 15), (3600, 3240)] {
        let mut world = World::registered(granted);
        assert_eq!(world.elapse(), secs(expected), "{granted}");
        let request = world.request();
        assert!(world.registration.is_registered());
        world.accept(&request, granted);
        assert!(matches!(world.event(), RegistrationEvent::Registered { is_refresh: true, .. }));
        world.assert_quiet();
    }
}

/// AC-12: never less than max(10 s, expires/2) between two, even when the binding runs out meanwhile.
#[test]
fn ac12_refresh_is_never_sooner_than_ten_seconds() {
    let mut world = World::registered(1);
    assert_eq!(world.elapse(), secs(1));
    assert!(matches!(world.event(), RegistrationEvent::Expired));
    assert!(!world.registration.is_registered());
    world.assert_quiet();
    assert_eq!(world.elapse(), secs(9));
    let request = world.request();
    world.accept(&request, 1);
    assert!(matches!(world.event(), RegistrationEvent::Registered { is_refresh: false, .. }));
}

/// A challenge does not let a binding of 15 s lapse: the refresh after it comes 10 s later, one for one.
#[test]
fn ac13_a_short_binding_is_refreshed_in_time_after_a_challenge() {
    let mut world = World::new(config());
    let first = world.register();
    world.handle(Input::Challenged { cseq: cseq(&first) });
    let second = world.request();
    world.accept(&second, 15);
    world.event();
    for _ in 0..20 {
        assert_eq!(world.elapse(), secs(10));
        let refresh = world.request();
        world.accept(&refresh, 15);
        assert!(matches!(world.event(), RegistrationEvent::Registered { is_refresh: true, .. }));
    }
}

/// AC-13: the granted value is not what is asked for next.
#[test]
fn ac13_a_smaller_grant_is_not_fed_back() {
    let mut world = World::registered(60);
    world.elapse();
    assert_eq!(expires(&world.request()), 600);
}

#[test]
fn a_refresh_on_request_goes_out_at_once() {
    let mut world = World::registered(600);
    let request = world.register();
    assert!(world.registration.is_registered());
    world.accept(&request, 600);
    assert!(matches!(world.event(), RegistrationEvent::Registered { is_refresh: true, .. }));
}

/// AC-13, rfc3261#10.2.8
#[test]
fn ac13_a_423_raises_the_interval_once_and_for_good() {
    let mut world = World::new(config());
    let first = world.register();
    world.answer(&first, StatusCode::INTERVAL_TOO_BRIEF, &[("Min-Expires", "1800")]);
    let second = world.request();
    assert_eq!((cseq(&second).number, expires(&second)), (2, 1800));
    world.accept(&second, 1800);
    world.event();
    world.elapse();
    assert_eq!(expires(&world.request()), 1800);
}

#[test]
fn a_423_that_makes_no_sense_stops() {
    let twice = |fields: &[(&str, &str)]| {
        let mut world = World::new(config());
        let first = world.register();
        world.answer(&first, StatusCode::INTERVAL_TOO_BRIEF, &[("Min-Expires", "1800")]);
        let second = world.request();
        world.answer(&second, StatusCode::INTERVAL_TOO_BRIEF, fields);
        world.failure()
    };
    assert_eq!(twice(&[("Min-Expires", "3600")]), (RegistrationFailure::IntervalTooBrief, None));
    for fields in [&[][..], &[("Min-Expires", "600")], &[("Min-Expires", "soon")]] {
        let mut world = World::new(config());
        let request = world.register();
        world.answer(&request, StatusCode::INTERVAL_TOO_BRIEF, fields);
        assert_eq!(world.failure(), (RegistrationFailure::IntervalTooBrief, None));
        assert_eq!(world.registration.state(), RegistrationState::Idle);
    }
}

/// AC-13: `expires=0` in a 2xx restarts the registration, with 10 s between, then with the back-off.
#[test]
fn ac13_a_binding_of_zero_seconds_is_asked_for_again() {
    let mut world = World::registered(600);
    world.elapse();
    let request = world.request();
    world.accept(&request, 0);
    assert_eq!(world.failure(), (RegistrationFailure::BindingRemoved, Some(secs(10))));
    assert!(!world.registration.is_registered());
    assert_eq!(world.elapse(), secs(10));
    let request = world.request();
    world.accept(&request, 0);
    let (cause, wait) = world.failure();
    assert_eq!(cause, RegistrationFailure::BindingRemoved);
    assert!(wait.unwrap() >= secs(60));
}

#[test]
fn a_binding_runs_out_while_its_refresh_fails() {
    let mut world = World::registered(60);
    world.elapse();
    let request = world.request();
    world.now += secs(3);
    world.fail(&request, Failure::Timeout);
    let (cause, wait) = world.failure();
    assert_eq!(cause, RegistrationFailure::Timeout);
    assert!(world.registration.is_registered());
    assert_eq!(world.elapse(), secs(3));
    assert!(matches!(world.event(), RegistrationEvent::Expired));
    assert!(!world.registration.is_registered());
    assert_eq!(world.elapse() + secs(3), wait.unwrap());
    world.request();
}
