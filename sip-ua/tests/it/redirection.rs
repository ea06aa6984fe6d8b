//! What becomes of a request that is answered 3xx: RFC 3261 §8.1.3.4.

use crate::peer::{Peer, challenge, cseq, response};
use sip_dialog::{EndKind, SessionEvent};
use sip_message::{
    Body, Contact, HeaderName, Method, MinSe, Request, Response, SessionExpires, StatusCode, To, Via,
};
use sip_ua::core::{CallKey, Event, RequestFailure};
use std::time::Duration;

const BOB: &str = "sip:bob@example.test";

fn outgoing(alice: &mut Peer, target: &str) -> (CallKey, Request) {
    let target = target.parse().unwrap();
    let call = alice.act(|core, now| core.invite(&target, &Body::sdp("v=0\r\n"), now)).unwrap();
    (call, alice.sent_request())
}

fn redirection(request: &Request, contacts: &str) -> Response {
    let mut response = response(request, StatusCode::MOVED_TEMPORARILY);
    response.headers_mut().push_text(&HeaderName::Contact, contacts).unwrap();
    response
}

/// What Alice sends when her INVITE is answered so, behind the ACK.
fn next(alice: &mut Peer, answer: Response) -> Option<Request> {
    alice.receive(answer);
    let mut sent = alice.take_sent();
    assert_eq!(sent.remove(0).as_request().unwrap().method(), &Method::Ack);
    sent.pop().map(|message| message.as_request().unwrap().clone())
}

fn end(alice: &Peer) -> (EndKind, Option<StatusCode>) {
    match alice.events.last() {
        Some(Event::Call { event: SessionEvent::Ended(cause), .. }) => (cause.kind, cause.status),
        other => panic!("{other:?}"),
    }
}

fn is_over(mut alice: Peer) -> bool {
    alice.sleep(Duration::from_secs(100));
    alice.core.is_idle() && alice.core.next_timeout().is_none()
}

// rfc3261#8.1.3.4/1,6-9, type=test
#[test]
fn a_redirected_invite_goes_to_the_contact_and_is_otherwise_the_same() {
    let mut alice = Peer::connected();
    let (call, first) = outgoing(&mut alice, BOB);
    let contact = "<sip:bob;x=1@desk.test:5070;transport=ws;method=INVITE;foo?Subject=hi>;expires=5";
    let second = next(&mut alice, redirection(&first, contact)).unwrap();
    assert_eq!(second.request_uri(), "sip:bob;x=1@desk.test:5070;transport=ws;foo");
    let (To(to), Contact::Addr(contact)) =
        (second.headers().required().unwrap(), second.headers().required().unwrap())
    else {
        panic!("no contact")
    };
    assert_eq!((to.uri.as_str(), to.tag(), contact.uri.as_sip().unwrap().is_secure()), (BOB, None, false));
    let unchanged = [
        HeaderName::From,
        HeaderName::CallId,
        HeaderName::Contact,
        HeaderName::Supported,
        HeaderName::ContentType,
    ];
    for name in unchanged {
        assert_eq!(second.headers().raw(&name), first.headers().raw(&name), "{name:?}");
    }
    assert_eq!((cseq(&second), second.body()), (2, first.body()));
    let branch =
        |request: &Request| request.headers().required::<Via>().unwrap().branch().unwrap().to_owned();
    assert_ne!(branch(&first), branch(&second));

    let mut ok = response(&second, StatusCode::OK);
    ok.headers_mut().push_text(&HeaderName::Contact, "<sip:bob@y.invalid;transport=ws>").unwrap();
    alice.receive(ok);
    assert_eq!(alice.sent_request().method(), &Method::Ack);
    assert!(matches!(alice.events[..], [Event::Call { event: SessionEvent::Established { .. }, .. }]));
    alice.act(|core, now| core.hang_up(call, now));
    let bye = alice.sent_request();
    alice.receive(response(&bye, StatusCode::OK));
    assert!(is_over(alice));
}

