//! The callee's side of INVITE: RFC 3261 §9.2 (CANCEL), §13.3 (INVITE, 2xx until ACK), §15.1.2 (early BYE).

mod provisional;
mod recovery;
#[cfg(feature = "serde")]
mod snapshot;
mod state;
mod transitions;

use crate::answer;
use crate::identity::CALLING;
use crate::modification::{Modification, Progress};
use crate::outbox::Outbox;
use crate::session_body;
use crate::timer::Timer;
use crate::usage::Usage;
use crate::{
    Capabilities, Carrier, Dialog, DialogError, DialogId, EndCause, EndKind, EndedBy, Failure, Hold, Input,
    InviteError, OfferAnswerError, SessionSettings, SessionState, Side,
};
use sip_clock::{FewTimers, Instant};
use sip_message::{Body, CSeq, Expires, Method, NameAddr, Request, Response, StatusClass, StatusCode};
use state::{Event, Incoming, State};
use std::mem;
use std::sync::Arc;
use std::time::Duration;

/// The server of one INVITE and of the dialog it makes.
///
/// ```text
///              accept: 2xx                     ACK
///   Incoming ──────────────▶ WaitingForAck ──────────▶ Established
///     │                        │     │                   │     │
///     │ reject, hang_up,       │     │ 64·T1, or         │     │ BYE arrives: 200
///     │ CANCEL, BYE, Expires   │     │ hang_up and ACK:  │     │ (or in WaitingForAck)
///     ▼                        │     ▼ BYE        hang_up│     ▼
///   Terminated ◀───────────────┼── Leaving ◀─────────────┘   Terminated
///               BYE answered   │                                ▲
///                              └────────────────────────────────┘
/// ```
#[derive(Debug)]
#[repr(C)] // the order in memory: see `InviteSession`
pub(crate) struct InviteServer {
    /// In a block of its own, like those of a caller.
    usage: Box<Usage>,
    state: State,
    timers: FewTimers<Timer>,
    /// The sequence number of the INVITE.
    cseq: u32,
    /// There is no flow.
    is_interrupted: bool,
    /// The flow was lost before the ACK.
    recovers_after_ack: bool,
    /// The session was ended since no ACK came.
    is_unacknowledged: bool,
}

impl InviteServer {
    pub(crate) fn new(
        invite: Request,
        local_tag: &str,
        contact: NameAddr,
        settings: Arc<SessionSettings>,
        now: Instant,
    ) -> Result<Self, DialogError> {
        let CSeq { number, .. } = invite.headers().required()?;
        let dialog = Dialog::server(&invite, local_tag, contact)?;
        let (policy, refresh) = (settings.reliable, settings.provisional_refresh);
        let mut change = Modification::new(false, settings);
        let offer = session_body(invite.headers(), invite.body());
        change.learn(invite.headers());
        change.learn_packages(invite.headers());
        // the first message of an exchange has its place
        let _offer = change.transfer(Side::Remote, Carrier::Invite, offer.as_ref());
        change.begin_progress(Progress::new(number, &invite, dialog.id(), policy));
        let mut timers = FewTimers::new();
        // rfc3261#13.3.1.1/2: also when the application says nothing
        timers.set(Timer::Provisional, now + refresh);
        // rfc3261#13.3.1/1: an unreadable Expires limits nothing
        if let Ok(Some(Expires(seconds))) = invite.headers().typed() {
            timers.set(Timer::Expires, now + Duration::from_secs(seconds.into()));
        }
        let mut usage = Usage::of_callee(dialog, change);
        // what the call begins with is no news
        let _first = usage.note_identity(invite.headers(), CALLING);
        Ok(Self {
            cseq: number,
            usage: Box::new(usage),
            timers,
            state: State::Incoming(Box::new(Incoming { invite, accepted: None })),
            is_interrupted: false,
            recovers_after_ack: false,
            is_unacknowledged: false,
        })
    }

