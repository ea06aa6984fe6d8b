//! An INVITE that comes again after it was refused: on a reliable transport its transaction ends with the ACK (RFC 3261
//! §17.2.1, timer I), and a copy can be late by another path, or because its sender has come back on a new connection.

use crate::peer::{Peer, request};
use sip_message::{Body, HeaderName, Message, StatusCode};
use sip_ua::core::{CallKey, Event};
use std::time::Duration;

/// The INVITE of Bob; the first `from` in it becomes `to`.
fn invite(from: &str, to: &str) -> String {
    let text = request("INVITE", "", "");
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

const OTHER_BRANCH: (&str, &str) = ("branch=z9hG4bKbobINVITE", "branch=z9hG4bKother");

/// The call that `text` rings, if it does.
fn ring(alice: &mut Peer, text: &str) -> Option<CallKey> {
    alice.receive_text(text);
    alice.events.drain(..).find_map(|event| match event {
        Event::IncomingCall { call, .. } => Some(call),
        _ => None,
    })
}

/// Acknowledges the refusal of the INVITE `text`, which Alice has just sent.
fn acknowledge(alice: &mut Peer, text: &str) -> StatusCode {
    let sent = alice.take_sent();
    let refusal = sent.last().unwrap().as_response().unwrap();
    let tag = refusal.headers().tag(&HeaderName::To).unwrap().unwrap();
    let to = format!("To: <sip:alice@example.test>;tag={tag}");
    let (start, cseq) = (("INVITE sip:", "ACK sip:"), ("1 INVITE", "1 ACK"));
    let ack = text.replace(start.0, start.1).replace(cseq.0, cseq.1);
    alice.receive_text(&ack.replace("To: <sip:alice@example.test>", &to));
    alice.events.clear();
    refusal.status()
}

/// Alice after she was called, and said that she is busy.
fn busy() -> Peer {
    let mut alice = Peer::connected();
    let text = request("INVITE", "", "");
    let call = ring(&mut alice, &text).unwrap();
    alice.act(|core, now| core.reject(call, StatusCode::BUSY_HERE, now)).unwrap();
    assert_eq!(acknowledge(&mut alice, &text), StatusCode::BUSY_HERE);
    assert!(alice.core.is_idle(), "nothing is left of it but the memory");
    alice
}

fn refused_again(alice: &mut Peer, text: &str) -> StatusCode {
    assert_eq!(ring(alice, text), None, "it rings again");
    assert_eq!(alice.start_lines().len(), 1);
    acknowledge(alice, text)
}

// rfc3261#17.1.1.2, type=test
#[test]
fn a_copy_of_a_refused_invite_gets_the_same_refusal_on_any_branch_and_does_not_ring() {
    let mut alice = busy();
    assert_eq!(refused_again(&mut alice, &request("INVITE", "", "")), StatusCode::BUSY_HERE);
    alice.sleep(Duration::from_secs(31));
    let other = invite(OTHER_BRANCH.0, OTHER_BRANCH.1);
    assert_eq!(refused_again(&mut alice, &other), StatusCode::BUSY_HERE);
}

#[test]
fn a_copy_that_comes_on_the_next_connection_does_not_ring() {
    let mut alice = busy();
    alice.disconnect();
    alice.connect();
    alice.take_sent();
    assert_eq!(refused_again(&mut alice, &request("INVITE", "", "")), StatusCode::BUSY_HERE);
}

#[test]
fn a_copy_of_a_cancelled_invite_does_not_ring() {
    let mut alice = Peer::connected();
    let text = request("INVITE", "", "");
    ring(&mut alice, &text).unwrap();
    alice.take_sent();
    let cancel = request("CANCEL", "", "").replace("z9hG4bKbobCANCEL", "z9hG4bKbobINVITE");
    alice.receive_text(&cancel);
    acknowledge(&mut alice, &text);
    let other = invite(OTHER_BRANCH.0, OTHER_BRANCH.1);
    alice.sleep(Duration::from_secs(20));
    assert_eq!(refused_again(&mut alice, &other), StatusCode::REQUEST_TERMINATED);
}

#[test]
fn a_copy_of_an_invite_that_nobody_answered_does_not_ring() {
    let mut alice = Peer::connected();
    let text = request("INVITE", "", "");
    ring(&mut alice, &text).unwrap();
    alice.sleep(Duration::from_secs(181));
    assert_eq!(acknowledge(&mut alice, &text), StatusCode::TEMPORARILY_UNAVAILABLE);
    let other = invite(OTHER_BRANCH.0, OTHER_BRANCH.1);
    assert_eq!(refused_again(&mut alice, &other), StatusCode::TEMPORARILY_UNAVAILABLE);
}

/// A client that was challenged or redirected asks with the next CSeq (RFC 3261 §8.1.3.4, §22.2).
#[test]
fn a_new_invite_rings_although_one_like_it_was_refused() {
    let changes = [("CSeq: 1", "CSeq: 2"), ("Call-ID: from-bob", "Call-ID: again"), ("tag=bob", "tag=bob2")];
    for (from, to) in changes {
        let mut alice = busy();
        let text = invite(from, to).replace("z9hG4bKbobINVITE", "z9hG4bKnew");
        assert!(ring(&mut alice, &text).is_some(), "{to}");
    }
}

#[test]
fn a_refused_invite_is_forgotten_after_timer_b() {
    let mut alice = busy();
    alice.sleep(Duration::from_secs(32));
    assert!(ring(&mut alice, &request("INVITE", "", "")).is_some());
}

#[test]
fn a_refused_invite_is_forgotten_after_256_others() {
    let mut alice = busy();
    let other = |number: usize| {
        let text = invite("Call-ID: from-bob", &format!("Call-ID: other-{number}"));
        text.replace(OTHER_BRANCH.0, &format!("branch=z9hG4bK{number}"))
    };
    for number in 0..256 {
        let text = other(number);
        let call = ring(&mut alice, &text).unwrap();
        alice.act(|core, now| core.reject(call, StatusCode::DECLINE, now)).unwrap();
        acknowledge(&mut alice, &text);
    }
    let again = other(0).replace("z9hG4bK0", "z9hG4bKagain");
    assert_eq!(refused_again(&mut alice, &again), StatusCode::DECLINE);
    assert!(ring(&mut alice, &invite(OTHER_BRANCH.0, OTHER_BRANCH.1)).is_some(), "the oldest is out");
}

/// A caller who lost the connection before the 2xx came repeats the INVITE on the next one, until the 2xx comes there; a
/// copy that the ACK overtakes is of the same call, although timer L of the first 2xx is over (RFC 6026 §7.1).
#[test]
fn a_copy_of_an_accepted_invite_that_comes_after_a_lost_connection_does_not_ring() {
    let mut alice = Peer::connected();
    let text = request("INVITE", "", "");
    let call = ring(&mut alice, &text).unwrap();
    alice.act(|core, now| core.accept(call, Some(Body::sdp("v=0\r\n")), now)).unwrap();
    alice.disconnect();
    alice.sleep(Duration::from_secs(31));
    alice.connect();
    alice.sleep(Duration::from_secs(2));
    let sent = alice.take_sent();
    let again = sent.iter().filter_map(Message::as_response).next_back().unwrap();
    assert_eq!(again.status(), StatusCode::OK);
    let tag = again.headers().tag(&HeaderName::To).unwrap().unwrap();
    let to = format!("To: <sip:alice@example.test>;tag={tag}");
    let ack = request("ACK", "", "").replace("To: <sip:alice@example.test>", &to);
    alice.receive_text(&ack);
    assert_eq!(ring(&mut alice, &text), None, "it rings again");
}
