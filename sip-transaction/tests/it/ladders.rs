//! The timer ladders of RFC 3261 §17 and RFC 6026, default timers, virtual time.

use crate::world::{World, answer, request_with_branch};
use insta::assert_snapshot;
use sip_message::{Header, Message, Method, StatusCode, Timestamp, To};
use sip_transaction::Reliability::{Reliable, Unreliable};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// The transcript, which must be the same on both.
fn on_both_transports(scenario: impl Fn(&mut World)) -> String {
    let [unreliable, reliable] = [Unreliable, Reliable].map(|reliability| {
        let mut world = World::new(reliability);
        scenario(&mut world);
        world.transcript
    });
    assert_eq!(unreliable, reliable);
    unreliable
}

// rfc3261#17.1.1.2/2-3,5-9,13-15, type=test
#[test]
fn a_doubles_until_b_ends_the_invite() {
    let mut world = World::new(Unreliable);
    world.request(Method::Invite);
    world.wait_until_idle();
    assert_snapshot!(world.transcript, @"
    +0ns send INVITE on 1
    +500ms send INVITE on 1
    +1.5s send INVITE on 1
    +3.5s send INVITE on 1
    +7.5s send INVITE on 1
    +15.5s send INVITE on 1
    +31.5s send INVITE on 1
    +32s client failed: Timeout
    +32s ClientId(1) gone
    ");
    assert!(world.layer.is_empty());
}

// rfc3261#17.1.1.2/4-5, type=test
#[test]
fn a_reliable_invite_is_sent_once_and_ended_by_b() {
    let mut world = World::new(Reliable);
    world.request(Method::Invite);
    world.wait_until_idle();
    assert_snapshot!(world.transcript, @"
    +0ns send INVITE on 1
    +32s client failed: Timeout
    +32s ClientId(1) gone
    ");
}

// rfc3261#8.2.6.1/3-5, type=test
#[test]
fn a_100_says_how_long_its_request_has_waited() {
    let delays = ["INVITE", "MESSAGE"].map(|method| {
        let mut world = World::new(Reliable);
        let mut request = request_with_branch(method, "z9hG4bK1");
        request.headers_mut().push(&Timestamp::new(Duration::from_secs(54)));
        world.wait(SECOND);
        world.receive(request);
        world.wait(5 * SECOND);
        let Some(Message::Response(trying)) = world.sent.pop() else { panic!("nothing was sent") };
        assert_eq!(trying.status(), StatusCode::TRYING);
        trying.headers().required::<Timestamp>().unwrap().encoded()
    });
    assert_eq!(delays, ["54.000000 0.200000", "54.000000 3.500000"]);
}

// rfc3261#17.1.1.2/10,16-18, type=test
#[test]
fn a_provisional_response_stops_a_and_b() {
    let mut world = World::new(Unreliable);
    let id = world.request(Method::Invite);
    world.wait(SECOND);
    world.answered(id, 180);
    assert_eq!(world.layer.next_timeout(), None);
    world.answered(id, 183);
    assert_snapshot!(world.transcript, @"
    +0ns send INVITE on 1
    +500ms send INVITE on 1
    +1s response 180
    +1s response 183
    ");
}

// rfc3261#17.1.1.2/19-26,29, rfc6026#8.4/4-8,16, type=test
#[test]
fn d_absorbs_repeated_failures_with_an_ack_each() {
    let mut world = World::new(Unreliable);
    let id = world.request(Method::Invite);
    world.answered(id, 486);
    world.wait(SECOND);
    world.answered(id, 486);
    world.wait_until_idle();
    assert_snapshot!(world.transcript, @"
    +0ns send INVITE on 1
    +0ns send ACK on 1
    +0ns response 486
    +1s send ACK on 1
    +32s ClientId(1) gone
    ");
}

// rfc3261#17.1.1.2/21,23, rfc6026#8.4/3,5, type=test
#[test]
fn d_is_zero_on_a_reliable_transport() {
    let mut world = World::new(Reliable);
    let id = world.request(Method::Invite);
    world.answered(id, 486);
    assert_snapshot!(world.transcript, @"
    +0ns send INVITE on 1
    +0ns send ACK on 1
    +0ns response 486
    +0ns ClientId(1) gone
    ");
    assert!(world.layer.is_empty());
}

// rfc3261#17.1.1.2/28, rfc6026#7.2/1-5, rfc6026#8.4/9-16, type=test
#[test]
fn m_hands_up_every_2xx_on_any_transport() {
    let transcript = on_both_transports(|world| {
        let id = world.request(Method::Invite);
        world.answered(id, 200);
        world.wait(SECOND);
        world.answered(id, 200);
        world.answered(id, 486);
        world.wait_until_idle();
    });
    assert_snapshot!(transcript, @"
    +0ns send INVITE on 1
    +0ns response 200
    +1s response 200
    +32s ClientId(1) gone
    ");
}

// rfc3261#17.1.2.2/1-5, type=test
#[test]
fn e_caps_at_t2_until_f() {
    let mut world = World::new(Unreliable);
    world.request(Method::Options);
    world.wait_until_idle();
    assert_snapshot!(world.transcript, @"
    +0ns send OPTIONS on 1
    +500ms send OPTIONS on 1
    +1.5s send OPTIONS on 1
    +3.5s send OPTIONS on 1
    +7.5s send OPTIONS on 1
    +11.5s send OPTIONS on 1
    +15.5s send OPTIONS on 1
    +19.5s send OPTIONS on 1
    +23.5s send OPTIONS on 1
    +27.5s send OPTIONS on 1
    +31.5s send OPTIONS on 1
    +32s client failed: Timeout
    +32s ClientId(1) gone
    ");
}

// rfc3261#17.1.2.2/6-7,10-13, type=test
#[test]
fn e_is_t2_in_proceeding_and_f_still_runs() {
    let mut world = World::new(Unreliable);
    let id = world.request(Method::Options);
    world.wait(SECOND);
    world.answered(id, 100);
    world.wait_until_idle();
    assert_snapshot!(world.transcript, @"
    +0ns send OPTIONS on 1
    +500ms send OPTIONS on 1
    +1s response 100
    +1.5s send OPTIONS on 1
    +5.5s send OPTIONS on 1
    +9.5s send OPTIONS on 1
    +13.5s send OPTIONS on 1
    +17.5s send OPTIONS on 1
    +21.5s send OPTIONS on 1
    +25.5s send OPTIONS on 1
    +29.5s send OPTIONS on 1
    +32s client failed: Timeout
    +32s ClientId(1) gone
    ");
}

// rfc3261#17.1.2.2/8-9,16-18, type=test
#[test]
fn k_absorbs_repeated_finals() {
    let mut world = World::new(Unreliable);
    let id = world.request(Method::Options);
    world.answered(id, 200);
    world.answered(id, 200);
    world.wait_until_idle();
    assert_snapshot!(world.transcript, @"
    +0ns send OPTIONS on 1
    +0ns response 200
    +5s ClientId(1) gone
    ");
}

#[test]
fn k_is_zero_and_e_never_runs_on_a_reliable_transport() {
    let mut world = World::new(Reliable);
    let id = world.request(Method::Options);
    assert_eq!(world.layer.next_timeout().unwrap().to_string(), "+32s");
    world.answered(id, 200);
    assert_snapshot!(world.transcript, @"
    +0ns send OPTIONS on 1
    +0ns response 200
    +0ns ClientId(1) gone
    ");
}

// rfc3261#17.2.1/1-5, type=test
#[test]
fn the_machine_sends_100_after_200_ms_and_repeats_it() {
    let mut world = World::new(Unreliable);
    let invite = request_with_branch("INVITE", "z9hG4bK1");
    world.receive(invite.clone());
    world.receive(invite.clone());
    world.wait(SECOND);
    world.receive(invite.clone());
    world.respond(180);
    world.receive(invite);
    assert_snapshot!(world.transcript, @"
    +0ns request INVITE
    +200ms send 100 on 1
    +1s send 100 on 1
    +1s send 180 on 1
    +1s send 180 on 1
    ");
    let to = world.sent[0].headers().required::<To>().unwrap();
    assert_eq!(to.0.tag(), None);
}

// rfc3261#17.2.1/8-10,13-14,16, type=test
#[test]
fn g_doubles_to_t2_until_h_reports_the_missing_ack() {
    let mut world = World::new(Unreliable);
    world.receive(request_with_branch("INVITE", "z9hG4bK1"));
    world.respond(486);
    world.wait_until_idle();
    assert_snapshot!(world.transcript, @"
    +0ns request INVITE
    +0ns send 486 on 1
    +500ms send 486 on 1
    +1.5s send 486 on 1
    +3.5s send 486 on 1
    +7.5s send 486 on 1
    +11.5s send 486 on 1
    +15.5s send 486 on 1
    +19.5s send 486 on 1
    +23.5s send 486 on 1
    +27.5s send 486 on 1
    +31.5s send 486 on 1
    +32s server failed: Timeout
    +32s ServerId(1) gone
    ");
}

#[test]
fn h_runs_on_a_reliable_transport_and_g_does_not() {
    let mut world = World::new(Reliable);
    world.receive(request_with_branch("INVITE", "z9hG4bK1"));
    world.respond(486);
    world.wait_until_idle();
    assert_snapshot!(world.transcript, @"
    +0ns request INVITE
    +0ns send 486 on 1
    +32s server failed: Timeout
    +32s ServerId(1) gone
    ");
}

#[test]
fn i_absorbs_repeated_acks() {
    let mut world = World::new(Unreliable);
    world.receive(request_with_branch("INVITE", "z9hG4bK1"));
    world.respond(486);
    world.wait(SECOND);
    world.receive(request_with_branch("ACK", "z9hG4bK1"));
    world.receive(request_with_branch("ACK", "z9hG4bK1"));
    world.receive(request_with_branch("INVITE", "z9hG4bK1"));
    world.wait_until_idle();
    assert_snapshot!(world.transcript, @"
    +0ns request INVITE
    +0ns send 486 on 1
    +500ms send 486 on 1
    +6s ServerId(1) gone
    ");
}

#[test]
fn i_is_zero_on_a_reliable_transport() {
    let mut world = World::new(Reliable);
    world.receive(request_with_branch("INVITE", "z9hG4bK1"));
    world.respond(486);
    world.receive(request_with_branch("ACK", "z9hG4bK1"));
    assert_snapshot!(world.transcript, @"
    +0ns request INVITE
    +0ns send 486 on 1
    +0ns ServerId(1) gone
    ");
    assert!(world.layer.is_empty());
}

// rfc6026#7.1/1-6, rfc6026#8.7/1-4, type=test
#[test]
fn l_absorbs_invites_and_lets_2xx_and_ack_through() {
    let transcript = on_both_transports(|world| {
        world.receive(request_with_branch("INVITE", "z9hG4bK1"));
        world.respond(200);
        world.wait(SECOND);
        world.receive(request_with_branch("INVITE", "z9hG4bK1"));
        world.respond(200);
        world.receive(request_with_branch("ACK", "z9hG4bK1"));
        world.wait_until_idle();
    });
    assert_snapshot!(transcript, @"
    +0ns request INVITE
    +0ns send 200 on 1
    +1s send 200 on 1
    +1s ACK to the user
    +32s ServerId(1) gone
    ");
}

// rfc3261#17.2.2/7-8,10, type=test
#[test]
fn j_repeats_the_final_response() {
    let mut world = World::new(Unreliable);
    let bye = request_with_branch("BYE", "z9hG4bK1");
    world.receive(bye.clone());
    world.receive(bye.clone());
    world.respond(200);
    world.wait(SECOND);
    world.receive(bye);
    world.wait_until_idle();
    assert_snapshot!(world.transcript, @"
    +0ns request BYE
    +0ns send 200 on 1
    +1s send 200 on 1
    +32s ServerId(1) gone
    ");
}

// rfc3261#17.2.2/7,11, type=test
#[test]
fn j_is_zero_on_a_reliable_transport() {
    let mut world = World::new(Reliable);
    world.receive(request_with_branch("BYE", "z9hG4bK1"));
    world.respond(200);
    assert_snapshot!(world.transcript, @"
    +0ns request BYE
    +0ns send 200 on 1
    +0ns ServerId(1) gone
    ");
    assert!(world.layer.is_empty());
}

// rfc4320#4.1/3, rfc4320#4.2/1-2, type=test
#[test]
fn an_unanswered_request_gets_100_after_3500_ms_and_expires_without_408() {
    let transcript = on_both_transports(|world| {
        world.receive(request_with_branch("MESSAGE", "z9hG4bK1"));
        world.wait(SECOND * 4);
        world.receive(request_with_branch("MESSAGE", "z9hG4bK1"));
        world.wait_until_idle();
    });
    assert_snapshot!(transcript, @"
    +0ns request MESSAGE
    +3.5s send 100 on 1
    +4s send 100 on 1
    +32s server failed: Timeout
    +32s ServerId(1) gone
    ");
}

#[test]
fn a_late_answer_to_a_forgotten_transaction_is_stray() {
    let mut world = World::new(Reliable);
    let id = world.request(Method::Options);
    let late = answer(world.layer.sent_request(id).unwrap(), 200);
    world.wait_until_idle();
    world.take_transcript();
    world.receive(late);
    assert_snapshot!(world.transcript, @"+32s stray 200");
}
