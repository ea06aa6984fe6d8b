//! Transport errors: RFC 3261 §17.1.4, §17.2.4 as RFC 6026 changed it.

use crate::world::{FLOW, World, request_with_branch};
use insta::assert_snapshot;
use sip_message::{Method, StatusCode};
use sip_transaction::Reliability::Reliable;
use sip_transaction::{FlowId, Output};

// rfc3261#17.1.4/1-2, type=test
#[test]
fn client_transactions_of_the_flow_fail_and_are_forgotten() {
    let mut world = World::new(Reliable);
    world.request(Method::Invite);
    let ringing = world.request(Method::Invite);
    world.answered(ringing, 180);
    world.request(Method::Register);
    let accepted = world.request(Method::Invite);
    world.answered(accepted, 200);
    world.take_transcript();
    world.layer.handle_flow_failed(FlowId::new(2), world.now);
    world.drain();
    assert_eq!(world.transcript, "");
    world.layer.handle_flow_failed(FLOW, world.now);
    world.drain();
    assert_snapshot!(world.transcript, @"
    +0ns client failed: Transport
    +0ns ClientId(1) gone
    +0ns client failed: Transport
    +0ns ClientId(2) gone
    +0ns client failed: Transport
    +0ns ClientId(3) gone
    ");
    world.wait_until_idle();
    assert!(world.layer.is_empty());
}

// rfc6026#6/2, rfc6026#7.1/7-8, rfc6026#8.8/1-2, type=test
#[test]
fn server_transactions_of_the_flow_are_reported_and_live_on() {
    let mut world = World::new(Reliable);
    world.receive(request_with_branch("INVITE", "z9hG4bK1"));
    world.respond(200);
    world.receive(request_with_branch("INVITE", "z9hG4bK2"));
    world.respond(486);
    world.receive(request_with_branch("INVITE", "z9hG4bK3"));
    world.take_transcript();
    world.layer.handle_flow_failed(FLOW, world.now);
    world.drain();
    world.receive(request_with_branch("INVITE", "z9hG4bK3"));
    world.respond(603);
    world.wait_until_idle();
    assert_snapshot!(world.transcript, @"
    +0ns server failed: Transport
    +0ns server failed: Transport
    +0ns server failed: Transport
    +0ns send 603 on 1
    +32s ServerId(1) gone
    +32s server failed: Timeout
    +32s ServerId(2) gone
    +32s server failed: Timeout
    +32s ServerId(3) gone
    ");
    assert!(world.layer.is_empty());
}

#[test]
fn an_unanswered_non_invite_request_ends_by_itself_after_the_flow_broke() {
    let mut world = World::new(Reliable);
    world.receive(request_with_branch("MESSAGE", "z9hG4bK1"));
    world.layer.handle_flow_failed(FLOW, world.now);
    world.drain();
    world.wait_until_idle();
    assert_snapshot!(world.transcript, @"
    +0ns request MESSAGE
    +0ns server failed: Transport
    +3.5s send 100 on 1
    +32s server failed: Timeout
    +32s ServerId(1) gone
    ");
    assert!(world.layer.is_empty());
}

// AC-8: the answer of a callee that came back on another flow matches by its branch.
#[test]
fn an_invite_that_rings_outlives_an_interrupted_flow() {
    let mut world = World::new(Reliable);
    world.request(Method::Invite);
    let ringing = world.request(Method::Invite);
    world.answered(ringing, 180);
    world.request(Method::Register);
    world.take_transcript();
    world.layer.handle_flow_interrupted(FLOW, world.now);
    world.drain();
    assert_snapshot!(world.transcript, @"
    +0ns client failed: Transport
    +0ns ClientId(1) gone
    +0ns client failed: Transport
    +0ns ClientId(3) gone
    ");
    world.take_transcript();
    world.answered(ringing, 200);
    assert_snapshot!(world.transcript, @"+0ns response 200");
}

// rfc3261#18.2.2/1-2, type=test
#[test]
fn a_repetition_on_another_flow_is_answered_there() {
    let mut world = World::new(Reliable);
    let other = FlowId::new(2);
    world.receive(request_with_branch("INVITE", "z9hG4bK1"));
    world.respond(180);
    world.layer.handle_flow_interrupted(FLOW, world.now);
    world.drain();
    world.take_transcript();
    world.layer.handle_message(request_with_branch("INVITE", "z9hG4bK1").into(), other, Reliable, world.now);
    let moved = world.layer.poll_output();
    assert!(matches!(&moved, Some(Output::Transmit { flow, .. }) if *flow == other), "{moved:?}");
}

#[test]
fn requests_of_a_lost_flow_are_answered_on_the_one_that_takes_its_place() {
    let mut world = World::new(Reliable);
    let other = FlowId::new(2);
    world.receive(request_with_branch("MESSAGE", "z9hG4bK1"));
    world.layer.handle_flow_interrupted(FLOW, world.now);
    world.layer.move_servers(FLOW, other, world.now);
    let id = *world.servers.last().unwrap();
    let response = world.layer.request_of(id).unwrap().response(StatusCode::OK);
    world.layer.respond(id, response, world.now).unwrap();
    let answer = world.layer.poll_output();
    assert!(matches!(&answer, Some(Output::Transmit { flow, .. }) if *flow == other), "{answer:?}");
}

// rfc3261#18.2.2/1-2, type=test: the refusal may have been on its way when the flow broke; Timer H knows when to stop
#[test]
fn a_refusal_without_ack_is_repeated_on_the_next_flow_unless_it_has_its_ack() {
    let mut world = World::new(Reliable);
    let other = FlowId::new(2);
    for acknowledged in [false, true] {
        world.receive(request_with_branch("INVITE", if acknowledged { "z9hG4bK2" } else { "z9hG4bK1" }));
        world.respond(486);
        if acknowledged {
            world.receive(request_with_branch("ACK", "z9hG4bK2"));
        }
        world.layer.handle_flow_interrupted(FLOW, world.now);
        world.layer.move_servers(FLOW, other, world.now);
        let repeated = std::iter::from_fn(|| world.layer.poll_output());
        let repeated =
            repeated.filter(|output| matches!(output, Output::Transmit { flow, .. } if *flow == other));
        assert_eq!(repeated.count(), usize::from(!acknowledged));
        world.layer.move_servers(FLOW, other, world.now);
        assert!(world.layer.poll_output().is_none());
    }
}

#[test]
fn a_request_is_repeated_as_it_was() {
    let mut world = World::new(Reliable);
    let id = world.request(Method::Invite);
    let sent = world.layer.sent_request(id).unwrap().clone();
    world.layer.abandon(id);
    world.drain();
    let again = world.layer.repeat(sent.clone(), FlowId::new(2), Reliable, world.now);
    let Some(Output::Transmit { flow, message }) = world.layer.poll_output() else { panic!() };
    assert_eq!((flow, message.to_bytes()), (FlowId::new(2), sent.to_bytes()));
    assert_eq!(world.layer.sent_request(again).unwrap().to_bytes(), sent.to_bytes());
}
