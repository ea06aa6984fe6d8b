//! A session between the loss of its flow and the proof that it goes on: one re-INVITE on the new flow that refreshes
//! the target and repeats the offer. RFC 3261 §12.2.1.2, §13.2.2.4, §13.3.1.4, §14.1; AC-6 to AC-9.

use super::incoming::Incoming;
use super::outgoing::{UnderWay, Wanted};
use super::{ChangeTimer, Modification};
use crate::outbox::Outbox;
use crate::{Dialog, Direction, Hold, OfferAnswer, Output, SessionEvent, Side};
use sip_clock::Instant;
use sip_message::{Body, KeptRequest, Method, Response, StatusClass, StatusCode};
use std::mem;
use std::sync::Arc;

/// How far the way back is.
// In this order in memory, for each message looks at the first: see `Usage`.
#[derive(Debug, Default)]
#[repr(C)]
pub(super) struct Recovery {
    /// There is no flow: nothing begins.
    is_interrupted: bool,
    /// A re-INVITE has to show that the session goes on.
    is_due: bool,
    /// The application is asked what that re-INVITE shall offer.
    is_asked: bool,
    /// A 2xx to the peer's re-INVITE was out when the flow was lost.
    repeats_success: bool,
    /// The re-INVITE of the peer that came on this flow: its ACK shows that the peer has the session.
    shown_by: Option<u32>,
    /// A re-INVITE of this end whose outcome got lost with the flow.
    unseen: Option<u32>,
    /// The request that goes on from before the flow was lost: whatever its answer, that may be from then too.
    repeated: Option<u32>,
    /// Until when the last ACK may have to be repeated.
    ack_until: Instant,
    attempts: u32,
    /// The ACK of the first INVITE, for which the peer may wait as long as it answers no re-INVITE.
    first_ack: Option<Arc<KeptRequest>>,
    /// Whether it may have got lost with its flow.
    is_ack_doubtful: bool,
    /// Whether the first re-INVITE went out on this flow.
    has_begun: bool,
    /// Whether the next one waits since the peer could not be reached.
    is_put_off: bool,
    /// What was agreed before the 2xx whose ACK is awaited.
    before: Option<Box<Agreement>>,
}

/// What two ends have agreed on, as this one sees it.
#[derive(Debug)]
pub(super) struct Agreement {
    pub(super) exchange: OfferAnswer,
    hold: Hold,
    stated: bool,
    agreed: Hold,
    /// The directions that the application wanted.
    wish: Vec<Direction>,
}

impl Agreement {
    /// Whether this end held.
    pub(super) const fn is_held(&self) -> bool {
        self.agreed.local
    }

    /// The directions that the application wanted.
    pub(super) fn wish(&self) -> &[Direction] {
        &self.wish
    }
}

impl Modification {
    /// The flow is lost. Returns the number of the request under way, which is given up: what it wanted is wanted again.
    /// One that asks for an offer goes on: when that is accepted unseen, nothing but its 2xx tells what to answer.
    pub(crate) fn interrupt(&mut self) -> Option<u32> {
        self.recovery.is_interrupted = true;
        self.recovery.is_asked = false;
        self.recovery.shown_by = None;
        self.recovery.repeats_success |= matches!(self.incoming, Some(Incoming::Accepted { .. }));
        self.recovery.repeated = self.under_way.as_ref().map(|change| change.number);
        let change = self.under_way.take_if(|change| !matches!(change.wanted, Wanted::Ask))?;
        let has_agreed = change.has_agreed();
        let UnderWay { number, method, wanted, former_wish, .. } = *change;
        if !has_agreed && (method == Method::Invite || wanted.offers_in_update()) {
            self.exchange.rollback();
            self.wish = former_wish;
        }
        match wanted {
            Wanted::Offer(_) | Wanted::Update(_) | Wanted::Ask | Wanted::Hold | Wanted::Recovery(Some(_)) => {
                self.wanted.get_or_insert(wanted);
            }
            // the re-INVITE on the next flow does for all of them
            Wanted::Refresh | Wanted::Move | Wanted::Synchronize | Wanted::Undo | Wanted::Recovery(None) => {}
        }
        Some(number)
    }

