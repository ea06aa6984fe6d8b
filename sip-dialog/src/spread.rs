//! Times chosen at random, RFC 3261 §14.1 and §14.2, without a generator: the tags of a dialog are random already.

use crate::DialogId;
use std::ops::RangeInclusive;

/// A number of `range` that differs from dialog to dialog, from end to end, and with `salt`.
pub(crate) fn spread(id: &DialogId, salt: u32, range: RangeInclusive<u32>) -> u32 {
    let words = id.local_tag.bytes().chain(id.call_id.bytes()).chain(salt.to_be_bytes());
    // FNV-1a, folded
    let hash = words.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let width = u64::from(range.end().saturating_sub(*range.start())).saturating_add(1);
    let offset = (hash ^ (hash >> 32)).checked_rem(width).unwrap_or_default();
    range.start().saturating_add(u32::try_from(offset).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_within_the_range_and_fill_it() {
        let id = |tag: &str| DialogId { call_id: "c".into(), local_tag: tag.into(), remote_tag: "r".into() };
        let values: Vec<u32> = (0..200).map(|salt| spread(&id("a"), salt, 5..=9)).collect();
        assert!((5..=9).all(|value| values.contains(&value)));
        assert!(values.iter().all(|value| (5..=9).contains(value)));
        assert_ne!(
            (0..9).map(|salt| spread(&id("a"), salt, 0..=200)).collect::<Vec<_>>(),
            (0..9).map(|salt| spread(&id("b"), salt, 0..=200)).collect::<Vec<_>>()
        );
    }
}
