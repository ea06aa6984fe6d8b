//! What the callee's INVITE does on its way from state to state: RFC 3261 §12.1.1, §13.3.1.3, §13.3.1.4, §15.

use super::InviteServer;
use super::state::{Incoming, State};
use crate::answer::{self, tagged};
use crate::info;
use crate::outbox::Outbox;
use crate::session_body;
use crate::timer::Timer;
use crate::{Carrier, EndCause, EndKind, EndedBy, Meaning, OfferAnswerError, Output, SessionEvent, Side};
use sip_clock::Instant;
use sip_message::{Body, HeaderName, NameAddr, Request, Response, StatusCode};
use std::mem;
use std::time::Duration;

impl InviteServer {
    pub(super) fn succeed(
        &mut self,
        incoming: &Incoming,
        body: Option<Body>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> State {
        let body = body.map(|body| self.usage.change_mut().outgoing(body));
        let meaning = self.usage.change_mut().transfer(Side::Local, Carrier::InviteSuccess, body.as_ref());
        // rfc3261#13.2.1/10: after the answer in a reliable response nothing more is said
        let body = body.filter(|_| !matches!(meaning, Ok(Meaning::Repeated | Meaning::Ignored)));
        let mut success = self.dialog_response(incoming, StatusCode::OK, body);
        self.usage.change_mut().agree_as_server(&incoming.invite, &mut success, now);
        self.usage.dialog_mut().confirm();
        self.usage.forget_question();
        self.stop_timers();
        self.usage.change_mut().end_progress();
        let interval = self.settings().t1;
        self.timers.set(Timer::Retransmit, now + interval);
        self.timers.set(Timer::Ack, now + self.settings().patience());
        answer::respond(outbox, &incoming.invite, success.clone());
        State::WaitingForAck { success, interval, hang_up: false }
    }

    /// The ACK came; it has to answer the offer of the 2xx if that made one (RFC 3261 §13.2.2.4; AC-23).
    pub(super) fn establish(&mut self, ack: &Request, outbox: &mut Outbox) -> State {
        let body = session_body(ack.headers(), ack.body());
        match self.usage.change_mut().transfer(Side::Remote, Carrier::Ack, body.as_ref()) {
            Err(OfferAnswerError::AnswerMissing) => {
                self.leave(EndCause::new(EndedBy::Remote, EndKind::OfferUnanswered), outbox)
            }
            outcome => {
                self.usage.allow_leaving();
                let body = body.filter(|_| outcome == Ok(Meaning::Answer));
                outbox.event(SessionEvent::Established { body });
                self.usage.change_mut().tell(outbox);
                if mem::take(&mut self.recovers_after_ack) {
                    self.usage.recover(outbox);
                } else {
                    self.usage.pump(outbox);
                }
                State::Established
            }
        }
    }

    pub(super) fn retransmit(
        &mut self,
        success: Response,
        interval: Duration,
        hang_up: bool,
        now: Instant,
        outbox: &mut Outbox,
    ) -> State {
        outbox.push(Output::Retransmit(Response::clone(&success)));
        // rfc3261#13.3.1.4: T1, doubled up to T2, whatever the transport
        let interval = interval.saturating_mul(2).min(self.settings().t2);
        self.timers.set(Timer::Retransmit, now + interval);
        State::WaitingForAck { success, interval, hang_up }
    }

    pub(super) fn refuse(
        &mut self,
        incoming: &Incoming,
        status: StatusCode,
        cause: EndCause,
        outbox: &mut Outbox,
    ) -> State {
        let response = tagged(&incoming.invite, status, &self.usage.dialog().id().local_tag);
        self.end_with(incoming, response, cause.with_status(status), outbox)
    }

    /// Refuses since the PRACK of an offer has no answer to it (RFC 3262 §5).
    pub(super) fn refuse_unanswered(
        &mut self,
        incoming: &Incoming,
        cause: EndCause,
        outbox: &mut Outbox,
    ) -> State {
        let status = StatusCode::BAD_REQUEST;
        let response = tagged(&incoming.invite, status, &self.usage.dialog().id().local_tag);
        let response = answer::because(response, "No Answer in PRACK");
        self.end_with(incoming, response, cause.with_status(status), outbox)
    }

    /// Refuses by the wish of the user, perhaps naming where the callee can be reached.
    pub(super) fn reject_or_redirect(
        &mut self,
        incoming: &Incoming,
        status: StatusCode,
        targets: &[NameAddr],
        outbox: &mut Outbox,
    ) -> State {
        let mut response = tagged(&incoming.invite, status, &self.usage.dialog().id().local_tag);
        // rfc3261#13.3.1.3/4
        answer::explain(&mut response);
        // rfc3261#13.3.1.2/1
        for target in targets {
            response.headers_mut().push_address(&HeaderName::Contact, target);
        }
        self.end_with(incoming, response, EndCause::rejected(status), outbox)
    }

    fn end_with(
        &mut self,
        incoming: &Incoming,
        response: Response,
        cause: EndCause,
        outbox: &mut Outbox,
    ) -> State {
        self.usage.change_mut().close(outbox);
        answer::respond(outbox, &incoming.invite, response);
        outbox.end(cause);
        State::Terminated
    }

    pub(super) fn leave(&mut self, cause: EndCause, outbox: &mut Outbox) -> State {
        self.usage.allow_leaving();
        self.usage.leave(&cause, outbox);
        outbox.end(cause);
        State::Leaving
    }

    /// A response that makes or confirms the dialog (RFC 3261 §12.1.1).
    pub(super) fn dialog_response(
        &self,
        incoming: &Incoming,
        status: StatusCode,
        body: Option<Body>,
    ) -> Response {
        // rfc3261#13.3.1.1/1: the same tag in all
        let mut response = tagged(&incoming.invite, status, &self.usage.dialog().id().local_tag);
        // rfc3261#12.1.1/1-2: as they came, with all parameters
        response.headers_mut().copy_from(incoming.invite.headers(), &HeaderName::RecordRoute);
        // rfc3261#12.1.1/3
        if let Some(contact) = self.usage.dialog().local_contact() {
            response.headers_mut().push_address(&HeaderName::Contact, contact);
        }
        if status.is_success() {
            let packages = self.usage.change().packages();
            info::announce_in_turn(incoming.invite.headers(), response.headers_mut(), packages);
            // rfc3261#13.3.1.4
            answer::allow(response.headers_mut());
        }
        if let Some(body) = body {
            response.set_body(&body.content_type, body.bytes);
        }
        response
    }
}
