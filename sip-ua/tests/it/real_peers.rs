//! Peers as they are in the field, each with its quirk: the table P1 to P30, as far as a user agent core meets them. P1, P2,
//! P22 and P27 are about the connection (`sip-transport-ws/tests/it/keep_alive.rs`), P23 too (`connection.rs`), P17 and P16 also about registrations
//! (`sip-outbound/tests/it/`), P19 to P21 about media.

use crate::peer::{Peer, challenge, cseq, request, response};
use sip_dialog::{EndKind, EndedBy, Failure, SessionEvent};
use sip_message::{
    Body, CSeq, Contact, ContentType, From, HeaderName, Headers, Message, Method, NameAddr, RSeq, Request,
    Require, Response, StatusCode, SubscriptionState, To, Unsupported,
};
use sip_outbound::{RegistrationEvent, RegistrationFailure};
use sip_ua::core::{CallKey, Event};
use std::time::Duration;

const ALICE: &str = "v=0\r\no=alice 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
const BOB: &str = "v=0\r\no=bob 1 1 IN IP4 192.0.2.2\r\ns=-\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n";
const OTHER: &str = "v=0\r\no=bob 1 2 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\nm=audio 6000 RTP/AVP 8\r\n";

/// A response of Bob that makes or refreshes a dialog.
fn from_bob(request: &Request, status: u16, sdp: &str) -> Response {
    let bob = NameAddr::new("sip:bob@y.invalid;transport=ws".parse().unwrap());
    let mut response = response(request, StatusCode::new(status).unwrap()).with(&Contact::Addr(bob));
    if !sdp.is_empty() {
        response.set_body(&ContentType::sdp(), sdp.to_owned().into());
    }
    response
}

fn invite(alice: &mut Peer) -> (CallKey, Request) {
    let bob = "sip:bob@example.test".parse().unwrap();
    let call = alice.act(|core, now| core.invite(&bob, &Body::sdp(ALICE), now)).unwrap();
    (call, alice.sent_request())
}

/// A call to Bob that stands.
fn established(alice: &mut Peer, fields: &[(HeaderName, &str)]) -> (CallKey, Request) {
    let (call, invite) = invite(alice);
    let mut accepted = from_bob(&invite, 200, BOB);
    for (name, value) in fields {
        accepted.headers_mut().push_text(name, value).unwrap();
    }
    alice.receive(accepted);
    assert_eq!(alice.sent_request().method(), &Method::Ack);
    alice.events.clear();
    (call, invite)
}

/// A text of a request with this body, whose lines end with CRLF.
fn with_body(text: &str, body: &str) -> String {
    let size = format!("Content-Length: {}\n\n", body.len());
    text.replace("Content-Length: 0\n\n", &size) + &body.replace("\r\n", "\n")
}

/// A call from Bob, with these fields and this description.
fn incoming(alice: &mut Peer, fields: &str, sdp: &str) -> CallKey {
    let content = if sdp.is_empty() { "" } else { "Content-Type: application/sdp\n" };
    alice.receive_text(&with_body(&request("INVITE", &format!("{fields}{content}"), ""), sdp));
    match alice.events.pop() {
        Some(Event::IncomingCall { call, .. }) => call,
        other => panic!("{other:?} {:?}", alice.start_lines()),
    }
}

/// A request of Bob inside the dialog that `ours`, a response to his INVITE, has made.
fn of_bob(ours: &Response, method: &str, number: u32, fields: &str, body: &str) -> String {
    let To(alice) = ours.headers().required().unwrap();
    with_body(&request(method, fields, ""), body)
        .replace("To: <sip:alice@example.test>", &format!("To: {alice}"))
        .replace(&format!("branch=z9hG4bKbob{method}"), &format!("branch=z9hG4bKbob{method}{number}"))
        .replace(&format!("CSeq: 1 {method}"), &format!("CSeq: {number} {method}"))
}

/// Bob's call, answered and acknowledged; the 200.
fn answered(alice: &mut Peer, fields: &str) -> (CallKey, Response) {
    let call = incoming(alice, fields, BOB);
    alice.act(|core, now| core.accept(call, Some(Body::sdp(ALICE)), now)).unwrap();
    let accepted = alice.sent_response();
    assert_eq!(accepted.status(), StatusCode::OK);
    alice.receive_text(&of_bob(&accepted, "ACK", 1, "", ""));
    alice.events.clear();
    (call, accepted)
}

