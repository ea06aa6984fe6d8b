//! Changes of a call that stands, through the core: RFC 3261 §14, RFC 3311, RFC 4028.

use crate::peer::{Peer, request, response};
use sip_dialog::{InviteError, SessionEvent};
use sip_message::{
    Body, Contact, ContentType, Header as _, HeaderName, Headers, Method, NameAddr, RSeq, Request, Require,
    Response, SessionExpires, StatusCode, Supported, To,
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
        matches!(&outcome, SessionEvent::Answered { cseq, outcome: Ok(response) } if *cseq == sent && response.status() == StatusCode::OK),
        "{outcome:?}"
    );
}

/// The options in Supported of a message.
fn supported(headers: &Headers) -> Vec<String> {
    headers.list::<Supported>().flatten().map(|Supported(option)| option).collect()
}

/// What is said last counts, so nothing may be left out.
// rfc3261#8.1.1.9/1-2, type=test
#[test]
fn requests_inside_a_call_name_all_extensions() {
    let mut alice = Peer::connected();
    let call = established(&mut alice, "INVITE, UPDATE");
    alice.act(|core, now| core.set_hold(call, true, now)).unwrap();
    let hold = alice.sent_request();
    assert_eq!((hold.method(), supported(hold.headers())), (&Method::Invite, supported_in_dialog()));
    alice.receive(success(&hold, "INVITE, UPDATE", "bob"));
    alice.take_sent();
    alice.act(|core, now| core.update(call, None, now)).unwrap();
    assert_eq!(supported(alice.sent_request().headers()), supported_in_dialog());
    alice.act(|core, now| core.message_in_call(call, Body::text("hello"), now)).unwrap();
    assert_eq!(supported(alice.sent_request().headers()), supported_in_dialog());
}

fn supported_in_dialog() -> Vec<String> {
    ["100rel", "timer", "replaces", "join"].map(str::to_owned).to_vec()
}

/// A reliable 183 to a re-INVITE with this description.
fn early(request: &Request, sdp: &str) -> Response {
    let mut early =
        response(request, StatusCode::SESSION_PROGRESS).with(&Require("100rel".to_owned())).with(&RSeq(5));
    early.set_body(&ContentType::sdp(), sdp.to_owned().into());
    early
}

// rfc3262#4, rfc3262#5
#[test]
fn a_reliable_provisional_response_to_a_re_invite_is_acknowledged_and_answers_it() {
    let mut alice = Peer::connected();
    let call = established(&mut alice, "INVITE, UPDATE");
    alice.act(|core, now| core.offer(call, Body::sdp("alice 2"), now)).unwrap();
    let re_invite = alice.sent_request();
    alice.receive(early(&re_invite, "bob 2"));
    let prack = alice.sent_request();
    assert_eq!(prack.method(), &Method::Prack);
    assert!(matches!(session_event(&mut alice), SessionEvent::Changed { body: Some(_) }));
    alice.receive(response(&prack, StatusCode::OK));
    alice.receive(success(&re_invite, "INVITE, UPDATE", ""));
    assert_eq!(alice.sent_request().method(), &Method::Ack);
    assert!(alice.events.is_empty(), "all was told: {:?}", alice.events);
}

#[test]
fn a_re_invite_whose_early_offer_is_declined_is_cancelled() {
    let mut alice = Peer::connected();
    let call = established(&mut alice, "INVITE, UPDATE");
    alice.act(|core, now| core.ask_offer(call, now)).unwrap();
    let re_invite = alice.sent_request();
    alice.receive(early(&re_invite, "bob 2"));
    assert!(matches!(session_event(&mut alice), SessionEvent::Reoffered { body: Some(_) }));
    alice.act(|core, now| core.decline(call, StatusCode::NOT_ACCEPTABLE_HERE, now)).unwrap();
    let cancel = alice.sent_request();
    assert_eq!(cancel.method(), &Method::Cancel);
    alice.receive(response(&cancel, StatusCode::OK));
    alice.receive(response(&re_invite, StatusCode::REQUEST_TERMINATED));
    assert!(
        matches!(session_event(&mut alice), SessionEvent::ChangeFailed { status } if status == StatusCode::REQUEST_TERMINATED)
    );
    alice.take_sent();
    alice.act(|core, now| core.offer(call, Body::sdp("alice 2"), now)).unwrap();
    assert_eq!(alice.sent_request().method(), &Method::Invite, "the call goes on");
}

// rfc3261#11.2
#[test]
fn options_inside_a_call_are_answered_as_outside() {
    let mut alice = Peer::connected();
    alice.receive_text(&request("OPTIONS", "", ""));
    let outside = alice.sent_response();
    alice.receive_text(&request("INVITE", "Content-Type: application/sdp\n", "v=0\n"));
    let Some(Event::IncomingCall { call, .. }) = alice.events.pop() else { panic!("no call") };
    alice.act(|core, now| core.accept(call, Some(Body::sdp("v=0\r\n")), now)).unwrap();
    let To(to) = alice.sent_response().headers().required().unwrap();
    let inside = request("OPTIONS", "", "")
        .replace("To: <sip:alice@example.test>", &format!("To: {to}"))
        .replace("CSeq: 1 OPTIONS", "CSeq: 2 OPTIONS")
        .replace("z9hG4bKbobOPTIONS", "z9hG4bKinside");
    alice.receive_text(&inside);
    let inside = alice.sent_response();
    assert_eq!(inside.status(), outside.status());
    for name in [HeaderName::Allow, HeaderName::Accept, HeaderName::Supported] {
        assert!(inside.headers().contains(&name));
        assert_eq!(inside.headers().raw(&name), outside.headers().raw(&name), "{name}");
    }
}

// rfc5057#5.1
#[test]
fn a_refused_subscribe_inside_a_call_does_not_end_it() {
    let mut alice = Peer::connected();
    let call = established(&mut alice, "INVITE, SUBSCRIBE");
    let mut fields = Headers::new();
    fields.push_text(&HeaderName::Event, "talk").unwrap();
    let sent = alice.act(|core, now| core.send_in_call(call, Method::Subscribe, &fields, None, now)).unwrap();
    let subscribe = alice.sent_request();
    assert_eq!(subscribe.headers().raw(&HeaderName::Event), Some(&b"talk"[..]));
    alice.receive(response(&subscribe, StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST));
    let told = session_event(&mut alice);
    let SessionEvent::Answered { cseq, outcome: Ok(answer) } = told else { panic!("{told:?}") };
    assert_eq!((cseq, answer.status()), (sent, StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST));
    alice.act(|core, now| core.set_hold(call, true, now)).unwrap();
    assert_eq!(alice.sent_request().method(), &Method::Invite, "the call stands");
}
