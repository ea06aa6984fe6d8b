//! What the application wants changed in a dialog, and what it says to the changes of the peer: RFC 3261 §14, RFC 3311 §5,
//! RFC 6141 §3.

use super::Usage;
use crate::outbox::Outbox;
use crate::{EndCause, InviteError};
use sip_clock::Instant;
use sip_message::{Body, StatusCode};

impl Usage {
    /// Offers `body` in a re-INVITE.
    pub(crate) fn offer(&mut self, body: Body, outbox: &mut Outbox) -> Result<(), InviteError> {
        self.change.want_offer(body)?;
        self.pump(outbox);
        Ok(())
    }

    /// Asks for an offer of the peer in a re-INVITE.
    pub(crate) fn ask(&mut self, outbox: &mut Outbox) -> Result<(), InviteError> {
        self.change.want_to_be_offered()?;
        self.pump(outbox);
        Ok(())
    }

    /// Sends an UPDATE, with an offer or without.
    pub(crate) fn update(&mut self, body: Option<Body>, outbox: &mut Outbox) -> Result<(), InviteError> {
        if !self.is_open() {
            return Err(InviteError::Ended);
        }
        self.change.want_update(body)?;
        self.pump(outbox);
        Ok(())
    }

    /// Begins or ends hold by this end.
    pub(crate) fn set_hold(&mut self, hold: bool, outbox: &mut Outbox) {
        self.change.want_hold(hold);
        self.pump(outbox);
    }

    /// Answers the peer's offer.
    pub(crate) fn answer(
        &mut self,
        body: Body,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Result<(), InviteError> {
        match self.change.answer_early(body) {
            Ok((rack, body)) => {
                self.prack(&rack, Some(body), outbox);
                self.change.settle(outbox);
            }
            Err(body) => self.change.answer(&mut self.dialog, body, now, outbox)?,
        }
        self.go_on(now, outbox);
        Ok(())
    }

    /// Tells the peer something before the answer to its re-INVITE.
    pub(crate) fn ring(
        &mut self,
        status: StatusCode,
        body: Option<Body>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Result<(), InviteError> {
        self.change.ring(&mut self.dialog, status, body, now, outbox)
    }

    /// Accepts the re-INVITE of the peer.
    pub(crate) fn accept(
        &mut self,
        body: Option<Body>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Result<(), InviteError> {
        self.change.accept_re_invite(body)?;
        self.go_on(now, outbox);
        Ok(())
    }

    /// Refuses the peer's offer; `Some` when that ends the session.
    pub(crate) fn decline(
        &mut self,
        status: StatusCode,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Result<Option<EndCause>, InviteError> {
        let cause = self.change.decline(status, outbox)?;
        Ok(self.finish_change(cause, now, outbox))
    }
}
