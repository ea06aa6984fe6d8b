//! The peer's re-INVITE until its final response: RFC 3261 §14.2, RFC 3262 §3 and §5, RFC 6141 §3.3, §3.8 and §4.6.

use super::outgoing::{Refusal, UnderWay};
use super::recovery::Agreement;
use super::{ChangeTimer, Modification, Progress};
use crate::outbox::Outbox;
use crate::{Carrier, Dialog, Hold, InviteError, Meaning, OfferAnswerError, SessionEvent, Side, answer};
use sip_clock::Instant;
use sip_message::{Body, CSeq, HeaderName, Request, StatusCode};

/// A re-INVITE of the peer that has no final response.
///
/// ```text
///               a description of the application goes out reliably
///   Asked ──────────────────────────────────────────────────────────▶ Executed
///     │ answer: 2xx                                                     │ answer, CANCEL: 2xx
///     │ decline, CANCEL: refused, and all as before                     │ decline: an UPDATE, and all as before;
///     ▼                                                                 ▼ then 2xx
///   settled                                                           settled
/// ```
#[derive(Debug)]
pub(super) struct ReInvite {
    pub(super) number: u32,
    pub(super) request: Request,
    /// What was agreed when it came.
    before: Agreement,
    /// Whether an exchange inside of it is complete.
    // rfc6141#3.3
    is_executed: bool,
    verdict: Option<Verdict>,
}

/// What shall become of it.
#[derive(Debug)]
enum Verdict {
    /// 2xx with this body, as soon as nothing is open.
    Accept(Option<Box<Body>>),
    /// All shall be as before; refused with this status if no UPDATE can do that.
    Undo(StatusCode),
    /// The UPDATE that does it is due or under way, 2xx follows.
    Undoing,
}

impl Modification {
    /// The application is asked, and the peer waits.
    pub(super) fn wait(&mut self, dialog: &Dialog, request: Request, before: Agreement, now: Instant) {
        let number = request.headers().required().map_or(0, |CSeq { number, .. }| number);
        self.begin_progress(Progress::of_re_invite(number, &request, dialog.id(), self.settings.reliable));
        self.expect_move(dialog, &request, now);
        let re_invite = ReInvite { number, request, before, is_executed: false, verdict: None };
        self.re_invite = Some(Box::new(re_invite));
        self.timers.set(ChangeTimer::Progress, now + self.silence(false));
    }

    /// Whether a re-INVITE waits for its final response.
    pub(crate) const fn is_re_invited(&self) -> bool {
        self.re_invite.is_some()
    }

    /// Whether it waits for a word of the application.
    pub(super) fn awaits_verdict(&self) -> bool {
        self.re_invite.as_ref().is_some_and(|re_invite| re_invite.verdict.is_none())
    }