    /// Whether the re-INVITE with this number asks for an offer and has no final response.
    pub(crate) fn has_asked(&self, number: u32) -> bool {
        let asks = |change: &UnderWay| change.number == number && matches!(change.wanted, Wanted::Ask);
        self.under_way.as_deref().is_some_and(asks)
    }

    /// The session comes from another process: there is no flow, and an ACK may have got lost.
    #[cfg(feature = "serde")]
    pub(super) const fn begin_interrupted(&mut self, acknowledge: Option<u32>) {
        self.recovery.is_interrupted = true;
        self.recovery.unseen = acknowledge;
    }

    /// The INVITE whose 2xx may wait for an ACK.
    #[cfg(feature = "serde")]
    pub(super) const fn unseen(&self) -> Option<u32> {
        self.recovery.unseen
    }

    /// The re-INVITE with this number was under way when the flow was lost: its 2xx may wait for an ACK.
    pub(crate) const fn note_unseen(&mut self, number: u32) {
        self.recovery.unseen = Some(number);
    }

    /// The ACK of a re-INVITE went out.
    pub(super) fn note_ack(&mut self, now: Instant) {
        self.recovery.ack_until = now + self.settings.patience();
    }

    /// The ACK of the first INVITE went out.
    pub(crate) fn note_first_ack(&mut self, ack: Arc<KeptRequest>) {
        self.recovery.first_ack = Some(ack);
    }

    /// The flow was lost while a first 2xx might still come again: its ACK may be lost too.
    pub(crate) const fn doubt_first_ack(&mut self) {
        self.recovery.is_ack_doubtful = true;
    }

    /// The ACK of the first INVITE, if it may have got lost with its flow.
    pub(crate) fn doubtful_ack(&self) -> Option<&KeptRequest> {
        self.recovery.first_ack.as_deref().filter(|_| self.recovery.is_ack_doubtful)
    }

    /// A 2xx to the peer's re-INVITE goes out.
    pub(super) fn note_unacknowledged(&mut self) {
        self.recovery.before = Some(Box::new(self.agreement()));
    }

    /// What is agreed now, whatever is offered.
    pub(super) fn agreement(&self) -> Agreement {
        let mut exchange = self.exchange.clone();
        exchange.rollback();
        let wish = self.wish.clone();
        Agreement { exchange, hold: self.hold, stated: self.stated, agreed: self.agreed, wish }
    }

    /// Holds are as in `before`, but for what the user wants now.
    pub(super) fn put_back(&mut self, before: &Agreement) {
        self.hold = Hold { local: self.hold.local, ..before.hold };
        (self.stated, self.agreed) = (before.stated, before.agreed);
        self.wish.clone_from(&before.wish);
    }

    /// The ACK came.
    pub(super) fn forget_unacknowledged(&mut self) {
        self.recovery.before = None;
    }

    /// The peer never acknowledged it, since it took the loss of the flow for a refusal: all is as it was before.
    pub(super) fn undo_unacknowledged(&mut self, outbox: &mut Outbox) {
        if let Some(before) = self.recovery.before.take() {
            self.put_back(&before);
            self.exchange = before.exchange;
            self.tell(outbox);
        }
    }

