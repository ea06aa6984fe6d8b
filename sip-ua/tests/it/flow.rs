//! The flow is the route, and what a server may say when a call goes on over the next one: AC-7, AC-9, AC-40, AC-44.

use crate::peer::{Peer, challenge, cseq, request, response};
use sip_dialog::{EndKind, EndedBy, SessionEvent};
use sip_message::{Body, Contact, HeaderName, Method, Request, Response, StatusCode};
use sip_ua::core::{CallKey, Event};
use std::time::Duration;

const SDP: &str = "v=0\r\n";

/// A call to bob, whose 200 has these fields.
fn call(alice: &mut Peer, fields: &[(HeaderName, &str)]) -> CallKey {
    let bob = "sip:bob@example.test".parse().unwrap();
    let call = alice.act(|core, now| core.invite(&bob, &Body::sdp(SDP), now)).unwrap();
    let invite = alice.sent_request();
    let mut ok = response(&invite, StatusCode::OK);
    for (name, value) in fields {
        ok.headers_mut().push_text(name, value).unwrap();
    }
    ok.set_body(&Body::sdp(SDP).content_type, SDP.into());
    alice.receive(ok);
    assert_eq!(alice.sent_request().method(), &Method::Ack);
    alice.events.clear();
    call
}

fn plain(alice: &mut Peer) -> CallKey {
    call(alice, &[(HeaderName::Contact, "<sip:bob@y.invalid;transport=ws>")])
}

/// The connection is lost soon after the ACK, and another one is there: the ACK once more (AC-8), and the re-INVITE.
fn recover(alice: &mut Peer) -> Request {
    alice.disconnect();
    alice.sleep(Duration::from_secs(40));
    alice.connect();
    again(alice)
}

/// The re-INVITE that is sent, with the ACK that the peer may still wait for before it (AC-8).
fn again(alice: &mut Peer) -> Request {
    let sent = alice.take_sent();
    let mut requests: Vec<Request> =
        sent.iter().filter_map(|message| message.as_request().cloned()).collect();
    let methods: Vec<&Method> = requests.iter().map(Request::method).collect();
    assert_eq!(methods, [&Method::Ack, &Method::Invite]);
    requests.remove(1)
}

fn accept(reinvite: &Request) -> Response {
    let mut ok = response(reinvite, StatusCode::OK);
    ok.headers_mut().push_text(&HeaderName::Contact, "<sip:bob@y.invalid;transport=ws>").unwrap();
    ok.set_body(&Body::sdp(SDP).content_type, SDP.into());
    ok
}

fn is_resumed(alice: &Peer) -> bool {
    alice.events.iter().any(|event| matches!(event, Event::Call { event: SessionEvent::Resumed, .. }))
}

fn ended(alice: &Peer) -> Option<(EndedBy, EndKind, Option<u16>)> {
    alice.events.iter().find_map(|event| match event {
        Event::Call { event: SessionEvent::Ended(cause), .. } => {
            Some((cause.by, cause.kind, cause.status.map(StatusCode::code)))
        }
        _ => None,
    })
}

/// A proxy that names another port (P23), hosts that cannot be reached from here, names that nobody resolves.
#[test]
fn ac40_targets_of_a_dialog_are_never_dialled() {
    let contacts = [
        "<sip:bob@y.invalid;transport=ws>",
        "<sip:bob@192.168.1.9:5060;transport=udp>",
        "<sip:bob@10.0.0.7:5060>",
        "<sips:bob@example.test>",
        "<sip:bob@[2001:db8::9]:5060;transport=tcp>",
        "<sip:bob@no.such.name.anywhere>",
    ];
    let routes = [
        "<sip:edge.example.test:5060;lr>",
        "<sip:172.16.0.1:5060;transport=udp;lr>",
        "<sips:[::1]:5061;lr=on>",
        "<sip:gone.invalid;lr=true;r2=on>",
    ];
    for contact in contacts {
        for route in routes {
            // Peer asserts for each message that it leaves on the connection that is up.
            let mut alice = Peer::over("WSS", |config| {
                config.aor = "sips:alice@example.test".parse().unwrap();
            });
            let fields = [(HeaderName::Contact, contact), (HeaderName::RecordRoute, route)];
            let call = call(&mut alice, &fields);
            let reinvite = recover(&mut alice);
            assert_eq!(reinvite.method(), &Method::Invite, "{contact} {route}");
            alice.receive(accept(&reinvite));
            alice.take_sent();
            alice.act(|core, now| core.hang_up(call, now));
            let bye = alice.sent_request();
            assert_eq!(bye.method(), &Method::Bye);
            assert!(bye.headers().contains(&HeaderName::Route));
            alice.receive(response(&bye, StatusCode::OK));
            assert_eq!(alice.closed, [(call, None)]);
        }
    }
}

