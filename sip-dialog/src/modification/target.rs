//! The new target of a peer whose re-INVITE or UPDATE waits for the user: RFC 6141 §4.6.

use super::incoming::Incoming;
use super::{ChangeTimer, Modification};
use crate::Dialog;
use crate::outbox::Outbox;
use sip_clock::Instant;
use sip_message::{CSeq, Contact, Method, Request, StatusCode};
use std::mem;

impl Modification {
    /// The request waits for the application. If the peer asks in it to be reached elsewhere, and waits longer than T1, it
    /// is told that this was understood.
    pub(super) fn expect_move(&mut self, dialog: &Dialog, request: &Request, now: Instant) {
        let is_refresh = *request.method() != Method::Prack;
        let can_be_told = self.is_update_served() || self.may_be_reliable();
        if is_refresh && can_be_told && is_elsewhere(dialog, request) {
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
        if !mem::take(&mut self.is_move_due) {
            return false;
        }
        let request = match (&self.incoming, &self.re_invite) {
            (Some(Incoming::Waiting(request)), _) => request,
            (Some(Incoming::Accepted { .. }) | None, Some(re_invite)) => &re_invite.request,
            (Some(Incoming::Accepted { .. }) | None, None) => return false,
        };
        // rfc6141#4.6: with a request to it this end takes the new target; it was readable
        take(&mut self.targeted, dialog, request)
    }

    /// The peer has waited for T1: it is told that its new target is known.
    // rfc6141#4.6: by a reliable provisional response or, where none can be sent, by a request
    pub(super) fn move_on(&mut self, dialog: &mut Dialog, now: Instant, outbox: &mut Outbox) {
        let is_of_re_invite = self.incoming.is_none() && self.re_invite.is_some();
        if is_of_re_invite && self.begin_reliably(self.is_update_served()) {
            self.tell_progress(dialog, StatusCode::SESSION_PROGRESS, None, now, outbox);
        } else {
            self.is_move_due = self.is_update_served();
        }
    }

    /// Takes the target that an accepted `request` names, unless a later request has named one.
    pub(super) fn take_target(&mut self, dialog: &mut Dialog, request: &Request) -> bool {
        take(&mut self.targeted, dialog, request)
    }
}

// rfc6141#4.8: requests are in the order of their numbers
fn take(targeted: &mut u32, dialog: &mut Dialog, request: &Request) -> bool {
    let number = request.headers().required().map_or(0, |CSeq { number, .. }| number);
    if number < *targeted {
        return false;
    }
    *targeted = number;
    // rfc3261#12.2.2: an unreadable Contact leaves it
    dialog.handle_target_refresh(request.headers()).is_ok()
}

/// Whether `request` names another target than that of the dialog.
fn is_elsewhere(dialog: &Dialog, request: &Request) -> bool {
    let contact = request.headers().list::<Contact>().next();
    matches!(contact, Some(Ok(Contact::Addr(contact))) if contact.uri != *dialog.remote_target())
}
