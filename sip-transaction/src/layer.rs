//! The transaction layer: many transactions, one queue of outputs and one of timers (RFC 3261 §17).

mod admission;
mod flows;
mod incoming;
mod response_filter;
mod settle;

use crate::client_transaction::ClientTransaction;
use crate::key::Key;
use crate::matching::{tag_of_to, top_branch};
use crate::server_transaction::ServerTransaction;
use crate::table::Table;
use crate::{
    CancelError, ClientId, ClientInput, FlowId, Output, Refusals, Reliability, RespondError, ServerId,
    ServerLimits, TimerSettings,
};
use response_filter::ResponseFilter;
use sip_clock::{Instant, TimerTable, TokenSource};
use sip_message::{Message, Reason, Request, Response, Via};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// All transactions of one element.
///
/// Verbs (`request`, `cancel`, `respond`, `stateless`) say what the transaction user wants; `handle_…` takes what the
/// network or the clock did; `poll_output` and `next_timeout` say what must happen next. After every call, drain
/// `poll_output` to `None`. A transaction is forgotten in the call that ended it; nothing needs to be removed by hand.
///
/// ```
/// use bytes::Bytes;
/// use sip_clock::Instant;
/// use sip_message::{Message, StatusCode};
/// use sip_transaction::{FlowId, Output, Reliability, TimerSettings, TransactionLayer};
///
/// let mut layer = TransactionLayer::new(TimerSettings::default());
/// let bytes = Bytes::from_static(
///     b"OPTIONS sip:bob@example.org SIP/2.0\r\n\
///       Via: SIP/2.0/WSS client.invalid;branch=z9hG4bK1\r\n\
///       From: <sip:alice@example.org>;tag=1\r\n\
///       To: <sip:bob@example.org>\r\n\
///       Call-ID: 1\r\n\
///       CSeq: 1 OPTIONS\r\n\r\n",
/// );
/// layer.handle_message(Message::parse(bytes).unwrap(), FlowId::new(1), Reliability::Reliable, Instant::ZERO);
/// let Some(Output::Request { id, request, .. }) = layer.poll_output() else { panic!() };
///
/// layer.respond(id, request.response(StatusCode::OK), Instant::ZERO).unwrap();
/// assert!(matches!(layer.poll_output(), Some(Output::Transmit { .. })));
/// assert!(matches!(layer.poll_output(), Some(Output::ServerTerminated { .. })));
/// ```
#[derive(Debug)]
pub struct TransactionLayer {
    settings: Arc<TimerSettings>,
    limits: ServerLimits,
    refuses_merged: bool,
    response_filter: ResponseFilter,
    next_id: u64,
    clients: Table<ClientId, Client>,
    servers: Table<ServerId, Server>,
    merge_keys: BTreeMap<Key, ServerId>,
    timers: TimerTable<Owner>,
    outputs: VecDeque<Output>,
    /// What the key of a message is written in: it is looked for and forgotten, most often.
    key_room: String,
    dropped: u64,
    refusals: Refusals,
}

impl TransactionLayer {
    /// An empty layer with the default limits, as a proxy needs it.
    #[must_use]
    pub fn new(settings: TimerSettings) -> Self {
        Self {
            settings: Arc::new(settings),
            limits: ServerLimits::default(),
            refuses_merged: false,
            response_filter: ResponseFilter::default(),
            next_id: 0,
            clients: Table::new(),
            servers: Table::new(),
            merge_keys: BTreeMap::new(),
            timers: TimerTable::new(),
            outputs: VecDeque::new(),
            key_room: String::new(),
            dropped: 0,
            refusals: Refusals::default(),
        }
    }

    /// The same layer with other limits.
    #[must_use]
    pub fn with_limits(self, limits: ServerLimits) -> Self {
        Self { limits, ..self }
    }

