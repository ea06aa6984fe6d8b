//! Calls through the core: RFC 3261 §13 to §15.

use crate::peer::{Peer, request, response};
use sip_dialog::{EndKind, IdentityPolicy, ReliableProvisional, SessionEvent, Undelivered};
use sip_message::{Body, CallId, HeaderName, Message, Method, Reason, Request, StatusCode, To};
use sip_ua::core::{CallKey, Event};
use std::time::Duration;

fn incoming(alice: &mut Peer) -> CallKey {
    alice.receive_text(&request("INVITE", "Content-Type: application/sdp\n", "v=0\n"));
    match alice.events.pop() {
        Some(Event::IncomingCall { call, .. }) => call,
        other => panic!("{other:?}"),
    }
}

fn outgoing(alice: &mut Peer) -> (CallKey, Request) {
    let bob = "sip:bob@example.test".parse().unwrap();
    let call = alice.act(|core, now| core.invite(&bob, &Body::sdp("v=0\r\n"), now)).unwrap();
    (call, alice.sent_request())
}

fn end_kinds(alice: &Peer) -> Vec<EndKind> {
    alice
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Call { event: SessionEvent::Ended(cause), .. } => Some(cause.kind),
            _ => None,
        })
        .collect()
}

#[test]
fn an_incoming_call_rings_is_answered_and_ended_by_the_caller() {
    let mut alice = Peer::connected();
    let call = incoming(&mut alice);
    alice.act(|core, now| core.ring(call, now)).unwrap();
    assert_eq!(alice.sent_response().status(), StatusCode::RINGING);
    alice.act(|core, now| core.accept(call, Some(Body::sdp("v=0\r\n")), now)).unwrap();
    let ok = alice.sent_response();
    assert!(ok.headers().contains(&HeaderName::Contact) && ok.headers().contains(&HeaderName::Allow));
    let To(to) = ok.headers().required().unwrap();
    let to = format!("To: <sip:alice@example.test>;tag={}", to.tag().unwrap());
    let in_dialog = |method: &str| request(method, "", "").replace("To: <sip:alice@example.test>", &to);
    alice.receive_text(&in_dialog("ACK"));
    assert!(matches!(alice.events.pop(), Some(Event::Call { event: SessionEvent::Established { .. }, .. })));
    alice.receive_text(&in_dialog("BYE").replace("CSeq: 1 BYE", "CSeq: 2 BYE"));
    assert_eq!(alice.sent_response().status(), StatusCode::OK);
    assert_eq!(end_kinds(&alice), [EndKind::HungUp]);
    alice.sleep(Duration::from_secs(40));
    assert!(alice.core.is_idle() && alice.core.next_timeout().is_none(), "nothing is left of the call");
}

#[test]
fn ac71_the_asserted_identity_of_a_caller_goes_before_from() {
    let asserted = "P-Asserted-Identity: <sip:desk@example.test>\n";
    for (policy, expected) in
        [(IdentityPolicy::Network, "sip:desk@example.test"), (IdentityPolicy::Peer, "sip:bob@example.test")]
    {
        let mut alice = Peer::with(|config| config.identity = policy);
        alice.receive_text(&request("INVITE", asserted, ""));
        let Some(Event::IncomingCall { call, .. }) = alice.events.pop() else { panic!("no call") };
        assert_eq!(alice.core.remote_identity(call).unwrap().uri.to_string(), expected);
    }
}

#[test]
fn ac37_a_cancel_with_its_reason_is_a_call_answered_elsewhere() {
    let mut alice = Peer::connected();
    incoming(&mut alice);
    let reason = "Reason: SIP;cause=200;text=\"Call completed elsewhere\", Q.850;cause=26\n";
    let cancel = request("CANCEL", reason, "").replace("branch=z9hG4bKbobCANCEL", "branch=z9hG4bKbobINVITE");
    alice.receive_text(&cancel);
    let Some(Event::Call { event: SessionEvent::Ended(cause), .. }) = alice.events.pop() else {
        panic!("no end")
    };
    assert_eq!((cause.kind, cause.reasons.len()), (EndKind::AnsweredElsewhere, 2));
}

#[test]
fn ac37_a_cancel_of_ours_says_why() {
    let mut alice = Peer::connected();
    let (call, invite) = outgoing(&mut alice);
    alice.receive(response(&invite, StatusCode::RINGING));
    let reason = Reason::new("SIP", 200, "Call completed elsewhere");
    alice.act(|core, now| core.hang_up_with(call, None, vec![reason.clone()], now));
    assert_eq!(alice.sent_request().headers().required::<Reason>().unwrap(), reason);
}

