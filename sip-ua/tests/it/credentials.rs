//! Credentials that the application is asked for: RFC 3261 §22.1, AC-28, AC-29.

use crate::peer::{Peer, challenge, cseq, response};
use async_trait::async_trait;
use sip_auth::{Account, AuthError, CredentialsAnswer, CredentialsNeeded, Origin};
use sip_message::{
    Authorization, Body, Expires, HeaderName, Message, Method, ProxyAuthorization, Request, Response,
    StatusCode,
};
use sip_testbed::{PASSWORD, Testbed};
use sip_ua::core::{CallKey, CredentialsKey, Event, RequestFailure};
use sip_ua::{CredentialsProvider, RegisterError, UserAgent};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Alice, who has no account.
fn alice() -> Peer {
    Peer::with(|config| {
        config.accounts.clear();
        config.asks_for_credentials = true;
    })
}

fn password(password: &str) -> Option<CredentialsAnswer> {
    Some(CredentialsAnswer::Account(Account::password("alice", password)))
}

/// The one question since the last look.
fn question(peer: &mut Peer) -> (CredentialsKey, CredentialsNeeded) {
    let mut asked = peer.events.extract_if(.., |event| matches!(event, Event::CredentialsNeeded { .. }));
    let (Some(Event::CredentialsNeeded { key, needed }), None) = (asked.next(), asked.next()) else {
        panic!("not one question")
    };
    (key, needed)
}

fn withdrawn(peer: &Peer) -> usize {
    peer.events.iter().filter(|event| matches!(event, Event::CredentialsWithdrawn { .. })).count()
}

fn answer(peer: &mut Peer, key: CredentialsKey, answer: Option<CredentialsAnswer>) {
    peer.act(|core, now| core.answer_credentials(key, answer, now));
}

fn message(peer: &mut Peer) -> Request {
    peer.act(|core, now| core.message(&"sip:bob@example.test".parse().unwrap(), Body::text("hi"), now));
    peer.sent_request()
}

fn call(peer: &mut Peer) -> (CallKey, Request) {
    let bob = "sip:bob@example.test".parse().unwrap();
    let call = peer.act(|core, now| core.invite(&bob, &Body::sdp("v=0\r\n"), now)).unwrap();
    (call, peer.sent_request())
}

/// Answers with a challenge of this realm.
fn challenge_in(request: &Request, realm: &str, nonce: &str) -> Response {
    let mut challenge = response(request, StatusCode::PROXY_AUTHENTICATION_REQUIRED);
    let value = format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", qop=\"auth\"");
    challenge.headers_mut().push_text(&HeaderName::ProxyAuthenticate, &value).unwrap();
    challenge
}

/// The requests sent since the last look, without the ACKs of refused INVITEs.
fn sent_requests(peer: &mut Peer) -> Vec<Request> {
    let requests = peer.take_sent().into_iter().filter_map(|message| match message {
        Message::Request(request) => Some(request),
        Message::Response(_) => None,
    });
    requests.filter(|request| *request.method() != Method::Ack).collect()
}

fn only_sent(peer: &mut Peer) -> Request {
    let mut sent = sent_requests(peer);
    assert_eq!(sent.len(), 1);
    sent.remove(0)
}

fn success(request: &Request) -> Response {
    let mut ok = response(request, StatusCode::OK);
    ok.headers_mut().push_text(&HeaderName::Contact, "<sip:bob@y.invalid;transport=ws>").unwrap();
    ok
}

// rfc3261#22.1/10, type=test
#[test]
fn ac29_a_request_waits_for_the_password_and_others_go_on() {
    let mut alice = alice();
    let first = message(&mut alice);
    alice.receive(challenge(&first, StatusCode::UNAUTHORIZED, "n1"));
    assert!(alice.take_sent().is_empty());
    let (key, needed) = question(&mut alice);
    assert_eq!((needed.realm.as_str(), needed.origin), ("example.test", Origin::Server));
    assert_eq!((&needed.method, needed.was_refused), (&Method::Message, false));

    alice.sleep(Duration::from_secs(60));
    let other = message(&mut alice);
    alice.receive(response(&other, StatusCode::OK));
    assert!(matches!(alice.events.pop(), Some(Event::Answered { outcome: Ok(_), .. })));

    answer(&mut alice, key, password("secret"));
    let again = alice.sent_request();
    assert_eq!((cseq(&again), again.body()), (2, first.body()));
    assert_eq!(again.headers().required::<Authorization>().unwrap().0.get("username"), Some("alice"));
    alice.receive(response(&again, StatusCode::OK));
    assert!(matches!(alice.events[..], [Event::Answered { outcome: Ok(_), .. }]));
    assert!(message(&mut alice).headers().contains(&HeaderName::Authorization), "it is remembered");
}

