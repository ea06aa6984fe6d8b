//! Changes that this end wants: re-INVITE and UPDATE as their client. RFC 3261 §14.1, RFC 3311 §5.1 and §5.3,
//! RFC 6337 §3; AC-14, AC-19, AC-23.

use super::provisional::EarlyExchange;
use super::session_timer::{is_timed, min_se};
use super::{ChangeTimer, Modification};
use crate::outbox::Outbox;
use crate::reliable;
use crate::session_body;
use crate::spread::spread;
use crate::{
    Carrier, Dialog, DialogState, Direction, EndCause, EndKind, EndedBy, Failure, InviteError, Meaning,
    Output, SessionEvent, Side, answer,
};
use sip_clock::Instant;
use sip_message::{Body, HeaderName, KeptRequest, Method, Request, Response, RetryAfter, StatusCode};
use std::mem;
use std::time::Duration;

/// What this end wants changed.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// The application's description, in a re-INVITE.
    Offer(Box<Body>),
    /// The same in an UPDATE, or news of this end without a description.
    Update(Option<Box<Body>>),
    /// An offer of the peer: a re-INVITE without description.
    Ask,
    /// The directions that hold asks for.
    Hold,
    /// Nothing but more time (RFC 4028 §7.4).
    Refresh,
    /// Nothing: an UPDATE that goes to the new target of the peer (RFC 6141 §4.6).
    Move,
    /// What was in force before a re-INVITE of the peer that is not wanted after all (RFC 6141 §3.3).
    Undo,
    /// What is in force, as it was before a re-INVITE that failed after it had been agreed upon (RFC 6141 §3.4).
    Synchronize,
    /// Proof that the session goes on over another flow, by this offer or with nothing changed.
    Recovery(Option<Box<Body>>),
}

impl Wanted {
    /// Whether it is an UPDATE with an offer.
    pub(super) const fn offers_in_update(&self) -> bool {
        matches!(self, Self::Update(Some(_)) | Self::Undo)
    }
}

#[derive(Debug)]
pub(super) struct UnderWay {
    pub(super) number: u32,
    pub(super) method: Method,
    pub(super) wanted: Wanted,
    /// Whether it was refused with 491 before.
    pub(super) has_collided: bool,
    /// Whether a 2xx that says nothing of the session timer ends it: not if the peer may be in the early dialog yet.
    may_end_timer: bool,
    /// The directions that the application wanted before.
    pub(super) former_wish: Vec<Direction>,
    /// What provisional responses to a re-INVITE have made of it.
    pub(super) early: Option<Box<EarlyExchange>>,
}

impl UnderWay {
    /// Whether it changes nothing that the application wants to know of.
    pub(super) const fn is_silent(&self) -> bool {
        matches!(self.wanted, Wanted::Refresh | Wanted::Recovery(None))
    }
}

/// An offer in the 2xx to a re-INVITE, whose ACK waits for the answer.
#[derive(Debug)]
pub(super) struct Unanswered {
    number: u32,
    ack: Request,
}

/// What a final response that is no 2xx, or none at all, says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// Min-SE in seconds (RFC 4028 §7.4).
    least: Option<u32>,
    /// Retry-After in seconds.
    retry_after: Option<u32>,
}

impl Refusal {
    /// What `response` says.
    pub(crate) fn of(response: &Response) -> Self {
        let headers = response.headers();
        let retry_after = headers.typed().ok().flatten().map(|after: RetryAfter| after.seconds);
        Self { status: response.status(), least: min_se(headers), retry_after }
    }

    /// No response came.
    pub(crate) fn without_response(failure: Failure) -> Self {
        Self { status: failure.status(), least: None, retry_after: None }
    }
}

impl Modification {
    /// The application wants to offer `body`.
    pub(crate) fn want_offer(&mut self, body: Body) -> Result<(), InviteError> {
        self.want(Wanted::Offer(Box::new(body)))
    }

    /// The application wants an offer of the peer.
    pub(crate) fn want_to_be_offered(&mut self) -> Result<(), InviteError> {
        self.want(Wanted::Ask)
    }

