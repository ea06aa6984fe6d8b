//! What the caller's INVITE does on its way from state to state: RFC 3261 §9.1, §13.2.2.4, §22.2.

use super::InviteClient;
use super::state::State;
use crate::dialog_id;
use crate::end_cause::COMPLETED_ELSEWHERE;
use crate::modification::session_timer::lengthen;
use crate::outbox::Outbox;
use crate::secure_contact;
use crate::timer::Timer;
use crate::{EndCause, EndKind, EndedBy, Meaning, Output, SessionEvent};
use sip_clock::Instant;
use sip_message::{Body, CSeq, KeptRequest, Method, Reason, Response, StatusCode};
use sip_uri::Uri;
use smol_str::SmolStr;

impl InviteClient {
    // rfc3261#8.1.3.2/3-4: all but 100 are progress as 183 is, known or not
    /// A provisional response, in a dialog of its own for each fork (AC-15).
    pub(super) fn progress(&mut self, response: &Response, outbox: &mut Outbox) -> State {
        if response.status() != StatusCode::TRYING
            && let Some(invite) = &self.invite
            && let Some(event) = self.forks.progress(invite, response, outbox)
        {
            outbox.event(event);
        }
        State::Proceeding
    }

    /// The first 2xx wins (AC-15); the other early dialogs are over (RFC 3261 §13.2.2.4).
    pub(super) fn establish(&mut self, response: &Response, now: Instant, outbox: &mut Outbox) -> State {
        let Some(winner) = self.accept_first(response) else {
            return self.fail(EndCause::new(EndedBy::Remote, EndKind::Malformed), outbox);
        };
        self.expect_more(now);
        let (meaning, body) = self.forks.agree(&winner, response, now, outbox);
        if let Some(cause) = self.forks.take_left(&winner) {
            return self.drop_offer(winner, cause, outbox);
        }
        match (meaning, body) {
            // rfc3261#13.2.1/9: no offer in the INVITE, so the one of the 2xx is answered in the ACK
            (Ok(Meaning::Offer), Some(body)) => {
                outbox.event(SessionEvent::Offered { body });
                State::Offered { winner }
            }
            (_, body) => {
                self.forks.acknowledge(&winner, self.cseq, None, outbox);
                outbox.event(SessionEvent::Established { body });
                self.forks.tell(&winner, outbox);
                State::Accepted { winner: Some(winner) }
            }
        }
    }

    /// A 2xx although the caller gave up: ACK, then BYE (RFC 3261 §9.1, §15; AC-25).
    pub(super) fn refuse_success(
        &mut self,
        kind: EndKind,
        response: Response,
        now: Instant,
        outbox: &mut Outbox,
    ) -> State {
        let Some(tag) = self.accept_first(&response) else {
            return self.fail(EndCause::new(EndedBy::Remote, EndKind::Malformed), outbox);
        };
        self.expect_more(now);
        let reasons = outbox.reasons().to_vec();
        self.dismiss(&tag, &response, &reasons, now, outbox);
        outbox.end(EndCause::given_up(kind, response));
        State::Accepted { winner: None }
    }

    /// A 2xx after the first: its ACK again, verbatim; from another fork ACK, then BYE (AC-15, AC-26), which says so if
    /// the call `is_won`.
    pub(super) fn further_success(
        &mut self,
        response: &Response,
        is_won: bool,
        now: Instant,
        outbox: &mut Outbox,
    ) {
        let tag = dialog_id::remote_tag(response).unwrap_or_default();
        if self.forks.acknowledge_again(&tag, outbox) {
            return;
        }
        if let Some(invite) = &self.accepted
            && let Ok(tag) = self.forks.accept(&invite.request(), response)
        {
            self.expect_more(now);
            let reasons = if is_won { vec![answered_elsewhere()] } else { outbox.reasons().to_vec() };
            self.dismiss(&tag, response, &reasons, now, outbox);
        }
    }

    /// A 2xx that makes no session: ACK, then BYE with these reasons.
    fn dismiss(
        &mut self,
        tag: &str,
        response: &Response,
        reasons: &[Reason],
        now: Instant,
        outbox: &mut Outbox,
    ) {
        let _agreed = self.forks.agree(tag, response, now, outbox);
        self.forks.dismiss(tag, self.cseq, reasons, outbox);
    }

