//! Requests that the layer answers by itself: merged ones (RFC 3261 §8.2.2.2), those beyond the limits (§21.5.4).

use crate::world::{World, received, request_with_branch};
use insta::assert_snapshot;
use sip_message::{CSeq, From, Message, Method, Request, RetryAfter, To};
use sip_transaction::Reliability::{Reliable, Unreliable};
use sip_transaction::{FlowId, Refusals, Reliability, ServerLimits, TimerSettings, TransactionLayer};
use std::time::Duration;

fn user_agent(reliability: Reliability) -> World {
    let layer = TransactionLayer::new(TimerSettings::default()).refusing_merged_requests();
    World::with_layer(reliability, layer)
}

fn limited(total: usize, per_flow: usize) -> World {
    let limits = ServerLimits { total, per_flow, ..ServerLimits::default() };
    let layer = TransactionLayer::new(TimerSettings::default()).with_limits(limits);
    World::with_layer(Unreliable, layer)
}

/// The status and the To tag of the message sent last.
fn last_answer(world: &World) -> (u16, String) {
    let Some(Message::Response(response)) = world.sent.last() else { panic!("{:?}", world.sent) };
    let to: To = response.headers().required().unwrap();
    (response.status().code(), to.0.tag().unwrap().to_owned())
}

fn refusals(world: &World) -> (u64, u64) {
    let Refusals { merged, over_limit, .. } = world.layer.refusals();
    (merged, over_limit)
}

