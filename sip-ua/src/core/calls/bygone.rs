//! INVITEs that must not ring again when they come again, although their transactions are over: RFC 3261 §13.3.1.4, §17.2.1,
//! §21.4.25, RFC 6026 §7.1.

use sip_clock::Instant;
use sip_dialog::InviteSession;
use sip_message::{CSeq, Headers, Method, Response, StatusCode};
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::with_from_tag;

/// INVITEs whose server transactions and sessions are over, by a digest of what names them: Call-ID, From tag and CSeq.
///
/// What cannot be told: a copy that comes after its time, after 256 others of its kind, or to another process rings as a
/// new call does. Kept is the status alone, so that a redirection that comes again names no Contact.
#[derive(Debug, Default)]
pub(super) struct Bygone {
    /// Calls of ours that were answered and never acknowledged.
    unacknowledged: Kept,
    /// Calls that were refused, cancelled or not answered. Apart from the others, so that neither kind pushes the other
    /// out.
    refused: Kept,
}

/// Until when, which and how they were answered, the oldest first.
#[derive(Debug, Default)]
struct Kept(VecDeque<(Instant, u64, StatusCode)>);

impl Bygone {
    /// Remembers the INVITE of a call that has ended for want of its ACK, until then.
    pub(super) fn note(&mut self, session: &InviteSession, until: Instant) {
        let Some(number) = session.unacknowledged() else { return };
        let Some(dialog) = session.dialog_id() else { return };
        let invite = digest(session.call_id(), &dialog.remote_tag, number);
        // rfc3261#21.4.25: it was ended by BYE; to ring again would be another call
        self.unacknowledged.push(until, invite, StatusCode::REQUEST_TERMINATED);
    }

    // rfc3261#17.2.1: on a reliable transport the transaction is gone with the ACK, timer I being zero
    /// Remembers the INVITE that this response refuses, until then.
    pub(super) fn note_refusal(&mut self, refusal: &Response, until: Instant) {
        if let Some((Method::Invite, invite)) = name_of(refusal.headers()) {
            self.refused.push(until, invite, refusal.status());
        }
    }

    /// The final response that the INVITE with these header fields has had, if it is one of them.
    ///
    /// It is the same on whichever branch it comes: 482 is for a request whose transaction is still there (RFC 3261
    /// §8.2.2.2), and a proxy that forked must not prefer it to what this end said.
    pub(super) fn answer_to(&mut self, headers: &Headers, now: Instant) -> Option<StatusCode> {
        if self.unacknowledged.is_empty_at(now) & self.refused.is_empty_at(now) {
            return None;
        }
        let (_, invite) = name_of(headers)?;
        self.unacknowledged.find(invite).or_else(|| self.refused.find(invite))
    }
}

impl Kept {
    fn push(&mut self, until: Instant, invite: u64, status: StatusCode) {
        if self.find(invite).is_some() {
            return;
        }
        if self.0.len() >= MAXIMUM {
            self.0.pop_front();
        }
        self.0.push_back((until, invite, status));
    }

    /// Whether nothing is left of it now.
    fn is_empty_at(&mut self, now: Instant) -> bool {
        while self.0.front().is_some_and(|(until, ..)| *until <= now) {
            self.0.pop_front();
        }
        self.0.is_empty()
    }

    fn find(&self, invite: u64) -> Option<StatusCode> {
        self.0.iter().find(|(_, known, _)| *known == invite).map(|(.., status)| *status)
    }
}

/// The method of a message and the digest of what names its request.
fn name_of(headers: &Headers) -> Option<(Method, u64)> {
    let call_id = headers.call_id().ok()??;
    let CSeq { number, method } = headers.required().ok()?;
    Some((method, with_from_tag(headers, |tag| digest(call_id, tag, number))))
}

fn digest(call_id: &str, from_tag: &str, number: u32) -> u64 {
    let mut hasher = DefaultHasher::new();
    (call_id, from_tag, number).hash(&mut hasher);
    hasher.finish()
}

/// So many of each kind are remembered: a peer that never acknowledges, or calls again and again, pushes out the oldest.
const MAXIMUM: usize = 256;
