//! Changes of a call that stands, through the core: RFC 3261 §14, RFC 3311, RFC 4028.

use crate::peer::{Peer, response};
use sip_dialog::{InviteError, SessionEvent};
use sip_message::{
    Body, Contact, ContentType, Header as _, Method, NameAddr, Request, Response, SessionExpires, StatusCode,
    Supported,
};
use sip_ua::core::{CallKey, CallOptions, Event};
use std::time::Duration;

/// A 2xx of Bob with a description.
fn success(request: &Request, allow: &str, sdp: &str) -> Response {
    let bob = NameAddr::new("sip:bob@y.invalid;transport=ws".parse().unwrap());
    let mut response = response(request, StatusCode::OK).with(&Contact::Addr(bob));
    response.headers_mut().push_text(&"Allow".parse().unwrap(), allow).unwrap();
    if !sdp.is_empty() {
        response.set_body(&ContentType::sdp(), sdp.to_owned().into());
    }
    response
}

/// A call to Bob that stands.
fn established(alice: &mut Peer, allow: &str) -> CallKey {
    let bob = "sip:bob@example.test".parse().unwrap();
    let call = alice.act(|core, now| core.invite(&bob, &Body::sdp("alice"), now)).unwrap();
    let invite = alice.sent_request();
    alice.receive(success(&invite, allow, "bob"));
    assert_eq!(alice.sent_request().method(), &Method::Ack);
    alice.events.clear();
    call
}

fn session_event(alice: &mut Peer) -> SessionEvent {
    match alice.events.remove(0) {
        Event::Call { event, .. } => event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn ac33_a_call_asks_for_a_session_timer_and_refreshes_it() {
    let mut alice = Peer::with(|config| config.session_interval = Some(1800));
    let bob = "sip:bob@example.test".parse().unwrap();
    alice.act(|core, now| core.invite(&bob, &Body::sdp("alice"), now)).unwrap();
    let invite = alice.sent_request();
    let asked: SessionExpires = invite.headers().required().unwrap();
    assert_eq!(asked.encoded(), "1800");
    let options: Vec<Supported> = invite.headers().list().flatten().collect();
    assert_eq!(options.iter().filter(|option| option.0 == "timer").count(), 1, "said once");
    let accepted = success(&invite, "INVITE, UPDATE", "bob");
    let accepted = accepted.with(&SessionExpires::decode("1800;refresher=uac").unwrap());
    alice.receive(accepted);
    assert_eq!(alice.sent_request().method(), &Method::Ack);
    alice.sleep(Duration::from_secs(900));
    let refresh = alice.sent_request();
    assert_eq!((refresh.method(), refresh.body().len()), (&Method::Update, 0));
    assert_eq!(refresh.headers().required::<SessionExpires>().unwrap().encoded(), "1800;refresher=uac");
}

#[test]
fn an_update_offers_anew_where_it_is_allowed() {
    let mut alice = Peer::connected();
    let call = established(&mut alice, "INVITE, UPDATE");
    assert!(alice.core.remote_capabilities(call).unwrap().allows(&Method::Update));
    alice.act(|core, now| core.update(call, Some(Body::sdp("alice 2")), now)).unwrap();
    let update = alice.sent_request();
    assert_eq!((update.method(), update.body().as_ref()), (&Method::Update, b"alice 2".as_slice()));
    alice.receive(success(&update, "INVITE, UPDATE", "bob 2"));
    assert!(
        matches!(session_event(&mut alice), SessionEvent::Changed { body: Some(body) } if body.bytes == "bob 2")
    );
}

#[test]
fn an_update_is_not_sent_where_it_is_not_allowed() {
    let mut alice = Peer::connected();
    let call = established(&mut alice, "INVITE");
    let refused = alice.act(|core, now| core.update(call, None, now));
    assert_eq!(refused, Err(InviteError::NotAllowed));
    assert!(alice.take_sent().is_empty());
}

#[test]
fn ac23_an_offer_that_was_asked_for_is_answered_in_the_ack() {
    let mut alice = Peer::connected();
    let call = established(&mut alice, "INVITE");
    alice.act(|core, now| core.ask_offer(call, now)).unwrap();
    let invite = alice.sent_request();
    assert_eq!((invite.method(), invite.body().len()), (&Method::Invite, 0));
    alice.receive(success(&invite, "INVITE", "all of bob"));
    assert!(alice.take_sent().is_empty(), "the ACK waits for the answer");
    assert!(matches!(session_event(&mut alice), SessionEvent::Reoffered { body: Some(_) }));
    alice.act(|core, now| core.answer(call, Body::sdp("alice 2"), now)).unwrap();
    let ack = alice.sent_request();
    assert_eq!((ack.method(), ack.body().as_ref()), (&Method::Ack, b"alice 2".as_slice()));
    alice.receive(success(&invite, "INVITE", "all of bob"));
    assert_eq!(alice.sent_request().to_bytes(), ack.to_bytes(), "the same ACK again");
}

#[test]
fn a_call_without_offer_is_answered_in_the_ack() {
    let mut alice = Peer::connected();
    let bob = "sip:bob@example.test".parse().unwrap();
    let call = alice.act(|core, now| core.invite_with(&bob, &CallOptions::default(), now)).unwrap();
    let invite = alice.sent_request();
    assert!(invite.body().is_empty());
    let call_id: sip_message::CallId = invite.headers().required().unwrap();
    assert_eq!(alice.core.call_id(call), Some(call_id.0.as_str()));
    alice.receive(success(&invite, "INVITE", "bob"));
    assert!(matches!(session_event(&mut alice), SessionEvent::Offered { .. }));
    alice.act(|core, now| core.answer(call, Body::sdp("alice"), now)).unwrap();
    let ack = alice.sent_request();
    assert_eq!((ack.method(), ack.body().as_ref()), (&Method::Ack, b"alice".as_slice()));
}

// rfc3428#4
#[test]
fn a_message_inside_a_call_has_its_outcome() {
    let mut alice = Peer::connected();
    let call = established(&mut alice, "INVITE, MESSAGE");
    let sent = alice.act(|core, now| core.message_in_call(call, Body::text("hello"), now)).unwrap();
    let message = alice.sent_request();
    assert_eq!((message.method(), message.body().as_ref()), (&Method::Message, b"hello".as_slice()));
    alice.receive(response(&message, StatusCode::OK));
    let outcome = session_event(&mut alice);
    assert!(
        matches!(&outcome, SessionEvent::MessageAnswered { cseq, status: StatusCode::OK } if *cseq == sent),
        "{outcome:?}"
    );
}