fn ends(alice: &Peer) -> Vec<(EndedBy, EndKind)> {
    let end = |event: &Event| match event {
        Event::Call { event: SessionEvent::Ended(cause), .. } => Some((cause.by, cause.kind)),
        _ => None,
    };
    alice.events.iter().filter_map(end).collect()
}

/// The provisional responses that were told, with the lengths of their bodies.
fn progress(alice: &Peer) -> Vec<(u16, usize)> {
    let progress = |event: &Event| match event {
        Event::Call { event: SessionEvent::Progress { status, body, .. }, .. } => {
            Some((status.code(), body.as_ref().map_or(0, |body| body.bytes.len())))
        }
        _ => None,
    };
    alice.events.iter().filter_map(progress).collect()
}

fn register(alice: &mut Peer) -> Request {
    alice.act(|core, now| core.register(now));
    alice.sent_request()
}

fn bound(register: &Request, seconds: u32) -> Response {
    let Contact::Addr(mut binding) = register.headers().required().unwrap() else { panic!("no binding") };
    binding.params.set("expires", Some(&seconds.to_string()));
    response(register, StatusCode::OK).with(&Contact::Addr(binding))
}

/// Registered with the nonce `n1`, for a minute.
fn registered() -> Peer {
    let mut alice = Peer::connected();
    let first = register(&mut alice);
    alice.receive(challenge(&first, StatusCode::UNAUTHORIZED, "n1"));
    let second = alice.sent_request();
    alice.receive(bound(&second, 60));
    assert!(alice.core.is_registered());
    alice.events.clear();
    alice
}

/// Lets time pass until something is sent.
fn next_sent(alice: &mut Peer) -> (Duration, Request) {
    for second in 0..600 {
        if !alice.start_lines().is_empty() {
            return (Duration::from_secs(second), alice.sent_request());
        }
        alice.sleep(Duration::from_secs(1));
    }
    panic!("nothing was sent in ten minutes")
}

/// A field as it was written.
fn field(headers: &Headers, name: &HeaderName) -> String {
    String::from_utf8_lossy(headers.raw(name).unwrap()).into_owned()
}

fn nonce(request: &Request) -> Option<String> {
    let field = request.headers().typed::<sip_message::Authorization>().unwrap();
    field.and_then(|field| field.0.get("nonce").map(str::to_owned))
}

// FreeSWITCH after a restart
#[test]
fn p03_a_503_to_old_credentials_is_followed_by_a_fresh_register_after_a_wait() {
    let mut alice = registered();
    let (_, refresh) = next_sent(&mut alice);
    assert_eq!(nonce(&refresh).as_deref(), Some("n1"));
    alice.receive(response(&refresh, StatusCode::SERVICE_UNAVAILABLE));
    let (waited, fresh) = next_sent(&mut alice);
    assert!(waited >= Duration::from_secs(10), "{waited:?}");
    assert_eq!((fresh.method(), nonce(&fresh)), (&Method::Register, None));
    alice.receive(challenge(&fresh, StatusCode::UNAUTHORIZED, "n2"));
    let again = alice.sent_request();
    assert_eq!(nonce(&again).as_deref(), Some("n2"));
    alice.receive(bound(&again, 60));
    assert!(alice.core.is_registered());
}

// FRITZ!Box, Kamailio without nonce reuse
#[test]
fn p04_a_new_nonce_without_stale_is_answered_once_and_not_again() {
    for is_good in [true, false] {
        let mut alice = registered();
        let (_, refresh) = next_sent(&mut alice);
        alice.receive(challenge(&refresh, StatusCode::UNAUTHORIZED, "n2"));
        let again = alice.sent_request();
        assert_eq!(nonce(&again).as_deref(), Some("n2"));
        if is_good {
            alice.receive(bound(&again, 60));
            assert!(alice.core.is_registered());
        } else {
            alice.receive(challenge(&again, StatusCode::UNAUTHORIZED, "n3"));
            assert!(alice.take_sent().is_empty(), "the password is wrong");
        }
    }
}

// Asterisk
#[test]
fn p05_a_fresh_nonce_that_is_called_stale_is_answered_again_but_not_for_ever() {
    let mut alice = Peer::connected();
    let mut last = register(&mut alice);
    for number in 1..=2 {
        let mut stale = response(&last, StatusCode::UNAUTHORIZED);
        let value = format!("Digest realm=\"example.test\", nonce=\"n{number}\", stale=true, qop=\"auth\"");
        stale.headers_mut().push_text(&HeaderName::WwwAuthenticate, &value).unwrap();
        alice.receive(stale);
        last = alice.sent_request();
        assert_eq!(nonce(&last), Some(format!("n{number}")));
    }
    alice.receive(bound(&last, 60));
    assert!(alice.core.is_registered());
}

