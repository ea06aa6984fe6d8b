//! Making a session: the requirements of RFC 3261 §13.

use crate::messages::{NOW, client, outputs, server};
use crate::rfc3261_12::{answers, requests};
use crate::table::{of_caller, response};
use crate::world::{Act, Fate, World, invite};
use sip_clock::Instant;
use sip_dialog::{EndKind, Input, InviteError, InviteSession, Output, SessionEvent};
use sip_message::{
    Body, CSeq, Contact, ContentType, HeaderName, Method, NameAddr, RSeq, Reason, RecordRoute, Request,
    Require, Response, Route, StatusCode, To, Warning,
};
use std::time::Duration;

const ALICE: usize = 0;
const BOB: usize = 1;

const OFFER: &str = "v=0\r\no=- 7 7 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=100 200\r\n\
    m=audio 4000 RTP/AVP 0 8\r\na=sendonly\r\nm=video 4002/2 RTP/AVP 31\r\n";

/// What takes nothing of [`OFFER`].
const REFUSAL: &str = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=100 200\r\n\
    m=audio 0 RTP/AVP 0 8\r\nm=video 0 RTP/AVP 31\r\n";

fn shown(request: &Request) -> (&str, String) {
    (request.method().as_str(), String::from_utf8_lossy(request.body()).into_owned())
}

fn tag_of(response: &Response) -> String {
    let To(to) = response.headers().required().unwrap();
    to.tag().unwrap_or_default().to_owned()
}

/// The one final answer of a callee that does this.
fn outcome(session: &mut InviteSession, act: impl FnOnce(&mut InviteSession)) -> Response {
    act(session);
    answers(session).pop().unwrap()
}

// rfc3261#13.2.1/6, rfc3261#13.3.1.4/2, type=test
#[test]
fn an_offer_is_answered_in_the_success() {
    let mut session = server(&invite("alice", true));
    assert_eq!(session.accept(None, NOW), Err(InviteError::DescriptionMissing));
    assert!(outputs(&mut session).is_empty(), "the user may try again");
    let success = outcome(&mut session, |session| session.accept(Some(Body::sdp("bob")), NOW).unwrap());
    assert_eq!((success.status(), &success.body()[..]), (StatusCode::OK, &b"bob"[..]));
}

// rfc3261#13.2.1/5, rfc3261#13.3.1/2, rfc3261#13.3.1.4/3, type=test
#[test]
fn without_an_offer_the_success_makes_it() {
    let mut session = server(&invite("alice", false));
    assert_eq!(session.accept(None, NOW), Err(InviteError::DescriptionMissing));
    let success = outcome(&mut session, |session| session.accept(Some(Body::sdp("bob")), NOW).unwrap());
    assert_eq!(&success.body()[..], b"bob");
}

// rfc3261#13.2.1/6, rfc3261#13.3.1.4/2, type=test
#[test]
fn an_answer_in_an_unreliable_response_is_given_again_in_the_success() {
    let mut session = server(&invite("alice", true));
    session.provisional(StatusCode::SESSION_PROGRESS, Some(Body::sdp("bob")), NOW).unwrap();
    drop(outputs(&mut session));
    let success = outcome(&mut session, |session| session.accept(None, NOW).unwrap());
    assert_eq!(&success.body()[..], b"bob");
    assert_eq!(success.headers().required(), Ok(ContentType::sdp()));
}

// rfc3261#13.2.1/10, type=test
#[test]
fn after_the_answer_no_response_carries_another_description() {
    let invite = invite("alice", true).with(&Require("100rel".to_owned()));
    let mut session = server(&invite);
    session.provisional(StatusCode::SESSION_PROGRESS, Some(Body::sdp("bob")), NOW).unwrap();
    let reliable = answers(&mut session).pop().unwrap();
    let RSeq(rseq) = reliable.headers().required().unwrap();
    let rack = sip_message::RAck { rseq, cseq: CSeq::new(1, Method::Invite) };
    session.handle(Input::Request(of_caller(Method::Prack).with(&rack)), NOW);
    drop(outputs(&mut session));
    let success = outcome(&mut session, |session| session.accept(Some(Body::sdp("more")), NOW).unwrap());
    assert_eq!((success.status(), success.body().len()), (StatusCode::OK, 0));
}

// rfc3261#13.2.1/12-13, type=test: RFC 8866 has taken the place of RFC 2327, RFC 3264 is [13]
#[test]
fn descriptions_are_sdp_and_follow_offer_and_answer() {
    let mut session = server(&invite("alice", false));
    let success = outcome(&mut session, |session| session.accept(Some(Body::sdp(OFFER)), NOW).unwrap());
    assert_eq!(success.headers().required(), Ok(ContentType::sdp()));
    let mut ack = of_caller(Method::Ack);
    ack.set_body(&ContentType::sdp(), (OFFER.replace("sendonly", "inactive") + "a=inactive\r\n").into());
    session.handle(Input::Request(ack), NOW);
    assert!(session.held().remote, "rfc3264#6.1: a peer that does not receive holds");
}

