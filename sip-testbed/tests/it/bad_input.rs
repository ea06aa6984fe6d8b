//! What is no good request gets the response it is owed, and nothing else happens (RFC 3261 §16.3 step 1, §21.4.1).

use crate::support::{Core, World, answer, config, from_alice, register, request};
use proptest::prelude::*;
use sip_message::{HeaderName, Message, Method, StatusCode, Via};
use sip_testbed::FlowProfile;
use sip_testbed::sim::ScriptedPeer;
use sip_transaction::FlowId;
use std::time::Duration;

const BOB: &str = "sip:bob@example.test";

/// The start line of what is answered to raw bytes.
fn answered(bytes: &[u8]) -> Option<String> {
    let mut core = Core::new(config());
    core.proxy.handle_malformed(FlowId::new(1), bytes);
    core.outputs().first().map(|(_, message)| message.start_line())
}

const FIELDS: &str = "Via: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\nFrom: <sip:a@x.test>;tag=1\r\n\
    To: <sip:b@x.test>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n";

#[test]
fn a_broken_request_line_gets_400() {
    let broken = format!("INVITE sip:b@x.test  SIP/2.0 \x01\r\n{FIELDS}");
    assert_eq!(answered(broken.as_bytes()).unwrap(), "SIP/2.0 400 Bad Request-Line");
}

#[test]
fn another_version_gets_505() {
    let future = format!("INVITE sip:b@x.test SIP/7.0\r\n{FIELDS}");
    let mut core = Core::new(config());
    assert_eq!(core.status(Message::parse(future.into()).unwrap()), 505);
}

#[test]
fn noise_and_what_is_never_answered_get_nothing() {
    assert_eq!(answered(b""), None);
    assert_eq!(answered(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), None);
    assert_eq!(answered(format!("ACK  nonsense\r\n{FIELDS}").as_bytes()), None);
    assert_eq!(answered(format!("SIP/2.0 abc\r\n{FIELDS}").as_bytes()), None);
    assert_eq!(answered(&[0xff; 500]), None);
}

#[test]
fn a_missing_or_bad_header_gets_400_with_its_name() {
    for (name, value, reason) in [
        (HeaderName::From, None, "400 Missing From"),
        (HeaderName::To, None, "400 Missing To"),
        (HeaderName::CallId, None, "400 Missing Call-ID"),
        (HeaderName::From, Some("<<"), "400 Bad From"),
        (HeaderName::MaxForwards, Some("many"), "400 Bad Max-Forwards"),
        (HeaderName::Route, Some("<sip:@@@"), "400 Bad Route"),
        (HeaderName::CSeq, Some("1 BYE"), "400 Bad CSeq"),
    ] {
        let mut core = Core::new(config());
        let mut message = from_alice("MESSAGE", BOB, "1");
        message.headers_mut().remove(&name);
        if let Some(value) = value {
            message.headers_mut().push_text(&name, value).unwrap();
        }
        let answers = core.send(1, message);
        let lines: Vec<String> = answers.iter().map(|(_, message)| message.start_line()).collect();
        assert_eq!(lines, [format!("SIP/2.0 {reason}")]);
    }
}

#[test]
fn a_bad_request_uri_gets_400() {
    let mut core = Core::new(config());
    let message = request(
        "MESSAGE sip:bob@[::1 SIP/2.0
         Via: SIP/2.0/WS alice.invalid;branch=z9hG4bK1
         From: <sip:alice@example.test>;tag=a1
         To: <sip:bob@example.test>
         Call-ID: 1
         CSeq: 1 MESSAGE",
    );
    assert_eq!(core.ask(message).reason(), "Bad Request-URI");
}

#[test]
fn a_message_on_an_unknown_flow_is_dropped() {
    let mut core = Core::new(config());
    assert_eq!(core.send(9, from_alice("MESSAGE", BOB, "1")), []);
}

