//! Challenges: RFC 3261 §22, AC-27, and that a call survives them (AC-29).

use crate::peer::{Peer, challenge, cseq, response};
use sip_auth::{Algorithm, AuthError, DigestServer, Secret};
use sip_clock::Instant;
use sip_message::{
    Authorization, Body, Contact, HeaderName, Message, Method, ProxyAuthorization, Request, Response,
    StatusCode, WwwAuthenticate,
};
use sip_ua::core::{Event, RequestFailure};
use std::time::Duration;

// rfc3261#22.1/10, type=test
#[test]
fn a_realm_without_an_account_is_named_to_the_user() {
    let mut alice = Peer::with(|config| config.accounts.clear());
    alice.act(|core, now| core.message(&"sip:bob@example.test".parse().unwrap(), Body::text("hi"), now));
    let first = alice.sent_request();
    alice.receive(challenge(&first, StatusCode::UNAUTHORIZED, "n1"));
    let Some(Event::Answered { outcome: Err(failure), .. }) = alice.events.pop() else { panic!("no answer") };
    assert_eq!(failure.to_string(), "authentication failed: no account for the realm \"example.test\"");
}

#[test]
fn ac27_a_challenge_in_the_field_of_the_other_status_is_answered_with_a_warning() {
    let digest = r#"Digest realm="example.test", nonce="n", qop="auth", algorithm=SHA-256"#;
    let cases = [
        (
            StatusCode::PROXY_AUTHENTICATION_REQUIRED,
            HeaderName::WwwAuthenticate,
            HeaderName::Authorization,
            true,
        ),
        (StatusCode::UNAUTHORIZED, HeaderName::ProxyAuthenticate, HeaderName::ProxyAuthorization, true),
        (StatusCode::UNAUTHORIZED, HeaderName::WwwAuthenticate, HeaderName::Authorization, false),
    ];
    for (status, asks, answers, warns) in cases {
        let mut alice = Peer::connected();
        alice.act(|core, now| core.options(&"sip:bob@example.test".parse().unwrap(), now));
        let mut odd = response(&alice.sent_request(), status);
        odd.headers_mut().push_text(&asks, digest).unwrap();
        alice.receive(odd);
        assert!(alice.sent_request().headers().contains(&answers), "{status}");
        let warned = alice.events.iter().filter(|event| {
            matches!(event, Event::ChallengeMisplaced { method: Method::Options, status: of } if *of == status)
        });
        assert_eq!(warned.count(), usize::from(warns), "{status}");
    }
}

#[test]
fn a_challenged_message_is_sent_again_with_credentials() {
    let mut alice = Peer::connected();
    alice.act(|core, now| core.message(&"sip:bob@example.test".parse().unwrap(), Body::text("hi"), now));
    let first = alice.sent_request();
    assert!(!first.headers().contains(&HeaderName::ProxyAuthorization));
    alice.receive(challenge(&first, StatusCode::PROXY_AUTHENTICATION_REQUIRED, "n1"));
    let second = alice.sent_request();
    assert_eq!((cseq(&first), cseq(&second)), (1, 2));
    let ProxyAuthorization(credentials) = second.headers().required().unwrap();
    assert_eq!(credentials.get("username"), Some("alice"));
    assert_eq!(credentials.get("nonce"), Some("n1"));
    alice.receive(response(&second, StatusCode::OK));
    assert!(matches!(alice.events[..], [Event::Answered { outcome: Ok(_), .. }]));
}

#[test]
fn a_wrong_password_ends_with_a_typed_cause_and_without_a_loop() {
    let mut alice = Peer::connected();
    alice.act(|core, now| core.message(&"sip:bob@example.test".parse().unwrap(), Body::text("hi"), now));
    let first = alice.sent_request();
    alice.receive(challenge(&first, StatusCode::UNAUTHORIZED, "n1"));
    let second = alice.sent_request();
    alice.receive(challenge(&second, StatusCode::UNAUTHORIZED, "n1"));
    assert!(alice.take_sent().is_empty());
    assert!(matches!(
        alice.events[..],
        [Event::Answered {
            outcome: Err(RequestFailure::Authentication(AuthError::WrongCredentials { .. })),
            ..
        }]
    ));
}

