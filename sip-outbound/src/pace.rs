//! How fast REGISTERs may follow each other: what a registrar that answers nonsense, or cuts its connections, can make
//! this end send. AC-12; RFC 3261 §10.2.7, RFC 5626 §4.5.

use crate::binding::MINIMUM_INTERVAL;
use sip_clock::Instant;
use std::time::Duration;

/// One REGISTER in ten seconds in the long run, and a few ahead of it: what a challenge has sent again counts too.
#[derive(Debug)]
pub(crate) struct Pace {
    last_sent: Instant,
    /// When all that was sent would have been sent at one in ten seconds.
    paid_until: Instant,
}

/// One REGISTER ahead: the first answer to a challenge does not put a refresh off.
const CHALLENGE: Duration = MINIMUM_INTERVAL;
/// Eight ahead: four connections that are lost as soon as they are registered, each with a challenge, are replaced at
/// once, or as the wait between connections says.
const FLOWS: Duration = MINIMUM_INTERVAL.saturating_mul(8);

impl Pace {
    pub(crate) const fn new() -> Self {
        Self { last_sent: Instant::ZERO, paid_until: Instant::ZERO }
    }

    /// A REGISTER goes out.
    pub(crate) fn note_sent(&mut self, now: Instant) {
        self.last_sent = now;
        self.paid_until = self.paid_until.max(now) + MINIMUM_INTERVAL;
    }

    /// When the next one may go out that nobody asks for: ten seconds after the last one at the least.
    pub(crate) fn permitted(&self) -> Instant {
        self.last_sent + self.ahead().saturating_sub(CHALLENGE).max(MINIMUM_INTERVAL)
    }

    /// When the next one may go out that replaces a registration whose flow is lost.
    // RFC 5626 §4.5 counts a flow as good that was registered; an edge that registers and cuts is not stormed even so
    pub(crate) fn permitted_for_flow(&self) -> Instant {
        self.last_sent + self.ahead().saturating_sub(FLOWS)
    }

    fn ahead(&self) -> Duration {
        self.paid_until.duration_since(self.last_sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(seconds)
    }

    #[test]
    fn a_challenge_does_not_put_the_next_one_off_and_challenges_for_ever_do() {
        let mut pace = Pace::new();
        for (now, next) in [(100, 110), (110, 130), (130, 150), (150, 170)] {
            pace.note_sent(at(now));
            pace.note_sent(at(now));
            assert_eq!(pace.permitted(), at(next));
        }
    }

    #[test]
    fn flows_that_are_lost_at_once_are_replaced_at_once_but_not_for_ever() {
        let mut pace = Pace::new();
        for (now, next) in [(100, 100), (100, 100), (100, 100), (100, 100), (100, 120), (120, 140)] {
            pace.note_sent(at(now));
            pace.note_sent(at(now));
            assert_eq!(pace.permitted_for_flow(), at(next), "{now}");
        }
        assert!(pace.permitted_for_flow() < at(1000), "a while later all is forgotten");
    }
}
