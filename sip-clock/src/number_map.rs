//! Maps by numbers that their owner gives out itself.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// A map by keys that are numbers of its owner, which counts them up or draws them: no peer may choose them, for they are
/// hashed without a secret.
///
/// With very many entries the one that is sought is nowhere near the processor: what counts is how many lines of memory lie
/// before it. Here it is one, where a tree has one or two at each level, and numbers in a row lie in a row: what is new has
/// its place beside what is nearly as new. Room is given back when most of it is empty; what is left for a few entries, by
/// [`give_room_back`](Self::give_room_back).
///
/// ```
/// # use sip_clock::NumberMap;
/// let mut names = NumberMap::new();
/// assert_eq!(names.insert(7, "seven"), None);
/// assert_eq!(names.get(&7), Some(&"seven"));
/// assert_eq!(names.remove(&7), Some("seven"));
/// assert!(names.is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct NumberMap<K, V>(HashMap<K, V, BuildHasherDefault<InARow>>);

/// Up to so many entries a map is small.
const MANY: usize = 64;

impl<K: Eq + Hash, V> NumberMap<K, V> {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self(HashMap::with_hasher(BuildHasherDefault::new()))
    }

    /// Puts `value` at `key`; returns what was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.0.insert(key, value)
    }

    /// Takes out what is at `key`.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let value = self.0.remove(key)?;
        let (len, room) = (self.0.len(), self.0.capacity());
        if room > MANY && len < room / 8 {
            self.0.shrink_to(2 * len);
        }
        Some(value)
    }

    /// Keeps no room at all if nothing is in it.
    pub fn give_room_back(&mut self) {
        if self.is_empty() {
            *self = Self::new();
        }
    }

    /// What is at `key`.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key)
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.0.get_mut(key)
    }

    /// Whether there is something at `key`.
    #[must_use]
    pub fn contains_key(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// All keys, in no order that means anything.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.keys()
    }

    /// All values, in no order that means anything.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.values()
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For how many keys there is room.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl<K: Eq + Hash, V> Default for NumberMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

/// Leaves numbers in a row in a row. Where the first of them go all the time, as those of transactions do, the table is
/// then never put in order anew, for no gaps are left among what stays.
#[derive(Clone, Debug, Default)]
struct InARow(u64);

/// 2^64 over the golden ratio (Knuth's multiplicative hashing).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// What a table compares first is seven bits at the upper end of a word, which has 64 bits or 32.
const COMPARED: u64 = 0x7f << 57 | 0x7f << 25;

impl Hasher for InARow {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64((*byte).into()));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = self.0.wrapping_mul(SPREAD).wrapping_add(number);
    }

    /// What tells the variants of an enum apart.
    fn write_isize(&mut self, number: isize) {
        self.write_u64(number.cast_unsigned() as u64);
    }

    fn finish(&self) -> u64 {
        // the lower bits choose the place
        let place = self.0.wrapping_add(self.0 >> 32);
        let compared = self.0.wrapping_mul(SPREAD) >> 57;
        place & !COMPARED | compared << 57 | compared << 25
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    proptest! {
        #[test]
        fn does_what_a_map_does(steps in proptest::collection::vec((any::<bool>(), 0u64..300), 0..900)) {
            let (mut numbers, mut map) = (NumberMap::new(), BTreeMap::new());
            for (step, (inserts, key)) in steps.into_iter().enumerate() {
                if inserts {
                    prop_assert_eq!(numbers.insert(key, step), map.insert(key, step));
                } else {
                    prop_assert_eq!(numbers.remove(&key), map.remove(&key));
                }
                prop_assert_eq!(numbers.get(&key), map.get(&key));
                prop_assert_eq!(numbers.len(), map.len());
            }
            let mut keys: Vec<_> = numbers.keys().copied().collect();
            keys.sort_unstable();
            prop_assert_eq!(keys, map.keys().copied().collect::<Vec<_>>());
        }
    }

    #[test]
    fn gives_room_back() {
        let mut numbers = NumberMap::new();
        for key in 0..10_000u64 {
            numbers.insert(key, key);
        }
        for key in 0..9_990 {
            numbers.remove(&key);
        }
        assert!(numbers.capacity() <= 2 * MANY, "{}", numbers.capacity());
        for key in 9_990..10_000 {
            numbers.remove(&key);
        }
        assert!(numbers.is_empty() && numbers.capacity() <= MANY);
        numbers.give_room_back();
        assert_eq!(numbers.capacity(), 0);
    }

    #[test]
    fn numbers_in_a_row_have_places_in_a_row() {
        let hash = |number: (u8, u64)| {
            let mut hasher = InARow::default();
            number.hash(&mut hasher);
            hasher.finish()
        };
        for kind in 0..3 {
            let places = |bits: u32| {
                (0..1_u64 << bits).map(|number| hash((kind, number)) % (1 << bits)).collect::<BTreeSet<_>>()
            };
            assert_eq!([places(10).len(), places(16).len()], [1 << 10, 1 << 16]);
            let next = |number| hash((kind, number + 1)).wrapping_sub(hash((kind, number))) % (1 << 16);
            assert!((0..1 << 16).filter(|number| next(*number) == 1).count() > 65_000, "{kind}");
            // what is compared first tells them apart all the same
            for shift in [57, 25] {
                let compared: BTreeSet<_> =
                    (0..16).map(|number| hash((kind, number)) >> shift & 0x7f).collect();
                assert!(compared.len() > 12, "{compared:?}");
            }
        }
    }
}
