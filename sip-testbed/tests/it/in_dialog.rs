//! Requests within a dialog come back through Record-Route and find their flow by its token (RFC 3261 §16.4,
//! §16.12; RFC 5626 §5.3; AC-41).

use crate::support::{Peer, World, answer, config, from_alice, phone, register, request, values};
use sip_message::{Message, Request, StatusCode};
use sip_testbed::FlowProfile;
use sip_testbed::sim::{Latency, ScriptedPeer};
use std::time::Duration;

const BOB: &str = "sip:bob@example.test";
const BOB_CONTACT: &str = "sip:bob@bob.invalid;transport=ws";
const ALICE_CONTACT: &str = "sip:alice@alice.invalid;transport=ws";

/// A world in which alice and bob are in a call, and the Route of that call.
fn in_call() -> (World, Peer, Peer, String) {
    let mut world = World::new(config());
    let bob = world.registered("bob", "bob", phone("b1", &[StatusCode::OK]));
    let alice = world.peer("alice", ScriptedPeer::new());
    world.send(alice, from_alice("INVITE", BOB, "1"));
    let route = values(&world.received(alice).pop().unwrap(), "Record-Route");
    world.network.clear_records();
    (world, alice, bob, route)
}

/// A request of alice in the call.
fn of_alice(method: &str, cseq: u32, route: &str) -> Request {
    request(&format!(
        "{method} {BOB_CONTACT} SIP/2.0
         Via: SIP/2.0/WS alice.invalid;branch=z9hG4bK{method}{cseq}
         Max-Forwards: 70
         Route: {route}
         From: <sip:alice@example.test>;tag=a1
         To: <sip:bob@example.test>;tag=b1
         Call-ID: call-1
         CSeq: {cseq} {method}"
    ))
}

/// A request of bob in the call.
fn of_bob(method: &str, cseq: u32, route: &str) -> Request {
    request(&format!(
        "{method} {ALICE_CONTACT} SIP/2.0
         Via: SIP/2.0/WS bob.invalid;branch=z9hG4bKb{method}{cseq}
         Max-Forwards: 70
         Route: {route}
         From: <sip:bob@example.test>;tag=b1
         To: <sip:alice@example.test>;tag=a1
         Call-ID: call-1
         CSeq: {cseq} {method}"
    ))
}

#[test]
fn an_ack_for_a_2xx_goes_on_without_a_transaction() {
    let (mut world, alice, bob, route) = in_call();
    world.send(alice, of_alice("ACK", 1, &route));
    let ack = world.received(bob).pop().unwrap();
    assert_eq!(ack.start_line(), format!("ACK {BOB_CONTACT} SIP/2.0"));
    assert_eq!((values(&ack, "Route"), values(&ack, "Max-Forwards")), (String::new(), "69".to_owned()));
    assert_eq!(values(&ack, "Via").lines().count(), 2);
    assert_eq!(world.arrows(), "alice -> proxy ACK\nproxy -> bob ACK");
}

