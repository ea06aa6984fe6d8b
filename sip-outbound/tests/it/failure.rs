//! What stops a registration and what makes it wait: AC-4, RFC 3261 §10.2.7 and §10.2.8, RFC 5626 §4.5.

use super::{World, config, cseq, secs};
use sip_message::StatusCode;
use sip_outbound::{BackOff, Failure, RegistrationEvent, RegistrationFailure, RegistrationState};
use std::time::Duration;

fn after(status: StatusCode, fields: &[(&str, &str)]) -> (RegistrationFailure, Option<Duration>, World) {
    let mut world = World::new(config());
    let request = world.register();
    world.now += secs(1);
    world.answer(&request, status, fields);
    let (cause, retry_in) = world.failure();
    world.assert_quiet();
    (cause, retry_in, world)
}

#[test]
fn ac4_refusals_stop_with_a_typed_reason() {
    use RegistrationFailure::{Forbidden, NotFound, Redirected, Rejected, Unauthorized};
    let status = StatusCode::UNAUTHORIZED;
    let proxy = StatusCode::PROXY_AUTHENTICATION_REQUIRED;
    for (answer, expected) in [
        (StatusCode::FORBIDDEN, Forbidden),
        (StatusCode::NOT_FOUND, NotFound),
        (status, Unauthorized { status }),
        (proxy, Unauthorized { status: proxy }),
        (StatusCode::MOVED_TEMPORARILY, Redirected { status: StatusCode::MOVED_TEMPORARILY }),
        (StatusCode::BAD_EXTENSION, Rejected { status: StatusCode::BAD_EXTENSION }),
        (StatusCode::DECLINE, Rejected { status: StatusCode::DECLINE }),
    ] {
        let (cause, retry_in, world) = after(answer, &[]);
        assert_eq!((cause, retry_in), (expected, None));
        assert_eq!(cause.status(), Some(answer));
        assert_eq!(world.registration.state(), RegistrationState::Idle);
        assert_eq!(world.registration.next_timeout(), None);
    }
}

/// A Retry-After does not bring 403 and 404 back, but any other refusal.
#[test]
fn a_refusal_with_retry_after_is_repeated_then() {
    let later = [("Retry-After", "120 (back soon);duration=60")];
    let (_, retry_in, _) = after(StatusCode::FORBIDDEN, &later);
    assert_eq!(retry_in, None);
    let (cause, retry_in, _) = after(StatusCode::TEMPORARILY_UNAVAILABLE, &later);
    assert_eq!(cause, RegistrationFailure::Rejected { status: StatusCode::TEMPORARILY_UNAVAILABLE });
    assert!(retry_in.unwrap() >= secs(120));
}

#[test]
fn ac4_an_unavailable_registrar_is_tried_again() {
    for status in [StatusCode::REQUEST_TIMEOUT, StatusCode::SERVER_INTERNAL_ERROR, StatusCode::BAD_GATEWAY] {
        let (cause, retry_in, mut world) = after(status, &[]);
        assert_eq!(cause, RegistrationFailure::Unavailable { status });
        let wait = retry_in.unwrap();
        assert!(wait >= secs(30) && wait <= secs(60), "{wait:?}");
        assert_eq!(world.elapse(), wait);
        world.request();
    }
}

// rfc3261#10.2.7/1, type=test
/// AC-4: one timeout is not the end, nor are twenty. rfc5626#4.5: 30 to 60 s, then doubling to half an hour.
#[test]
fn ac4_the_wait_doubles_up_to_half_an_hour_and_never_ends() {
    let mut world = World::new(config());
    let mut request = world.register();
    for failures in 1..20u32 {
        world.fail(&request, if failures % 2 == 0 { Failure::Timeout } else { Failure::Transport });
        let wait = world.failure().1.unwrap();
        let bound = secs(30 << failures.min(6)).min(secs(1800));
        assert!(wait >= bound / 2 && wait <= bound, "{failures}: {wait:?}");
        assert_eq!(world.elapse(), wait);
        request = world.request();
        assert_eq!(cseq(&request).number, failures + 1);
    }
    // and starts small again after a success
    world.accept(&request, 600);
    world.event();
    world.elapse();
    let request = world.request();
    world.fail(&request, Failure::Timeout);
    assert!(world.failure().1.unwrap() <= secs(60));
}

