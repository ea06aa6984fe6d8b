//! The end of a session's use of a dialog, and what is owed after it: RFC 3261 §15.1, §13.2.2.4, §13.3.1.4.

use super::{Phase, Usage};
use crate::outbox::Outbox;
use crate::{EndCause, Undelivered};
use sip_clock::Instant;
use sip_message::{CSeq, Method, Reason};

impl Usage {
    /// Sends BYE with what the session that ends by `cause` says, unless it has left the dialog already or may not leave it
    /// yet.
    pub(crate) fn leave(&mut self, cause: &EndCause, outbox: &mut Outbox) {
        let reasons = outbox.reasons_for(cause);
        self.leave_because(&reasons, outbox);
    }

    /// The same with these reasons.
    pub(crate) fn leave_because(&mut self, reasons: &[Reason], outbox: &mut Outbox) {
        match self.phase {
            // rfc3261#15/3-4
            Phase::Open if !self.may_leave => {}
            Phase::Open => {
                // rfc3261#15/2: BYE is made of the dialog; rfc3261#15.1.1/1: who leaves says with it that the session ended
                self.phase = Phase::Leaving;
                self.change.close(outbox);
                self.clear_dtmf();
                let mut bye = self.dialog.request(Method::Bye);
                // rfc3326#2
                bye.headers_mut().set_list(reasons);
                self.send(bye, outbox);
            }
            Phase::Leaving | Phase::Closed => {}
        }
    }

    /// What the answer to a BYE, or that there is none, shows of the peer: one that has left by itself knows of the end.
    pub(super) fn judge_farewell(&self, cseq: &CSeq, why: Option<Undelivered>, outbox: &mut Outbox) {
        let is_waited_for = cseq.method == Method::Bye && self.has_pending(cseq.number);
        if let Some(why) = why.filter(|_| is_waited_for && !self.peer_left) {
            outbox.fail_farewell(why);
        }
    }

    /// The BYE of this end is given up if it is out: a peer that has not left by itself may not know of the end.
    pub(crate) fn give_up_farewell(&self, outbox: &mut Outbox) {
        if self.is_leaving() && !self.peer_left {
            outbox.fail_farewell(Undelivered::Transport);
        }
    }

    /// Whether any request of this dialog waits for its final response, or the 2xx to a re-INVITE for its ACK.
    pub(crate) fn is_busy(&self) -> bool {
        !self.pending.is_empty() || self.change.awaits_ack()
    }

    /// Whether neither end has left the dialog.
    pub(crate) fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// Whether nothing more is to be sent or awaited in this dialog.
    pub(crate) fn is_closed(&self) -> bool {
        self.phase == Phase::Closed && self.pending.is_empty() && !self.change.awaits_ack()
    }

    /// Whether it is closed and no 2xx to a re-INVITE of this end may come again either.
    pub(crate) fn is_spent(&self) -> bool {
        self.is_closed() && !self.change.has_acknowledged()
    }

    /// The dialog is over; only INVITEs still want their final response, and a 2xx its ACK.
    pub(super) fn close(&mut self, now: Instant) {
        self.phase = Phase::Closed;
        self.clear_dtmf();
        // rfc3261#13.2.2.4: each 2xx gets its ACK
        self.pending.retain(|pending| *pending.request.method() == Method::Invite);
        if !self.pending.is_empty() {
            self.change.linger(now);
        }
    }
}
