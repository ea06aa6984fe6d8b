//! The callee whose flow is lost: RFC 3261 §13.3.1.1, §13.3.1.4, §18.2.2; AC-7, AC-8.

use super::InviteServer;
use super::state::{Incoming, State};
use crate::outbox::Outbox;
use crate::timer::Timer;
use crate::{EndCause, Failure, Output, SessionEvent};
use sip_clock::Instant;
use sip_message::{CSeq, Contact, HeaderName, Headers, NameAddr, Request, Response, StatusCode};
use std::mem;

impl InviteServer {
    /// Nothing is sent until there is another flow.
    pub(super) fn interrupt(&mut self, outbox: &mut Outbox) {
        if mem::replace(&mut self.is_interrupted, true) {
            return;
        }
        self.usage.interrupt();
        outbox.event(SessionEvent::Interrupted);
    }

    /// There is another flow: what the caller may have missed goes out on it again.
    pub(super) fn restore(&mut self, contact: &NameAddr, now: Instant, outbox: &mut Outbox) {
        if !mem::take(&mut self.is_interrupted) {
            return;
        }
        let stands = matches!(self.state, State::Established);
        self.usage.restore(contact, stands, now, outbox);
        let contact = self.usage.dialog().local_contact().cloned();
        let state = mem::replace(&mut self.state, State::Terminated);
        self.state = match state {
            State::Incoming(incoming) => self.ring_on(incoming, contact, now, outbox),
            State::WaitingForAck { mut success, hang_up, .. } => {
                update(&mut success, contact);
                outbox.push(Output::Retransmit(Response::clone(&success)));
                // rfc3261#13.3.1.4: the time for the ACK begins anew, since none could come
                self.timers.set(Timer::Retransmit, now + self.settings().t1);
                self.timers.set(Timer::Ack, now + self.settings().patience());
                self.recovers_after_ack = true;
                State::WaitingForAck { success, interval: self.settings().t1, hang_up }
            }
            State::Established | State::Leaving | State::Terminated => state,
        };
        if matches!(self.state, State::Incoming(_)) {
            self.ask_after_peer(now, outbox);
        }
        self.settle();
    }

    /// Whether a timer of the callee has to wait for a flow.
    pub(super) const fn is_barred(&self, timer: Timer) -> bool {
        self.is_interrupted && !matches!(timer, Timer::Expires)
    }

    /// The 2xx for a repetition of the INVITE that comes after its transaction has ended: a caller who lost its flow
    /// knows no better. `None` when the ACK is there or `invite` is another request.
    pub(crate) fn success_again(&self, invite: &Request) -> Option<Response> {
        match &self.state {
            State::WaitingForAck { success, .. } if is_same_request(success.headers(), invite.headers()) => {
                let mut again = Response::clone(success);
                // it goes the way that the repetition came
                again.headers_mut().remove(&HeaderName::Via);
                again.headers_mut().copy_from(invite.headers(), &HeaderName::Via);
                Some(again)
            }
            State::WaitingForAck { .. }
            | State::Incoming(_)
            | State::Established
            | State::Leaving
            | State::Terminated => None,
        }
    }

    /// The patience is over.
    pub(super) fn give_up(&mut self, outbox: &mut Outbox) {
        if outbox.has_ended() && !self.is_interrupted {
            return;
        }
        self.usage.give_up_farewell(outbox);
        let cause = EndCause::failed(Failure::Transport);
        let state = mem::replace(&mut self.state, State::Terminated);
        self.state = match state {
            State::Incoming(incoming) => {
                self.refuse(&incoming, StatusCode::TEMPORARILY_UNAVAILABLE, cause, outbox)
            }
            State::Established if !self.is_interrupted => self.leave(cause, outbox),
            // rfc3261#15/3-4: no BYE before the ACK or the end of its time, which comes first
            State::WaitingForAck { .. } if !self.is_interrupted => state,
            State::WaitingForAck { .. } | State::Established | State::Leaving | State::Terminated => {
                self.usage.change_mut().abandon(outbox);
                outbox.end(cause);
                State::Terminated
            }
        };
        self.settle();
    }

    /// The last provisional response again, and the answer that the user gave meanwhile.
    fn ring_on(
        &mut self,
        incoming: Box<Incoming>,
        contact: Option<NameAddr>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> State {
        outbox.event(SessionEvent::Resumed);
        if self.usage.change_mut().resume_progress(contact.as_ref(), outbox) {
            // rfc3261#13.3.1.1
            self.timers.set(Timer::Provisional, now + self.settings().provisional_refresh);
        }
        self.go_on(incoming, now, outbox)
    }

    /// Asks whether the peer still has the dialog. A caller that rings may end later without a word: its INVITE, repeated on
    /// another flow, fails there, and the transaction that a CANCEL would name is gone. So one whose callee was away is asked
    /// as often as it is told that the phone rings.
    pub(super) fn ask_after_peer(&mut self, now: Instant, outbox: &mut Outbox) {
        if self.is_interrupted {
            return;
        }
        if self.is_known() {
            self.usage.ask_after_peer(outbox);
        }
        if matches!(self.state, State::Incoming(_)) {
            self.timers.set(Timer::Question, now + self.settings().provisional_refresh);
        }
    }

    /// Whether 481 in the dialog means that the caller has no call any more: only of a dialog that it knows. A reliable
    /// response asks by itself until its PRACK comes, and a 2xx until its ACK.
    fn is_known(&self) -> bool {
        match &self.state {
            State::Incoming(_) => self.usage.change().is_heard(),
            State::Established => true,
            State::WaitingForAck { .. } | State::Leaving | State::Terminated => false,
        }
    }
}

/// Whether both are about one request: the same Call-ID, From tag and CSeq (RFC 3261 §8.2.2.2).
fn is_same_request(one: &Headers, other: &Headers) -> bool {
    let tag = |headers: &Headers| {
        let from = headers.address(&HeaderName::From).ok()??;
        from.tag().map(str::to_owned)
    };
    let number = |headers: &Headers| headers.typed::<CSeq>().ok()?.map(|cseq| cseq.number);
    one.call_id() == other.call_id() && number(one) == number(other) && tag(one) == tag(other)
}

/// Names where this end is reached now.
fn update(response: &mut Response, contact: Option<NameAddr>) {
    if let Some(contact) = contact {
        response.headers_mut().set(&Contact::Addr(contact));
    }
}
