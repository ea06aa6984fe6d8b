//! Changing a session: the requirements of RFC 3261 §14.

use crate::messages::{NOW, answer, outputs};
use crate::rfc3261_12::{acknowledged, answers, established, requests};
use crate::table::response;
use sip_clock::Instant;
use sip_dialog::{
    Dialog, EndKind, Input, InviteError, InviteSession, Output, SessionDescription, SessionEvent,
};
use sip_message::{
    Body, CSeq, HeaderName, Method, Request, Require, Response, RetryAfter, StatusCode, Warning,
};
use std::time::Duration;

const SDP: &str =
    "v=0\r\no=- 7 7 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";

/// The peer's requests in the dialog of a callee.
struct Caller(Dialog);

impl Caller {
    fn new() -> Self {
        let mut success = crate::world::invite("alice", true).response(StatusCode::OK);
        let to = success.headers().required::<sip_message::To>().unwrap().0.with_tag("tag-bob");
        success.headers_mut().set(&sip_message::To(to));
        Self(Dialog::client(&crate::world::invite("alice", true), &success).unwrap())
    }

    fn invite(&mut self, body: &'static str) -> Request {
        let mut invite = self.0.request(Method::Invite);
        if !body.is_empty() {
            let body = Body::sdp(body);
            invite.set_body(&body.content_type, body.bytes);
        }
        invite
    }
}

fn number_of(request: &Request) -> u32 {
    let CSeq { number, .. } = request.headers().required().unwrap();
    number
}

fn status_of(session: &mut InviteSession, request: Request) -> StatusCode {
    session.handle(Input::Request(request), NOW);
    answers(session).pop().unwrap().status()
}

/// Agrees on a description that hold can change.
fn with_media() -> InviteSession {
    let mut session = established();
    session.offer(Body::sdp(SDP)).unwrap();
    let number = number_of(&requests(&mut session)[0]);
    session.handle(Input::Response(response(&session, 200, "tag-bob", number, Method::Invite, SDP)), NOW);
    drop(outputs(&mut session));
    session
}

// rfc3261#14.1/1, type=test
#[test]
fn a_changed_description_has_the_next_version() {
    let mut session = with_media();
    session.hold().unwrap();
    let held = SessionDescription::new(requests(&mut session)[0].body().clone());
    assert_eq!((held.version(), held.direction().receives()), (Some(8), false));
}

// rfc3261#14.1/2-3, type=test
#[test]
fn a_change_waits_for_the_end_of_our_own_invite() {
    let mut session = with_media();
    session.offer(Body::sdp(SDP.replace("4000", "4002"))).unwrap();
    let number = number_of(&requests(&mut session)[0]);
    assert_eq!(session.offer(Body::sdp("another")), Err(InviteError::OfferPending));
    session.hold().unwrap();
    session.handle(Input::Response(response(&session, 180, "tag-bob", number, Method::Invite, "")), NOW);
    assert!(outputs(&mut session).is_empty());
    session.handle(Input::Response(response(&session, 200, "tag-bob", number, Method::Invite, SDP)), NOW);
    let sent: Vec<Method> = requests(&mut session).iter().map(|request| request.method().clone()).collect();
    assert_eq!(sent, [Method::Ack, Method::Invite]);
}

// rfc3261#14.1/2, rfc3261#14.1/4, type=test
#[test]
fn a_change_waits_for_the_ack_of_the_peers_invite() {
    let mut session = acknowledged();
    let mut caller = Caller::new();
    let invite = caller.invite(SDP);
    let number = number_of(&invite);
    session.handle(Input::Request(invite), NOW);
    drop(outputs(&mut session));
    assert_eq!(session.offer(Body::sdp("bob 2")), Err(InviteError::OfferPending));
    session.answer(Body::sdp(SDP), NOW).unwrap();
    drop(outputs(&mut session));
    assert_eq!(session.offer(Body::sdp("bob 2")), Err(InviteError::OfferPending));
    session.hold().unwrap();
    assert!(outputs(&mut session).is_empty());
    session.handle(Input::Request(caller.0.ack(number)), NOW);
    let sent: Vec<Method> = requests(&mut session).iter().map(|request| request.method().clone()).collect();
    assert_eq!(sent, [Method::Invite]);
}