// rfc3261#22.1/11, type=test
#[test]
fn wrong_passwords_end_with_a_typed_reason_after_the_permitted_tries() {
    let mut alice = alice();
    let mut request = message(&mut alice);
    let mut asked = Vec::new();
    for attempt in 0.. {
        alice.receive(challenge(&request, StatusCode::UNAUTHORIZED, "n1"));
        if matches!(alice.events[..], [Event::Answered { .. }]) {
            break;
        }
        assert!(attempt < 10, "without end");
        let (key, needed) = question(&mut alice);
        asked.push(needed.was_refused);
        answer(&mut alice, key, password(&format!("guess {attempt}")));
        request = alice.sent_request();
    }
    assert_eq!(asked, [false, true, true]);
    let [Event::Answered { outcome: Err(RequestFailure::Authentication(error)), .. }] = &alice.events[..]
    else {
        panic!("{:?}", alice.events)
    };
    assert_eq!(*error, AuthError::WrongCredentials { realm: "example.test".to_owned() });
    alice.sleep(Duration::from_secs(600));
    assert!(alice.take_sent().is_empty() && alice.core.is_idle());
}

#[test]
fn who_has_no_password_is_not_asked_again_for_that_request() {
    let mut alice = alice();
    let first = message(&mut alice);
    alice.receive(challenge(&first, StatusCode::UNAUTHORIZED, "n1"));
    let (key, _) = question(&mut alice);
    answer(&mut alice, key, None);
    assert!(alice.take_sent().is_empty());
    let [Event::Answered { outcome: Err(RequestFailure::Authentication(error)), .. }] = &alice.events[..]
    else {
        panic!("{:?}", alice.events)
    };
    assert_eq!(*error, AuthError::NoAccount { realm: "example.test".to_owned() });
}

#[test]
fn a_question_that_nobody_answers_ends_after_two_minutes() {
    let mut alice = alice();
    let first = message(&mut alice);
    alice.receive(challenge(&first, StatusCode::UNAUTHORIZED, "n1"));
    let (key, _) = question(&mut alice);
    alice.sleep(Duration::from_secs(119));
    assert!(alice.events.is_empty());
    alice.sleep(Duration::from_secs(1));
    assert!(matches!(
        alice.events[..],
        [
            Event::Answered { outcome: Err(RequestFailure::Authentication(_)), .. },
            Event::CredentialsWithdrawn { .. }
        ]
    ));
    answer(&mut alice, key, password("secret"));
    assert!(alice.take_sent().is_empty() && alice.core.is_idle());
}

#[test]
fn one_answer_serves_all_requests_of_the_realm() {
    let mut alice = alice();
    alice.act(|core, now| core.register(now));
    let register = alice.sent_request();
    let text = message(&mut alice);
    let (_, invite) = call(&mut alice);
    alice.receive(challenge(&register, StatusCode::UNAUTHORIZED, "n1"));
    alice.receive(challenge(&text, StatusCode::UNAUTHORIZED, "n2"));
    alice.receive(challenge(&invite, StatusCode::UNAUTHORIZED, "n3"));
    let (key, needed) = question(&mut alice);
    assert_eq!(needed.method, Method::Register);
    alice.take_sent();
    answer(&mut alice, key, password("secret"));
    let sent = sent_requests(&mut alice);
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|one| one.headers().contains(&HeaderName::Authorization)));
}

#[test]
fn several_proxies_and_realms_are_asked_about_at_once_and_answered_together() {
    let mut alice = alice();
    let (_, invite) = call(&mut alice);
    let mut forked = challenge_in(&invite, "first", "n1");
    let second = "Digest realm=\"second\", nonce=\"n2\", qop=\"auth\", algorithm=SHA-256";
    forked.headers_mut().push_text(&HeaderName::ProxyAuthenticate, second).unwrap();
    alice.receive(forked);
    alice.take_sent();
    let asked: Vec<_> = alice.events.drain(..).collect();
    let [
        Event::CredentialsNeeded { key: first, needed: one },
        Event::CredentialsNeeded { key: second, needed: other },
    ] = &asked[..]
    else {
        panic!("{asked:?}")
    };
    assert_eq!((one.realm.as_str(), other.realm.as_str()), ("first", "second"));
    answer(&mut alice, *second, password("two"));
    assert!(alice.take_sent().is_empty(), "one question is open");
    answer(&mut alice, *first, Some(CredentialsAnswer::Account(Account::password("al", "one"))));
    let again = only_sent(&mut alice);
    let credentials: Vec<_> = again.headers().list::<ProxyAuthorization>().flatten().collect();
    let named = |realm| {
        let found = credentials.iter().find(|one| one.0.get("realm") == Some(realm)).unwrap();
        found.0.get("username").unwrap().to_owned()
    };
    assert_eq!((named("first").as_str(), named("second").as_str()), ("al", "alice"));
}

