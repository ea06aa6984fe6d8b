//! The network itself: one queue of what is in flight, one clock, all nodes.

use super::Node;
use super::link::{Link, Passage};
use super::weather::{Cut, Direction, Weather};
use crate::proxy::FlowProfile;
use crate::record::{Fate, Record};
use bytes::Bytes;
use sip_clock::{Instant, TokenSource};
use sip_message::Message;
use sip_transaction::{FlowId, Reliability};
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;
use thiserror::Error;

/// Nodes, the links between them, and the messages on their way, in virtual time.
///
/// All chance (jitter, loss, duplication, reordering) comes from the seed: the same nodes, the same acts and the same
/// seed give the same history, byte for byte.
pub struct Network {
    now: Instant,
    nodes: Vec<Member>,
    links: BTreeMap<FlowId, Link>,
    in_flight: BTreeMap<(Instant, u64), Delivery>,
    /// How many things have been put in flight: the order of what arrives at the same time.
    sequence: u64,
    records: Vec<Record>,
    steps_left: u64,
    chance: TokenSource,
}

/// A node by its place in the network and its type.
pub struct NodeId<N> {
    index: usize,
    node: PhantomData<fn() -> N>,
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

enum Delivery {
    Message { to: usize, flow: FlowId, bytes: Bytes },
    Closed { to: usize, flow: FlowId },
}

impl Network {
    /// A network without nodes, at the origin of time.
    #[must_use]
    pub fn new() -> Self {
        Self::from_seed(0)
    }

    /// The same; `seed` decides what happens to messages on links where something may happen.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        Self {
            now: Instant::ZERO,
            nodes: Vec::new(),
            links: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            sequence: 0,
            records: Vec::new(),
            steps_left: 0,
            chance: TokenSource::from_seed(seed),
        }
    }

    /// Adds a node under the name that stands in the records.
    pub fn add<N: Node>(&mut self, name: &str, node: N) -> NodeId<N> {
        self.nodes.push(Member { name: name.to_owned(), node: Box::new(node) });
        NodeId { index: self.nodes.len() - 1, node: PhantomData }
    }

    /// Joins two nodes by a link, whose number is its flow at both ends.
    ///
    /// A reliable `profile` makes it a stream, an unreliable one a link of datagrams.
    pub fn connect<A, B>(
        &mut self,
        one: NodeId<A>,
        other: NodeId<B>,
        profile: FlowProfile,
        weather: impl Into<Weather>,
    ) -> FlowId {
        self.connect_as(one, other, (profile.clone(), profile), weather)
    }

    /// The same with a profile for each end: what `one` is told of the link, and what `other` is told.
    pub fn connect_as<A, B>(
        &mut self,
        one: NodeId<A>,
        other: NodeId<B>,
        profiles: (FlowProfile, FlowProfile),
        weather: impl Into<Weather>,
    ) -> FlowId {
        self.sequence += 1;
        let flow = FlowId::new(self.sequence);
        let ends = (one.index, other.index);
        let is_stream = matches!(profiles.0.reliability(), Reliability::Reliable);
        self.links.insert(flow, Link::new(ends, is_stream, weather.into()));
        self.open(ends.0, ends.1, flow, &profiles.0);
        self.open(ends.1, ends.0, flow, &profiles.1);
        flow
    }

    /// Changes what happens on a link from now on; what is on its way stays so.
    pub fn set_weather(&mut self, flow: FlowId, weather: impl Into<Weather>) {
        if let Some(link) = self.links.get_mut(&flow) {
            link.set_weather(weather.into());
        }
    }

    /// Lets nothing more pass in one direction: datagrams are lost, a stream keeps what it is given.
    pub fn partition(&mut self, flow: FlowId, direction: Direction) {
        if let Some(link) = self.links.get_mut(&flow) {
            link.partition(direction);
        }
    }

    /// Ends the partitions of a link; what a stream has kept goes on its way now.
    pub fn heal(&mut self, flow: FlowId) {
        let kept = self.links.get_mut(&flow).map(Link::heal).unwrap_or_default();
        for (from, bytes) in kept {
            self.send(from, flow, &bytes);
        }
    }

    /// Ends a link in one of the ways in which links end. After [`Cut::Silent`] its ends still hold it for open, until
    /// [`notice`](Self::notice) or another cut tells them.
    pub fn cut(&mut self, flow: FlowId, cut: Cut) {
        let Some(link) = self.links.get_mut(&flow) else { return };
        let (one, other) = link.ends();
        let (first, second) = link.closing_times(cut == Cut::Clean, self.now);
        link.kill();
        if cut != Cut::Clean {
            self.in_flight.retain(|_, delivery| match delivery {
                Delivery::Message { flow: on, .. } => *on != flow,
                Delivery::Closed { .. } => true,
            });
        }
        if cut != Cut::Silent {
            self.links.remove(&flow);
            self.put(first, Delivery::Closed { to: one, flow });
            self.put(second, Delivery::Closed { to: other, flow });
        }
    }

    /// Cuts a link: what is in flight on it is lost, both ends hear of it one latency later.
    pub fn disconnect(&mut self, flow: FlowId) {
        self.cut(flow, Cut::Reset);
    }

    /// One end of a link finds out by itself that it is dead, as by an unanswered keep-alive (RFC 5626 §4.4); the other
    /// end does not. A link that was alive is no more.
    pub fn notice<N>(&mut self, id: NodeId<N>, flow: FlowId) {
        self.cut(flow, Cut::Silent);
        self.put(self.now, Delivery::Closed { to: id.index, flow });
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
        self.send(from.index, flow, &bytes);
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
            let Some(to) = self.links.get(&flow).map(|link| link.peer_of(index)) else { continue };
            let fate = self.send(index, flow, &bytes);
            self.record((index, to), (message, bytes), fate);
        }
    }

    /// Notes a message as its bytes say it.
    fn record(&mut self, (from, to): (usize, usize), (message, bytes): (Message, Bytes), fate: Fate) {
        let message = Message::parse(bytes).unwrap_or(message);
        let name = |index: usize| self.nodes.get(index).map_or("?", |member| member.name.as_str());
        let record = Record::new(self.now, name(from), name(to), message).with_fate(fate);
        self.records.push(record);
    }

    /// What is sent on a link that has been cut is lost.
    fn send(&mut self, from: usize, flow: FlowId, bytes: &Bytes) -> Fate {
        let Some(link) = self.links.get_mut(&flow) else { return Fate::Lost };
        let to = link.peer_of(from);
        let (arrivals, fate) = match link.send(from, bytes, &mut self.chance, self.now) {
            Passage::Once(at) => ([Some(at), None], Fate::Sent),
            Passage::Twice(first, second) => ([Some(first), Some(second)], Fate::Doubled),
            Passage::Held => ([None, None], Fate::Sent),
            Passage::Lost => ([None, None], Fate::Lost),
        };
        for at in arrivals.into_iter().flatten() {
            self.put(at, Delivery::Message { to, flow, bytes: bytes.clone() });
        }
        fate
    }

    fn put(&mut self, at: Instant, delivery: Delivery) {
        self.sequence += 1;
        self.in_flight.insert((at, self.sequence), delivery);
    }
}

impl Default for Network {
    fn default() -> Self {
        Self::new()
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

impl<N> PartialEq for NodeId<N> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl<N> Eq for NodeId<N> {}

impl<N> fmt::Debug for NodeId<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({})", self.index)
    }
}

/// A bound for what never comes to rest.
const MAX_STEPS: u64 = 100_000;