    /// The application wants an UPDATE, with an offer or without.
    pub(crate) fn want_update(&mut self, body: Option<Body>) -> Result<(), InviteError> {
        if !self.is_update_served() {
            return Err(InviteError::NotAllowed);
        }
        // rfc3311#5.1: an offer has to wait for the end of any other, its absence has not
        if body.is_none() && self.wanted.is_none() && self.under_way.is_none() {
            self.wanted = Some(Wanted::Update(None));
            return Ok(());
        }
        self.want(Wanted::Update(body.map(Box::new)))
    }

    /// The user wants hold or its end; what is open is finished first.
    pub(crate) fn want_hold(&mut self, hold: bool) {
        self.hold.local = hold;
        let is_kept = matches!(self.wanted, Some(Wanted::Offer(_) | Wanted::Update(Some(_)) | Wanted::Ask));
        if !is_kept {
            self.wanted = (hold != self.agreed.local || self.is_busy()).then_some(Wanted::Hold);
        }
        if self.wanted.is_none() {
            self.drop_wish();
        }
    }

    /// What was wanted is done, or wanted no more.
    pub(super) fn drop_wish(&mut self) {
        self.wanted = None;
        self.has_collided = false;
        self.timers.stop(&ChangeTimer::Glare);
    }

    /// The request that is due now, if any: what is wanted and can begin; before the ACK of a callee's 2xx, UPDATE only.
    pub(crate) fn next_request(&mut self, dialog: &mut Dialog, has_ack: bool) -> Option<Request> {
        let wanted = self.take_wanted(dialog, has_ack)?;
        let former_wish = self.wish.clone();
        let (method, body) = match &wanted {
            Wanted::Offer(body) | Wanted::Recovery(Some(body)) => {
                (Method::Invite, Some(self.outgoing(Body::clone(body))))
            }
            Wanted::Update(body) => (Method::Update, body.as_deref().map(|body| self.outgoing(body.clone()))),
            Wanted::Move => (Method::Update, None),
            Wanted::Undo => (Method::Update, Some(self.undoing()?)),
            Wanted::Ask => (Method::Invite, None),
            Wanted::Hold => (Method::Invite, Some(self.redirected()?)),
            // rfc4028#7.4: UPDATE where it is served, without an offer
            Wanted::Refresh if self.is_update_served() => (Method::Update, None),
            Wanted::Refresh | Wanted::Synchronize | Wanted::Recovery(None) => {
                (Method::Invite, Some(self.unchanged()?))
            }
        };
        let carrier = if method == Method::Invite { Carrier::Invite } else { Carrier::Update };
        if method == Method::Invite || body.is_some() {
            let _offer = self.transfer(Side::Local, carrier, body.as_ref());
        }
        let mut request = dialog.request(method.clone());
        answer::allow(request.headers_mut());
        if method == Method::Invite {
            reliable::support(request.headers_mut());
        }
        let is_timed = is_timed(dialog.state());
        if is_timed {
            self.prolong(&mut request);
        }
        if let Some(body) = body {
            request.set_body(&body.content_type, body.bytes);
        }
        let number = dialog.local_sequence().unwrap_or_default();
        let has_collided = mem::take(&mut self.has_collided);
        let may_end_timer = is_timed && has_ack;
        let change =
            UnderWay { number, method, wanted, has_collided, may_end_timer, former_wish, early: None };
        self.under_way = Some(Box::new(change));
        Some(request)
    }

    /// What is wanted and can begin.
    fn take_wanted(&mut self, dialog: &mut Dialog, has_ack: bool) -> Option<Wanted> {
        if self.under_way.is_some() || self.is_barred() {
            return None;
        }
        if self.follow(dialog) {
            return Some(Wanted::Move);
        }
        let is_silent = matches!(self.wanted, Some(Wanted::Update(None)));
        // rfc3261#14.1/2-4: one INVITE at a time, of either end, until its ACK
        let is_settled = self.incoming.is_none() && self.exchange.is_stable() && !self.holds_back();
        if !(is_settled || is_silent) || self.timers.get(&ChangeTimer::Glare).is_some() {
            return None;
        }
        if self.is_undo_due() {
            return Some(Wanted::Undo);
        }
        let may_invite = has_ack && self.re_invite.is_none();
        self.wanted.take_if(|wanted| may_invite || matches!(wanted, Wanted::Update(_)))
    }

