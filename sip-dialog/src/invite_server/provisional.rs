//! The callee's provisional responses: RFC 3261 §13.3.1.1, and reliable ones, RFC 3262 §3 and §5; AC-24.

use super::InviteServer;
use super::state::{Event, Incoming, State};
use crate::modification::Pracked;
use crate::outbox::Outbox;
use crate::timer::Timer;
use crate::{EndCause, EndKind, EndedBy, InviteError, answer};
use sip_clock::Instant;
use sip_message::{Body, Request, StatusCode};

impl InviteServer {
    /// Answers the offer of the peer that waits.
    pub(crate) fn answer_offer(
        &mut self,
        body: Body,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Result<(), InviteError> {
        self.usage.answer(body, now, outbox)?;
        self.step(Event::Pracked, now, outbox);
        Ok(())
    }

    /// Refuses the offer of the peer that waits.
    pub(crate) fn decline(
        &mut self,
        status: StatusCode,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Result<(), InviteError> {
        let is_in_prack = self.usage.change().is_asked_in_prack();
        match self.usage.decline(status, now, outbox)? {
            Some(cause) => self.step(Event::Lost(cause), now, outbox),
            // rfc6337#2.3: PRACK itself cannot be refused
            None if is_in_prack => self.step(Event::Reject(status, Vec::new()), now, outbox),
            None => self.step(Event::Pracked, now, outbox),
        }
        Ok(())
    }

    pub(super) fn ring(
        &mut self,
        incoming: Box<Incoming>,
        status: StatusCode,
        body: Option<Body>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> State {
        if status == StatusCode::TRYING {
            // rfc3261#8.2.6.2: 100 needs no tag
            answer::respond(outbox, &incoming.invite, incoming.invite.response(status));
            return State::Incoming(incoming);
        }
        let (is_reliable, body) = self.usage.change_mut().phrase(body);
        let response = self.dialog_response(&incoming, status, body);
        self.usage.change_mut().progress(response, is_reliable, now, outbox);
        self.expect_silence(is_reliable, now);
        State::Incoming(incoming)
    }

    /// Proxies cancel what is silent for three minutes.
    fn expect_silence(&mut self, is_reliable: bool, now: Instant) {
        self.timers.set(Timer::Provisional, now + self.usage.change().silence(is_reliable));
    }

    pub(super) fn ring_again(&mut self, incoming: Box<Incoming>, now: Instant, outbox: &mut Outbox) -> State {
        let (status, is_reliable) = self.usage.change().break_silence(outbox);
        if let Some(status) = status {
            return self.ring(incoming, status, None, now, outbox);
        }
        self.expect_silence(is_reliable, now);
        State::Incoming(incoming)
    }

    /// Sends the next reliable response, or the 2xx if that was held back and need not be any more.
    pub(super) fn go_on(&mut self, mut incoming: Box<Incoming>, now: Instant, outbox: &mut Outbox) -> State {
        self.usage.change_mut().say_next(now, outbox);
        match incoming.accepted.take() {
            Some(body) => self.accept_now_or_later(incoming, body.map(|body| *body), now, outbox),
            None => State::Incoming(incoming),
        }
    }

    /// The 2xx, unless a description that is out waits for PRACK, or an offer of the peer for its answer.
    pub(super) fn accept_now_or_later(
        &mut self,
        mut incoming: Box<Incoming>,
        body: Option<Body>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> State {
        let change = self.usage.change();
        // rfc3262#3
        if self.is_interrupted || change.holds_back() || change.is_asked() {
            incoming.accepted = Some(body.map(Box::new));
            return State::Incoming(incoming);
        }
        self.succeed(&incoming, body, now, outbox)
    }

    /// PRACK, which may answer the offer of its response or make one (RFC 3262 §5).
    pub(super) fn handle_prack(&mut self, request: Request, now: Instant, outbox: &mut Outbox) {
        if !self.usage.admit(&request, outbox) {
            return;
        }
        match self.usage.take_prack(request, now, outbox) {
            Pracked::Stray => {}
            Pracked::Taken => self.step(Event::Pracked, now, outbox),
            Pracked::Unanswered => {
                let cause = EndCause::new(EndedBy::Remote, EndKind::OfferUnanswered);
                self.step(Event::Unanswered(cause), now, outbox);
            }
        }
    }
}