#[test]
fn ac4_waits_differ_between_user_agents() {
    let wait = |seed| {
        let mut world = World::seeded(config(), seed);
        let request = world.register();
        world.fail(&request, Failure::Timeout);
        world.failure().1.unwrap()
    };
    assert_ne!(wait(1), wait(2));
}

// rfc5626#4.2.1, type=test
/// A server that is back sooner than in half a minute may say so, and ten seconds are the least (AC-12).
#[test]
fn ac4_retry_after_is_honoured_be_it_long_or_short() {
    for (seconds, expected) in [("300", 300), ("15", 15), ("1", 10), ("0", 10)] {
        let (_, mut retry_in, mut world) =
            after(StatusCode::SERVICE_UNAVAILABLE, &[("Retry-After", seconds)]);
        // so each time, until it says nothing of the kind
        for _ in 0..3 {
            let wait = retry_in.unwrap();
            assert!((expected - 1..=expected).contains(&wait.as_secs()), "{wait:?} for {seconds}");
            assert_eq!(world.elapse(), wait);
            let again = world.request();
            world.answer(&again, StatusCode::SERVICE_UNAVAILABLE, &[("Retry-After", seconds)]);
            retry_in = world.failure().1;
        }
        world.elapse();
        let again = world.request();
        world.answer(&again, StatusCode::SERVICE_UNAVAILABLE, &[]);
        let wait = world.failure().1.unwrap();
        assert!(wait >= secs(480) && wait <= secs(960), "the fifth failure in a row: {wait:?}");
    }
}

/// The application may hurry, but not past a Retry-After nor within 10 s of the last REGISTER.
#[test]
fn register_while_waiting_hurries_within_limits() {
    let (_, _, mut world) = after(StatusCode::SERVICE_UNAVAILABLE, &[]);
    world.registration.register(world.now);
    world.assert_quiet();
    assert_eq!(world.elapse(), secs(9));
    world.request();

    let (_, _, mut world) = after(StatusCode::SERVICE_UNAVAILABLE, &[("Retry-After", "300")]);
    world.registration.register(world.now);
    world.assert_quiet();
    assert_eq!(world.elapse(), secs(300));

    let (_, _, mut world) = after(StatusCode::SERVICE_UNAVAILABLE, &[]);
    world.now += secs(20);
    world.register();
}

#[test]
fn a_short_back_off_is_still_ten_seconds() {
    let back_off = BackOff { base: Duration::from_millis(1), maximum: secs(1) };
    let mut world = World::new(config().with_back_off(back_off));
    let request = world.register();
    world.fail(&request, Failure::Transport);
    assert_eq!(world.failure().1, Some(secs(10)));
}

#[test]
fn a_refused_unregister_ends_all_the_same() {
    let mut world = World::registered(600);
    world.registration.unregister(world.now);
    let request = world.request();
    world.answer(&request, StatusCode::SERVER_INTERNAL_ERROR, &[]);
    let status = StatusCode::SERVER_INTERNAL_ERROR;
    assert_eq!(world.failure(), (RegistrationFailure::Unavailable { status }, None));
    assert_eq!(world.registration.state(), RegistrationState::Idle);
}

#[test]
fn a_failure_of_an_older_request_changes_nothing() {
    let mut world = World::new(config());
    let first = world.register();
    world.handle(sip_outbound::Input::Challenged { cseq: cseq(&first) });
    let second = world.request();
    world.fail(&first, Failure::Timeout);
    world.assert_quiet();
    world.accept(&second, 600);
    assert!(matches!(world.event(), RegistrationEvent::Registered { .. }));
}
