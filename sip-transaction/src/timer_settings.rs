//! T1, T2, T4 and Timer D: RFC 3261 §17.1.1.1, §17.1.2.2 and Table 4.

use crate::Reliability;
use std::time::Duration;

/// The durations every timer is computed from.
///
/// Change T1 only where RFC 3261 §17.1.1.1 allows it (a closed network, a slow link). A transport that is reliable
/// zeroes the right timers by itself.
///
/// ```
/// # use sip_transaction::TimerSettings;
/// # use std::time::Duration;
/// let slow_link = TimerSettings { t1: Duration::from_secs(2), ..TimerSettings::default() };
/// assert_eq!(slow_link.transaction_timeout(), Duration::from_secs(128));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain record of the four values of RFC 3261 Table 4")]
pub struct TimerSettings {
    // rfc3261#17.1.1.2/11-12: 500 ms unless the user says otherwise
    /// Estimate of the round-trip time, 500 ms.
    pub t1: Duration,
    /// The longest interval between retransmissions other than of an INVITE, 4 s.
    pub t2: Duration,
    /// How long the network keeps a message, 5 s.
    pub t4: Duration,
    /// How long a client absorbs repeated 3xx–6xx to an INVITE on an unreliable transport, at least 32 s.
    pub d: Duration,
}

impl TimerSettings {
    /// 64·T1: timers B, F, H, J, L and M.
    #[must_use]
    pub const fn transaction_timeout(&self) -> Duration {
        self.t1.saturating_mul(64)
    }

    /// Timer D.
    pub(crate) const fn timer_d(&self, reliability: Reliability) -> Duration {
        unless_reliable(self.d, reliability)
    }

    /// Timers I and K.
    pub(crate) const fn timer_i_k(&self, reliability: Reliability) -> Duration {
        unless_reliable(self.t4, reliability)
    }

    /// Timer J.
    pub(crate) const fn timer_j(&self, reliability: Reliability) -> Duration {
        unless_reliable(self.transaction_timeout(), reliability)
    }

    /// How long after its first request a client resets Timer E to T2: 3.5 s by default (RFC 4320 §4.1).
    pub(crate) fn timer_e_reaches_t2(&self) -> Duration {
        let mut elapsed = self.t1;
        let mut interval = self.t1.saturating_mul(2);
        while interval < self.t2 && !interval.is_zero() {
            elapsed = elapsed.saturating_add(interval);
            interval = interval.saturating_mul(2);
        }
        elapsed
    }
}

impl Default for TimerSettings {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            d: Duration::from_secs(32),
        }
    }
}

const fn unless_reliable(duration: Duration, reliability: Reliability) -> Duration {
    match reliability {
        Reliability::Reliable => Duration::ZERO,
        Reliability::Unreliable => duration,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // rfc3261#17.1.1.2/11-12, type=test
    #[test]
    fn t1_is_500_ms_unless_the_user_knows_the_network() {
        assert_eq!(TimerSettings::default().t1, Duration::from_millis(500));
        let slow = TimerSettings { t1: Duration::from_secs(2), ..TimerSettings::default() };
        assert_eq!(slow.transaction_timeout(), Duration::from_secs(128));
    }

    #[test]
    fn timer_e_reaches_t2_after_the_sum_of_its_intervals() {
        assert_eq!(TimerSettings::default().timer_e_reaches_t2(), Duration::from_millis(3500));
        let equal = TimerSettings { t1: Duration::from_secs(4), ..TimerSettings::default() };
        assert_eq!(equal.timer_e_reaches_t2(), Duration::from_secs(4));
        let zero = TimerSettings { t1: Duration::ZERO, ..TimerSettings::default() };
        assert_eq!(zero.timer_e_reaches_t2(), Duration::ZERO);
    }

    #[test]
    fn a_reliable_transport_zeroes_d_i_j_k() {
        let settings = TimerSettings::default();
        for (reliability, d, i_k, j) in
            [(Reliability::Reliable, 0, 0, 0), (Reliability::Unreliable, 32, 5, 32)]
        {
            assert_eq!(settings.timer_d(reliability).as_secs(), d);
            assert_eq!(settings.timer_i_k(reliability).as_secs(), i_k);
            assert_eq!(settings.timer_j(reliability).as_secs(), j);
        }
    }
}