    pub(crate) fn handle(&mut self, input: Input, now: Instant, outbox: &mut Outbox) {
        match input {
            Input::Response(response) => self.handle_response(&response, now, outbox),
            Input::Request(request) => self.handle_request(request, now, outbox),
            Input::Failed { cseq, failure, remote_tag: _ } => self.handle_failed(&cseq, failure, now, outbox),
            Input::Challenged { cseq, remote_tag: _ } => {
                self.usage.handle_challenged(cseq.number, outbox);
                self.settle();
            }
            // no request inside a dialog is redirected
            Input::Redirected { .. } => {}
            Input::Timeout => self.handle_timeout(now, outbox),
            Input::FlowLost => self.interrupt(outbox),
            Input::FlowRestored { contact } => self.restore(&contact, now, outbox),
            Input::Reachable => self.ask_after_peer(now, outbox),
            Input::GivenUp => self.give_up(outbox),
        }
    }

    pub(crate) fn provisional(
        &mut self,
        status: StatusCode,
        body: Option<Body>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Result<(), InviteError> {
        if !status.is_provisional() {
            return Err(InviteError::WrongStatus(status));
        }
        self.check_unanswered()?;
        if status != StatusCode::TRYING && !self.usage.change().may_ring(body.as_ref()) {
            return Err(InviteError::DescriptionMissing);
        }
        self.step(Event::Provisional(status, body), now, outbox);
        Ok(())
    }

    pub(crate) fn accept(
        &mut self,
        body: Option<Body>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Result<(), InviteError> {
        self.check_unanswered()?;
        let change = self.usage.change();
        // rfc3261#13.2.1/6: what an unreliable provisional response gave as the answer is given again
        let body = body.or_else(|| change.announced());
        match change.judge(Side::Local, Carrier::InviteSuccess, body.as_ref()) {
            // rfc3261#13.3.1.4/2-3, rfc3261#13.3.1/2
            Err(OfferAnswerError::AnswerMissing | OfferAnswerError::OfferMissing) => {
                Err(InviteError::DescriptionMissing)
            }
            Ok(_) | Err(OfferAnswerError::OfferPending) => self.answer(Event::Accept(body), now, outbox),
        }
    }

    pub(crate) fn reject(
        &mut self,
        status: StatusCode,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Result<(), InviteError> {
        if status.is_provisional() || status.is_success() {
            return Err(InviteError::WrongStatus(status));
        }
        self.answer(Event::Reject(status, Vec::new()), now, outbox)
    }

    pub(crate) fn redirect(
        &mut self,
        status: StatusCode,
        targets: Vec<NameAddr>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Result<(), InviteError> {
        if status.class() != StatusClass::Redirection {
            return Err(InviteError::WrongStatus(status));
        }
        self.answer(Event::Reject(status, targets), now, outbox)
    }

    pub(crate) fn hang_up(&mut self, now: Instant, outbox: &mut Outbox) {
        self.step(Event::HangUp, now, outbox);
    }

    /// The dialog of the session that stands.
    pub(crate) fn established(&mut self) -> Result<&mut Usage, InviteError> {
        match self.state {
            State::Incoming(_) | State::WaitingForAck { .. } => Err(InviteError::NotEstablished),
            State::Established => Ok(&mut self.usage),
            State::Leaving | State::Terminated => Err(InviteError::Ended),
        }
    }

    /// The dialog, for a request of this end that may go out before the answer.
    pub(crate) fn named(&mut self, id: &DialogId) -> Result<&mut Usage, InviteError> {
        match self.state {
            // rfc3311#5.1, rfc3262#3: the peer has to know the dialog first, and a description by its PRACK
            State::Incoming(_) if !self.usage.change().is_acknowledged() => Err(InviteError::NotEstablished),
            State::Incoming(_) | State::WaitingForAck { .. } | State::Established => {
                Some(&mut *self.usage).filter(|usage| usage.dialog().id() == id).ok_or(InviteError::NoDialog)
            }
            State::Leaving | State::Terminated => Err(InviteError::Ended),
        }
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.timers.next().into_iter().chain(self.usage.next_timeout()).min()
    }

    pub(crate) const fn state(&self) -> SessionState {
        match &self.state {
            State::Incoming(_) => SessionState::Incoming,
            State::WaitingForAck { .. } => SessionState::WaitingForAck,
            State::Established => SessionState::Established,
            State::Leaving | State::Terminated => SessionState::Ended,
        }
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.usage.is_busy()
    }

    pub(crate) const fn is_interrupted(&self) -> bool {
        self.is_interrupted
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.usage.is_leaving()
    }

    pub(crate) const fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    /// The number of the INVITE, if the session was ended since no ACK came for its 2xx.
    pub(crate) fn unacknowledged(&self) -> Option<u32> {
        self.is_unacknowledged.then_some(self.cseq)
    }

    /// What the peer has said that it can do.
    pub(crate) const fn remote_capabilities(&self) -> &Capabilities {
        self.usage.change().peer()
    }

    /// Who the peer is.
    pub(crate) fn remote_identity(&self) -> NameAddr {
        self.usage.remote_identity()
    }

    /// Who holds the call.
    pub(crate) const fn hold(&self) -> Hold {
        self.usage.change().held()
    }

    pub(crate) const fn dialog(&self) -> &Dialog {
        self.usage.dialog()
    }

    fn settings(&self) -> &SessionSettings {
        self.usage.change().settings()
    }

    /// A request of the peer: ACK and CANCEL of the INVITE, or one inside the dialog.
    fn handle_request(&mut self, request: Request, now: Instant, outbox: &mut Outbox) {
        match request.method() {
            // its transaction is that of the INVITE, so its tag is not looked at (9.2)
            Method::Cancel if self.is_for_invite(&request) => self.step(Event::Cancel(request), now, outbox),
            Method::Cancel => self.usage.handle_cancel(&request, now, outbox),
            Method::Ack if self.is_for_invite(&request) && self.is_in_dialog(&request) => {
                self.step(Event::Ack(request), now, outbox)
            }
            Method::Ack => {
                let cause = self.usage.handle_ack(&request, now, outbox);
                self.after_answer(cause, now, outbox);
            }
            Method::Prack if self.is_answering() && self.is_in_dialog(&request) => {
                self.handle_prack(request, now, outbox);
            }
            _ if self.is_in_dialog(&request) => self.handle_in_dialog(request, now, outbox),
            _ => {
                // rfc3261#12.2.2/1: the tags match no dialog
                let response = request.response(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
                answer::respond(outbox, &request, response);
            }
        }
    }

    fn handle_response(&mut self, response: &Response, now: Instant, outbox: &mut Outbox) {
        let Ok(cseq) = response.headers().required::<CSeq>() else { return };
        let cause = self.usage.handle_response(&cseq, response, now, outbox);
        self.after_answer(cause, now, outbox);
    }

    fn handle_failed(&mut self, cseq: &CSeq, failure: Failure, now: Instant, outbox: &mut Outbox) {
        if cseq.method == Method::Invite && cseq.number == self.cseq && !self.usage.has_pending(cseq.number) {
            return self.step(Event::Failed(failure), now, outbox);
        }
        let cause = self.usage.handle_failed(cseq, failure, now, outbox);
        self.after_answer(cause, now, outbox);
    }

    fn handle_timeout(&mut self, now: Instant, outbox: &mut Outbox) {
        while let Some(timer) = self.timers.pop_expired(now) {
            match timer {
                timer if self.is_barred(timer) => {}
                Timer::Expires => self.step(Event::Expired, now, outbox),
                Timer::Provisional => self.step(Event::ProvisionalDue, now, outbox),
                Timer::Question => self.ask_after_peer(now, outbox),
                Timer::Retransmit => self.step(Event::RetransmitDue, now, outbox),
                Timer::Ack => self.step(Event::AckTimeout, now, outbox),
                Timer::Cancel | Timer::Accepted => {}
            }
        }
        match (self.usage.handle_timeout(now, outbox), &self.state) {
            // rfc3262#3: without PRACK; rfc6337#2.3: one that the user did not answer cannot be refused itself
            (Some(cause), State::Incoming(_)) => self.step(Event::PrackTimeout(cause), now, outbox),
            (cause, _) => self.after_answer(cause, now, outbox),
        }
    }

    /// The one place where an event meets a state.
    // tidy: fn-length: the state × event table of the drawing above
    fn step(&mut self, event: Event, now: Instant, outbox: &mut Outbox) {
        let state = mem::replace(&mut self.state, State::Terminated);
        self.state = match (state, event) {
            (State::Incoming(incoming), Event::Provisional(status, body)) => {
                self.ring(incoming, status, body, now, outbox)
            }
            (State::Incoming(incoming), Event::ProvisionalDue) => self.ring_again(incoming, now, outbox),
            (State::Incoming(incoming), Event::Pracked) => self.go_on(incoming, now, outbox),
            (State::Incoming(incoming), Event::Unanswered(cause)) => {
                self.refuse_unanswered(&incoming, cause, outbox)
            }
            (State::Incoming(incoming), Event::PrackTimeout(cause)) => {
                // rfc3262#3: a 5xx when no PRACK comes
                self.refuse(&incoming, StatusCode::SERVER_TIMEOUT, cause, outbox)
            }
            (State::Incoming(incoming), Event::Accept(body)) => self.accept_now_or_later(incoming, body, now, outbox),
            (State::Incoming(incoming), Event::Reject(status, targets)) => {
                self.reject_or_redirect(&incoming, status, &targets, outbox)
            }
            (State::Incoming(incoming), Event::HangUp) => {
                let cause = EndCause::new(EndedBy::Local, EndKind::Declined);
                self.refuse(&incoming, StatusCode::TEMPORARILY_UNAVAILABLE, cause, outbox)
            }
            (State::Incoming(incoming), Event::Cancel(request)) => {
                // rfc3261#9.2/2
                self.refuse(&incoming, StatusCode::REQUEST_TERMINATED, EndCause::cancelled(request), outbox)
            }
            (State::Incoming(incoming), Event::Left(cause) | Event::Lost(cause)) => {
                // rfc3261#15.1.2/6-7: a BYE leaves no request unanswered
                self.refuse(&incoming, StatusCode::REQUEST_TERMINATED, cause.before_answer(), outbox)
            }
            (State::Incoming(incoming), Event::Expired) => {
                // rfc3261#13.3.1/1
                let cause = EndCause::new(EndedBy::Remote, EndKind::NoAnswer);
                self.refuse(&incoming, StatusCode::REQUEST_TERMINATED, cause, outbox)
            }
            (State::Incoming(_), Event::Failed(failure)) => {
                self.usage.change_mut().close(outbox);
                outbox.end(EndCause::failed(failure));
                State::Terminated
            }
            (State::WaitingForAck { success, interval, hang_up }, Event::RetransmitDue) => {
                self.retransmit(success, interval, hang_up, now, outbox)
            }
            (State::WaitingForAck { hang_up: true, .. }, Event::Ack(_)) | (State::Established, Event::HangUp) => {
                self.leave(EndCause::hung_up(), outbox)
            }
            (State::WaitingForAck { hang_up: false, .. }, Event::Ack(request)) => {
                self.establish(&request, outbox)
            }
            (State::WaitingForAck { success, interval, .. }, Event::HangUp) => {
                // rfc3261#15/4: no BYE before ACK or timeout
                State::WaitingForAck { success, interval, hang_up: true }
            }
            (State::WaitingForAck { hang_up, .. }, Event::AckTimeout) => {
                // rfc3261#13.3.1.4/4: confirmed, but to be ended by BYE
                let (by, kind) = match hang_up {
                    true => (EndedBy::Local, EndKind::HungUp),
                    false => (EndedBy::Network, EndKind::Timeout),
                };
                self.is_unacknowledged = true;
                self.leave(EndCause::new(by, kind), outbox)
            }
            (State::WaitingForAck { .. } | State::Established, Event::Left(cause)) => {
                outbox.end(cause);
                State::Leaving
            }
            (State::WaitingForAck { success, interval, .. }, Event::Lost(cause)) => {
                outbox.end(cause);
                State::WaitingForAck { success, interval, hang_up: true }
            }
            (State::Established, Event::Lost(cause)) => self.leave(cause, outbox),
            // too early, too late or twice
            (
                state @ State::Incoming(_),
                Event::Ack(_) | Event::RetransmitDue | Event::AckTimeout,
            )
            // rfc3261#9.2: CANCEL has no effect on an answered INVITE
            | (
                state @ (State::WaitingForAck { .. } | State::Established),
                Event::Provisional(..)
                | Event::Accept(_)
                | Event::Reject(..)
                | Event::Cancel(_)
                | Event::Failed(_)
                | Event::Expired
                | Event::ProvisionalDue
                | Event::Pracked
                | Event::Unanswered(_)
                | Event::PrackTimeout(_),
            )
            | (state @ State::Established, Event::Ack(_) | Event::RetransmitDue | Event::AckTimeout)
            | (
                state @ (State::Leaving | State::Terminated),
                Event::Provisional(..)
                | Event::Accept(_)
                | Event::Reject(..)
                | Event::HangUp
                | Event::Cancel(_)
                | Event::Ack(_)
                | Event::Left(_)
                | Event::Lost(_)
                | Event::Failed(_)
                | Event::Expired
                | Event::ProvisionalDue
                | Event::Pracked
                | Event::Unanswered(_)
                | Event::PrackTimeout(_)
                | Event::RetransmitDue
                | Event::AckTimeout,
            ) => state,
        };
        self.settle();
    }

    fn answer(&mut self, event: Event, now: Instant, outbox: &mut Outbox) -> Result<(), InviteError> {
        self.check_unanswered()?;
        self.step(event, now, outbox);
        Ok(())
    }

    /// Whether the INVITE may still be answered.
    fn check_unanswered(&self) -> Result<(), InviteError> {
        match &self.state {
            State::Incoming(incoming) if incoming.accepted.is_some() => Err(InviteError::AlreadyAnswered),
            State::Incoming(_) => Ok(()),
            State::WaitingForAck { .. } | State::Established => Err(InviteError::AlreadyAnswered),
            State::Leaving | State::Terminated => Err(InviteError::Ended),
        }
    }

    fn handle_in_dialog(&mut self, request: Request, now: Instant, outbox: &mut Outbox) {
        let refusal = match self.state {
            // rfc3261#14.2/1: the first INVITE has no final response yet
            State::Incoming(_) => Some(StatusCode::SERVER_INTERNAL_ERROR),
            State::WaitingForAck { .. } => Some(StatusCode::REQUEST_PENDING),
            State::Established | State::Leaving | State::Terminated => None,
        };
        if let Some(cause) = self.usage.handle_request(request, refusal, now, outbox) {
            self.step(Event::Left(cause), now, outbox);
        }
    }

    fn after_answer(&mut self, cause: Option<EndCause>, now: Instant, outbox: &mut Outbox) {
        match cause {
            Some(cause) => self.step(Event::Lost(cause), now, outbox),
            None => self.settle(),
        }
    }

    /// Keeps the timers of the state only, and frees a session that owes nothing.
    fn settle(&mut self) {
        match self.state {
            State::Incoming(_) | State::WaitingForAck { .. } => {}
            State::Established => self.stop_timers(),
            State::Leaving | State::Terminated => {
                self.stop_timers();
                if self.usage.is_closed() {
                    self.state = State::Terminated;
                }
            }
        }
    }

    fn stop_timers(&mut self) {
        self.timers = FewTimers::new();
    }

    /// Whether the INVITE that made the dialog has no ACK yet.
    const fn is_answering(&self) -> bool {
        matches!(self.state, State::Incoming(_) | State::WaitingForAck { .. })
    }

    fn is_for_invite(&self, request: &Request) -> bool {
        request.headers().required().is_ok_and(|CSeq { number, .. }| number == self.cseq)
    }

    fn is_in_dialog(&self, request: &Request) -> bool {
        self.usage.dialog().id().is_of_request(request)
    }
}