#[test]
fn ac45_an_offer_among_other_parts_is_found() {
    let mut alice = Peer::connected();
    let body = "--b\nContent-Type: application/rs-metadata+xml\nContent-Disposition: x;handling=optional\n\n<r/>\n\
                --b\nContent-Type: application/sdp\n\nv=0 of bob\n--b--\n";
    alice.receive_text(&request("INVITE", "Content-Type: multipart/mixed;boundary=b\n", body).replace(
        &format!("Content-Length: {}", body.len()),
        &format!("Content-Length: {}", body.replace('\n', "\r\n").len()),
    ));
    let Some(Event::IncomingCall { invite, .. }) = alice.events.pop() else {
        panic!("{:?}", alice.start_lines())
    };
    let offer = sip_dialog::session_body(invite.headers(), invite.body()).unwrap();
    assert_eq!(offer.bytes, "v=0 of bob");
}

#[test]
fn a_call_that_nobody_answers_gets_480() {
    let mut alice = Peer::connected();
    let call = incoming(&mut alice);
    alice.act(|core, now| core.ring(call, now)).unwrap();
    alice.take_sent();
    alice.sleep(Duration::from_secs(181));
    let last = alice.take_sent().pop().unwrap();
    assert_eq!(last.start_line(), "SIP/2.0 480 Temporarily Unavailable");
    assert_eq!(end_kinds(&alice), [EndKind::NoAnswer]);
}

#[test]
fn a_cancel_ends_a_ringing_call_with_487() {
    let mut alice = Peer::connected();
    let call = incoming(&mut alice);
    alice.act(|core, now| core.ring(call, now)).unwrap();
    let ringing = alice.sent_response();
    let cancel = request("CANCEL", "", "").replace("branch=z9hG4bKbobCANCEL", "branch=z9hG4bKbobINVITE");
    alice.receive_text(&cancel);
    let sent = alice.take_sent();
    let lines: Vec<String> = sent.iter().map(Message::start_line).collect();
    assert_eq!(lines, ["SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"]);
    let tag = |message: &Message| {
        let To(to) = message.headers().required().unwrap();
        to.tag().map(str::to_owned)
    };
    assert_eq!(tag(&sent[0]), tag(&ringing.into()), "rfc3261#9.2: the tag of the INVITE's responses");
    assert_eq!(end_kinds(&alice), [EndKind::Cancelled]);
    assert!(alice.act(|core, now| core.accept(call, None, now)).is_err(), "too late");
}

#[test]
fn hanging_up_before_an_answer_cancels_once_it_may() {
    let mut alice = Peer::connected();
    let (call, invite) = outgoing(&mut alice);
    alice.act(|core, now| core.hang_up(call, now));
    assert!(alice.take_sent().is_empty(), "rfc3261#9.1: no CANCEL before a provisional response");
    alice.receive(response(&invite, StatusCode::RINGING));
    let cancel = alice.sent_request();
    assert_eq!((cancel.method(), cancel.request_uri()), (&Method::Cancel, invite.request_uri()));
    assert_eq!(cancel.headers().raw(&HeaderName::Via), invite.headers().raw(&HeaderName::Via));
    alice.receive(response(&cancel, StatusCode::OK));
    alice.receive(response(&invite, StatusCode::REQUEST_TERMINATED));
    assert_eq!(alice.sent_request().method(), &Method::Ack);
    assert_eq!(end_kinds(&alice), [EndKind::Cancelled]);
}

// rfc3261#15.1.1/2, rfc5626#5.3.1, type=test
/// The answer to a BYE that shows that the other side has no such call any more is a 2xx or 481; every other one says that
/// a server did not reach it, or that it did not act on the BYE.
#[test]
fn a_bye_is_delivered_when_the_answer_is_a_2xx_or_481_and_by_no_other_answer() {
    for (status, is_delivered) in [
        (200, true),
        (202, true),
        (481, true),
        (403, false),
        (404, false),
        (408, false),
        (430, false),
        (480, false),
        (500, false),
        (502, false),
        (503, false),
        (504, false),
    ] {
        let status = StatusCode::new(status).unwrap();
        let mut alice = Peer::connected();
        let (call, bye) = hung_up(&mut alice);
        assert!(alice.closed.is_empty(), "not before its answer");
        alice.receive(response(&bye, status));
        let why = (!is_delivered).then_some(Undelivered::Refused(status));
        assert_eq!(alice.closed, [(call, why)], "{status}");
        assert_eq!(end_kinds(&alice), [EndKind::HungUp]);
    }
}