// rfc3261#8.1.3.4/4-5, type=test
#[test]
fn the_next_contact_is_tried_after_a_failure_in_the_order_of_preference() {
    let mut alice = Peer::connected();
    let (_, first) = outgoing(&mut alice, BOB);
    let contacts = "<sip:c@c.test>;q=0.2, <sip:a@a.test>, <tel:+1>, <sip:b@b.test>;q=0.7";
    let a = next(&mut alice, redirection(&first, contacts)).unwrap();
    assert_eq!(a.request_uri(), "sip:a@a.test");
    alice.receive(response(&a, StatusCode::RINGING));
    let b = next(&mut alice, response(&a, StatusCode::BUSY_HERE)).unwrap();
    assert_eq!(b.request_uri(), "sip:b@b.test");
    alice.sleep(Duration::from_secs(33));
    let c = alice.sent_request();
    assert_eq!((c.request_uri(), cseq(&c)), ("sip:c@c.test", 4));
    assert!(next(&mut alice, response(&c, StatusCode::NOT_FOUND)).is_none());
    assert_eq!(end(&alice).1, Some(StatusCode::NOT_FOUND));
    assert!(is_over(alice));
}

// rfc3261#8.1.3.4/2, type=test
#[test]
fn two_servers_that_redirect_to_each_other_are_each_asked_once() {
    let mut alice = Peer::connected();
    let (_, first) = outgoing(&mut alice, BOB);
    let second = next(&mut alice, redirection(&first, "<sip:bob@EXAMPLE.test>, <sip:x@b.test>")).unwrap();
    assert_eq!(second.request_uri(), "sip:x@b.test");
    assert!(next(&mut alice, redirection(&second, "<sip:bob@example.test>, <sip:x@B.test>")).is_none());
    assert_eq!(end(&alice), (EndKind::Redirected, Some(StatusCode::MOVED_TEMPORARILY)));
    assert!(is_over(alice));
}

// rfc3261#8.1.3.4/3, type=test
#[test]
fn from_sips_to_sip_nothing_is_redirected() {
    let mut alice = Peer::over("WSS", |_| {});
    let (_, first) = outgoing(&mut alice, "sips:bob@example.test");
    let second = next(&mut alice, redirection(&first, "<sip:x@a.test>, <sips:x@b.test>;q=0.1")).unwrap();
    assert_eq!(second.request_uri(), "sips:x@b.test");
    assert!(next(&mut alice, response(&second, StatusCode::BUSY_HERE)).is_none());

    let (_, plain) = outgoing(&mut alice, BOB);
    let second = next(&mut alice, redirection(&plain, "<sips:x@b.test>")).unwrap();
    let Contact::Addr(contact) = second.headers().required().unwrap() else { panic!("no contact") };
    assert!(contact.uri.as_sip().unwrap().is_secure());
}

#[test]
fn a_6xx_and_hanging_up_end_the_search() {
    const CONTACTS: &str = "<sip:a@a.test>, <sip:b@b.test>";
    let mut alice = Peer::connected();
    let (_, first) = outgoing(&mut alice, BOB);
    let second = next(&mut alice, redirection(&first, CONTACTS)).unwrap();
    assert!(next(&mut alice, response(&second, StatusCode::DECLINE)).is_none());
    assert_eq!(end(&alice).0, EndKind::Declined);

    let (call, first) = outgoing(&mut alice, BOB);
    let second = next(&mut alice, redirection(&first, CONTACTS)).unwrap();
    alice.receive(response(&second, StatusCode::RINGING));
    alice.act(|core, now| core.hang_up(call, now));
    let cancel = alice.sent_request();
    alice.receive(response(&cancel, StatusCode::OK));
    assert!(next(&mut alice, response(&second, StatusCode::REQUEST_TERMINATED)).is_none());
    assert_eq!(end(&alice).0, EndKind::Cancelled);
    assert!(is_over(alice));
}

