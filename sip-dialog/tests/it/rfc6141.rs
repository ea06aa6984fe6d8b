//! Re-INVITE and the target of a dialog, RFC 6141: what moves the target (§4), and what happens when an end has lost its
//! contact in between (§5). What a re-INVITE that fails leaves (§3) are the tests named `ac19_`.

use crate::messages::{NOW, answer, client, outputs};
use crate::rfc3261_12::{acknowledged, requests};
use crate::table::{of_caller, response};
use crate::world::{contact, invite};
use sip_clock::Instant;
use sip_dialog::{Input, InviteSession, Output, SessionEvent, SessionState};
use sip_message::{Body, CSeq, Contact, HeaderName, Method, RSeq, Request, Require, Response, StatusCode};
use std::time::Duration;

/// A provisional response of Bob with this contact, reliable if it has a number.
fn ringing(session: &InviteSession, name: &str, number: Option<u32>) -> Response {
    let mut ringing = response(session, 180, "tag-bob", 1, Method::Invite, "");
    ringing.headers_mut().set(&Contact::Addr(contact(name)));
    match number {
        Some(number) => ringing.with(&Require("100rel".to_owned())).with(&RSeq(number)),
        None => ringing,
    }
}

/// Where the requests of the only dialog go.
fn target(session: &InviteSession) -> String {
    session.dialogs().next().unwrap().remote_target().to_string()
}

// rfc6141#4.7, rfc6141#4.9
#[test]
fn only_a_reliable_provisional_response_moves_the_target_of_an_early_dialog() {
    let mut session = client(invite("alice", true));
    for (name, number, expected) in [
        ("bob", None, "bob"),
        ("bob-moved", None, "bob"),
        ("bob-moved", Some(7), "bob-moved"),
        ("bob-lost", Some(9), "bob-moved"),
        ("bob-again", Some(8), "bob-again"),
        ("bob-late", Some(7), "bob-again"),
    ] {
        session.handle(Input::Response(ringing(&session, name, number)), NOW);
        assert_eq!(target(&session), format!("sip:{expected}@ua.example.com"), "{name} {number:?}");
        for prack in requests(&mut session) {
            assert_eq!(prack.request_uri(), target(&session), "the PRACK goes there already");
        }
    }
}

// rfc6141#4.6
#[test]
fn a_target_refresh_that_is_refused_moves_nothing() {
    let mut session = acknowledged();
    let mut refresh = re_invite(2, "alice 2");
    refresh.headers_mut().set(&Contact::Addr(contact("alice-moved")));
    session.handle(Input::Request(refresh), NOW);
    assert_eq!(target(&session), "sip:alice@ua.example.com", "it waits for the user");
    session.decline(StatusCode::NOT_ACCEPTABLE_HERE, NOW).unwrap();
    assert_eq!(target(&session), "sip:alice@ua.example.com");
}

/// A re-INVITE of Alice.
fn re_invite(number: u32, text: &'static str) -> Request {
    let mut request = of_caller(Method::Invite);
    request.headers_mut().set(&CSeq::new(number, Method::Invite));
    if !text.is_empty() {
        let body = Body::sdp(text);
        request.set_body(&body.content_type, body.bytes);
    }
    request
}

/// Lets time go by until nothing is due, 64·T1 at most.
fn wait(session: &mut InviteSession) -> Vec<Output> {
    let end = NOW + Duration::from_secs(33);
    let mut told = Vec::new();
    while let Some(at) = session.next_timeout().filter(|at: &Instant| *at < end) {
        session.handle(Input::Timeout, at);
        told.extend(outputs(session));
    }
    told
}

fn is_status(output: &Output, expected: StatusCode) -> bool {
    matches!(output, Output::Response { response, .. } if response.status() == expected)
}

// rfc6141#5.4, rfc6141#5.5
#[test]
fn a_later_re_invite_takes_the_place_of_the_ack_that_never_comes() {
    let mut session = acknowledged();
    session.handle(Input::Request(re_invite(2, "alice 2")), NOW);
    session.answer(Body::sdp("bob 2"), NOW).unwrap();
    drop(outputs(&mut session));

    session.handle(Input::Request(re_invite(3, "alice 3")), NOW);
    let told = outputs(&mut session);
    assert!(
        matches!(told.as_slice(), [Output::Event(SessionEvent::Reoffered { body: Some(_) })]),
        "no 491: {told:?}"
    );
    session.answer(Body::sdp("bob 3"), NOW).unwrap();
    assert!(outputs(&mut session).iter().any(|output| is_status(output, StatusCode::OK)));
    let mut ack = of_caller(Method::Ack);
    ack.headers_mut().set(&CSeq::new(3, Method::Ack));
    session.handle(Input::Request(ack), NOW);
    let told = wait(&mut session);
    assert!(told.is_empty(), "nothing is repeated, and there is no BYE: {told:?}");
    assert_eq!(session.state(), SessionState::Established);
}

#[test]
fn the_ack_of_the_re_invite_before_counts_for_nothing_when_it_comes_late() {
    let mut session = acknowledged();
    for number in [2, 3] {
        session.handle(Input::Request(re_invite(number, "alice 2")), NOW);
        if number == 2 {
            session.answer(Body::sdp("bob 2"), NOW).unwrap();
        }
    }
    let told = outputs(&mut session);
    assert!(
        told.iter().any(|output| is_status(output, StatusCode::OK)),
        "the same offer needs no user: {told:?}"
    );
    let mut late = of_caller(Method::Ack);
    late.headers_mut().set(&CSeq::new(2, Method::Ack));
    session.handle(Input::Request(late), NOW);
    let told = wait(&mut session);
    assert!(
        told.iter().any(|output| matches!(output, Output::Retransmit(_))),
        "the ACK of the second is due"
    );
    assert!(session.has_ended(), "and did not come");
}

/// As long as the offer in the 2xx has no answer nothing else can be offered.
#[test]
fn a_later_re_invite_has_to_wait_for_the_answer_in_the_ack() {
    let mut session = acknowledged();
    session.handle(Input::Request(re_invite(2, "")), NOW);
    session.answer(Body::sdp("bob 2"), NOW).unwrap();
    drop(outputs(&mut session));
    let refused = answer(&mut session, re_invite(3, "alice 3"));
    assert_eq!(refused.status(), StatusCode::REQUEST_PENDING);
    assert!(!refused.headers().contains(&HeaderName::Contact));
}
