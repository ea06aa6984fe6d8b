//! Calls: INVITE sessions (RFC 3261 §13 to §15) tied to the transactions that carry their messages.

use super::inspection::{allowed_methods, supported_options};
use super::{CallKey, Core, Event, Output, Owner, inspection};
use sip_clock::Instant;
use sip_dialog::{
    DialogError, DialogId, Dtmf, EndCause, EndKind, EndedBy, Input as SessionInput, InviteError,
    InviteSession, Output as SessionOutput, SessionEvent, SessionSettings,
};
use sip_message::{
    Accept, Body, CSeq, Contact, HeaderName, Headers, Message, Method, Request, Response, StatusCode, To,
};
use sip_transaction::{ClientId, Failure, ServerId};
use sip_uri::Uri;
use std::collections::{BTreeMap, BTreeSet};

/// Every call that is not over, and how messages find it.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    records: BTreeMap<CallKey, CallRecord>,
    /// By Call-ID and our tag: what all dialogs of one session share.
    by_dialog: BTreeMap<(String, String), CallKey>,
    by_server: BTreeMap<ServerId, CallKey>,
    /// Calls whose session may have something to say.
    touched: BTreeSet<CallKey>,
}

/// A session and its open transactions.
#[derive(Debug)]
struct CallRecord {
    session: InviteSession,
    dialog: (String, String),
    /// Our INVITEs: CANCEL and the credentials of ACK refer to them.
    invites: Vec<(CSeq, ClientId)>,
    servers: Vec<(CSeq, ServerId)>,
    /// The ACKs of the latest INVITE as sent, by its number and the To tag of the fork.
    acks: Vec<((u32, String), Request)>,
}

impl Calls {
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn contains(&self, key: CallKey) -> bool {
        self.records.contains_key(&key)
    }

    /// Whether a request of a call waits for its answer, or a 2xx for its ACK.
    pub(crate) fn is_busy(&self) -> bool {
        self.records.values().any(|record| record.session.is_busy())
    }

    /// Forgets a server transaction that has ended; returns whose it was.
    pub(crate) fn forget_server(&mut self, id: ServerId) -> Option<(CallKey, CSeq)> {
        let call = self.by_server.remove(&id)?;
        let servers = &mut self.records.get_mut(&call)?.servers;
        let index = servers.iter().position(|(_, known)| *known == id)?;
        let (cseq, _) = servers.swap_remove(index);
        Some((call, cseq))
    }

    fn insert(&mut self, key: CallKey, session: InviteSession) {
        let dialog = (session.call_id().to_owned(), session.local_tag().to_owned());
        self.by_dialog.insert(dialog.clone(), key);
        self.records.insert(
            key,
            CallRecord { session, dialog, invites: Vec::new(), servers: Vec::new(), acks: Vec::new() },
        );
        self.touched.insert(key);
    }

    /// Forgets a call; returns the INVITEs of ours.
    fn remove(&mut self, key: CallKey) -> Vec<(CSeq, ClientId)> {
        let Some(record) = self.records.remove(&key) else { return Vec::new() };
        self.by_dialog.remove(&record.dialog);
        for (_, id) in &record.servers {
            self.by_server.remove(id);
        }
        record.invites
    }

    /// Notes an INVITE of ours and forgets those whose transaction `is_over`.
    fn add_invite(&mut self, key: CallKey, cseq: CSeq, id: ClientId, is_over: impl Fn(ClientId) -> bool) {
        if let Some(record) = self.records.get_mut(&key) {
            record.invites.retain(|(_, known)| !is_over(*known));
            record.invites.push((cseq, id));
        }
    }

    fn add_server(&mut self, key: CallKey, request: &Request, id: ServerId) {
        if let Some(record) = self.records.get_mut(&key)
            && let Ok(cseq) = request.headers().required::<CSeq>()
        {
            record.servers.push((cseq, id));
            self.by_server.insert(id, key);
        }
    }

    fn invite(&self, key: CallKey, cseq: &CSeq) -> Option<ClientId> {
        find(&self.records.get(&key)?.invites, cseq)
    }

    fn server(&self, key: CallKey, cseq: &CSeq) -> Option<ServerId> {
        find(&self.records.get(&key)?.servers, cseq)
    }

    /// The session of a call, which is drained afterwards.
    fn session(&mut self, key: CallKey) -> Option<&mut InviteSession> {
        let record = self.records.get_mut(&key)?;
        self.touched.insert(key);
        Some(&mut record.session)
    }
}