/// A call that stood and that Alice has ended, with her BYE.
fn hung_up(alice: &mut Peer) -> (CallKey, Request) {
    let (call, invite) = outgoing(alice);
    let mut ok = response(&invite, StatusCode::OK);
    ok.headers_mut().push_text(&HeaderName::Contact, "<sip:bob@y.invalid>").unwrap();
    alice.receive(ok);
    alice.take_sent();
    alice.act(|core, now| core.hang_up(call, now));
    (call, alice.sent_request())
}

/// The BYE of the other side crosses ours.
fn cross(alice: &mut Peer, ours: &Request) {
    let text = |name| ours.headers().raw(&name).map(|raw| String::from_utf8_lossy(raw).into_owned()).unwrap();
    let theirs = request("BYE", "", "")
        .replace("From: <sip:bob@example.test>;tag=bob", &format!("From: {}", text(HeaderName::To)))
        .replace("To: <sip:alice@example.test>", &format!("To: {}", text(HeaderName::From)))
        .replace("Call-ID: from-bob", &format!("Call-ID: {}", text(HeaderName::CallId)));
    alice.receive_text(&theirs);
    assert_eq!(alice.sent_response().status(), StatusCode::OK);
}

#[test]
fn a_bye_that_is_given_up_after_the_bye_of_the_other_side_is_not_undelivered() {
    for (crosses, why) in [(false, Some(Undelivered::Transport)), (true, None)] {
        let mut alice = Peer::connected();
        let (call, ours) = hung_up(&mut alice);
        if crosses {
            cross(&mut alice, &ours);
        }
        alice.disconnect();
        alice.sleep(Duration::from_secs(301));
        assert_eq!(alice.closed, [(call, why)]);
    }
}

/// Whatever a server says to our BYE, the other side knows of the end that it wanted itself.
#[test]
fn a_bye_that_is_refused_after_the_bye_of_the_other_side_is_not_undelivered() {
    let mut alice = Peer::connected();
    let (call, ours) = hung_up(&mut alice);
    cross(&mut alice, &ours);
    alice.receive(response(&ours, StatusCode::TEMPORARILY_UNAVAILABLE));
    assert_eq!(alice.closed, [(call, None)]);
}

#[test]
fn an_answer_that_crosses_the_cancel_is_acknowledged_and_ended() {
    let mut alice = Peer::connected();
    let (call, invite) = outgoing(&mut alice);
    alice.receive(response(&invite, StatusCode::RINGING));
    alice.act(|core, now| core.hang_up(call, now));
    let cancel = alice.sent_request();
    let mut ok = response(&invite, StatusCode::OK);
    ok.headers_mut().push_text(&HeaderName::Contact, "<sip:bob@y.invalid>").unwrap();
    alice.receive(ok);
    alice.receive(response(&cancel, StatusCode::OK));
    let sent = alice.take_sent();
    let methods: Vec<Method> =
        sent.iter().map(|message| message.as_request().unwrap().method().clone()).collect();
    assert_eq!(methods, [Method::Ack, Method::Bye]);
    alice.receive(response(sent[1].as_request().unwrap(), StatusCode::OK));
    assert_eq!(end_kinds(&alice), [EndKind::Cancelled]);
    alice.sleep(Duration::from_secs(40));
    assert!(alice.core.is_idle() && alice.core.next_timeout().is_none());
}

/// Found by `cargo xtask sim --seed 708916`: a refusal whose branch was damaged on the way ended the call, but not its
/// transaction.
#[test]
fn a_refusal_that_matches_no_transaction_ends_nothing() {
    let mut alice = Peer::connected();
    let (call, invite) = outgoing(&mut alice);
    alice.receive(response(&invite, StatusCode::RINGING));
    let mut busy = response(&invite, StatusCode::BUSY_HERE);
    let via: sip_message::Via = busy.headers_mut().pop_front().unwrap().unwrap();
    busy.headers_mut().push_front(&via.with_branch("z9hG4bKdamaged"));
    alice.receive(busy);
    assert!(end_kinds(&alice).is_empty());
    alice.act(|core, now| core.hang_up(call, now));
    alice.sleep(Duration::from_secs(100));
    assert_eq!(end_kinds(&alice).len(), 1);
    assert!(alice.core.is_idle() && alice.core.next_timeout().is_none());
}