#[test]
fn a_server_that_challenges_for_ever_is_left() {
    let mut alice = Peer::connected();
    alice.act(|core, now| core.register(now));
    for attempt in 0..10 {
        let Some(register) = alice.take_sent().pop() else { break };
        let register = register.as_request().unwrap().clone();
        alice.receive(challenge(&register, StatusCode::UNAUTHORIZED, &format!("n{attempt}")));
        assert!(attempt < 5, "the REGISTER is repeated without end");
    }
    let [_registering, Event::Registration { authentication: Some(_), .. }] = &alice.events[..] else {
        panic!("{:?}", alice.events)
    };
}

// rfc3261#13.2.2/8, type=test
#[test]
fn a_challenged_invite_becomes_a_call_and_its_ack_carries_the_credentials() {
    let mut alice = Peer::connected();
    let bob = "sip:bob@example.test".parse().unwrap();
    alice.act(|core, now| core.invite(&bob, &Body::sdp("v=0\r\n"), now)).unwrap();
    let first = alice.sent_request();
    alice.receive(challenge(&first, StatusCode::PROXY_AUTHENTICATION_REQUIRED, "n1"));
    let mut sent = alice.take_sent();
    assert_eq!(sent.len(), 2, "ACK, then the INVITE again");
    let second = sent.pop().unwrap().as_request().unwrap().clone();
    assert_eq!((sent[0].as_request().unwrap().method(), cseq(&second)), (&Method::Ack, 2));
    assert_eq!(second.body(), first.body());

    let mut ok = response(&second, StatusCode::OK);
    ok.headers_mut().push_text(&HeaderName::Contact, "<sip:bob@y.invalid;transport=ws>").unwrap();
    alice.receive(ok.clone());
    let ack = alice.sent_request();
    assert_eq!((ack.method(), cseq(&ack)), (&Method::Ack, 2));
    let sent_with = |name| second.headers().raw(name).map(<[u8]>::to_vec);
    assert_eq!(
        ack.headers().raw(&HeaderName::ProxyAuthorization).map(<[u8]>::to_vec),
        sent_with(&HeaderName::ProxyAuthorization)
    );

    alice.receive(ok);
    assert_eq!(alice.sent_request().to_bytes(), ack.to_bytes(), "the same ACK for the same 200 (AC-26)");
}

#[test]
fn ac29_each_request_of_a_call_answers_its_own_challenges() {
    let mut alice = Peer::connected();
    let bob = "sip:bob@example.test".parse().unwrap();
    let call = alice.act(|core, now| core.invite(&bob, &Body::sdp("v=0\r\n"), now)).unwrap();
    let mut ok = response(&alice.sent_request(), StatusCode::OK);
    ok.headers_mut().push_text(&HeaderName::Contact, "<sip:bob@y.invalid;transport=ws>").unwrap();
    alice.receive(ok);
    alice.take_sent();

    // all of them are under way before the first challenge comes
    for text in ["one", "two", "three", "four"] {
        alice.act(|core, now| core.message_in_call(call, Body::text(text), now)).unwrap();
    }
    alice.act(|core, now| core.hang_up(call, now));
    let asked: Vec<Request> = alice.take_sent().iter().filter_map(Message::as_request).cloned().collect();
    assert_eq!(asked.len(), 5);
    for request in &asked {
        alice.receive(challenge(request, StatusCode::PROXY_AUTHENTICATION_REQUIRED, "n1"));
    }
    let bye = alice.sent_request();
    assert_eq!((bye.method(), cseq(&bye)), (&Method::Bye, cseq(&asked[4]) + 1));
    assert!(bye.headers().contains(&HeaderName::ProxyAuthorization));
}