    /// The 2xx to the re-INVITE or UPDATE with this number: ACK for the former, and what was agreed.
    pub(crate) fn succeed(
        &mut self,
        dialog: &mut Dialog,
        number: u32,
        response: &Response,
        now: Instant,
        outbox: &mut Outbox,
    ) {
        // rfc3261#12.2.1.2: an unreadable Contact leaves the target
        let _target = dialog.handle_target_refresh(response.headers());
        let change = self.under_way.take_if(|change| change.number == number);
        let is_update = change.as_ref().is_some_and(|change| change.method == Method::Update);
        let body = session_body(response.headers(), response.body());
        let carrier = if is_update { Carrier::UpdateSuccess } else { Carrier::InviteSuccess };
        let before = self.remote_description();
        let meaning = change.as_ref().map(|_| self.transfer(Side::Remote, carrier, body.as_ref()));
        let ack = (!is_update).then(|| dialog.ack(number));
        match (meaning, ack) {
            (Some(Ok(Meaning::Offer)), Some(ack)) => {
                self.unanswered = Some(Box::new(Unanswered { number, ack }))
            }
            (_, Some(ack)) => self.acknowledge(number, ack, outbox),
            (_, None) => {}
        }
        self.note_ack(now);
        let (Some(change), Some(meaning)) = (change, meaning) else { return };
        self.drop_asked(&change, outbox);
        self.is_second_try = false;
        let sets_timer = is_timed(dialog.state()) && response.headers().contains(&HeaderName::SessionExpires);
        if change.may_end_timer || sets_timer {
            self.agree_as_client(response, now);
        }
        if matches!(change.wanted, Wanted::Undo) {
            self.undone();
        }
        match meaning {
            Ok(Meaning::Answer) => self.tell_answer(change.is_silent(), body, before.as_ref(), outbox),
            Ok(Meaning::Offer) => {
                self.timers.set(ChangeTimer::Answer, now + self.settings.patience());
                outbox.event(SessionEvent::Reoffered { body });
            }
            Ok(_) if matches!(change.wanted, Wanted::Update(None)) => {
                outbox.event(SessionEvent::Changed { body: None });
            }
            Ok(_) if is_update && matches!(change.wanted, Wanted::Refresh | Wanted::Move) => {}
            // rfc6337#3.1.1: what follows the answer counts for nothing
            Ok(_) | Err(_) if change.has_agreed() => {}
            Ok(_) | Err(_) => {
                self.wish = change.former_wish;
                self.give_up(response.status(), outbox);
            }
        }
        self.go_on(number, &change.method, outbox);
    }

    /// The 2xx to a re-INVITE came after one of the ends has left: ACK, which takes nothing of an offer that was asked for.
    pub(crate) fn acknowledge_late(
        &mut self,
        dialog: &Dialog,
        number: u32,
        response: &Response,
        outbox: &mut Outbox,
    ) {
        let body = session_body(response.headers(), response.body());
        let _meaning = self.transfer(Side::Remote, Carrier::InviteSuccess, body.as_ref());
        self.unanswered = Some(Box::new(Unanswered { number, ack: dialog.ack(number) }));
        let _ended = self.acknowledge_unanswered(outbox);
    }

    /// The 2xx came again: so does its ACK, unless its answer is still awaited.
    pub(crate) fn acknowledge_again(&self, number: u32, outbox: &mut Outbox) {
        if let Some((_, ack)) = self.ack.as_deref().filter(|(known, _)| *known == number) {
            outbox.push_ack(Some(ack));
        }
    }