    /// The same layer for a user agent: a request that arrives a second time by another way, while the first is still
    /// known, is answered 482 and not shown to the user (RFC 3261 §8.2.2.2). A proxy must let such requests pass.
    #[must_use]
    pub fn refusing_merged_requests(self) -> Self {
        Self { refuses_merged: true, ..self }
    }

    /// The same layer for an element that names itself as `own` does in its Via: a response with another host or port
    /// on top is dropped and [counted](Self::dropped) (RFC 3261 §18.1.2).
    #[must_use]
    pub fn with_sent_by(mut self, own: Via) -> Self {
        self.response_filter.own = Some(own);
        self
    }

    /// The same layer for a user agent, where the way of a response ends: one with a second Via was misrouted and is
    /// dropped and [counted](Self::dropped) (RFC 3261 §8.1.3.3).
    #[must_use]
    pub fn refusing_misrouted_responses(mut self) -> Self {
        self.response_filter.is_last_hop = true;
        self
    }

    /// Sends a request, other than ACK and CANCEL, in a client transaction: `via` with a fresh branch on top.
    pub fn request(
        &mut self,
        request: Request,
        flow: FlowId,
        reliability: Reliability,
        via: &Via,
        tokens: &mut TokenSource,
        now: Instant,
    ) -> ClientId {
        let branch = tokens.branch();
        let request = stamp(request, via, &branch);
        self.insert_client(request, &branch, flow, reliability, now)
    }

    // rfc3261#17.1.1.3/1: made by the user, RFC 3261 section 13
    /// Sends a request without a transaction, with `via` and a fresh branch on top: the ACK to a 2xx (RFC 3261
    /// §13.2.2.4). Returns it as sent; [`transmit`](Self::transmit) sends the very same bytes again.
    pub fn stateless(
        &mut self,
        request: Request,
        flow: FlowId,
        via: &Via,
        tokens: &mut TokenSource,
    ) -> Request {
        let request = stamp(request, via, &tokens.branch());
        self.transmit(request.clone().into(), flow);
        request
    }

    /// Sends a message as it stands, past all transactions.
    pub fn transmit(&mut self, message: Message, flow: FlowId) {
        self.outputs.push_back(Output::Transmit { flow, message });
    }

    /// Cancels an INVITE: a CANCEL with these reasons (RFC 3326), in a client transaction of its own, on the same flow.
    /// If no final response comes within 64·T1, the INVITE fails with `Failure::Timeout` (RFC 3261 §9.1).
    ///
    /// # Errors
    /// Before the first provisional response, after a final one, the second time, and for anything but an INVITE.
    pub fn cancel(
        &mut self,
        invite: ClientId,
        reasons: &[Reason],
        now: Instant,
    ) -> Result<ClientId, CancelError> {
        let slot = self.clients.get_mut(invite).ok_or(CancelError::Completed)?;
        let (flow, reliability) = (slot.flow, slot.entry.reliability);
        let cancel = slot.entry.transaction.cancel(now)?;
        self.settle_client(invite, flow);
        Ok(self.insert_cancel(cancel, reasons, (flow, reliability), now))
    }

    fn insert_cancel(
        &mut self,
        mut cancel: Request,
        reasons: &[Reason],
        (flow, reliability): (FlowId, Reliability),
        now: Instant,
    ) -> ClientId {
        for reason in reasons {
            cancel.headers_mut().push(reason);
        }
        // rfc3261#9.1/3,11: on the flow of the INVITE; the CANCEL bears the branch of the INVITE
        let branch = top_branch(cancel.headers()).unwrap_or_default();
        self.insert_client(cancel, &branch, flow, reliability, now)
    }

    /// Answers a request.
    ///
    /// # Errors
    /// When the transaction is gone or answered, or when RFC 4320 forbids this response; nothing is sent then.
    pub fn respond(&mut self, id: ServerId, response: Response, now: Instant) -> Result<(), RespondError> {
        // rfc4320#4.2/2
        let slot = self.servers.get_mut(id).ok_or(RespondError::Unknown)?;
        let flow = slot.flow;
        let tag = slot.entry.ack_by_to_tag.then(|| tag_of_to(response.headers())).flatten();
        slot.entry.transaction.respond(response, now)?;
        slot.entry.response_tag = tag.or(slot.entry.response_tag.take());
        self.settle_server(id, flow);
        Ok(())
    }

