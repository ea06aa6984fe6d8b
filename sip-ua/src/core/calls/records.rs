//! The calls of a user agent by key, and by the tag of ours that their messages bear (RFC 3261 §12.2.2).

use super::CallRecord;
use crate::core::CallKey;
use sip_clock::{NumberMap, TokenSource};
use sip_dialog::InviteSession;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Every call that is not over.
///
/// With very many of them, each step of a search is a line of memory that is nowhere near the processor. So a call stands
/// at a place in a row, and both its key and its tag say which: the next step is the call itself.
#[derive(Debug)]
pub(super) struct Records {
    /// Boxed: a row moves its values when it grows, and keeps room for more of them. The last place is taken.
    row: Vec<Option<Box<CallRecord>>>,
    /// How many places of the row are taken.
    taken: usize,
    /// The places in the row that are free, the first of all on top; those behind the end of the row do not count.
    free: BinaryHeap<Reverse<usize>>,
    /// What the place in a tag is mixed with, so that it does not tell at once how many calls there are.
    mask: u32,
    moved: Moved,
}

/// Calls whose tag does not say their place: another process began them, whose keys they keep.
#[derive(Debug, Default)]
struct Moved {
    by_key: NumberMap<CallKey, Box<CallRecord>>,
    /// By a digest of the tag of ours.
    by_tag: NumberMap<u64, Vec<CallKey>>,
}

/// How many digits at the end of a tag say the place of its call.
const DIGITS: usize = 7;

const _: () = assert!(DIGITS * 4 == CallKey::BITS_OF_PLACE as usize, "a digit is four bits");

/// Up to so many places a row is small.
const MANY: usize = 64;

