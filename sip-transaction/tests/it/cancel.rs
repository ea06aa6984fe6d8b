//! CANCEL: RFC 3261 §9.

use crate::world::{World, request_with_branch};
use insta::assert_snapshot;
use sip_message::{Method, Reason};
use sip_transaction::CancelError;
use sip_transaction::Reliability::{Reliable, Unreliable};
use std::time::Duration;

// rfc3261#9.1/1,7-10, type=test
#[test]
fn a_cancel_waits_for_a_provisional_response_and_comes_once() {
    let mut world = World::new(Reliable);
    let invite = world.request(Method::Invite);
    let now = world.now;
    assert_eq!(world.layer.cancel(invite, &[], now), Err(CancelError::NotProceeding));
    world.answered(invite, 100);
    assert!(world.layer.cancel(invite, &[], now).is_ok());
    assert_eq!(world.layer.cancel(invite, &[], now), Err(CancelError::AlreadyCancelled));
    world.answered(invite, 200);
    assert_eq!(world.layer.cancel(invite, &[], now), Err(CancelError::Completed));
    world.wait_until_idle();
    assert_eq!(world.layer.cancel(invite, &[], now), Err(CancelError::Completed));
    let options = world.request(Method::Options);
    assert_eq!(world.layer.cancel(options, &[], now), Err(CancelError::NotInvite));
}

// rfc3261#9.1/2-6,11, type=test
#[test]
fn a_cancel_repeats_the_fields_of_its_invite() {
    let mut world = World::new(Reliable);
    let invite = world.request(Method::Invite);
    world.answered(invite, 180);
    let reason = Reason::new("SIP", 200, "Call completed elsewhere");
    let cancel = world.layer.cancel(invite, &[reason], world.now).unwrap();
    let print = |id| String::from_utf8(world.layer.sent_request(id).unwrap().to_bytes().to_vec()).unwrap();
    let both = format!("{}{}", print(invite), print(cancel)).replace('\r', "");
    assert_snapshot!(both, @r#"
    INVITE sip:bob@example.org SIP/2.0
    Via: SIP/2.0/UDP client.invalid;branch=z9hG4bKbekf44vzwc5bnihg
    Max-Forwards: 70
    From: <sip:alice@example.org>;tag=a
    To: <sip:bob@example.org>
    Call-ID: 1
    CSeq: 1 INVITE
    Content-Length: 0

    CANCEL sip:bob@example.org SIP/2.0
    Via: SIP/2.0/UDP client.invalid;branch=z9hG4bKbekf44vzwc5bnihg
    Max-Forwards: 70
    From: <sip:alice@example.org>;tag=a
    To: <sip:bob@example.org>
    Call-ID: 1
    CSeq: 1 CANCEL
    Reason: SIP;cause=200;text="Call completed elsewhere"
    Content-Length: 0
    "#);
}

#[test]
fn cancel_and_invite_complete_independently() {
    let mut world = World::new(Unreliable);
    let invite = world.request(Method::Invite);
    world.answered(invite, 180);
    let cancel = world.layer.cancel(invite, &[], world.now).unwrap();
    world.drain();
    world.answered(cancel, 200);
    world.answered(invite, 487);
    world.wait_until_idle();
    assert_snapshot!(world.transcript, @"
    +0ns send INVITE on 1
    +0ns response 180
    +0ns send CANCEL on 1
    +0ns response 200
    +0ns send ACK on 1
    +0ns response 487
    +5s ClientId(2) gone
    +32s ClientId(1) gone
    ");
}

// rfc3261#9.1/12-13, type=test
#[test]
fn a_cancelled_invite_without_final_response_ends_after_64_t1() {
    let mut world = World::new(Reliable);
    let invite = world.request(Method::Invite);
    world.answered(invite, 180);
    world.wait(Duration::from_secs(10));
    let cancel = world.layer.cancel(invite, &[], world.now).unwrap();
    world.drain();
    world.answered(cancel, 200);
    world.answered(invite, 183);
    world.wait_until_idle();
    assert_snapshot!(world.transcript, @"
    +0ns send INVITE on 1
    +0ns response 180
    +10s send CANCEL on 1
    +10s response 200
    +10s ClientId(2) gone
    +10s response 183
    +42s client failed: Timeout
    +42s ClientId(1) gone
    ");
    assert!(world.layer.is_empty());
}

// rfc3261#9.2, type=test
#[test]
fn a_received_cancel_names_what_it_cancels() {
    let mut world = World::new(Unreliable);
    world.receive(request_with_branch("INVITE", "z9hG4bK1"));
    world.receive(request_with_branch("CANCEL", "z9hG4bK2"));
    world.respond(481);
    world.receive(request_with_branch("CANCEL", "z9hG4bK1"));
    world.respond(200);
    world.receive(request_with_branch("CANCEL", "z9hG4bK1")); // absorbed: the 200 again
    world.receive(request_with_branch("MESSAGE", "z9hG4bK3"));
    world.receive(request_with_branch("CANCEL", "z9hG4bK3"));
    assert_snapshot!(world.transcript, @"
    +0ns request INVITE
    +0ns cancel of nothing
    +0ns send 481 on 1
    +0ns cancel of ServerId(1)
    +0ns send 200 on 1
    +0ns send 200 on 1
    +0ns request MESSAGE
    +0ns cancel of ServerId(4)
    ");
}

#[test]
fn a_cancel_after_the_2xx_still_finds_the_accepted_invite() {
    let mut world = World::new(Reliable);
    world.receive(request_with_branch("INVITE", "z9hG4bK1"));
    world.respond(200);
    world.receive(request_with_branch("CANCEL", "z9hG4bK1"));
    world.respond(200);
    assert_snapshot!(world.transcript, @"
    +0ns request INVITE
    +0ns send 200 on 1
    +0ns cancel of ServerId(1)
    +0ns send 200 on 1
    +0ns ServerId(2) gone
    ");
}

#[test]
fn an_abandoned_invite_is_gone_without_a_word() {
    let mut world = World::new(Unreliable);
    let invite = world.request(Method::Invite);
    world.answered(invite, 180);
    world.layer.abandon(invite);
    assert!(world.layer.is_empty() && world.layer.next_timeout().is_none());
    assert!(world.layer.poll_output().is_none());
}
