//! The calls of a user agent by key, and by the tag of ours that their messages bear (RFC 3261 §12.2.2).

use super::CallRecord;
use crate::core::CallKey;
use sip_clock::NumberMap;
use sip_dialog::InviteSession;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Every call that is not over.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// Boxed: a table moves its values when it grows, and keeps room for more of them.
    by_key: NumberMap<CallKey, Box<CallRecord>>,
    /// The newest call by a digest of its tag of ours; with the Call-ID, that is what all dialogs of one session share.
    by_tag: NumberMap<u64, CallKey>,
}

impl Records {
    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    pub(super) fn contains(&self, key: CallKey) -> bool {
        self.by_key.contains_key(&key)
    }

    pub(super) fn get(&self, key: CallKey) -> Option<&CallRecord> {
        self.by_key.get(&key).map(Box::as_ref)
    }

    pub(super) fn get_mut(&mut self, key: CallKey) -> Option<&mut CallRecord> {
        self.by_key.get_mut(&key).map(Box::as_mut)
    }

    /// All calls, the oldest first.
    pub(super) fn keys(&self) -> Vec<CallKey> {
        let mut keys: Vec<CallKey> = self.by_key.keys().copied().collect();
        keys.sort_unstable();
        keys
    }

    /// All calls in no order that means anything.
    pub(super) fn values(&self) -> impl Iterator<Item = &CallRecord> {
        self.by_key.values().map(Box::as_ref)
    }

    pub(super) fn insert(&mut self, key: CallKey, mut record: CallRecord) {
        record.namesake = self.by_tag.insert(digest(record.session.local_tag()), key);
        self.by_key.insert(key, Box::new(record));
    }

    pub(super) fn remove(&mut self, key: CallKey) -> Option<Box<CallRecord>> {
        let record = self.by_key.remove(&key)?;
        self.unlink(key, &record);
        Some(record)
    }

    /// Keeps no room if there is no call.
    pub(super) fn give_room_back(&mut self) {
        self.by_key.give_room_back();
        self.by_tag.give_room_back();
    }

    /// The call whose tag of ours is this, if `is_meant` says so, too.
    pub(super) fn find(&self, local_tag: &str, is_meant: impl Fn(&InviteSession) -> bool) -> Option<CallKey> {
        let mut namesake = self.by_tag.get(&digest(local_tag)).copied();
        while let Some((key, record)) = namesake.and_then(|key| Some((key, self.get(key)?))) {
            if is_meant(&record.session) {
                return Some(key);
            }
            namesake = record.namesake;
        }
        None
    }

    /// Takes a call that was removed out of the row of those with its tag.
    fn unlink(&mut self, key: CallKey, record: &CallRecord) {
        let digest = digest(record.session.local_tag());
        let Some(newest) = self.by_tag.get_mut(&digest) else { return };
        if *newest == key {
            match record.namesake {
                Some(older) => *newest = older,
                None => drop(self.by_tag.remove(&digest)),
            }
            return;
        }
        let mut newer = Some(*newest);
        while let Some(other) = newer.and_then(|newer| self.by_key.get_mut(&newer)) {
            if other.namesake == Some(key) {
                other.namesake = record.namesake;
                return;
            }
            newer = other.namesake;
        }
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
    use sip_clock::Instant;
    use sip_dialog::SessionSettings;
    use sip_message::Message;

    fn record(call_id: u64, tag: &str) -> CallRecord {
        let invite = format!(
            "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
             From: <sip:alice@example.com>;tag={tag}\r\nTo: <sip:bob@example.com>\r\nCall-ID: {call_id}\r\n\
             CSeq: 1 INVITE\r\nContact: <sip:alice@a.invalid>\r\nContent-Length: 0\r\n\r\n"
        );
        let Ok(Message::Request(invite)) = Message::parse(invite.into_bytes().into()) else {
            panic!("a request")
        };
        let session = InviteSession::client(invite, SessionSettings::default(), Instant::ZERO).unwrap();
        CallRecord::new(session, 0)
    }

    fn found(records: &Records, call_id: u64, tag: &str) -> Option<CallKey> {
        let call_id = call_id.to_string();
        records.find(tag, |session| session.call_id() == call_id)
    }

    #[test]
    fn calls_are_found_by_key_and_by_tag_and_leave_nothing() {
        let mut records = Records::default();
        for number in 0..1_000 {
            records.insert(CallKey(number), record(number, &format!("tag{number}")));
        }
        assert_eq!(records.keys(), (0..1_000).map(CallKey).collect::<Vec<_>>());
        for number in 0..1_000 {
            let tag = format!("tag{number}");
            assert_eq!(found(&records, number, &tag), Some(CallKey(number)));
            assert_eq!(found(&records, number + 1, &tag), None, "another Call-ID");
            assert_eq!(records.get(CallKey(number)).map(|record| record.session.local_tag()), Some(&*tag));
            assert!(records.remove(CallKey(number)).is_some() && records.remove(CallKey(number)).is_none());
            assert_eq!(found(&records, number, &tag), None, "it is over");
        }
        assert_eq!((records.len(), records.by_tag.len()), (0, 0));
        records.give_room_back();
        assert_eq!((records.by_key.capacity(), records.by_tag.capacity()), (0, 0), "no room is kept");
    }

    /// The Call-ID is part of what names a dialog (RFC 3261 §12).
    #[test]
    fn calls_with_the_same_tag_are_told_apart_whichever_ends_first() {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut records = Records::default();
            (0..3).for_each(|number| records.insert(CallKey(number), record(number, "same")));
            let mut left = vec![0, 1, 2];
            for number in order {
                assert!(records.remove(CallKey(number)).is_some());
                left.retain(|other| *other != number);
                let still: Vec<u64> =
                    (0..3).filter(|other| found(&records, *other, "same").is_some()).collect();
                assert_eq!(still, left, "{order:?}");
            }
            assert!(records.by_tag.is_empty());
        }
    }
}