// rfc6026#8.9/2, type=test
/// Found by `cargo xtask sim --seed 730145`: an answer whose branch was damaged on the way made a call, but ended no
/// transaction.
#[test]
fn an_answer_that_matches_no_transaction_is_dropped_and_comes_again() {
    let mut alice = Peer::connected();
    let (call, invite) = outgoing(&mut alice);
    alice.receive(response(&invite, StatusCode::RINGING));
    alice.events.clear();
    let mut ok = response(&invite, StatusCode::OK);
    ok.headers_mut().push_text(&HeaderName::Contact, "<sip:bob@y.invalid>").unwrap();
    let mut damaged = ok.clone();
    let via: sip_message::Via = damaged.headers_mut().pop_front().unwrap().unwrap();
    damaged.headers_mut().push_front(&via.with_branch("z9hG4bKdamaged"));
    alice.receive(damaged);
    assert!(alice.take_sent().is_empty() && alice.events.is_empty());
    alice.receive(ok);
    assert_eq!(alice.sent_request().method(), &Method::Ack);
    alice.act(|core, now| core.hang_up(call, now));
    let bye = alice.sent_request();
    alice.receive(response(&bye, StatusCode::OK));
    alice.sleep(Duration::from_secs(100));
    assert_eq!(end_kinds(&alice), [EndKind::HungUp]);
    assert!(alice.core.is_idle() && alice.core.next_timeout().is_none());
}

#[test]
fn a_peer_that_begins_too_much_gets_503() {
    let mut alice = Peer::with(|config| config.limits.total = 1);
    incoming(&mut alice);
    let second =
        request("INVITE", "", "").replace("z9hG4bKbobINVITE", "z9hG4bKother").replace("from-bob", "again");
    alice.receive_text(&second);
    let refusal = alice.sent_response();
    assert_eq!(refusal.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refusal.headers().contains(&HeaderName::RetryAfter));
}

#[test]
fn a_callee_may_always_ring_reliably() {
    let rings_reliably = |headers: &str, body: &str| {
        let mut alice = Peer::with(|config| config.reliable = ReliableProvisional::WhenSupported);
        alice.receive_text(&request("INVITE", headers, body));
        let Some(Event::IncomingCall { call, .. }) = alice.events.pop() else { panic!("no call") };
        alice.act(|core, now| core.ring(call, now)).unwrap();
        alice.sent_response().headers().contains(&HeaderName::RSeq)
    };
    assert!(rings_reliably("Supported: 100rel\nContent-Type: application/sdp\n", "v=0\n"));
    assert!(!rings_reliably("Supported: 100rel\n", ""), "the offer would have to come first");
}

#[test]
fn a_lost_connection_ends_every_call_exactly_once_when_there_is_no_patience() {
    let mut alice = Peer::with(|config| config.patience = Duration::ZERO);
    let (_, invite) = outgoing(&mut alice);
    incoming(&mut alice);
    let mut ok = response(&invite, StatusCode::OK);
    ok.headers_mut().push_text(&HeaderName::Contact, "<sip:bob@y.invalid>").unwrap();
    alice.receive(ok);
    alice.disconnect();
    alice.sleep(Duration::ZERO);
    assert_eq!(end_kinds(&alice), [EndKind::TransportLost, EndKind::TransportLost]);
    alice.sleep(Duration::from_secs(64));
    assert_eq!(end_kinds(&alice).len(), 2);
    assert!(alice.core.is_idle() && alice.core.next_timeout().is_none());
}

// Found by the simulation: the transaction goes by the branch and is over, so no better answer will come.
#[test]
fn an_answer_with_another_call_id_ends_the_call_and_leaves_nothing() {
    let mut alice = Peer::connected();
    let (_, invite) = outgoing(&mut alice);
    let mut busy = response(&invite, StatusCode::BUSY_HERE);
    busy.headers_mut().set(&CallId("of-somebody-else".to_owned()));
    alice.receive(busy);
    assert_eq!(end_kinds(&alice), [EndKind::TransportLost]);
    alice.sleep(Duration::from_secs(40));
    assert!(alice.core.is_idle(), "{:?}", alice.core.usage());
}

