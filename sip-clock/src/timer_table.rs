//! Timers as data: keys with absolute deadlines.

use crate::{FewTimers, Instant, NumberMap};
use std::collections::BTreeSet;
use std::hash::Hash;

/// Deadlines by key, each key at most once; every operation costs O(log n). Keys are found as in a [`NumberMap`]: no peer
/// may choose them.
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
pub struct TimerTable<K>(Form<K>);

/// Most tables have a handful of timers for most of the time, and come and go with them: those need no tree, whose
/// smallest has room for eleven.
#[derive(Clone, Debug)]
enum Form<K> {
    Few(FewTimers<K>),
    Many { deadlines: NumberMap<K, Instant>, queue: BTreeSet<(Instant, K)> },
}

/// With more timers than these a table becomes a map and a tree, until it is empty.
const FEW: usize = 4;

impl<K: Ord + Hash + Clone> TimerTable<K> {
    /// An empty table.
    #[must_use]
    pub const fn new() -> Self {
        Self(Form::Few(FewTimers::new()))
    }

    /// Arms `key` for `at`, in place of any deadline it had.
    pub fn set(&mut self, key: K, at: Instant) {
        match &mut self.0 {
            Form::Few(few) => {
                few.set(key, at);
                if few.len() > FEW {
                    self.grow();
                }
            }
            Form::Many { deadlines, queue } => {
                match deadlines.insert(key.clone(), at) {
                    Some(former) if former == at => return,
                    Some(former) => drop(queue.remove(&(former, key.clone()))),
                    None => {}
                }
                queue.insert((at, key));
            }
        }
    }

    /// Disarms `key`; returns the deadline it had.
    pub fn stop(&mut self, key: &K) -> Option<Instant> {
        let former = match &mut self.0 {
            Form::Few(few) => few.stop(key),
            Form::Many { deadlines, queue } => deadlines.remove(key).inspect(|at| {
                queue.remove(&(*at, key.clone()));
            }),
        }?;
        self.give_room_back();
        Some(former)
    }

    /// Disarms all keys.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Disarms and returns one key whose deadline is not after `now`, earliest first, of several the smallest.
    pub fn pop_expired(&mut self, now: Instant) -> Option<K> {
        let key = match &mut self.0 {
            Form::Few(few) => few.pop_expired(now),
            Form::Many { deadlines, queue } => {
                queue.first().filter(|(at, _)| *at <= now)?;
                let (_, key) = queue.pop_first()?;
                deadlines.remove(&key);
                Some(key)
            }
        };
        self.give_room_back();
        key
    }

    /// The deadline of `key`, if armed.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<Instant> {
        match &self.0 {
            Form::Few(few) => few.get(key),
            Form::Many { deadlines, queue: _ } => deadlines.get(key).copied(),
        }
    }

    /// The earliest deadline.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        match &self.0 {
            Form::Few(few) => few.next(),
            Form::Many { deadlines: _, queue } => queue.first().map(|(at, _)| *at),
        }
    }

    fn grow(&mut self) {
        if let Form::Few(few) = &mut self.0 {
            // one by one: to collect a set means to sort, which is much code for each type of key
            let (mut deadlines, mut queue) = (NumberMap::new(), BTreeSet::new());
            for (at, key) in few.drain() {
                queue.insert((at, key.clone()));
                deadlines.insert(key, at);
            }
            self.0 = Form::Many { deadlines, queue };
        }
    }

    fn give_room_back(&mut self) {
        if self.is_empty() {
            self.clear();
        }
    }

    /// How many keys are armed.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Form::Few(few) => few.len(),
            Form::Many { deadlines: _, queue } => queue.len(),
        }
    }

    /// Whether nothing is armed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<K: Ord + Hash + Clone> Default for TimerTable<K> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

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
        fn does_what_a_map_does(steps in proptest::collection::vec((0u8..5, 0u8..12, 0u64..50), 0..200)) {
            let (mut timers, mut map) = (TimerTable::new(), BTreeMap::new());
            for (what, key, at) in steps {
                let at = Instant::from_micros(at);
                match what {
                    0..=2 => {
                        timers.set(key, at);
                        map.insert(key, at);
                    }
                    3 => prop_assert_eq!(timers.stop(&key), map.remove(&key)),
                    _ => {
                        let first = map.iter().map(|(key, at)| (*at, *key)).min().filter(|first| first.0 <= at);
                        prop_assert_eq!(timers.pop_expired(at), first.map(|(_, key)| key));
                        first.and_then(|(_, key)| map.remove(&key));
                    }
                }
                prop_assert_eq!(timers.next(), map.values().min().copied());
                prop_assert_eq!((timers.get(&key), timers.len()), (map.get(&key).copied(), map.len()));
                prop_assert!(!map.is_empty() || matches!(timers.0, Form::Few(_)), "trees are kept");
            }
        }

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
