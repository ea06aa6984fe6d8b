//! A flow that goes and comes back: AC-1, AC-4, AC-11, RFC 5626 §4.5.

use super::{World, config, cseq, secs};
use sip_message::StatusCode;
use sip_outbound::{Failure, Input, Output, RegistrationEvent, RegistrationState};

/// AC-1: not registered from the moment the flow is lost; one REGISTER and one event when it is back.
#[test]
fn ac1_a_restored_flow_is_registered_at_once_and_once() {
    let mut world = World::registered(600);
    world.now += secs(2);
    world.handle(Input::FlowLost);
    assert!(!world.registration.is_registered());
    assert_eq!(world.registration.state(), RegistrationState::NoFlow);
    assert_eq!(world.registration.next_timeout(), None);
    world.handle(Input::FlowRestored);
    let request = world.request();
    world.assert_quiet();
    world.accept(&request, 600);
    assert!(matches!(world.event(), RegistrationEvent::Registered { is_refresh: false, .. }));
    world.assert_quiet();
}

/// The order in which the transaction layer and the connection report a cut does not matter.
#[test]
fn ac1_ac4_a_cut_in_the_middle_of_register_is_one_failure() {
    let mut world = World::new(config());
    let first = world.register();
    world.handle(Input::FlowLost);
    world.fail(&first, Failure::Transport);
    world.assert_quiet();
    world.handle(Input::FlowRestored);
    world.assert_quiet();
    // a registrar that cuts at each REGISTER gets one per 10 s
    assert_eq!(world.elapse(), secs(10));
    let second = world.request();
    world.fail(&second, Failure::Transport);
    world.failure();
    world.handle(Input::FlowLost);
    world.now += secs(10);
    world.handle(Input::FlowRestored);
    assert_eq!(cseq(&world.request()).number, 3);
}

/// Whether it challenges or not and however long its flows last: an edge that registers and cuts, over and over, gets no
/// more than one REGISTER in 10 s in the long run.
#[test]
fn ac12_an_edge_that_accepts_and_cuts_is_not_stormed() {
    for (challenges, lasts) in [(false, 0), (true, 0), (true, 5), (true, 11)] {
        let mut world = World::new(config());
        let begin = world.now;
        let mut sent = 1;
        let mut request = world.register();
        while world.now - begin < secs(3600) {
            if challenges {
                world.handle(Input::Challenged { cseq: cseq(&request) });
                request = world.request();
                sent += 1;
            }
            world.accept(&request, 600);
            world.event();
            world.now += secs(lasts);
            world.handle(Input::FlowLost);
            world.now += secs(1);
            world.handle(Input::FlowRestored);
            while world.registration.state() == RegistrationState::Waiting {
                world.elapse();
            }
            request = world.request();
            sent += 1;
        }
        let allowed = (world.now - begin).as_secs() / 10 + 10;
        assert!(sent <= allowed, "{sent} in {:?}, {challenges} {lasts}", world.now - begin);
    }
}

/// Four flows in a row may be lost as soon as they are registered, with a challenge each.
#[test]
fn ac1_a_flow_that_breaks_a_few_times_is_registered_at_once_each_time() {
    let mut world = World::new(config());
    let mut request = world.register();
    for _ in 0..5 {
        world.handle(Input::Challenged { cseq: cseq(&request) });
        request = world.request();
        world.accept(&request, 600);
        world.event();
        world.handle(Input::FlowLost);
        world.handle(Input::FlowRestored);
        if let Some(Output::Request(next)) = world.output() {
            request = next;
        }
    }
    assert_eq!(cseq(&request).number, 10);
    assert_eq!(world.registration.state(), RegistrationState::Waiting);
}

/// P3: after a restart the registrar sheds load; a new flow does not cut its Retry-After short.
#[test]
fn ac4_retry_after_outlives_the_flow() {
    let mut world = World::new(config());
    let request = world.register();
    world.answer(&request, StatusCode::SERVICE_UNAVAILABLE, &[("Retry-After", "120")]);
    world.failure();
    world.now += secs(20);
    world.handle(Input::FlowLost);
    world.handle(Input::FlowRestored);
    world.assert_quiet();
    assert_eq!(world.elapse(), secs(100));
    world.request();
}

