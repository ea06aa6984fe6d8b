//! The caller's side of INVITE: RFC 3261 §9.1 (CANCEL), §13.2 (INVITE, forks, ACK), §22.2 (challenges).

mod recovery;
#[cfg(feature = "serde")]
mod snapshot;
mod state;
mod transitions;

use crate::answer;
use crate::dialog_id;
use crate::forks::Forks;
use crate::info;
use crate::modification::session_timer;
use crate::outbox::Outbox;
use crate::timer::Timer;
use crate::usage::Usage;
use crate::{
    Capabilities, Dialog, DialogError, DialogId, EndCause, EndKind, EndedBy, Failure, Hold, Input,
    InviteError, Output, SessionSettings, SessionState,
};
use sip_clock::{FewTimers, Instant};
use sip_message::{Body, CSeq, Expires, KeptRequest, Method, NameAddr, Request, Response, StatusCode};
use sip_uri::Uri;
use state::{Event, State};
use std::mem;
use std::sync::Arc;
use std::time::Duration;

/// The client of one INVITE and of the dialogs it makes.
///
/// ```text
///              1xx                     hang_up, Expires: CANCEL
///   Calling ─────────▶ Proceeding ─────────────────────────────▶ Cancelling
///     │                  │    │                                    │     │
///     │ hang_up,         │    │ 2xx with an offer                  │     │ 3xx-6xx, 64·T1
///     │ Expires          │    ▼                                    │     ▼
///     ▼                  │  Offered ─── answer: ACK ──▶ Accepted ◀─┘   Terminated
///   Abandoned            │                                 ▲   (2xx: ACK, BYE)  ▲
///     │ 1xx: CANCEL      └──── 2xx: ACK ───────────────────┘                    │
///     └──▶ Cancelling          all dialogs closed and 64·T1 after the last 2xx ─┘
/// ```
/// A 3xx-6xx, a lost flow or Timer B leads from every state before the first 2xx to Terminated; a 2xx in Calling or
/// Abandoned does what it does in Proceeding or Cancelling. A challenge with credentials leads back to Calling,
/// and so does a redirection.
// In this order in memory: see `InviteSession`.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct InviteClient {
    state: State,
    cseq: u32,
    /// There is no flow.
    is_interrupted: bool,
    /// The INVITE went out again on another flow and nothing was heard of it.
    awaits_sign: bool,
    /// Whether the INVITE asks for a longer session interval than at first.
    is_lengthened: bool,
    timers: FewTimers<Timer>,
    forks: Forks,
    /// The INVITE as last sent, until its first 2xx: then no further attempt can come of it.
    invite: Option<Request>,
    /// The same until 64·T1 after the last new 2xx: then no further dialog can come of it.
    accepted: Option<Box<KeptRequest>>,
}