// rfc3261#13.2.2/1, type=test
#[test]
fn a_second_final_response_is_ignored() {
    let mut session = client(invite("alice", true));
    session.handle(Input::Response(response(&session, 486, "tag-bob", 1, Method::Invite, "")), NOW);
    assert!(matches!(outputs(&mut session).as_slice(), [Output::Event(SessionEvent::Ended(_))]));
    for status in [603, 486, 180] {
        let again = response(&session, status, "tag-carol", 1, Method::Invite, "");
        session.handle(Input::Response(again), NOW);
    }
    assert!(outputs(&mut session).is_empty() && session.is_terminated());
}

// rfc3261#13.2.2/9-10, rfc3261#13.2.2/12, type=test
#[test]
fn an_offer_that_is_not_wanted_is_answered_by_taking_nothing_and_left() {
    let success = |session: &InviteSession, tag: &str| response(session, 200, tag, 1, Method::Invite, OFFER);
    let expected = [("ACK", REFUSAL.to_owned()), ("BYE", String::new())];

    let mut hung_up = client(invite("alice", false));
    hung_up.handle(Input::Response(success(&hung_up, "tag-bob")), NOW);
    hung_up.hang_up(NOW);
    assert_eq!(requests(&mut hung_up).iter().map(shown).collect::<Vec<_>>(), expected);

    let mut cancelled = client(invite("alice", false));
    cancelled.handle(Input::Response(response(&cancelled, 180, "tag-bob", 1, Method::Invite, "")), NOW);
    cancelled.hang_up(NOW);
    cancelled.handle(Input::Response(success(&cancelled, "tag-bob")), NOW);
    assert_eq!(requests(&mut cancelled).iter().map(shown).collect::<Vec<_>>(), expected);

    let mut forked = client(invite("alice", false));
    forked.handle(Input::Response(success(&forked, "tag-bob")), NOW);
    forked.answer(Body::sdp("answer"), NOW).unwrap();
    drop(outputs(&mut forked));
    forked.handle(Input::Response(success(&forked, "tag-carol")), NOW);
    assert_eq!(requests(&mut forked).iter().map(shown).collect::<Vec<_>>(), expected);

    let mut slow = client(invite("alice", false));
    slow.handle(Input::Response(success(&slow, "tag-bob")), NOW);
    let patience = slow.next_timeout().unwrap();
    slow.handle(Input::Timeout, patience);
    assert_eq!(requests(&mut slow).iter().map(shown).collect::<Vec<_>>(), expected);
}

// rfc3261#13.2.2/2-3, type=test: all but the route set goes on in a dialog that another 2xx has overtaken
#[test]
fn the_sequence_numbers_of_an_overtaken_early_dialog_go_on() {
    let named = |request: &Request| {
        let CSeq { number, method } = request.headers().required().unwrap();
        let To(to) = request.headers().required().unwrap();
        (number, method.to_string(), to.tag().unwrap().to_owned())
    };
    let mut session = client(invite("alice", true));
    for rseq in 7..10 {
        let ringing = response(&session, 183, "tag-carol", 1, Method::Invite, "");
        let ringing = ringing.with(&Require("100rel".to_owned())).with(&RSeq(rseq));
        session.handle(Input::Response(ringing), NOW);
        let [(number, ..)] = requests(&mut session).iter().map(named).collect::<Vec<_>>()[..] else {
            panic!("one PRACK")
        };
        assert_eq!(number, rseq - 5);
    }
    session.handle(Input::Response(response(&session, 200, "tag-bob", 1, Method::Invite, "bob")), NOW);
    assert_eq!(session.dialogs().count(), 1);
    drop(outputs(&mut session));

    let routed = response(&session, 200, "tag-carol", 1, Method::Invite, "carol");
    let hop = NameAddr::new("sip:p1.example.com;lr".parse().unwrap());
    session.handle(Input::Response(routed.with(&RecordRoute(hop.clone()))), NOW);
    let dismissed = requests(&mut session);
    let expected = [(1, "ACK"), (5, "BYE")];
    let expected = expected.map(|(number, method)| (number, method.to_owned(), "tag-carol".to_owned()));
    assert_eq!(dismissed.iter().map(named).collect::<Vec<_>>(), expected);
    for request in &dismissed {
        assert_eq!(request.headers().required(), Ok(Route(hop.clone())));
    }
}

