//! The network itself: one queue of what is in flight, one clock, all nodes.

use super::Node;
use crate::proxy::FlowProfile;
use crate::record::Record;
use bytes::Bytes;
use sip_clock::Instant;
use sip_message::Message;
use sip_transaction::FlowId;
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;
use thiserror::Error;

/// Nodes, the links between them, and the messages on their way, in virtual time.
#[derive(Default)]
pub struct Network {
    now: Instant,
    nodes: Vec<Member>,
    links: BTreeMap<FlowId, Link>,
    in_flight: BTreeMap<(Instant, u64), Delivery>,
    /// How many things have been put in flight: the order of what arrives at the same time.
    sequence: u64,
    records: Vec<Record>,
    steps_left: u64,
}

/// A node by its place in the network and its type.
pub struct NodeId<N> {
    index: usize,
    node: PhantomData<fn() -> N>,
}

/// How long a message takes on a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Latency {
    /// From the first to the second end.
    pub there: Duration,
    /// From the second to the first end.
    pub back: Duration,
}

impl Latency {
    /// The same in both directions.
    #[must_use]
    pub const fn both(latency: Duration) -> Self {
        Self { there: latency, back: latency }
    }

    /// One for each direction: from the first end of the link to the second, and back.
    #[must_use]
    pub const fn each(there: Duration, back: Duration) -> Self {
        Self { there, back }
    }
}

/// Why a simulation was stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum SimError {
    /// More steps were taken than any sane history needs: two nodes talk for ever, or a timer spins.
    #[error("the network did not come to rest at {at} after {steps} steps")]
    Endless {
        /// The virtual time that was reached.
        at: Instant,
        /// The number of arrivals and timeouts.
        steps: u64,
    },
}

struct Member {
    name: String,
    node: Box<dyn Node>,
}

/// Two ends by their index, and how long a message takes.
#[derive(Clone, Copy)]
struct Link {
    ends: (usize, usize),
    latency: Latency,
}

enum Delivery {
    Message { to: usize, flow: FlowId, bytes: Bytes },
    Closed { to: usize, flow: FlowId },
}

impl Network {
    /// A network without nodes, at the origin of time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node under the name that stands in the records.
    pub fn add<N: Node>(&mut self, name: &str, node: N) -> NodeId<N> {
        self.nodes.push(Member { name: name.to_owned(), node: Box::new(node) });
        NodeId { index: self.nodes.len() - 1, node: PhantomData }
    }

    /// Joins two nodes by a link, whose number is its flow at both ends.
    pub fn connect<A, B>(
        &mut self,
        one: NodeId<A>,
        other: NodeId<B>,
        profile: FlowProfile,
        latency: Latency,
    ) -> FlowId {
        self.connect_as(one, other, (profile.clone(), profile), latency)
    }

    /// The same with a profile for each end: what `one` is told of the link, and what `other` is told.
    pub fn connect_as<A, B>(
        &mut self,
        one: NodeId<A>,
        other: NodeId<B>,
        profiles: (FlowProfile, FlowProfile),
        latency: Latency,
    ) -> FlowId {
        self.sequence += 1;
        let flow = FlowId::new(self.sequence);
        let ends = (one.index, other.index);
        self.links.insert(flow, Link { ends, latency });
        self.open(ends.0, ends.1, flow, &profiles.0);
        self.open(ends.1, ends.0, flow, &profiles.1);
        flow
    }

    /// Cuts a link: what is in flight on it is lost, both ends hear of it one latency later.
    pub fn disconnect(&mut self, flow: FlowId) {
        let Some(Link { ends: (one, other), latency }) = self.links.remove(&flow) else { return };
        self.in_flight.retain(|_, delivery| match delivery {
            Delivery::Message { flow: on, .. } | Delivery::Closed { flow: on, .. } => *on != flow,
        });
        self.put(latency.back, Delivery::Closed { to: one, flow });
        self.put(latency.there, Delivery::Closed { to: other, flow });
    }

    /// Does something with a node at the present time, then sends what it has to send.
    ///
    /// # Panics
    /// If `id` is of another network.
    pub fn with<N: Node, T>(&mut self, id: NodeId<N>, act: impl FnOnce(&mut N, Instant) -> T) -> T {
        let now = self.now;
        let member = self.nodes.get_mut(id.index).expect("a node of this network");
        let node: &mut dyn Any = member.node.as_mut();
        let result = act(node.downcast_mut().expect("the type the node was added with"), now);
        self.flush(id.index);
        result
    }

    /// Puts raw bytes on a link, as `from` would send them.
    pub fn inject<N>(&mut self, from: NodeId<N>, flow: FlowId, bytes: Bytes) {
        self.send(from.index, flow, bytes);
    }

    /// Runs until nothing is in flight; timers that are due meanwhile are served, later ones are not waited for.
    ///
    /// # Errors
    /// [`SimError::Endless`] if that does not happen within 100,000 steps.
    pub fn settle(&mut self) -> Result<(), SimError> {
        self.run(|network| network.in_flight.keys().last().map(|(at, _)| *at))
    }