#[test]
fn a_server_cannot_send_a_request_to_more_than_nine_others() {
    let mut alice = Peer::connected();
    let (_, first) = outgoing(&mut alice, BOB);
    let contacts: Vec<String> = (0..50).map(|number| format!("<sip:x{number}@a.test>")).collect();
    let mut latest = next(&mut alice, redirection(&first, &contacts.join(", "))).unwrap();
    let mut count = 1;
    while let Some(request) = next(&mut alice, response(&latest, StatusCode::NOT_FOUND)) {
        latest = request;
        count += 1;
    }
    assert_eq!(count, 9);
}

#[test]
fn a_message_is_redirected_and_challenged_where_it_goes() {
    let mut alice = Peer::connected();
    alice.act(|core, now| core.message(&BOB.parse().unwrap(), Body::text("hi"), now));
    let first = alice.sent_request();
    alice.receive(redirection(&first, "<sip:a@a.test>, <sip:b@b.test>"));
    let second = alice.sent_request();
    alice.receive(challenge(&second, StatusCode::UNAUTHORIZED, "n1"));
    let third = alice.sent_request();
    assert_eq!((third.request_uri(), third.body(), cseq(&third)), ("sip:a@a.test", first.body(), 3));
    alice.receive(challenge(&third, StatusCode::UNAUTHORIZED, "n1"));
    let fourth = alice.sent_request();
    assert_eq!(fourth.request_uri(), "sip:b@b.test");
    alice.receive(response(&fourth, StatusCode::OK));
    assert!(matches!(alice.events[..], [Event::Answered { outcome: Ok(_), .. }]));
    assert!(is_over(alice));
}

// RFC 3261 §21.3.4, §21.3.5: the one names a proxy, the other another service; neither is where the callee is
#[test]
fn a_305_and_a_380_name_no_other_target() {
    for status in [StatusCode::USE_PROXY, StatusCode::ALTERNATIVE_SERVICE] {
        let mut alice = Peer::connected();
        let (_, first) = outgoing(&mut alice, BOB);
        let mut answer = response(&first, status);
        answer.headers_mut().push_text(&HeaderName::Contact, "<sip:a@a.test>").unwrap();
        assert!(next(&mut alice, answer).is_none());
        assert_eq!(end(&alice), (EndKind::Redirected, Some(status)));
        assert!(is_over(alice));
    }
}

// AC-33
#[test]
fn a_422_is_answered_where_it_came_from_and_not_by_the_next_contact() {
    let mut alice = Peer::with(|config| config.session_interval = Some(90));
    let (_, first) = outgoing(&mut alice, BOB);
    let second = next(&mut alice, redirection(&first, "<sip:a@a.test>, <sip:b@b.test>")).unwrap();
    let too_small = response(&second, StatusCode::SESSION_INTERVAL_TOO_SMALL).with(&MinSe::new(200_u32));
    let third = next(&mut alice, too_small).unwrap();
    assert_eq!((third.request_uri(), cseq(&third)), ("sip:a@a.test", 3));
    assert_eq!(third.headers().required::<SessionExpires>().unwrap().seconds, 200);
    let fourth = next(&mut alice, response(&third, StatusCode::BUSY_HERE)).unwrap();
    assert_eq!(fourth.request_uri(), "sip:b@b.test");
}

#[test]
fn one_that_does_not_follow_is_told_of_the_3xx() {
    let mut alice = Peer::with(|config| config.follows_redirections = false);
    alice.act(|core, now| core.options(&BOB.parse().unwrap(), now));
    let options = alice.sent_request();
    alice.receive(redirection(&options, "<sip:a@a.test>"));
    let [Event::Answered { outcome: Err(RequestFailure::Refused(response)), .. }] = &alice.events[..] else {
        panic!("{:?}", alice.events)
    };
    assert_eq!(response.status(), StatusCode::MOVED_TEMPORARILY);
    assert!(is_over(alice));
}
