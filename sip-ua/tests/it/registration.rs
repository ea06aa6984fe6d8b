//! What a registration does to the rest of the user agent, and what it outlives: AC-3, AC-4, AC-5.

use crate::peer::{Peer, challenge, response};
use sip_message::{Authorization, Body, Contact, HeaderName, Method, Request, Response, StatusCode};
use sip_outbound::{RegistrationEvent, RegistrationFailure};
use sip_ua::core::{CallKey, Event};
use std::time::Duration;

const SDP: &str = "v=0\r\n";

pub(crate) fn register(alice: &mut Peer) -> Request {
    alice.act(|core, now| core.register(now));
    alice.sent_request()
}

/// A 200 that grants the first contact of `register` for so long.
pub(crate) fn bound(register: &Request, seconds: u32) -> Response {
    let Some(Ok(Contact::Addr(mut binding))) = register.headers().list::<Contact>().next() else {
        panic!("no binding")
    };
    binding.params.set("expires", Some(&seconds.to_string()));
    response(register, StatusCode::OK).with(&Contact::Addr(binding))
}

/// A call to bob that stands.
fn call(alice: &mut Peer) -> CallKey {
    let bob = "sip:bob@example.test".parse().unwrap();
    let call = alice.act(|core, now| core.invite(&bob, &Body::sdp(SDP), now)).unwrap();
    let mut ok = response(&alice.sent_request(), StatusCode::OK);
    ok.headers_mut().push_text(&HeaderName::Contact, "<sip:bob@y.invalid;transport=ws>").unwrap();
    ok.set_body(&Body::sdp(SDP).content_type, SDP.into());
    alice.receive(ok);
    assert_eq!(alice.sent_request().method(), &Method::Ack);
    alice.events.clear();
    call
}

/// What a registrar does to a refresh.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Status(u16),
    Silence,
    Challenges,
    Nothing,
}

const TROUBLES: [Trouble; 11] = [
    Trouble::Status(403),
    Trouble::Status(404),
    Trouble::Status(408),
    Trouble::Status(423),
    Trouble::Status(302),
    Trouble::Status(500),
    Trouble::Status(503),
    Trouble::Status(606),
    Trouble::Silence,
    Trouble::Challenges,
    Trouble::Nothing,
];

#[test]
fn ac5_a_failing_refresh_touches_no_call() {
    for trouble in TROUBLES {
        let mut alice = Peer::connected();
        let first = register(&mut alice);
        alice.receive(bound(&first, 60));
        let call = call(&mut alice);
        alice.sleep(Duration::from_secs(55));
        let refresh = alice.sent_request();
        assert_eq!(refresh.method(), &Method::Register);
        match trouble {
            Trouble::Status(status) => alice.receive(response(&refresh, StatusCode::new(status).unwrap())),
            Trouble::Silence => alice.sleep(Duration::from_secs(40)),
            Trouble::Challenges => {
                let mut refresh = refresh;
                for _ in 0..3 {
                    alice.receive(challenge(&refresh, StatusCode::UNAUTHORIZED, "n1"));
                    let Some(again) = alice.take_sent().pop() else { break };
                    refresh = again.as_request().unwrap().clone();
                }
            }
            Trouble::Nothing => alice.receive(bound(&refresh, 0)),
        }
        // the binding is gone for good, and no word of it reaches the call
        alice.sleep(Duration::from_secs(300));
        let told = alice.events.iter().filter(|event| matches!(event, Event::Call { .. })).count();
        assert_eq!((told, alice.closed.len()), (0, 0), "{trouble:?}");
        alice.take_sent();
        alice.act(|core, now| core.offer(call, Body::sdp(SDP), now)).unwrap();
        let reinvite = alice.sent_request();
        assert_eq!(reinvite.method(), &Method::Invite, "{trouble:?}");
        alice.receive(response(&reinvite, StatusCode::NOT_ACCEPTABLE_HERE));
        alice.take_sent();
        alice.act(|core, now| core.hang_up(call, now));
        let bye = alice.sent_request();
        assert_eq!(bye.method(), &Method::Bye, "{trouble:?}");
        alice.receive(response(&bye, StatusCode::OK));
        assert_eq!(alice.closed, [(call, None)], "{trouble:?}");
    }
}

#[test]
fn ac4_a_restarted_server_is_asked_for_a_fresh_nonce() {
    let mut alice = Peer::connected();
    let first = register(&mut alice);
    alice.receive(challenge(&first, StatusCode::UNAUTHORIZED, "old"));
    let second = alice.sent_request();
    assert!(second.headers().contains(&HeaderName::Authorization));
    alice.receive(bound(&second, 600));
    alice.disconnect();
    alice.sleep(Duration::from_secs(20));
    alice.connect();
    let fresh = alice.sent_request();
    assert_eq!(fresh.method(), &Method::Register);
    assert!(!fresh.headers().contains(&HeaderName::Authorization), "the old nonce is forgotten");
    alice.receive(challenge(&fresh, StatusCode::UNAUTHORIZED, "new"));
    let again = alice.sent_request();
    let Authorization(credentials) = again.headers().required().unwrap();
    assert_eq!((credentials.get("nonce"), credentials.get("nc")), (Some("new"), Some("00000001")));
}

#[test]
fn ac4_nothing_but_a_refusal_stops_the_attempts() {
    for (status, goes_on) in [(503, true), (500, true), (408, true), (430, true), (403, false), (404, false)]
    {
        let mut alice = Peer::connected();
        let mut sent = register(&mut alice);
        for _ in 0..20 {
            alice.receive(response(&sent, StatusCode::new(status).unwrap()));
            let Some(Event::Registration { event: RegistrationEvent::Failed { cause, retry_in }, .. }) =
                alice.events.pop()
            else {
                panic!("{:?}", alice.events)
            };
            assert_eq!((cause.status().map(StatusCode::code), retry_in.is_some()), (Some(status), goes_on));
            let Some(wait) = retry_in else {
                assert!(matches!(cause, RegistrationFailure::Forbidden | RegistrationFailure::NotFound));
                break;
            };
            assert!(wait <= Duration::from_secs(1800), "{wait:?}");
            alice.sleep(wait);
            sent = alice.sent_request();
        }
        alice.sleep(Duration::from_secs(7200));
        assert_eq!(!alice.take_sent().is_empty(), goes_on, "{status}");
    }
}

#[test]
fn ac3_unregistering_without_a_connection_sends_nothing() {
    let mut alice = Peer::connected();
    let first = register(&mut alice);
    alice.receive(bound(&first, 600));
    alice.events.clear();
    alice.disconnect();
    assert!(!alice.core.is_registered(), "from the moment on in which the flow is lost");
    alice.act(|core, now| core.unregister(now));
    assert!(matches!(alice.events[..], [Event::Registration { event: RegistrationEvent::Unregistered, .. }]));
    alice.connect();
    alice.sleep(Duration::from_secs(3600));
    assert!(alice.take_sent().is_empty());
}
