//! RFC 3261 §16.3–§16.6: what is forwarded, how, and what is refused.

use crate::support::{
    Core, Peer, World, answer, authorized, config, from_alice, message, phone, register, request, values,
};
use sip_message::{Message, StatusCode, To};
use sip_testbed::sim::{Latency, ScriptedPeer};
use sip_testbed::{FlowProfile, Proxy, ProxyAuthentication, ProxyConfig};
use sip_transaction::FlowId;
use std::time::Duration;

const BOB: &str = "sip:bob@example.test";

// rfc3261#10.1/1-2, type=test
#[test]
fn an_invite_goes_to_the_binding_on_its_flow() {
    let mut world = World::new(config());
    let bob = world.registered("bob", "bob", phone("b1", &[StatusCode::RINGING, StatusCode::OK]));
    let alice = world.peer("alice", ScriptedPeer::new());
    world.send(alice, from_alice("INVITE", BOB, "1"));
    let invite = world.received(bob).pop().unwrap();
    assert_eq!(invite.start_line(), "INVITE sip:bob@bob.invalid;transport=ws SIP/2.0");
    assert_eq!(values(&invite, "Max-Forwards"), "69");
    let record_route = values(&invite, "Record-Route");
    assert!(record_route.starts_with("<sip:") && record_route.ends_with("@proxy.example.test;lr>"));
    let vias = values(&invite, "Via");
    let (own, clients) = vias.split_once('\n').unwrap();
    assert!(own.starts_with("SIP/2.0/WS proxy.example.test;branch=z9hG4bK"), "{own}");
    assert_eq!(clients, "SIP/2.0/WS alice.invalid;branch=z9hG4bK1");
    insta::assert_snapshot!(world.arrows(), @r"
    alice -> proxy INVITE
    proxy -> alice 100 Trying (INVITE)
    proxy -> bob INVITE
    bob -> proxy 180 Ringing (INVITE)
    bob -> proxy 200 OK (INVITE)
    proxy -> alice 180 Ringing (INVITE)
    proxy -> alice 200 OK (INVITE)
    ");
    let ok = world.received(alice).pop().unwrap();
    assert_eq!(values(&ok, "Via"), "SIP/2.0/WS alice.invalid;branch=z9hG4bK1");
}

#[test]
fn a_request_without_max_forwards_gets_one() {
    let mut world = World::new(config());
    let bob = world.registered("bob", "bob", phone("b1", &[StatusCode::OK]));
    let alice = world.peer("alice", ScriptedPeer::new());
    let mut options = from_alice("OPTIONS", BOB, "1");
    options.headers_mut().remove(&sip_message::HeaderName::MaxForwards);
    world.send(alice, options);
    assert_eq!(values(&world.received(bob).pop().unwrap(), "Max-Forwards"), "70");
    assert_eq!(world.last(alice), "SIP/2.0 200 OK");
}

#[test]
fn an_unknown_method_and_header_are_forwarded_untouched() {
    let mut world = World::new(config());
    let bob = world.registered("bob", "bob", phone("b1", &[StatusCode::OK]));
    let alice = world.peer("alice", ScriptedPeer::new());
    let mut dance = from_alice("DANCE", BOB, "1");
    dance.headers_mut().push_text(&"X-Steps".parse().unwrap(), "left,  right ,,").unwrap();
    dance.headers_mut().push_text(&"Date".parse().unwrap(), "yesterday").unwrap();
    world.send(alice, dance);
    let received = world.received(bob).pop().unwrap();
    assert_eq!(values(&received, "X-Steps"), "left,  right ,,");
    assert_eq!(values(&received, "Date"), "yesterday");
    assert_eq!(world.last(alice), "SIP/2.0 200 OK");
}

#[test]
fn no_100_is_made_for_other_methods_than_invite() {
    let mut world = World::new(config());
    world.registered("bob", "bob", phone("b1", &[StatusCode::OK]));
    let alice = world.peer("alice", ScriptedPeer::new());
    world.send(alice, from_alice("MESSAGE", BOB, "1"));
    insta::assert_snapshot!(world.arrows(), @r"
    alice -> proxy MESSAGE
    proxy -> bob MESSAGE
    bob -> proxy 200 OK (MESSAGE)
    proxy -> alice 200 OK (MESSAGE)
    ");
}

#[test]
fn an_unknown_user_gets_404_and_an_absent_one_480() {
    let mut core = Core::new(config().with_user("alice", "secret").with_user("bob", "secret"));
    assert_eq!(core.status(from_alice("MESSAGE", "sip:nobody@example.test", "1")), 404);
    assert_eq!(core.status(from_alice("MESSAGE", BOB, "2")), 480);
    assert_eq!(core.status(from_alice("INVITE", BOB, "3")), 480);
}

// AC-41
#[test]
fn ac41_a_contact_whose_connection_is_gone_gets_480_at_once() {
    let mut core = Core::new(config());
    core.proxy.handle_flow_opened(FlowId::new(2), FlowProfile::ws());
    core.send(2, register("bob", 1, "Contact: <sip:b@b.invalid;transport=ws>"));
    core.proxy.handle_flow_closed(FlowId::new(2), core.now);
    assert_eq!(core.status(from_alice("MESSAGE", BOB, "1")), 480);
    assert_eq!(core.status(from_alice("MESSAGE", "sip:b@b.invalid;transport=ws", "2")), 480);
}

#[test]
fn a_contact_is_reached_directly_while_it_is_bound() {
    let mut world = World::new(config());
    let bob = world.registered("bob", "bob", phone("b1", &[StatusCode::OK]));
    let alice = world.peer("alice", ScriptedPeer::new());
    world.send(alice, from_alice("OPTIONS", "sip:bob@bob.invalid;transport=ws", "1"));
    assert_eq!(world.last(bob), "OPTIONS sip:bob@bob.invalid;transport=ws SIP/2.0");
    assert_eq!(world.last(alice), "SIP/2.0 200 OK");
}

#[test]
fn a_connection_lost_before_it_rings_gives_480() {
    let mut world = World::new(config());
    let bob = world.registered("bob", "bob", ScriptedPeer::new());
    let alice = world.peer("alice", ScriptedPeer::new());
    world.send(alice, from_alice("INVITE", BOB, "1"));
    world.network.disconnect(bob.flow);
    world.network.settle().unwrap();
    assert_eq!(world.last(alice), "SIP/2.0 480 Temporarily Unavailable");
}

/// Bob's phone rings for alice when its connection is reset.
fn lost_while_ringing() -> (World, Peer) {
    let mut world = World::new(config());
    let bob = world.registered("bob", "bob", phone("b1", &[StatusCode::RINGING]));
    let alice = world.peer("alice", ScriptedPeer::new());
    world.send(alice, from_alice("INVITE", BOB, "1"));
    world.network.disconnect(bob.flow);
    world.network.settle().unwrap();
    assert_eq!(world.last(alice), "SIP/2.0 180 Ringing");
    (world, alice)
}

#[test]
fn ac8_a_callee_that_does_not_come_back_rings_until_timer_c() {
    let (mut world, alice) = lost_while_ringing();
    world.network.run_for(Duration::from_secs(240)).unwrap();
    assert_eq!(world.last(alice), "SIP/2.0 408 Request Timeout");
    world.network.run_for(Duration::from_secs(64)).unwrap();
    assert!(world.network.with(world.proxy, |proxy, _| proxy.is_idle()));
}

#[test]
fn ac8_a_callee_that_comes_back_is_cancelled_there() {
    let (mut world, alice) = lost_while_ringing();
    let again = world.peer("bob again", phone("b1", &[StatusCode::OK]));
    world.send(again, register("bob", 2, "Contact: <sip:bob@bob.invalid;transport=ws>"));
    world.send(alice, from_alice("CANCEL", BOB, "1"));
    assert_eq!(world.last(again), "CANCEL sip:bob@bob.invalid;transport=ws SIP/2.0");
}

// rfc3261#16.10, type=test
/// The CANCEL of a call whose callee is not there waits for it, as long as an INVITE without final response lives after its
/// CANCEL (RFC 3261 §9.1, 64·T1).
#[test]
fn ac8_a_callee_that_was_cancelled_meanwhile_is_cancelled_when_it_comes_back() {
    for away in [1, 31] {
        let (mut world, alice) = lost_while_ringing();
        let mut cancel = from_alice("CANCEL", BOB, "1");
        cancel.headers_mut().push(&sip_message::Reason::new("SIP", 600, "Busy Everywhere"));
        world.send(alice, cancel);
        world.network.run_for(Duration::from_secs(away)).unwrap();
        let again = world.peer("bob again", phone("b1", &[StatusCode::RINGING]));
        world.send(again, register("bob", 2, "Contact: <sip:bob@bob.invalid;transport=ws>"));
        let received = world.received(again);
        let cancels: Vec<&Message> =
            received.iter().filter(|message| message.start_line().starts_with("CANCEL ")).collect();
        assert_eq!(cancels.len(), 1, "after {away} s: {received:?}");
        assert!(values(cancels[0], "Reason").starts_with("SIP;cause=600"));
        world.network.run_for(Duration::from_secs(304)).unwrap();
        assert!(world.network.with(world.proxy, |proxy, _| proxy.is_idle()));
    }
}

/// A callee that refused the call when its connection was gone answers 481 to the CANCEL (RFC 3261 §9.2): there is nothing to
/// wait for any more.
#[test]
fn ac8_a_callee_that_has_forgotten_the_call_is_cancelled_once() {
    let (mut world, alice) = lost_while_ringing();
    world.send(alice, from_alice("CANCEL", BOB, "1"));
    for (number, cancels) in [(2, 1), (3, 0)] {
        let again = world.peer("bob again", ScriptedPeer::new());
        world.send(again, register("bob", number, "Contact: <sip:bob@bob.invalid;transport=ws>"));
        let received = world.received(again).into_iter();
        let cancel: Vec<Message> =
            received.filter(|message| message.start_line().starts_with("CANCEL ")).collect();
        assert_eq!(cancel.len(), cancels, "{cancel:?}");
        for cancel in cancel {
            let Message::Request(cancel) = cancel else { panic!() };
            world.send(again, answer(&cancel, StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, "b2"));
        }
        assert_eq!(world.last(alice), "SIP/2.0 487 Request Terminated");
        world.network.disconnect(again.flow);
        world.network.settle().unwrap();
    }
    world.network.run_for(Duration::from_secs(304)).unwrap();
    assert!(world.network.with(world.proxy, |proxy, _| proxy.is_idle()));
}

#[test]
fn ac8_a_callee_that_was_not_cancelled_goes_on_ringing_when_it_comes_back() {
    let (mut world, _) = lost_while_ringing();
    let again = world.peer("bob again", phone("b1", &[StatusCode::RINGING]));
    world.send(again, register("bob", 2, "Contact: <sip:bob@bob.invalid;transport=ws>"));
    let received = world.received(again);
    assert!(received.iter().all(|message| !message.start_line().starts_with("CANCEL ")), "{received:?}");
}

#[test]
fn ac8_a_caller_that_repeats_its_invite_elsewhere_is_answered_there() {
    let mut world = World::new(config());
    let bob = world.registered("bob", "bob", phone("b1", &[StatusCode::RINGING]));
    let alice = world.peer("alice", ScriptedPeer::new());
    world.send(alice, from_alice("INVITE", BOB, "1"));
    world.network.disconnect(alice.flow);
    world.network.settle().unwrap();
    let again = world.peer("alice again", ScriptedPeer::new());
    world.send(again, from_alice("INVITE", BOB, "1"));
    assert_eq!(world.last(again), "SIP/2.0 180 Ringing");
    let Message::Request(invite) = world.received(bob).pop().unwrap() else { panic!() };
    world.send(bob, answer(&invite, StatusCode::OK, "b1"));
    assert_eq!(world.last(again), "SIP/2.0 200 OK");
}

#[test]
fn a_foreign_domain_without_a_next_hop_gets_404() {
    let mut core = Core::new(config());
    assert_eq!(core.status(from_alice("MESSAGE", "sip:bob@elsewhere.test", "1")), 404);
}

#[test]
fn the_last_hop_gets_483() {
    let mut core = Core::new(config());
    core.send(1, register("bob", 1, "Contact: <sip:b@b.invalid;transport=ws>"));
    let mut options = from_alice("INVITE", BOB, "1");
    options.headers_mut().set(&sip_message::MaxForwards(0));
    assert_eq!(core.status(options), 483);
}

#[test]
fn a_proxy_require_gets_420() {
    let mut core = Core::new(config());
    let mut message = from_alice("MESSAGE", BOB, "1");
    message.headers_mut().push(&sip_message::ProxyRequire("foo".to_owned()));
    let response = core.ask(message);
    assert_eq!(response.status().code(), 420);
    assert_eq!(values(&response.into(), "Unsupported"), "foo");
}

#[test]
fn another_scheme_gets_416() {
    let mut core = Core::new(config());
    assert_eq!(core.status(from_alice("INVITE", "tel:+15551234", "1")), 416);
    assert_eq!(core.status(from_alice("INVITE", "http://example.test/", "2")), 416);
}

#[test]
fn options_to_the_server_are_answered_by_it() {
    let mut core = Core::new(config());
    for (branch, uri) in [("1", "sip:example.test"), ("2", "sip:proxy.example.test")] {
        let response = core.ask(from_alice("OPTIONS", uri, branch));
        assert_eq!(response.status().code(), 200);
        assert_eq!(values(&response.into(), "Allow"), "REGISTER, OPTIONS");
    }
}

#[test]
fn another_method_to_the_server_gets_405() {
    let mut core = Core::new(config());
    let response = core.ask(from_alice("MESSAGE", "sip:example.test", "1"));
    assert_eq!(response.status().code(), 405);
    assert_eq!(values(&response.into(), "Allow"), "REGISTER, OPTIONS");
}

/// A proxy that knows alice and bob and challenges callers; bob is registered over flow 2.
fn with_bob(authentication: ProxyAuthentication) -> Core {
    let config = config().with_user("alice", "secret").with_user("bob", "secret");
    let mut core = Core::new(config.with_proxy_authentication(authentication));
    core.proxy.handle_flow_opened(FlowId::new(2), FlowProfile::ws());
    let bind = register("bob", 1, "Contact: <sip:b@b.invalid;transport=ws>");
    let Message::Response(challenge) = core.send(2, bind.clone()).remove(0).1 else { panic!() };
    core.send(2, authorized(&bind, &challenge, "bob", "secret"));
    core
}

// rfc3261#22.1/1, rfc3261#22.3/1-2,8,12, type=test
#[test]
fn a_caller_is_challenged_and_its_credentials_go_no_further() {
    let mut core = with_bob(ProxyAuthentication::OutsideDialogs);

    let call = from_alice("MESSAGE", BOB, "1");
    let challenge = core.ask(call.clone());
    assert_eq!(challenge.status().code(), 407);
    assert!(values(&challenge.clone().into(), "Proxy-Authenticate").starts_with("Digest "));
    let mut again = authorized(&call, &challenge, "alice", "secret");
    again
        .headers_mut()
        .push_text(&"Proxy-Authorization".parse().unwrap(), "Digest realm=\"far\", username=\"x\"")
        .unwrap();
    let (flow, forwarded) = core.send(1, again).remove(0);
    assert_eq!(flow, 2);
    assert_eq!(values(&forwarded, "Proxy-Authorization"), "Digest realm=\"far\", username=\"x\"");
}

// rfc3261#22/1, type=test
#[test]
fn nobody_calls_in_the_name_of_somebody_else() {
    let mut core = with_bob(ProxyAuthentication::Always);
    let call = from_alice("MESSAGE", BOB, "1");
    let challenge = core.ask(call.clone());
    assert_eq!(core.status(authorized(&call, &challenge, "bob", "secret")), 403);
}

/// Bob has answered a call to Alice that was redirected to him: From of his requests names Alice (RFC 3261 §12.2.1.1).
#[test]
fn whoever_answers_a_redirected_call_may_speak_in_its_dialog() {
    let mut core = with_bob(ProxyAuthentication::Always);
    let mut bye = from_alice("BYE", BOB, "1");
    let To(to) = bye.headers().required().unwrap();
    bye.headers_mut().set(&To(to.with_tag("carol")));
    let challenge = core.ask(bye.clone());
    let sent = core.send(1, authorized(&bye, &challenge, "bob", "secret"));
    assert!(matches!(sent.as_slice(), [(flow, Message::Request(_))] if *flow == 2), "{sent:?}");
}

// rfc3261#18.2.1/4-6, rfc7118#5.3/1-3, type=test
#[test]
fn the_source_of_a_request_is_written_into_its_via() {
    let mut core = Core::new(config());
    let peer = "192.0.2.7:4711".parse().unwrap();
    core.proxy.handle_flow_opened(FlowId::new(3), FlowProfile::ws().with_peer(peer));
    let answered = |core: &mut Core, via: &str, branch: &str| {
        let mut options = from_alice("OPTIONS", "sip:example.test", "1");
        options.headers_mut().remove(&sip_message::HeaderName::Via);
        options
            .headers_mut()
            .push_text(&sip_message::HeaderName::Via, &format!("{via};branch=z9hG4bK{branch}"))
            .unwrap();
        values(&core.send(3, options).remove(0).1, "Via")
    };
    assert_eq!(
        answered(&mut core, "SIP/2.0/WS a.invalid", "1"),
        "SIP/2.0/WS a.invalid;branch=z9hG4bK1;received=192.0.2.7"
    );
    assert_eq!(
        answered(&mut core, "SIP/2.0/WS 192.0.2.7;rport", "2"),
        "SIP/2.0/WS 192.0.2.7;rport=4711;branch=z9hG4bK2;received=192.0.2.7"
    );
    assert_eq!(answered(&mut core, "SIP/2.0/WS 192.0.2.7", "3"), "SIP/2.0/WS 192.0.2.7;branch=z9hG4bK3");
}

// rfc7118#5/1, type=test: nothing is sent again
#[test]
fn a_silent_target_gives_408_for_an_invite_and_nothing_else() {
    let mut world = World::new(config());
    world.registered("bob", "bob", ScriptedPeer::new());
    let alice = world.peer("alice", ScriptedPeer::new());
    world.send(alice, from_alice("MESSAGE", BOB, "1"));
    world.send(alice, from_alice("INVITE", BOB, "2"));
    world.network.run_for(Duration::from_secs(40)).unwrap();
    // rfc4320#4.1: 100 to another method when it is late, #4.2: but never 408.
    insta::assert_snapshot!(world.arrows(), @r"
    alice -> proxy MESSAGE
    proxy -> bob MESSAGE
    alice -> proxy INVITE
    proxy -> alice 100 Trying (INVITE)
    proxy -> bob INVITE
    proxy -> alice 100 Trying (MESSAGE)
    proxy -> alice 408 Request Timeout
    ");
}

#[test]
fn a_busy_target_is_told_once_and_acknowledged_hop_by_hop() {
    let mut world = World::new(config());
    world.registered("bob", "bob", phone("b1", &[StatusCode::BUSY_HERE]));
    let alice = world.peer("alice", phone("a1", &[]));
    let invite = from_alice("INVITE", BOB, "1");
    world.send(alice, invite.clone());
    let busy = world.received(alice).pop().unwrap();
    let ack = message(&format!(
        "ACK {BOB} SIP/2.0
         Via: {}
         Max-Forwards: 70
         From: <sip:alice@example.test>;tag=a1
         To: {}
         Call-ID: call-1
         CSeq: 1 ACK",
        values(&invite.into(), "Via"),
        values(&busy, "To"),
    ));
    world.send(alice, ack);
    insta::assert_snapshot!(world.arrows(), @r"
    alice -> proxy INVITE
    proxy -> alice 100 Trying (INVITE)
    proxy -> bob INVITE
    bob -> proxy 486 Busy Here (INVITE)
    proxy -> bob ACK
    proxy -> alice 486 Busy Here (INVITE)
    alice -> proxy ACK
    ");
    world.network.run_until_idle().unwrap();
    assert!(world.network.with(world.proxy, |proxy, _| proxy.is_idle()));
}

#[test]
fn two_proxies_that_send_a_request_to_each_other_for_ever_find_the_loop() {
    let mut world = World::new(config());
    let other = ProxyConfig::new("sip:other.example.net".parse().unwrap());
    let other = world.network.add("other", Proxy::new(other, [2; 32]));
    let far = FlowProfile::tcp().with_domain("far.test".parse().unwrap());
    world.network.connect(world.proxy, other, far, Latency::both(Duration::from_millis(10)));
    let alice = world.peer("alice", ScriptedPeer::new());
    world.send(alice, from_alice("MESSAGE", "sip:bob@far.test", "1"));
    insta::assert_snapshot!(world.arrows(), @r"
    alice -> proxy MESSAGE
    proxy -> other MESSAGE
    other -> proxy MESSAGE
    proxy -> other 482 Loop Detected (MESSAGE)
    other -> proxy 482 Loop Detected (MESSAGE)
    proxy -> alice 482 Loop Detected (MESSAGE)
    ");
}

// rfc6026#6/4, rfc6026#7.3/2, rfc6026#8.2/1, type=test
#[test]
fn a_response_that_answers_nothing_is_dropped() {
    let mut core = Core::new(config());
    let stray = answer(&request(STRAY), StatusCode::OK, "x");
    assert_eq!(core.send(1, stray), []);
}

const STRAY: &str = "INVITE sip:x@example.test SIP/2.0
    Via: SIP/2.0/WS proxy.example.test;branch=z9hG4bKnever
    Via: SIP/2.0/WS alice.invalid;branch=z9hG4bK1
    From: <sip:alice@example.test>;tag=a1
    To: <sip:bob@example.test>
    Call-ID: call-1
    CSeq: 1 INVITE";
