//! The user agent of `sip-ua` as a node: the same core that applications run, in virtual time (RFC 3261 §8).

use super::Node;
use crate::proxy::FlowProfile;
use bytes::Bytes;
use sip_clock::Instant;
use sip_message::Message;
use sip_transaction::FlowId;
use sip_ua::core::{CallKey, Config, Core, Event, FlowInfo, Input, Output};
use std::collections::VecDeque;

/// A user agent whose application is a test: its verbs are those of [`Core`], its events are kept.
///
/// ```
/// use sip_message::Body;
/// use sip_testbed::FlowProfile;
/// use sip_testbed::sim::{Latency, Network, UserAgent};
/// use sip_ua::core::Config;
/// use std::time::Duration;
///
/// let mut network = Network::new();
/// let alice = network.add("alice", UserAgent::new(Config::new("sip:alice@example.test".parse()?, [1; 32])));
/// let bob = network.add("bob", UserAgent::new(Config::new("sip:bob@example.test".parse()?, [2; 32])));
/// network.connect(alice, bob, FlowProfile::ws(), Latency::both(Duration::from_millis(10)));
///
/// let target = "sip:bob@example.test".parse()?;
/// let offer = Body::sdp("v=0\r\n");
/// network.with(alice, |alice, now| alice.core_mut().invite(&target, &offer, now))?;
/// network.settle()?;
/// let call = network.with(bob, |bob, _| bob.incoming_call()).expect("bob's phone rings");
/// network.with(bob, |bob, now| bob.core_mut().accept(call, Some(offer), now))?;
/// network.settle()?;
/// assert!(matches!(network.records().last(), Some(record) if record.label() == "ACK"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct UserAgent {
    core: Core,
    events: Vec<Event>,
    outgoing: VecDeque<(FlowId, Message)>,
    /// The link of each flow, by its reg-id from 1.
    links: Vec<Option<FlowId>>,
    /// Who was at the other end of a link, each once: the servers, by their number.
    servers: Vec<String>,
}

impl UserAgent {
    /// A user agent that is not connected; it speaks the transport of the link it gets. Of several flows the first one
    /// without a link gets it; when all have one, the first.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let links = vec![None; usize::try_from(config.flows.max(1)).unwrap_or(1)];
        Self {
            core: Core::new(config),
            events: Vec::new(),
            outgoing: VecDeque::new(),
            links,
            servers: Vec::new(),
        }
    }

    /// The same around a core that was made otherwise, such as one that goes on from a record.
    #[must_use]
    pub fn with_core(core: Core) -> Self {
        let links = vec![None];
        Self { core, events: Vec::new(), outgoing: VecDeque::new(), links, servers: Vec::new() }
    }

    /// Its verbs, to be used within [`Network::with`](super::Network::with) or in a [`Node`] around this one, so that
    /// what comes of them is sent.
    pub const fn core_mut(&mut self) -> &mut Core {
        &mut self.core
    }

    /// Its state.
    #[must_use]
    pub const fn core(&self) -> &Core {
        &self.core
    }

    /// What it has told the application since the events were last taken, oldest first.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Takes the events, so that they are seen once.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// The call that has come in last, of the events that were not taken.
    #[must_use]
    pub fn incoming_call(&self) -> Option<CallKey> {
        self.events.iter().rev().find_map(|event| match event {
            Event::IncomingCall { call, .. } => Some(*call),
            _ => None,
        })
    }

    /// Hands the core an input and takes what comes of it, so that its events are there at once.
    fn input(&mut self, input: Input, now: Instant) {
        self.core.handle(input, now);
        self.collect();
    }

    fn collect(&mut self) {
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Transmit { flow, message } => self.outgoing.push_back((flow, message)),
                Output::Event(event) => self.events.push(event),
                // The links of a simulation are made by its test.
                Output::Leave { .. } | Output::FlowTimer { .. } => {}
            }
        }
    }
}

impl Node for UserAgent {
    fn handle_flow_opened(&mut self, flow: FlowId, profile: &FlowProfile, peer: &str, now: Instant) {
        let free = self.links.iter().position(Option::is_none).unwrap_or(0);
        if let Some(link) = self.links.get_mut(free) {
            *link = Some(flow);
        }
        let reg_id = u32::try_from(free + 1).unwrap_or(1);
        let number = self.servers.iter().position(|known| known == peer).unwrap_or_else(|| {
            self.servers.push(peer.to_owned());
            self.servers.len() - 1
        });
        let info = FlowInfo::new(flow, profile.transport(), profile.reliability())
            .with_reg_id(reg_id)
            .with_server(u64::try_from(number).unwrap_or(u64::MAX));
        let info = match profile.peer() {
            Some(server) => info.with_server_address(server.ip()),
            None => info,
        };
        self.input(Input::Connected(info), now);
    }

    fn handle_flow_closed(&mut self, flow: FlowId, now: Instant) {
        for link in self.links.iter_mut().filter(|link| **link == Some(flow)) {
            *link = None;
        }
        self.input(Input::Disconnected(flow), now);
    }

    fn handle_message(&mut self, flow: FlowId, message: Message, now: Instant) {
        self.input(Input::Message { flow, message }, now);
    }

    fn handle_malformed(&mut self, flow: FlowId, bytes: &Bytes, now: Instant) {
        self.input(Input::Malformed { flow, bytes: bytes.clone() }, now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.input(Input::Timeout, now);
    }

    fn poll_transmit(&mut self) -> Option<(FlowId, Message)> {
        self.collect();
        self.outgoing.pop_front()
    }

    fn next_timeout(&self) -> Option<Instant> {
        self.core.next_timeout()
    }
}