    /// Runs for `duration`, whatever is in flight then.
    ///
    /// # Errors
    /// [`SimError::Endless`] if more than 100,000 steps are needed.
    pub fn run_for(&mut self, duration: Duration) -> Result<(), SimError> {
        let end = self.now + duration;
        self.run(|_| Some(end))?;
        self.now = end;
        Ok(())
    }

    /// Runs until nothing is in flight and no timer is set: never with a user agent that refreshes something.
    ///
    /// # Errors
    /// [`SimError::Endless`] if that does not happen within 100,000 steps.
    pub fn run_until_idle(&mut self) -> Result<(), SimError> {
        self.run(|network| network.next_event())
    }

    /// The present time.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// All messages sent so far, in the order of sending.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Forgets the messages sent so far, so that a ladder begins here.
    pub fn clear_records(&mut self) {
        self.records.clear();
    }

    /// Takes one step after the other while the next one is not after what `horizon` says.
    fn run(&mut self, horizon: impl Fn(&Self) -> Option<Instant>) -> Result<(), SimError> {
        self.steps_left = MAX_STEPS;
        while let (Some(next), Some(end)) = (self.next_event(), horizon(self)) {
            if next > end {
                break;
            }
            let left = self.steps_left.checked_sub(1);
            self.steps_left = left.ok_or(SimError::Endless { at: self.now, steps: MAX_STEPS })?;
            self.now = self.now.max(next);
            self.step();
        }
        Ok(())
    }

    fn next_event(&self) -> Option<Instant> {
        let arrival = self.in_flight.keys().next().map(|(at, _)| *at);
        let timeouts = self.nodes.iter().filter_map(|member| member.node.next_timeout());
        arrival.into_iter().chain(timeouts).min()
    }

    /// The first arrival that is due, or else all timers that are.
    fn step(&mut self) {
        let is_arrival = self.in_flight.keys().next().is_some_and(|(at, _)| *at <= self.now);
        match if is_arrival { self.in_flight.pop_first() } else { None } {
            Some((_, delivery)) => self.deliver(delivery),
            None => self.serve_timers(),
        }
    }

    fn deliver(&mut self, delivery: Delivery) {
        let now = self.now;
        let (Delivery::Message { to, flow, .. } | Delivery::Closed { to, flow }) = delivery;
        let Some(member) = self.nodes.get_mut(to) else { return };
        match delivery {
            Delivery::Message { bytes, .. } => match Message::parse(bytes.clone()) {
                Ok(message) => member.node.handle_message(flow, message, now),
                Err(_) => member.node.handle_malformed(flow, &bytes, now),
            },
            Delivery::Closed { .. } => member.node.handle_flow_closed(flow, now),
        }
        self.flush(to);
    }

    fn serve_timers(&mut self) {
        for index in 0..self.nodes.len() {
            let Some(member) = self.nodes.get_mut(index) else { continue };
            if member.node.next_timeout().is_some_and(|at| at <= self.now) {
                member.node.handle_timeout(self.now);
                self.flush(index);
            }
        }
    }

    fn open(&mut self, index: usize, peer: usize, flow: FlowId, profile: &FlowProfile) {
        let Some(peer) = self.nodes.get(peer).map(|member| member.name.clone()) else { return };
        let Some(member) = self.nodes.get_mut(index) else { return };
        member.node.handle_flow_opened(flow, profile, &peer, self.now);
        self.flush(index);
    }

    /// Takes from a node all it has to send.
    fn flush(&mut self, index: usize) {
        while let Some((flow, message)) =
            self.nodes.get_mut(index).and_then(|member| member.node.poll_transmit())
        {
            let bytes = message.to_bytes();
            self.record(index, flow, message);
            self.send(index, flow, bytes);
        }
    }

    fn record(&mut self, from: usize, flow: FlowId, message: Message) {
        let Some((to, _)) = self.towards(from, flow) else { return };
        let name = |index: usize| self.nodes.get(index).map_or("?", |member| member.name.as_str());
        self.records.push(Record::new(self.now, name(from), name(to), message));
    }

    /// What is sent on a link that has been cut is lost.
    fn send(&mut self, from: usize, flow: FlowId, bytes: Bytes) {
        if let Some((to, latency)) = self.towards(from, flow) {
            self.put(latency, Delivery::Message { to, flow, bytes });
        }
    }

    fn towards(&self, from: usize, flow: FlowId) -> Option<(usize, Duration)> {
        let Link { ends: (one, other), latency } = *self.links.get(&flow)?;
        Some(if from == one { (other, latency.there) } else { (one, latency.back) })
    }

    fn put(&mut self, latency: Duration, delivery: Delivery) {
        self.sequence += 1;
        self.in_flight.insert((self.now + latency, self.sequence), delivery);
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.nodes.iter().map(|member| member.name.as_str()).collect();
        f.debug_struct("Network")
            .field("now", &self.now)
            .field("nodes", &names)
            .field("in_flight", &self.in_flight.len())
            .finish_non_exhaustive()
    }
}

// Derives would ask the same of `N`.
impl<N> Clone for NodeId<N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N> Copy for NodeId<N> {}

impl<N> fmt::Debug for NodeId<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({})", self.index)
    }
}

/// A bound for what never comes to rest.
const MAX_STEPS: u64 = 100_000;