impl Records {
    /// None, for a user agent with this seed.
    pub(super) fn new(seed: [u8; 32]) -> Self {
        // a stream of its own, for that of the user agent is secret
        let mask = TokenSource::new(seed.map(|byte| !byte)).below(1 << CallKey::BITS_OF_PLACE);
        Self {
            row: Vec::new(),
            taken: 0,
            free: BinaryHeap::new(),
            mask: u32::try_from(mask).unwrap_or_default(),
            moved: Moved::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.taken + self.moved.by_key.len()
    }

    pub(super) fn contains(&self, key: CallKey) -> bool {
        self.get(key).is_some()
    }

    pub(super) fn get(&self, key: CallKey) -> Option<&CallRecord> {
        match self.at(key.place()) {
            Some(record) if record.key == key => Some(record),
            _ => self.moved.by_key.get(&key).map(Box::as_ref),
        }
    }

    pub(super) fn get_mut(&mut self, key: CallKey) -> Option<&mut CallRecord> {
        match self.row.get_mut(key.place()) {
            Some(Some(record)) if record.key == key => Some(record),
            _ => self.moved.by_key.get_mut(&key).map(Box::as_mut),
        }
    }

    /// All calls, the oldest first.
    pub(super) fn keys(&self) -> Vec<CallKey> {
        let mut keys: Vec<CallKey> = self.values().map(|record| record.key).collect();
        keys.sort_unstable();
        keys
    }

    /// All calls in no order that means anything.
    pub(super) fn values(&self) -> impl Iterator<Item = &CallRecord> {
        let in_row = self.row.iter().filter_map(Option::as_deref);
        in_row.chain(self.moved.by_key.values().map(Box::as_ref))
    }

    /// The tag of the call that is begun next: `random`, and where that call is.
    pub(super) fn next_tag(&self, random: String) -> String {
        let mut tag = random;
        let place = u32::try_from(self.next_place()).unwrap_or(u32::MAX);
        let _ = write!(tag, "{:0DIGITS$x}", place ^ self.mask); // a String takes everything
        tag
    }

    /// Adds a call that was begun with [`next_tag`](Self::next_tag) and is the latest of all, as `number` has to show.
    pub(super) fn insert(&mut self, number: u64, session: InviteSession, home: u32) -> CallKey {
        let place = self.next_place();
        let key = CallKey::at(number, place);
        if self.place_in(session.local_tag()) != Some(place) {
            self.insert_moved(key, session, home);
            return key;
        }
        let record = Some(Box::new(CallRecord::new(key, session, home)));
        match self.row.get_mut(place) {
            Some(free) => {
                self.free.pop();
                *free = record;
            }
            None => {
                self.free.clear();
                self.row.push(record);
            }
        }
        self.taken += 1;
        key
    }

    /// Adds a call of another process.
    pub(super) fn insert_moved(&mut self, key: CallKey, session: InviteSession, home: u32) {
        let digest = digest(session.local_tag());
        match self.moved.by_tag.get_mut(&digest) {
            Some(keys) => keys.push(key),
            None => drop(self.moved.by_tag.insert(digest, vec![key])),
        }
        self.moved.by_key.insert(key, Box::new(CallRecord::new(key, session, home)));
    }

    pub(super) fn remove(&mut self, key: CallKey) -> Option<Box<CallRecord>> {
        let place = key.place();
        match self.row.get_mut(place) {
            Some(taken) if taken.as_ref().is_some_and(|record| record.key == key) => {
                let record = taken.take();
                self.note_free(place);
                record
            }
            _ => self.moved.remove(key),
        }
    }

    /// Keeps no room if there is no call.
    pub(super) fn give_room_back(&mut self) {
        if self.row.is_empty() {
            (self.row, self.free) = (Vec::new(), BinaryHeap::new());
        }
        self.moved.by_key.give_room_back();
        self.moved.by_tag.give_room_back();
    }

    /// The call whose tag of ours is this, if `is_meant` says so, too.
    pub(super) fn find(&self, local_tag: &str, is_meant: impl Fn(&InviteSession) -> bool) -> Option<CallKey> {
        let named = self.place_in(local_tag).and_then(|place| self.at(place));
        if let Some(record) = named.filter(|record| is_meant(&record.session)) {
            return Some(record.key);
        }
        let moved = self.moved.by_tag.get(&digest(local_tag)).into_iter().flatten().copied();
        moved.rev().find(|key| self.moved.by_key.get(key).is_some_and(|record| is_meant(&record.session)))
    }

    fn at(&self, place: usize) -> Option<&CallRecord> {
        self.row.get(place)?.as_deref()
    }

    /// Where the next call will be: at the first free place, so that the end of the row becomes free.
    fn next_place(&self) -> usize {
        match self.free.peek() {
            Some(Reverse(place)) if *place < self.row.len() => *place,
            _ => self.row.len(),
        }
    }

    /// What a tag says of the place of its call, if it is one of these.
    fn place_in(&self, tag: &str) -> Option<usize> {
        let digits = tag.get(tag.len().checked_sub(DIGITS)?..)?;
        usize::try_from(u32::from_str_radix(digits, 16).ok()? ^ self.mask).ok()
    }

    /// Notes that a place in the row is free, and keeps no more room than is of use.
    fn note_free(&mut self, place: usize) {
        self.taken -= 1;
        let end = self.row.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        self.row.truncate(end);
        if place < end {
            self.free.push(Reverse(place));
        }
        if self.row.capacity() > MANY && end < self.row.capacity() / 8 {
            self.row.shrink_to(2 * end);
            self.free.retain(|Reverse(place)| *place < end);
            self.free.shrink_to(2 * end);
        }
    }
}

impl Moved {
    fn remove(&mut self, key: CallKey) -> Option<Box<CallRecord>> {
        let record = self.by_key.remove(&key)?;
        let digest = digest(record.session.local_tag());
        if let Some(keys) = self.by_tag.get_mut(&digest) {
            keys.retain(|other| *other != key);
            if keys.is_empty() {
                self.by_tag.remove(&digest);
            }
        }
        Some(record)
    }
}

/// Tags are ours and random: what a peer sends is only looked up.
fn digest(tag: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    tag.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sip_clock::Instant;
    use sip_dialog::SessionSettings;
    use sip_message::Message;

    fn session(call_id: u64, tag: &str) -> InviteSession {
        let invite = format!(
            "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
             From: <sip:alice@example.com>;tag={tag}\r\nTo: <sip:bob@example.com>\r\nCall-ID: {call_id}\r\n\
             CSeq: 1 INVITE\r\nContact: <sip:alice@a.invalid>\r\nContent-Length: 0\r\n\r\n"
        );
        let Ok(Message::Request(invite)) = Message::parse(invite.into_bytes().into()) else {
            panic!("a request")
        };
        InviteSession::client(invite, SessionSettings::default(), Instant::ZERO).unwrap()
    }

    fn begin(records: &mut Records, number: u64) -> (CallKey, String) {
        let tag = records.next_tag(format!("random{number}"));
        (records.insert(number, session(number, &tag), 1), tag)
    }

    fn found(records: &Records, call_id: u64, tag: &str) -> Option<CallKey> {
        let call_id = call_id.to_string();
        records.find(tag, |session| session.call_id() == call_id && session.local_tag() == tag)
    }

    #[test]
    fn a_tag_says_where_its_call_is_and_not_how_many_there_are() {
        let mut records = Records::new([7; 32]);
        let tags = [1, 2].map(|number| begin(&mut records, number).1);
        for (place, tag) in tags.iter().enumerate() {
            assert_eq!(records.place_in(tag), Some(place));
            assert!(tag.starts_with("random") && !tag.ends_with(&place.to_string()), "{tag}");
        }
        assert_ne!(Records::new([8; 32]).mask, records.mask);
        for strange in ["", "random", "random1x", "\u{e9}\u{e9}\u{e9}\u{e9}"] {
            assert_eq!(found(&records, 1, strange), None, "{strange}");
        }
    }

    /// The Call-ID is part of what names a dialog (RFC 3261 §12).
    #[test]
    fn calls_of_another_process_keep_their_keys_and_are_told_apart_whichever_ends_first() {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut records = Records::new([7; 32]);
            let (own, tag) = begin(&mut records, 9);
            for number in 0..3 {
                records.insert_moved(CallKey(number), session(number, &tag), 1);
            }
            let mut left = vec![0, 1, 2];
            for number in order {
                assert!(records.contains(CallKey(number)) && records.remove(CallKey(number)).is_some());
                left.retain(|other| *other != number);
                let still: Vec<u64> =
                    (0..3).filter(|other| found(&records, *other, &tag) == Some(CallKey(*other))).collect();
                assert_eq!(still, left, "{order:?}");
                assert_eq!(found(&records, 9, &tag), Some(own));
            }
            assert!(records.moved.by_tag.is_empty());
        }
    }

