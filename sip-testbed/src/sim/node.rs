//! What takes part in a simulated network: anything with the four kinds of method of a sans-IO machine.

use crate::proxy::{FlowProfile, Output, Proxy};
use bytes::Bytes;
use sip_clock::Instant;
use sip_message::Message;
use sip_transaction::FlowId;
use std::any::Any;

/// A participant of a [`Network`](super::Network).
///
/// After each call the network takes what [`poll_transmit`](Self::poll_transmit) gives until it gives nothing.
pub trait Node: Any {
    /// A link to another node is up; `peer` is the name of that node.
    fn handle_flow_opened(&mut self, flow: FlowId, profile: &FlowProfile, peer: &str, now: Instant) {
        let _ = (flow, profile, peer, now);
    }

    /// A link is gone.
    fn handle_flow_closed(&mut self, flow: FlowId, now: Instant) {
        let _ = (flow, now);
    }

    /// A message has arrived.
    fn handle_message(&mut self, flow: FlowId, message: Message, now: Instant);

    /// Bytes have arrived that are no SIP message.
    fn handle_malformed(&mut self, flow: FlowId, bytes: &Bytes, now: Instant) {
        let _ = (flow, bytes, now);
    }

    /// The time that [`next_timeout`](Self::next_timeout) named has come.
    fn handle_timeout(&mut self, now: Instant);

    /// The next message to send, and on which link.
    fn poll_transmit(&mut self) -> Option<(FlowId, Message)>;

    /// When the node has something to do without a message.
    fn next_timeout(&self) -> Option<Instant>;
}

impl Node for Proxy {
    fn handle_flow_opened(&mut self, flow: FlowId, profile: &FlowProfile, _peer: &str, _now: Instant) {
        self.handle_flow_opened(flow, profile.clone());
    }

    fn handle_flow_closed(&mut self, flow: FlowId, now: Instant) {
        self.handle_flow_closed(flow, now);
    }

    fn handle_message(&mut self, flow: FlowId, message: Message, now: Instant) {
        self.handle_message(flow, message, now);
    }

    fn handle_malformed(&mut self, flow: FlowId, bytes: &Bytes, _now: Instant) {
        self.handle_malformed(flow, bytes);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.handle_timeout(now);
    }

    fn poll_transmit(&mut self) -> Option<(FlowId, Message)> {
        self.poll_output().map(|Output::Transmit { flow, message }| (flow, message))
    }

    fn next_timeout(&self) -> Option<Instant> {
        self.next_timeout()
    }
}