/// Lines that are wrong, odd or merely unexpected, to be thrown together.
fn line() -> impl Strategy<Value = String> {
    let start = prop_oneof![
        Just("INVITE sip:bob@example.test SIP/2.0".to_owned()),
        Just("REGISTER sip:example.test SIP/2.0".to_owned()),
        Just("SIP/2.0 200 OK".to_owned()),
    ];
    let field = prop_oneof![
        Just("Via: SIP/2.0/WS a.invalid;branch=z9hG4bK1".to_owned()),
        Just("Via: SIP/2.0/WS proxy.example.test;branch=z9hG4bK2".to_owned()),
        Just("From: <sip:alice@example.test>;tag=1".to_owned()),
        Just("To: <sip:bob@example.test>".to_owned()),
        Just("Call-ID: 1".to_owned()),
        Just("CSeq: 1 INVITE".to_owned()),
        Just("CSeq: 1 REGISTER".to_owned()),
        Just("Contact: *".to_owned()),
        Just("Contact: <sip:c@c.invalid>;expires=99999999999".to_owned()),
        Just("Route: <sip:proxy.example.test>".to_owned()),
        Just("Authorization: Digest".to_owned()),
        "[A-Za-z-]{1,12}: [ -~]{0,40}",
    ];
    prop_oneof![1 => start, 8 => field]
}

proptest! {
    #[test]
    fn no_message_makes_it_panic(messages in proptest::collection::vec(proptest::collection::vec(line(), 1..12), 1..8)) {
        let mut core = Core::new(config().with_user("alice", "secret"));
        core.proxy.handle_flow_opened(FlowId::new(2), FlowProfile::udp());
        core.send(2, register("bob", 1, "Contact: <sip:b@b.invalid>"));
        for lines in messages {
            let bytes = lines.join("\r\n") + "\r\n\r\n";
            match Message::parse(bytes.clone().into()) {
                Ok(message) => drop(core.send(1, message)),
                Err(_) => core.proxy.handle_malformed(FlowId::new(1), bytes.as_bytes()),
            }
            core.outputs();
        }
        for _ in 0..100 {
            let Some(next) = core.proxy.next_timeout() else { break };
            core.proxy.handle_timeout(next);
            core.outputs();
            prop_assert!(core.proxy.next_timeout() != Some(next));
        }
        prop_assert!(core.proxy.is_idle());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut core = Core::new(config());
        core.proxy.handle_malformed(FlowId::new(1), &bytes);
    }
}

/// A peer that gives its answer to an INVITE without the Via of the caller, once.
fn forgetful(status: StatusCode) -> ScriptedPeer {
    ScriptedPeer::answering(move |message| {
        let Message::Request(invite) = message else { return Vec::new() };
        if *invite.method() != Method::Invite {
            return Vec::new();
        }
        let Message::Response(mut response) = answer(invite, status, "b1") else { return Vec::new() };
        let own: Via = response.headers().list().next().unwrap().unwrap();
        response.headers_mut().remove(&HeaderName::Via);
        response.headers_mut().push_front(&own);
        vec![response.into()]
    })
}

/// What the caller, who never sends ACK, hears of such a peer; after 2 times 64·T1 the proxy has forgotten the call.
fn heard_of_forgetful(status: StatusCode) -> String {
    let mut world = World::new(config());
    world.registered("bob", "bob", forgetful(status));
    let alice = world.peer("alice", ScriptedPeer::new());
    world.send(alice, from_alice("INVITE", BOB, "1"));
    world.network.run_for(Duration::from_secs(65)).unwrap();
    assert!(world.network.with(world.proxy, |proxy, _| proxy.is_idle()), "{}", world.arrows());
    world.last(alice)
}

// rfc3261#21.5.3
#[test]
fn a_refusal_without_the_via_of_the_caller_counts_as_502() {
    assert_eq!(heard_of_forgetful(StatusCode::BUSY_HERE), "SIP/2.0 502 Bad Gateway");
}

// rfc3261#21.5.3
#[test]
fn a_2xx_without_the_via_of_the_caller_that_never_comes_whole_counts_as_502() {
    assert_eq!(heard_of_forgetful(StatusCode::OK), "SIP/2.0 502 Bad Gateway");
}