#[test]
fn ac44_every_spelling_of_a_loose_router_keeps_the_target_in_the_request_uri() {
    for params in ["lr", "lr=on", "lr=true", "r2=on", "transport=ws;r2=on;lr=on"] {
        let route = format!("<sip:edge.example.test;{params}>");
        let contact = "<sip:bob@y.invalid;transport=ws>";
        let mut alice = Peer::connected();
        let call = call(&mut alice, &[(HeaderName::Contact, contact), (HeaderName::RecordRoute, &route)]);
        alice.act(|core, now| core.hang_up(call, now));
        let bye = alice.sent_request();
        assert_eq!(bye.request_uri(), "sip:bob@y.invalid;transport=ws", "{params}");
        assert_eq!(bye.headers().raw(&HeaderName::Route).unwrap(), route.as_bytes());
    }
}

#[test]
fn ac40_answers_leave_on_the_connection_that_is_up() {
    let mut alice = Peer::connected();
    let text = request("OPTIONS", "", "")
        .replace("Via: SIP/2.0/WS proxy.test", "Via: SIP/2.0/UDP 192.168.7.7:5060;received=10.1.1.1;rport=9");
    alice.receive_text(&text);
    assert_eq!(alice.sent_response().status(), StatusCode::OK);
    alice.receive_text(&request("MESSAGE", "", "hello"));
    let Some(Event::Message { key, .. }) = alice.events.pop() else { panic!("no message") };
    alice.disconnect();
    alice.act(|core, now| core.answer_message(key, StatusCode::OK, now));
    assert!(alice.take_sent().is_empty(), "there is no connection to answer on");
    alice.connect();
    assert_eq!(alice.sent_response().status(), StatusCode::OK, "it is answered on the next one");
    alice.sleep(Duration::from_secs(40));
    assert!(alice.core.is_idle());
}

#[test]
fn ac7_481_and_408_after_recovery_end_the_call_and_nothing_else_does() {
    for (status, is_end) in [(481, true), (408, true), (488, false), (403, false), (606, false)] {
        let mut alice = Peer::connected();
        plain(&mut alice);
        let reinvite = recover(&mut alice);
        alice.receive(response(&reinvite, StatusCode::new(status).unwrap()));
        let expected = is_end.then_some((EndedBy::Remote, EndKind::DialogLost, Some(status)));
        assert_eq!(ended(&alice), expected, "{status}");
        assert_eq!(is_resumed(&alice), !is_end, "{status}");
    }
}

#[test]
fn ac7_silence_after_recovery_ends_the_call() {
    let mut alice = Peer::connected();
    plain(&mut alice);
    recover(&mut alice);
    alice.sleep(Duration::from_secs(33));
    assert_eq!(ended(&alice), Some((EndedBy::Network, EndKind::DialogLost, Some(408))));
}

#[test]
fn ac7_a_peer_that_cannot_be_reached_yet_is_asked_again() {
    for status in [404, 430, 480, 500, 503] {
        let mut alice = Peer::connected();
        plain(&mut alice);
        let mut reinvite = recover(&mut alice);
        for _ in 0..5 {
            alice.receive(response(&reinvite, StatusCode::new(status).unwrap()));
            alice.take_sent();
            alice.sleep(Duration::from_secs(4));
            reinvite = again(&mut alice);
        }
        assert_eq!((ended(&alice), is_resumed(&alice)), (None, false), "{status}");
        alice.receive(accept(&reinvite));
        assert!(is_resumed(&alice), "{status}");
    }
}

