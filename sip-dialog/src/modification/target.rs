//! The new target of a peer whose re-INVITE or UPDATE waits for the user: RFC 6141 §4.6.

use super::incoming::Incoming;
use super::{ChangeTimer, Modification};
use crate::Dialog;
use sip_clock::Instant;
use sip_message::{Contact, Method, Request};

impl Modification {
    /// The request waits for the application. If the peer asks in it to be reached elsewhere, and waits longer than T1, it
    /// is told that this was understood.
    pub(super) fn expect_move(&mut self, dialog: &Dialog, request: &Request, now: Instant) {
        let is_refresh = *request.method() != Method::Prack;
        if is_refresh && self.is_update_served() && is_elsewhere(dialog, request) {
            self.timers.set(ChangeTimer::Move, now + self.settings.t1);
        }
    }

    /// The request has its answer, which says what becomes of the target.
    pub(super) fn forget_move(&mut self) {
        self.timers.stop(&ChangeTimer::Move);
        self.is_move_due = false;
    }

    /// Goes along with the peer if that is due: an UPDATE to the new target shows that it was understood. From then on the
    /// target is the new one, whatever becomes of the request that waits.
    pub(super) fn follow(&mut self, dialog: &mut Dialog) -> bool {
        match &self.incoming {
            Some(Incoming::Waiting(request)) if self.is_move_due => {
                self.is_move_due = false;
                // rfc6141#4.6: with a request to it this end takes the new target; it was readable
                dialog.handle_target_refresh(request.headers()).is_ok()
            }
            Some(Incoming::Waiting(_) | Incoming::Accepted { .. }) | None => false,
        }
    }
}

/// Whether `request` names another target than that of the dialog.
fn is_elsewhere(dialog: &Dialog, request: &Request) -> bool {
    let contact = request.headers().list::<Contact>().next();
    matches!(contact, Some(Ok(Contact::Addr(contact))) if contact.uri != *dialog.remote_target())
}