    /// The request with this number failed; the session is as it was (RFC 3261 §14.1, RFC 3311 §5.3; AC-19).
    pub(crate) fn fail(
        &mut self,
        dialog: &Dialog,
        number: u32,
        refusal: &Refusal,
        now: Instant,
        outbox: &mut Outbox,
    ) {
        let Some(mut change) = self.under_way.take_if(|change| change.number == number) else { return };
        let has_offered = change.method == Method::Invite || change.wanted.offers_in_update();
        let is_undone = has_offered && self.take_back(&mut change, outbox);
        if has_offered {
            self.wish = mem::take(&mut change.former_wish);
        }
        let is_undone = is_undone && !matches!(change.wanted, Wanted::Synchronize);
        if self.is_recovering() && self.is_proof(number, &change.method) {
            return self.miss_recovery(dialog, *change, refusal.status, now, outbox);
        }
        if matches!(change.wanted, Wanted::Move) {
            // whatever it says, it came from the new target
            self.mend(&change.method, refusal);
            return;
        }
        if matches!(change.wanted, Wanted::Undo) {
            self.mend(&change.method, refusal);
            return self.miss_undo(dialog, &change, refusal, now, outbox);
        }
        if refusal.status == StatusCode::REQUEST_PENDING && !change.has_collided {
            // rfc3261#14.1/6-7: the same once more, if nothing else is wanted by then
            self.has_collided = self.wanted.is_none();
            self.wanted.get_or_insert(change.wanted);
            return self.timers.set(ChangeTimer::Glare, now + self.back_off(dialog, number));
        }
        self.want_proof();
        let is_mended = self.mend(&change.method, refusal) && !self.is_second_try;
        if matches!(change.wanted, Wanted::Refresh) {
            return self.miss_refresh(refusal, is_mended, now);
        }
        match self.next_try(change.wanted, is_mended, dialog.state(), refusal) {
            Some((wanted, wait)) => {
                self.is_second_try = true;
                self.wanted.get_or_insert(wanted);
                if !wait.is_zero() {
                    self.timers.set(ChangeTimer::Glare, now + wait);
                }
            }
            None => {
                self.is_second_try = false;
                self.give_up(refusal.status, outbox);
                if is_undone {
                    self.synchronize();
                }
            }
        }
    }

    /// A challenged request goes out again with another number; offer and answer stay (AC-29), and so does the session timer.
    pub(crate) fn renumber(
        &mut self,
        [from, to]: [u32; 2],
        dialog: &Dialog,
        has_ack: bool,
        request: &mut Request,
    ) {
        let Some(change) = self.under_way.as_mut().filter(|change| change.number == from) else { return };
        change.number = to;
        // rfc4028#7.2: one of the early dialog that goes out when that is confirmed counts as a refresh for the peer
        if is_timed(dialog.state()) {
            change.may_end_timer = has_ack;
            self.prolong(request);
        }
    }

    /// The answer to an offer of this end is there; one that `is_silent` is no news when it says what the peer said `before`.
    pub(super) fn tell_answer(
        &mut self,
        is_silent: bool,
        body: Option<Body>,
        before: Option<&Body>,
        outbox: &mut Outbox,
    ) {
        self.has_told = true;
        if !is_silent || body.as_ref() != before {
            outbox.event(SessionEvent::Changed { body });
        }
        self.tell(outbox);
    }

    /// Answers the offer that this end asked for, in the ACK; gives `body` back when there is none.
    pub(super) fn answer_asked(&mut self, body: Body, outbox: &mut Outbox) -> Result<(), Body> {
        let Some(unanswered) = self.unanswered.take() else { return Err(body) };
        let Unanswered { number, mut ack } = *unanswered;
        self.timers.stop(&ChangeTimer::Answer);
        let body = self.outgoing(body);
        // the offer is open: it was kept for this
        let _answer = self.transfer(Side::Local, Carrier::Ack, Some(&body));
        ack.set_body(&body.content_type, body.bytes);
        self.acknowledge(number, ack, outbox);
        self.settle(outbox);
        Ok(())
    }

    /// Acknowledges the 2xx whose offer the application does not answer, if there is one: what remains is BYE.
    pub(super) fn acknowledge_unanswered(&mut self, outbox: &mut Outbox) -> Option<EndCause> {
        let Unanswered { number, mut ack } = *self.unanswered.take()?;
        self.timers.stop(&ChangeTimer::Answer);
        // rfc3261#14.2/11: a valid answer all the same, which takes nothing
        if let Some(body) = self.refusal() {
            ack.set_body(&body.content_type, body.bytes);
        }
        self.exchange.rollback();
        self.acknowledge(number, ack, outbox);
        Some(EndCause::new(EndedBy::Local, EndKind::OfferUnanswered))
    }

