//! Replay protection by the nonce count, RFC 7616 §3.4 (`nc`) and §5.12, in bounded memory.

use std::collections::BTreeMap;

/// The counts seen per nonce, of the newest nonces that were used.
pub(crate) struct ReplayGuard {
    seen: BTreeMap<u64, Window>,
    capacity: usize,
    /// Nonces with a smaller serial have been forgotten and count as used up.
    floor: u64,
}

/// The highest count and, by bit, the 64 counts up to it: requests may overtake each other on their way.
#[derive(Clone, Copy)]
struct Window {
    highest: u32,
    seen: u64,
}

/// What became of a nonce count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Count {
    Fresh,
    Replayed,
    /// The nonce is too old for the memory there is.
    Forgotten,
}

impl ReplayGuard {
    pub(crate) const fn new(capacity: usize) -> Self {
        Self { seen: BTreeMap::new(), capacity, floor: 0 }
    }

    /// Notes that the nonce with this serial was used with `count`.
    pub(crate) fn note(&mut self, serial: u64, count: u32) -> Count {
        if serial < self.floor {
            return Count::Forgotten;
        }
        let window = self.seen.entry(serial).or_insert(Window { highest: 0, seen: 1 });
        if !window.note(count) {
            return Count::Replayed;
        }
        while self.seen.len() > self.capacity {
            self.floor = self.seen.pop_first().map_or(self.floor, |(oldest, _)| oldest + 1);
        }
        Count::Fresh
    }
}

impl Window {
    fn note(&mut self, count: u32) -> bool {
        if count > self.highest {
            self.seen = self.seen.checked_shl(count - self.highest).unwrap_or(0) | 1;
            self.highest = count;
            return true;
        }
        let Some(bit) = 1u64.checked_shl(self.highest - count) else {
            return false;
        };
        let is_new = self.seen & bit == 0;
        self.seen |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn counts_may_overtake_each_other_but_not_come_twice() {
        let mut guard = ReplayGuard::new(8);
        let outcomes = [1, 3, 2, 3, 2, 1, 200, 3, 199, 0].map(|count| guard.note(0, count));
        use Count::{Fresh, Replayed};
        let expected = [Fresh, Fresh, Fresh, Replayed, Replayed, Replayed, Fresh, Replayed, Fresh, Replayed];
        assert_eq!(outcomes, expected);
    }

    #[test]
    fn the_oldest_nonces_are_forgotten_and_never_accepted_again() {
        let mut guard = ReplayGuard::new(2);
        assert!([0, 1, 2].iter().all(|serial| guard.note(*serial, 1) == Count::Fresh));
        assert_eq!(guard.note(0, 2), Count::Forgotten);
        assert_eq!(guard.note(1, 1), Count::Replayed);
        assert_eq!(guard.note(2, 2), Count::Fresh);
    }

    proptest! {
        #[test]
        fn no_count_is_fresh_twice(counts in proptest::collection::vec(0u32..300, 0..200)) {
            let mut guard = ReplayGuard::new(1);
            let mut accepted = HashSet::new();
            for count in counts {
                if guard.note(5, count) == Count::Fresh {
                    prop_assert!(accepted.insert(count));
                }
            }
        }
    }
}
