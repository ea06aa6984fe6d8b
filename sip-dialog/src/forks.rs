//! The dialogs that one INVITE makes when proxies fork it: RFC 3261 §12.1.2, §13.2.2.4; AC-15.

use crate::outbox::Outbox;
use crate::usage::Usage;
use crate::{Dialog, DialogError, DialogId, EndCause, Output};
use sip_message::{Body, CSeq, Request, Response};
use std::collections::BTreeMap;

/// Dialogs of the caller by remote tag: early ones, the winner, and those being closed.
#[derive(Debug, Default)]
pub(crate) struct Forks {
    forks: BTreeMap<String, Fork>,
    /// How many of them a 2xx has made.
    accepted: u32,
}

#[derive(Debug)]
struct Fork {
    usage: Usage,
    /// The ACK of its 2xx, repeated verbatim (AC-26).
    ack: Option<Request>,
    /// The peer's BYE when it came before its 2xx.
    left: Option<EndCause>,
}

impl Forks {
    /// The early dialog of a provisional response, which makes it unless it is there.
    pub(crate) fn early(&mut self, invite: &Request, response: &Response) -> Option<DialogId> {
        // rfc3261#12.1: only a response with a To tag makes a dialog
        let id = DialogId::of_response(response).ok().filter(|id| !id.remote_tag.is_empty())?;
        if !self.forks.contains_key(&id.remote_tag) {
            self.insert(Dialog::client(invite, response).ok()?).ok()?;
        }
        Some(id)
    }

    /// The dialog of the first 2xx; the early dialogs of other forks are over. Returns its remote tag.
    pub(crate) fn accept_first(
        &mut self,
        invite: &Request,
        response: &Response,
    ) -> Result<String, DialogError> {
        let winner = DialogId::of_response(response)?.remote_tag;
        self.forks.retain(|tag, _| *tag == winner);
        self.accept(invite, response)
    }

    /// Makes or confirms the dialog of a 2xx and returns its remote tag.
    pub(crate) fn accept(&mut self, invite: &Request, response: &Response) -> Result<String, DialogError> {
        let tag = DialogId::of_response(response)?.remote_tag;
        if let Some(fork) = self.forks.get_mut(&tag) {
            fork.usage.dialog_mut().confirm_with(response)?;
        } else {
            let mut dialog = Dialog::client(invite, response)?;
            // CSeq must tell requests of several dialogs apart; a gap is no error to the peer (RFC 3261 12.2.2)
            let stride = self.accepted.saturating_mul(SEQUENCE_STRIDE);
            dialog.skip_to(dialog.local_sequence().unwrap_or_default().saturating_add(stride));
            self.insert(dialog)?;
        }
        self.accepted = self.accepted.saturating_add(1);
        Ok(tag)
    }

    /// Sends the first ACK of a 2xx, which the INVITE with sequence number `number` got.
    pub(crate) fn acknowledge(&mut self, tag: &str, number: u32, body: Option<Body>, outbox: &mut Outbox) {
        if let Some(fork) = self.forks.get_mut(tag) {
            let mut ack = fork.usage.dialog().ack(number);
            if let Some(body) = body {
                ack.set_body(&body.content_type, body.bytes);
            }
            fork.ack = Some(ack.clone());
            outbox.push(Output::Ack(ack));
        }
    }

    /// Sends the ACK of a 2xx again, if there was one; false when the 2xx comes from a new fork.
    pub(crate) fn acknowledge_again(&self, tag: &str, outbox: &mut Outbox) -> bool {
        let Some(fork) = self.forks.get(tag) else { return false };
        if let Some(ack) = &fork.ack {
            outbox.push(Output::Ack(ack.clone()));
        }
        true
    }

    pub(crate) fn leave(&mut self, tag: &str, outbox: &mut Outbox) {
        if let Some(fork) = self.forks.get_mut(tag) {
            fork.usage.leave(outbox);
        }
    }

    /// Keeps the peer's BYE in an early dialog, which it should not send (RFC 3261 §15) unless its 2xx was overtaken
    /// or lost: the session ends when that 2xx comes.
    pub(crate) fn leave_early(&mut self, tag: &str, cause: EndCause) {
        if let Some(fork) = self.forks.get_mut(tag) {
            fork.left = Some(cause);
        }
    }

    /// What [`Self::leave_early`] kept.
    pub(crate) fn take_left(&mut self, tag: &str) -> Option<EndCause> {
        self.forks.get_mut(tag)?.left.take()
    }

    /// The dialog that a request of the peer is in.
    pub(crate) fn addressed(&mut self, request: &Request) -> Option<&mut Usage> {
        let id = DialogId::of_request(request).ok()?;
        let fork = self.forks.get_mut(&id.remote_tag)?;
        Some(&mut fork.usage).filter(|usage| *usage.dialog().id() == id)
    }

    /// The dialog with this remote tag while neither end has left it.
    pub(crate) fn open(&mut self, tag: &str) -> Option<&mut Usage> {
        self.forks.get_mut(tag).map(|fork| &mut fork.usage).filter(|usage| usage.is_open())
    }

    /// The dialog, with its remote tag, whose request with this CSeq waits for a response.
    pub(crate) fn waiting(&mut self, cseq: &CSeq) -> Option<(&str, &mut Usage)> {
        let mut forks = self.forks.iter_mut().map(|(tag, fork)| (tag.as_str(), &mut fork.usage));
        forks.find(|(_, usage)| usage.has_pending(cseq.number))
    }

    /// Drops the ACKs and the dialogs that are over.
    pub(crate) fn forget(&mut self) {
        self.forks.retain(|_, fork| !fork.usage.is_closed());
        for fork in self.forks.values_mut() {
            fork.ack = None;
        }
    }

    /// Drops all dialogs.
    pub(crate) fn clear(&mut self) {
        self.forks.clear();
    }

    pub(crate) fn is_open(&self, tag: &str) -> bool {
        self.forks.get(tag).is_some_and(|fork| fork.usage.is_open())
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.forks.values().any(|fork| fork.usage.is_busy())
    }

    pub(crate) fn are_closed(&self) -> bool {
        self.forks.values().all(|fork| fork.usage.is_closed())
    }

    pub(crate) fn dialogs(&self) -> impl Iterator<Item = &Dialog> {
        self.forks.values().map(|fork| fork.usage.dialog())
    }

    fn insert(&mut self, dialog: Dialog) -> Result<(), DialogError> {
        if self.forks.len() >= MAX_FORKS {
            return Err(DialogError::TooManyForks);
        }
        let tag = dialog.id().remote_tag.clone();
        self.forks.insert(tag, Fork { usage: Usage::new(dialog), ack: None, left: None });
        Ok(())
    }
}

/// Dialogs one INVITE may make here; a peer that forks further is not heard.
const MAX_FORKS: usize = 64;

/// The distance between the sequence numbers of two dialogs of one INVITE; 64 of them stay far below 2^31.
const SEQUENCE_STRIDE: u32 = 1 << 20;
