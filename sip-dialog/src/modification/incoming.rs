//! The peer's re-INVITE, UPDATE and PRACK with an offer: RFC 3261 §14.2, RFC 3311 §5.2, RFC 3262 §5.

use super::outgoing::{UnderWay, Wanted};
use super::session_timer::is_timed;
use super::{ChangeTimer, Modification, session_timer};
use crate::outbox::Outbox;
use crate::session_body;
use crate::spread::spread;
use crate::{
    Carrier, Dialog, EndCause, EndKind, EndedBy, InviteError, Meaning, OfferAnswerError, Output,
    SessionEvent, Side, answer,
};
use sip_clock::Instant;
use sip_message::{Body, CSeq, HeaderName, Method, Request, Response, RetryAfter, StatusCode};
use std::time::Duration;

/// A request of the peer that is not settled.
#[derive(Debug)]
pub(super) enum Incoming {
    /// The application's answer to an UPDATE or PRACK is awaited.
    Waiting(Request),
    /// The 2xx to an INVITE is out and repeated until ACK.
    Accepted { number: u32, success: Response, interval: Duration },
}

impl Modification {
    /// Takes INVITE, UPDATE or PRACK inside the dialog; `refusal` is what keeps any INVITE from being served now.
    pub(crate) fn receive(
        &mut self,
        dialog: &mut Dialog,
        request: Request,
        refusal: Option<StatusCode>,
        now: Instant,
        outbox: &mut Outbox,
    ) {
        let is_invite = *request.method() == Method::Invite;
        if self.settings.shows_requests && *request.method() != Method::Prack {
            outbox.event(SessionEvent::Received(request.clone()));
        }
        if let Some(response) = session_timer::too_brief(&request, &self.settings) {
            return answer::respond(outbox, &request, response);
        }
        let body = session_body(request.headers(), request.body());
        if self.is_second_update(&request) {
            return refuse(dialog, &request, StatusCode::SERVER_INTERNAL_ERROR, outbox);
        }
        if !is_invite && body.is_none() {
            // rfc3311#5.2: without offer it refreshes the target
            return self.accept(dialog, &request, None, now, outbox);
        }
        if let Some(status) = refusal.filter(|_| is_invite).or_else(|| self.obstacle(request.method())) {
            return refuse(dialog, &request, status, outbox);
        }
        self.stop_waiting_for_ack();
        let before = is_invite.then(|| {
            self.incoming = None;
            self.note_sign(number_of(&request));
            self.agreement()
        });
        let (carrier, _) = carriers(request.method());
        match self.transfer(Side::Remote, carrier, body.as_ref()) {
            // rfc3261#14.2/4: version and all, it is what the peer said before
            Ok(Meaning::Refresh) if self.exchange.current(Side::Local).is_some() => {
                let same = self.unchanged();
                self.accept(dialog, &request, same, now, outbox);
            }
            Ok(_) => {
                // rfc3261#14.2/5,8: the application adjusts, or offers as for a new call
                self.has_told = true;
                match before {
                    Some(before) => self.wait(dialog, request, before, now),
                    None => {
                        self.timers.set(ChangeTimer::Prompt, now + self.settings.patience() / 2);
                        self.expect_move(dialog, &request, now);
                        self.incoming = Some(Incoming::Waiting(request));
                    }
                }
                outbox.event(SessionEvent::Reoffered { body });
            }
            Err(_) => refuse(dialog, &request, StatusCode::REQUEST_PENDING, outbox),
        }
    }