#[test]
fn ac29_a_call_keeps_its_offer_while_the_user_looks_for_the_password() {
    let mut alice = alice();
    let (call, invite) = call(&mut alice);
    alice.receive(challenge(&invite, StatusCode::PROXY_AUTHENTICATION_REQUIRED, "n1"));
    let (key, _) = question(&mut alice);
    assert_eq!(alice.sent_request().method(), &Method::Ack);
    alice.sleep(Duration::from_secs(100));
    assert!(alice.take_sent().is_empty() && alice.events.is_empty());
    answer(&mut alice, key, password("secret"));
    let again = only_sent(&mut alice);
    assert_eq!((cseq(&again), again.body()), (2, invite.body()));
    let mut ok = success(&again);
    ok.set_body(&sip_message::ContentType::new("application", "sdp"), "v=0\r\n".into());
    alice.receive(ok);
    assert!(matches!(
        &alice.events[..],
        [Event::Call { call: established, event: sip_dialog::SessionEvent::Established { body: Some(_) } }]
            if *established == call
    ));
}

/// A call with a re-INVITE of this end, which has been challenged.
fn with_challenged_change() -> (Peer, CallKey, Request) {
    let mut alice = alice();
    let (call, invite) = call(&mut alice);
    let mut ok = success(&invite);
    ok.set_body(&sip_message::ContentType::new("application", "sdp"), "v=0\r\n".into());
    alice.receive(ok);
    alice.take_sent();
    alice.events.clear();
    alice.act(|core, now| core.offer(call, Body::sdp("v=0\r\ns=1\r\n"), now)).unwrap();
    let reinvite = only_sent(&mut alice);
    alice.receive(challenge(&reinvite, StatusCode::PROXY_AUTHENTICATION_REQUIRED, "n1"));
    (alice, call, reinvite)
}

#[test]
fn ac29_bye_and_reinvite_are_challenged_inside_a_call() {
    let (mut alice, call, reinvite) = with_challenged_change();
    let (key, needed) = question(&mut alice);
    assert_eq!(needed.method, Method::Invite);
    answer(&mut alice, key, password("secret"));
    let again = only_sent(&mut alice);
    assert_eq!((cseq(&again), again.body()), (cseq(&reinvite) + 1, reinvite.body()));
    let mut ok = success(&again);
    ok.set_body(&sip_message::ContentType::new("application", "sdp"), "v=0\r\n".into());
    alice.receive(ok);
    alice.take_sent();
    alice.act(|core, now| core.hang_up(call, now));
    let bye = only_sent(&mut alice);
    alice.receive(challenge_in(&bye, "inner", "n7"));
    let (key, needed) = question(&mut alice);
    assert_eq!((needed.method, needed.realm.as_str()), (Method::Bye, "inner"));
    assert!(alice.closed.is_empty());
    answer(&mut alice, key, password("secret"));
    let bye = only_sent(&mut alice);
    alice.receive(response(&bye, StatusCode::OK));
    assert_eq!(alice.closed, [(call, None)]);
}

#[test]
fn a_change_in_a_call_waits_half_a_minute_for_a_password() {
    let (mut alice, ..) = with_challenged_change();
    question(&mut alice);
    alice.sleep(Duration::from_secs(32));
    let [
        Event::CallUnauthorized { error: AuthError::NoAccount { .. }, .. },
        Event::CredentialsWithdrawn { .. },
        Event::Call { event: sip_dialog::SessionEvent::ChangeFailed { status }, .. },
    ] = &alice.events[..]
    else {
        panic!("{:?}", alice.events)
    };
    assert_eq!(*status, StatusCode::PROXY_AUTHENTICATION_REQUIRED);
}