impl Core {
    /// Calls `target` (RFC 3261 §13.2.1); `offer` goes into the INVITE.
    ///
    /// # Errors
    ///
    /// When no INVITE can be made for `target`.
    pub fn invite(&mut self, target: &Uri, offer: &Body, now: Instant) -> Result<CallKey, DialogError> {
        let contact = self.identity.contact(&self.flow_or_default());
        let mut invite = self
            .new_request(Method::Invite, target)
            .with(&Contact::Addr(contact))
            .with(&Accept::new("application", "sdp"));
        announce(invite.headers_mut());
        invite.set_body(&offer.content_type, offer.bytes.clone());
        let session = InviteSession::client(invite, self.session_settings(), now)?;
        let key = CallKey(self.next_key());
        self.calls.insert(key, session);
        self.drive(now);
        Ok(key)
    }

    /// Tells the caller that the user is being alerted (180, RFC 3261 §13.3.1.1).
    ///
    /// # Errors
    ///
    /// When the call is over, answered or not an incoming one.
    pub fn ring(&mut self, call: CallKey, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| session.provisional(StatusCode::RINGING, None, now))
    }

    /// Accepts an incoming call (RFC 3261 §13.3.1.4); `body` is the answer, or the offer when the INVITE had none.
    ///
    /// # Errors
    ///
    /// When the call is over, answered or not an incoming one.
    pub fn accept(&mut self, call: CallKey, body: Option<Body>, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| session.accept(body, now))
    }

    /// Refuses an incoming call with a final status of 300 to 699 (RFC 3261 §13.3.1.3).
    ///
    /// # Errors
    ///
    /// When the call is over, answered or not an incoming one, or for a status below 300.
    pub fn reject(&mut self, call: CallKey, status: StatusCode, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| session.reject(status, now))
    }

    /// Ends a call in whatever state it is: CANCEL, BYE or a refusal (RFC 3261 §9.1, §15). One that is over stays so.
    pub fn hang_up(&mut self, call: CallKey, now: Instant) {
        if let Some(session) = self.calls.session(call) {
            session.hang_up(now);
        }
        self.drive(now);
    }

    /// Offers `body` in a call that stands (RFC 3261 §14.1); events tell the outcome.
    ///
    /// # Errors
    ///
    /// When the call is not established or an offer is open.
    pub fn offer(&mut self, call: CallKey, body: Body, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| session.offer(body))
    }

    /// Answers the peer's offer of [`SessionEvent::Reoffered`], or makes the one it asked for (RFC 3261 §14.2).
    ///
    /// # Errors
    ///
    /// When no offer waits: the peer may have cancelled it.
    pub fn answer(&mut self, call: CallKey, body: Body, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| session.answer(body, now))
    }

    /// Refuses the peer's offer of [`SessionEvent::Reoffered`]; the call goes on as it was (RFC 3261 §14.2).
    ///
    /// # Errors
    ///
    /// When no offer waits, or for a status below 300.
    pub fn decline(&mut self, call: CallKey, status: StatusCode, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| session.decline(status, now))
    }

    /// Sends a key press in INFO.
    ///
    /// # Errors
    ///
    /// When the call is not established.
    pub fn dtmf(&mut self, call: CallKey, key: Dtmf, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| session.dtmf(key))
    }

    /// Begins or ends our hold of a call; [`SessionEvent::Hold`] tells when it is agreed.
    ///
    /// # Errors
    ///
    /// When the call is not established.
    pub fn set_hold(&mut self, call: CallKey, hold: bool, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| if hold { session.hold() } else { session.resume() })
    }

    pub(super) fn receive_invite(&mut self, id: ServerId, invite: &Request, now: Instant) {
        let tag = self.tokens.tag();
        let contact = self.identity.contact(&self.flow_or_default());
        match InviteSession::server(invite, tag, contact, self.session_settings(), now) {
            Ok(session) => {
                let key = CallKey(self.next_key());
                self.calls.insert(key, session);
                self.calls.add_server(key, invite, id);
                self.timers.set(Owner::Answer(key), now + self.config.answer_within);
                self.emit(Event::IncomingCall { call: key, invite: invite.clone() });
            }
            Err(refusal) => self.reply(id, refusal, now),
        }
    }

    /// RFC 3261 §12.2.2: a request with a To tag belongs to a dialog of ours or gets 481.
    pub(super) fn handle_in_dialog(&mut self, id: ServerId, request: Request, now: Instant) {
        match self.call_of_request(&request) {
            Some(call) => {
                self.calls.add_server(call, &request, id);
                self.input(call, SessionInput::Request(request), now);
            }
            None => self.reply(id, request.response(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST), now),
        }
    }

    /// RFC 3261 §9.2: the CANCEL is answered here, what it means for the call is decided by the session.
    pub(super) fn handle_cancel(
        &mut self,
        id: ServerId,
        cancel: &Request,
        invite: Option<ServerId>,
        now: Instant,
    ) {
        let call = invite.and_then(|invite| self.calls.by_server.get(&invite).copied());
        let status =
            if invite.is_some() { StatusCode::OK } else { StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST };
        let mut response = cancel.response(status);
        if let Some(record) = call.and_then(|call| self.calls.records.get(&call)) {
            // rfc3261#9.2: the same To tag as in the responses to the INVITE.
            tag_to(&mut response, &record.dialog.1);
        }
        self.reply(id, response, now);
        if let Some(call) = call {
            self.input(call, SessionInput::Request(cancel.clone()), now);
        }
    }

    pub(super) fn handle_ack(&mut self, ack: Request, now: Instant) {
        // rfc3261#17: an ACK is never answered, so one without a dialog is dropped.
        if let Some(call) = self.call_of_request(&ack) {
            self.input(call, SessionInput::Request(ack), now);
        }
    }

    /// A response that came after the final one: a 2xx again, or of another fork (RFC 3261 §13.2.2.4).
    pub(super) fn handle_stray(&mut self, response: Response, now: Instant) {
        // rfc3261#17.1.3: what matches no transaction is dropped, but for the 2xx that outlive theirs.
        if !response.status().is_success() {
            return;
        }
        let Ok(id) = DialogId::of_response(&response) else { return };
        if let Some(call) = self.calls.by_dialog.get(&(id.call_id, id.local_tag)).copied() {
            self.input(call, SessionInput::Response(response), now);
        }
    }

    /// Tells a call that its answer did not reach the peer.
    pub(super) fn fail_call_of(&mut self, id: ServerId, failure: Failure, now: Instant) {
        if let Some((call, cseq)) = self.calls.forget_server(id) {
            self.fail_call(call, &cseq, failure, now);
        }
    }

    /// Without a connection no call can be ended politely: each is told that its transport is lost.
    pub(super) fn lose_calls(&mut self) {
        let calls: Vec<CallKey> = self.calls.records.keys().copied().collect();
        for call in calls {
            let is_told = self.calls.records.get(&call).is_none_or(|record| record.session.has_ended());
            if !is_told {
                let cause = EndCause::new(EndedBy::Network, EndKind::TransportLost);
                self.emit(Event::Call { call, event: SessionEvent::Ended(cause) });
            }
            self.forget_call(call);
        }
    }

    pub(super) fn deliver_to_call(&mut self, call: CallKey, response: Response, now: Instant) {
        self.input(call, SessionInput::Response(response), now);
    }

    pub(super) fn retry_call(&mut self, call: CallKey, cseq: &CSeq, now: Instant) {
        self.input(call, SessionInput::Challenged { cseq: cseq.clone() }, now);
    }

    pub(super) fn fail_call(&mut self, call: CallKey, cseq: &CSeq, failure: Failure, now: Instant) {
        let failure = match failure {
            Failure::Timeout => sip_dialog::Failure::Timeout,
            Failure::Transport => sip_dialog::Failure::Transport,
        };
        self.input(call, SessionInput::Failed { cseq: cseq.clone(), failure }, now);
    }

    pub(super) fn time_out_call(&mut self, call: CallKey, now: Instant) {
        self.input(call, SessionInput::Timeout, now);
    }

    /// Takes one output of one call; `false` when no call has any.
    pub(super) fn drive_calls(&mut self, now: Instant) -> bool {
        let Some(call) = self.calls.touched.first().copied() else { return false };
        let Some(record) = self.calls.records.get_mut(&call) else {
            self.calls.touched.remove(&call);
            return true;
        };
        match record.session.poll_output() {
            Some(output) => self.handle_session_output(call, output, now),
            None => self.settle_call(call),
        }
        true
    }

    fn input(&mut self, call: CallKey, input: SessionInput, now: Instant) {
        if let Some(session) = self.calls.session(call) {
            session.handle(input, now);
        }
    }

    /// Does what the application wants of a call.
    fn command(
        &mut self,
        call: CallKey,
        now: Instant,
        act: impl FnOnce(&mut InviteSession) -> Result<(), InviteError>,
    ) -> Result<(), InviteError> {
        let outcome = self.calls.session(call).map_or(Err(InviteError::Ended), act);
        self.drive(now);
        outcome
    }

    /// A drained session: arm its timer, or forget it when it is over.
    fn settle_call(&mut self, call: CallKey) {
        self.calls.touched.remove(&call);
        let Some(record) = self.calls.records.get(&call) else { return };
        match record.session.next_timeout() {
            Some(at) => self.timers.set(Owner::Call(call), at),
            None => {
                self.timers.stop(&Owner::Call(call));
            }
        }
        if record.session.is_terminated() {
            self.forget_call(call);
        }
    }

    fn forget_call(&mut self, call: CallKey) {
        for (_, invite) in self.calls.remove(call) {
            // One that still rings was answered past its transaction, whose branch was damaged on the way.
            self.transactions.abandon(invite);
            self.pending.remove(&invite);
        }
        self.timers.stop(&Owner::Call(call));
        self.timers.stop(&Owner::Answer(call));
        self.attempts.remove(&Owner::Call(call));
        self.auth_errors.remove(&Owner::Call(call));
    }

    fn handle_session_output(&mut self, call: CallKey, output: SessionOutput, now: Instant) {
        match output {
            SessionOutput::Request(request) => {
                if let Some((cseq, id)) = self.send(Owner::Call(call), request, now)
                    && cseq.method == Method::Invite
                {
                    let transactions = &self.transactions;
                    self.calls.add_invite(call, cseq, id, |known| transactions.sent_request(known).is_none());
                }
            }
            SessionOutput::Ack(ack) => self.send_ack(call, ack),
            SessionOutput::Cancel { cseq } => {
                // The final response may have arrived meanwhile; the session handles it when it does.
                if let Some(id) = self.calls.invite(call, &cseq) {
                    let _ = self.transactions.cancel(id, &[], now);
                }
            }
            SessionOutput::Response { cseq, mut response } => {
                if let Some(id) = self.calls.server(call, &cseq) {
                    complete_response(&mut response);
                    self.reply(id, response, now);
                }
            }
            SessionOutput::Retransmit(mut response) => {
                if let Some(flow) = &self.flow {
                    let flow = flow.id;
                    complete_response(&mut response);
                    inspection::sign(&mut response, &self.config.product);
                    self.outputs.push_back(Output::Transmit { flow, message: Message::Response(response) });
                }
            }
            SessionOutput::Event(event) => {
                if !matches!(event, SessionEvent::Progress { .. }) {
                    self.timers.stop(&Owner::Answer(call));
                }
                self.emit(Event::Call { call, event });
            }
        }
    }

    /// The ACK of a 2xx is outside of any transaction; for the same 2xx again the same ACK goes out again.
    fn send_ack(&mut self, call: CallKey, ack: Request) {
        let Some(flow) = self.flow.clone() else { return };
        let (Ok(CSeq { number, .. }), Ok(To(to))) = (ack.headers().required(), ack.headers().required())
        else {
            return;
        };
        let name = (number, to.tag().unwrap_or_default().to_owned());
        let Some(record) = self.calls.records.get(&call) else { return };
        if let Some((_, sent)) = record.acks.iter().find(|(known, _)| *known == name) {
            return self.transactions.transmit(sent.clone().into(), flow.id);
        }
        let ack = self.with_credentials_of_invite(call, number, ack);
        let via = self.identity.via(&flow);
        let sent = self.transactions.stateless(ack, flow.id, via, &mut self.tokens);
        if let Some(record) = self.calls.records.get_mut(&call) {
            record.acks.retain(|((known, _), _)| *known == number);
            record.acks.push((name, sent));
        }
    }

    /// Copies what the INVITE with the same number was authorized with into its ACK.
    fn with_credentials_of_invite(&self, call: CallKey, number: u32, mut ack: Request) -> Request {
        // rfc3261#22.1: the ACK carries the credentials of the INVITE, for it cannot be challenged.
        let cseq = CSeq { number, method: Method::Invite };
        let invite = self.calls.invite(call, &cseq).and_then(|id| self.transactions.sent_request(id));
        if let Some(invite) = invite {
            for name in [HeaderName::Authorization, HeaderName::ProxyAuthorization] {
                ack.headers_mut().copy_from(invite.headers(), &name);
            }
        }
        ack
    }

    fn call_of_request(&self, request: &Request) -> Option<CallKey> {
        let id = DialogId::of_request(request).ok()?;
        self.calls.by_dialog.get(&(id.call_id, id.local_tag)).copied()
    }

    fn session_settings(&self) -> SessionSettings {
        let mut settings = SessionSettings::with_timers(self.config.timers.t1, self.config.timers.t2);
        settings.early_media = self.config.early_media;
        settings.reliable = self.config.reliable;
        settings
    }
}

fn find<T: Copy>(transactions: &[(CSeq, T)], cseq: &CSeq) -> Option<T> {
    transactions.iter().rev().find(|(known, _)| known == cseq).map(|(_, id)| *id)
}

fn tag_to(response: &mut Response, tag: &str) {
    if let Ok(To(to)) = response.headers().required::<To>() {
        response.headers_mut().set(&To(to.with_tag(tag)));
    }
}

/// `Allow` and `Supported` belong into every INVITE and its 2xx (RFC 3261 §13.2.1, §13.3.1.4).
fn announce(headers: &mut Headers) {
    headers.set_list(&allowed_methods());
    headers.set_list(&supported_options());
}

fn complete_response(response: &mut Response) {
    let is_invite = matches!(response.headers().required::<CSeq>(), Ok(CSeq { method: Method::Invite, .. }));
    if is_invite && response.status().is_success() {
        announce(response.headers_mut());
    }
}
