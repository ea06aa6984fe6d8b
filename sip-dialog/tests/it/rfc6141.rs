//! Re-INVITE and the target of a dialog, RFC 6141: what moves the target (§4), and what happens when an end has lost its
//! contact in between (§5). What a re-INVITE that fails leaves (§3) when nothing was agreed on the way are the tests named
//! `ac19_`; here it is what a reliable provisional response to it had agreed.

use crate::messages::{NOW, answer, client, outputs};
use crate::rfc3261_12::{acknowledged, established, requests};
use crate::table::{of_caller, response};
use crate::world::{Act, World, contact, invite};
use sip_clock::Instant;
use sip_dialog::{Input, InviteSession, Output, SessionDescription, SessionEvent, SessionState};
use sip_message::{
    Allow, Body, CSeq, Contact, HeaderName, Method, RSeq, Request, Require, Response, StatusCode,
};
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

/// Bob, whom Alice asks in a re-INVITE from another contact; she serves UPDATE or not.
fn asked_from_elsewhere(serves_update: bool) -> InviteSession {
    let mut session = acknowledged();
    let mut refresh = re_invite(2, "alice 2");
    refresh.headers_mut().set(&Contact::Addr(contact("alice-moved")));
    if serves_update {
        refresh.headers_mut().push(&Allow(Method::Update));
    }
    session.handle(Input::Request(refresh), NOW);
    drop(outputs(&mut session));
    session
}

// rfc6141#4.6
#[test]
fn a_new_target_is_taken_by_an_update_while_the_user_is_asked() {
    let t1 = Duration::from_millis(500);
    let mut session = asked_from_elsewhere(true);
    assert_eq!(session.next_timeout(), Some(NOW + t1), "an answer at once would do");
    session.handle(Input::Timeout, NOW + t1);
    let sent = requests(&mut session);
    let [update] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((update.method(), update.body().len()), (&Method::Update, 0));
    assert_eq!(update.request_uri(), "sip:alice-moved@ua.example.com");
    session.handle(Input::Response(update.response(StatusCode::OK)), NOW + t1);
    assert!(outputs(&mut session).is_empty(), "the user has nothing to do with it");

    // rfc6141#4.4
    session.decline(StatusCode::NOT_ACCEPTABLE_HERE, NOW).unwrap();
    assert_eq!(target(&session), "sip:alice-moved@ua.example.com", "the refusal does not take it back");
}

#[test]
fn nothing_is_said_of_a_new_target_that_is_answered_at_once_or_cannot_be_told() {
    let mut answered = asked_from_elsewhere(true);
    answered.answer(Body::sdp("bob 2"), NOW).unwrap();
    assert_eq!(target(&answered), "sip:alice-moved@ua.example.com", "the 2xx takes it");
    let mut declined = asked_from_elsewhere(true);
    declined.decline(StatusCode::NOT_ACCEPTABLE_HERE, NOW).unwrap();
    let mut untold = asked_from_elsewhere(false);
    for session in [&mut answered, &mut declined, &mut untold] {
        drop(outputs(session));
        session.handle(Input::Timeout, NOW + Duration::from_millis(501));
        assert!(requests(session).is_empty());
    }
    assert_eq!(target(&untold), "sip:alice@ua.example.com", "it waits for the user");
}

