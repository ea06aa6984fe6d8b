//! When to try to connect again: RFC 5626 §4.5, without I/O.

use crate::BackOff;
use sip_clock::{Instant, TokenSource};
use std::time::Duration;

/// Decides when a lost connection is tried again: at once after a good one, with growing waits after failures.
///
/// A connection is good when it lasted ten seconds, counted from its registration where it has one to make
/// ([`handle_registering`](Self::handle_registering)); only that makes failures forgotten. The first one that did not is
/// replaced at once as well, for connections of any age get lost. Each further one in a row counts as a failure, so that
/// a server that lets clients in, registers them and throws them out is not stormed.
///
/// ```
/// use sip_clock::{Instant, TokenSource};
/// use sip_outbound::{BackOff, Reconnection};
/// use std::time::Duration;
///
/// let back_off = BackOff { base: Duration::from_secs(1), maximum: Duration::from_secs(60) };
/// let mut reconnection = Reconnection::new(back_off, Instant::ZERO, TokenSource::from_seed(1));
/// let lost = Instant::ZERO + Duration::from_secs(3600);
/// reconnection.handle_lost(lost);
/// assert!(reconnection.next_attempt().unwrap() - lost < Duration::from_millis(200));
/// reconnection.handle_failed(lost);
/// assert!(reconnection.next_attempt().unwrap() - lost >= Duration::from_secs(1));
/// ```
#[derive(Clone, Debug)]
pub struct Reconnection {
    back_off: BackOff,
    tokens: TokenSource,
    /// Since when it works: `None` while that is for its registration to show.
    works_since: Option<Instant>,
    /// Whether a short connection has been replaced at once since the last good one.
    was_short: bool,
    failures: u32,
    next_attempt: Option<Instant>,
}

/// Up to this the first attempt is put off, so that the clients of a failed server do not all come at once.
const JITTER: Duration = Duration::from_millis(100);
/// What a connection has to last to count as good.
const STABLE: Duration = Duration::from_secs(10);

impl Reconnection {
    /// For a connection that is up since `now`.
    #[must_use]
    pub const fn new(back_off: BackOff, now: Instant, tokens: TokenSource) -> Self {
        Self { back_off, tokens, works_since: Some(now), was_short: false, failures: 0, next_attempt: None }
    }

    /// The connection is lost.
    pub fn handle_lost(&mut self, now: Instant) {
        let is_short = self.works_since.is_none_or(|since| now.duration_since(since) < STABLE);
        if is_short && (self.was_short || self.failures > 0) {
            return self.handle_failed(now);
        }
        self.was_short = is_short;
        self.failures = 0;
        let spread = u64::try_from(JITTER.as_micros()).unwrap_or(u64::MAX);
        self.next_attempt = Some(now + Duration::from_micros(self.tokens.below(spread)));
    }

