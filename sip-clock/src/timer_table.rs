//! Timers as data: keys with absolute deadlines.

use crate::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// Deadlines by key, each key at most once; every operation costs O(log n).
///
/// ```
/// # use sip_clock::{Instant, TimerTable};
/// let mut timers = TimerTable::new();
/// timers.set('A', Instant::from_micros(2));
/// timers.set('B', Instant::from_micros(1));
/// assert_eq!(timers.next(), Some(Instant::from_micros(1)));
/// assert_eq!(timers.pop_expired(Instant::from_micros(5)), Some('B'));
/// assert_eq!(timers.pop_expired(Instant::from_micros(5)), Some('A'));
/// assert_eq!(timers.pop_expired(Instant::from_micros(5)), None);
/// ```
#[derive(Clone, Debug)]
pub struct TimerTable<K> {
    deadlines: BTreeMap<K, Instant>,
    queue: BTreeSet<(Instant, K)>,
}

impl<K: Ord + Clone> TimerTable<K> {
    /// An empty table.
    #[must_use]
    pub const fn new() -> Self {
        Self { deadlines: BTreeMap::new(), queue: BTreeSet::new() }
    }

    /// Arms `key` for `at`, in place of any deadline it had.
    pub fn set(&mut self, key: K, at: Instant) {
        match self.deadlines.insert(key.clone(), at) {
            Some(former) if former == at => return,
            Some(former) => drop(self.queue.remove(&(former, key.clone()))),
            None => {}
        }
        self.queue.insert((at, key));
    }

    /// Disarms `key`; returns the deadline it had.
    pub fn stop(&mut self, key: &K) -> Option<Instant> {
        let (key, at) = self.deadlines.remove_entry(key)?;
        self.queue.remove(&(at, key));
        self.give_room_back();
        Some(at)
    }

    /// Disarms all keys.
    pub fn clear(&mut self) {
        self.deadlines.clear();
        self.queue.clear();
    }

    /// Disarms and returns one key whose deadline is not after `now`, earliest first.
    pub fn pop_expired(&mut self, now: Instant) -> Option<K> {
        if self.next()? > now {
            return None;
        }
        let (_, key) = self.queue.pop_first()?;
        self.deadlines.remove(&key);
        self.give_room_back();
        Some(key)
    }

    /// The deadline of `key`, if armed.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<Instant> {
        self.deadlines.get(key).copied()
    }

    /// The earliest deadline.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.queue.first().map(|(at, _)| *at)
    }

    /// A tree that was emptied keeps room for eleven, and most tables are empty for most of the time.
    fn give_room_back(&mut self) {
        if self.queue.is_empty() {
            self.clear();
        }
    }

    /// How many keys are armed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether nothing is armed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

impl<K: Ord + Clone> Default for TimerTable<K> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn setting_again_moves_the_deadline() {
        let mut timers = TimerTable::new();
        timers.set(1, Instant::from_micros(1));
        timers.set(1, Instant::from_micros(9));
        assert_eq!(timers.pop_expired(Instant::from_micros(8)), None);
        assert_eq!(timers.get(&1), Some(Instant::from_micros(9)));
        assert_eq!(timers.len(), 1);
    }

    #[test]
    fn nothing_is_armed_after_clear() {
        let mut timers = TimerTable::new();
        timers.set(1, Instant::from_micros(1));
        timers.clear();
        assert!(timers.is_empty());
        assert_eq!(timers.get(&1), None);
    }

    proptest! {
        #[test]
        fn pops_in_order_and_ends_empty(deadlines in proptest::collection::vec((0u8..20, 0u64..1000), 0..50)) {
            let mut timers = TimerTable::new();
            for (key, at) in deadlines {
                timers.set(key, Instant::from_micros(at));
            }
            let mut last = Instant::ZERO;
            while let Some(next) = timers.next() {
                prop_assert!(next >= last);
                prop_assert!(timers.pop_expired(next).is_some());
                last = next;
            }
            prop_assert!(timers.is_empty());
        }
    }
}