#[test]
fn hanging_up_withdraws_the_question_and_ends_the_call_at_once() {
    let mut alice = alice();
    let (call, invite) = call(&mut alice);
    alice.receive(challenge(&invite, StatusCode::UNAUTHORIZED, "n1"));
    let (key, _) = question(&mut alice);
    alice.take_sent();
    alice.act(|core, now| core.hang_up(call, now));
    assert_eq!(withdrawn(&alice), 1);
    assert_eq!(alice.closed, [(call, None)]);
    answer(&mut alice, key, password("secret"));
    assert!(alice.take_sent().is_empty());
    alice.sleep(Duration::from_secs(64));
    assert!(alice.core.is_idle(), "{:?}", alice.core.usage());
}

#[test]
fn unregistering_withdraws_the_question_of_the_register() {
    let mut alice = alice();
    alice.act(|core, now| core.register(now));
    let register = alice.sent_request();
    alice.receive(challenge(&register, StatusCode::UNAUTHORIZED, "n1"));
    question(&mut alice);
    alice.act(|core, now| core.unregister(now));
    assert_eq!(withdrawn(&alice), 1);
    assert!(alice.take_sent().is_empty() && alice.core.is_idle());
}

#[test]
fn ac29_a_call_that_waits_for_a_password_survives_its_connection() {
    for answers_while_down in [true, false] {
        let mut alice = alice();
        let (_, invite) = call(&mut alice);
        alice.receive(challenge(&invite, StatusCode::PROXY_AUTHENTICATION_REQUIRED, "n1"));
        let (key, _) = question(&mut alice);
        alice.take_sent();
        alice.disconnect();
        assert_eq!(withdrawn(&alice), 0);
        if answers_while_down {
            answer(&mut alice, key, password("secret"));
            assert!(alice.take_sent().is_empty());
            alice.connect();
        } else {
            alice.connect();
            assert!(alice.take_sent().is_empty());
            answer(&mut alice, key, password("secret"));
        }
        let again = only_sent(&mut alice);
        assert_eq!((cseq(&again), again.body()), (2, invite.body()));
        alice.receive(success(&again));
        assert_eq!(alice.sent_request().method(), &Method::Ack);
    }
}

#[test]
fn a_lost_connection_fails_the_message_that_waits_and_renews_the_registration() {
    let mut alice = alice();
    alice.act(|core, now| core.register(now));
    let register = alice.sent_request();
    let text = message(&mut alice);
    alice.receive(challenge(&register, StatusCode::UNAUTHORIZED, "n1"));
    alice.receive(challenge_in(&text, "other", "n2"));
    alice.events.clear();
    alice.sleep(Duration::from_secs(20));
    alice.disconnect();
    assert_eq!(withdrawn(&alice), 2);
    assert!(
        alice.events.iter().any(|event| {
            matches!(event, Event::Answered { outcome: Err(RequestFailure::Transport), .. })
        })
    );
    alice.connect();
    let register = alice.sent_request();
    assert!(register.headers().required::<Expires>().unwrap().0 > 0);
}

/// Types a wrong password first, unless there is only that.
struct Typist {
    asked: Arc<AtomicUsize>,
    passwords: [&'static str; 2],
}

#[async_trait]
impl CredentialsProvider for Typist {
    async fn credentials(&self, needed: &CredentialsNeeded) -> Option<CredentialsAnswer> {
        let count = self.asked.fetch_add(1, Ordering::Relaxed);
        assert_eq!(needed.was_refused, count > 0);
        tokio::task::yield_now().await;
        password(self.passwords.get(count)?)
    }
}

async fn typist(testbed: &Testbed, passwords: [&'static str; 2]) -> (UserAgent, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let builder = UserAgent::builder(&testbed.aor("alice")).server(&testbed.url());
    let builder = builder.credentials(Typist { asked: Arc::clone(&asked), passwords });
    (builder.connect().await.unwrap().0, asked)
}

#[tokio::test]
async fn a_user_who_types_the_password_again_is_registered() {
    let testbed = Testbed::start().await.unwrap();
    let (ua, asked) = typist(&testbed, ["wrong", PASSWORD]).await;
    ua.register().await.unwrap();
    ua.options("alice").await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2, "asked once more after the refusal, and never again");
}

#[tokio::test]
async fn a_user_who_does_not_know_the_password_is_told_so() {
    let testbed = Testbed::start().await.unwrap();
    let (ua, asked) = typist(&testbed, ["wrong", "wrong, too"]).await;
    let error = ua.register().await.unwrap_err();
    assert!(matches!(error, RegisterError::Authentication(AuthError::WrongCredentials { .. })), "{error}");
    assert!(asked.load(Ordering::Relaxed) <= 3);
}
