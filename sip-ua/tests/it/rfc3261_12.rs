//! What dialogs and the registration have in common: RFC 3261 §10.2.1, §12.1.

use crate::peer::{Peer, request};
use sip_message::{Body, CallId, Contact, From, HeaderName, Headers, StatusCode, To};
use sip_ua::core::Event;

fn contact_uri(headers: &Headers) -> String {
    let Contact::Addr(contact) = headers.required().unwrap() else { panic!("a star") };
    contact.uri.to_string()
}

/// The contacts of a REGISTER, an INVITE of ours and a 200 to an INVITE from elsewhere.
fn contacts(aor: &str) -> Vec<String> {
    let mut alice = Peer::over("WSS", |config| config.aor = aor.parse().unwrap());
    alice.act(|core, now| core.register(now));
    let register = alice.sent_request();
    let bob = "sip:bob@example.test".parse().unwrap();
    alice.act(|core, now| core.invite(&bob, &Body::sdp("v=0\r\n"), now)).unwrap();
    let invite = alice.sent_request();
    alice.receive_text(&request("INVITE", "Content-Type: application/sdp\n", "v=0\n"));
    let Some(Event::IncomingCall { call, .. }) = alice.events.pop() else { panic!("no call") };
    alice.act(|core, now| core.accept(call, Some(Body::sdp("v=0\r\n")), now)).unwrap();
    let success = alice.sent_response();
    [register.headers(), invite.headers(), success.headers()].map(contact_uri).to_vec()
}

// rfc3261#12.1.1/4,6, rfc3261#12.1.2/1, type=test
#[test]
fn the_contact_is_one_sip_uri_in_the_binding_and_in_every_dialog() {
    let contacts = contacts("sip:alice@example.test");
    assert!(contacts[0].starts_with("sip:alice-desk@"), "{contacts:?}");
    assert!(contacts.iter().all(|contact| *contact == contacts[0]), "{contacts:?}");
}

// rfc3261#10.2.1/1, type=test
#[test]
fn a_secure_address_of_record_is_bound_to_a_secure_contact() {
    let contacts = contacts("sips:alice@example.test");
    assert!(contacts.iter().all(|contact| contact.starts_with("sips:alice-desk@")), "{contacts:?}");
}

/// The peers of a fork number their requests by themselves, so the same number may come from two.
#[test]
fn an_answer_goes_to_the_peer_that_asked() {
    let mut alice = Peer::connected();
    let bob = "sip:bob@example.test".parse().unwrap();
    let call = alice.act(|core, now| core.invite(&bob, &Body::sdp("v=0\r\n"), now)).unwrap();
    let invite = alice.sent_request();
    let success = |tag: &str| {
        let To(to) = invite.headers().required().unwrap();
        let mut success = invite.response(StatusCode::OK);
        success.headers_mut().set(&To(to.with_tag(tag)));
        success.headers_mut().push_text(&HeaderName::Contact, "<sip:bob@y.invalid>").unwrap();
        success
    };
    let change = |tag: &str| {
        let From(alice) = invite.headers().required().unwrap();
        let text = request("INVITE", "Content-Type: application/sdp\n", "v=1\n")
            .replace("tag=bob", &format!("tag={tag}"))
            .replace("z9hG4bKbob", &format!("z9hG4bK{tag}"))
            .replace(
                "To: <sip:alice@example.test>",
                &format!("To: <sip:alice@example.test>;tag={}", alice.tag().unwrap()),
            );
        let CallId(call_id) = invite.headers().required().unwrap();
        text.replace("Call-ID: from-bob", &format!("Call-ID: {call_id}"))
    };
    alice.receive(success("bob"));
    alice.receive(success("carol"));
    alice.receive_text(&change("bob"));
    alice.receive_text(&change("carol"));
    alice.take_sent();
    alice.act(|core, now| core.answer(call, Body::sdp("v=0\r\n"), now)).unwrap();
    let From(from) = alice.sent_response().headers().required().unwrap();
    assert_eq!(from.tag(), Some("bob"));
}
