//! Matching: RFC 3261 §17.1.3 and §17.2.3, the RFC 2543 rules, RFC 6026 §6.

use crate::world::{FLOW, World, answer, ours, received, request_with_branch, request_with_via};
use insta::assert_snapshot;
use sip_message::{CSeq, Message, Method, Via};
use sip_transaction::Reliability::{Reliable, Unreliable};
use sip_transaction::{TimerSettings, TransactionLayer};
use std::time::Duration;

/// A request of an RFC 2543 client, which has no branch of its own.
fn rfc2543(method: &str, cseq: u32, to_tag: &str) -> sip_message::Request {
    received(&format!(
        "{method} sip:bob@example.org SIP/2.0\r\n\
         Via: SIP/2.0/UDP old.example:5060\r\n\
         From: <sip:alice@example.org>;tag=a\r\n\
         To: <sip:bob@example.org>{to_tag}\r\n\
         Call-ID: 1\r\n\
         CSeq: {cseq} {method}\r\n\r\n"
    ))
}

// rfc3261#17.1.3, rfc3261#18.1.2/2-3, rfc6026#6/3, rfc6026#7.3/1, rfc6026#8.9/1, type=test
#[test]
fn a_response_needs_the_branch_and_the_method() {
    let mut world = World::new(Unreliable);
    let id = world.request(Method::Options);
    let good = answer(world.layer.sent_request(id).unwrap(), 200);

    let mut other_method = good.clone();
    other_method.headers_mut().set(&CSeq { number: 1, method: Method::Bye });
    world.receive(other_method);
    let mut other_branch = good.clone();
    let via = Via::new("UDP", &"client.invalid".parse().unwrap(), None).with_branch("z9hG4bKother");
    other_branch.headers_mut().set(&via);
    world.receive(other_branch);
    world.receive(good);
    assert_snapshot!(world.transcript, @"
    +0ns send OPTIONS on 1
    +0ns stray 200
    +0ns stray 200
    +0ns response 200
    ");
}

#[test]
fn a_peer_that_folds_the_case_of_the_branch_is_understood() {
    let mut world = World::new(Unreliable);
    let id = world.request(Method::Options);
    let sent = world.layer.sent_request(id).unwrap();
    let mut response = answer(sent, 200);
    let via: Via = sent.headers().list().next().unwrap().unwrap();
    let folded = via.branch().unwrap().to_ascii_uppercase();
    response.headers_mut().set(&via.with_branch(&folded));
    world.take_transcript();
    world.receive(response);
    assert_eq!(world.transcript, "+0ns response 200\n");
}

// rfc3261#17.2.3, type=test
#[test]
fn a_request_needs_branch_sent_by_and_method() {
    let mut world = World::new(Unreliable);
    world.receive(request_with_via("OPTIONS", "SIP/2.0/UDP a.example;branch=z9hG4bK1"));
    world.receive(request_with_via("OPTIONS", "SIP/2.0/UDP A.Example;branch=z9hG4bK1;rport"));
    assert_eq!(world.layer.len(), 1);
    world.receive(request_with_via("OPTIONS", "SIP/2.0/UDP b.example;branch=z9hG4bK1"));
    world.receive(request_with_via("OPTIONS", "SIP/2.0/UDP a.example:5070;branch=z9hG4bK1"));
    world.receive(request_with_via("OPTIONS", "SIP/2.0/UDP a.example;branch=z9hG4bK2"));
    world.receive(request_with_via("MESSAGE", "SIP/2.0/UDP a.example;branch=z9hG4bK1"));
    assert_snapshot!(world.transcript, @"
    +0ns request OPTIONS
    +0ns request OPTIONS
    +0ns request OPTIONS
    +0ns request OPTIONS
    +0ns request MESSAGE
    ");
    assert_eq!(world.layer.len(), 5);
}

#[test]
fn only_the_top_via_counts_also_in_a_comma_list() {
    let mut world = World::new(Unreliable);
    let top = "SIP/2.0/UDP a.example;branch=z9hG4bK1";
    world.receive(request_with_via("OPTIONS", &format!("{top}, SIP/2.0/UDP b.example;branch=z9hG4bK2")));
    world.receive(request_with_via("OPTIONS", &format!("{top}, SIP/2.0/UDP c.example;branch=z9hG4bK3")));
    assert_eq!(world.layer.len(), 1);
}

#[test]
fn the_ack_to_a_failure_is_absorbed_and_the_ack_to_a_2xx_goes_up() {
    let mut world = World::new(Unreliable);
    world.receive(request_with_branch("INVITE", "z9hG4bK1"));
    world.respond(486);
    world.receive(request_with_branch("ACK", "z9hG4bK1"));
    world.receive(request_with_branch("INVITE", "z9hG4bK2"));
    world.respond(200);
    world.receive(request_with_branch("ACK", "z9hG4bK3"));
    world.receive(request_with_branch("ACK", "z9hG4bK2")); // peers that use the branch of the INVITE again
    assert_snapshot!(world.transcript, @"
    +0ns request INVITE
    +0ns send 486 on 1
    +0ns request INVITE
    +0ns send 200 on 1
    +0ns ACK to the user
    +0ns ACK to the user
    ");
}

#[test]
fn an_ack_before_the_final_response_changes_nothing() {
    let mut world = World::new(Unreliable);
    world.receive(request_with_branch("INVITE", "z9hG4bK1"));
    world.receive(request_with_branch("ACK", "z9hG4bK1"));
    world.respond(486);
    assert_eq!(world.transcript, "+0ns request INVITE\n+0ns send 486 on 1\n");
}

// rfc3261#17.2.3, type=test
#[test]
fn an_rfc_2543_invite_is_matched_by_its_fields() {
    let mut world = World::new(Unreliable);
    world.receive(rfc2543("INVITE", 1, ""));
    world.receive(rfc2543("INVITE", 1, ""));
    assert_eq!(world.layer.len(), 1);
    world.receive(rfc2543("INVITE", 2, ""));
    world.receive(rfc2543("OPTIONS", 1, ""));
    world.receive(rfc2543("INVITE", 1, ";tag=z"));
    assert_eq!(world.layer.len(), 4);
}

// rfc3261#17.2.3, type=test: the To tag of the ACK is that of the response
#[test]
fn an_rfc_2543_ack_needs_the_to_tag_of_the_response() {
    let mut world = World::new(Unreliable);
    world.receive(rfc2543("INVITE", 1, ""));
    world.respond(486);
    world.take_transcript();
    world.receive(rfc2543("ACK", 1, ";tag=other"));
    world.receive(rfc2543("ACK", 1, ";tag=b"));
    world.receive(rfc2543("ACK", 1, ";tag=b"));
    world.wait_until_idle();
    assert_snapshot!(world.transcript, @"
    +0ns ACK to the user
    +5s ServerId(1) gone
    ");
}

// rfc6026#6/5, type=test
#[test]
fn an_rfc_2543_ack_to_a_2xx_goes_to_the_user() {
    let mut world = World::new(Unreliable);
    world.receive(rfc2543("INVITE", 1, ""));
    world.respond(200);
    world.receive(rfc2543("ACK", 1, ";tag=b"));
    assert_snapshot!(world.transcript, @"
    +0ns request INVITE
    +0ns send 200 on 1
    +0ns ACK to the user
    ");
}

#[test]
fn an_rfc_2543_cancel_finds_its_invite() {
    let mut world = World::new(Unreliable);
    world.receive(rfc2543("INVITE", 1, ""));
    world.receive(rfc2543("CANCEL", 2, ""));
    world.receive(rfc2543("CANCEL", 1, ""));
    assert_snapshot!(world.transcript, @"
    +0ns request INVITE
    +0ns cancel of nothing
    +0ns cancel of ServerId(1)
    ");
}

#[test]
fn messages_without_a_readable_via_are_counted_and_dropped() {
    let mut world = World::new(Unreliable);
    let mut request = request_with_branch("OPTIONS", "z9hG4bK1");
    let response = answer(&request, 200);
    request.headers_mut().remove(&sip_message::HeaderName::Via);
    world.receive(request);
    world.receive(request_with_via("OPTIONS", "@"));
    let mut no_cseq = response.clone();
    no_cseq.headers_mut().remove(&sip_message::HeaderName::CSeq);
    world.receive(no_cseq);
    assert_eq!((world.layer.dropped(), world.layer.len()), (3, 0));
    assert_eq!(world.transcript, "");
    world.receive(response);
    assert_eq!(world.transcript, "+0ns stray 200\n");
}

// rfc3261#18.2.2/1-2, type=test
#[test]
fn a_response_leaves_on_the_flow_of_its_request() {
    let mut world = World::new(Reliable);
    for flow in [7, 8] {
        let request = request_with_branch("INVITE", &format!("z9hG4bK{flow}"));
        world.layer.handle_message(request.into(), sip_transaction::FlowId::new(flow), Reliable, world.now);
        world.drain();
    }
    world.take_transcript();
    world.respond(180);
    world.servers.pop();
    world.respond(486);
    assert_eq!(world.transcript, "+0ns send 180 on 8\n+0ns send 486 on 7\n");
}

// rfc3261#18.1.2/1, type=test
#[test]
fn a_response_with_the_sent_by_of_another_is_dropped() {
    let own = Via::new("WSS", &"CLIENT.invalid".parse().unwrap(), None);
    let layer = TransactionLayer::new(TimerSettings::default()).with_sent_by(own);
    let mut world = World::with_layer(Reliable, layer);
    let id = world.request(Method::Invite);
    let response = answer(world.layer.sent_request(id).unwrap(), 200);
    for (host, port) in [("other.invalid", None), ("client.invalid", Some(5060))] {
        let mut foreign = response.clone();
        let top: Via = foreign.headers_mut().pop_front().unwrap().unwrap();
        foreign.headers_mut().push_front(&Via { host: host.parse().unwrap(), port, ..top });
        world.receive(foreign);
    }
    assert_eq!((world.take_transcript().as_str(), world.layer.dropped()), ("+0ns send INVITE on 1\n", 2));
    world.receive(response);
    assert_eq!(world.transcript, "+0ns response 200\n");
}

// rfc3261#8.1.3.3/1, type=test
#[test]
fn a_response_with_a_second_via_is_dropped_at_the_end_of_its_way() {
    let layer = || TransactionLayer::new(TimerSettings::default());
    for (layer, is_dropped) in [(layer().refusing_misrouted_responses(), true), (layer(), false)] {
        let mut world = World::with_layer(Reliable, layer);
        let id = world.request(Method::Options);
        let mut response = answer(world.layer.sent_request(id).unwrap(), 200);
        let top: Via = response.headers_mut().pop_front().unwrap().unwrap();
        response.headers_mut().push_front(&Via::new("UDP", &"behind.example".parse().unwrap(), None));
        response.headers_mut().push_front(&top);
        world.receive(response);
        assert_eq!((world.layer.dropped(), world.layer.is_empty()), (u64::from(is_dropped), !is_dropped));
    }
}

#[test]
fn a_request_with_other_bad_fields_still_reaches_the_user() {
    let mut world = World::new(Reliable);
    world.receive(received("OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nCSeq: x\r\n\r\n"));
    world.receive(received("OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nCSeq: x\r\nTo: <\r\n\r\n"));
    assert_eq!(world.transcript, "+0ns request OPTIONS\n+0ns request OPTIONS\n");
}

// rfc3261#8.1.1.7/1,3-5, type=test
#[test]
fn each_request_has_a_via_and_a_branch_of_its_own_on_top() {
    let mut world = World::new(Reliable);
    let first = world.request(Method::Options);
    let second = world.request(Method::Options);
    let branch = |id| {
        let via: Via = world.layer.sent_request(id).unwrap().headers().list().next().unwrap().unwrap();
        assert!(via.is_rfc3261_branch());
        via.branch().unwrap().to_owned()
    };
    assert_ne!(branch(first), branch(second));
}

// rfc3261#17.1.1.3/1, type=test
#[test]
fn an_ack_to_a_2xx_leaves_without_a_transaction_and_can_be_repeated() {
    let mut world = World::new(Reliable);
    let mut tokens = sip_clock::TokenSource::from_seed(3);
    let via = Via::new("WSS", &"client.invalid".parse().unwrap(), None);
    let ack = world.layer.stateless(ours(Method::Ack), FLOW, &via, &mut tokens);
    world.layer.transmit(Message::from(ack), FLOW);
    world.drain();
    assert!(world.layer.is_empty());
    assert_eq!(world.sent[0].to_bytes(), world.sent[1].to_bytes());
}

#[test]
fn a_forgotten_transaction_may_be_made_anew() {
    let mut world = World::new(Unreliable);
    world.receive(request_with_branch("BYE", "z9hG4bK1"));
    world.respond(200);
    world.wait(Duration::from_secs(40));
    world.take_transcript();
    world.receive(request_with_branch("BYE", "z9hG4bK1"));
    assert!(world.transcript.contains("request BYE"));
}