// rfc3261#14.1/5, type=test
#[test]
fn a_refused_change_leaves_the_session_as_it_was() {
    for status in [488, 500, 408, 603] {
        let mut session = acknowledged();
        session.offer(Body::sdp("bob 2")).unwrap();
        let number = number_of(&requests(&mut session)[0]);
        session.handle(Input::Response(response_to_callee(&session, status, number)), NOW);
        let told = outputs(&mut session);
        assert!(matches!(told.as_slice(), [Output::Event(SessionEvent::ChangeFailed { .. })]), "{told:?}");
        let mut caller = Caller::new();
        session.handle(Input::Request(caller.invite("alice")), NOW);
        assert_eq!(&answers(&mut session)[0].body()[..], b"bob", "what was agreed before {status}");
    }
}

/// A response of the caller to an INVITE of the callee.
fn response_to_callee(session: &InviteSession, status: u16, number: u32) -> Response {
    let mut response = response(session, status, "", number, Method::Invite, "");
    let dialog = session.dialogs().next().unwrap();
    response.headers_mut().set(&sip_message::From(dialog.local().clone()));
    response.headers_mut().set(&sip_message::To(dialog.remote().clone()));
    response
}

// rfc3261#14.1/6-7, type=test
#[test]
fn a_change_that_met_another_goes_out_again_after_a_random_time() {
    for (mut session, shortest, longest) in [(established(), 2100, 4000), (acknowledged(), 0, 2000)] {
        session.offer(Body::sdp("new")).unwrap();
        let first = requests(&mut session).remove(0);
        let pending = match session.is_client() {
            true => response(&session, 491, "tag-bob", number_of(&first), Method::Invite, ""),
            false => response_to_callee(&session, 491, number_of(&first)),
        };
        session.handle(Input::Response(pending), NOW);
        assert!(outputs(&mut session).is_empty());
        let timeouts = std::iter::from_fn(|| {
            let at = session.next_timeout()?;
            session.handle(Input::Timeout, at);
            Some((at, requests(&mut session)))
        });
        let (at, again) = timeouts.into_iter().find(|(_, sent)| !sent.is_empty()).unwrap();
        let waited = at - Instant::ZERO;
        assert!(waited >= Duration::from_millis(shortest) && waited <= Duration::from_millis(longest));
        assert_eq!(waited.as_micros() % 10_000, 0, "steps of 10 ms");
        assert_eq!((again[0].body(), number_of(&again[0])), (first.body(), number_of(&first) + 1));
    }
}

/// A peer that answers each re-INVITE with 491 gets two of them for each wish; the statuses that the application hears.
fn collide_without_end(session: &mut InviteSession) -> Vec<StatusCode> {
    let mut invites = 0;
    let mut failures = Vec::new();
    let mut now = NOW;
    while failures.is_empty() {
        let said = outputs(session);
        if said.is_empty() {
            now = session.next_timeout().expect("a wish is left");
            session.handle(Input::Timeout, now);
        }
        for output in said {
            match output {
                Output::Request(invite) => {
                    invites += 1;
                    assert!(invites <= 2, "it goes on for ever");
                    let refusal = response(session, 491, "tag-bob", number_of(&invite), Method::Invite, "");
                    session.handle(Input::Response(refusal), now);
                }
                Output::Event(SessionEvent::ChangeFailed { status }) => failures.push(status),
                _ => {}
            }
        }
    }
    assert_eq!(invites, 2);
    failures
}