/// What the UPDATE gets is of no matter, but that one which is not served is not tried again.
#[test]
fn an_update_to_a_new_target_may_fail() {
    let later = NOW + Duration::from_millis(500);
    for status in [StatusCode::REQUEST_PENDING, StatusCode::METHOD_NOT_ALLOWED, StatusCode::REQUEST_TIMEOUT] {
        let mut session = asked_from_elsewhere(true);
        session.handle(Input::Timeout, later);
        let update = requests(&mut session).remove(0);
        session.handle(Input::Response(update.response(status)), later);
        assert!(outputs(&mut session).is_empty(), "{status}");
        session.answer(Body::sdp("bob 2"), later).unwrap();
        assert!(outputs(&mut session).iter().any(|output| is_status(output, StatusCode::OK)), "{status}");
        assert_eq!(session.state(), SessionState::Established, "{status}");
    }
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

const ALICE: usize = 0;
const BOB: usize = 1;

/// Alice's re-INVITE at 2 s is answered reliably at 2.06 s by a foreign user agent.
fn answered_early() -> World {
    World::new(&["bob"])
        .detailed()
        .takes_prack(BOB)
        .at(0, ALICE, Act::Call { offer: true })
        .at(1000, BOB, Act::Accept)
        .at(2000, ALICE, Act::Offer("alice 2"))
        .at(2060, BOB, Act::Reliable(1, "bob 2"))
}

macro_rules! flows {
    ($($(#[doc = $doc:literal])* $name:ident: $world:expr;)+) => {
        $($(#[doc = $doc])* #[test] fn $name() { insta::assert_snapshot!($world.run().transcript); })+
    };
}

flows! {
    /// Its UPDATE is within the re-INVITE, and is served: the PRACK has its answer.
    rfc6141_3_1_figure_3: answered_early().at(2500, BOB, Act::RawOffer("UPDATE", "bob 3"))
        .at(2600, ALICE, Act::AnswerWith("alice 3")).at(3000, BOB, Act::AnswerWith("bob 2"))
        .at(5000, ALICE, Act::HangUp);
    /// The refusal undoes what was agreed, and one more re-INVITE makes sure that both ends know.
    rfc6141_3_4_a_refusal_undoes_what_was_agreed: answered_early().at(3000, BOB, Act::Decline)
        .at(5000, ALICE, Act::HangUp);
    /// As there: the UPDATE of the peer crosses its late refusal, which undoes both; the exchange after it heals that.
    rfc6141_3_7_figure_5: answered_early().at(2500, BOB, Act::RawOffer("UPDATE", "bob 3"))
        .at(2600, ALICE, Act::AnswerWith("alice 3")).at(3000, BOB, Act::Decline).at(5000, ALICE, Act::HangUp);
    /// The same while the user is asked about that UPDATE: it is answered, and then the other exchange follows.
    rfc6141_3_7_the_update_waits: answered_early().at(2500, BOB, Act::RawOffer("UPDATE", "bob 3"))
        .at(3000, BOB, Act::Decline).at(3500, ALICE, Act::AnswerWith("alice 3")).at(5000, ALICE, Act::HangUp);
}

// rfc6141#4.7
#[test]
fn only_a_reliable_provisional_response_to_a_re_invite_moves_the_target() {
    let mut session = established();
    session.offer(Body::sdp("alice 2")).unwrap();
    let number = requests(&mut session).remove(0).headers().required::<CSeq>().unwrap().number;
    for (name, rseq, expected) in
        [("unreliable", None, "bob"), ("reliable", Some(7), "reliable"), ("late", Some(7), "reliable")]
    {
        let mut ringing = ringing(&session, name, rseq);
        ringing.headers_mut().set(&CSeq::new(number, Method::Invite));
        session.handle(Input::Response(ringing), NOW);
        assert_eq!(target(&session), format!("sip:{expected}@ua.example.com"));
        for prack in requests(&mut session) {
            assert_eq!(prack.request_uri(), target(&session), "the PRACK goes there already");
        }
    }
}

/// Alice's re-INVITE, which is on its way, is answered early by `early` and then finally with `status`: what she sends then.
fn conclude(session: &mut InviteSession, sent: &Request, early: &str, status: StatusCode) -> Vec<Request> {
    let mut ringing = ringing(session, "bob", Some(7));
    ringing.headers_mut().set(&sent.headers().required::<CSeq>().unwrap());
    let body = Body::sdp(early.to_owned());
    ringing.set_body(&body.content_type, body.bytes);
    session.handle(Input::Response(ringing), NOW);
    let prack = requests(session).remove(0);
    session.handle(Input::Response(prack.response(StatusCode::OK)), NOW);
    session.handle(Input::Response(sent.response(status)), NOW);
    requests(session)
}

// rfc3264#8
#[test]
fn the_description_that_undoes_an_early_agreement_has_a_higher_version() {
    let sdp = |version| Body::sdp(format!("o=- 1 {version} IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\n"));
    let mut session = established();
    session.offer(sdp(5)).unwrap();
    let sent = requests(&mut session).remove(0);
    let kept = conclude(&mut session, &sent, "bob 2", StatusCode::OK);
    assert!(matches!(kept.as_slice(), [ack] if *ack.method() == Method::Ack), "{kept:?}");

    session.offer(sdp(6)).unwrap();
    let sent = requests(&mut session).remove(0);
    let undone = conclude(&mut session, &sent, "bob 3", StatusCode::NOT_ACCEPTABLE_HERE);
    assert!(matches!(undone.as_slice(), [again] if *again.body() == sdp(7).bytes), "{undone:?}");

    session.handle(Input::Response(undone[0].response(StatusCode::NOT_ACCEPTABLE_HERE)), NOW);
    session.offer(Body::sdp("o=- 1 7 IN IP4 192.0.2.1\r\nm=video 4000 RTP/AVP 31\r\n")).unwrap();
    let next = SessionDescription::new(requests(&mut session)[0].body().clone());
    assert_eq!(next.version(), Some(8), "7 was another one");
}

// rfc6141#3.4
#[test]
fn an_exchange_that_undoes_an_early_agreement_is_not_undone_itself() {
    let mut session = established();
    session.offer(Body::sdp("alice 2")).unwrap();
    let sent = requests(&mut session).remove(0);
    let undone = conclude(&mut session, &sent, "bob 2", StatusCode::NOT_ACCEPTABLE_HERE);
    let last = conclude(&mut session, &undone[0], "bob 3", StatusCode::NOT_ACCEPTABLE_HERE);
    assert!(last.is_empty(), "no loop: {last:?}");
    assert_eq!(session.state(), SessionState::Established);
}
