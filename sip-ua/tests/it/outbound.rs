//! What a user agent with an instance-id says and heeds: Contact, Supported, Flow-Timer. RFC 5626 §4.3 and §4.4, RFC 5627
//! §4.4.

use super::peer::{Peer, request, response};
use sip_message::{Body, Contact, HeaderName, Headers, Request, Response, StatusCode};
use sip_ua::core::{Event, GruuUse};
use std::time::Duration;

const INSTANCE: &str = "urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF";
const PUBLIC: &str = "sip:alice@example.test;gr=urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF";
const TEMPORARY: &str = "sip:tgruu.7hs@example.test;gr";

fn alice(gruu: GruuUse) -> Peer {
    Peer::with(|config| {
        config.instance = Some(INSTANCE.parse().unwrap());
        config.gruu = gruu;
    })
}

fn value(headers: &Headers, name: &HeaderName) -> String {
    String::from_utf8_lossy(headers.raw(name).unwrap_or_default()).into_owned()
}

/// The 200 of an outbound registrar that hands out GRUUs.
fn granted(register: &Request, fields: &[(HeaderName, &str)]) -> Response {
    let mut granted = response(register, StatusCode::OK);
    let Ok(Contact::Addr(mut contact)) = register.headers().required::<Contact>() else {
        panic!("a contact")
    };
    contact.params.set_quoted("pub-gruu", PUBLIC);
    contact.params.set_quoted("temp-gruu", TEMPORARY);
    granted.headers_mut().push(&Contact::Addr(contact));
    for (name, text) in fields {
        granted.headers_mut().push_text(name, text).unwrap();
    }
    granted
}

fn register(alice: &mut Peer, fields: &[(HeaderName, &str)]) {
    alice.act(|core, now| core.register(now));
    let register = alice.sent_request();
    alice.receive(granted(&register, fields));
}

fn invite(alice: &mut Peer) -> Request {
    let target = "sip:bob@example.test".parse().unwrap();
    alice.act(|core, now| core.invite(&target, &Body::sdp("v=0\r\n"), now)).unwrap();
    alice.sent_request()
}

// rfc5626#4.3
#[test]
fn a_call_without_gruu_asks_for_its_own_flow_by_ob() {
    let invite = invite(&mut alice(GruuUse::Public));
    let contact = value(invite.headers(), &HeaderName::Contact);
    assert!(contact.ends_with(";transport=ws;ob>"), "{contact}");
    assert_eq!(
        value(invite.headers(), &HeaderName::Supported),
        "100rel, timer, replaces, join, outbound, gruu"
    );
}

#[test]
fn without_an_instance_nothing_of_outbound_is_said() {
    let invite = invite(&mut Peer::connected());
    assert!(!value(invite.headers(), &HeaderName::Contact).contains("ob"));
    assert!(!value(invite.headers(), &HeaderName::Supported).contains("outbound"));
}

// rfc5627#4.4
#[test]
fn a_gruu_stands_in_the_contact_while_the_registration_holds() {
    for (gruu, expected) in [(GruuUse::Public, PUBLIC), (GruuUse::Temporary, TEMPORARY)] {
        let mut alice = alice(gruu);
        register(&mut alice, &[]);
        let contact = value(invite(&mut alice).headers(), &HeaderName::Contact);
        assert_eq!(contact, format!("<{expected}>"));
        alice.disconnect();
        alice.connect();
        alice.take_sent();
        let contact = value(invite(&mut alice).headers(), &HeaderName::Contact);
        assert!(contact.ends_with(";ob>"), "a GRUU that has lapsed is not used: {contact}");
    }
    let mut alice = alice(GruuUse::Never);
    register(&mut alice, &[]);
    assert!(value(invite(&mut alice).headers(), &HeaderName::Contact).ends_with(";ob>"));
}

#[test]
fn who_is_called_answers_with_a_gruu_and_is_reached_by_it() {
    let mut alice = alice(GruuUse::Public);
    register(&mut alice, &[]);
    alice.receive_text(&request("INVITE", "Require: outbound\nContent-Type: application/sdp\n", "v=0\n"));
    let Some(Event::IncomingCall { call, .. }) = alice.events.pop() else { panic!("no call") };
    alice.act(|core, now| core.accept(call, Some(Body::sdp("v=0\r\n")), now)).unwrap();
    let success = alice.sent_response();
    assert_eq!(value(success.headers(), &HeaderName::Contact), format!("<{PUBLIC}>"));
    assert!(value(success.headers(), &HeaderName::Supported).contains("gruu"));
}

// rfc5626#4.4
#[test]
fn the_flow_timer_of_the_200_reaches_the_connection_once_for_each_change() {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let mut alice = alice(GruuUse::Public);
    register(&mut alice, &[(HeaderName::FlowTimer, "120")]);
    assert_eq!(alice.flow_timers, [seconds(120)]);
    register(&mut alice, &[(HeaderName::FlowTimer, "120")]);
    register(&mut alice, &[(HeaderName::FlowTimer, "60")]);
    register(&mut alice, &[]);
    assert_eq!(alice.flow_timers, [seconds(120), seconds(60), None]);
    alice.disconnect();
    alice.connect();
    let register = alice.sent_request();
    alice.receive(granted(&register, &[(HeaderName::FlowTimer, "60")]));
    assert_eq!(alice.flow_timers.last(), Some(&seconds(60)), "each connection is told");
}
