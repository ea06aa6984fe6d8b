//! The callee's provisional responses: RFC 3261 §13.3.1.1, and reliable ones, RFC 3262 §3 and §5; AC-24.

use super::InviteServer;
use super::state::{Event, Incoming, State};
use crate::outbox::Outbox;
use crate::reliable::{OPTION, requires_100rel, supports_100rel};
use crate::session_body;
use crate::spread::spread;
use crate::timer::Timer;
use crate::{
    Carrier, Dialog, EndCause, EndKind, EndedBy, InviteError, Meaning, OfferAnswerError, ReliableProvisional,
    SessionEvent, Side, answer, info,
};
use sip_clock::Instant;
use sip_message::{Body, CSeq, Method, RAck, RSeq, Request, Require, Response, StatusCode};
use std::collections::VecDeque;
use std::time::Duration;

/// Reliable provisional responses of one INVITE and the 2xx that may wait for their PRACK.
#[derive(Debug)]
pub(super) struct Reliable {
    is_used: bool,
    /// Whether the caller takes no others.
    is_required: bool,
    is_acknowledged: bool,
    /// The number of the next one.
    next: u32,
    /// The first is out and repeated, the others wait for its PRACK.
    unacknowledged: VecDeque<(u32, Response)>,
    interval: Duration,
    /// The body of the 2xx that is held back.
    accepted: Option<Option<Box<Body>>>,
}

impl Reliable {
    pub(super) fn new(invite: &Request, dialog: &Dialog, policy: ReliableProvisional) -> Self {
        let headers = invite.headers();
        // rfc3261#8.2.4/1-2,6, rfc3262#3: owed when required, allowed when supported, else never
        let is_required = requires_100rel(headers);
        let is_used =
            is_required || (policy == ReliableProvisional::WhenSupported && supports_100rel(headers));
        let number = dialog.remote_sequence().unwrap_or_default();
        Self {
            is_used,
            is_required,
            is_acknowledged: false,
            // rfc3262#3: anywhere from 1 to 2^31 - 1, with room to count on
            next: spread(dialog.id(), number, 1..=0x7fff_ffff),
            unacknowledged: VecDeque::new(),
            interval: Duration::ZERO,
            accepted: None,
        }
    }

    /// None of an INVITE that is answered.
    #[cfg(feature = "serde")]
    pub(super) const fn unused() -> Self {
        Self {
            is_used: false,
            is_required: false,
            next: 0,
            unacknowledged: VecDeque::new(),
            interval: Duration::ZERO,
            accepted: None,
            is_acknowledged: false,
        }
    }

    /// Whether a reliable response is out, or waits for its turn, for which no PRACK has come.
    pub(super) fn awaits_acknowledgement(&self) -> bool {
        !self.unacknowledged.is_empty()
    }

    /// Whether the application has accepted the call already.
    pub(super) const fn has_accepted(&self) -> bool {
        self.accepted.is_some()
    }

    /// Whether the peer has acknowledged every reliable response, and one at least.
    pub(super) fn is_known(&self) -> bool {
        self.is_acknowledged && self.unacknowledged.is_empty()
    }

    /// Whether a description is on its way to the peer for which no PRACK has come.
    fn holds_back(&self) -> bool {
        self.unacknowledged.iter().any(|(_, response)| !response.body().is_empty())
    }

    /// Gives `response` its number.
    // rfc3261#8.2.4/5: and names the extension that it applies
    fn number(&mut self, mut response: Response) -> Response {
        response.headers_mut().push(&Require(OPTION.to_owned()));
        response.headers_mut().push(&RSeq(self.next));
        self.unacknowledged.push_back((self.next, response.clone()));
        self.next = self.next.saturating_add(1);
        response
    }