    /// There is a flow again: what got lost with the old one is repeated on it.
    pub(crate) fn restore(&mut self, now: Instant, outbox: &mut Outbox) {
        self.recovery.is_interrupted = false;
        self.timers.stop(&ChangeTimer::Glare);
        let is_repeated = mem::take(&mut self.recovery.repeats_success);
        if let Some(Incoming::Accepted { success, interval, .. }) = &mut self.incoming {
            if is_repeated {
                outbox.push(Output::Retransmit(Response::clone(success)));
            }
            // rfc3261#13.3.1.4: the time for the ACK begins anew, since none could come
            *interval = self.settings.t1;
            self.timers.set(ChangeTimer::Retransmit, now + self.settings.t1);
            self.timers.set(ChangeTimer::Ack, now + self.settings.patience());
        }
        if let Some(acked) = self.ack.as_ref().filter(|_| now < self.recovery.ack_until) {
            outbox.push_ack(Some(&acked.1));
        }
    }

    /// The session stands and has to be shown to go on.
    pub(crate) fn want_recovery(&mut self, outbox: &mut Outbox) {
        if self.exchange.current(Side::Local).is_none() {
            // nothing was agreed that could be repeated
            return outbox.event(SessionEvent::Resumed);
        }
        self.recovery.is_due = true;
        self.recovery.attempts = 0;
        self.recovery.has_begun = false;
        // a re-INVITE does for both
        self.wanted.take_if(|wanted| matches!(wanted, Wanted::Refresh));
        if self.settings.asks_for_recovery_offer {
            self.recovery.is_asked = true;
            outbox.event(SessionEvent::Recovering);
        } else if self.under_way.is_none() {
            self.wanted.get_or_insert(Wanted::Recovery(None));
        }
    }

    /// What the re-INVITE shall offer; what is in force when `None`. False when nobody asked.
    pub(crate) fn choose_recovery(&mut self, body: Option<Body>) -> bool {
        if !mem::take(&mut self.recovery.is_asked) {
            return false;
        }
        match body {
            Some(body) => self.wanted = Some(Wanted::Recovery(Some(Box::new(body)))),
            None => {
                self.wanted.get_or_insert(Wanted::Recovery(None));
            }
        }
        true
    }

    /// Whether no request may begin.
    pub(super) const fn is_barred(&self) -> bool {
        self.recovery.is_interrupted || self.recovery.is_asked
    }

    /// Whether there is no flow.
    pub(crate) const fn is_interrupted(&self) -> bool {
        self.recovery.is_interrupted
    }

    /// Whether the request with this number is the re-INVITE that has to show it.
    pub(crate) fn is_recovering_by(&self, number: u32) -> bool {
        let is_meant = |change: &UnderWay| change.number == number && self.is_proof(number, &change.method);
        self.recovery.is_due && self.under_way.as_deref().is_some_and(is_meant)
    }

    /// Whether an answer to the request with this number shows that the peer has the session now.
    pub(super) fn is_proof(&self, number: u32, method: &Method) -> bool {
        *method == Method::Invite && self.recovery.repeated != Some(number)
    }

    /// Whether a re-INVITE has to show that the session goes on.
    pub(super) const fn is_recovering(&self) -> bool {
        self.recovery.is_due
    }

    /// The peer may have accepted the re-INVITE whose outcome is not known, and then it waits for this ACK: without
    /// it the peer would refuse the next one (RFC 3261 §14.2) and hang up after 64·T1 (§13.3.1.4). Any other peer
    /// ignores an ACK.
    pub(crate) fn acknowledge_unseen(&mut self, dialog: &Dialog, outbox: &mut Outbox) {
        // the peer may have had no flow when the ACK came on the new one
        if self.recovery.is_due && mem::replace(&mut self.recovery.has_begun, true) {
            outbox.push_ack(self.recovery.first_ack.as_deref());
        }
        if let Some(number) = self.recovery.unseen.filter(|_| self.recovery.is_due) {
            self.acknowledge(number, dialog.ack(number), outbox);
        }
    }

    /// The peer has answered on the new flow: the session goes on.
    pub(super) fn recovered(&mut self, outbox: &mut Outbox) {
        if mem::take(&mut self.recovery.is_due) {
            self.recovery.unseen = None;
            self.recovery.first_ack = None;
            outbox.event(SessionEvent::Resumed);
        }
    }