    /// An attempt failed.
    pub fn handle_failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        // rfc5626#4.5: the wait doubles with each failure, up to a maximum, half of it at random.
        self.next_attempt = Some(now + self.back_off.delay(self.failures, &mut self.tokens));
    }

    /// An attempt succeeded.
    pub const fn handle_connected(&mut self, now: Instant) {
        self.works_since = Some(now);
        self.next_attempt = None;
    }

    /// The connection that has just come up is to be registered: it is worth nothing before that, however long it lasts.
    pub const fn handle_registering(&mut self) {
        self.works_since = None;
    }

    // rfc5626#4.5
    /// The registration succeeded, the first time or once more.
    pub fn handle_registered(&mut self, now: Instant) {
        self.works_since.get_or_insert(now);
    }

    /// When to try; `None` while connected.
    #[must_use]
    pub const fn next_attempt(&self) -> Option<Instant> {
        self.next_attempt
    }

    /// Attempts that failed since the last good connection.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(seconds)
    }

    fn reconnection() -> Reconnection {
        let back_off = BackOff { base: Duration::from_secs(1), maximum: Duration::from_secs(60) };
        Reconnection::new(back_off, Instant::ZERO, TokenSource::from_seed(1))
    }

    #[test]
    fn the_first_attempt_comes_at_once_and_the_waits_grow_to_the_maximum() {
        let mut reconnection = reconnection();
        reconnection.handle_lost(after(100));
        assert!(reconnection.next_attempt().unwrap() - after(100) < JITTER);
        for bound in [2, 4, 8, 16, 32, 60, 60] {
            reconnection.handle_failed(after(100));
            let wait = reconnection.next_attempt().unwrap() - after(100);
            assert!(wait >= Duration::from_secs(bound) / 2 && wait <= Duration::from_secs(bound), "{wait:?}");
        }
    }

    #[test]
    fn a_good_connection_forgets_the_failures_and_a_short_one_does_not() {
        let mut reconnection = reconnection();
        reconnection.handle_failed(after(5));
        assert_eq!(reconnection.failures(), 1);
        reconnection.handle_connected(after(10));
        assert_eq!(reconnection.next_attempt(), None);
        reconnection.handle_lost(after(12));
        assert_eq!(reconnection.failures(), 2);
        reconnection.handle_connected(after(20));
        reconnection.handle_lost(after(31));
        assert_eq!(reconnection.failures(), 0);
    }

    // rfc5626#4.5, type=test
    /// A REGISTER is put off for longer than a good connection lasts, time and again.
    #[test]
    fn ac4_a_connection_that_was_lost_before_its_registration_is_a_failure_however_long_it_lasted() {
        let mut reconnection = reconnection();
        reconnection.handle_lost(after(1));
        let mut now = reconnection.next_attempt().unwrap();
        for failures in 1..6 {
            reconnection.handle_connected(now);
            reconnection.handle_registering();
            now += STABLE * 2;
            reconnection.handle_lost(now);
            assert_eq!(reconnection.failures(), failures);
            let wait = reconnection.next_attempt().unwrap() - now;
            assert!(wait >= Duration::from_secs(1 << failures) / 2, "{wait:?}");
            now += wait;
        }
    }

    // rfc5626#4.5, type=test
    #[test]
    fn ac4_a_registered_connection_is_good_ten_seconds_after_its_first_registration() {
        for (lasts, failures) in [(9, 2), (10, 0)] {
            let mut reconnection = reconnection();
            reconnection.handle_failed(after(1));
            reconnection.handle_connected(after(10));
            reconnection.handle_registering();
            reconnection.handle_registered(after(30));
            reconnection.handle_registered(after(38));
            reconnection.handle_lost(after(30 + lasts));
            assert_eq!(reconnection.failures(), failures, "{lasts} s");
        }
    }

    #[test]
    fn a_registration_that_comes_later_does_not_make_a_good_connection_short() {
        let mut reconnection = reconnection();
        reconnection.handle_failed(after(1));
        reconnection.handle_connected(after(10));
        reconnection.handle_registered(after(25));
        reconnection.handle_lost(after(26));
        assert_eq!(reconnection.failures(), 0);
    }

    // rfc5626#4.5, type=test
    /// AC-4: let in and thrown out again and again, a client comes back at once, then ever more rarely; and as at the
    /// beginning after a connection that lasted.
    #[test]
    fn ac4_the_first_short_connection_is_replaced_at_once_and_each_further_one_in_a_row_waits_longer() {
        let mut reconnection = reconnection();
        let mut now = after(1);
        for _ in 0..2 {
            reconnection.handle_lost(now);
            assert!(reconnection.next_attempt().unwrap() - now < JITTER);
            for bound in [2, 4, 8, 16, 32, 60, 60] {
                now = reconnection.next_attempt().unwrap();
                reconnection.handle_connected(now);
                now += Duration::from_secs(1);
                reconnection.handle_lost(now);
                let wait = reconnection.next_attempt().unwrap() - now;
                assert!(
                    wait >= Duration::from_secs(bound) / 2 && wait <= Duration::from_secs(bound),
                    "{wait:?}"
                );
            }
            now = reconnection.next_attempt().unwrap();
            reconnection.handle_connected(now);
            now += STABLE;
            reconnection.handle_lost(now);
            assert!(reconnection.next_attempt().unwrap() - now < JITTER);
            reconnection.handle_connected(now);
            now += Duration::from_secs(1);
        }
    }
}