    /// Takes a PRACK; false when it acknowledges nothing that is out.
    fn acknowledge(&mut self, rack: &RAck, invite: u32) -> bool {
        let is_out = self.unacknowledged.front().is_some_and(|(number, _)| *number == rack.rseq);
        let is_meant = is_out && rack.cseq == CSeq::new(invite, Method::Invite);
        if is_meant {
            self.unacknowledged.pop_front();
            self.is_acknowledged = true;
        }
        is_meant
    }
}

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
        match self.usage.decline(status, outbox)? {
            Some(cause) => self.step(Event::Lost(cause), now, outbox),
            // rfc6337#2.3: PRACK itself cannot be refused
            None if is_in_prack => self.step(Event::Reject(status, Vec::new()), now, outbox),
            None => self.step(Event::Pracked, now, outbox),
        }
        Ok(())
    }

    pub(super) fn ring(
        &mut self,
        mut incoming: Box<Incoming>,
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
        // rfc3262#5: the first reliable one has the offer that the INVITE asked for
        let is_reliable = self.reliable.is_used && !self.lacks_offer(body.as_ref());
        let carrier = if is_reliable { Carrier::ReliableProvisional } else { Carrier::Provisional };
        let body = body.map(|body| self.usage.change_mut().outgoing(body));
        let meaning = self.usage.change().judge(Side::Local, carrier, body.as_ref());
        // rfc6337#3.1.1, rfc6337#3.1.2: nothing that is neither offer, answer nor its preview
        let body = body.filter(|_| !matches!(meaning, Ok(Meaning::Repeated | Meaning::Ignored)));
        let mut response = self.dialog_response(&incoming, status, body);
        if is_reliable {
            answer::allow(response.headers_mut());
            info::announce(response.headers_mut(), self.usage.change().packages());
            response = self.reliable.number(response);
        }
        incoming.provisional = Some(response.clone());
        // rfc3262#3: one at a time
        if !is_reliable || self.reliable.unacknowledged.len() == 1 {
            self.say(&incoming, response, now, outbox);
        }
        self.expect_silence(is_reliable, now);
        State::Incoming(incoming)
    }

    /// Whether the INVITE asked for an offer and none went out nor is in `body`.
    pub(super) fn lacks_offer(&self, body: Option<&Body>) -> bool {
        body.is_none() && self.usage.change().owes_offer()
    }

    /// Whether a response with `body` may go out: to a caller that requires reliable ones only with the offer it wants.
    pub(super) fn may_ring(&self, body: Option<&Body>) -> bool {
        !(self.reliable.is_required && self.lacks_offer(body))
    }

    /// Proxies cancel what is silent for three minutes.
    fn expect_silence(&mut self, is_reliable: bool, now: Instant) {
        let refresh = self.settings().provisional_refresh;
        // rfc3261#13.3.1.1/2, rfc3262#3: every minute, and what cannot get lost every two and a half
        let refresh = if is_reliable { refresh.saturating_mul(5) / 2 } else { refresh };
        self.timers.set(Timer::Provisional, now + refresh);
    }

    pub(super) fn ring_again(&mut self, incoming: Box<Incoming>, now: Instant, outbox: &mut Outbox) -> State {
        if !self.may_ring(None) {
            self.expect_silence(false, now);
            return State::Incoming(incoming);
        }
        let Some(response) = incoming.provisional.clone() else {
            return self.ring(incoming, StatusCode::SESSION_PROGRESS, None, now, outbox);
        };
        if self.reliable.is_used && self.reliable.unacknowledged.is_empty() {
            return self.ring(incoming, response.status(), None, now, outbox);
        }
        if !self.reliable.is_used {
            answer::respond(outbox, &incoming.invite, response);
        }
        self.expect_silence(self.reliable.is_used, now);
        State::Incoming(incoming)
    }

    /// The reliable response came without PRACK so far.
    pub(super) fn repeat_reliable(
        &mut self,
        incoming: Box<Incoming>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> State {
        if let Some((_, response)) = self.reliable.unacknowledged.front() {
            answer::respond(outbox, &incoming.invite, response.clone());
            // rfc3262#3: T1, doubled without limit
            self.reliable.interval = self.reliable.interval.saturating_mul(2);
            self.timers.set(Timer::Reliable, now + self.reliable.interval);
        }
        State::Incoming(incoming)
    }

    /// Sends the next reliable response, or the 2xx if that was held back and need not be any more.
    pub(super) fn go_on(&mut self, incoming: Box<Incoming>, now: Instant, outbox: &mut Outbox) -> State {
        if self.timers.get(&Timer::Prack).is_none()
            && let Some((_, response)) = self.reliable.unacknowledged.front()
        {
            self.say(&incoming, response.clone(), now, outbox);
        }
        match self.reliable.accepted.take() {
            Some(body) => self.accept_now_or_later(incoming, body.map(|body| *body), now, outbox),
            None => State::Incoming(incoming),
        }
    }

    /// The 2xx, unless a description that is out waits for PRACK, or an offer of the peer for its answer.
    pub(super) fn accept_now_or_later(
        &mut self,
        incoming: Box<Incoming>,
        body: Option<Body>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> State {
        // rfc3262#3
        let is_barred = self.is_interrupted;
        if is_barred || self.reliable.holds_back() || self.usage.change().is_asked() {
            self.reliable.accepted = Some(body.map(Box::new));
            return State::Incoming(incoming);
        }
        self.succeed(&incoming, body, now, outbox)
    }

    /// PRACK, which may answer the offer of its response or make one (RFC 3262 §5).
    pub(super) fn handle_prack(&mut self, request: Request, now: Instant, outbox: &mut Outbox) {
        if !self.usage.admit(&request, outbox) {
            return;
        }
        let rack = request.headers().required::<RAck>();
        if !rack.is_ok_and(|rack| self.reliable.acknowledge(&rack, self.cseq)) {
            // rfc3262#3: it matches no response that is out
            let response = request.response(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
            return answer::respond(outbox, &request, response);
        }
        self.timers.stop(&Timer::Reliable);
        self.timers.stop(&Timer::Prack);
        let body = session_body(request.headers(), request.body());
        match self.usage.change().judge(Side::Remote, Carrier::Prack, body.as_ref()) {
            Ok(Meaning::Offer | Meaning::Refresh) => self.usage.receive(request, None, now, outbox),
            Ok(Meaning::Answer) => {
                let _agreed = self.usage.change_mut().transfer(Side::Remote, Carrier::Prack, body.as_ref());
                answer::respond(outbox, &request, request.response(StatusCode::OK));
                outbox.event(SessionEvent::Changed { body });
            }
            Err(OfferAnswerError::AnswerMissing) => {
                // rfc3262#5: the answer has no other place
                answer::respond(outbox, &request, request.response(StatusCode::OK));
                let cause = EndCause::new(EndedBy::Remote, EndKind::OfferUnanswered);
                return self.step(Event::Unanswered(cause), now, outbox);
            }
            Ok(Meaning::Nothing | Meaning::Preview | Meaning::Repeated | Meaning::Ignored) | Err(_) => {
                answer::respond(outbox, &request, request.response(StatusCode::OK));
            }
        }
        self.step(Event::Pracked, now, outbox);
    }

    /// Lets a provisional response out; only now is said what its description says (RFC 3262 §5).
    fn say(&mut self, incoming: &Incoming, response: Response, now: Instant, outbox: &mut Outbox) {
        let is_reliable = requires_100rel(response.headers());
        let carrier = if is_reliable { Carrier::ReliableProvisional } else { Carrier::Provisional };
        let body = session_body(response.headers(), response.body());
        // without an offer of the peer it counts for nothing
        let _said = self.usage.change_mut().transfer(Side::Local, carrier, body.as_ref());
        answer::respond(outbox, &incoming.invite, response);
        if is_reliable {
            self.expect_prack(now);
        }
    }

    fn expect_prack(&mut self, now: Instant) {
        self.reliable.interval = self.settings().t1;
        self.timers.set(Timer::Reliable, now + self.settings().t1);
        self.timers.set(Timer::Prack, now + self.settings().patience());
    }
}