#[test]
fn ac28_a_registration_refresh_authorizes_itself_beforehand() {
    let mut alice = Peer::connected();
    alice.act(|core, now| core.register(now));
    let first = alice.sent_request();
    alice.receive(challenge(&first, StatusCode::UNAUTHORIZED, "n1"));
    let second = alice.sent_request();
    let mut ok = response(&second, StatusCode::OK);
    let Contact::Addr(mut binding) = second.headers().required().unwrap() else { panic!("no binding") };
    binding.params.set("expires", Some("60"));
    ok.headers_mut().push(&Contact::Addr(binding));
    alice.receive(ok);
    assert!(alice.core.is_registered());
    alice.sleep(Duration::from_secs(59));
    let refresh = alice.sent_request();
    let Authorization(credentials) = refresh.headers().required().unwrap();
    assert_eq!((refresh.method(), credentials.get("nc")), (&Method::Register, Some("00000002")));
}

/// A registrar whose nonces live 700 s, longer than the 540 s to a refresh and shorter than two of them.
struct Registrar {
    digest: DigestServer,
    tells_next_nonce: bool,
    password: &'static str,
    registers: usize,
}

impl Registrar {
    fn new(tells_next_nonce: bool, password: &'static str) -> Self {
        let digest = DigestServer::new("example.test", vec![Algorithm::Sha256], [7; 32]);
        let digest = digest.with_nonce_lifetime(Duration::from_secs(700));
        Self { digest, tells_next_nonce, password, registers: 0 }
    }

    /// Answers every REGISTER until none comes.
    fn serve(&mut self, alice: &mut Peer) {
        while let Some(register) = alice.take_sent().pop() {
            self.registers += 1;
            let answer = self.answer(&register.as_request().unwrap().clone(), alice.now);
            alice.receive(answer);
        }
    }

    fn answer(&mut self, register: &Request, now: Instant) -> Response {
        let credentials = register.headers().typed::<Authorization>().unwrap().map(|header| header.0);
        let Some(credentials) = credentials else { return self.challenge(register, false, now) };
        let verified = self.digest.verify(&Method::Register, register, &credentials, |_| Some("secret"), now);
        if let Err(refusal) = verified {
            return self.challenge(register, refusal.is_stale(), now);
        }
        let mut ok = response(register, StatusCode::OK);
        ok.headers_mut().push(&register.headers().required::<Contact>().unwrap());
        let secret = Secret::from(self.password);
        let info = self.digest.authentication_info(&credentials, "alice", &secret, &ok, now);
        match info.filter(|_| self.tells_next_nonce) {
            Some(info) => ok.with(&info),
            None => ok,
        }
    }

    fn challenge(&mut self, register: &Request, stale: bool, now: Instant) -> Response {
        let challenge = self.digest.challenges(now, stale).remove(0);
        response(register, StatusCode::UNAUTHORIZED).with(&WwwAuthenticate(challenge))
    }
}

// rfc7616#3.5, type=test
#[test]
fn the_next_nonce_of_a_200_saves_the_next_challenge() {
    let registers = |tells_next_nonce| {
        let mut alice = Peer::connected();
        let mut registrar = Registrar::new(tells_next_nonce, "secret");
        alice.act(|core, now| core.register(now));
        registrar.serve(&mut alice);
        for _ in 0..10 {
            alice.sleep(Duration::from_secs(540));
            registrar.serve(&mut alice);
        }
        assert!(alice.core.is_registered());
        registrar.registers
    };
    // one and its repetition, and ten refreshes; without it every other one is challenged
    assert_eq!((registers(true), registers(false)), (2 + 10, 2 + 10 + 5));
}

#[test]
fn a_server_that_does_not_know_the_secret_is_told_to_the_application() {
    for (password, events) in [("secret", 2), ("guess", 3)] {
        let mut alice = Peer::connected();
        let mut registrar = Registrar::new(true, password);
        alice.act(|core, now| core.register(now));
        registrar.serve(&mut alice);
        assert!(alice.core.is_registered());
        assert_eq!(alice.events.len(), events);
        let is_told =
            alice.events.iter().any(|event| matches!(event, Event::ServerUnproven { request_uri, .. } if request_uri == "sip:example.test"));
        assert_eq!(is_told, password == "guess");
    }
}
