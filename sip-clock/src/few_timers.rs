//! The few timers of one machine as data: keys with absolute deadlines, the first of them in place.

use crate::Instant;

/// What [`TimerTable`](crate::TimerTable) is, for the handful of timers that one state machine has: nothing is
/// allocated before the second, and every operation looks at each of them.
///
/// ```
/// # use sip_clock::{FewTimers, Instant};
/// let mut timers = FewTimers::new();
/// timers.set('A', Instant::from_micros(2));
/// timers.set('B', Instant::from_micros(1));
/// assert_eq!(timers.next(), Some(Instant::from_micros(1)));
/// assert_eq!(timers.pop_expired(Instant::from_micros(5)), Some('B'));
/// assert_eq!(timers.pop_expired(Instant::from_micros(1)), None);
/// ```
#[derive(Clone, Debug)]
pub struct FewTimers<K> {
    /// Most machines run one timer at a time.
    one: Option<(Instant, K)>,
    more: Vec<(Instant, K)>,
}

impl<K: Ord> FewTimers<K> {
    /// No timer.
    #[must_use]
    pub const fn new() -> Self {
        Self { one: None, more: Vec::new() }
    }

    /// Arms `key` for `at`, in place of any deadline it had.
    pub fn set(&mut self, key: K, at: Instant) {
        self.stop(&key);
        if self.one.is_none() {
            self.one = Some((at, key));
        } else {
            self.more.reserve_exact(1);
            self.more.push((at, key));
        }
    }

    /// Disarms `key`; returns the deadline it had.
    pub fn stop(&mut self, key: &K) -> Option<Instant> {
        if let Some((at, _)) = self.one.take_if(|(_, armed)| armed == key) {
            return Some(at);
        }
        let place = self.more.iter().position(|(_, armed)| armed == key)?;
        Some(self.more.swap_remove(place).0)
    }

    /// Disarms all keys and gives their room back.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Disarms and returns one key whose deadline is not after `now`, earliest first, of several the smallest.
    pub fn pop_expired(&mut self, now: Instant) -> Option<K> {
        let earliest = self.armed().min()?;
        if earliest.0 > now {
            return None;
        }
        let place = self.more.iter().position(|timer| timer == earliest);
        match place {
            Some(place) => Some(self.more.swap_remove(place).1),
            None => self.one.take().map(|(_, key)| key),
        }
    }

    /// The deadline of `key`, if armed.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<Instant> {
        self.armed().find(|(_, armed)| armed == key).map(|(at, _)| *at)
    }

    /// The earliest deadline.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.armed().map(|(at, _)| *at).min()
    }

    /// Whether nothing is armed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.one.is_none() && self.more.is_empty()
    }

    /// How many keys are armed.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.more.len() + self.one.is_some() as usize
    }

    /// Disarms all keys and tells which they were.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = (Instant, K)> {
        self.one.take().into_iter().chain(std::mem::take(&mut self.more))
    }

    fn armed(&self) -> impl Iterator<Item = &(Instant, K)> {
        self.one.iter().chain(&self.more)
    }
}

impl<K: Ord> Default for FewTimers<K> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TimerTable;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn does_what_the_table_does(steps in proptest::collection::vec((0u8..4, 0u8..12, 0u64..50), 0..60)) {
            let (mut few, mut table) = (FewTimers::new(), TimerTable::new());
            for (what, key, at) in steps {
                let at = Instant::from_micros(at);
                match what {
                    0 | 1 => {
                        few.set(key, at);
                        table.set(key, at);
                    }
                    2 => prop_assert_eq!(few.stop(&key), table.stop(&key)),
                    _ => prop_assert_eq!(few.pop_expired(at), table.pop_expired(at)),
                }
                prop_assert_eq!((few.next(), few.get(&key), few.is_empty()), (table.next(), table.get(&key), table.is_empty()));
            }
            few.clear();
            prop_assert!(few.is_empty());
        }
    }
}
