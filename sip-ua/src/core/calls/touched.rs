//! Calls whose session may have something to say, the oldest first, as a user agent serves them (RFC 3261 §8).

use crate::core::CallKey;
use std::collections::VecDeque;

/// Calls in the order of their keys: one most of the time, for which a tree would be too much, and all of them when a
/// connection is lost, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Touched(VecDeque<CallKey>);

/// For so many calls room is kept.
const MANY: usize = 64;

impl Touched {
    pub(super) fn insert(&mut self, call: CallKey) {
        if let Err(place) = self.0.binary_search(&call) {
            self.0.insert(place, call);
        }
    }

    pub(super) fn first(&self) -> Option<CallKey> {
        self.0.front().copied()
    }

    pub(super) fn remove(&mut self, call: CallKey) {
        if let Ok(place) = self.0.binary_search(&call) {
            self.0.remove(place);
        }
        if self.0.is_empty() && self.0.capacity() > MANY {
            self.0 = VecDeque::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_comes_first_and_each_once() {
        let mut touched = Touched::default();
        for key in [3, 1, 2, 3, 1] {
            touched.insert(CallKey(key));
        }
        touched.remove(CallKey(2));
        touched.remove(CallKey(2));
        for key in [1, 3] {
            assert_eq!(touched.first(), Some(CallKey(key)));
            touched.remove(CallKey(key));
        }
        assert_eq!(touched.first(), None);
    }

    #[test]
    fn much_room_is_given_back() {
        let mut touched = Touched::default();
        (0..1_000).for_each(|key| touched.insert(CallKey(key)));
        (0..1_000).for_each(|key| touched.remove(CallKey(key)));
        assert_eq!(touched.0.capacity(), 0);
    }
}