    /// A request of this end with this method was accepted: a re-INVITE is the proof, an UPDATE is followed by one.
    pub(super) fn go_on(&mut self, number: u32, method: &Method, outbox: &mut Outbox) {
        if self.is_proof(number, method) {
            self.recovered(outbox);
        }
        self.want_proof();
    }

    /// Asks for the re-INVITE that is still to come, unless another one comes anyway.
    pub(super) fn want_proof(&mut self) {
        if self.recovery.is_due && !self.recovery.is_asked {
            self.wanted.get_or_insert(Wanted::Recovery(None));
        }
    }

    /// A re-INVITE of the peer is taken.
    pub(super) const fn note_sign(&mut self, number: u32) {
        if self.recovery.is_due && !self.recovery.is_interrupted {
            self.recovery.shown_by = Some(number);
        }
    }

    /// The ACK with this number came. The peer changed the session on the new flow, which shows as much as a re-INVITE of
    /// this end would, unless that change is from before: its 2xx is acknowledged by one that has hung up meanwhile, too.
    pub(crate) fn recovered_by_peer(&mut self, number: u32, outbox: &mut Outbox) {
        let is_shown = self.recovery.is_due && self.recovery.shown_by == Some(number);
        let is_asked = self.incoming.is_some() || self.re_invite.is_some();
        if !is_shown || self.is_barred() || self.under_way.is_some() || is_asked {
            return;
        }
        if matches!(self.wanted, Some(Wanted::Recovery(None))) {
            self.drop_wish();
        }
        if self.wanted.is_none() {
            self.recovered(outbox);
        }
    }

    /// The re-INVITE that should show it failed with `status`.
    pub(super) fn miss_recovery(
        &mut self,
        dialog: &Dialog,
        change: UnderWay,
        status: StatusCode,
        now: Instant,
        outbox: &mut Outbox,
    ) {
        let UnderWay { number, wanted, .. } = change;
        self.recovery.is_put_off = is_passing(status);
        let wait = match status {
            // the usage ends the session
            StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST | StatusCode::REQUEST_TIMEOUT => return,
            // AC-9
            StatusCode::REQUEST_PENDING => self.back_off(dialog, number),
            status if is_passing(status) => {
                self.recovery.attempts = self.recovery.attempts.saturating_add(1);
                let factor = 2_u32.saturating_pow(self.recovery.attempts.saturating_sub(1));
                self.settings.t1.saturating_mul(factor).min(self.settings.t2)
            }
            _ => {
                if !matches!(wanted, Wanted::Recovery(None)) {
                    self.give_up(status, outbox);
                }
                // AC-9: refused by a peer that has the session
                return self.recovered(outbox);
            }
        };
        self.wanted.get_or_insert(wanted);
        self.timers.set(ChangeTimer::Glare, now + wait);
    }

    /// The server has this end again, so that the peer may be reached: a re-INVITE that waits for that is due. False when
    /// none does.
    pub(crate) fn hasten_recovery(&mut self) -> bool {
        let waits = self.recovery.is_due && self.under_way.is_none();
        let is_meant = waits && self.recovery.is_put_off && self.timers.get(&ChangeTimer::Glare).is_some();
        if is_meant {
            self.timers.stop(&ChangeTimer::Glare);
        }
        is_meant
    }

    /// The dialog is over: nothing has to be shown any more.
    pub(super) fn close_recovery(&mut self) {
        self.recovery.is_due = false;
        self.recovery.is_asked = false;
        self.recovery.repeats_success = false;
        self.recovery.unseen = None;
        self.recovery.before = None;
    }
}

/// Whether a refusal says that the peer cannot be reached or asked just now: it may have lost its own connection.
fn is_passing(status: StatusCode) -> bool {
    status.class() == StatusClass::ServerFailure
        || matches!(status.code(), 404 | 430)
        || status == StatusCode::TEMPORARILY_UNAVAILABLE
}
