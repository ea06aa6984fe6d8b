//! REGISTERs that go again because of their answer, with something changed: RFC 3261 §10.2.8, RFC 5626 §4.2.1.

use super::Registration;
use crate::RegistrationFailure;
use crate::state::{Exchange, State, Wait};
use sip_clock::Instant;

impl Registration {
    // rfc5626#4.2.1: a 439 may be followed by a registration without outbound
    pub(super) fn register_plainly(&mut self, exchange: Exchange, now: Instant) -> State {
        self.config.without_outbound();
        self.sample = None;
        State::Registering(Exchange { cseq: self.send(self.requested, now), ..exchange })
    }

    /// A 2xx that granted nothing: the registrar forgot us, so it is asked again, at first without a long wait.
    pub(super) fn register_again(&mut self, now: Instant) -> State {
        if self.failures > 0 {
            return self.wait(None, RegistrationFailure::BindingRemoved, None, now);
        }
        self.failures = 1;
        let retry_at = self.pace.permitted();
        self.failed(RegistrationFailure::BindingRemoved, Some(retry_at - now));
        self.pause(Wait { retry_at, earliest: retry_at, bound_until: None }, now)
    }

    /// rfc3261#10.2.8: a 423 names the least interval; it is asked for once, at once, and from now on.
    pub(super) fn raise(&mut self, exchange: &Exchange, minimum: Option<u32>, now: Instant) -> State {
        let Some(minimum) = minimum.filter(|seconds| !exchange.raised && *seconds > self.requested) else {
            return self.stop(RegistrationFailure::IntervalTooBrief);
        };
        self.requested = minimum;
        let (cseq, bound_until) = (self.send(minimum, now), exchange.bound_until);
        State::Registering(Exchange { cseq, raised: true, reversed: false, bound_until })
    }
}