// rfc3261#14.1/6-7, type=test
#[test]
fn ac14_a_change_that_meets_another_again_is_given_up() {
    let mut session = established();
    session.offer(Body::sdp(SDP)).unwrap();
    assert_eq!(collide_without_end(&mut session), [StatusCode::REQUEST_PENDING]);
    // the session is as it was: the next wish has its own second try
    session.offer(Body::sdp(SDP)).unwrap();
    assert_eq!(collide_without_end(&mut session), [StatusCode::REQUEST_PENDING]);
}

// rfc3261#13.3.1.1/2, type=test
#[test]
fn a_re_invite_that_waits_for_the_user_gets_a_183_every_minute() {
    for required in [false, true] {
        let mut session = acknowledged();
        let mut invite = Caller::new().invite("alice 2");
        if required {
            invite.headers_mut().push(&Require("100rel".to_owned()));
        }
        session.handle(Input::Request(invite), NOW);
        drop(outputs(&mut session));
        for minute in 1..=4 {
            let at = NOW + Duration::from_secs(60 * minute);
            assert_eq!(session.next_timeout(), Some(at));
            session.handle(Input::Timeout, at);
            let said = answers(&mut session);
            assert_eq!(said[0].status(), StatusCode::SESSION_PROGRESS);
            assert_eq!(said[0].headers().contains(&HeaderName::RSeq), required, "rfc3262#3");
            if required {
                break;
            }
        }
        session.answer(Body::sdp("bob 2"), NOW).unwrap();
        assert_eq!(answers(&mut session)[0].status(), StatusCode::OK);
        assert_eq!(
            session.next_timeout(),
            Some(NOW + Duration::from_millis(500)),
            "nothing is due but the ACK"
        );
    }
}

// rfc3261#14.2/1-2, type=test
#[test]
fn a_second_invite_before_the_answer_to_the_first_is_put_off() {
    let mut session = acknowledged();
    let mut caller = Caller::new();
    session.handle(Input::Request(caller.invite("alice 2")), NOW);
    drop(outputs(&mut session));
    let refusal = answer(&mut session, caller.invite("alice 3"));
    assert_eq!(refusal.status(), StatusCode::SERVER_INTERNAL_ERROR);
    assert!(refusal.headers().required::<RetryAfter>().unwrap().seconds <= 10);
    session.answer(Body::sdp("bob 2"), NOW).unwrap();
    assert_eq!(answers(&mut session)[0].status(), StatusCode::OK, "the first is not harmed");
}

/// What the session says to a 500 with this Retry-After, and when it has something to do.
fn put_off(session: &mut InviteSession, sent: &Request, seconds: u32) -> (Vec<Output>, Option<Instant>) {
    let refusal = sent.response(StatusCode::SERVER_INTERNAL_ERROR).with(&RetryAfter::new(seconds));
    session.handle(Input::Response(refusal), NOW);
    (outputs(session), session.next_timeout())
}

// RFC 3261 §14.2: ten seconds is as long as a peer may put off what meets an earlier request
#[test]
fn what_is_put_off_for_ten_seconds_at_most_goes_out_again_once() {
    for seconds in [0, 10, 11] {
        let mut session = established();
        session.offer(Body::sdp("alice 2")).unwrap();
        let sent = requests(&mut session).remove(0);
        let (told, due) = put_off(&mut session, &sent, seconds);
        if seconds > 10 {
            assert!(
                matches!(told.as_slice(), [Output::Event(SessionEvent::ChangeFailed { .. })]),
                "{told:?}"
            );
            continue;
        }
        let again = match told.as_slice() {
            [Output::Request(again)] => again.clone(),
            [] => {
                assert_eq!(due, Some(NOW + Duration::from_secs(seconds.into())));
                session.handle(Input::Timeout, due.unwrap());
                requests(&mut session).remove(0)
            }
            _ => panic!("{told:?}"),
        };
        assert_eq!((again.method(), again.body()), (sent.method(), sent.body()));
        let (told, _) = put_off(&mut session, &again, 1);
        assert!(matches!(told.as_slice(), [Output::Event(SessionEvent::ChangeFailed { .. })]), "{told:?}");
    }
}

