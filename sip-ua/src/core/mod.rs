//! The user agent core: RFC 3261 §8 put together from transactions, dialogs and registration, without I/O.
//!
//! A driver hands in connections, messages, the time and what the application wants; it takes out messages to
//! send and events. Everything that concerns the protocol is decided here, so that it can be tested in virtual time.

#[cfg(feature = "call")]
mod calls;
mod config;
mod credentials;
mod event;
mod exchange;
mod failover;
mod flows;
mod identity;
mod inspection;
mod interop;
mod notification;
mod ownership;
mod port;
mod recovery;
mod redirection;
#[cfg(feature = "registration")]
mod registration;
mod requests;
#[cfg(feature = "serde")]
mod snapshot;
mod usage;

#[cfg(feature = "call")]
pub use calls::{CallOptions, Relation, TakeoverPolicy};
pub use config::Config;
#[cfg(feature = "registration")]
pub use config::GruuUse;
pub use credentials::CredentialsKey;
pub use event::{CallKey, Event, ExchangeKey, MessageKey, RequestFailure};
pub use interop::{ContactRewriting, InteropProfile, TransportParam};
pub use notification::UnsolicitedNotify;
pub use port::{FlowInfo, Input, Output};
#[cfg(feature = "serde")]
pub use snapshot::{RestoreError, Snapshot};
pub use usage::Usage;

pub(crate) use identity::Identity;
pub(crate) use requests::{Owner, Pending};

#[cfg(feature = "call")]
use calls::Calls;
use credentials::Questions;
use exchange::Exchange;
use flows::{FIRST, Flows};
use recovery::Recovery;
use redirection::TargetSet;

use sip_auth::{Attempts, AuthClient, AuthError};
use sip_clock::{Instant, TimerTable, TokenSource};
use sip_message::{HeaderName, Message, Method, Request, Response, StatusCode, answer_to_malformed};
use sip_transaction::{ClientId, Failure, FlowId, Reliability, ServerId, TransactionLayer};
use std::collections::{BTreeMap, VecDeque};

/// A user agent without I/O, see the [module documentation](self).
///
/// Verbs ([`register`](Self::register), [`invite`](Self::invite) …) and [`handle`](Self::handle) take the time;
/// after each of them drain [`poll_output`](Self::poll_output) to `None` and wait until
/// [`next_timeout`](Self::next_timeout) at the latest.
#[derive(Debug)]
pub struct Core {
    config: Config,
    identity: Identity,
    tokens: TokenSource,
    auth: AuthClient,
    transactions: TransactionLayer,
    flows: Flows,
    recovery: Recovery,
    pending: BTreeMap<ClientId, Box<Pending>>,
    /// While a challenged request goes out again: what it has been through.
    spent: Option<Attempts>,
    auth_errors: BTreeMap<Owner, AuthError>,
    questions: Questions,
    targets: BTreeMap<Owner, TargetSet>,
    undeliverable: VecDeque<Pending>,
    timers: TimerTable<Owner>,
    exchanges: BTreeMap<ExchangeKey, Exchange>,
    messages: BTreeMap<MessageKey, ServerId>,
    #[cfg(feature = "call")]
    calls: Calls,
    outputs: VecDeque<Output>,
    /// Bytes that were no message and told nobody to answer.
    unreadable: u64,
    last_key: u64,
}