    /// Further 2xx are expected for 64·T1, and nothing else.
    pub(super) fn expect_more(&mut self, now: Instant) {
        if let Some(invite) = self.invite.take() {
            self.accepted = Some(Box::new(KeptRequest::of(&invite)));
        }
        self.timers.stop(&Timer::Expires);
        self.timers.stop(&Timer::Cancel);
        // rfc3261#13.2.2.4
        self.timers.set(Timer::Accepted, now + self.forks.patience());
    }

    pub(super) fn accept_offer(&mut self, winner: SmolStr, body: Body, outbox: &mut Outbox) -> State {
        self.forks.acknowledge(&winner, self.cseq, Some(body), outbox);
        outbox.event(SessionEvent::Established { body: None });
        self.forks.tell(&winner, outbox);
        State::Accepted { winner: Some(winner) }
    }

    /// The session ends before its ACK: ACK all the same, then BYE unless the peer sent one.
    pub(super) fn drop_offer(&mut self, winner: SmolStr, cause: EndCause, outbox: &mut Outbox) -> State {
        let reasons = outbox.reasons_for(&cause);
        self.forks.dismiss(&winner, self.cseq, &reasons, outbox);
        outbox.end(cause);
        State::Accepted { winner: Some(winner) }
    }

    pub(super) fn end(&mut self, winner: SmolStr, cause: EndCause, outbox: &mut Outbox) -> State {
        self.forks.leave(&winner, &cause, outbox);
        outbox.end(cause);
        State::Accepted { winner: Some(winner) }
    }

    /// A final response that is no 2xx: what it demands is done once, if it can be.
    pub(super) fn refused(&mut self, response: Response, outbox: &mut Outbox) -> State {
        // rfc4028#7.3
        if !self.is_lengthened && self.invite.as_mut().is_some_and(|invite| lengthen(invite, &response)) {
            self.is_lengthened = true;
            return self.try_again(outbox);
        }
        self.fail(EndCause::refused(response), outbox)
    }

    /// The same INVITE with the next CSeq (RFC 3261 §22.2); what forks said about the last one is void.
    pub(super) fn try_again(&mut self, outbox: &mut Outbox) -> State {
        self.cseq = self.cseq.saturating_add(1);
        self.forks.clear();
        if let Some(invite) = &mut self.invite {
            invite.headers_mut().set(&CSeq { number: self.cseq, method: Method::Invite });
            outbox.push(Output::Request(invite.clone()));
        }
        State::Calling
    }

    /// The same INVITE to another target (RFC 3261 §8.1.3.4).
    pub(super) fn try_elsewhere(&mut self, target: &Uri, outbox: &mut Outbox) -> State {
        self.invite = self.invite.take().map(|mut invite| {
            invite.set_uri(target);
            secure_contact::secured(invite)
        });
        self.try_again(outbox)
    }

    pub(super) fn cancel(&mut self, kind: EndKind, now: Instant, outbox: &mut Outbox) -> State {
        // rfc3261#9.1: not before a provisional response
        let reasons = outbox.reasons().to_vec();
        outbox.push(Output::Cancel { cseq: CSeq { number: self.cseq, method: Method::Invite }, reasons });
        self.timers.stop(&Timer::Expires);
        self.timers.set(Timer::Cancel, now + self.forks.patience());
        State::Cancelling(kind)
    }

    pub(super) fn fail(&mut self, cause: EndCause, outbox: &mut Outbox) -> State {
        outbox.end(cause);
        State::Terminated
    }

    /// 64·T1 after the last new 2xx: ACKs, dead dialogs and the INVITE go.
    pub(super) fn forget(&mut self, state: State) -> State {
        self.forks.forget();
        self.accepted = None;
        state
    }

    /// The remote tag of the dialog that the first 2xx makes or confirms.
    fn accept_first(&mut self, response: &Response) -> Option<SmolStr> {
        self.forks.accept_first(self.invite.as_ref()?, response).ok()
    }
}

/// What a callee is told who accepts a call that another one has already (RFC 3326 §3.1).
fn answered_elsewhere() -> Reason {
    Reason::new("SIP", 200, COMPLETED_ELSEWHERE)
}
