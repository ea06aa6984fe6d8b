//! A second offer, in the PRACK that acknowledges the answer to the first, and its answer in the 2xx to PRACK: RFC 3262
//! §5; AC-24.

use crate::messages::{NOW, outputs, server};
use crate::table::of_caller;
use crate::world::invite;
use sip_dialog::{EndKind, EndedBy, Failure, Input, InviteSession, Output, SessionEvent};
use sip_message::{Body, CSeq, ContentType, Method, RAck, RSeq, Request, Require, Response, StatusCode};
use std::time::Duration;

/// Bob, who has sent his answer in a reliable 183, and the PRACK of Alice with an offer.
fn acknowledged_with_an_offer() -> (InviteSession, Request) {
    let (session, mut prack) = acknowledged(true);
    prack.set_body(&ContentType::sdp(), "alice 2".into());
    (session, prack)
}

/// Bob, who has sent his description in a reliable 183, and the PRACK of Alice.
fn acknowledged(is_offered: bool) -> (InviteSession, Request) {
    let mut session = server(&invite("alice", is_offered).with(&Require("100rel".to_owned())));
    session.provisional(StatusCode::SESSION_PROGRESS, Some(Body::sdp("bob")), NOW).unwrap();
    let progress = response(&mut session);
    let RSeq(rseq) = progress.headers().required().unwrap();
    let prack = of_caller(Method::Prack).with(&RAck { rseq, cseq: CSeq::new(1, Method::Invite) });
    (session, prack)
}

// rfc3262#5
#[test]
fn an_offer_that_a_prack_does_not_answer_ends_the_call_and_the_400_says_why() {
    let (mut bob, prack) = acknowledged(false);
    bob.handle(Input::Request(prack), NOW);
    let sent = outputs(&mut bob);
    let [
        Output::Response { response: to_prack, .. },
        Output::Response { response: to_invite, .. },
        Output::Event(SessionEvent::Ended(cause)),
    ] = sent.as_slice()
    else {
        panic!("{sent:?}")
    };
    assert_eq!(to_prack.status(), StatusCode::OK);
    assert_eq!((to_invite.status(), to_invite.reason()), (StatusCode::BAD_REQUEST, "No Answer in PRACK"));
    assert_eq!((cause.by, cause.kind), (EndedBy::Remote, EndKind::OfferUnanswered));
}

fn response(session: &mut InviteSession) -> Response {
    match outputs(session).as_slice() {
        [Output::Response { response, .. }] => response.clone(),
        other => panic!("{other:?}"),
    }
}

fn status_and_body(response: &Response) -> (u16, &[u8]) {
    (response.status().code(), response.body())
}

#[test]
fn ac24_the_offer_of_a_prack_is_answered_in_its_2xx() {
    let (mut bob, prack) = acknowledged_with_an_offer();
    bob.handle(Input::Request(prack), NOW);
    let asked = outputs(&mut bob);
    assert!(
        matches!(asked.as_slice(), [Output::Event(SessionEvent::Reoffered { body: Some(body) })] if body.bytes == "alice 2"),
        "{asked:?}"
    );
    bob.accept(Some(Body::sdp("bob")), NOW).unwrap();
    assert!(outputs(&mut bob).is_empty(), "rfc3262#5: the 2xx of the INVITE waits for the answer");
    bob.answer(Body::sdp("bob 2"), NOW).unwrap();
    let sent = outputs(&mut bob);
    let [
        Output::Response { cseq: first, response: to_prack },
        Output::Response { cseq: second, response: to_invite },
    ] = sent.as_slice()
    else {
        panic!("{sent:?}")
    };
    assert_eq!((&first.method, status_and_body(to_prack)), (&Method::Prack, (200, b"bob 2".as_slice())));
    assert_eq!((&second.method, status_and_body(to_invite)), (&Method::Invite, (200, b"".as_slice())));
    bob.handle(Input::Request(of_caller(Method::Ack)), NOW);
    let up = outputs(&mut bob);
    assert!(matches!(up.as_slice(), [Output::Event(SessionEvent::Established { body: None })]), "{up:?}");
}

#[test]
fn ac24_a_declined_offer_in_prack_gets_an_answer_that_takes_nothing_and_the_call_ends() {
    let (mut bob, prack) = acknowledged_with_an_offer();
    bob.handle(Input::Request(prack), NOW);
    drop(outputs(&mut bob));
    bob.decline(StatusCode::NOT_ACCEPTABLE_HERE, NOW).unwrap();
    let sent = outputs(&mut bob);
    let [
        Output::Response { response: to_prack, .. },
        Output::Response { cseq, response: to_invite },
        Output::Event(SessionEvent::Ended(_)),
    ] = sent.as_slice()
    else {
        panic!("{sent:?}")
    };
    // rfc3262#3: whatever acknowledges gets a 2xx; rfc6337#2.3, table 2
    assert_eq!((to_prack.status(), to_prack.body().is_empty()), (StatusCode::OK, false));
    assert_eq!((&cseq.method, to_invite.status()), (&Method::Invite, StatusCode::NOT_ACCEPTABLE_HERE));
}

#[test]
fn ac24_an_offer_in_prack_that_is_not_answered_in_time_ends_the_call() {
    for accepts in [false, true] {
        let (mut bob, prack) = acknowledged_with_an_offer();
        bob.handle(Input::Request(prack), NOW);
        if accepts {
            bob.accept(Some(Body::sdp("bob")), NOW).unwrap();
        }
        drop(outputs(&mut bob));
        let at = bob.next_timeout().unwrap();
        assert!(at - NOW < Duration::from_secs(32), "the peer waits for the 2xx no longer than 64*T1");
        bob.handle(Input::Timeout, at);
        let sent = outputs(&mut bob);
        let [
            Output::Response { response: to_prack, .. },
            Output::Event(SessionEvent::OfferWithdrawn),
            Output::Response { cseq, response: to_invite },
            Output::Event(SessionEvent::Ended(cause)),
        ] = sent.as_slice()
        else {
            panic!("{sent:?}")
        };
        assert_eq!((to_prack.status(), to_prack.body().is_empty()), (StatusCode::OK, false));
        assert_eq!((&cseq.method, to_invite.status()), (&Method::Invite, StatusCode::SERVER_TIMEOUT));
        assert_eq!((cause.by, cause.kind), (EndedBy::Local, EndKind::OfferUnanswered));
        assert!(bob.is_terminated() && bob.next_timeout().is_none());
    }
}

#[test]
fn an_offer_in_prack_is_withdrawn_when_the_transaction_of_the_invite_is_lost() {
    let (mut bob, prack) = acknowledged_with_an_offer();
    bob.handle(Input::Request(prack), NOW);
    drop(outputs(&mut bob));
    let cseq = CSeq::new(1, Method::Invite);
    bob.handle(Input::Failed { cseq, remote_tag: String::new(), failure: Failure::Timeout }, NOW);
    let sent = outputs(&mut bob);
    let [Output::Response { response, .. }, Output::Event(SessionEvent::Ended(_))] = sent.as_slice() else {
        panic!("{sent:?}")
    };
    assert_eq!(response.status(), StatusCode::OK, "rfc3262#3: a PRACK gets its 2xx");
    assert!(bob.is_terminated() && bob.next_timeout().is_none());
}

#[test]
fn the_same_description_in_prack_is_answered_without_asking() {
    let (mut bob, mut prack) = acknowledged_with_an_offer();
    prack.set_body(&ContentType::sdp(), "alice".into());
    bob.handle(Input::Request(prack), NOW);
    assert_eq!(status_and_body(&response(&mut bob)), (200, b"bob".as_slice()));
}