#[test]
fn ac41_requests_find_their_way_from_both_ends() {
    let (mut world, alice, bob, route) = in_call();
    world.send(alice, of_alice("INFO", 2, &route));
    world.send(bob, of_bob("BYE", 1, &route));
    let Message::Request(bye) = world.received(alice).pop().unwrap() else { panic!() };
    assert_eq!(bye.request_uri(), ALICE_CONTACT);
    world.send(alice, answer(&bye, StatusCode::OK, "a1"));
    insta::assert_snapshot!(world.arrows(), @r"
    alice -> proxy INFO
    proxy -> bob INFO
    bob -> proxy 200 OK (INFO)
    proxy -> alice 200 OK (INFO)
    bob -> proxy BYE
    proxy -> alice BYE
    alice -> proxy 200 OK (BYE)
    proxy -> bob 200 OK (BYE)
    ");
}

#[test]
fn a_strict_router_in_front_is_understood() {
    let (mut world, alice, bob, route) = in_call();
    let own = route.trim_start_matches('<').trim_end_matches('>');
    let mut info = of_alice("INFO", 2, &format!("<{BOB_CONTACT}>"));
    info.set_uri(&own.parse().unwrap());
    world.send(alice, info);
    let received = world.received(bob).pop().unwrap();
    assert_eq!(received.start_line(), format!("INFO {BOB_CONTACT} SIP/2.0"));
    assert_eq!(values(&received, "Route"), "");
}

#[test]
fn ac41_a_request_to_a_lost_connection_fails_at_once() {
    let (mut world, alice, bob, route) = in_call();
    world.network.disconnect(bob.flow);
    world.network.run_for(Duration::from_millis(100)).unwrap();
    world.send(alice, of_alice("BYE", 2, &route));
    assert_eq!(world.last(alice), "SIP/2.0 480 Temporarily Unavailable");
    assert_eq!(world.network.records().iter().filter(|record| record.to == "bob").count(), 0);
}

#[test]
fn ac41_a_client_that_has_registered_again_is_reached_on_its_new_connection() {
    let (mut world, alice, bob, route) = in_call();
    world.network.disconnect(bob.flow);
    world.network.run_for(Duration::from_millis(100)).unwrap();
    let again = world.peer("bob again", phone("b1", &[StatusCode::OK]));
    world.send(again, register("bob", 7, &format!("Contact: <{BOB_CONTACT}>")));
    world.send(alice, of_alice("BYE", 2, &route));
    assert_eq!(world.last(again), format!("BYE {BOB_CONTACT} SIP/2.0"));
    assert_eq!(world.last(alice), "SIP/2.0 200 OK");
}

#[test]
fn a_client_on_a_new_connection_reaches_its_peer() {
    let (mut world, alice, bob, route) = in_call();
    world.network.disconnect(alice.flow);
    world.network.run_for(Duration::from_millis(100)).unwrap();
    let again = world.peer("alice again", ScriptedPeer::new());
    world.send(again, of_alice("BYE", 2, &route));
    assert_eq!(world.last(bob), format!("BYE {BOB_CONTACT} SIP/2.0"));
    assert_eq!(world.last(again), "SIP/2.0 200 OK");
}

#[test]
fn an_invented_token_leads_nowhere() {
    let (mut world, alice, _, _) = in_call();
    let route = "<sip:aaaaaaaaaaaa@proxy.example.test;lr>";
    let mut bye = of_alice("BYE", 2, route);
    bye.set_uri(&"sip:somebody@far.test".parse().unwrap());
    world.send(alice, bye);
    assert_eq!(world.last(alice), "SIP/2.0 404 Not Found");
}

#[test]
fn a_preloaded_route_to_the_proxy_is_taken_off() {
    let mut world = World::new(config());
    let bob = world.registered("bob", "bob", phone("b1", &[StatusCode::OK]));
    let alice = world.peer("alice", ScriptedPeer::new());
    let mut message = from_alice("MESSAGE", BOB, "1");
    message
        .headers_mut()
        .push_text(&"Route".parse().unwrap(), "<sip:proxy.example.test;lr>, <sip:example.test;lr>")
        .unwrap();
    world.send(alice, message);
    assert_eq!(values(&world.received(bob).pop().unwrap(), "Route"), "");
}

/// What a client's Via says of where answers belong: they go down the connection that the request came on.
#[test]
fn ac41_a_response_goes_down_the_connection_of_its_request_only() {
    let (mut world, alice, _, route) = in_call();
    let vias = [
        "SIP/2.0/UDP 192.168.1.9:5060;branch=z9hG4bKone",
        "SIP/2.0/TCP bob.invalid;branch=z9hG4bKtwo;received=10.0.0.9;rport=5060",
        "SIP/2.0/WSS no.such.name.anywhere;branch=z9hG4bKthree;maddr=203.0.113.7",
    ];
    for (cseq, via) in (2..).zip(vias) {
        let mut info = of_alice("INFO", cseq, &route);
        info.headers_mut().set_text(&sip_message::HeaderName::Via, via).unwrap();
        world.network.clear_records();
        world.send(alice, info);
        assert_eq!(world.last(alice), "SIP/2.0 200 OK", "{via}");
        let arrows = "alice -> proxy INFO\nproxy -> bob INFO\nbob -> proxy 200 OK (INFO)\nproxy -> alice 200 OK (INFO)";
        assert_eq!(world.arrows(), arrows, "{via}");
    }
}

/// The connection of the one who asked is gone before the answer comes: it goes nowhere, and nothing is left of it.
#[test]
fn ac41_a_response_to_a_lost_connection_goes_nowhere() {
    let (mut world, alice, bob, route) = in_call();
    world.network.clear_records();
    world.post(alice, of_alice("INFO", 2, &route));
    world.network.run_for(Duration::from_millis(15)).unwrap();
    world.network.disconnect(alice.flow);
    world.network.run_for(Duration::from_secs(64)).unwrap();
    let answered = |record: &&sip_testbed::Record| record.from == "bob" && record.label() == "200 OK (INFO)";
    assert_eq!(world.network.records().iter().filter(answered).count(), 1);
    let forwarded =
        |record: &&sip_testbed::Record| record.from == "proxy" && record.label().contains("(INFO)");
    assert_eq!(world.network.records().iter().filter(forwarded).count(), 0);
    assert_eq!(world.last(bob).split(' ').next(), Some("INFO"), "it had arrived");
}

// rfc5626#5.3.1: another server is told that the flow failed, a user agent only that the callee is away (#11.5).
#[test]
fn ac41_another_server_is_told_430() {
    let (mut world, _, bob, route) = in_call();
    let server = world.network.add("server", ScriptedPeer::new());
    let profile = FlowProfile::tcp().with_domain("far.test".parse().unwrap());
    let flow = world.network.connect(server, world.proxy, profile, Latency::both(Duration::from_millis(10)));
    let server = Peer { node: server, flow };
    world.network.disconnect(bob.flow);
    world.network.run_for(Duration::from_millis(100)).unwrap();
    let mut bye = of_alice("BYE", 2, &route);
    bye.headers_mut().remove(&sip_message::HeaderName::Route);
    world.send(server, bye);
    assert_eq!(world.last(server), "SIP/2.0 430 Flow Failed");
}