// Avaya Session Manager, enterprise proxies
#[test]
fn p06_a_challenged_bye_is_authenticated() {
    for status in [StatusCode::UNAUTHORIZED, StatusCode::PROXY_AUTHENTICATION_REQUIRED] {
        let mut alice = Peer::connected();
        let (call, _) = established(&mut alice, &[]);
        alice.act(|core, now| core.hang_up(call, now));
        let bye = alice.sent_request();
        alice.receive(challenge(&bye, status, "n1"));
        let again = alice.sent_request();
        assert_eq!((again.method(), cseq(&again)), (&Method::Bye, cseq(&bye) + 1), "{status}");
        let is_signed = [HeaderName::Authorization, HeaderName::ProxyAuthorization]
            .iter()
            .any(|name| again.headers().contains(name));
        assert!(is_signed && alice.closed.is_empty(), "{status}");
        alice.receive(response(&again, StatusCode::OK));
        assert_eq!(
            (ends(&alice), &alice.closed),
            (vec![(EndedBy::Local, EndKind::HungUp)], &vec![(call, None)])
        );
    }
}

// carriers and trunks
#[test]
fn p07_the_200_may_have_no_description_or_another_than_the_183() {
    for (sdp, told) in [("", None), (BOB, None), (OTHER, Some(OTHER))] {
        let mut alice = Peer::connected();
        let (_, invite) = invite(&mut alice);
        alice.receive(from_bob(&invite, 183, BOB));
        assert_eq!(progress(&alice), [(183, BOB.len())]);
        alice.receive(from_bob(&invite, 200, sdp));
        assert_eq!(alice.sent_request().method(), &Method::Ack);
        let body = alice.events.iter().find_map(|event| match event {
            Event::Call { event: SessionEvent::Established { body }, .. } => Some(body.clone()),
            _ => None,
        });
        assert_eq!(body.expect("the call stands").map(|body| body.bytes), told.map(|sdp| sdp.into()));
        assert_eq!(ends(&alice), []);
    }
}

// PBXs
#[test]
fn p08_repeated_and_mixed_provisional_responses_ring_once_each_and_are_all_acknowledged() {
    let mut alice = Peer::connected();
    let (_, first) = invite(&mut alice);
    for status in [180, 180, 183, 180] {
        alice.receive(from_bob(&first, status, ""));
    }
    assert_eq!(progress(&alice), [(180, 0), (183, 0), (180, 0)], "the same again tells nothing");

    let mut alice = Peer::connected();
    let (_, invite) = invite(&mut alice);
    for (number, status) in [(1, 181), (2, 180), (3, 183)] {
        let reliable = from_bob(&invite, status, "").with(&Require("100rel".to_owned())).with(&RSeq(number));
        alice.receive(reliable);
        let prack = alice.sent_request();
        assert_eq!(prack.method(), &Method::Prack, "{status}");
        alice.receive(response(&prack, StatusCode::OK));
    }
    assert_eq!(progress(&alice), [(181, 0), (180, 0), (183, 0)]);
}

// IMS
#[test]
fn p09_preconditions_are_refused_by_name_and_the_invite_that_follows_at_once_is_a_call() {
    let mut alice = Peer::connected();
    let fields = "Require: precondition\nSession-Expires: 1800\nSupported: timer, 100rel\n\
                  Content-Type: application/sdp\n";
    alice.receive_text(&with_body(&request("INVITE", fields, ""), BOB));
    let refused = alice.sent_response();
    assert_eq!(refused.status(), StatusCode::BAD_EXTENSION);
    assert_eq!(refused.headers().required::<Unsupported>().unwrap().0, "precondition");
    assert!(alice.events.is_empty());

    let fields = "Session-Expires: 1800;refresher=uac\nSupported: timer, 100rel, precondition\n";
    let again = with_body(&request("INVITE", &format!("{fields}Content-Type: application/sdp\n"), ""), BOB);
    alice.receive_text(&again.replace("bobINVITE", "bobAGAIN").replace("CSeq: 1", "CSeq: 2"));
    let Some(Event::IncomingCall { call, .. }) = alice.events.pop() else { panic!("no call") };
    alice.act(|core, now| core.accept(call, Some(Body::sdp(ALICE)), now)).unwrap();
    let accepted = alice.sent_response();
    assert_eq!(field(accepted.headers(), &HeaderName::SessionExpires), "1800;refresher=uac");
}

