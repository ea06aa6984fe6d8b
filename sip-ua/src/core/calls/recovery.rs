//! Calls whose connection is lost: their transactions are given up, their sessions wait for the next one. AC-6 to AC-9.

use super::outputs::CREDENTIALS;
use super::{CallRecord, Calls};
#[cfg(feature = "serde")]
use crate::core::FIRST;
use crate::core::{CallKey, Core, Event, Owner, Pending};
use sip_clock::Instant;
#[cfg(all(feature = "serde", any(feature = "browser", feature = "tokio")))]
use sip_dialog::Dialog;
use sip_dialog::InviteSession;
use sip_dialog::{Input as SessionInput, InviteError, SessionEvent, SessionState};
use sip_message::{Body, CSeq, HeaderName, Method, Request, Response};
use sip_transaction::ClientId;

/// An INVITE that has no final response and may get it on another connection.
#[derive(Debug)]
pub(in crate::core) struct LostInvite {
    call: CallKey,
    pending: Box<Pending>,
    /// As sent, with its Via.
    sent: Request,
}

impl Calls {
    /// The sessions of all calls.
    #[cfg(feature = "serde")]
    pub(in crate::core) fn sessions(&self) -> impl Iterator<Item = (CallKey, &InviteSession)> {
        self.records.keys().into_iter().filter_map(|key| Some((key, self.peek(key)?)))
    }

    /// Every call of a flow, with the INVITEs that were given up.
    pub(in crate::core) fn interrupt(&mut self, reg_id: u32, lost: Vec<LostInvite>) -> Vec<CallKey> {
        for invite in lost {
            if let Some(record) = self.records.get_mut(invite.call) {
                record.lost_invite = Some(Box::new(invite));
            }
        }
        let mut calls = self.records.keys();
        calls.retain(|call| self.home(*call) == Some(reg_id));
        calls
    }
}

impl CallRecord {
    /// Whether it needs the flow no more on which it began: its dialog is confirmed, and what it has to say is a request
    /// of its own. Before that, answers and CANCEL belong to the server that has its INVITE.
    fn is_movable(&self) -> bool {
        matches!(self.session.state(), SessionState::Established | SessionState::Ended)
    }
}