// rfc3261#13.3.1.1
#[test]
fn early_media_goes_out_in_a_183() {
    let mut alice = Peer::connected();
    let call = incoming(&mut alice);
    alice
        .act(|core, now| core.progress(call, StatusCode::SESSION_PROGRESS, Some(Body::sdp("early")), now))
        .unwrap();
    let progress = alice.sent_response();
    assert_eq!((progress.status().code(), progress.body().as_ref()), (183, b"early".as_slice()));
}

// rfc3261#12.2.2: sequence numbers count in one dialog only.
#[test]
fn requests_of_two_forks_with_one_number_are_told_apart() {
    let mut alice = Peer::connected();
    let (call, invite) = outgoing(&mut alice);
    for tag in ["b1", "b2"] {
        alice.receive(accepted(&invite, tag));
        drop(alice.take_sent());
    }
    for tag in ["b1", "b2"] {
        alice.receive_text(&from_fork(&invite, tag));
    }
    assert_eq!(alice.sent_response().status(), StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
    alice.act(|core, now| core.answer(call, Body::sdp("v=0\r\n"), now)).unwrap();
    let answer = alice.sent_response();
    let via = answer.headers().top_via().unwrap().unwrap();
    assert_eq!((answer.status(), via.branch()), (StatusCode::OK, Some("z9hG4bKb1")));
}

/// The 2xx of a fork.
fn accepted(invite: &Request, tag: &str) -> sip_message::Response {
    let mut response = invite.response(StatusCode::OK);
    let to: To = response.headers().required().unwrap();
    response.headers_mut().set(&To(to.0.with_tag(tag)));
    response.headers_mut().push_text(&HeaderName::Contact, "<sip:bob@y.invalid;transport=ws>").unwrap();
    response.set_body(&sip_message::ContentType::sdp(), "v=0\r\n".into());
    response
}

/// A re-INVITE of a fork, which asks for an offer.
fn from_fork(invite: &Request, tag: &str) -> String {
    let (from, to): (sip_message::From, To) =
        (invite.headers().required().unwrap(), invite.headers().required().unwrap());
    let CallId(call_id) = invite.headers().required().unwrap();
    format!(
        "INVITE sip:alice@x.invalid SIP/2.0\nVia: SIP/2.0/WS y.invalid;branch=z9hG4bK{tag}\n\
         From: {};tag={tag}\nTo: {}\nCall-ID: {call_id}\nCSeq: 1 INVITE\nMax-Forwards: 70\n\
         Contact: <sip:bob@y.invalid;transport=ws>\n\n",
        to.0, from.0
    )
}

#[test]
fn an_invite_that_is_repeated_after_its_call_was_given_up_does_not_ring_again() {
    let mut alice = Peer::connected();
    let invite = |branch: &str| {
        request("INVITE", "Content-Type: application/sdp\n", "v=0\n").replace("z9hG4bKbobINVITE", branch)
    };
    alice.receive_text(&invite("z9hG4bK1"));
    let Some(Event::IncomingCall { call, .. }) = alice.events.pop() else { panic!("no call") };
    alice.act(|core, now| core.accept(call, Some(Body::sdp("v=0\r\n")), now)).unwrap();
    // no ACK comes: BYE, which nobody answers
    alice.sleep(Duration::from_secs(33));
    let is_bye = |message: &Message| message.start_line().starts_with("BYE");
    assert!(alice.take_sent().iter().any(is_bye));
    for wait in [0, 40] {
        alice.sleep(Duration::from_secs(wait));
        alice.take_sent();
        alice.events.clear();
        alice.receive_text(&invite(&format!("z9hG4bKagain{wait}")));
        let refused = alice.take_sent().pop().unwrap();
        assert_eq!(refused.start_line(), "SIP/2.0 487 Request Terminated");
        assert!(alice.events.is_empty(), "{:?}", alice.events);
    }
    // another call of the same caller is none of its business, and neither is the same one for ever
    alice.receive_text(&invite("z9hG4bKother").replace("CSeq: 1", "CSeq: 2"));
    assert!(matches!(alice.events.pop(), Some(Event::IncomingCall { .. })));
    alice.sleep(Duration::from_secs(400));
    alice.events.clear();
    alice.receive_text(&invite("z9hG4bKlast"));
    assert!(matches!(alice.events.pop(), Some(Event::IncomingCall { .. })));
}