    /// Whether an offer that this end asked for waits for the application.
    pub(super) const fn owes_answer(&self) -> bool {
        self.unanswered.is_some()
    }

    /// The application did not answer in time.
    pub(super) fn miss_answer(&mut self, outbox: &mut Outbox) -> Option<EndCause> {
        if self.cancel_asked(outbox) {
            outbox.event(SessionEvent::OfferWithdrawn);
        }
        self.acknowledge_unanswered(outbox)
    }

    fn want(&mut self, wanted: Wanted) -> Result<(), InviteError> {
        let is_in_the_way = self.re_invite.is_some() && !matches!(wanted, Wanted::Update(_));
        if self.is_busy() || is_in_the_way {
            return Err(InviteError::OfferPending);
        }
        self.wanted = Some(wanted);
        Ok(())
    }

    pub(super) fn acknowledge(&mut self, number: u32, ack: Request, outbox: &mut Outbox) {
        self.ack = Some(Box::new((number, KeptRequest::of(&ack))));
        outbox.push(Output::Ack(ack));
    }

    /// Learns from a refusal; whether the same wish may succeed in another form.
    fn mend(&mut self, method: &Method, refusal: &Refusal) -> bool {
        let status = refusal.status;
        if status == StatusCode::SESSION_INTERVAL_TOO_SMALL {
            // rfc4028#7.3, rfc4028#7.4
            let least = refusal.least.unwrap_or_default();
            return self.raise_interval(least);
        }
        let is_useless = *method == Method::Update
            && matches!(
                status,
                StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED | StatusCode::REQUEST_TIMEOUT
            );
        // P15: some say UPDATE and do not serve it
        self.is_update_useless |= is_useless;
        // rfc3311#5.2: 504 wants a request that may wait for the user
        is_useless || (*method == Method::Update && status == StatusCode::SERVER_TIMEOUT)
    }

    /// The form in which what was refused goes out once more, and after which time.
    fn next_try(
        &self,
        wanted: Wanted,
        is_mended: bool,
        state: DialogState,
        refusal: &Refusal,
    ) -> Option<(Wanted, Duration)> {
        let is_too_brief = refusal.status == StatusCode::SESSION_INTERVAL_TOO_SMALL;
        match wanted {
            // rfc3311#5.2: what an UPDATE cannot do a re-INVITE may
            Wanted::Update(body) if is_mended && !is_too_brief => {
                let body = body.filter(|_| state == DialogState::Confirmed)?;
                Some((Wanted::Offer(body), Duration::ZERO))
            }
            wanted if is_mended => Some((wanted, Duration::ZERO)),
            wanted => {
                // rfc3261#14.2: the peer has an earlier request to answer first
                let seconds = refusal.retry_after.filter(|seconds| *seconds <= LONGEST_WAIT)?;
                let is_asked = refusal.status == StatusCode::SERVER_INTERNAL_ERROR && !self.is_second_try;
                is_asked.then(|| (wanted, Duration::from_secs(seconds.into())))
            }
        }
    }

    pub(super) fn give_up(&mut self, status: StatusCode, outbox: &mut Outbox) {
        if self.wanted.is_none() {
            self.hold.local = self.agreed.local;
        }
        outbox.event(SessionEvent::ChangeFailed { status });
    }

    pub(super) fn back_off(&self, dialog: &Dialog, number: u32) -> Duration {
        // rfc3261#14.1/6: 2.1 to 4 s for the owner of the Call-ID, else up to 2 s, in steps of 10 ms
        let range = if self.owns_call_id { 210..=400 } else { 0..=200 };
        Duration::from_millis(10).saturating_mul(spread(dialog.id(), number, range))
    }
}

/// A peer that asks for more patience than this, in seconds, has refused (RFC 3261 §14.2 allows ten).
const LONGEST_WAIT: u32 = 10;
