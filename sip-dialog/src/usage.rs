//! The session's use of one dialog: requests inside it and BYE, RFC 3261 §12.2, §14.2, §15.1; RFC 5057 §5.

mod changing;
mod farewell;
mod keypad;
mod other_usages;
mod provisional;
mod recovery;
mod referrals;
mod serving;
#[cfg(feature = "serde")]
mod snapshot;
mod unanswered;

use crate::answer;
use crate::identity::{CALLED, CALLING, Identity};
use crate::keys::Keys;
use crate::modification::session_timer;
use crate::modification::{Modification, Pracked, Refusal};
use crate::outbox::Outbox;
use crate::{Dialog, EndCause, EndKind, EndedBy, Failure, Output, SessionEvent, Undelivered};
pub(crate) use other_usages::is_of_another_usage;
use recovery::{Attempt, Pending};
use referrals::Referrals;
use sip_clock::Instant;
use sip_message::{Body, CSeq, Method, RAck, Request, Response, StatusCode};
use smol_str::SmolStr;
use std::mem;
use unanswered::Unanswered;

/// One dialog with the requests of this end that are under way in it.
///
/// ```text
///          leave: BYE goes out              BYE answered or given up
///   Open ──────────────────────▶ Leaving ──────────────────────────▶ Closed
///     │                                                                ▲
///     └──────────────────────── BYE arrives: 200 ──────────────────────┘
/// ```
/// A closed usage still repeats the 2xx to a re-INVITE of the peer until its ACK, and acknowledges that to one of its
/// own, each for 64·T1 at most.
// A process may have a hundred thousand of them, and a message finds its own far from the processor: the fields are in
// this order in memory, so that what each message needs stands on a few neighbouring lines, from the end of `dialog` to
// the beginning of `change`.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Usage {
    dialog: Dialog,
    /// Requests without a final response, kept for the next attempt after a challenge.
    pending: Unanswered,
    phase: Phase,
    /// Whether BYE and re-INVITE may be sent: a callee has to wait for ACK or the end of its patience.
    may_leave: bool,
    /// Whether the peer's BYE crossed that of this end.
    peer_left: bool,
    keys: Keys,
    change: Modification,
    /// The PRACK that failed, in case its response comes again.
    failed_prack: Option<Request>,
    identity: Identity,
    referrals: Referrals,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    Leaving,
    Closed,
}

impl Usage {
    pub(crate) fn new(dialog: Dialog, change: Modification) -> Self {
        Self {
            dialog,
            phase: Phase::Open,
            change,
            pending: Unanswered::default(),
            failed_prack: None,
            may_leave: true,
            peer_left: false,
            keys: Keys::default(),
            identity: Identity::default(),
            referrals: Referrals::default(),
        }
    }

    /// The callee's use of a dialog, which it cannot leave before [`Self::allow_leaving`].
    pub(crate) fn of_callee(dialog: Dialog, change: Modification) -> Self {
        let mut usage = Self::new(dialog, change);
        usage.may_leave = false;
        usage
    }

    /// The ACK of the callee's 2xx came, or will not come.
    pub(crate) const fn allow_leaving(&mut self) {
        self.may_leave = true;
    }

