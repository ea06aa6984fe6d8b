//! The faults of the simulated network: loss, duplication, reordering, partition and the ways in which links end.

use crate::support::{from_alice, values};
use sip_clock::Instant;
use sip_message::Message;
use sip_testbed::sim::{Conditions, Cut, Direction, Network, Node, NodeId, ScriptedPeer, Weather};
use sip_testbed::{FlowProfile, Ladder};
use sip_transaction::FlowId;
use std::time::Duration;

/// A peer that notes when its links end.
#[derive(Default)]
struct Witness {
    peer: ScriptedPeer,
    closed: Vec<Instant>,
}

impl Node for Witness {
    fn handle_flow_closed(&mut self, _: FlowId, now: Instant) {
        self.closed.push(now);
    }

    fn handle_message(&mut self, flow: FlowId, message: Message, now: Instant) {
        self.peer.handle_message(flow, message, now);
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_transmit(&mut self) -> Option<(FlowId, Message)> {
        self.peer.poll_transmit()
    }

    fn next_timeout(&self) -> Option<Instant> {
        None
    }
}

struct Pair {
    network: Network,
    one: NodeId<Witness>,
    other: NodeId<Witness>,
    flow: FlowId,
}

impl Pair {
    fn new(seed: u64, profile: FlowProfile, there: Conditions) -> Self {
        let mut network = Network::from_seed(seed);
        let one = network.add("one", Witness::default());
        let other = network.add("other", Witness::default());
        let weather = Weather::each(there, Conditions::new(millis(10)));
        let flow = network.connect(one, other, profile, weather);
        Self { network, one, other, flow }
    }

    fn send(&mut self, numbers: std::ops::Range<u32>) {
        let flow = self.flow;
        for number in numbers {
            let options = from_alice("OPTIONS", "sip:bob@example.test", &number.to_string());
            self.network.with(self.one, |one, _| one.peer.send(flow, options));
        }
    }

    /// The numbers of what has arrived.
    fn arrived(&mut self) -> Vec<u32> {
        let received = self.network.with(self.other, |other, _| other.peer.received().to_vec());
        let number = |message| values(message, "Call-ID").trim_start_matches("call-").parse().unwrap();
        received.iter().map(number).collect()
    }

    fn closed(&mut self) -> [usize; 2] {
        [self.one, self.other].map(|id| self.network.with(id, |node, _| node.closed.len()))
    }
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn fine() -> Conditions {
    Conditions::new(millis(10))
}

#[test]
fn as_many_datagrams_are_lost_as_asked_for() {
    let mut pair = Pair::new(1, FlowProfile::udp(), fine().with_loss(250));
    pair.send(0..1000);
    pair.network.settle().unwrap();
    let arrived = pair.arrived().len();
    assert!((700..800).contains(&arrived), "{arrived}");
    let lost = pair.network.records().iter().filter(|record| record.label() == "OPTIONS LOST").count();
    assert_eq!(lost, 1000 - arrived);
}

#[test]
fn datagrams_are_doubled_and_overtake_each_other() {
    let mut pair = Pair::new(2, FlowProfile::udp(), fine().with_duplication(100).with_reordering(100));
    pair.send(0..1000);
    pair.network.settle().unwrap();
    let arrived = pair.arrived();
    assert!((1050..1150).contains(&arrived.len()), "{}", arrived.len());
    assert!(!arrived.is_sorted());
}

#[test]
fn a_stream_loses_nothing_and_keeps_the_order() {
    let rough = fine().with_jitter(millis(500)).with_loss(300).with_duplication(300).with_reordering(300);
    let mut pair = Pair::new(3, FlowProfile::wss(), rough);
    pair.send(0..500);
    pair.network.settle().unwrap();
    assert_eq!(pair.arrived(), (0..500).collect::<Vec<_>>());
    assert!(pair.network.now() > Instant::ZERO + millis(200), "a lost segment comes later");
}

#[test]
fn a_partition_of_one_direction_lets_the_other_pass() {
    let mut pair = Pair::new(4, FlowProfile::udp(), fine());
    pair.network.partition(pair.flow, Direction::There);
    pair.send(0..3);
    let (other, flow) = (pair.other, pair.flow);
    pair.network
        .with(other, |other, _| other.peer.send(flow, from_alice("OPTIONS", "sip:a@example.test", "9")));
    pair.network.settle().unwrap();
    assert_eq!(pair.arrived(), []);
    assert_eq!(pair.network.with(pair.one, |one, _| one.peer.received().len()), 1);
    pair.network.heal(pair.flow);
    pair.send(3..5);
    pair.network.settle().unwrap();
    assert_eq!(pair.arrived(), [3, 4]);
}

#[test]
fn a_stream_keeps_what_it_is_given_during_a_partition() {
    let mut pair = Pair::new(5, FlowProfile::wss(), fine());
    pair.network.partition(pair.flow, Direction::There);
    pair.send(0..3);
    pair.network.run_for(millis(1000)).unwrap();
    assert_eq!(pair.arrived(), []);
    pair.network.heal(pair.flow);
    pair.network.settle().unwrap();
    assert_eq!(pair.arrived(), [0, 1, 2]);
}

#[test]
fn a_clean_end_comes_after_what_is_on_its_way() {
    let mut pair = Pair::new(6, FlowProfile::wss(), fine().with_jitter(millis(100)));
    pair.send(0..3);
    pair.network.cut(pair.flow, Cut::Clean);
    pair.send(3..5);
    pair.network.settle().unwrap();
    assert_eq!(pair.arrived(), [0, 1, 2]);
    assert_eq!(pair.closed(), [1, 1]);
}

#[test]
fn a_reset_loses_what_is_on_its_way() {
    let mut pair = Pair::new(7, FlowProfile::wss(), fine());
    pair.send(0..3);
    pair.network.cut(pair.flow, Cut::Reset);
    pair.network.settle().unwrap();
    assert_eq!(pair.arrived(), []);
    assert_eq!(pair.closed(), [1, 1]);
}

#[test]
fn nobody_hears_of_a_silent_end_before_noticing_it() {
    let mut pair = Pair::new(8, FlowProfile::wss(), fine());
    pair.network.cut(pair.flow, Cut::Silent);
    pair.send(0..3);
    pair.network.run_for(Duration::from_secs(60)).unwrap();
    assert_eq!((pair.arrived(), pair.closed()), (vec![], [0, 0]));
    pair.network.notice(pair.one, pair.flow);
    pair.network.settle().unwrap();
    assert_eq!(pair.closed(), [1, 0]);
    pair.network.notice(pair.other, pair.flow);
    pair.network.settle().unwrap();
    assert_eq!(pair.closed(), [1, 1]);
}

#[test]
fn one_seed_is_one_history() {
    let rough = fine().with_jitter(millis(500)).with_loss(300).with_duplication(300).with_reordering(300);
    let history = |seed| {
        let mut pair = Pair::new(seed, FlowProfile::udp(), rough);
        pair.send(0..100);
        pair.network.settle().unwrap();
        (Ladder::new(pair.network.records()).with_messages(true).to_string(), pair.arrived())
    };
    assert_eq!(history(9), history(9));
    assert_ne!(history(9), history(10));
}
