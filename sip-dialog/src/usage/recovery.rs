//! A dialog whose flow is lost: its requests wait, and go out once more on the next flow. RFC 3261 §8.1.3.1,
//! §12.2.1.1; AC-6 to AC-9.

use super::{Usage, is_of_another_usage};
use crate::modification::Refusal;
use crate::outbox::Outbox;
use crate::{Failure, InviteError, Output, SessionEvent};
use sip_clock::Instant;
use sip_message::{Body, CSeq, Method, NameAddr, Request};
use std::mem;

/// A request of this end without final response.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) request: Request,
    pub(super) attempt: Attempt,
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
            self.change.interrupt().and_then(|number| Some((number, self.pending.remove(&number)?)));
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
        for (number, Pending { mut request, attempt }) in mem::take(&mut self.pending) {
            if *request.method() == Method::Invite && attempt != Attempt::Queued {
                self.repeat_invite(number, request, outbox);
                continue;
            }
            let next = match attempt {
                Attempt::Queued => Attempt::Sent,
                Attempt::Sent => Attempt::Repeated,
                Attempt::Repeated if *request.method() == Method::Bye => Attempt::Repeated,
                Attempt::Repeated => {
                    let cseq = CSeq { number, method: request.method().clone() };
                    if is_of_another_usage(&cseq.method) {
                        outbox.event(SessionEvent::Answered { cseq, outcome: Err(Failure::Transport) });
                        continue;
                    }
                    let refusal = Refusal::without_response(Failure::Transport.status());
                    let _never_ends = self.finish(request, &cseq, &refusal, None, now, outbox);
                    continue;
                }
            };
            // rfc3261#12.2.1.1: a new transaction has the next number, in the order of the wishes
            self.dialog.renumber(&mut request);
            let renumbered = self.dialog.local_sequence().unwrap_or_default();
            self.change.renumber(number, renumbered);
            self.keys.renumber(number, renumbered);
            self.send_as(next, request, outbox);
        }
        if stands {
            self.recover(outbox);
        }
    }

    /// A re-INVITE that asks for an offer goes out as it was, so that its 2xx comes here (RFC 3261 §17.2.3); any other one
    /// is of a dialog that this end has left.
    fn repeat_invite(&mut self, number: u32, request: Request, outbox: &mut Outbox) {
        if self.change.has_asked(number) {
            self.pending.insert(number, Pending { request, attempt: Attempt::Sent });
            outbox.push(Output::Repeat { cseq: CSeq { number, method: Method::Invite } });
        }
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
