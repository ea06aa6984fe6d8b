//! How long to wait after a failed registration: RFC 5626 §4.5.

use sip_clock::TokenSource;
use std::time::Duration;

/// The times of RFC 5626 §4.5 for the case that every flow has failed.
#[expect(clippy::exhaustive_structs, reason = "the two parameters of the formula")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BackOff {
    /// base-time, 30 s by default.
    pub base: Duration,
    /// max-time, 1800 s by default.
    pub maximum: Duration,
}

impl BackOff {
    /// The wait after so many failures in a row: half to all of min(max-time, base-time · 2^failures), at random.
    pub(crate) fn delay(&self, failures: u32, tokens: &mut TokenSource) -> Duration {
        let factor = 2u32.checked_pow(failures).unwrap_or(u32::MAX);
        let half = self.base.saturating_mul(factor).min(self.maximum) / 2;
        let spread = u64::try_from(half.as_micros()).unwrap_or(u64::MAX).saturating_add(1);
        half + Duration::from_micros(tokens.below(spread))
    }
}

impl Default for BackOff {
    fn default() -> Self {
        Self { base: Duration::from_secs(30), maximum: Duration::from_secs(1800) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// rfc5626#4.5: 50 to 100 % of the upper bound, which doubles up to half an hour.
        #[test]
        fn delay_lies_between_half_and_all_of_the_bound(failures in 1u32..100, seed: u64) {
            let delay = BackOff::default().delay(failures, &mut TokenSource::from_seed(seed));
            let bound = Duration::from_secs(30).saturating_mul(1 << failures.min(6)).min(Duration::from_secs(1800));
            prop_assert!(delay >= bound / 2 && delay <= bound, "{delay:?} of {bound:?}");
        }
    }
}