/// AC-32: what one server asks for does not concern another one.
#[test]
fn ac32_another_server_is_asked_at_once() {
    let mut world = World::new(config());
    let request = world.register();
    world.answer(&request, StatusCode::SERVICE_UNAVAILABLE, &[("Retry-After", "120")]);
    world.failure();
    world.handle(Input::FlowLost);
    world.handle(Input::ServerChanged);
    let again = world.request();
    assert_eq!(cseq(&again).number, 2);
    world.accept(&again, 600);
    assert!(matches!(world.event(), RegistrationEvent::Registered { is_refresh: false, .. }));
    // a refresh that is under way, or a registration nobody wants, is nothing to begin again
    let mut idle = World::new(config());
    idle.handle(Input::FlowLost);
    idle.handle(Input::ServerChanged);
    idle.assert_quiet();
}

#[test]
fn register_without_a_flow_waits_for_one() {
    let mut world = World::new(config());
    world.handle(Input::FlowLost);
    world.registration.register(world.now);
    world.assert_quiet();
    assert_eq!(world.registration.state(), RegistrationState::NoFlow);
    world.handle(Input::FlowRestored);
    world.request();
}

/// AC-3: unregister without a socket completes locally and sends nothing.
#[test]
fn ac3_unregister_without_a_flow_ends_at_once() {
    let mut world = World::registered(600);
    world.handle(Input::FlowLost);
    world.registration.unregister(world.now);
    assert!(matches!(world.event(), RegistrationEvent::Unregistered));
    world.handle(Input::FlowRestored);
    world.assert_quiet();
    assert_eq!(world.registration.state(), RegistrationState::Idle);
}

#[test]
fn a_flow_lost_while_unregistering_ends_it() {
    let mut world = World::registered(600);
    world.registration.unregister(world.now);
    world.request();
    world.handle(Input::FlowLost);
    assert!(matches!(world.event(), RegistrationEvent::Unregistered));
    world.handle(Input::FlowRestored);
    world.assert_quiet();
}

#[test]
fn an_idle_registration_does_not_care_for_flows() {
    let mut world = World::new(config());
    world.handle(Input::FlowLost);
    world.handle(Input::FlowRestored);
    world.assert_quiet();
    assert_eq!(world.registration.state(), RegistrationState::Idle);
}

#[test]
fn another_flow_under_a_live_binding_is_registered() {
    let mut world = World::registered(600);
    world.handle(Input::FlowRestored);
    let request = world.request();
    assert!(world.registration.is_registered());
    world.accept(&request, 600);
    assert!(matches!(world.event(), RegistrationEvent::Registered { is_refresh: true, .. }));
}

/// AC-1: the states by which an application follows a registration are events.
#[test]
fn ac1_a_register_that_makes_a_binding_is_told_and_a_refresh_is_not() {
    let mut world = World::new(config());
    let told = |world: &mut World| -> Vec<RegistrationEvent> {
        let events = std::iter::from_fn(|| world.output()).filter_map(|output| match output {
            Output::Event(event) => Some(event),
            Output::Request(_) => None,
        });
        events.collect()
    };
    world.registration.register(world.now);
    let Some(Output::Request(request)) = world.output() else { panic!("the request comes first") };
    assert!(matches!(told(&mut world)[..], [RegistrationEvent::Registering]));
    world.handle(Input::Challenged { cseq: cseq(&request) });
    let request = world.request();
    assert!(told(&mut world).is_empty(), "the same attempt");
    world.accept(&request, 600);
    assert!(matches!(told(&mut world)[..], [RegistrationEvent::Registered { is_refresh: false, .. }]));
    world.elapse();
    let request = world.request();
    assert!(told(&mut world).is_empty(), "a refresh");
    world.accept(&request, 600);
    assert!(matches!(told(&mut world)[..], [RegistrationEvent::Registered { is_refresh: true, .. }]));
    world.handle(Input::FlowLost);
    assert!(told(&mut world).is_empty(), "the connection has events of its own");
    world.now += secs(20);
    world.handle(Input::FlowRestored);
    let request = world.request();
    assert!(matches!(told(&mut world)[..], [RegistrationEvent::Registering]));
    world.answer(&request, StatusCode::SERVICE_UNAVAILABLE, &[]);
    assert!(matches!(told(&mut world)[..], [RegistrationEvent::Failed { retry_in: Some(_), .. }]));
    world.elapse();
    let request = world.request();
    assert!(matches!(told(&mut world)[..], [RegistrationEvent::Registering]));
    world.accept(&request, 600);
    assert!(matches!(told(&mut world)[..], [RegistrationEvent::Registered { is_refresh: false, .. }]));
}
