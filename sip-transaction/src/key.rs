//! Keys of transactions in an order that seldom needs their text: RFC 3261 §17.1.3, §17.2.3, §8.2.2.2.

use crate::matching::SEPARATOR;
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::sync::Arc;

/// A key in a table. Keys are ordered by a digest of their first part, which is a branch or a Call-ID and random in most,
/// and only then by their text: a search passes many keys, and the texts of most are nowhere near. Whoever makes many
/// keys of one digest wins nothing, for a search stays O(log n).
#[derive(Clone, Debug)]
pub(crate) struct Key {
    digest: u64,
    text: Arc<str>,
}

impl Key {
    pub(crate) fn new(text: &str) -> Self {
        Self { digest: digest(text), text: text.into() }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// What keys are searched by.
pub(crate) trait Ordered {
    fn parts(&self) -> (u64, &str);
}

impl Ordered for Key {
    fn parts(&self) -> (u64, &str) {
        (self.digest, &self.text)
    }
}

/// A text to look for, or what the texts looked for begin with: their first part and more.
pub(crate) struct Sought<'a> {
    digest: u64,
    text: &'a str,
}

impl<'a> Sought<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { digest: digest(text), text }
    }
}

impl Ordered for Sought<'_> {
    fn parts(&self) -> (u64, &str) {
        (self.digest, self.text)
    }
}

impl<'a> Borrow<dyn Ordered + 'a> for Key {
    fn borrow(&self) -> &(dyn Ordered + 'a) {
        self
    }
}

impl Ord for dyn Ordered + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl PartialOrd for dyn Ordered + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for dyn Ordered + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for dyn Ordered + '_ {}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        // most often a key is compared with the copy of it that stands in the table
        let texts = || {
            if Arc::ptr_eq(&self.text, &other.text) { Ordering::Equal } else { self.text.cmp(&other.text) }
        };
        self.digest.cmp(&other.digest).then_with(texts)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

/// Of the first part, eight bytes at a time.
fn digest(text: &str) -> u64 {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let whole = words.iter().take_while(|word| !word.contains(&END)).count();
    let (words, others) = words.split_at_checked(whole).unwrap_or_default();
    let last = others.as_flattened().iter().chain(rest).take_while(|byte| **byte != END);
    let last = last.fold(0, |word, byte| word << 8 | u64::from(*byte));
    let words = words.iter().map(|word| u64::from_le_bytes(*word)).chain([last]);
    // 2^64 over the golden ratio, an odd number: what differs in any bit goes on differing
    words.fold(0, |hash: u64, word| (hash.rotate_left(32) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// What ends the first part.
const END: u8 = SEPARATOR as u8;

/// The 64-bit hash of Fowler, Noll and Vo, variant 1a: the same on every machine and in every version.
pub(crate) fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_digest_is_that_of_the_first_part_however_long() {
        for length in 0..40 {
            let first = "z9hG4bK-".repeat(5).chars().take(length).collect::<String>();
            let digests =
                ["", "\n", "\nINVITE\n", "\nz9hG4bK-\n"].map(|rest| digest(&format!("{first}{rest}")));
            assert!(digests.iter().all(|other| *other == digests[0]), "{first}");
            assert_ne!(digest(&format!("{first}x\n")), digests[0]);
        }
    }

    proptest! {
        #[test]
        fn keys_are_found_by_their_text(texts in proptest::collection::vec("[ab]{0,2}\n[ab]{0,2}", 0..20)) {
            let keys: BTreeMap<Key, usize> = texts.iter().map(|text| Key::new(text)).zip(0..).collect();
            for text in &texts {
                let found = keys.get(&Sought::new(text) as &dyn Ordered);
                prop_assert_eq!(found.map(|index| &texts[*index]), Some(text));
            }
            prop_assert!(!keys.contains_key(&Sought::new("c\n") as &dyn Ordered));
        }

        #[test]
        fn a_beginning_stands_before_what_begins_with_it(first in "[ab]{0,3}", rest in "[ab\n]{0,3}") {
            let (prefix, whole) = (format!("{first}\n"), format!("{first}\n{rest}"));
            prop_assert!(Sought::new(&prefix).parts() <= Key::new(&whole).parts());
        }
    }
}