// rfc3261#13.3.1.1/1, type=test
#[test]
fn all_responses_name_one_dialog() {
    let mut session = server(&invite("alice", true));
    session.provisional(StatusCode::RINGING, None, NOW).unwrap();
    session.provisional(StatusCode::QUEUED, None, NOW).unwrap();
    session.accept(Some(Body::sdp("bob")), NOW).unwrap();
    assert_eq!(answers(&mut session).iter().map(tag_of).collect::<Vec<_>>(), ["tag-bob"; 3]);
}

// rfc3261#13.3.1.1/2, type=test
#[test]
fn a_call_that_is_not_even_rung_is_kept_alive_each_minute() {
    let mut session = server(&invite("alice", true));
    for minute in 1..4 {
        let at = Instant::ZERO + Duration::from_secs(60 * minute);
        assert_eq!(session.next_timeout(), Some(at));
        session.handle(Input::Timeout, at);
        let answers = answers(&mut session);
        assert_eq!(answers.iter().map(Response::status).collect::<Vec<_>>(), [StatusCode::SESSION_PROGRESS]);
    }
}

// rfc3261#13.3.1.2/1, type=test
#[test]
fn a_redirection_names_the_addresses() {
    let targets = ["sip:bob@desk.example.com", "tel:+358-555-1234567"];
    let addresses = || targets.map(|uri| NameAddr::new(uri.parse().unwrap())).to_vec();
    let mut session = server(&invite("alice", true));
    assert_eq!(
        session.redirect(StatusCode::BUSY_HERE, addresses(), NOW),
        Err(InviteError::WrongStatus(StatusCode::BUSY_HERE))
    );
    let moved = outcome(&mut session, |session| {
        session.redirect(StatusCode::MOVED_TEMPORARILY, addresses(), NOW).unwrap();
    });
    let contacts: Vec<String> = moved
        .headers()
        .list::<Contact>()
        .map(|contact| match contact.unwrap() {
            Contact::Addr(contact) => contact.uri.to_string(),
            Contact::Star => panic!("a star"),
        })
        .collect();
    assert_eq!(
        (moved.status(), contacts),
        (StatusCode::MOVED_TEMPORARILY, targets.map(String::from).to_vec())
    );
    assert!(session.is_terminated());
}

// rfc3261#13.3.1.3/4, type=test
#[test]
fn the_refusal_of_an_offer_says_why() {
    let refusal =
        |status| outcome(&mut server(&invite("alice", true)), |session| session.reject(status, NOW).unwrap());
    for status in [StatusCode::NOT_ACCEPTABLE_HERE, StatusCode::NOT_ACCEPTABLE_ANYWHERE] {
        let warning: Warning = refusal(status).headers().required().unwrap();
        assert_eq!(warning.code, 399);
    }
    assert!(!refusal(StatusCode::BUSY_HERE).headers().contains(&HeaderName::Warning));
}

// rfc3261#13.3.1.4/4, type=test
#[test]
fn without_ack_the_dialog_is_confirmed_and_the_session_ended() {
    let world = World::new(&["bob"])
        .at(0, ALICE, Act::Call { offer: true })
        .at(1000, BOB, Act::Accept)
        .fate(2, Fate::Cut)
        .run();
    let [cause] = world.bob().ends.as_slice() else { panic!("{}", world.transcript) };
    assert_eq!(cause.kind, EndKind::Timeout);
    assert!(world.transcript.contains("+33s      bob → alice  BYE"), "{}", world.transcript);
}

/// Why BYE was sent among `requests`, if it was.
fn reasons_of_bye(requests: &[Request]) -> Option<Vec<Reason>> {
    let bye = requests.iter().find(|request| *request.method() == Method::Bye)?;
    Some(bye.headers().list().flatten().collect())
}

// rfc3261#13.2.2/12, type=test
#[test]
fn ac15_the_loser_of_a_fork_is_told_that_another_one_answered() {
    let success = |session: &InviteSession, tag| {
        Input::Response(response(session, 200, tag, 1, Method::Invite, "an answer"))
    };
    let mut session = client(invite("alice", true));
    session.handle(success(&session, "tag-bob"), NOW);
    assert_eq!(reasons_of_bye(&requests(&mut session)), None);
    session.handle(success(&session, "tag-carol"), NOW);
    let elsewhere = Reason::new("SIP", 200, "Call completed elsewhere");
    assert_eq!(reasons_of_bye(&requests(&mut session)), Some(vec![elsewhere]));

    // of a call that was given up nobody is the winner
    let mut session = client(invite("alice", true));
    session.hang_up(NOW);
    for tag in ["tag-bob", "tag-carol"] {
        session.handle(success(&session, tag), NOW);
        assert_eq!(reasons_of_bye(&requests(&mut session)), Some(Vec::new()));
    }
}