    /// Takes a message that came on a flow. Retransmissions are absorbed; everything else becomes an output, except
    /// what cannot be matched nor answered for want of a readable Via, which only [`dropped`](Self::dropped) counts.
    pub fn handle_message(&mut self, message: Message, flow: FlowId, reliability: Reliability, now: Instant) {
        match message {
            Message::Request(mut request) => {
                request.headers_mut().note_tags();
                self.handle_request(request, flow, reliability, now);
            }
            Message::Response(mut response) => {
                response.headers_mut().note_tags();
                self.handle_response(response, flow, now);
            }
        }
    }

    /// Forgets a client transaction whose user is gone: nothing more is sent or said for it.
    ///
    /// An INVITE that rings has no timer (RFC 3261 §17.1.1.2), so when its call ended by other means (a 2xx that came with
    /// a damaged branch, and then a BYE) nobody else would end its transaction.
    pub fn abandon(&mut self, id: ClientId) {
        self.timers.stop(&Owner::Client(id));
        self.clients.remove(id);
    }

    /// The clock has reached [`next_timeout`](Self::next_timeout). Too early or twice, it does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(owner) = self.timers.pop_expired(now) {
            match owner {
                Owner::Client(id) => self.handle_client(id, ClientInput::Timeout, None, now),
                Owner::Server(id) => self.handle_server(id, None, |server| server.handle_timeout(now)),
            }
        }
    }

    /// What to do next, until `None`.
    pub fn poll_output(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        if output.is_none() && self.is_empty() {
            // A process may have ten thousand user agents that are idle: they keep no room.
            self.outputs = VecDeque::new();
            self.key_room = String::new();
        }
        output
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// The request of a client transaction as sent, with its Via, until a final response has come.
    #[must_use]
    pub fn sent_request(&self, id: ClientId) -> Option<&Request> {
        self.clients.get(id)?.transaction.machine().request()
    }

    /// The request of a server transaction as received, until it has its final response.
    #[must_use]
    pub fn request_of(&self, id: ServerId) -> Option<&Request> {
        self.servers.get(id)?.transaction.machine().request()
    }

    /// The flow on which the request of a server transaction came, and its responses leave.
    #[must_use]
    pub fn flow_of(&self, id: ServerId) -> Option<FlowId> {
        self.servers.flow_of(id)
    }

    /// How many transactions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    /// Whether there is no transaction, and so no timer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many messages were dropped: their top Via (or the CSeq of a response) could not be read, or it says that the
    /// response is for another element.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many requests were answered here, unseen by the user.
    #[must_use]
    pub const fn refusals(&self) -> Refusals {
        self.refusals
    }
}

/// A client transaction and what its CANCEL will need.
#[derive(Debug)]
struct Client {
    transaction: ClientTransaction,
    reliability: Reliability,
}

/// A server transaction and what an RFC 2543 ACK and merged requests are compared with.
#[derive(Debug)]
struct Server {
    transaction: ServerTransaction,
    ack_by_to_tag: bool,
    response_tag: Option<String>,
    /// What merged requests are found by.
    merge_key: Option<Key>,
    /// The user has not heard of it and never will.
    answered_here: bool,
    /// Its flow is gone and another may take its place.
    interrupted: bool,
}

/// Whose timer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Owner {
    Client(ClientId),
    Server(ServerId),
}

// rfc3261#8.1.1.7/1,3-5: each request has a Via of its own with a branch of its own
fn stamp(mut request: Request, via: &Via, branch: &str) -> Request {
    request.headers_mut().push_hop(via, branch);
    request
}
