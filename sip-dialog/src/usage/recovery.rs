//! A dialog whose flow is lost: its requests wait, and go out once more on the next flow. RFC 3261 §8.1.3.1,
//! §12.2.1.1; AC-6 to AC-9.

use super::Usage;
use crate::outbox::Outbox;
use crate::{Failure, InviteError, Output};
use sip_clock::Instant;
use sip_message::{Accept, Body, CSeq, Method, NameAddr, Request};
use std::mem;

/// A request of this end without final response.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) request: Request,
    pub(super) attempt: Attempt,
    /// The CSeq number with which the application asked for it, before a challenge or a lost flow gave it another; `None`
    /// when nobody asked but this end.
    pub(super) asked: Option<u32>,
}

impl Pending {
    /// What the application knows the request by.
    pub(super) fn name(&self) -> Option<CSeq> {
        Some(CSeq { number: self.asked?, method: self.request.method().clone() })
    }
}

/// How often a request went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// Never: there is no flow.
    Queued,
    Sent,
    /// Once more after its flow was lost.
    Repeated,
}

impl Usage {
    /// Nothing is sent until there is another flow.
    pub(crate) fn interrupt(&mut self) {
        let given_up =
            self.change.interrupt().and_then(|number| Some((number, self.pending.remove(number)?)));
        if let Some((number, Pending { request, .. })) = given_up
            && *request.method() == Method::Invite
        {
            self.change.note_unseen(number);
        }
    }

    /// There is another flow: unanswered requests go out in their order, once more but for BYE, which has to arrive.
    /// A session that `stands` is then shown to go on.
    pub(crate) fn restore(&mut self, contact: &NameAddr, stands: bool, now: Instant, outbox: &mut Outbox) {
        self.dialog.set_local_contact(contact.clone());
        self.change.restore(now, outbox);
        self.change.resume_re_invite(&mut self.dialog, now, outbox);
        // it is asked anew, when the caller has been told the dialog once more
        self.forget_question();
        for (number, pending) in mem::take(&mut self.pending) {
            let method = pending.request.method();
            let next = match pending.attempt {
                Attempt::Sent | Attempt::Repeated if *method == Method::Invite => {
                    self.repeat_invite(number, pending, outbox);
                    continue;
                }
                Attempt::Queued => Attempt::Sent,
                Attempt::Sent => Attempt::Repeated,
                Attempt::Repeated if *method == Method::Bye => Attempt::Repeated,
                Attempt::Repeated => {
                    let lost = Err(Failure::Transport);
                    let _never_ends = self.finish(number, pending, lost, None, now, outbox);
                    continue;
                }
            };
            self.send_again(number, Pending { attempt: next, ..pending }, outbox);
        }
        if stands {
            self.recover(outbox);
        }
    }

    /// A re-INVITE that asks for an offer goes out as it was, so that its 2xx comes here (RFC 3261 §17.2.3); any other one
    /// is of a dialog that this end has left.
    fn repeat_invite(&mut self, number: u32, pending: Pending, outbox: &mut Outbox) {
        if self.change.has_asked(number) {
            self.pending.insert(number, Pending { attempt: Attempt::Sent, ..pending });
            outbox.push(Output::Repeat { cseq: CSeq { number, method: Method::Invite } });
        }
    }

    /// Asks whether the peer still has the dialog. While this end could not be reached, requests of the peer found nobody:
    /// the CANCEL of a caller that gave up, or a BYE. They are repeated for 64·T1 at most.
    ///
    /// OPTIONS changes nothing at the other end (RFC 3261 §11.2), and only a user agent without the dialog says 481 to it
    /// (§12.2.2): that ends the call. Any other answer changes nothing, for it shows a peer that is there or a server that
    /// does not know (405, 430, 480). Nor does silence, as 408 or as no answer at all: §12.2.1.2 has a dialog ended for it,
    /// but a peer whose flow was lost at the same time is back a moment later, and would find no call any more (AC-7;
    /// RFC 5057 §5.3: OPTIONS is of no usage, so that its fate says nothing of one). A caller that never comes back costs no
    /// more than ringing until the limit of this end, as it does without any loss.
    ///
    /// A re-INVITE that waits until the peer can be reached asks the same, and goes out at once.
    pub(crate) fn ask_after_peer(&mut self, outbox: &mut Outbox) {
        self.forget_question();
        if self.is_open() && self.change.hasten_recovery() {
            self.pump(outbox);
        } else if self.is_open() {
            let request = self.dialog.request(Method::Options).with(&Accept::new("application", "sdp"));
            self.send_for(request, false, outbox);
        }
    }

    /// The answer to that question counts no more: there is another one, or a 2xx whose ACK tells.
    pub(crate) fn forget_question(&mut self) {
        self.pending.retain(|pending| pending.asked.is_some());
    }

    /// Shows that the session goes on.
    pub(crate) fn recover(&mut self, outbox: &mut Outbox) {
        if self.is_open() {
            self.change.want_recovery(outbox);
            self.pump(outbox);
        }
    }

    /// The application says what to offer.
    pub(crate) fn choose_recovery(
        &mut self,
        offer: Option<Body>,
        outbox: &mut Outbox,
    ) -> Result<(), InviteError> {
        if !self.change.choose_recovery(offer) {
            return Err(InviteError::NoOffer);
        }
        self.pump(outbox);
        Ok(())
    }

    /// Whether the BYE of this end has no answer yet.
    pub(crate) fn is_leaving(&self) -> bool {
        self.phase == super::Phase::Leaving
    }
}
