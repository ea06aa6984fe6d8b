//! What wrong and unexpected messages get: RFC 3261 §8.2 and §12.2.2.

use crate::peer::{Peer, request, response};
use sip_dialog::SessionEvent;
use sip_message::{Allow, Body, Message, Method, StatusCode, To, Unsupported};
use sip_ua::core::{Event, RequestFailure};
use std::time::Duration;

fn answer_to(text: &str) -> sip_message::Response {
    let mut alice = Peer::connected();
    alice.receive_text(text);
    let response = alice.sent_response();
    assert!(alice.events.is_empty(), "{:?}", alice.events);
    let To(to) = response.headers().required().unwrap();
    assert!(to.tag().is_some(), "a final response has a To tag");
    response
}

#[test]
fn an_unknown_method_gets_405_with_allow() {
    let response = answer_to(&request("DANCE", "", ""));
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    let allowed: Vec<Method> =
        response.headers().list::<Allow>().flatten().map(|Allow(method)| method).collect();
    assert!(allowed.contains(&Method::Invite) && allowed.contains(&Method::Message), "{allowed:?}");
}

#[test]
fn another_user_gets_404() {
    let text = request("OPTIONS", "", "").replacen("sip:alice-desk@", "sip:carol@", 1);
    assert_eq!(answer_to(&text).status(), StatusCode::NOT_FOUND);
}

#[test]
fn a_telephone_uri_gets_416() {
    let text = request("OPTIONS", "", "").replacen(
        "sip:alice-desk@x.invalid;transport=ws",
        "tel:+358-555-1234567",
        1,
    );
    assert_eq!(answer_to(&text).status(), StatusCode::UNSUPPORTED_URI_SCHEME);
}

#[test]
fn an_unknown_extension_gets_420_that_names_it() {
    let response = answer_to(&request("INVITE", "Require: 100rel, teleport, magic\n", ""));
    assert_eq!(response.status(), StatusCode::BAD_EXTENSION);
    let unsupported: Vec<String> = response
        .headers()
        .list::<Unsupported>()
        .flatten()
        .map(|Unsupported(option)| option.to_string())
        .collect();
    assert_eq!(unsupported, ["teleport", "magic"]);
}

#[test]
fn a_missing_call_id_gets_400_that_names_it() {
    let text = request("OPTIONS", "", "").replace("Call-ID: from-bob\n", "");
    let response = answer_to(&text);
    assert_eq!((response.status(), response.reason()), (StatusCode::BAD_REQUEST, "Bad Call-ID Header Field"));
}

#[test]
fn a_cseq_of_another_method_gets_400() {
    let text = request("OPTIONS", "", "").replace("CSeq: 1 OPTIONS", "CSeq: 1 INVITE");
    assert_eq!(answer_to(&text).status(), StatusCode::BAD_REQUEST);
}

