//! Calls of ours that were answered and never acknowledged, in case their INVITE comes again: RFC 3261 §13.3.1.4, §21.4.25,
//! RFC 6026 §7.1.

use sip_clock::Instant;
use sip_dialog::InviteSession;
use sip_message::{CSeq, Headers};
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::with_from_tag;

/// INVITEs whose server transactions (timer L) and sessions are over, by a digest of what names them.
#[derive(Debug, Default)]
pub(super) struct Bygone {
    /// With the time until which their callers may repeat them, the oldest first.
    invites: VecDeque<(Instant, u64)>,
}

impl Bygone {
    /// Remembers the INVITE of a call that has ended for want of its ACK, until then.
    pub(super) fn note(&mut self, session: &InviteSession, until: Instant) {
        let (Some(number), Some(dialog)) = (session.unacknowledged(), session.dialog_id()) else { return };
        let invite = digest(session.call_id(), &dialog.remote_tag, number);
        if self.invites.iter().any(|(_, known)| *known == invite) {
            return;
        }
        if self.invites.len() >= MAXIMUM {
            self.invites.pop_front();
        }
        self.invites.push_back((until, invite));
    }

    /// Whether these are the header fields of one of them.
    pub(super) fn knows(&mut self, headers: &Headers, now: Instant) -> bool {
        while self.invites.front().is_some_and(|(until, _)| *until <= now) {
            self.invites.pop_front();
        }
        if self.invites.is_empty() {
            return false;
        }
        let (Ok(Some(call_id)), Ok(CSeq { number, .. })) = (headers.call_id(), headers.required()) else {
            return false;
        };
        let invite = with_from_tag(headers, |tag| digest(call_id, tag, number));
        self.invites.iter().any(|(_, known)| *known == invite)
    }
}

fn digest(call_id: &str, from_tag: &str, number: u32) -> u64 {
    let mut hasher = DefaultHasher::new();
    (call_id, from_tag, number).hash(&mut hasher);
    hasher.finish()
}

/// So many are remembered: a peer that never acknowledges pushes out the oldest.
const MAXIMUM: usize = 256;
