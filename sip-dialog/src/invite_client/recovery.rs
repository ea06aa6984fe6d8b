//! The caller whose flow is lost: RFC 3261 §9.1, §13.2.2.4, §17.1.1.2; AC-7, AC-8.

use super::InviteClient;
use super::state::State;
use crate::outbox::Outbox;
use crate::timer::Timer;
use crate::{EndCause, Failure, Output, SessionEvent};
use sip_clock::Instant;
use sip_message::{CSeq, Method, NameAddr};
use std::mem;

impl InviteClient {
    /// Nothing is sent until there is another flow.
    pub(super) fn interrupt(&mut self, outbox: &mut Outbox) {
        if mem::replace(&mut self.is_interrupted, true) {
            return;
        }
        self.awaits_sign = false;
        if let State::Cancelling(kind) = self.state {
            // whether the CANCEL arrived is not known: another follows the INVITE
            self.timers.stop(&Timer::Cancel);
            self.state = State::Abandoned(kind);
        }
        self.forks.interrupt();
        outbox.event(SessionEvent::Interrupted);
    }

    /// There is another flow.
    pub(super) fn restore(&mut self, contact: &NameAddr, now: Instant, outbox: &mut Outbox) {
        if !mem::take(&mut self.is_interrupted) {
            return;
        }
        let stands = matches!(self.state, State::Accepted { .. });
        self.forks.restore(contact, stands, now, outbox);
        match self.state {
            State::Calling | State::Abandoned(_) | State::Proceeding | State::Cancelling(_) => {
                self.awaits_sign = true;
                outbox.push(Output::Repeat { cseq: CSeq { number: self.cseq, method: Method::Invite } });
            }
            State::Offered { .. } => outbox.event(SessionEvent::Resumed),
            State::Accepted { .. } | State::Terminated => {}
        }
        self.settle();
    }

    /// Requests of the peer find this end again; the answer to an INVITE has found it without that.
    pub(super) fn ask_after_peer(&mut self, outbox: &mut Outbox) {
        if !self.is_interrupted
            && let Ok(usage) = self.established()
        {
            usage.ask_after_peer(outbox);
        }
    }

    /// The repeated INVITE was heard of.
    pub(super) fn note_sign(&mut self, outbox: &mut Outbox) {
        if mem::take(&mut self.awaits_sign) {
            outbox.event(SessionEvent::Resumed);
        }
    }

    /// The patience is over.
    pub(super) fn give_up(&mut self, outbox: &mut Outbox) {
        if outbox.has_ended() && !self.is_interrupted {
            return;
        }
        self.forks.give_up_farewells(outbox);
        let cause = EndCause::failed(Failure::Transport);
        let state = mem::replace(&mut self.state, State::Terminated);
        self.state = match state {
            State::Offered { winner } if !self.is_interrupted => self.drop_offer(winner, cause, outbox),
            State::Accepted { winner: Some(winner) } if !self.is_interrupted => {
                self.end(winner, cause, outbox)
            }
            State::Calling
            | State::Abandoned(_)
            | State::Proceeding
            | State::Cancelling(_)
            | State::Offered { .. }
            | State::Accepted { .. }
            | State::Terminated => {
                self.forks.close(outbox);
                self.fail(cause, outbox)
            }
        };
        self.settle();
    }
}