    #[test]
    fn a_call_whose_tag_says_no_place_is_found_all_the_same() {
        let mut records = Records::new([7; 32]);
        let key = records.insert(1, session(1, "any"), 1);
        assert_eq!((found(&records, 1, "any"), records.row.len()), (Some(key), 0));
        assert!(records.remove(key).is_some() && found(&records, 1, "any").is_none());
    }

    #[test]
    fn much_room_is_given_back() {
        let mut records = Records::new([7; 32]);
        let mut keys: Vec<CallKey> = (0..1_000).map(|number| begin(&mut records, number).0).collect();
        let last = keys.pop().unwrap();
        for key in keys.drain(2..) {
            assert!(records.remove(key).is_some());
        }
        assert!(records.row.capacity() >= 1_000 && records.remove(last).is_some());
        assert!(records.row.capacity() < MANY && records.free.capacity() < MANY);
        assert_eq!(begin(&mut records, 1_000).0.place(), 2);
        for key in records.keys() {
            assert!(records.remove(key).is_some());
        }
        records.give_room_back();
        assert_eq!((records.row.capacity(), records.free.capacity()), (0, 0), "no room is kept");
        assert_eq!((records.moved.by_key.capacity(), records.moved.by_tag.capacity()), (0, 0));
    }

    proptest! {
        /// Whatever begins and ends: each call is found by its key and its tag, none that is over is, and no two are at
        /// one place.
        #[test]
        fn calls_are_found_by_key_and_by_tag(acts in proptest::collection::vec((any::<bool>(), 0_usize..20), 0..80)) {
            let mut records = Records::new([7; 32]);
            let (mut going_on, mut over): (Vec<(u64, CallKey, String)>, Vec<_>) = Default::default();
            for ((begins, which), number) in acts.into_iter().zip(0..) {
                if begins || going_on.is_empty() {
                    let (key, tag) = begin(&mut records, number);
                    going_on.push((number, key, tag));
                } else {
                    let (number, key, tag) = going_on.remove(which % going_on.len());
                    prop_assert!(records.remove(key).is_some() && records.remove(key).is_none());
                    over.push((number, key, tag));
                }
                prop_assert_eq!(records.keys(), going_on.iter().map(|(_, key, _)| *key).collect::<Vec<_>>());
                prop_assert_eq!(records.len(), going_on.len());
                for (number, key, tag) in &going_on {
                    prop_assert_eq!(records.get(*key).map(|record| record.session.local_tag()), Some(&**tag));
                    prop_assert_eq!(found(&records, *number, tag), Some(*key));
                    prop_assert_eq!(found(&records, number + 1, tag), None, "another Call-ID");
                }
                for (number, key, tag) in &over {
                    prop_assert!(!records.contains(*key) && found(&records, *number, tag).is_none());
                }
            }
        }
    }
}