/// The registrar was away, and the server could not reach the peer: a call waits for no timer of its own once the registration
/// holds again.
#[test]
fn ac6_a_call_goes_on_as_soon_as_its_registration_holds_again() {
    let bound = |register: &Request| {
        let Contact::Addr(binding) = register.headers().required().unwrap() else { panic!("no binding") };
        response(register, StatusCode::OK).with(&Contact::Addr(binding))
    };
    let mut alice = Peer::connected();
    alice.act(|core, now| core.register(now));
    let register = alice.sent_request();
    alice.receive(bound(&register));
    plain(&mut alice);
    alice.sleep(Duration::from_secs(60));
    alice.disconnect();
    alice.connect();
    let mut register = alice.sent_request();
    let mut away = response(&register, StatusCode::SERVICE_UNAVAILABLE);
    away.headers_mut().push_text(&HeaderName::RetryAfter, "2").unwrap();
    alice.receive(away);
    // until the next REGISTER no re-INVITE reaches anybody
    for _ in 0..600 {
        for message in alice.take_sent() {
            let Some(request) = message.as_request() else { continue };
            match request.method() {
                Method::Invite => alice.receive(response(request, StatusCode::TEMPORARILY_UNAVAILABLE)),
                Method::Register => register = request.clone(),
                _ => {}
            }
        }
        if cseq(&register) == 3 {
            break;
        }
        alice.sleep(Duration::from_millis(100));
    }
    alice.take_sent();
    alice.receive(bound(&register));
    let sent = alice.take_sent();
    let Some(reinvite) = sent.iter().filter_map(|message| message.as_request()).next_back() else {
        panic!("{sent:?}")
    };
    assert_eq!(reinvite.method(), &Method::Invite);
    alice.receive(accept(reinvite));
    assert!(is_resumed(&alice) && ended(&alice).is_none());
}

#[test]
fn ac9_491_is_tried_again_by_the_glare_timer() {
    let mut alice = Peer::connected();
    plain(&mut alice);
    let reinvite = recover(&mut alice);
    alice.receive(response(&reinvite, StatusCode::REQUEST_PENDING));
    assert_eq!(alice.sent_request().method(), &Method::Ack);
    // rfc3261#14.1: the owner of the Call-ID waits 2.1 to 4 s
    alice.sleep(Duration::from_millis(2000));
    assert!(alice.take_sent().is_empty());
    alice.sleep(Duration::from_millis(2100));
    let again = again(&mut alice);
    assert_eq!((again.body(), cseq(&again)), (reinvite.body(), cseq(&reinvite) + 1));
    alice.receive(accept(&again));
    assert!(is_resumed(&alice));
}

#[test]
fn ac9_a_challenge_is_answered() {
    for status in [StatusCode::UNAUTHORIZED, StatusCode::PROXY_AUTHENTICATION_REQUIRED] {
        let mut alice = Peer::connected();
        plain(&mut alice);
        let reinvite = recover(&mut alice);
        alice.receive(challenge(&reinvite, status, "n1"));
        let sent = alice.take_sent();
        let again = sent.last().unwrap().as_request().unwrap().clone();
        assert_eq!((again.method(), again.body()), (&Method::Invite, reinvite.body()));
        alice.receive(accept(&again));
        assert!(is_resumed(&alice), "{status}");
    }
}