    /// Answers a request of the peer, INVITE with `refusal` if there is one; `Some` when it ends the session.
    pub(crate) fn handle_request(
        &mut self,
        request: Request,
        refusal: Option<StatusCode>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Option<EndCause> {
        if self.admit(&request, outbox) { self.serve(request, refusal, now, outbox) } else { None }
    }

    /// Takes the sequence number of a request of the peer; when it is out of order, refuses it and returns false.
    pub(crate) fn admit(&mut self, request: &Request, outbox: &mut Outbox) -> bool {
        let order = self.dialog.handle_request(request);
        match &order {
            Ok(cseq) => {
                if cseq.method != Method::Info {
                    self.change.learn(request.headers());
                }
                if matches!(cseq.method, Method::Invite | Method::Update) {
                    self.identify(request.headers(), CALLING, outbox);
                }
            }
            Err(refusal) => answer::respond(outbox, request, request.response(refusal.status())),
        }
        order.is_ok()
    }

    /// Takes a request of the peer that may make an offer.
    fn receive(&mut self, request: Request, refusal: Option<StatusCode>, now: Instant, outbox: &mut Outbox) {
        self.change.receive(&mut self.dialog, request, refusal, now, outbox);
        self.pump(outbox);
    }

    /// Takes the peer's PRACK, which is in its order.
    pub(crate) fn take_prack(&mut self, request: Request, now: Instant, outbox: &mut Outbox) -> Pracked {
        let pracked = self.change.take_prack(&mut self.dialog, request, now, outbox);
        self.pump(outbox);
        pracked
    }

    /// The ACK of a 2xx to a re-INVITE; `Some` when it ends the session.
    pub(crate) fn handle_ack(
        &mut self,
        ack: &Request,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Option<EndCause> {
        let cause = self.change.acknowledged(ack, outbox);
        if let (None, Ok(CSeq { number, .. })) = (&cause, ack.headers().required()) {
            self.change.recovered_by_peer(number, outbox);
        }
        self.finish_change(cause, now, outbox)
    }

    /// The CANCEL of a re-INVITE.
    pub(crate) fn handle_cancel(&mut self, cancel: &Request, now: Instant, outbox: &mut Outbox) {
        if let Ok(CSeq { number, .. }) = cancel.headers().required() {
            self.change.cancel(number, outbox);
            self.go_on(now, outbox);
        }
    }

    /// Takes a response to a request of this dialog; `Some` when it shows that the peer has lost the dialog.
    pub(crate) fn handle_response(
        &mut self,
        cseq: &CSeq,
        response: &Response,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Option<EndCause> {
        let status = response.status();
        if status.is_provisional() {
            self.progress(cseq, response, now, outbox);
            return None;
        }
        // rfc6086#4.2.2: what an answer to INFO lists does not count
        if cseq.method != Method::Info {
            self.change.learn(response.headers());
            // rfc6086#5.2.4: nor does what a refusal says
            if status.is_success() {
                self.change.learn_packages(response.headers());
            }
        }
        if matches!(cseq.method, Method::Invite | Method::Update) && status.is_success() {
            self.identify(response.headers(), CALLED, outbox);
            self.succeed(cseq, response, now, outbox);
            return None;
        }
        self.judge_farewell(cseq, Undelivered::of(status), outbox);
        // rfc3261#12.2.1.2/2: 481 and 408 mean that the dialog is gone over there, if `finish` has no reason to stay
        let lost =
            matches!(status, StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST | StatusCode::REQUEST_TIMEOUT);
        self.conclude(cseq, Ok(response), lost.then_some(EndedBy::Remote), now, outbox)
    }

    /// A request of this dialog got no response at all.
    pub(crate) fn handle_failed(
        &mut self,
        cseq: &CSeq,
        failure: Failure,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Option<EndCause> {
        let lost = match failure {
            // rfc3261#12.2.1.2/3: no response is as good as a 408
            Failure::Timeout => Some(EndedBy::Network),
            Failure::Transport => None,
        };
        self.judge_farewell(cseq, Some(failure.into()), outbox);
        if cseq.method == Method::Invite && !self.has_pending(cseq.number) {
            self.change.lose(cseq.number, outbox);
            return None;
        }
        self.conclude(cseq, Err(failure), lost, now, outbox)
    }

    /// A request of this dialog was challenged: it goes out again with the next CSeq (RFC 3261 §22.2, AC-29).
    pub(crate) fn handle_challenged(&mut self, number: u32, outbox: &mut Outbox) {
        let Some(pending) = self.pending.remove(number) else { return };
        // rfc3261#15.1.1/1: the session is over with its BYE, which a request with a higher number would make void
        if !self.is_open() && *pending.request.method() != Method::Bye {
            return;
        }
        self.send_again(number, pending, outbox);
    }

    /// Does what is due; `Some` when that ends the session.
    pub(crate) fn handle_timeout(&mut self, now: Instant, outbox: &mut Outbox) -> Option<EndCause> {
        self.press(now, outbox);
        let cause = self.change.handle_timeout(&mut self.dialog, now, outbox);
        if self.phase == Phase::Closed && self.change.is_forgetful() {
            self.pending = Unanswered::default();
        }
        self.finish_change(cause, now, outbox)
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        let due = self.change.next_timeout().into_iter().chain(self.keys.next_timeout()).min();
        due.filter(|_| !self.is_closed())
    }

    /// Acknowledges a reliable provisional response (RFC 3262 §4).
    pub(crate) fn prack(&mut self, rack: &RAck, body: Option<Body>, outbox: &mut Outbox) {
        let mut request = self.dialog.request(Method::Prack).with(rack);
        if let Some(body) = body {
            request.set_body(&body.content_type, body.bytes);
        }
        self.send(request, outbox);
    }

    /// The response came again: so does its PRACK if that failed, else it is on its way (AC-24).
    pub(crate) fn prack_again(&mut self, rack: &RAck, outbox: &mut Outbox) {
        let is_meant = |request: &mut Request| request.headers().required::<RAck>().as_ref() == Ok(rack);
        if let Some(mut request) = self.failed_prack.take_if(is_meant) {
            self.dialog.renumber(&mut request);
            self.send(request, outbox);
        }
    }

    pub(crate) const fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    /// What tells the dialogs of a fork apart.
    pub(crate) fn remote_tag(&self) -> SmolStr {
        self.dialog.id().remote_tag.clone()
    }

    pub(crate) const fn dialog_mut(&mut self) -> &mut Dialog {
        &mut self.dialog
    }

    /// The dialog alone, when nothing under way in it counts any more.
    pub(crate) fn into_dialog(self) -> Dialog {
        self.dialog
    }

    pub(crate) const fn change(&self) -> &Modification {
        &self.change
    }

    pub(crate) const fn change_mut(&mut self) -> &mut Modification {
        &mut self.change
    }

    /// Whether a request of this dialog with this number waits for its final response.
    pub(crate) fn has_pending(&self, number: u32) -> bool {
        self.pending.get(number).is_some()
    }

    /// Whether a response or failure with this CSeq is for this dialog: the request waits for its final response, or
    /// is an INVITE whose 2xx may come again or which the peer sent.
    pub(crate) fn knows(&self, cseq: &CSeq) -> bool {
        let is_pending =
            self.pending.get(cseq.number).is_some_and(|one| *one.request.method() == cseq.method);
        is_pending || (cseq.method == Method::Invite && self.change.knows(cseq.number))
    }

    /// A re-INVITE was accepted, perhaps after this end has left the dialog, or its 2xx came again.
    fn succeed(&mut self, cseq: &CSeq, response: &Response, now: Instant, outbox: &mut Outbox) {
        let number = cseq.number;
        match self.take_pending(cseq) {
            Some(_) if self.is_open() => {
                self.change.succeed(&mut self.dialog, number, response, now, outbox);
                self.go_on(now, outbox);
            }
            Some(_) if cseq.method == Method::Invite => {
                self.change.acknowledge_late(&self.dialog, number, response, outbox);
            }
            // an UPDATE, after this end has left
            Some(_) => {}
            None => self.change.acknowledge_again(number, outbox),
        }
    }

    fn conclude(
        &mut self,
        cseq: &CSeq,
        outcome: Result<&Response, Failure>,
        lost: Option<EndedBy>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Option<EndCause> {
        let pending = self.take_pending(cseq)?;
        self.finish(cseq.number, pending, outcome, lost, now, outbox)
    }

    /// A request of this dialog came to this end.
    fn finish(
        &mut self,
        number: u32,
        pending: Pending,
        outcome: Result<&Response, Failure>,
        lost: Option<EndedBy>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Option<EndCause> {
        let status = outcome.map_or_else(Failure::status, Response::status);
        match pending.request.method() {
            Method::Bye => {
                // rfc3261#15.1.1/2: whatever the answer to BYE, or none: the session is over
                self.close(now);
                return None;
            }
            Method::Invite | Method::Update => {
                // AC-7: after recovery no answer is taken as the loss of the session
                let ends = self.change.is_recovering_by(number) && status == StatusCode::REQUEST_TIMEOUT;
                let refusal = outcome.map_or_else(Refusal::without_response, Refusal::of);
                self.change.fail(&self.dialog, number, &refusal, now, outbox);
                // AC-19: only a peer that knows no such dialog has lost it
                if status != StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST && !ends {
                    self.go_on(now, outbox);
                    return None;
                }
            }
            Method::Prack => {
                if let Some(rack) =
                    pending.request.headers().typed().ok().flatten().filter(|_| status.is_success())
                {
                    self.change.pracked(&rack);
                }
                // without its PRACK the response comes again
                self.failed_prack = (!status.is_success()).then_some(pending.request);
                self.pump(outbox);
                return None;
            }
            Method::Info => {
                self.conclude_info(number, &pending, status, now, outbox);
                return None;
            }
            _ => {
                self.referrals.conclude(number, outcome);
                if let Some(cseq) = pending.name() {
                    let outcome = outcome.cloned();
                    outbox.event(SessionEvent::Answered { cseq, outcome });
                }
                // rfc5057#5.1, rfc5057#5.2, rfc5057#5.3: silence says nothing of the session, and 481 only to a request of
                // no usage
                if status != StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST
                    || is_of_another_usage(pending.request.method())
                {
                    self.pump(outbox);
                    return None;
                }
            }
        }
        let cause = EndCause::new(lost?, EndKind::DialogLost).with_status(status);
        // rfc3261#12.2.1.2/2-3: a dialog made by INVITE is ended by BYE
        self.leave(&cause, outbox);
        Some(cause)
    }

    /// The request that a response or failure with this CSeq concludes, whose method is the same.
    fn take_pending(&mut self, cseq: &CSeq) -> Option<Pending> {
        let is_meant =
            self.pending.get(cseq.number).is_some_and(|pending| *pending.request.method() == cseq.method);
        if is_meant { self.pending.remove(cseq.number) } else { None }
    }

    /// Begins what is wanted and can begin.
    pub(crate) fn pump(&mut self, outbox: &mut Outbox) {
        // rfc6337#4.3 (UAC-IU): not before the end of a PRACK, which a later number would make void
        if self.is_open()
            && !self.pending.values().any(|one| *one.request.method() == Method::Prack)
            // rfc3261#14.1/4: the callee waits for the ACK of its first 2xx too
            && let Some(request) = self.change.next_request(&mut self.dialog, self.may_leave)
        {
            self.change.acknowledge_unseen(&self.dialog, outbox);
            self.send(request, outbox);
        }
    }

    /// The same, and what was wanted of a re-INVITE of the peer.
    pub(super) fn go_on(&mut self, now: Instant, outbox: &mut Outbox) {
        if self.is_open() {
            self.change.go_on_with_re_invite(&mut self.dialog, now, outbox);
        }
        self.pump(outbox);
    }

    fn finish_change(
        &mut self,
        cause: Option<EndCause>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Option<EndCause> {
        match &cause {
            Some(cause) => self.leave(cause, outbox),
            None => self.go_on(now, outbox),
        }
        cause
    }

    fn send(&mut self, request: Request, outbox: &mut Outbox) -> u32 {
        self.send_for(request, true, outbox)
    }

    /// Sends a request; the application is told what became of it if it `is_wanted` there.
    fn send_for(&mut self, mut request: Request, is_wanted: bool, outbox: &mut Outbox) -> u32 {
        session_timer::support(request.headers_mut());
        let number = self.dialog.local_sequence().unwrap_or_default();
        let asked = is_wanted.then_some(number);
        self.dispatch(number, Pending { request, attempt: Attempt::Sent, asked }, outbox);
        number
    }

    /// Sends a request once more, as a new transaction.
    fn send_again(&mut self, number: u32, mut pending: Pending, outbox: &mut Outbox) {
        // rfc3261#12.2.1.1: a new transaction has the next number, in the order of the wishes
        self.dialog.renumber(&mut pending.request);
        let next = self.dialog.local_sequence().unwrap_or_default();
        self.change.renumber([number, next], &self.dialog, self.may_leave, &mut pending.request);
        self.keys.renumber(number, next);
        self.referrals.renumber(number, next);
        self.dispatch(next, pending, outbox);
    }

    /// Sends a request with this number, or keeps it until there is a flow.
    fn dispatch(&mut self, number: u32, mut pending: Pending, outbox: &mut Outbox) {
        if self.change.is_interrupted() {
            pending.attempt = Attempt::Queued;
        } else {
            // what is kept has no spare room, what goes out needs it for its Via
            let kept = pending.request.clone();
            outbox.push(Output::Request(mem::replace(&mut pending.request, kept)));
        }
        self.pending.insert(number, pending);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::offset_of;

    #[test]
    fn what_each_message_needs_stands_on_few_lines_of_memory() {
        let begin = offset_of!(Usage, dialog) + Dialog::OFTEN_USED_FROM;
        let end = offset_of!(Usage, change) + Modification::OFTEN_USED_UP_TO;
        assert!(end - begin <= 256, "{begin}..{end}");
    }
}
