//! What dialogs and the registration have in common: RFC 3261 §10.2.1, §12.1.

use crate::peer::{Peer, request};
use sip_message::{Body, Contact, Headers};
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
