//! The proxy core: a registrar and a stateful proxy between flows, without I/O (RFC 3261 §10.3 and §16, RFC 7118).

mod alternative;
mod authentication;
mod cancels;
mod config;
mod fault;
mod flow;
mod forwarding;
mod gruu;
mod location;
mod loop_detection;
mod refusal;
mod registrar;
mod response_context;
mod route;
mod server;
mod target;
mod temporary_gruu;
mod validation;
mod via;

pub use config::{ProxyAuthentication, ProxyConfig, RegistrationLimits};
pub use fault::ProxyFault;
pub use flow::FlowProfile;

use authentication::Authentication;
use cancels::Cancels;
use fault::Faults;
use flow::Flows;
use location::{AddressOfRecord, Location};
use response_context::ResponseContext;
use sip_clock::{Instant, TimerTable, TokenSource};
use sip_message::{Message, NameAddr, Via};
use sip_transaction::{ClientId, FlowId, Output as TransactionOutput, ServerId, TransactionLayer};
use sip_uri::SipUri;
use std::collections::{BTreeMap, VecDeque};
use target::Target;
use temporary_gruu::Mint;

/// A registrar and proxy as a state machine: messages and time go in, messages come out.
///
/// `handle…` says what the network and the clock did; then [`poll_output`](Self::poll_output) is called until it
/// gives nothing; [`next_timeout`](Self::next_timeout) says when to call
/// [`handle_timeout`](Self::handle_timeout). A flow is a connection to a client or to another server; its owner
/// numbers it and says when it opens and closes. What is bound to a flow leaves on that flow or not at all.
///
/// ```
/// use sip_clock::Instant;
/// use sip_message::Message;
/// use sip_testbed::{FlowProfile, Output, Proxy, ProxyConfig};
/// use sip_transaction::FlowId;
///
/// let config = ProxyConfig::new("sip:127.0.0.1:5080;transport=ws".parse()?);
/// let mut proxy = Proxy::new(config, [7; 32]);
/// let flow = FlowId::new(1);
/// proxy.handle_flow_opened(flow, FlowProfile::ws());
///
/// let options = Message::parse(
///     b"OPTIONS sip:127.0.0.1:5080 SIP/2.0\r\n\
///       Via: SIP/2.0/WS a1.invalid;branch=z9hG4bK1\r\n\
///       From: <sip:alice@example.test>;tag=1\r\nTo: <sip:127.0.0.1>\r\n\
///       Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n"[..].into(),
/// )?;
/// proxy.handle_message(flow, options, Instant::ZERO);
/// let Some(Output::Transmit { message, .. }) = proxy.poll_output() else { panic!("no answer") };
/// assert_eq!(message.start_line(), "SIP/2.0 200 OK");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Proxy {
    config: ProxyConfig,
    flows: Flows,
    location: Location,
    gruus: Mint,
    authentication: Authentication,
    faults: Faults,
    transactions: TransactionLayer,
    contexts: BTreeMap<ServerId, ResponseContext>,
    /// The context to which a client transaction belongs.
    branches: BTreeMap<ClientId, ServerId>,
    cancels: Cancels,
    /// Where else the request of a client transaction could go.
    alternatives: BTreeMap<ClientId, Vec<Target>>,
    timers_c: TimerTable<ClientId>,
    tokens: TokenSource,
    outputs: VecDeque<Output>,
}

/// What must now happen.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "every output must be handled")]
#[must_use]
pub enum Output {
    /// Send `message` on `flow`.
    Transmit {
        /// The flow to send it on.
        flow: FlowId,
        /// What to send.
        message: Message,
    },
}

impl Proxy {
    /// A proxy without flows and bindings; `seed` should come from the operating system, or from a test.
    #[must_use]
    pub fn new(config: ProxyConfig, seed: [u8; 32]) -> Self {
        let mut tokens = TokenSource::new(seed);
        let secret = tokens.seed();
        Self {
            authentication: Authentication::new(&config, secret),
            gruus: Mint::new(secret),
            faults: Faults::default(),
            transactions: TransactionLayer::new(config.timers).with_sent_by(own_hop(&config, "WS")),
            config,
            flows: Flows::default(),
            location: Location::default(),
            contexts: BTreeMap::new(),
            branches: BTreeMap::new(),
            cancels: Cancels::default(),
            alternatives: BTreeMap::new(),
            timers_c: TimerTable::new(),
            tokens,
            outputs: VecDeque::new(),
        }
    }