impl InviteClient {
    pub(crate) fn new(
        mut invite: Request,
        settings: Arc<SessionSettings>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Result<Self, DialogError> {
        let CSeq { number, .. } = invite.headers().required()?;
        let mut timers = FewTimers::new();
        // rfc3261#13.2.1/4
        if let Some(Expires(seconds)) = invite.headers().typed()? {
            timers.set(Timer::Expires, now + Duration::from_secs(seconds.into()));
        }
        session_timer::ask(&mut invite, &settings);
        info::announce(invite.headers_mut(), &settings.recv_info);
        invite.headers_mut().note_tags();
        outbox.push(Output::Request(invite.clone()));
        Ok(Self {
            invite: Some(invite),
            accepted: None,
            is_lengthened: false,
            cseq: number,
            timers,
            state: State::Calling,
            forks: Forks::new(settings),
            is_interrupted: false,
            awaits_sign: false,
        })
    }

    pub(crate) fn handle(&mut self, input: Input, now: Instant, outbox: &mut Outbox) {
        match input {
            Input::Response(response) => self.handle_response(response, now, outbox),
            Input::Request(request) => self.handle_request(request, now, outbox),
            Input::Failed { cseq, remote_tag, failure } => {
                self.handle_failed(&cseq, &remote_tag, failure, now, outbox)
            }
            Input::Challenged { cseq, remote_tag } => self.handle_challenged(&cseq, &remote_tag, now, outbox),
            Input::Redirected { cseq, target } => self.handle_redirected(&cseq, target, now, outbox),
            Input::Timeout => self.handle_timeout(now, outbox),
            Input::FlowLost => self.interrupt(outbox),
            Input::FlowRestored { contact } => self.restore(&contact, now, outbox),
            Input::Reachable => self.ask_after_peer(outbox),
            Input::GivenUp => self.give_up(outbox),
        }
    }

    pub(crate) fn hang_up(&mut self, now: Instant, outbox: &mut Outbox) {
        self.step(Event::GiveUp(EndKind::Cancelled), now, outbox);
    }

    pub(crate) fn answer(
        &mut self,
        body: Body,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Result<(), InviteError> {
        if !matches!(self.state, State::Offered { .. }) {
            return self.forks.answer_early(body, outbox);
        }
        self.step(Event::Answer(body), now, outbox);
        Ok(())
    }

    /// The dialog of the session that stands.
    pub(crate) fn established(&mut self) -> Result<&mut Usage, InviteError> {
        let winner = match &self.state {
            State::Accepted { winner: Some(winner) } => winner,
            State::Accepted { winner: None } | State::Terminated => return Err(InviteError::Ended),
            State::Calling
            | State::Abandoned(_)
            | State::Proceeding
            | State::Cancelling(_)
            | State::Offered { .. } => return Err(InviteError::NotEstablished),
        };
        self.forks.established(winner)
    }

    /// The dialog in which an offer of the peer waits.
    pub(crate) fn asked(&mut self) -> Result<&mut Usage, InviteError> {
        self.forks.asked().ok_or(InviteError::NoOffer)
    }

    /// The dialog with this name, early or not.
    pub(crate) fn named(&mut self, id: &DialogId) -> Result<&mut Usage, InviteError> {
        self.forks.named(id).ok_or(InviteError::NoDialog)
    }

    /// Refuses the offer of the peer that waits in a dialog.
    pub(crate) fn decline(
        &mut self,
        status: StatusCode,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Result<(), InviteError> {
        let usage = self.forks.asked().ok_or(InviteError::NoOffer)?;
        if let Some(cause) = usage.decline(status, now, outbox)? {
            let tag = usage.remote_tag();
            self.step(Event::Left { tag, cause }, now, outbox);
        }
        Ok(())
    }

    /// Whether an offer of a response to the INVITE waits for its answer.
    pub(crate) fn owes_answer(&self) -> bool {
        matches!(self.state, State::Offered { .. }) || self.forks.is_asked_early()
    }

    /// What the peer of the session, or of any of its dialogs, has said that it can do.
    pub(crate) fn remote_capabilities(&self) -> Option<&Capabilities> {
        self.forks.peer(self.winner())
    }

    /// Who the peer of the session, or of any of its dialogs, is.
    pub(crate) fn remote_identity(&self) -> Option<NameAddr> {
        self.forks.remote_identity(self.winner())
    }

    /// The remote tag of the dialog that the session is in, once a 2xx has come.
    pub(crate) fn winner(&self) -> Option<&str> {
        self.state.winner()
    }

    /// Who holds the call.
    pub(crate) fn hold(&self) -> Hold {
        let State::Accepted { winner: Some(winner) } = &self.state else { return Hold::default() };
        self.forks.hold(winner)
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.timers.next().into_iter().chain(self.forks.next_timeout()).min()
    }

    pub(crate) fn state(&self) -> SessionState {
        match &self.state {
            State::Calling => SessionState::Calling,
            State::Proceeding => SessionState::Proceeding,
            State::Abandoned(_) | State::Cancelling(_) => SessionState::Cancelling,
            State::Offered { .. } => SessionState::Offered,
            State::Accepted { winner: Some(winner) } if self.forks.is_open(winner) => {
                SessionState::Established
            }
            State::Accepted { .. } | State::Terminated => SessionState::Ended,
        }
    }

    pub(crate) fn is_busy(&self) -> bool {
        match self.state {
            State::Calling | State::Abandoned(_) | State::Proceeding | State::Cancelling(_) => true,
            State::Offered { .. } | State::Accepted { .. } | State::Terminated => self.forks.is_busy(),
        }
    }

    pub(crate) const fn is_interrupted(&self) -> bool {
        self.is_interrupted
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.forks.are_leaving()
    }

    pub(crate) const fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    pub(crate) fn dialogs(&self) -> impl Iterator<Item = &Dialog> {
        self.forks.dialogs()
    }

    fn handle_response(&mut self, response: Response, now: Instant, outbox: &mut Outbox) {
        let Ok(cseq) = response.headers().required::<CSeq>() else { return };
        if cseq.method != Method::Invite || cseq.number != self.cseq {
            let remote_tag = dialog_id::remote_tag(&response).unwrap_or_default();
            return self.in_dialog(&cseq, &remote_tag, outbox, |usage, outbox| {
                usage.handle_response(&cseq, &response, now, outbox)
            });
        }
        self.note_sign(outbox);
        let status = response.status();
        let event = if status.is_provisional() {
            Event::Provisional(response)
        } else if status.is_success() {
            Event::Success(response)
        } else {
            Event::Refused(response)
        };
        self.step(event, now, outbox);
    }

    /// A request of the peer inside one of the dialogs.
    fn handle_request(&mut self, request: Request, now: Instant, outbox: &mut Outbox) {
        let refusal = match self.state {
            State::Accepted { .. } => None,
            // rfc3261#14.2/3: an INVITE of this end is in progress
            State::Calling
            | State::Abandoned(_)
            | State::Proceeding
            | State::Cancelling(_)
            | State::Offered { .. }
            | State::Terminated => Some(StatusCode::REQUEST_PENDING),
        };
        let Some(usage) = self.forks.addressed(&request) else {
            return refuse(&request, outbox);
        };
        let cause = match request.method() {
            // who has given up has no call any more, whenever its CANCEL arrives: a callee that was away asks for that
            Method::Options if matches!(self.state, State::Abandoned(_) | State::Cancelling(_)) => {
                refuse(&request, outbox);
                None
            }
            Method::Ack => usage.handle_ack(&request, now, outbox),
            Method::Cancel => {
                usage.handle_cancel(&request, now, outbox);
                None
            }
            _ => usage.handle_request(request, refusal, now, outbox),
        };
        match cause {
            Some(cause) => {
                let tag = usage.remote_tag();
                self.step(Event::Left { tag, cause }, now, outbox);
            }
            None => self.settle(),
        }
    }

    fn handle_failed(
        &mut self,
        cseq: &CSeq,
        remote_tag: &str,
        failure: Failure,
        now: Instant,
        outbox: &mut Outbox,
    ) {
        match cseq.method {
            Method::Invite if cseq.number == self.cseq => self.step(Event::Failed(failure), now, outbox),
            // a CANCEL without answer changes nothing, its own timer runs
            Method::Cancel => {}
            _ => self.in_dialog(cseq, remote_tag, outbox, |usage, outbox| {
                usage.handle_failed(cseq, failure, now, outbox)
            }),
        }
    }

    fn handle_challenged(&mut self, cseq: &CSeq, remote_tag: &str, now: Instant, outbox: &mut Outbox) {
        if cseq.method == Method::Invite && cseq.number == self.cseq {
            return self.step(Event::Challenged, now, outbox);
        }
        self.in_dialog(cseq, remote_tag, outbox, |usage, outbox| {
            usage.handle_challenged(cseq.number, outbox);
            None
        });
    }

    /// Only the INVITE that began the session is redirected.
    fn handle_redirected(&mut self, cseq: &CSeq, target: Uri, now: Instant, outbox: &mut Outbox) {
        if cseq.method == Method::Invite && cseq.number == self.cseq {
            self.step(Event::Redirected(target), now, outbox);
        }
    }

    fn handle_timeout(&mut self, now: Instant, outbox: &mut Outbox) {
        while let Some(timer) = self.timers.pop_expired(now) {
            match timer {
                Timer::Expires => self.step(Event::GiveUp(EndKind::NoAnswer), now, outbox),
                Timer::Cancel => self.step(Event::CancelTimeout, now, outbox),
                Timer::Accepted => self.step(Event::AcceptedTimeout, now, outbox),
                Timer::Provisional | Timer::Question | Timer::Retransmit | Timer::Ack => {}
            }
        }
        match self.forks.handle_timeout(now, outbox) {
            Some((tag, cause)) => self.step(Event::Left { tag, cause }, now, outbox),
            None => self.settle(),
        }
    }

    /// The one place where an event meets a state.
    // tidy: fn-length: the state × event table of the drawing above
    fn step(&mut self, event: Event, now: Instant, outbox: &mut Outbox) {
        let state = mem::replace(&mut self.state, State::Terminated);
        self.state = match (state, event) {
            (State::Calling | State::Proceeding, Event::Provisional(response)) => self.progress(&response, outbox),
            (State::Calling | State::Proceeding, Event::Success(response)) => self.establish(&response, now, outbox),
            (State::Calling | State::Proceeding, Event::Refused(response)) => self.refused(response, outbox),
            (State::Calling | State::Proceeding, Event::Challenged) => self.try_again(outbox),
            (State::Calling | State::Proceeding, Event::Redirected(target)) => self.try_elsewhere(&target, outbox),
            (State::Calling, Event::GiveUp(kind)) => State::Abandoned(kind),
            // without a flow nothing can be cancelled before the INVITE is heard of again
            (State::Proceeding, Event::GiveUp(kind)) if self.is_interrupted => State::Abandoned(kind),
            (State::Proceeding, Event::GiveUp(kind)) | (State::Abandoned(kind), Event::Provisional(_)) => {
                self.cancel(kind, now, outbox)
            }
            (State::Abandoned(kind) | State::Cancelling(kind), Event::Success(response)) => {
                self.refuse_success(kind, response, now, outbox)
            }
            (State::Abandoned(kind) | State::Cancelling(kind), Event::Refused(response)) => {
                self.fail(EndCause::given_up(kind, response), outbox)
            }
            (State::Abandoned(kind) | State::Cancelling(kind), Event::Challenged | Event::Redirected(_)) => {
                self.fail(EndCause::new(EndedBy::Local, kind), outbox)
            }
            (
                State::Calling | State::Abandoned(_) | State::Proceeding | State::Cancelling(_),
                Event::Failed(failure),
            ) => self.fail(EndCause::failed(failure), outbox),
            // rfc3261#9.1: 64*T1 after CANCEL the INVITE counts as cancelled, with or without an answer
            (State::Cancelling(_), Event::CancelTimeout) => self.fail(EndCause::failed(Failure::Timeout), outbox),
            (State::Offered { winner }, Event::Answer(body)) => self.accept_offer(winner, body, outbox),
            (State::Offered { winner }, Event::GiveUp(_)) => {
                self.drop_offer(winner, EndCause::hung_up(), outbox)
            }
            (State::Offered { winner }, Event::AcceptedTimeout) => {
                let state = self.drop_offer(winner, EndCause::new(EndedBy::Local, EndKind::Timeout), outbox);
                self.forget(state)
            }
            (State::Offered { winner }, Event::Left { tag, cause }) if tag == winner => {
                self.drop_offer(winner, cause, outbox)
            }
            (State::Accepted { winner: Some(winner) }, Event::GiveUp(_)) => {
                self.end(winner, EndCause::hung_up(), outbox)
            }
            (State::Accepted { winner: Some(winner) }, Event::Left { tag, cause }) if tag == winner => {
                self.end(winner, cause, outbox)
            }
            (state @ (State::Offered { .. } | State::Accepted { .. }), Event::Success(response)) => {
                self.further_success(&response, state.winner().is_some(), now, outbox);
                state
            }
            (state @ State::Accepted { .. }, Event::AcceptedTimeout) => self.forget(state),
            (
                state @ (State::Calling | State::Abandoned(_) | State::Proceeding | State::Cancelling(_)),
                Event::Left { tag, cause },
            ) => {
                self.forks.leave_early(&tag, cause);
                state
            }
            // a second giving up; a timer or an answer that has no object here
            (
                state @ (State::Abandoned(_) | State::Cancelling(_)),
                Event::GiveUp(_) | Event::AcceptedTimeout | Event::Answer(_),
            )
            | (state @ State::Cancelling(_), Event::Provisional(_))
            | (
                state @ (State::Calling | State::Proceeding),
                Event::CancelTimeout | Event::AcceptedTimeout | Event::Answer(_),
            )
            | (state @ State::Abandoned(_), Event::CancelTimeout)
            // the INVITE was answered 2xx: what else comes for it is late or false; the loser of a fork left by itself
            | (
                state @ (State::Offered { .. } | State::Accepted { .. }),
                Event::Provisional(_)
                | Event::Refused(_)
                | Event::Challenged
                | Event::Redirected(_)
                | Event::Failed(_)
                | Event::CancelTimeout
                | Event::Left { .. },
            )
            | (state @ State::Accepted { .. }, Event::Answer(_))
            | (state @ State::Accepted { winner: None }, Event::GiveUp(_))
            // rfc3261#13.2.2/1: a final response after the final one
            | (
                state @ State::Terminated,
                Event::Provisional(_)
                | Event::Success(_)
                | Event::Refused(_)
                | Event::Challenged
                | Event::Redirected(_)
                | Event::Failed(_)
                | Event::GiveUp(_)
                | Event::CancelTimeout
                | Event::AcceptedTimeout
                | Event::Answer(_)
                | Event::Left { .. },
            ) => state,
        };
        self.settle();
    }

    /// Ends the machine when nothing is owed: no dialog in use and no 2xx expected.
    fn settle(&mut self) {
        let done = match self.state {
            State::Accepted { .. } => {
                self.forks.retire();
                self.timers.get(&Timer::Accepted).is_none() && self.forks.are_closed()
            }
            State::Terminated => true,
            State::Calling
            | State::Abandoned(_)
            | State::Proceeding
            | State::Cancelling(_)
            | State::Offered { .. } => false,
        };
        if done {
            self.state = State::Terminated;
            self.forks.clear();
            self.timers = FewTimers::new();
        }
    }

    /// Lets the dialog whose request has this CSeq and To tag act; the session ends only with its own dialog.
    fn in_dialog(
        &mut self,
        cseq: &CSeq,
        remote_tag: &str,
        outbox: &mut Outbox,
        act: impl FnOnce(&mut Usage, &mut Outbox) -> Option<EndCause>,
    ) {
        let Some(usage) = self.forks.waiting(cseq, remote_tag) else { return };
        let cause = act(usage, outbox);
        let tag = &usage.dialog().id().remote_tag;
        let is_winner = matches!(&self.state, State::Accepted { winner: Some(winner) } if winner == tag);
        if let Some(cause) = cause.filter(|_| is_winner) {
            outbox.end(cause);
        }
        self.settle();
    }
}

/// Answers a request of the peer that is in no dialog of the session.
pub(crate) fn refuse(request: &Request, outbox: &mut Outbox) {
    if !matches!(request.method(), Method::Ack | Method::Cancel) {
        // rfc3261#12.2.2/1: the tags match no dialog
        answer::respond(outbox, request, request.response(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST));
    }
}