    /// Answers the peer's offer, or makes the one it asked for.
    pub(crate) fn answer(
        &mut self,
        dialog: &mut Dialog,
        body: Body,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Result<(), InviteError> {
        let body = match self.answer_asked(body, outbox) {
            Ok(()) => return Ok(()),
            Err(body) => body,
        };
        let Some(Incoming::Waiting(request)) = self.incoming.take_if(|incoming| incoming.is_waiting()) else {
            return if self.is_re_invited() {
                self.accept_re_invite(Some(body))
            } else {
                Err(InviteError::NoOffer)
            };
        };
        self.timers.stop(&ChangeTimer::Prompt);
        self.forget_move();
        let body = self.outgoing(body);
        self.accept(dialog, &request, Some(body), now, outbox);
        Ok(())
    }

    /// Refuses the peer's offer; the session is as it was, but ends when this end had asked for the offer.
    pub(crate) fn decline(
        &mut self,
        status: StatusCode,
        outbox: &mut Outbox,
    ) -> Result<Option<EndCause>, InviteError> {
        if status.is_provisional() || status.is_success() {
            return Err(InviteError::WrongStatus(status));
        }
        if let Some(cause) = self.acknowledge_unanswered(outbox) {
            return Ok(Some(cause));
        }
        if self.cancel_asked(outbox) {
            return Ok(None);
        }
        let is_in_prack = self.is_asked_in_prack();
        let is_done = self.withdraw(status, outbox);
        // rfc6337#2.3: PRACK itself cannot be refused, so its INVITE is
        let is_re_invite = (!is_done || is_in_prack) && self.decline_re_invite(status, outbox);
        if is_done || is_re_invite { Ok(None) } else { Err(InviteError::NoOffer) }
    }

    /// The application did not answer an UPDATE or PRACK while its transaction lasts; `Some` when that ends the call.
    pub(super) fn miss_prompt(&mut self, outbox: &mut Outbox) -> Option<EndCause> {
        let is_in_prack = self.is_asked_in_prack();
        // rfc3311#5.2: 504 when the user has to be asked
        if self.withdraw(StatusCode::SERVER_TIMEOUT, outbox) {
            outbox.event(SessionEvent::OfferWithdrawn);
        }
        if is_in_prack && self.decline_re_invite(StatusCode::SERVER_TIMEOUT, outbox) {
            return None;
        }
        is_in_prack.then(|| EndCause::new(EndedBy::Local, EndKind::OfferUnanswered))
    }

    /// The ACK of the 2xx to a re-INVITE; `Some` when it should have answered an offer and does not (AC-23).
    pub(crate) fn acknowledged(&mut self, ack: &Request, outbox: &mut Outbox) -> Option<EndCause> {
        let number = number_of(ack);
        self.incoming.take_if(
            |incoming| matches!(incoming, Incoming::Accepted { number: known, .. } if *known == number),
        )?;
        self.stop_waiting_for_ack();
        let body = session_body(ack.headers(), ack.body());
        match self.transfer(Side::Remote, Carrier::Ack, body.as_ref()) {
            Ok(Meaning::Answer) => {
                outbox.event(SessionEvent::Changed { body });
                self.settle(outbox);
                None
            }
            Err(OfferAnswerError::AnswerMissing) => {
                Some(EndCause::new(EndedBy::Remote, EndKind::OfferUnanswered))
            }
            Ok(_) | Err(_) => None,
        }
    }

    /// The 2xx to this re-INVITE, if that was accepted and the ACK has not come.
    pub(crate) fn success_again(&self, request: &Request) -> Option<Response> {
        match &self.incoming {
            Some(Incoming::Accepted { number, success, .. })
                if *request.method() == Method::Invite && *number == number_of(request) =>
            {
                Some(success.clone())
            }
            _ => None,
        }
    }

    /// The ACK of the 2xx came, or a later re-INVITE in its place.
    fn stop_waiting_for_ack(&mut self) {
        self.timers.stop(&ChangeTimer::Retransmit);
        self.timers.stop(&ChangeTimer::Ack);
        self.forget_unacknowledged();
    }

    pub(super) fn retransmit(&mut self, now: Instant, outbox: &mut Outbox) {
        let longest = self.settings.t2;
        if let Some(Incoming::Accepted { success, interval, .. }) = &mut self.incoming {
            outbox.push(Output::Retransmit(Response::clone(success)));
            *interval = interval.saturating_mul(2).min(longest);
            self.timers.set(ChangeTimer::Retransmit, now + *interval);
        }
    }

    pub(super) fn miss_ack(&mut self, outbox: &mut Outbox) -> Option<EndCause> {
        // rfc3261#14.2/7: what follows is BYE
        self.timers.stop(&ChangeTimer::Retransmit);
        let missed = self.incoming.take();
        if self.is_recovering() {
            // rfc3261#14.2: BYE is only a SHOULD; the flow was lost in between, so the peer is asked by a re-INVITE
            self.undo_unacknowledged(outbox);
            return None;
        }
        missed.map(|_| EndCause::new(EndedBy::Network, EndKind::Timeout))
    }

    /// Answers what waits with `status` and forgets its offer; false when nothing waits.
    pub(super) fn withdraw(&mut self, status: StatusCode, outbox: &mut Outbox) -> bool {
        let Some(Incoming::Waiting(request)) = self.incoming.take_if(|incoming| incoming.is_waiting()) else {
            return false;
        };
        self.timers.stop(&ChangeTimer::Prompt);
        self.forget_move();
        if *request.method() == Method::Prack {
            self.refuse_in_prack(&request, outbox);
            return true;
        }
        self.exchange.rollback();
        let mut response = request.response(status);
        // rfc3261#14.2/6
        answer::explain(&mut response);
        answer::respond(outbox, &request, response);
        true
    }

    /// Answers the offer of a PRACK by taking nothing of it.
    // rfc3262#3: its PRACK gets a 2xx in any case; rfc6337#2.3
    fn refuse_in_prack(&mut self, request: &Request, outbox: &mut Outbox) {
        let mut response = request.response(StatusCode::OK);
        self.agree_on_packages(request, &mut response);
        let body = self.exchange.offer().map(|(_, offer)| offer.refusal().to_body());
        let _answer = self.transfer(Side::Local, Carrier::PrackSuccess, body.as_ref());
        if let Some(body) = body {
            response.set_body(&body.content_type, body.bytes);
        }
        answer::respond(outbox, request, response);
    }

    /// Whether an offer of a PRACK waits for the application.
    pub(crate) fn is_asked_in_prack(&self) -> bool {
        matches!(&self.incoming, Some(Incoming::Waiting(request)) if *request.method() == Method::Prack)
    }

    /// Whether an offer of the peer waits for the application.
    pub(crate) fn is_asked(&self) -> bool {
        self.incoming.as_ref().is_some_and(Incoming::is_waiting)
            || self.awaits_verdict()
            || self.owes_answer()
            || self.is_asked_early()
    }

    /// Whether the INVITE of the peer that is not settled has this number.
    pub(super) fn has_received(&self, number: u32) -> bool {
        let known = match (&self.re_invite, &self.incoming) {
            (Some(re_invite), _) => Some(re_invite.number),
            (None, Some(Incoming::Accepted { number, .. })) => Some(*number),
            (None, Some(Incoming::Waiting(_)) | None) => None,
        };
        known == Some(number)
    }

    /// What keeps an offer of the peer from being taken (AC-14).
    fn obstacle(&self, method: &Method) -> Option<StatusCode> {
        let is_invite = *method == Method::Invite;
        // rfc6337#4.3 (UAS-IsI, UAS-IsU): the one before has no answer, or its PRACK is still to come
        if (is_invite && self.is_re_invited()) || (*method == Method::Update && self.holds_back()) {
            return Some(StatusCode::SERVER_INTERNAL_ERROR);
        }
        // rfc6337#4.3 (UAS-IsU): the peer has to answer the offer of a response first, or to wait for it; to its
        // INVITE RFC 5407 §3.1.5 gives 491
        let owes_it = self.exchange.offer_due() == Some(Side::Local) || self.has_offered_in_response();
        match (&self.incoming, self.exchange.offer()) {
            _ if !is_invite && owes_it => Some(StatusCode::SERVER_INTERNAL_ERROR),
            // rfc6337#4.3 (UAS-IcI, UAS-IcU): this end has to answer the offer of a response to its INVITE first
            (None, Some((Side::Remote, _))) if self.has_been_offered_in_response() => {
                Some(StatusCode::REQUEST_PENDING)
            }
            // rfc3261#14.2/1, rfc3311#5.2: an earlier one has no answer yet
            (Some(Incoming::Waiting(_)), _) | (None, Some((Side::Remote, _))) => {
                Some(StatusCode::SERVER_INTERNAL_ERROR)
            }
            // rfc6141#5.4: the peer may have lost its flow and with it the 2xx; what it wants now is the later word
            (Some(Incoming::Accepted { .. }), None) if is_invite && self.exchange.is_stable() => None,
            // rfc3261#14.2/3
            (Some(Incoming::Accepted { .. }), _) | (None, Some((Side::Local, _))) => {
                Some(StatusCode::REQUEST_PENDING)
            }
            // rfc3311#5.2, rfc6337#4.3: an UPDATE of this end without offer is in nobody's way
            (None, None) => {
                let is_in_the_way = |change: &&UnderWay| {
                    change.method == Method::Invite && (is_invite || !change.is_open_to_offers())
                };
                self.under_way.as_deref().filter(is_in_the_way).map(|_| StatusCode::REQUEST_PENDING)
            }
        }
    }

    /// Whether an offer of this end is open that a response to the peer's INVITE made.
    fn has_offered_in_response(&self) -> bool {
        matches!(self.exchange.offer(), Some((Side::Local, _))) && self.is_offered_in_response()
    }

    /// Whether an offer of the peer is open that a response to the INVITE of this end made.
    fn has_been_offered_in_response(&self) -> bool {
        matches!(self.exchange.offer(), Some((Side::Remote, _))) && self.is_offered_in_response()
    }

    fn is_offered_in_response(&self) -> bool {
        let carrier = self.exchange.offer_carrier();
        matches!(carrier, Some(Carrier::InviteSuccess | Carrier::ReliableProvisional))
    }

    /// Whether `request` is an UPDATE that came before the answer to the one before it.
    // rfc3311#5.2: whatever it carries
    fn is_second_update(&self, request: &Request) -> bool {
        let is_update = |request: &Request| *request.method() == Method::Update;
        matches!(&self.incoming, Some(Incoming::Waiting(first)) if is_update(first)) && is_update(request)
    }

    pub(super) fn accept(
        &mut self,
        dialog: &mut Dialog,
        request: &Request,
        body: Option<Body>,
        now: Instant,
        outbox: &mut Outbox,
    ) {
        let is_invite = *request.method() == Method::Invite;
        let refreshes = *request.method() != Method::Prack;
        if refreshes {
            // rfc3261#12.2.2: the target follows a request that is accepted
            let _target = self.take_target(dialog, request);
        }
        let mut response = request.response(StatusCode::OK);
        if let Some(contact) = dialog.local_contact().filter(|_| refreshes) {
            response.headers_mut().push_address(&HeaderName::Contact, contact);
        }
        answer::allow(response.headers_mut());
        self.agree_on_packages(request, &mut response);
        if refreshes && is_timed(dialog.state()) {
            self.agree_as_server(request, &mut response, now);
        }
        if is_invite {
            self.note_unacknowledged();
        }
        let (_, carrier) = carriers(request.method());
        let is_answered =
            body.is_some() && self.transfer_early(Side::Local, carrier, body.as_ref()) == Ok(Meaning::Answer);
        if let Some(body) = body {
            response.set_body(&body.content_type, body.bytes);
        }
        if is_invite {
            let interval = self.settings.t1;
            self.timers.set(ChangeTimer::Retransmit, now + interval);
            self.timers.set(ChangeTimer::Ack, now + self.settings.patience());
            let success = response.clone();
            self.incoming = Some(Incoming::Accepted { number: number_of(request), success, interval });
        }
        answer::respond(outbox, request, response);
        if is_answered {
            self.settle(outbox);
        }
    }

    /// An exchange that the peer began is complete; it may have done what this end wanted.
    pub(crate) fn settle(&mut self, outbox: &mut Outbox) {
        if matches!(self.wanted, Some(Wanted::Hold)) && self.agreed.local == self.hold.local {
            self.drop_wish();
        }
        self.tell(outbox);
    }
}

impl Incoming {
    const fn is_waiting(&self) -> bool {
        matches!(self, Self::Waiting(_))
    }
}

fn refuse(dialog: &Dialog, request: &Request, status: StatusCode, outbox: &mut Outbox) {
    let mut response = request.response(status);
    if status == StatusCode::SERVER_INTERNAL_ERROR {
        // rfc3261#14.2/2: between 0 and 10 seconds at random
        response.headers_mut().push(&RetryAfter::new(spread(dialog.id(), number_of(request), 0..=10)));
    }
    answer::respond(outbox, request, response);
}

/// What carries the offer in a request with this method, and its answer.
const fn carriers(method: &Method) -> (Carrier, Carrier) {
    match method {
        Method::Invite => (Carrier::Invite, Carrier::InviteSuccess),
        Method::Prack => (Carrier::Prack, Carrier::PrackSuccess),
        _ => (Carrier::Update, Carrier::UpdateSuccess),
    }
}

fn number_of(request: &Request) -> u32 {
    request.headers().required().map(|CSeq { number, .. }| number).unwrap_or_default()
}
