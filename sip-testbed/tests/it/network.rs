//! The simulated network itself: latency by direction, order, cuts, bounds.

use crate::support::{answer, config, from_alice, message, phone};
use bytes::Bytes;
use sip_clock::Instant;
use sip_message::{Message, StatusCode};
use sip_testbed::sim::{Latency, Network, Node, NodeId, ScriptedPeer, SimError};
use sip_testbed::{FlowProfile, Ladder, Proxy};
use sip_transaction::FlowId;
use std::time::Duration;

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Two peers joined by a link with 10 ms there and 30 ms back.
fn pair(one: ScriptedPeer, other: ScriptedPeer) -> (Network, [NodeId<ScriptedPeer>; 2], FlowId) {
    let mut network = Network::new();
    let ends = [network.add("one", one), network.add("other", other)];
    let latency = Latency::each(millis(10), millis(30));
    let flow = network.connect(ends[0], ends[1], FlowProfile::udp(), latency);
    (network, ends, flow)
}

fn options(branch: &str) -> Message {
    from_alice("OPTIONS", "sip:bob@example.test", branch).into()
}

#[test]
fn each_direction_has_its_own_latency() {
    let (mut network, [one, _], flow) = pair(ScriptedPeer::new(), phone("o1", &[StatusCode::OK]));
    network.with(one, |one, _| one.send(flow, options("1")));
    network.settle().unwrap();
    let times: Vec<String> = network.records().iter().map(|record| record.at.to_string()).collect();
    assert_eq!(times, ["+0ns", "+10ms"]);
    assert_eq!(network.now().to_string(), "+40ms");
}

#[test]
fn messages_of_one_direction_arrive_in_their_order() {
    let (mut network, [one, other], flow) = pair(ScriptedPeer::new(), ScriptedPeer::new());
    network.with(one, |one, _| ["1", "2", "3"].map(|branch| one.send(flow, options(branch))));
    network.settle().unwrap();
    let received = network.with(other, |other, _| other.received().to_vec());
    let ids: Vec<String> =
        received.iter().map(|message| crate::support::values(message, "Call-ID")).collect();
    assert_eq!(ids, ["call-1", "call-2", "call-3"]);
}

#[test]
fn a_cut_link_loses_what_is_on_its_way() {
    let (mut network, [one, other], flow) = pair(ScriptedPeer::new(), ScriptedPeer::new());
    network.with(one, |one, _| one.send(flow, options("1")));
    network.run_for(millis(5)).unwrap();
    network.disconnect(flow);
    network.with(one, |one, _| one.send(flow, options("2")));
    network.settle().unwrap();
    assert!(network.with(other, |other, _| other.received().is_empty()));
    assert_eq!(network.records().len(), 1);
}

#[test]
fn bytes_that_are_no_message_reach_the_node_as_such() {
    let mut network = Network::new();
    let one = network.add("one", ScriptedPeer::new());
    let proxy = network.add("proxy", Proxy::new(config(), [1; 32]));
    let flow = network.connect(one, proxy, FlowProfile::ws(), Latency::both(millis(1)));
    let text = options("1").to_bytes();
    let broken =
        [b"OPTIONS broken\r\n", &text[text.iter().position(|byte| *byte == b'\n').unwrap() + 1..]].concat();
    network.inject(one, flow, Bytes::from(broken));
    network.settle().unwrap();
    let answer = network.with(one, |one, _| one.received()[0].start_line());
    assert_eq!(answer, "SIP/2.0 400 Bad Request-Line");
}

#[test]
fn two_that_never_stop_talking_are_stopped() {
    let echo = || ScriptedPeer::answering(|message| vec![message.clone()]);
    let (mut network, [one, _], flow) = pair(echo(), echo());
    network.with(one, |one, _| one.send(flow, options("1")));
    assert!(matches!(network.settle(), Err(SimError::Endless { steps: 100_000, .. })));
}

#[test]
fn a_timer_that_never_moves_is_found() {
    struct Spinning;
    impl Node for Spinning {
        fn handle_message(&mut self, _: FlowId, _: Message, _: Instant) {}
        fn handle_timeout(&mut self, _: Instant) {}
        fn poll_transmit(&mut self) -> Option<(FlowId, Message)> {
            None
        }
        fn next_timeout(&self) -> Option<Instant> {
            Some(Instant::ZERO)
        }
    }
    let mut network = Network::new();
    network.add("spinning", Spinning);
    let error = network.run_until_idle().unwrap_err();
    assert_eq!(error.to_string(), "the network did not come to rest at +0ns after 100000 steps");
}

#[test]
fn time_passes_without_messages_too() {
    let mut network = Network::new();
    network.run_for(millis(1500)).unwrap();
    network.run_until_idle().unwrap();
    assert_eq!(network.now().to_string(), "+1.5s");
}

#[test]
fn the_same_seeds_give_the_same_history() {
    let history = || {
        let mut world = crate::support::World::new(config());
        world.registered("bob", "desk", phone("d1", &[StatusCode::RINGING]));
        world.registered("bob", "mobile", phone("m1", &[StatusCode::RINGING, StatusCode::OK]));
        let alice = world.peer("alice", ScriptedPeer::new());
        world.send(alice, from_alice("INVITE", "sip:bob@example.test", "1"));
        world.network.run_until_idle().unwrap();
        Ladder::new(world.network.records()).with_messages(true).to_string()
    };
    assert_eq!(history(), history());
}

#[test]
fn a_scripted_peer_answers_where_the_message_came_from() {
    let answering = ScriptedPeer::answering(|message| match message {
        Message::Request(request) => vec![answer(request, StatusCode::RINGING, "x")],
        Message::Response(_) => vec![message_to_nobody()],
    });
    let (mut network, [one, other], flow) = pair(ScriptedPeer::new(), answering);
    network.with(one, |one, _| one.send(flow, options("1")));
    network.settle().unwrap();
    assert_eq!(network.with(one, |one, _| one.received().len()), 1);
    assert_eq!(network.with(other, |other, _| other.received().len()), 1);
}

fn message_to_nobody() -> Message {
    message("OPTIONS sip:nobody@example.test SIP/2.0\nVia: SIP/2.0/UDP x.test;branch=z9hG4bKx")
}