    /// A connection is up. Messages of a flow that was not opened are dropped.
    pub fn handle_flow_opened(&mut self, flow: FlowId, profile: FlowProfile) {
        self.flows.open(flow, profile);
    }

    /// A connection is gone: with it go its bindings and what was to be sent on it. An INVITE that rings there waits for
    /// its client to come back, until timer C.
    // rfc5626#5.3: nothing else leads to its client, so nothing else is tried.
    pub fn handle_flow_closed(&mut self, flow: FlowId, now: Instant) {
        if self.faults.hides_end(flow) {
            return;
        }
        self.flows.close(flow);
        self.location.remove_flow(flow);
        self.transactions.handle_flow_interrupted(flow, now);
        self.drain(now);
    }

    /// A message has arrived on `flow`.
    pub fn handle_message(&mut self, flow: FlowId, message: Message, now: Instant) {
        let Some(profile) = self.flows.get(flow) else { return };
        let message = match (message, profile.peer()) {
            (Message::Request(mut request), Some(peer)) => {
                via::stamp(&mut request, peer);
                Message::Request(request)
            }
            (message, _) => message,
        };
        let reliability = profile.reliability();
        self.transactions.handle_message(message, flow, reliability, now);
        self.drain(now);
    }

    /// Something has arrived on `flow` that is no SIP message: 400 where it can be told whom to answer.
    pub fn handle_malformed(&mut self, flow: FlowId, bytes: &[u8]) {
        if !self.flows.is_open(flow) {
            return;
        }
        if let Some(mut response) = sip_message::answer_to_malformed(bytes) {
            server::add_to_tag(&mut response, &mut self.tokens);
            self.transmit(flow, response.into());
        }
    }

    /// Time has come to `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.location.remove_expired(now);
        self.transactions.handle_timeout(now);
        while let Some(client) = self.timers_c.pop_expired(now) {
            self.handle_timer_c(client, now);
        }
        self.drain(now);
    }

    /// The next thing to do, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        let deadlines = [self.transactions.next_timeout(), self.timers_c.next(), self.location.next_expiry()];
        deadlines.into_iter().flatten().min()
    }

    /// The contacts that are bound to the address-of-record `aor` at `now`, the oldest first, each with the flow that
    /// leads to it (RFC 3261 §10.3).
    #[must_use]
    pub fn bindings(&self, aor: &SipUri, now: Instant) -> Vec<(NameAddr, FlowId)> {
        let bindings = AddressOfRecord::of(aor).map(|aor| self.location.bindings(&aor, now));
        bindings.into_iter().flatten().map(|binding| (binding.contact.clone(), binding.flow)).collect()
    }

    /// Whether no transaction is left; bindings may be.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.transactions.is_empty()
            && self.contexts.is_empty()
            && self.branches.is_empty()
            && self.cancels.is_empty()
            && self.alternatives.is_empty()
            && self.timers_c.next().is_none()
    }

    /// What was to leave on a flow that is gone is dropped: there is no other way.
    fn transmit(&mut self, flow: FlowId, message: Message) {
        if self.flows.is_open(flow) {
            self.outputs.push_back(Output::Transmit { flow, message });
        }
    }

    /// Does what the transactions ask for, until they ask for nothing.
    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.transactions.poll_output() {
            match output {
                TransactionOutput::Transmit { flow, message } => self.transmit(flow, message),
                TransactionOutput::Request { id, request, flow } => {
                    self.handle_request(id, request, flow, now)
                }
                TransactionOutput::Cancel { id, request, invite, .. } => {
                    self.handle_cancel(id, &request, invite, now);
                }
                TransactionOutput::Ack { request, flow } => self.handle_ack(request, flow, now),
                TransactionOutput::Response { id, response, .. } => self.handle_response(id, response, now),
                // rfc6026#6/4, rfc6026#7.3/2, rfc6026#8.2/1: a response without a transaction is never forwarded.
                TransactionOutput::Stray { .. } => {}
                TransactionOutput::ClientFailed { id, failure } => self.handle_failure(id, failure, now),
                // rfc3261#16.9: a response that cannot be delivered is dropped, the branches go on.
                TransactionOutput::ServerFailed { .. } | TransactionOutput::ServerTerminated { .. } => {}
                TransactionOutput::ClientTerminated { id } => self.remove_branch(id, now),
            }
        }
    }
}

/// How a proxy of this `config` names itself in Via, without a branch.
fn own_hop(config: &ProxyConfig, transport: &str) -> Via {
    Via::new(transport, config.uri.host(), config.uri.port())
}
