//! The growing interval of timers A, E and G: RFC 3261 §17.1.1.2, §17.1.2.2, §17.2.1.

use std::time::Duration;

/// No interval is shorter, so that a T1 of zero cannot make a timer fire for ever at one instant.
const SHORTEST: Duration = Duration::from_millis(1);

/// Intervals that double, up to a cap. Not `Copy`: an interval that was used must not be used again.
#[derive(Debug)]
pub(crate) struct Backoff {
    interval: Duration,
    cap: Duration,
}

impl Backoff {
    // rfc3261#17.1.1.2/7,9,13
    /// T1, 2·T1, 4·T1 and so on: Timer A.
    pub(crate) fn uncapped(t1: Duration) -> Self {
        Self::capped(t1, Duration::MAX)
    }

    /// T1, then MIN(2·T1, T2), MIN(4·T1, T2) and so on: timers E and G. A T2 below T1 counts as T1, so that no setting
    /// makes more than 64 retransmissions in 64·T1.
    pub(crate) fn capped(t1: Duration, t2: Duration) -> Self {
        let interval = t1.max(SHORTEST);
        Self { interval, cap: t2.max(interval) }
    }

    /// The interval to wait now.
    pub(crate) fn next_interval(&mut self) -> Duration {
        let interval = self.interval;
        self.interval = interval.saturating_mul(2).min(self.cap);
        interval
    }

    /// Goes to the cap at once: Timer E in the Proceeding state.
    pub(crate) fn jump_to_cap(&mut self) {
        self.interval = self.cap;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(mut backoff: Backoff) -> Vec<u128> {
        (0..6).map(|_| backoff.next_interval().as_millis()).collect()
    }

    // rfc3261#17.1.1.2/7-9,13, type=test
    #[test]
    fn doubles_for_ever_without_a_cap() {
        assert_eq!(
            millis(Backoff::uncapped(Duration::from_millis(500))),
            [500, 1000, 2000, 4000, 8000, 16000]
        );
    }

    #[test]
    fn stays_at_t2() {
        let backoff = Backoff::capped(Duration::from_millis(500), Duration::from_secs(4));
        assert_eq!(millis(backoff), [500, 1000, 2000, 4000, 4000, 4000]);
    }

    #[test]
    fn never_goes_below_t1() {
        assert_eq!(millis(Backoff::capped(Duration::from_millis(500), Duration::ZERO)), [500; 6]);
    }

    #[test]
    fn is_never_zero() {
        assert_eq!(millis(Backoff::capped(Duration::ZERO, Duration::ZERO)), [1, 1, 1, 1, 1, 1]);
    }
}