    /// Tells the peer something before the answer.
    pub(crate) fn ring(
        &mut self,
        dialog: &mut Dialog,
        status: StatusCode,
        body: Option<Body>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Result<(), InviteError> {
        if !status.is_provisional() {
            return Err(InviteError::WrongStatus(status));
        }
        if self.re_invite.as_ref().is_none_or(|re_invite| re_invite.verdict.is_some()) {
            return Err(InviteError::AlreadyAnswered);
        }
        if status != StatusCode::TRYING && !self.may_ring(body.as_ref()) {
            return Err(InviteError::DescriptionMissing);
        }
        self.tell_progress(dialog, status, body, now, outbox);
        Ok(())
    }

    /// Accepts the re-INVITE, with the description that is due if it has not gone out.
    pub(crate) fn accept_re_invite(&mut self, body: Option<Body>) -> Result<(), InviteError> {
        let body = body.or_else(|| self.announced());
        match self.judge(Side::Local, Carrier::InviteSuccess, body.as_ref()) {
            Err(OfferAnswerError::AnswerMissing | OfferAnswerError::OfferMissing) => {
                Err(InviteError::DescriptionMissing)
            }
            Ok(_) | Err(OfferAnswerError::OfferPending) => {
                self.decide(Verdict::Accept(body.map(Box::new))).then_some(()).ok_or(InviteError::NoOffer)
            }
        }
    }

    /// Refuses the re-INVITE, or undoes what has been agreed inside of it; false when none waits.
    pub(super) fn decline_re_invite(&mut self, status: StatusCode, outbox: &mut Outbox) -> bool {
        match &self.re_invite {
            // rfc6141#3.3
            Some(re_invite) if re_invite.is_executed => {
                let is_decided = self.decide(Verdict::Undo(status));
                // an UPDATE that met another one and was to go out again
                if is_decided && self.wanted.take_if(|wanted| wanted.offers_in_update()).is_some() {
                    outbox.event(SessionEvent::ChangeFailed { status: StatusCode::REQUEST_PENDING });
                }
                is_decided
            }
            Some(re_invite) if re_invite.verdict.is_none() => self.refuse_re_invite(status, outbox),
            Some(_) | None => false,
        }
    }

    /// The peer's CANCEL.
    pub(crate) fn cancel(&mut self, number: u32, outbox: &mut Outbox) {
        let is_meant = |re_invite: &&ReInvite| re_invite.number == number;
        let Some(re_invite) = self.re_invite.as_deref().filter(is_meant) else { return };
        if !re_invite.is_executed {
            return self.withdraw_re_invite(StatusCode::REQUEST_TERMINATED, outbox);
        }
        // rfc6141#3.8: what is done already is not undone by it
        if self.decide(Verdict::Accept(None)) {
            outbox.event(SessionEvent::OfferWithdrawn);
        }
    }

    /// The transaction of the peer's INVITE is lost: no answer arrives.
    pub(crate) fn lose(&mut self, number: u32, outbox: &mut Outbox) {
        if self.re_invite.as_ref().is_some_and(|re_invite| re_invite.number == number) {
            self.withdraw_re_invite(StatusCode::REQUEST_TERMINATED, outbox);
        }
    }

    /// Refuses it without the application.
    pub(super) fn withdraw_re_invite(&mut self, status: StatusCode, outbox: &mut Outbox) {
        if self.refuse_re_invite(status, outbox) {
            outbox.event(SessionEvent::OfferWithdrawn);
        }
    }

    /// A PRACK lacks the answer to the offer of its response.
    // rfc3262#5
    pub(crate) fn refuse_unanswered(&mut self, outbox: &mut Outbox) {
        self.withdraw_re_invite(StatusCode::BAD_REQUEST, outbox);
    }

    /// Does what the verdict is as soon as that is possible.
    pub(crate) fn go_on_with_re_invite(&mut self, dialog: &mut Dialog, now: Instant, outbox: &mut Outbox) {
        if self.re_invite.is_none() {
            return;
        }
        self.say_next(now, outbox);
        // rfc3262#3: no 2xx before the PRACK of a description
        let is_open = self.holds_back() || self.incoming.is_some();
        match self.re_invite.as_mut().filter(|_| !is_open).and_then(|one| one.verdict.take()) {
            Some(Verdict::Accept(body)) => self.conclude(dialog, body.map(|body| *body), now, outbox),
            Some(Verdict::Undo(status)) if self.exchange.is_stable() => {
                self.undo(dialog, status, now, outbox);
            }
            Some(verdict @ (Verdict::Undo(_) | Verdict::Undoing)) => {
                self.decide(verdict);
            }
            None => {}
        }
    }

    /// Breaks the silence while the user is asked.
    // rfc3261#13.3.1.1/2
    pub(super) fn ring_again(&mut self, dialog: &mut Dialog, now: Instant, outbox: &mut Outbox) {
        if self.re_invite.is_none() {
            return;
        }
        let is_interrupted = self.is_interrupted();
        let (status, is_reliable) = if is_interrupted { (None, false) } else { self.break_silence(outbox) };
        match status {
            Some(status) => self.tell_progress(dialog, status, None, now, outbox),
            None => self.timers.set(ChangeTimer::Progress, now + self.silence(is_reliable)),
        }
    }

    /// There is a flow again: what the peer may have missed goes out once more.
    pub(crate) fn resume_re_invite(&mut self, dialog: &mut Dialog, now: Instant, outbox: &mut Outbox) {
        if self.re_invite.is_some() {
            self.resume_progress(dialog.local_contact(), outbox);
            self.go_on_with_re_invite(dialog, now, outbox);
        }
    }

    /// The dialog is over.
    pub(super) fn close_re_invite(&mut self, outbox: &mut Outbox) {
        // rfc3261#15.1.2/6-7
        let _left = self.dismiss(StatusCode::REQUEST_TERMINATED, outbox);
        self.progress = None;
    }

    /// A message before the final response to the peer's INVITE; whether it completes an exchange.
    pub(super) fn transfer_early(
        &mut self,
        by: Side,
        carrier: Carrier,
        body: Option<&Body>,
    ) -> Result<Meaning, OfferAnswerError> {
        let meaning = self.transfer(by, carrier, body);
        if let Some(re_invite) = &mut self.re_invite {
            re_invite.is_executed |= meaning == Ok(Meaning::Answer);
        }
        meaning
    }

    /// Whether the UPDATE that undoes what was agreed inside a re-INVITE is due.
    pub(super) fn is_undo_due(&self) -> bool {
        matches!(&self.re_invite, Some(re_invite) if matches!(re_invite.verdict, Some(Verdict::Undoing)))
    }

    /// What that UPDATE offers: what was in force before, in a version above all that went out since (RFC 3264 §8). Whether
    /// the peer holds is for its answer to say.
    pub(super) fn undoing(&mut self) -> Option<Body> {
        let re_invite = self.re_invite.as_ref()?;
        let description = self.exchange.renewed(&re_invite.before.exchange)?;
        self.stated = re_invite.before.is_held();
        self.wish = re_invite.before.wish().to_vec();
        self.edited = true;
        let (hold, wish) = (Hold { local: self.stated, ..self.hold }, &self.wish);
        let offer = description
            .redirected(|number, stated| hold.offered(wish.get(number).copied().unwrap_or(stated)));
        Some(offer.to_body())
    }

    /// It is answered.
    pub(super) fn undone(&mut self) {
        if let Some(re_invite) = &mut self.re_invite {
            re_invite.verdict = Some(Verdict::Accept(None));
        }
    }

    /// It failed: what was agreed inside the re-INVITE stands, unless it can be tried once more.
    pub(super) fn miss_undo(
        &mut self,
        dialog: &Dialog,
        change: &UnderWay,
        refusal: &Refusal,
        now: Instant,
        outbox: &mut Outbox,
    ) {
        if refusal.status == StatusCode::REQUEST_PENDING && !change.has_collided {
            self.has_collided = true;
            return self.timers.set(ChangeTimer::Glare, now + self.back_off(dialog, change.number));
        }
        self.undone();
        outbox.event(SessionEvent::ChangeFailed { status: refusal.status });
    }

    /// Sends a provisional response.
    pub(super) fn tell_progress(
        &mut self,
        dialog: &mut Dialog,
        status: StatusCode,
        body: Option<Body>,
        now: Instant,
        outbox: &mut Outbox,
    ) {
        let (is_reliable, body) = self.phrase(body);
        let Some(re_invite) = self.re_invite.take() else { return };
        let mut response = re_invite.request.response(status);
        if status == StatusCode::TRYING {
            answer::respond(outbox, &re_invite.request, response);
            self.re_invite = Some(re_invite);
            return;
        }
        if let Some(contact) = dialog.local_contact() {
            response.headers_mut().push_address(&HeaderName::Contact, contact);
        }
        if let Some(body) = body {
            response.set_body(&body.content_type, body.bytes);
        }
        if is_reliable {
            // rfc6141#4.6: what cannot get lost tells that the new target is known
            let _target = self.take_target(dialog, &re_invite.request);
            self.forget_move();
        }
        self.re_invite = Some(re_invite);
        self.progress(response, is_reliable, now, outbox);
        self.timers.set(ChangeTimer::Progress, now + self.silence(is_reliable));
    }

    /// Sets the verdict, unless there is another one; false when there is, or nothing to judge.
    fn decide(&mut self, verdict: Verdict) -> bool {
        match &mut self.re_invite {
            Some(re_invite) if re_invite.verdict.is_none() => {
                re_invite.verdict = Some(verdict);
                true
            }
            Some(_) | None => false,
        }
    }

    /// The 2xx.
    fn conclude(&mut self, dialog: &mut Dialog, body: Option<Body>, now: Instant, outbox: &mut Outbox) {
        let meaning = self.judge(Side::Local, Carrier::InviteSuccess, body.as_ref());
        // rfc3261#13.2.1/10: after the answer in a reliable response nothing more is said
        let body = body.filter(|_| !matches!(meaning, Ok(Meaning::Repeated | Meaning::Ignored)));
        let body = body.map(|body| self.outgoing(body));
        let Some(re_invite) = self.re_invite.take() else { return };
        self.timers.stop(&ChangeTimer::Progress);
        self.forget_move();
        self.end_progress();
        self.accept(dialog, &re_invite.request, body, now, outbox);
    }

    /// Begins to undo what was agreed.
    // rfc6141#3.3: by an UPDATE and a 2xx; a refusal is left for a peer that serves no UPDATE
    fn undo(&mut self, dialog: &mut Dialog, status: StatusCode, now: Instant, outbox: &mut Outbox) {
        let Some(re_invite) = &self.re_invite else { return };
        if re_invite.before.exchange.current(Side::Local) == self.exchange.current(Side::Local) {
            // nothing that this end said is to be taken back
            self.conclude(dialog, None, now, outbox);
        } else if self.is_update_served() {
            self.decide(Verdict::Undoing);
        } else {
            self.refuse_re_invite(status, outbox);
        }
    }

    /// Refuses it, and all is as before; false when none waits.
    // rfc3261#14.2: no state changes
    fn refuse_re_invite(&mut self, status: StatusCode, outbox: &mut Outbox) -> bool {
        let Some(re_invite) = self.dismiss(status, outbox) else { return false };
        if re_invite.is_executed {
            self.put_back(&re_invite.before);
            self.edited |= self.exchange.revert(re_invite.before.exchange);
            self.tell(outbox);
        } else {
            self.exchange.rollback();
            self.wish = re_invite.before.wish().to_vec();
        }
        true
    }

    /// Answers it with `status`.
    fn dismiss(&mut self, status: StatusCode, outbox: &mut Outbox) -> Option<ReInvite> {
        let re_invite = self.re_invite.take()?;
        self.timers.stop(&ChangeTimer::Progress);
        self.forget_move();
        self.void_progress();
        let mut response = re_invite.request.response(status);
        // rfc3261#14.2/6
        answer::explain(&mut response);
        answer::respond(outbox, &re_invite.request, response);
        Some(*re_invite)
    }
}