// rfc3261#12.2.2/1, rfc3261#15.1.2/1, type=test
#[test]
fn a_bye_without_a_dialog_gets_481() {
    let text = request("BYE", "", "")
        .replace("To: <sip:alice@example.test>", "To: <sip:alice@example.test>;tag=gone");
    assert_eq!(answer_to(&text).status(), StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
    assert_eq!(answer_to(&request("BYE", "", "")).status(), StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
}

// rfc3261#9.2/1, type=test
#[test]
fn a_cancel_without_an_invite_gets_481() {
    assert_eq!(answer_to(&request("CANCEL", "", "")).status(), StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
}

#[test]
fn an_ack_and_a_response_that_belong_nowhere_are_dropped() {
    let mut alice = Peer::connected();
    alice.receive_text(&request("ACK", "", ""));
    let mut stranger = Peer::connected();
    stranger.act(|core, now| core.options(&"sip:bob@example.test".parse().unwrap(), now));
    let options = stranger.sent_request();
    alice.receive(response(&options, StatusCode::OK));
    assert!(alice.take_sent().is_empty() && alice.events.is_empty());
    assert!(alice.core.is_idle());
}

#[test]
fn a_broken_request_line_gets_400_and_noise_gets_nothing() {
    let mut alice = Peer::connected();
    let text = request("OPTIONS", "", "")
        .replace("OPTIONS sip:alice-desk@x.invalid;transport=ws SIP/2.0", "OPTIONS");
    alice.receive_malformed(&text.replace('\n', "\r\n"));
    let response = alice.sent_response();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let To(to) = response.headers().required().unwrap();
    assert!(to.tag().is_some());
    alice.receive_malformed("\u{0}\u{1}\r\n\r\n");
    assert!(alice.take_sent().is_empty() && alice.core.is_idle());
}

// rfc3261#21.5.7
#[test]
fn a_request_beyond_the_limits_gets_513_and_disturbs_nothing() {
    let mut alice = Peer::connected();
    let text = request("OPTIONS", "", "").replace('\n', "\r\n");
    let text = text.replace("Call-ID", &("Subject: x\r\n".repeat(300) + "Call-ID"));
    assert!(Message::parse(text.clone().into()).is_err());
    alice.receive_malformed(&text);
    let response = alice.sent_response();
    assert_eq!((response.status(), response.reason()), (StatusCode::MESSAGE_TOO_LARGE, "Message Too Large"));
    assert!(alice.events.is_empty() && alice.core.is_idle() && alice.core.dropped() == 0);
}

#[test]
fn options_gets_200_with_what_we_can_do() {
    let response = answer_to(&request("OPTIONS", "", ""));
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers().list::<Allow>().flatten().any(|Allow(method)| method == Method::Bye));
}

#[test]
fn a_request_that_nobody_answers_times_out_and_is_forgotten() {
    let mut alice = Peer::connected();
    alice.act(|core, now| core.options(&"sip:bob@example.test".parse().unwrap(), now));
    alice.sleep(Duration::from_secs(31));
    assert!(alice.events.is_empty());
    alice.sleep(Duration::from_secs(2));
    assert!(matches!(alice.events[..], [Event::Answered { outcome: Err(RequestFailure::Timeout), .. }]));
    assert!(alice.core.is_idle() && alice.core.next_timeout().is_none());
}

#[test]
fn without_a_connection_a_request_fails_at_once() {
    let mut alice = Peer::connected();
    alice.disconnect();
    alice.act(|core, now| core.options(&"sip:bob@example.test".parse().unwrap(), now));
    assert!(matches!(alice.events[..], [Event::Answered { outcome: Err(RequestFailure::Transport), .. }]));
    assert!(alice.core.is_idle());
}

#[test]
fn a_server_that_vanishes_fails_what_waits() {
    let mut alice = Peer::connected();
    alice.act(|core, now| core.options(&"sip:bob@example.test".parse().unwrap(), now));
    alice.act(|core, now| core.register(now));
    alice.disconnect();
    let answered = alice
        .events
        .iter()
        .any(|event| matches!(event, Event::Answered { outcome: Err(RequestFailure::Transport), .. }));
    let registration = alice.events.iter().any(|event| matches!(event, Event::Registration { .. }));
    assert!(answered && registration, "{:?}", alice.events);
}

#[test]
fn targets_are_read_as_people_write_them() {
    let alice = Peer::connected();
    let read = |text: &str| alice.core.target(text).map(|uri| uri.to_string());
    assert_eq!(read("bob").unwrap(), "sip:bob@example.test");
    assert_eq!(read("bob@b.example").unwrap(), "sip:bob@b.example");
    assert_eq!(read(" sips:bob@b.example:5061 ").unwrap(), "sips:bob@b.example:5061");
    assert_eq!(read("bob@b.example:5080").unwrap(), "sip:bob@b.example:5080");
    assert_eq!(read("tel:+3585551234567").unwrap(), "tel:+3585551234567");
    assert!(read("sip:bob@").is_err());
    assert!(read("bob@b example").is_err());
}

/// Found by `cargo xtask fuzz user_agent`: the refusal of the second was taken for the answer to the first, which
/// then had none for ever.
#[test]
fn a_request_with_the_number_of_an_open_one_is_refused_and_disturbs_nothing() {
    let mut alice = Peer::connected();
    alice.receive_text(&request("INVITE", "", ""));
    let Some(Event::IncomingCall { call, .. }) = alice.events.pop() else { panic!("no call") };
    alice.act(|core, now| core.ring(call, now)).unwrap();
    let To(to) = alice.sent_response().headers().required().unwrap();
    let again = request("INVITE", "", "")
        .replace("z9hG4bKbobINVITE", "z9hG4bKagain")
        .replace("To: <sip:alice@example.test>", &format!("To: {to}"));
    alice.receive_text(&again);
    assert_eq!(alice.sent_response().status(), StatusCode::SERVER_INTERNAL_ERROR);
    alice.act(|core, now| core.hang_up(call, now));
    assert_eq!(alice.sent_response().status(), StatusCode::TEMPORARILY_UNAVAILABLE);
    alice.sleep(Duration::from_secs(64));
    assert!(alice.core.is_idle(), "{:?}", alice.core.usage());
}

/// Found by `cargo xtask fuzz user_agent`: the transaction stopped waiting, the call did not know, and so the INVITE
/// could neither end nor be cancelled.
#[test]
fn a_provisional_response_with_a_broken_from_is_a_100_to_the_call() {
    let mut alice = Peer::connected();
    let bob = "sip:bob@example.test".parse().unwrap();
    let call = alice.act(|core, now| core.invite(&bob, &Body::sdp("v=0\r\n"), now)).unwrap();
    let invite = alice.sent_request();
    let broken = response(&invite, StatusCode::RINGING).to_bytes();
    let broken = String::from_utf8_lossy(&broken).replace("From: <sip:", "From: <sipR");
    alice.receive(Message::parse(broken.into_bytes().into()).unwrap());
    assert!(alice.events.is_empty(), "{:?}", alice.events);
    alice.act(|core, now| core.hang_up(call, now));
    assert_eq!(alice.sent_request().method(), &Method::Cancel);
    alice.sleep(Duration::from_secs(64));
    assert!(alice.core.is_idle(), "{:?}", alice.core.usage());
}

/// What cannot be answered nor matched is dropped, and the core can say how often.
#[test]
fn what_cannot_be_answered_is_dropped_and_counted() {
    let mut alice = Peer::connected();
    alice.receive_malformed("\u{0}\u{1}\r\n\r\n");
    alice.receive_malformed("OPTIONS\r\nCall-ID: 1\r\n\r\n");
    let no_via =
        request("OPTIONS", "", "").replace("Via: SIP/2.0/WS proxy.test;branch=z9hG4bKbobOPTIONS\n", "");
    alice.receive_text(&no_via);
    alice.act(|core, now| core.options(&"sip:bob@example.test".parse().unwrap(), now));
    let options = alice.sent_request();
    let no_cseq = response(&options, StatusCode::OK).to_bytes();
    let no_cseq = String::from_utf8_lossy(&no_cseq).replace("CSeq: 1 OPTIONS\r\n", "");
    alice.receive(Message::parse(no_cseq.into_bytes().into()).unwrap());
    assert_eq!(alice.core.dropped(), 4);
    assert!(alice.take_sent().is_empty() && alice.events.is_empty());
    alice.receive(response(&options, StatusCode::OK));
    assert!(
        matches!(alice.events[..], [Event::Answered { outcome: Ok(_), .. }]),
        "it still waits for its answer"
    );
}

/// RFC 3261 §8.2, §21.4.1: whatever is wrong with a request that says whom to answer, it gets 400 and a reason.
#[test]
fn a_request_with_a_broken_field_gets_400_that_names_it() {
    for (good, bad, name) in [
        ("From: <sip:bob@example.test>;tag=bob", "From: <sip:bob", "From"),
        ("To: <sip:alice@example.test>", "To: \"Alice <sip:alice@example.test>", "To"),
        ("CSeq: 1 OPTIONS", "CSeq: one OPTIONS", "CSeq"),
        ("Call-ID: from-bob", "Call-ID: from bob", "Call-ID"),
    ] {
        let mut alice = Peer::connected();
        alice.receive_text(&request("OPTIONS", "", "").replace(good, bad));
        let refusal = alice.sent_response();
        assert_eq!(refusal.status(), StatusCode::BAD_REQUEST, "{name}");
        assert_eq!(refusal.reason(), format!("Bad {name} Header Field"));
        alice.sleep(Duration::from_secs(40));
        assert!(alice.events.is_empty() && alice.core.is_idle() && alice.core.dropped() == 0, "{name}");
    }
}

/// The same for what makes no call, and for an address that is none.
#[test]
fn a_request_that_can_begin_nothing_gets_400_that_says_why() {
    for (method, good, bad, reason) in [
        ("INVITE", "Contact: <sip:bob@", "Contact: \"<sip:bob@", "Bad Contact Header Field"),
        (
            "OPTIONS",
            "OPTIONS sip:alice-desk@x.invalid;transport=ws",
            "OPTIONS sip:alice@[::1",
            "Bad Request-URI",
        ),
    ] {
        let mut alice = Peer::connected();
        let text = request(method, "", "");
        assert!(text.contains(good), "{text}");
        alice.receive_text(&text.replacen(good, bad, 1));
        let refusal = alice.sent_response();
        assert_eq!((refusal.status(), refusal.reason()), (StatusCode::BAD_REQUEST, reason));
        assert!(alice.events.is_empty());
    }
}

/// Nothing in one message disturbs a call that it is not for, however much it resembles the messages of that call.
#[test]
fn no_bad_message_disturbs_a_call_that_stands() {
    let mut alice = Peer::connected();
    alice.receive_text(&request("INVITE", "Content-Type: application/sdp\n", "v=0\n"));
    let Some(Event::IncomingCall { call, .. }) = alice.events.pop() else { panic!("no call") };
    alice.act(|core, now| core.accept(call, Some(Body::sdp("v=0\r\n")), now)).unwrap();
    let To(to) = alice.sent_response().headers().required().unwrap();
    let inside = |method: &str| {
        request(method, "", "").replace("To: <sip:alice@example.test>", &format!("To: {to}")).replace(
            &format!("CSeq: 1 {method}"),
            &format!("CSeq: {} {method}", if method == "ACK" { 1 } else { 7 }),
        )
    };
    alice.receive_text(&inside("ACK"));
    alice.events.clear();
    for bad in [
        inside("BYE").replace("tag=bob", "tag=mallory"),
        inside("BYE").replace("Call-ID: from-bob", "Call-ID: another"),
        inside("BYE").replace("CSeq: 7 BYE", "CSeq: 7 INFO"),
        inside("BYE").replace("CSeq: 7 BYE", "CSeq: 4294967296 BYE"),
        inside("BYE").replace("Via: SIP/2.0/WS proxy.test", "Via: nonsense"),
        inside("BYE").replace("From: <sip:bob@example.test>", "From: <sip:bob@"),
        inside("DANCE"),
        inside("CANCEL"),
        request("BYE", "", ""),
    ] {
        alice.receive_text(&bad.replace("branch=z9hG4bKbob", &format!("branch=z9hG4bK{}", bad.len())));
    }
    alice.receive_malformed(&inside("BYE").replacen(
        "BYE sip:alice-desk@x.invalid;transport=ws SIP/2.0",
        "BYE",
        1,
    ));
    alice.take_sent();
    assert!(alice.events.is_empty(), "{:?}", alice.events);
    alice.receive_text(&inside("BYE"));
    assert_eq!(alice.sent_response().status(), StatusCode::OK);
    assert!(matches!(alice.events.first(), Some(Event::Call { event: SessionEvent::Ended(_), .. })));
}
