//! The user agent core of sip-ua as a node of the simulated network.

use sip_clock::Instant;
use sip_message::Message;
use sip_testbed::FlowProfile;
use sip_testbed::sim::Node;
use sip_transaction::{FlowId, Reliability};
use sip_ua::core::{CallKey, Config, Core, Event, FlowInfo, Input, Output};

/// A user agent that keeps what its core tells the application.
pub(crate) struct UserAgent {
    pub(crate) core: Core,
    events: Vec<Event>,
    reliability: Reliability,
    transport: &'static str,
}

impl UserAgent {
    /// A user agent that speaks the transport which RFC 3261 and RFC 3665 show: UDP.
    pub(crate) fn udp(config: Config) -> Self {
        Self {
            core: Core::new(config),
            events: Vec::new(),
            reliability: Reliability::Unreliable,
            transport: "UDP",
        }
    }

    /// A user agent of RFC 7118.
    pub(crate) fn wss(config: Config) -> Self {
        Self {
            core: Core::new(config),
            events: Vec::new(),
            reliability: Reliability::Reliable,
            transport: "WSS",
        }
    }

    /// The call that has come in last.
    pub(crate) fn incoming(&self) -> CallKey {
        let calls = self.events.iter().filter_map(|event| match event {
            Event::IncomingCall { call, .. } => Some(*call),
            _ => None,
        });
        calls.last().expect("a call has come in")
    }
}

impl Node for UserAgent {
    fn handle_flow_opened(&mut self, flow: FlowId, _: &FlowProfile, _: &str, now: Instant) {
        let (reliability, transport) = (self.reliability, self.transport.to_owned());
        self.core.handle(Input::Connected(FlowInfo { id: flow, transport, reliability }), now);
    }

    fn handle_flow_closed(&mut self, flow: FlowId, now: Instant) {
        self.core.handle(Input::Disconnected(flow), now);
    }

    fn handle_message(&mut self, flow: FlowId, message: Message, now: Instant) {
        self.core.handle(Input::Message { flow, message }, now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.core.handle(Input::Timeout, now);
    }

    fn poll_transmit(&mut self) -> Option<(FlowId, Message)> {
        loop {
            match self.core.poll_output()? {
                Output::Transmit { flow, message } => return Some((flow, message)),
                Output::Event(event) => self.events.push(event),
            }
        }
    }

    fn next_timeout(&self) -> Option<Instant> {
        self.core.next_timeout()
    }
}