// a carrier
#[test]
fn p10_a_re_invite_right_after_the_ack_is_negotiated_anew_or_refused() {
    for is_taken in [true, false] {
        let mut alice = Peer::connected();
        let (call, accepted) = answered(&mut alice, "");
        alice.receive_text(&of_bob(&accepted, "INVITE", 2, "Content-Type: application/sdp\n", OTHER));
        let Some(Event::Call { event: SessionEvent::Reoffered { body: Some(offer) }, .. }) =
            alice.events.pop()
        else {
            panic!("the application is not asked")
        };
        assert_eq!(offer.bytes, OTHER);
        if is_taken {
            alice
                .act(|core, now| core.answer(call, Body::sdp("v=0\r\nm=audio 4000 RTP/AVP 8\r\n"), now))
                .unwrap();
            let answer = alice.sent_response();
            assert_eq!((answer.status(), &answer.body()[..3]), (StatusCode::OK, &b"v=0"[..]));
        } else {
            alice.act(|core, now| core.decline(call, StatusCode::NOT_ACCEPTABLE_HERE, now)).unwrap();
            assert_eq!(alice.sent_response().status(), StatusCode::NOT_ACCEPTABLE_HERE);
        }
        assert_eq!(ends(&alice), []);
    }
}

// Airtel
#[test]
fn p11_user_phone_stands_where_it_was_configured_and_no_transport_is_added() {
    let mut alice =
        Peer::with(|config| config.aor = "sip:+911140001@example.test;user=phone".parse().unwrap());
    let target = "sip:+911140002@example.test;user=phone".parse().unwrap();
    alice.act(|core, now| core.invite(&target, &Body::sdp(ALICE), now)).unwrap();
    let invite = alice.sent_request();
    assert_eq!(invite.request_uri(), "sip:+911140002@example.test;user=phone");
    let (From(from), To(to)) = (invite.headers().required().unwrap(), invite.headers().required().unwrap());
    assert_eq!(from.uri.to_string(), "sip:+911140001@example.test;user=phone");
    assert_eq!(to.uri.to_string(), "sip:+911140002@example.test;user=phone");
}

// CUCM, Cisco video
#[test]
fn p12_an_invite_without_offer_is_offered_to_in_the_200() {
    let mut alice = Peer::connected();
    let call = incoming(&mut alice, "", "");
    alice.act(|core, now| core.accept(call, Some(Body::sdp(ALICE)), now)).unwrap();
    let accepted = alice.sent_response();
    assert_eq!((accepted.status(), accepted.body().as_ref()), (StatusCode::OK, ALICE.as_bytes()));
    alice.receive_text(&of_bob(&accepted, "ACK", 1, "Content-Type: application/sdp\n", BOB));
    let Some(Event::Call { event: SessionEvent::Established { body: Some(answer) }, .. }) =
        alice.events.pop()
    else {
        panic!("{:?}", alice.events)
    };
    assert_eq!(answer.bytes, BOB);
}