impl Core {
    /// A user agent that is not connected yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let mut tokens = TokenSource::new(config.seed);
        let identity = Identity::new(&config, &mut tokens);
        #[cfg(feature = "call")]
        let calls = Calls::new(&config);
        let auth = AuthClient::new(config.accounts.clone());
        Self {
            auth: if config.interop.names_algorithm { auth.with_named_algorithm() } else { auth },
            transactions: TransactionLayer::new(config.timers)
                .with_limits(config.limits)
                .with_sent_by(identity.hop("WS"))
                .refusing_misrouted_responses()
                .refusing_merged_requests(),
            identity,
            tokens,
            config,
            flows: Flows::default(),
            recovery: Recovery::default(),
            pending: BTreeMap::new(),
            spent: None,
            auth_errors: BTreeMap::new(),
            questions: Questions::default(),
            targets: BTreeMap::new(),
            undeliverable: VecDeque::new(),
            timers: TimerTable::new(),
            exchanges: BTreeMap::new(),
            messages: BTreeMap::new(),
            #[cfg(feature = "call")]
            calls,
            outputs: VecDeque::new(),
            unreadable: 0,
            last_key: 0,
        }
    }

    /// Takes what the world did.
    pub fn handle(&mut self, input: Input, now: Instant) {
        match input {
            Input::Connected(flow) => self.handle_connected(flow, now),
            Input::Disconnected(flow) => self.handle_disconnected(flow, now),
            Input::Message { flow, message } => self.handle_message(flow, message, now),
            Input::Malformed { flow, bytes } => self.handle_malformed(flow, &bytes),
            Input::Idle(flow) => self.keep_alive(flow, now),
            Input::Timeout => self.handle_timeout(now),
        }
        self.drive(now);
    }

    /// The next thing to do, `None` when everything has been said.
    pub fn poll_output(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        if output.is_none() && self.transactions.is_empty() {
            // A process may have ten thousand user agents that are idle: they keep no room.
            self.outputs = VecDeque::new();
            if self.pending.is_empty() {
                self.pending = BTreeMap::new();
            }
            #[cfg(feature = "call")]
            self.calls.give_room_back();
        }
        output
    }

    /// When [`Input::Timeout`] is due.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        let machines = [self.transactions.next_timeout(), self.timers.next()];
        let waits = [self.recovery.next_timeout(), self.questions.next_timeout()];
        machines.into_iter().chain(waits).flatten().min()
    }

    /// Whether a connection is up.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.flows.is_up()
    }

    fn handle_message(&mut self, flow: FlowId, message: Message, now: Instant) {
        // A message from a connection we were told is gone: nobody could be answered.
        let Some(reliability) = self.flows.info(flow).map(|flow| flow.reliability) else { return };
        // rfc3261#18.1.1/9, rfc7118#5.3/4: responses on this connection too, whatever their Via says of where they went
        self.transactions.handle_message(message, flow, reliability, now);
    }

    /// A broken request gets 400 when it still says whom to answer (RFC 3261 §21.4.1).
    fn handle_malformed(&mut self, flow: FlowId, bytes: &[u8]) {
        if self.flows.info(flow).is_none() {
            return;
        }
        if let Some(mut response) = answer_to_malformed(bytes) {
            self.complete(&mut response);
            self.transactions.transmit(response.into(), flow);
        } else {
            self.unreadable += 1;
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.transactions.handle_timeout(now);
        while let Some(owner) = self.timers.pop_expired(now) {
            match owner {
                #[cfg(feature = "registration")]
                Owner::Registration(reg_id) => self.time_out_registration(reg_id, now),
                #[cfg(feature = "call")]
                Owner::Call(call) => self.time_out_call(call, now),
                #[cfg(feature = "call")]
                Owner::Answer(call) => {
                    // An error means that the call has been answered meanwhile.
                    let _ = self.reject(call, StatusCode::TEMPORARILY_UNAVAILABLE, now);
                }
                // An exchange has no timer of its own: its transaction has (timer F).
                Owner::Exchange(_) => {}
            }
        }
        self.time_out_credentials(now);
        self.time_out_recovery(now);
    }

    /// Moves outputs between the machines until none has anything left to say.
    fn drive(&mut self, now: Instant) {
        loop {
            if let Some(output) = self.transactions.poll_output() {
                self.handle_transaction_output(output, now);
            } else if let Some(pending) = self.undeliverable.pop_front() {
                self.fail(&pending, Failure::Transport, now);
            } else if !self.drive_owners(now) {
                break;
            }
        }
    }

    /// Takes one output of a registration or call; `false` when there is none.
    fn drive_owners(&mut self, now: Instant) -> bool {
        #[cfg(feature = "registration")]
        if self.drive_registration(now) {
            return true;
        }
        #[cfg(feature = "call")]
        if self.drive_calls(now) {
            return true;
        }
        false
    }

    fn handle_transaction_output(&mut self, output: sip_transaction::Output, now: Instant) {
        use sip_transaction::Output as Transaction;
        match output {
            Transaction::Transmit { flow, message } => self.transmit(flow, message),
            Transaction::Request { id, request, flow } => self.handle_request(id, request, flow, now),
            Transaction::Response { id, response, flow: _ } => self.handle_response(id, response, now),
            Transaction::ClientFailed { id, failure } => {
                if let Some(pending) = self.pending.remove(&id) {
                    self.fail(&pending, failure, now);
                }
            }
            Transaction::ClientTerminated { id } => {
                self.pending.remove(&id);
                #[cfg(feature = "call")]
                self.calls.forget_invite(id);
            }
            #[cfg(feature = "call")]
            Transaction::Cancel { id, request, flow: _, invite } => {
                self.handle_cancel(id, &request, invite, now)
            }
            #[cfg(feature = "call")]
            Transaction::Ack { request, flow: _ } => self.handle_ack(request, now),
            // rfc6026#8.9/2: what matches no transaction is dropped
            Transaction::Stray { .. } => {}
            Transaction::ServerFailed { id, failure } => self.handle_server_failed(id, failure, now),
            #[cfg(feature = "call")]
            Transaction::ServerTerminated { id } => {
                self.calls.forget_server(id);
            }
            #[cfg(not(feature = "call"))]
            Transaction::Cancel { id, request, flow: _, invite: _ } => {
                let response = request.response(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
                self.reply(id, response, now);
            }
            #[cfg(not(feature = "call"))]
            Transaction::Ack { .. } | Transaction::ServerTerminated { .. } => {}
        }
    }

    /// RFC 3261 §8.2: a request that no transaction knows.
    fn handle_request(&mut self, id: ServerId, request: Request, flow: FlowId, now: Instant) {
        // rfc3261#8.2/1-2: what is refused here has changed nothing, what is accepted goes to its user
        let takes_sips = self.config.interop.sips_ok || self.flows.info(flow).is_none_or(FlowInfo::is_secure);
        let in_dialog = match inspection::inspect(&request, &self.identity, takes_sips) {
            Ok(in_dialog) => in_dialog,
            Err(response) => return self.reply(id, response, now),
        };
        if in_dialog {
            return self.handle_in_dialog(id, request, now);
        }
        match request.method() {
            Method::Options => self.answer_options(id, &request, now),
            Method::Notify => self.receive_notification(id, request, now),
            #[cfg(feature = "message")]
            Method::Message => self.receive_message(id, request),
            #[cfg(feature = "call")]
            Method::Invite => self.receive_invite(id, request, flow, now),
            // BYE, and ACK or CANCEL that found nothing: there is no such dialog, rfc3261#15.1.2/1.
            _ => self.reply(id, request.response(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST), now),
        }
    }

    /// A server transaction cannot reach its client (RFC 3261 §17.2.4); an unanswered one still needs its answer to end.
    fn handle_server_failed(&mut self, id: ServerId, failure: Failure, now: Instant) {
        self.messages.retain(|_, server| *server != id);
        if let Some(request) = self.transactions.request_of(id) {
            let response = request.response(StatusCode::SERVICE_UNAVAILABLE);
            self.reply(id, response, now);
        }
        #[cfg(feature = "call")]
        self.fail_call_of(id, failure, now);
    }

    #[cfg(not(feature = "call"))]
    fn handle_in_dialog(&mut self, id: ServerId, request: Request, now: Instant) {
        self.reply(id, request.response(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST), now);
    }

    /// Answers a request, with a To tag and our name.
    fn reply(&mut self, id: ServerId, mut response: Response, now: Instant) {
        self.complete(&mut response);
        let Some(response) = self.hold_response(id, response) else { return };
        // The transaction may have ended (its connection is gone): then there is nobody left to answer.
        let _ = self.transactions.respond(id, response, now);
    }

    /// What every response but 100 has: a To tag (RFC 3261 §8.2.6.2) and our name.
    // rfc3261#8.2.6.2/6-8: one that the request has stays
    fn complete(&mut self, response: &mut Response) {
        if response.status() == StatusCode::TRYING {
            return;
        }
        let is_untagged = matches!(response.headers().tag(&HeaderName::To), Ok(Some(tag)) if tag.is_empty());
        if is_untagged {
            // It has just been read.
            let _ = response.headers_mut().set_tag(&HeaderName::To, &self.tokens.tag());
        }
        inspection::sign(response, &self.config.product);
    }

    /// The connection, or what one over WebSocket would look like.
    fn flow_or_default(&self, reg_id: Option<u32>) -> FlowInfo {
        let default = || FlowInfo::new(FlowId::new(0), "WS", Reliability::Reliable);
        reg_id.and_then(|reg_id| self.flows.up(reg_id)).cloned().unwrap_or_else(default)
    }

    /// Without registrations there is neither GRUU nor outbound.
    #[cfg(not(feature = "registration"))]
    fn dialog_contact(&self, flow: &FlowInfo) -> sip_message::NameAddr {
        self.identity.contact(flow)
    }

    #[cfg(not(feature = "registration"))]
    const fn is_outbound(&self) -> bool {
        false
    }

    fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn next_key(&mut self) -> u64 {
        self.last_key += 1;
        self.last_key
    }
}
