//! The laws of every sans-IO machine, for any order of inputs.

use super::{World, config, cseq};
use proptest::prelude::*;
use sip_message::{Request, StatusCode};
use sip_outbound::{Failure, Input, Output, RegistrationState};
use std::time::Duration;

#[derive(Clone, Debug)]
enum Step {
    Register,
    Unregister,
    Answer(u16, u32),
    Fail,
    Challenged,
    FlowLost,
    FlowRestored,
    Timeout,
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let status =
        proptest::sample::select(&[100u16, 200, 200, 200, 302, 401, 403, 408, 423, 480, 500, 503][..]);
    prop_oneof![
        Just(Step::Register),
        Just(Step::Register),
        Just(Step::Unregister),
        (status, 0u32..700).prop_map(|(status, seconds)| Step::Answer(status, seconds)),
        Just(Step::Fail),
        Just(Step::Challenged),
        Just(Step::FlowLost),
        Just(Step::FlowRestored),
        Just(Step::Timeout),
        (0u64..100_000_000).prop_map(Step::Pass),
    ]
}

/// Does one step; a response goes to the last request that was sent.
fn take(world: &mut World, last: Option<&Request>, step: &Step) {
    match (step, last) {
        (Step::Register, _) => world.registration.register(world.now),
        (Step::Unregister, _) => world.registration.unregister(world.now),
        (Step::Answer(status, seconds), Some(request)) => {
            let status = StatusCode::new(*status).unwrap();
            let seconds = seconds.to_string();
            world.answer(request, status, &[("Expires", &seconds), ("Min-Expires", &seconds)]);
        }
        (Step::Fail, Some(request)) => world.fail(request, Failure::Timeout),
        (Step::Challenged, Some(request)) => world.handle(Input::Challenged { cseq: cseq(request) }),
        (Step::Answer(..) | Step::Fail | Step::Challenged, None) => {}
        (Step::FlowLost, _) => world.handle(Input::FlowLost),
        (Step::FlowRestored, _) => world.handle(Input::FlowRestored),
        (Step::Timeout, _) => {
            world.now = world.registration.next_timeout().unwrap_or(world.now);
            world.handle(Input::Timeout);
        }
        (Step::Pass(micros), _) => {
            // no further than the deadline, which the caller keeps
            let later = world.now + Duration::from_micros(*micros);
            let deadline = world.registration.next_timeout();
            world.now = deadline.map_or(later, |next| next.min(later));
            if deadline == Some(world.now) {
                world.handle(Input::Timeout);
            }
        }
    }
}

/// Whether the REGISTER in flight, if any, is over with this.
const fn ends_exchange(step: &Step) -> bool {
    match step {
        Step::Answer(status, _) => *status >= 200,
        Step::Fail | Step::Challenged | Step::FlowLost => true,
        Step::Register | Step::Unregister | Step::FlowRestored | Step::Timeout | Step::Pass(_) => false,
    }
}

proptest! {
    #[test]
    fn the_laws_hold_for_any_order(steps in proptest::collection::vec(step(), 1..60)) {
        let mut world = World::new(config());
        let mut last: Option<Request> = None;
        let mut number = 0;
        let mut in_flight = false;
        for step in steps {
            in_flight &= !ends_exchange(&step);
            let before = (world.registration.state(), world.registration.is_registered());
            take(&mut world, last.as_ref(), &step);
            let mut outputs = 0;
            while let Some(output) = world.output() {
                outputs += 1;
                if let Output::Request(request) = output {
                    number += 1;
                    prop_assert!(!in_flight, "two REGISTERs at one time");
                    in_flight = true;
                    prop_assert_eq!(cseq(&request).number, number);
                    last = Some(request);
                }
            }
            let registration = &mut world.registration;
            if matches!(step, Step::Timeout) && registration.next_timeout().is_some() {
                // a timeout does something, and none is left overdue
                prop_assert!(outputs > 0 || before != (registration.state(), registration.is_registered()));
            }
            prop_assert!(registration.next_timeout().is_none_or(|next| next > world.now));
            // an early timeout is a no-op
            let deadline = registration.next_timeout();
            registration.handle(Input::Timeout, world.now);
            prop_assert!(registration.poll_output().is_none());
            prop_assert_eq!(registration.next_timeout(), deadline);
            if registration.state() == RegistrationState::Idle {
                prop_assert!(deadline.is_none() && !registration.is_registered());
            }
        }
    }

    /// Whatever a registrar answers, it gets at most one unasked REGISTER per 10 s, besides what a 423 brings once.
    #[test]
    fn ac12_nonsense_does_not_make_a_flood(answers in proptest::collection::vec((0usize..6, 0u32..30), 1..40)) {
        let mut world = World::new(config());
        let mut request = world.register();
        let start = world.now;
        let mut sent = 1u32;
        for (kind, seconds) in answers {
            let status = [200, 200, 408, 500, 503, 423][kind];
            let seconds = seconds.to_string();
            let fields = [("Expires", seconds.as_str()), ("Retry-After", &seconds), ("Min-Expires", "900")];
            world.answer(&request, StatusCode::new(status).unwrap(), &fields);
            let mut found = None;
            for _ in 0..4 {
                while let Some(output) = world.output() {
                    if let Output::Request(request) = output {
                        found = Some(request);
                    }
                }
                if found.is_some() || world.registration.next_timeout().is_none() {
                    break;
                }
                world.elapse();
            }
            let Some(next) = found else { break };
            request = next;
            sent += 1;
            let allowed = 2 + (world.now - start).as_secs() / 10;
            prop_assert!(u64::from(sent) <= allowed, "{sent} in {:?}", world.now - start);
        }
    }
}
