//! What passes between the core and its driver: connections, messages, the time; messages to send and events.

use super::Event;
use bytes::Bytes;
use sip_clock::TokenSource;
use sip_message::Message;
use sip_transaction::{FlowId, Reliability};
use std::net::IpAddr;
use std::time::Duration;

/// What a driver tells the core.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a driver has to be able to send every input")]
pub enum Input {
    /// A connection to the server is up; requests leave on it from now on.
    Connected(FlowInfo),
    /// A connection is gone: what waits for an answer on it fails, but for calls, which wait for the next connection.
    Disconnected(FlowId),
    /// A message came in on a connection.
    Message {
        /// The connection it came in on.
        flow: FlowId,
        /// The message.
        message: Message,
    },
    /// Bytes came in on a connection that are no message.
    Malformed {
        /// The connection they came in on.
        flow: FlowId,
        /// The bytes.
        bytes: Bytes,
    },
    /// A connection has been silent and is to be kept alive by a request that the server has to answer: OPTIONS, of whose
    /// answer the application hears nothing (RFC 7118 §6).
    Idle(FlowId),
    /// The instant of [`Core::next_timeout`](super::Core::next_timeout) has come.
    Timeout,
}

/// What a driver has to do for the core, in order.
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "a driver has to handle every output")]
pub enum Output {
    /// Send `message` on `flow`.
    Transmit {
        /// The connection to send it on.
        flow: FlowId,
        /// The message.
        message: Message,
    },
    /// The server at the other end of `flow` cannot serve us now (AC-32): use another one where there is one, and this
    /// one again after the rest. With no other there is nothing to do.
    Leave {
        /// The connection to it.
        flow: FlowId,
        /// How long it wants to be left alone.
        rest: Duration,
    },
    /// The server takes `flow` for dead when it sees no keep-alive for `limit` (RFC 5626 §4.4), `None` for no such wish:
    /// send one after 80 to 100 % of it, drawn from `tokens`.
    FlowTimer {
        /// The connection.
        flow: FlowId,
        /// What the server's Flow-Timer says.
        limit: Option<Duration>,
        /// Chance for the intervals.
        tokens: Box<TokenSource>,
    },
    /// Tell the application.
    Event(Event),
}

/// A connection as the core sees it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FlowInfo {
    /// Its name in inputs and outputs.
    pub id: FlowId,
    /// The transport token of `Via`: `WS`, `WSS`, `UDP`, `TCP` or `TLS` (RFC 3261 §20.42, RFC 7118 §5.2.1).
    pub transport: String,
    /// Whether it retransmits by itself.
    pub reliability: Reliability,
    /// Which server it leads to, by any number: waits that one server asks for do not concern another.
    pub server: u64,
    /// Which flow of the user agent it is (RFC 5626 §4.2), from 1: a connection takes the place of the last one with the
    /// same number, and stands beside those with others.
    pub reg_id: u32,
    /// The address of the server, where it is known.
    pub server_address: Option<IpAddr>,
}

impl FlowInfo {
    /// A connection to the server number 0.
    #[must_use]
    pub fn new(id: FlowId, transport: &str, reliability: Reliability) -> Self {
        Self { id, transport: transport.to_owned(), reliability, server: 0, reg_id: 1, server_address: None }
    }

    /// The same to another server.
    #[must_use]
    pub const fn with_server(mut self, server: u64) -> Self {
        self.server = server;
        self
    }

    /// The same as another flow than the first.
    #[must_use]
    pub const fn with_reg_id(mut self, reg_id: u32) -> Self {
        self.reg_id = reg_id;
        self
    }

    /// The same to the server at this address: one in a private network may tell us our address there (AC-43).
    #[must_use]
    pub const fn with_server_address(mut self, address: IpAddr) -> Self {
        self.server_address = Some(address);
        self
    }

    /// Whether nobody on the way can read or change what is sent: TLS under the messages (RFC 3261 §26.2.2).
    pub(crate) fn is_secure(&self) -> bool {
        self.transport.eq_ignore_ascii_case("WSS") || self.transport.eq_ignore_ascii_case("TLS")
    }

    /// Whether this is a connection of RFC 7118.
    pub(crate) fn is_websocket(&self) -> bool {
        self.transport.eq_ignore_ascii_case("WS") || self.transport.eq_ignore_ascii_case("WSS")
    }
}