// Twilio
#[test]
fn p13_a_notify_of_a_transfer_after_the_bye_gets_481_and_disturbs_no_other_call() {
    let mut alice = Peer::connected();
    let (other, _) = established(&mut alice, &[]);
    let (call, accepted) = answered(&mut alice, "");
    alice.act(|core, now| core.hang_up(call, now));
    let bye = alice.sent_request();
    alice.receive(response(&bye, StatusCode::OK));
    alice.events.clear();
    let fields = "Event: refer\nSubscription-State: terminated;reason=noresource\n\
                  Content-Type: message/sipfrag;version=2.0\n";
    alice.receive_text(&of_bob(&accepted, "NOTIFY", 2, fields, "SIP/2.0 200 OK\r\n"));
    assert_eq!(alice.sent_response().status(), StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
    assert!(alice.events.is_empty());
    assert_eq!(alice.core.calls().collect::<Vec<_>>(), [other]);
}

/// Asks Bob to call somebody else; the REFER.
fn refer(alice: &mut Peer, call: CallKey) -> (CSeq, Request) {
    let mut fields = Headers::new();
    fields.push_text(&HeaderName::ReferTo, "<sip:carol@example.test>").unwrap();
    let sent = alice.act(|core, now| core.send_in_call(call, Method::Refer, &fields, None, now)).unwrap();
    (sent, alice.sent_request())
}

/// The outcome of the one request that was told.
fn outcome(alice: &mut Peer, expected: &CSeq) -> Result<u16, Failure> {
    let [Event::Call { event: SessionEvent::Answered { cseq, outcome }, .. }] = &alice.events[..] else {
        panic!("{:?}", alice.events)
    };
    assert_eq!(cseq, expected);
    let outcome = outcome.as_ref().map(|response| response.status().code()).map_err(|failure| *failure);
    alice.events.clear();
    outcome
}

// Twilio
#[test]
fn p13_a_notify_after_the_bye_of_a_call_that_was_transferred_gets_481() {
    let mut alice = Peer::connected();
    let (call, accepted) = answered(&mut alice, "");
    let (_, refer) = refer(&mut alice, call);
    alice.receive(response(&refer, StatusCode::ACCEPTED));
    alice.act(|core, now| core.hang_up(call, now));
    let bye = alice.sent_request();
    let fields = "Event: refer\nSubscription-State: terminated;reason=noresource\n\
                  Content-Type: message/sipfrag;version=2.0\n";
    for number in [2, 3] {
        alice.events.clear();
        alice.receive_text(&of_bob(&accepted, "NOTIFY", number, fields, "SIP/2.0 200 OK\r\n"));
        assert_eq!(alice.sent_response().status(), StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
        assert!(alice.events.is_empty(), "{:?}", alice.events);
        if number == 2 {
            alice.receive(response(&bye, StatusCode::OK));
        }
    }
    alice.sleep(Duration::from_secs(64));
    assert!(alice.core.is_idle());
}

// peers of FreeSWITCH
#[test]
fn p14_a_refer_that_is_refused_without_notify_is_told_and_leaves_the_call_up() {
    for status in [400, 403, 405, 420, 481, 501, 603] {
        let mut alice = Peer::connected();
        let (call, accepted) = answered(&mut alice, "");
        let (sent, refer) = refer(&mut alice, call);
        alice.receive(response(&refer, StatusCode::new(status).unwrap()));
        assert_eq!(outcome(&mut alice, &sent), Ok(status));
        // no subscription is left, and the dialog serves what else comes
        let fields = "Event: refer\nSubscription-State: active;expires=60\n";
        alice.receive_text(&of_bob(&accepted, "NOTIFY", 2, fields, ""));
        assert_eq!(alice.sent_response().status(), StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
        alice.receive_text(&of_bob(&accepted, "OPTIONS", 3, "", ""));
        assert_eq!(alice.sent_response().status(), StatusCode::OK);
        alice.sleep(Duration::from_secs(64));
        assert_eq!((ends(&alice), alice.core.calls().count()), (vec![], 1), "{status}");
        alice.act(|core, now| core.hang_up(call, now));
        let bye = alice.sent_request();
        alice.receive(response(&bye, StatusCode::OK));
        alice.sleep(Duration::from_secs(64));
        assert!(alice.core.is_idle(), "{status}");
    }
}

// peers of FreeSWITCH
#[test]
fn p14_a_notify_that_ends_a_transfer_without_a_body_gets_200_and_is_told() {
    let mut alice = Peer::connected();
    let (call, accepted) = answered(&mut alice, "");
    let (sent, refer) = refer(&mut alice, call);
    alice.receive(response(&refer, StatusCode::ACCEPTED));
    assert_eq!(outcome(&mut alice, &sent), Ok(202));
    let fields = format!("Event: refer;id={}\nSubscription-State: terminated;reason=timeout\n", cseq(&refer));
    alice.receive_text(&of_bob(&accepted, "NOTIFY", 2, &fields, ""));
    assert_eq!(alice.sent_response().status(), StatusCode::OK);
    let [Event::Call { event: SessionEvent::Notified(notify), .. }] = &alice.events[..] else {
        panic!("{:?}", alice.events)
    };
    let event: sip_message::Event = notify.headers().required().unwrap();
    let state: SubscriptionState = notify.headers().required().unwrap();
    assert_eq!((event.package(), event.id()), ("refer", Some(cseq(&refer).to_string().as_str())));
    assert_eq!((state.is("terminated"), state.reason()), (true, Some("timeout")));
    assert!(notify.body().is_empty());
    alice.events.clear();
    // that was the last one
    alice.receive_text(&of_bob(&accepted, "NOTIFY", 3, &fields, ""));
    assert_eq!(alice.sent_response().status(), StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
    assert!(alice.events.is_empty() && alice.core.calls().eq([call]));
}

// any
#[test]
fn p14_ac8_a_refer_that_waits_when_its_flow_is_lost_is_sent_again_and_told() {
    for answer in [Some(202), Some(603), None] {
        let mut alice = Peer::connected();
        let (call, accepted) = answered(&mut alice, "");
        let (sent, first) = refer(&mut alice, call);
        alice.disconnect();
        assert!(matches!(alice.events[..], [Event::Call { event: SessionEvent::Interrupted, .. }]));
        alice.events.clear();
        alice.connect();
        let requests: Vec<Request> =
            alice.take_sent().iter().filter_map(|message| message.as_request().cloned()).collect();
        let [again, proof] = &requests[..] else { panic!("{requests:?}") };
        assert_eq!((again.method(), proof.method()), (&Method::Refer, &Method::Invite));
        assert_eq!(again.headers().raw(&HeaderName::ReferTo), first.headers().raw(&HeaderName::ReferTo));
        assert!(cseq(again) > cseq(&first) && alice.events.is_empty());
        alice.receive(from_bob(proof, 200, BOB));
        assert_eq!(alice.sent_request().method(), &Method::Ack);
        assert!(matches!(alice.events[..], [Event::Call { event: SessionEvent::Resumed, .. }]));
        alice.events.clear();
        match answer {
            Some(status) => alice.receive(response(again, StatusCode::new(status).unwrap())),
            None => alice.sleep(Duration::from_secs(33)),
        }
        assert_eq!(outcome(&mut alice, &sent), answer.ok_or(Failure::Timeout));
        // whichever of the two the peer has acted on, what comes of it is told
        let fields = format!("Event: refer;id={}\nSubscription-State: active\n", cseq(&first));
        alice.receive_text(&of_bob(&accepted, "NOTIFY", 2, &fields, ""));
        let expected = if answer == Some(202) { 200 } else { 481 };
        assert_eq!(alice.sent_response().status().code(), expected);
        assert!(alice.core.calls().eq([call]));
    }
}

// any
#[test]
fn p14_ac8_a_refer_whose_flow_is_lost_twice_failed() {
    let mut alice = Peer::connected();
    let (call, _) = answered(&mut alice, "");
    let (sent, _) = refer(&mut alice, call);
    for _ in 0..2 {
        alice.disconnect();
        alice.connect();
    }
    let told = alice.events.iter().filter_map(|event| match event {
        Event::Call { event: SessionEvent::Answered { cseq, outcome }, .. } => Some((cseq, outcome)),
        _ => None,
    });
    let told: Vec<_> = told.map(|(cseq, outcome)| (cseq, outcome.as_ref().err().copied())).collect();
    assert_eq!(told, [(&sent, Some(Failure::Transport))]);
    assert!(alice.core.calls().eq([call]));
}

// PSTN gateways
#[test]
fn p15_a_session_is_refreshed_by_re_invite_where_update_is_not_served() {
    let timer = || (HeaderName::SessionExpires, "90;refresher=uac");
    // It does not say that it serves UPDATE.
    let mut alice = Peer::with(|config| config.session_interval = Some(90));
    established(&mut alice, &[timer(), (HeaderName::Allow, "INVITE, ACK, BYE, CANCEL")]);
    alice.sleep(Duration::from_secs(45));
    assert_eq!(alice.sent_request().method(), &Method::Invite);

    // It says so and is silent.
    let mut alice = Peer::with(|config| config.session_interval = Some(90));
    established(&mut alice, &[timer(), (HeaderName::Allow, "INVITE, ACK, BYE, CANCEL, UPDATE")]);
    alice.sleep(Duration::from_secs(45));
    let update = alice.sent_request();
    assert_eq!(update.method(), &Method::Update);
    alice.sleep(Duration::from_secs(33));
    let refresh = alice.sent_request();
    assert_eq!((refresh.method(), ends(&alice)), (&Method::Invite, vec![]), "one silence ends no call");
    alice.receive(from_bob(&refresh, 200, BOB).with_text(&HeaderName::SessionExpires, "90;refresher=uac"));
    assert_eq!(alice.sent_request().method(), &Method::Ack);
    alice.sleep(Duration::from_secs(40));
    assert_eq!(ends(&alice), []);
}

trait WithText {
    fn with_text(self, name: &HeaderName, value: &str) -> Self;
}

impl WithText for Response {
    fn with_text(mut self, name: &HeaderName, value: &str) -> Self {
        self.headers_mut().push_text(name, value).unwrap();
        self
    }
}

// Teams
#[test]
fn p16_a_server_that_sheds_load_is_left_alone_as_long_as_it_asks() {
    let mut alice = Peer::connected();
    let first = register(&mut alice);
    alice
        .receive(response(&first, StatusCode::SERVICE_UNAVAILABLE).with_text(&HeaderName::RetryAfter, "120"));
    let Some(Event::Registration { event: RegistrationEvent::Failed { cause, retry_in }, .. }) =
        alice.events.pop()
    else {
        panic!("{:?}", alice.events)
    };
    assert_eq!(cause, RegistrationFailure::Unavailable { status: StatusCode::SERVICE_UNAVAILABLE });
    assert!(retry_in >= Some(Duration::from_secs(120)), "{retry_in:?}");
    alice.sleep(Duration::from_secs(119));
    assert!(alice.take_sent().is_empty());
    let (_, again) = next_sent(&mut alice);
    alice.receive(bound(&again, 60));
    assert!(alice.core.is_registered());
}

// firewalls and their SIP helpers
#[test]
fn p18_a_wrong_rport_and_a_private_received_change_no_contact() {
    let mut alice = Peer::connected();
    let first = register(&mut alice);
    let contact = |request: &Request| field(request.headers(), &HeaderName::Contact);
    let mut accepted = bound(&first, 60);
    let via = field(accepted.headers(), &HeaderName::Via);
    accepted
        .headers_mut()
        .set_text(&HeaderName::Via, &format!("{via};received=10.1.2.3;rport=4711"))
        .unwrap();
    alice.receive(accepted);
    assert!(alice.core.is_registered());
    let (_, refresh) = next_sent(&mut alice);
    assert_eq!(contact(&refresh), contact(&first));
    alice.receive(bound(&refresh, 60));
    let (_, invite) = invite(&mut alice);
    assert!(!invite.to_bytes().windows(8).any(|part| part == b"10.1.2.3" || part == b"rport=47"));
}

// OpenSIPS
#[test]
fn p24_no_tag_is_empty_and_odd_users_are_escaped_as_the_grammar_has_it() {
    for (user, sent) in [
        ("bob smith", "sip:bob%20smith@example.test"),
        ("b@b", "sip:b%40b@example.test"),
        ("bo#b", "sip:bo%23b@example.test"),
        ("+49(30)1-2", "sip:+49(30)1-2@example.test"),
        ("jürgen", "sip:j%C3%BCrgen@example.test"),
        ("50%", "sip:50%25@example.test"),
        ("a;b?c/d&e=f$g,h", "sip:a;b?c/d&e=f$g,h@example.test"),
    ] {
        let mut alice = Peer::connected();
        let host = "example.test".parse().unwrap();
        let target = sip_uri::SipUri::new(host).with_user(user).into();
        alice.act(|core, now| core.invite(&target, &Body::sdp(ALICE), now)).unwrap();
        let invite = alice.sent_request();
        assert_eq!(invite.request_uri(), sent);
        let text = String::from_utf8(invite.to_bytes().to_vec()).unwrap();
        assert!(text.contains(&format!("\r\nTo: <{sent}>\r\n")), "{text}");
        assert!(!text.contains("tag=\r\n") && !text.contains("tag=;") && !text.contains("tag=>"), "{text}");
    }
}

// a call centre that calls several agents
#[test]
fn p25_every_answer_that_crosses_the_cancel_is_acknowledged_and_ended() {
    let mut alice = Peer::connected();
    let (call, invite) = invite(&mut alice);
    alice.receive(from_bob(&invite, 180, ""));
    alice.act(|core, now| core.hang_up(call, now));
    let cancel = alice.sent_request();
    assert_eq!(cancel.method(), &Method::Cancel);
    for tag in ["one", "two"] {
        let mut accepted = from_bob(&invite, 200, BOB);
        let To(to) = invite.headers().required().unwrap();
        accepted.headers_mut().set(&To(to.with_tag(tag)));
        alice.receive(accepted);
        let sent: Vec<Request> =
            alice.take_sent().into_iter().filter_map(|message| message.as_request().cloned()).collect();
        let methods: Vec<&Method> = sent.iter().map(Request::method).collect();
        assert_eq!(methods, [&Method::Ack, &Method::Bye], "{tag}");
        for request in &sent {
            let To(to) = request.headers().required().unwrap();
            assert_eq!(to.tag(), Some(tag));
        }
        alice.receive(response(&sent[1], StatusCode::OK));
    }
    alice.receive(response(&cancel, StatusCode::OK));
    assert_eq!(ends(&alice).len(), 1);
    alice.sleep(Duration::from_secs(64));
    assert!(alice.core.is_idle());
}

// a slow server
#[test]
fn p26_a_register_that_is_answered_after_40_s_hurts_no_call() {
    let mut alice = registered();
    let (call, _) = established(&mut alice, &[]);
    let (_, refresh) = next_sent(&mut alice);
    alice.sleep(Duration::from_secs(40));
    let repeated: Vec<Message> = alice.take_sent();
    alice.receive(bound(&refresh, 60));
    assert_eq!(ends(&alice), []);
    let in_flight =
        repeated.iter().filter_map(Message::as_request).filter(|again| cseq(again) != cseq(&refresh));
    assert!(in_flight.count() <= 1, "one REGISTER at a time");
    alice.act(|core, now| core.hang_up(call, now));
    let bye = alice.take_sent().pop().unwrap().as_request().unwrap().clone();
    assert_eq!(bye.method(), &Method::Bye);
    alice.receive(response(&bye, StatusCode::OK));
    assert_eq!(alice.closed, [(call, None)]);
}

// Sonus, AudioCodes
#[test]
fn p28_an_offer_beside_isup_and_lone_line_feeds_in_a_part_is_found() {
    let part = "--unique\r\nContent-Type: application/sdp\r\n\r\n";
    let isup = "--unique\r\nContent-Type: application/ISUP;version=itu-t92+\r\n\
                Content-Disposition: signal;handling=optional\r\n\r\n";
    let lines = BOB.replace("\r\n", "\n");
    for sdp in [BOB, &lines] {
        let mut body = format!("{part}{sdp}\r\n{isup}").into_bytes();
        body.extend_from_slice(&[0x01, 0x00, 0x49, 0x00, 0x00, 0x03, 0x02, 0x00, 0x07, 0x0A, 0x0D]);
        body.extend_from_slice(b"\r\n--unique--\r\n");
        let head = request("INVITE", "Content-Type: multipart/mixed;boundary=unique\n", "");
        let head = head.replace("Content-Length: 0", &format!("Content-Length: {}", body.len()));
        let mut bytes = head.replace('\n', "\r\n").into_bytes();
        bytes.extend_from_slice(&body);
        let mut alice = Peer::connected();
        alice.receive(Message::parse(bytes.into()).unwrap());
        let Some(Event::IncomingCall { call, .. }) = alice.events.pop() else { panic!("no call") };
        alice.act(|core, now| core.accept(call, Some(Body::sdp(ALICE)), now)).unwrap();
        let accepted = alice.sent_response();
        assert_eq!(accepted.status(), StatusCode::OK);
        alice.receive_text(&of_bob(&accepted, "ACK", 1, "", ""));
        let is_up = alice
            .events
            .iter()
            .any(|event| matches!(event, Event::Call { event: SessionEvent::Established { .. }, .. }));
        assert!(is_up, "the offer was seen, so the ACK needs none: {:?}", alice.events);
    }
}

// Asterisk
#[test]
fn p29_options_without_a_dialog_is_answered_before_and_after_registration() {
    let mut alice = Peer::connected();
    alice.receive_text(
        &request("OPTIONS", "", "")
            .replace("sip:alice-desk@x.invalid;transport=ws", "sip:alice-desk@x.invalid;transport=wss"),
    );
    assert_eq!(alice.sent_response().status(), StatusCode::OK);
    let mut alice = registered();
    alice.receive_text(&request("OPTIONS", "", "").replace("OPTIONS sip:", "OPTIONS sips:"));
    let answer = alice.sent_response();
    assert_eq!(answer.status(), StatusCode::OK);
    for name in [HeaderName::Allow, HeaderName::Accept, HeaderName::Supported] {
        assert!(answer.headers().contains(&name), "{name}");
    }
}

// any
#[test]
fn p30_a_200_that_comes_again_after_a_re_invite_was_sent_is_acknowledged_again() {
    let mut alice = Peer::connected();
    let (call, first) = invite(&mut alice);
    let accepted = from_bob(&first, 200, BOB);
    alice.receive(accepted.clone());
    let ack = alice.sent_request();
    alice.act(|core, now| core.offer(call, Body::sdp(OTHER), now)).unwrap();
    let again = alice.sent_request();
    assert_eq!(again.method(), &Method::Invite);
    alice.receive(accepted);
    assert_eq!(alice.sent_request().to_bytes(), ack.to_bytes());
    alice.receive(from_bob(&again, 200, BOB));
    let last = alice.sent_request();
    assert_eq!((last.method(), cseq(&last)), (&Method::Ack, cseq(&again)));
    assert_eq!(ends(&alice), []);
}