// rfc3261#14.2/3, type=test
#[test]
fn an_invite_that_meets_our_own_is_refused_with_491() {
    let mut session = acknowledged();
    session.offer(Body::sdp("bob 2")).unwrap();
    drop(outputs(&mut session));
    assert_eq!(status_of(&mut session, Caller::new().invite("alice 2")), StatusCode::REQUEST_PENDING);
}

// rfc3261#14.2/4-5, type=test
#[test]
fn only_a_changed_description_is_put_before_the_application() {
    let mut session = acknowledged();
    let mut caller = Caller::new();
    let same = caller.invite("alice");
    let number = number_of(&same);
    assert_eq!(status_of(&mut session, same), StatusCode::OK);
    session.handle(Input::Request(caller.0.ack(number)), NOW);
    drop(outputs(&mut session));
    session.handle(Input::Request(caller.invite("alice 2")), NOW);
    let told = outputs(&mut session);
    let [Output::Event(SessionEvent::Reoffered { body: Some(body) })] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(*body, Body::sdp("alice 2"));
}

// rfc3261#14.2/6, type=test
#[test]
fn the_refusal_of_a_changed_description_says_why() {
    let mut session = acknowledged();
    session.handle(Input::Request(Caller::new().invite("alice 2")), NOW);
    session.decline(StatusCode::NOT_ACCEPTABLE_HERE, NOW).unwrap();
    let refusal = answers(&mut session).remove(0);
    assert_eq!(refusal.headers().required::<Warning>().unwrap().code, 399);
    assert!(refusal.headers().contains(&HeaderName::Warning));
}

// rfc3261#14.2/7, type=test
#[test]
fn a_change_that_is_never_acknowledged_ends_the_session() {
    let mut session = acknowledged();
    session.handle(Input::Request(Caller::new().invite("alice 2")), NOW);
    session.answer(Body::sdp("bob 2"), NOW).unwrap();
    drop(outputs(&mut session));
    let mut now = NOW;
    while !session.has_ended() {
        now = session.next_timeout().unwrap();
        session.handle(Input::Timeout, now);
    }
    assert_eq!(now, NOW + Duration::from_secs(32));
    let said = outputs(&mut session);
    let Some(Output::Event(SessionEvent::Ended(cause))) = said.last() else { panic!("{said:?}") };
    assert_eq!(cause.kind, EndKind::Timeout);
    assert!(
        said.iter()
            .any(|output| matches!(output, Output::Request(request) if *request.method() == Method::Bye))
    );
}

// rfc3261#14.2/8, type=test
#[test]
fn who_is_asked_for_an_offer_makes_a_new_one() {
    let mut session = acknowledged();
    session.handle(Input::Request(Caller::new().invite("")), NOW);
    let told = outputs(&mut session);
    assert!(matches!(told.as_slice(), [Output::Event(SessionEvent::Reoffered { body: None })]), "{told:?}");
    session.answer(Body::sdp("bob, all of it"), NOW).unwrap();
    assert_eq!(&answers(&mut session)[0].body()[..], b"bob, all of it");
}

// rfc3261#14.2/11, type=test
#[test]
fn an_offer_asked_for_and_not_wanted_is_answered_by_taking_nothing_and_left() {
    let mut session = established();
    session.ask_offer().unwrap();
    let number = number_of(&requests(&mut session)[0]);
    session.handle(Input::Response(response(&session, 200, "tag-bob", number, Method::Invite, SDP)), NOW);
    session.decline(StatusCode::NOT_ACCEPTABLE_HERE, NOW).unwrap();
    let sent = requests(&mut session);
    let methods: Vec<&Method> = sent.iter().map(Request::method).collect();
    assert_eq!(methods, [&Method::Ack, &Method::Bye]);
    let taken = SessionDescription::new(sent[0].body().clone());
    assert!(taken.media().len() == 1 && taken.media().iter().all(|line| line.disabled));
}