impl Core {
    /// Chooses the offer with which an interrupted call goes on; due after [`SessionEvent::Recovering`].
    ///
    /// # Errors
    ///
    /// When the call is not established or does not wait for it.
    pub fn recover(&mut self, call: CallKey, offer: Option<Body>, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| session.recover(offer))
    }

    /// The calls that are not over, with their dialogs: what another process left.
    #[cfg(all(feature = "serde", any(feature = "browser", feature = "tokio")))]
    pub(crate) fn restored_calls(&self) -> Vec<(CallKey, Dialog)> {
        let going_on = self.calls.sessions().filter(|(_, session)| !session.has_ended());
        going_on.filter_map(|(call, session)| Some((call, session.dialogs().next()?.clone()))).collect()
    }

    /// Goes on with a call of another process.
    #[cfg(feature = "serde")]
    pub(in crate::core) fn continue_call(&mut self, call: CallKey, session: InviteSession, now: Instant) {
        self.calls.insert_moved(call, session, FIRST);
        self.recovery.begin(call, now + self.config.patience);
        self.drive(now);
    }

    /// Gives up the transactions of the calls of a flow, of whose end nobody is told; returns the INVITEs among them.
    pub(in crate::core) fn abandon_requests_of_calls(&mut self, reg_id: u32) -> Vec<LostInvite> {
        let is_lost =
            |one: &Pending| one.is_of_call() && self.home(one.owner).is_none_or(|home| home == reg_id);
        let ids: Vec<ClientId> =
            self.pending.iter().filter(|(_, one)| is_lost(one)).map(|(id, _)| *id).collect();
        let mut invites = Vec::new();
        for id in ids {
            let Some(pending) = self.pending.remove(&id) else { continue };
            let sent = self.transactions.sent_request(id).cloned();
            self.transactions.abandon(id);
            self.calls.forget_invite(id);
            if let (Some(sent), Owner::Call(call)) = (sent, pending.owner)
                && pending.cseq.method == Method::Invite
            {
                invites.push(LostInvite { call, pending, sent });
            }
        }
        invites
    }

    /// A flow has a connection, and its registration had its answer: its calls go on, and those that wait for a flow and
    /// need not wait for that one.
    pub(in crate::core) fn restore_calls(&mut self, reg_id: u32, now: Instant) {
        #[cfg(feature = "registration")]
        self.flows.entry(reg_id).note_calls_go_on();
        let contact = self.dialog_contact(&self.flow_or_default(Some(reg_id)));
        let mut calls = Vec::new();
        for call in self.calls.records.keys() {
            let Some(record) = self.calls.records.get_mut(call) else { continue };
            let is_free = || record.is_movable() && self.flows.up(record.home).is_none();
            if record.session.is_interrupted() && (record.home == reg_id || is_free()) {
                record.home = reg_id;
                calls.push(call);
            }
        }
        for call in calls {
            if self.calls.peek(call).is_some_and(|session| session.state() == SessionState::WaitingForAck) {
                self.calls.unacknowledged.insert(call);
            }
            self.input(call, SessionInput::FlowRestored { contact: contact.clone() }, now);
        }
    }

    /// The flow is registered after its calls went on without that: what their peers sent meanwhile, a BYE maybe, is lost.
    #[cfg(feature = "registration")]
    pub(in crate::core) fn ask_after_peers(&mut self, reg_id: u32, now: Instant) {
        for call in self.calls.records.keys() {
            if self.calls.home(call) == Some(reg_id) {
                self.input(call, SessionInput::Reachable, now);
            }
        }
    }

    /// The answer to an INVITE that repeats one whose transaction ended while the connection was lost: both ends come
    /// back, and the 2xx still waits for its ACK.
    pub(in crate::core) fn success_again(&self, invite: &Request) -> Option<Response> {
        let waiting = self.calls.unacknowledged.iter().filter_map(|call| self.calls.peek(*call));
        waiting.filter_map(|session| session.success_again(invite)).next()
    }

    /// The patience is over.
    pub(in crate::core) fn give_up_call(&mut self, call: CallKey, now: Instant) {
        self.input(call, SessionInput::GivenUp, now);
    }

    /// Whether a call waits for another connection.
    pub(in crate::core) fn is_call_interrupted(&self, call: CallKey) -> bool {
        self.calls.peek(call).is_some_and(InviteSession::is_interrupted)
    }

    /// Sends the INVITE again whose answer was lost with its connection.
    pub(super) fn repeat_invite(&mut self, call: CallKey, cseq: &CSeq, now: Instant) {
        if self.resumes_with_credentials(call, now) {
            return;
        }
        let lost = self.calls.records.get_mut(call).and_then(|record| record.lost_invite.take());
        let flow = self.calls.home(call).and_then(|home| self.flows.up(home));
        let (Some(invite), Some(flow)) = (lost.filter(|lost| lost.pending.cseq == *cseq), flow) else {
            // Of the dialogs of a fork only that of the call sends INVITEs, so that no tag is needed.
            return self.fail_call(call, cseq, String::new(), sip_transaction::Failure::Transport, now);
        };
        let id = self.transactions.repeat(invite.sent, flow.id, flow.reliability, now);
        self.pending.insert(id, invite.pending);
        self.note_invite(call, cseq.clone(), id);
    }

    /// RFC 3263 §4.3: sends the INVITE that had no response to another server, where the call is at home from now on.
    pub(in crate::core) fn move_invite(
        &mut self,
        call: CallKey,
        pending: &Pending,
        reg_id: u32,
        now: Instant,
    ) -> bool {
        let Some(record) = self.calls.records.get_mut(call) else { return false };
        // who has hung up meanwhile wants it nowhere
        if record.session.state() != SessionState::Calling {
            return false;
        }
        (record.home, record.is_moved) = (reg_id, true);
        let mut invite = pending.request.clone();
        for name in CREDENTIALS.iter().chain([&HeaderName::Via]) {
            invite.headers_mut().remove(name);
        }
        self.route_over(Some(reg_id), &mut invite);
        if let Some((cseq, id)) = self.send(Owner::Call(call), invite, now) {
            self.note_invite(call, cseq, id);
        }
        true
    }

    /// An INVITE of a call that has moved, which the session sends again, goes the way of its flow, too.
    pub(super) fn route_moved_invite(&self, call: CallKey, request: &mut Request) {
        let moved = self.calls.records.get(call).filter(|record| record.is_moved);
        let begins = *request.method() == Method::Invite
            && matches!(request.headers().tag(&HeaderName::To), Ok(Some(tag)) if tag.is_empty());
        if let Some(record) = moved.filter(|_| begins) {
            self.route_over(Some(record.home), request);
        }
    }

    /// What an event of a session means for the patience with it.
    pub(super) fn note_recovery(&mut self, call: CallKey, event: &SessionEvent) {
        if matches!(event, SessionEvent::Resumed) {
            self.recovery.forget(call);
        }
    }

    /// Tells once that nothing more is owed to the peer of a call that has ended.
    pub(super) fn tell_closed(&mut self, call: CallKey) {
        let Some(record) = self.calls.records.get_mut(call) else { return };
        if record.session.has_ended() && !record.session.is_leaving() && !record.closed {
            record.closed = true;
            let undelivered = record.session.undelivered();
            self.recovery.forget(call);
            self.emit(Event::CallClosed { call, undelivered });
        }
    }
}