// rfc3261#8.2.2.2/1-2, type=test
#[test]
fn a_merged_request_gets_482_and_the_user_hears_nothing_of_it() {
    let mut world = user_agent(Unreliable);
    world.receive(request_with_branch("INVITE", "z9hG4bK1"));
    world.respond(180);
    world.receive(request_with_branch("INVITE", "z9hG4bK2"));
    let first = last_answer(&world);
    world.receive(request_with_branch("INVITE", "z9hG4bK2"));
    assert_eq!((first.0, &first), (482, &last_answer(&world)));
    world.receive(request_with_branch("ACK", "z9hG4bK2"));
    assert_eq!(refusals(&world), (1, 0));
    world.respond(200);
    world.receive(request_with_branch("INVITE", "z9hG4bK3")); // still known for 64*T1
    world.wait_until_idle(); // no ACK comes: 482 again and again, and no word to the user
    let told: Vec<_> = world.transcript.lines().filter(|line| !line.contains("send 482")).collect();
    assert_snapshot!(told.join("\n"), @"
    +0ns request INVITE
    +0ns send 180 on 1
    +0ns send 200 on 1
    +32s ServerId(1) gone
    ");
    assert!(world.layer.is_empty());
}

// rfc3261#8.2.2.2/1-2, type=test
#[test]
fn what_differs_in_from_tag_call_id_or_cseq_or_has_a_to_tag_is_not_merged() {
    let mut world = user_agent(Unreliable);
    let invite = |branch: &str| request_with_branch("INVITE", &format!("z9hG4bK{branch}"));
    world.receive(invite("1"));
    let mut other_cseq = invite("2");
    other_cseq.headers_mut().set(&CSeq { number: 2, method: Method::Invite });
    let mut other_from = invite("3");
    let from: From = other_from.headers().required().unwrap();
    other_from.headers_mut().set(&From(from.0.with_tag("other")));
    let mut other_call = invite("4");
    other_call.headers_mut().set(&sip_message::CallId("2".to_owned()));
    let mut in_dialog = invite("5");
    let to: To = in_dialog.headers().required().unwrap();
    in_dialog.headers_mut().set(&To(to.0.with_tag("b")));
    for request in [other_cseq, other_from, other_call, in_dialog] {
        world.receive(request);
    }
    assert_eq!((world.servers.len(), refusals(&world)), (5, (0, 0)));
}

#[test]
fn a_request_may_come_again_when_the_first_is_forgotten() {
    let mut world = user_agent(Reliable);
    world.receive(request_with_branch("MESSAGE", "z9hG4bK1"));
    world.respond(200);
    world.receive(request_with_branch("MESSAGE", "z9hG4bK2"));
    assert_eq!((world.servers.len(), refusals(&world)), (2, (0, 0)));
}

#[test]
fn a_proxy_lets_merged_requests_pass() {
    let mut world = World::new(Unreliable);
    world.receive(request_with_branch("INVITE", "z9hG4bK1"));
    world.receive(request_with_branch("INVITE", "z9hG4bK2"));
    assert_eq!(world.transcript, "+0ns request INVITE\n+0ns request INVITE\n");
}

#[test]
fn the_cancel_of_a_merged_invite_is_answered_for_the_user() {
    let mut world = user_agent(Unreliable);
    world.receive(request_with_branch("INVITE", "z9hG4bK1"));
    world.receive(request_with_branch("INVITE", "z9hG4bK2"));
    world.take_transcript();
    world.receive(request_with_branch("CANCEL", "z9hG4bK2"));
    assert_eq!(world.take_transcript(), "+0ns send 200 on 1\n");
    world.receive(request_with_branch("CANCEL", "z9hG4bK1"));
    assert_eq!(world.transcript, "+0ns cancel of ServerId(1)\n");
}

// rfc3261#8.2.6.2/8, rfc3261#8.2.7/1-2,5, type=test
#[test]
fn beyond_the_limit_requests_get_503_with_retry_after_and_leave_nothing() {
    let mut world = limited(2, 2);
    for branch in 1..=3 {
        world.receive(request_with_branch("MESSAGE", &format!("z9hG4bK{branch}")));
    }
    assert_eq!((world.layer.len(), refusals(&world)), (2, (0, 1)));
    let Some(Message::Response(refusal)) = world.sent.last().cloned() else { panic!() };
    assert_eq!(refusal.headers().typed::<RetryAfter>().unwrap(), Some(RetryAfter::new(32)));
    let tag = last_answer(&world);
    world.receive(request_with_branch("MESSAGE", "z9hG4bK3"));
    assert_eq!((tag.0, &tag), (503, &last_answer(&world)));
    world.wait(Duration::from_secs(40));
    world.take_transcript();
    world.receive(request_with_branch("MESSAGE", "z9hG4bK3"));
    assert_eq!(world.transcript, "+40s request MESSAGE\n");
}

#[test]
fn one_flow_cannot_spend_the_room_of_others() {
    let mut world = limited(3, 2);
    let mut receive = |branch: &str, flow| {
        let request = request_with_branch("MESSAGE", branch);
        world.layer.handle_message(request.into(), FlowId::new(flow), Unreliable, world.now);
        world.drain();
        refusals(&world).1
    };
    assert_eq!(["z9hG4bK1", "z9hG4bK2", "z9hG4bK3"].map(|branch| receive(branch, 1)), [0, 0, 1]);
    assert_eq!(["z9hG4bK4", "z9hG4bK5"].map(|branch| receive(branch, 2)), [1, 2]);
}

// rfc3261#8.2.7/3-4, type=test
#[test]
fn a_retransmission_an_ack_and_a_matching_cancel_pass_at_the_limit_and_another_cancel_is_ignored() {
    let mut world = limited(1, 1);
    world.receive(request_with_branch("INVITE", "z9hG4bK1"));
    world.receive(request_with_branch("INVITE", "z9hG4bK1"));
    world.receive(request_with_branch("CANCEL", "z9hG4bK1"));
    world.respond(200);
    world.receive(request_with_branch("ACK", "z9hG4bK9"));
    assert_eq!(refusals(&world), (0, 0));
    world.receive(request_with_branch("CANCEL", "z9hG4bK2"));
    assert_eq!(refusals(&world), (0, 1));
    assert_snapshot!(world.transcript, @"
    +0ns request INVITE
    +0ns cancel of ServerId(1)
    +0ns send 200 on 1
    +0ns ACK to the user
    ");
}

// rfc3261#8.2.6.2/6, type=test
#[test]
fn a_refused_request_keeps_the_to_tag_it_has() {
    let mut world = limited(0, 0);
    world.receive(in_dialog_bye());
    assert_eq!(last_answer(&world), (503, "b".to_owned()));
}

fn in_dialog_bye() -> Request {
    received(
        "BYE sip:bob@example.org SIP/2.0\r\n\
         Via: SIP/2.0/UDP a.example;branch=z9hG4bK1\r\n\
         From: <sip:alice@example.org>;tag=a\r\n\
         To: <sip:bob@example.org>;tag=b\r\n\
         Call-ID: 1\r\n\
         CSeq: 2 BYE\r\n\r\n",
    )
}