#[test]
fn ac6_media_may_restart_with_an_offer_of_its_own() {
    let mut alice = Peer::with(|config| config.asks_for_recovery_offer = true);
    let call = plain(&mut alice);
    alice.disconnect();
    alice.sleep(Duration::from_secs(40));
    alice.connect();
    assert_eq!(alice.sent_request().method(), &Method::Ack, "media is asked first");
    let asked =
        alice.events.iter().any(|event| matches!(event, Event::Call { event: SessionEvent::Recovering, .. }));
    assert!(asked);
    let restart = Body::sdp("v=0\r\na=ice-ufrag:new\r\n");
    alice.act(|core, now| core.recover(call, Some(restart.clone()), now)).unwrap();
    let reinvite = alice.sent_request();
    assert_eq!(reinvite.body(), &restart.bytes);
    alice.receive(accept(&reinvite));
    let is_answered = alice
        .events
        .iter()
        .any(|event| matches!(event, Event::Call { event: SessionEvent::Changed { .. }, .. }));
    assert!(is_answered && is_resumed(&alice));
    assert!(alice.act(|core, now| core.recover(call, None, now)).is_err(), "nobody asks any more");
}

#[test]
fn ac33_the_session_timer_runs_while_a_call_is_interrupted() {
    let mut alice = Peer::connected();
    let fields = [
        (HeaderName::Contact, "<sip:bob@y.invalid;transport=ws>"),
        (HeaderName::SessionExpires, "90;refresher=uas"),
    ];
    call(&mut alice, &fields);
    alice.disconnect();
    alice.sleep(Duration::from_secs(95));
    assert_eq!(ended(&alice).map(|end| end.1), Some(EndKind::SessionExpired));
    assert!(alice.closed.is_empty(), "the BYE waits for a connection");
    alice.connect();
    let sent = alice.take_sent();
    // the ACK first, in case it got lost
    assert!(sent[0].as_request().is_some_and(|ack| ack.method() == &Method::Ack));
    let bye = sent[1].as_request().unwrap();
    assert_eq!(bye.method(), &Method::Bye);
    alice.receive(response(bye, StatusCode::OK));
    assert_eq!(alice.closed.len(), 1);
}

/// A server that restarts forgets where its clients are: what leads back to them is the GRUU, which it resolves anew.
// rfc5627#4.4, type=test
#[test]
fn the_contact_of_dialogs_is_the_gruu_as_long_as_the_registration_lasts() {
    let instance = "urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF";
    let mut alice = Peer::with(|config| config.instance = Some(instance.parse().unwrap()));
    let contact = |request: &Request| {
        let Contact::Addr(contact) = request.headers().required().unwrap() else { panic!("an address") };
        contact
    };
    let gruu = format!("sip:alice@example.test;gr={instance}");
    alice.act(|core, now| core.register(now));
    let register = alice.sent_request();
    let mut bound = contact(&register);
    bound.params.set("expires", Some("60"));
    bound.params.set_quoted("pub-gruu", &gruu);
    alice.receive(response(&register, StatusCode::OK).with(&Contact::Addr(bound)));
    let bob = "sip:bob@example.test".parse().unwrap();
    let invite = |alice: &mut Peer| {
        alice.act(|core, now| core.invite(&bob, &Body::sdp(SDP), now)).unwrap();
        alice.sent_request()
    };
    let first = invite(&mut alice);
    assert_eq!(contact(&first).uri.to_string(), gruu);
    let mut ok = accept(&first);
    ok.headers_mut().push_text(&HeaderName::RecordRoute, "<sip:example.test;lr>").unwrap();
    alice.receive(ok);
    assert_eq!(alice.sent_request().method(), &Method::Ack);

    // The registration does not come back: the GRUU of one that has lapsed is not used.
    alice.disconnect();
    alice.sleep(Duration::from_secs(40));
    alice.connect();
    let again = alice.sent_request();
    assert_eq!((again.method(), contact(&again).uri), (&Method::Register, contact(&register).uri));
    alice.receive(response(&again, StatusCode::FORBIDDEN));
    let sent = alice.take_sent();
    let mut reinvite = sent.iter().filter_map(|message| message.as_request());
    let reinvite = reinvite.rfind(|request| request.method() == &Method::Invite).unwrap();
    let plain = format!("{};ob", contact(&register).uri);
    assert_eq!(contact(reinvite).uri.to_string(), plain);
}
