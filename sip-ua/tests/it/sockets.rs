//! The whole user agent over real loopback sockets, against the testbed.

use sip_auth::AuthError;
use sip_dialog::EndKind;
use sip_message::{Allow, Body, Contact, Headers, Message, Method, NameAddr, StatusCode};
use sip_outbound::{BackOff, RegistrationEvent};
use sip_testbed::{PASSWORD, Testbed};
use sip_ua::core::{CallOptions, Relation, RequestFailure};
use sip_ua::{
    ApplicationSdp, Call, CallError, CallEvent, ConnectError, Event, Events, InCallError, IncomingCall,
    MediaError, RegisterError, Renegotiation, RequestError, SessionDescriptionHandler, UserAgent,
};
use std::time::Duration;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

pub(crate) async fn agent(testbed: &Testbed, user: &str) -> (UserAgent, Events) {
    let builder = UserAgent::builder(&testbed.aor(user)).server(&testbed.url()).password(PASSWORD);
    let (ua, events) = builder.connect().await.unwrap();
    ua.register().await.unwrap();
    (ua, events)
}

/// The same, whose calls end with their connection.
async fn agent_without_patience(testbed: &Testbed, user: &str) -> (UserAgent, Events) {
    let builder = UserAgent::builder(&testbed.aor(user)).server(&testbed.url()).password(PASSWORD);
    let (ua, events) = builder.reconnect(None).connect().await.unwrap();
    ua.register().await.unwrap();
    (ua, events)
}

pub(crate) async fn next_call(events: &mut Events) -> IncomingCall {
    loop {
        match events.next().await {
            Some(Event::IncomingCall(call)) => return call,
            Some(_) => {}
            None => panic!("the user agent was closed"),
        }
    }
}

fn media() -> ApplicationSdp {
    ApplicationSdp::new(SDP).0
}

/// Alice calls Bob and Bob answers.
async fn call(alice: &UserAgent, bobs: &mut Events) -> (Call, Call) {
    let mut outgoing = alice.call("bob", media()).await.unwrap();
    let mut answered = next_call(bobs).await.accept(media()).await.unwrap();
    outgoing.established().await.unwrap();
    answered.established().await.unwrap();
    (outgoing, answered)
}

#[tokio::test]
async fn a_call_is_ended_by_either_side() {
    let testbed = Testbed::start().await.unwrap();
    let (alice, _) = agent(&testbed, "alice").await;
    let (_bob, mut bobs) = agent(&testbed, "bob").await;
    let (mut outgoing, mut answered) = call(&alice, &mut bobs).await;
    assert_eq!(outgoing.hang_up().await.unwrap().kind, EndKind::HungUp);
    assert_eq!(answered.ended().await.kind, EndKind::HungUp);
    let (mut outgoing, mut answered) = call(&alice, &mut bobs).await;
    assert_eq!(answered.hang_up().await.unwrap().kind, EndKind::HungUp);
    assert_eq!(outgoing.ended().await.kind, EndKind::HungUp);
}

#[tokio::test]
async fn dropping_a_call_hangs_up() {
    let testbed = Testbed::start().await.unwrap();
    let (alice, _) = agent(&testbed, "alice").await;
    let (_bob, mut bobs) = agent(&testbed, "bob").await;
    let (outgoing, mut answered) = call(&alice, &mut bobs).await;
    drop(outgoing);
    assert_eq!(answered.ended().await.kind, EndKind::HungUp);
    let ringing = alice.call("bob", media()).await.unwrap();
    let mut incoming = next_call(&mut bobs).await;
    drop(ringing);
    assert_eq!(incoming.ended().await.kind, EndKind::Cancelled);
}

#[tokio::test]
async fn dropping_an_incoming_call_refuses_it() {
    let testbed = Testbed::start().await.unwrap();
    let (alice, _) = agent(&testbed, "alice").await;
    let (_bob, mut bobs) = agent(&testbed, "bob").await;
    let mut outgoing = alice.call("bob", media()).await.unwrap();
    drop(next_call(&mut bobs).await);
    assert_eq!(outgoing.established().await.unwrap_err().status, Some(StatusCode::TEMPORARILY_UNAVAILABLE));
    let mut outgoing = alice.call("bob", media()).await.unwrap();
    next_call(&mut bobs).await.reject(StatusCode::BUSY_HERE).await;
    assert_eq!(outgoing.ended().await.kind, EndKind::Busy);
}

// rfc3261#13.3.1.2/1, type=test
#[tokio::test]
async fn a_redirected_call_tells_where_to() {
    let testbed = Testbed::start().await.unwrap();
    let builder = UserAgent::builder(&testbed.aor("alice")).server(&testbed.url()).password(PASSWORD);
    let (alice, _) = builder.configure(|config| config.follows_redirections = false).connect().await.unwrap();
    let (_bob, mut bobs) = agent(&testbed, "bob").await;
    let mut outgoing = alice.call("bob", media()).await.unwrap();
    let desk = NameAddr::new("sip:bob@desk.example.com".parse().unwrap());
    next_call(&mut bobs).await.redirect(vec![desk]).await;
    let cause = outgoing.ended().await;
    assert_eq!((cause.kind, cause.status), (EndKind::Redirected, Some(StatusCode::MOVED_TEMPORARILY)));
    let Some(Message::Response(response)) = &cause.message else { panic!("{cause:?}") };
    let Contact::Addr(contact) = response.headers().required().unwrap() else { panic!("a star") };
    assert_eq!(contact.uri.to_string(), "sip:bob@desk.example.com");
}

// rfc3261#8.1.3.4/1, type=test
#[tokio::test]
async fn a_redirected_call_reaches_the_one_it_is_redirected_to() {
    let testbed = Testbed::start().await.unwrap();
    let (alice, _) = agent(&testbed, "alice").await;
    let (_bob, mut bobs) = agent(&testbed, "bob").await;
    let (_carol, mut carols) = agent(&testbed, "carol").await;
    let mut outgoing = alice.call("bob", media()).await.unwrap();
    let carol = NameAddr::new(testbed.aor("carol").parse().unwrap());
    next_call(&mut bobs).await.redirect(vec![carol]).await;
    let mut answered = next_call(&mut carols).await.accept(media()).await.unwrap();
    outgoing.established().await.unwrap();
    assert_eq!(answered.hang_up().await.unwrap().kind, EndKind::HungUp);
    assert_eq!(outgoing.ended().await.kind, EndKind::HungUp);
}

#[tokio::test]
async fn calls_and_messages_to_somebody_who_does_not_listen_are_refused() {
    let testbed = Testbed::start().await.unwrap();
    let (alice, _) = agent(&testbed, "alice").await;
    let (_bob, bobs) = agent(&testbed, "bob").await;
    drop(bobs);
    let mut outgoing = alice.call("bob", media()).await.unwrap();
    assert_eq!(outgoing.ended().await.status, Some(StatusCode::TEMPORARILY_UNAVAILABLE));
    let Err(RequestError::Failed(RequestFailure::Refused(response))) = alice.message("bob", "hi").await
    else {
        panic!("a message that nobody reads was accepted")
    };
    assert_eq!(response.status(), StatusCode::TEMPORARILY_UNAVAILABLE);
}

#[tokio::test]
async fn an_unknown_user_is_reported_by_status() {
    let testbed = Testbed::start().await.unwrap();
    let (alice, _) = agent(&testbed, "alice").await;
    let Err(RequestError::Failed(RequestFailure::Refused(response))) = alice.message("nobody", "hi").await
    else {
        panic!("a message to nobody was accepted")
    };
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let mut call = alice.call("nobody", media()).await.unwrap();
    assert_eq!(call.ended().await.kind, EndKind::Refused(StatusCode::NOT_FOUND));
    assert!(matches!(alice.message("sip:@", "hi").await, Err(RequestError::Target(_))));
}

#[tokio::test]
async fn a_wrong_password_is_told_apart() {
    let testbed = Testbed::start().await.unwrap();
    let builder = UserAgent::builder(&testbed.aor("alice")).server(&testbed.url()).password("guess");
    let (alice, _events) = builder.connect().await.unwrap();
    let error = alice.register().await.unwrap_err();
    assert!(matches!(error, RegisterError::Authentication(AuthError::WrongCredentials { .. })), "{error:?}");
    let builder = UserAgent::builder(&testbed.aor("alice")).server(&testbed.url());
    let (alice, _events) = builder.connect().await.unwrap();
    let error = alice.register().await.unwrap_err();
    assert!(matches!(error, RegisterError::Authentication(AuthError::NoAccount { .. })), "{error:?}");
}

#[tokio::test]
async fn a_refused_connection_and_a_bad_url_are_told_apart() {
    let testbed = Testbed::start().await.unwrap();
    let url = testbed.url();
    testbed.shutdown().await;
    let refused = UserAgent::builder("sip:alice@example.test").server(&url).connect().await;
    assert!(matches!(refused, Err(ConnectError::Connection(_))), "{refused:?}");
    let bad = UserAgent::builder("sip:alice@example.test").server("http://127.0.0.1").connect().await;
    assert!(matches!(bad, Err(ConnectError::Server(_))), "{bad:?}");
    let nobody = UserAgent::builder("alice").server(&url).connect().await;
    assert!(matches!(nobody, Err(ConnectError::AddressOfRecord(_))), "{nobody:?}");
    // with it the name servers of the system would be asked
    #[cfg(not(feature = "dns"))]
    {
        let nowhere = UserAgent::builder("sip:alice@example.test").connect().await;
        assert!(matches!(nowhere, Err(ConnectError::NoServer)), "{nowhere:?}");
    }
}

#[tokio::test]
async fn a_server_that_vanishes_ends_the_call_when_there_is_no_patience() {
    let testbed = Testbed::start().await.unwrap();
    let (alice, mut events) = agent_without_patience(&testbed, "alice").await;
    let (_bob, mut bobs) = agent_without_patience(&testbed, "bob").await;
    let (mut outgoing, mut answered) = call(&alice, &mut bobs).await;
    testbed.shutdown().await;
    assert_eq!(outgoing.ended().await.kind, EndKind::TransportLost);
    assert_eq!(answered.ended().await.kind, EndKind::TransportLost);
    while !matches!(events.next().await, Some(Event::Disconnected)) {}
    let failure = alice.message("bob", "hi").await.unwrap_err();
    assert!(matches!(failure, RequestError::Failed(RequestFailure::Transport)), "{failure:?}");
    alice.close().await;
}

/// AC-1: one REGISTER for the regained connection, and the user agent works again.
#[tokio::test]
async fn a_lost_connection_is_opened_again_and_the_registration_renewed() {
    let testbed = Testbed::start().await.unwrap();
    let port = testbed.local_addr().port();
    let back_off = BackOff { base: Duration::from_millis(1), maximum: Duration::from_millis(20) };
    let builder = UserAgent::builder(&testbed.aor("alice")).server(&testbed.url()).password(PASSWORD);
    let (alice, mut events) = builder.reconnect(Some(back_off)).connect().await.unwrap();
    alice.register().await.unwrap();
    assert!(matches!(events.next().await, Some(Event::Registration(RegistrationEvent::Registering))));
    assert!(matches!(events.next().await, Some(Event::Registration(RegistrationEvent::Registered { .. }))));
    testbed.shutdown().await;
    assert!(matches!(events.next().await, Some(Event::Disconnected)));
    assert!(matches!(alice.register().await, Err(RegisterError::Transport)));

    let testbed = Testbed::builder().port(port).start().await.unwrap();
    let mut wire = testbed.messages();
    assert!(matches!(events.next().await, Some(Event::Connected)));
    assert!(matches!(events.next().await, Some(Event::Registration(RegistrationEvent::Registering))));
    let renewed = events.next().await;
    assert!(
        matches!(renewed, Some(Event::Registration(RegistrationEvent::Registered { .. }))),
        "{renewed:?}"
    );
    alice.message("alice", "still here?").await.unwrap();
    assert!(matches!(events.next().await, Some(Event::Message(_))));
    let registers = wire.drain().iter().filter(|record| record.label() == "REGISTER").count();
    assert!(registers <= 2, "one REGISTER, and one more for its challenge");
}

#[tokio::test]
async fn closing_ends_calls_and_the_registration() {
    let testbed = Testbed::start().await.unwrap();
    let (alice, _) = agent(&testbed, "alice").await;
    let (bob, mut bobs) = agent(&testbed, "bob").await;
    let (_outgoing, mut answered) = call(&alice, &mut bobs).await;
    alice.close().await;
    assert_eq!(answered.ended().await.kind, EndKind::HungUp);
    let Err(RequestError::Failed(RequestFailure::Refused(response))) = bob.message("alice", "hi").await
    else {
        panic!("alice is still registered")
    };
    assert_eq!(response.status(), StatusCode::TEMPORARILY_UNAVAILABLE);
}

#[tokio::test]
async fn dropping_every_handle_unregisters() {
    let testbed = Testbed::start().await.unwrap();
    let mut wire = testbed.messages();
    let (alice, events) = agent(&testbed, "alice").await;
    drop((alice, events));
    let mut labels = Vec::new();
    // 401 and 200 for the first REGISTER, 200 for the one that removes the binding.
    while labels.iter().filter(|label| **label == "200 OK (REGISTER)").count() < 2 {
        let record = futures::StreamExt::next(&mut wire).await.unwrap();
        labels.push(record.label());
    }
}

/// A media engine that has no device.
struct Broken;

#[async_trait::async_trait]
impl SessionDescriptionHandler for Broken {
    async fn offer(&mut self) -> Result<Body, MediaError> {
        Err(MediaError::NotAcceptable)
    }

    async fn answer(&mut self, _offer: Body) -> Result<Body, MediaError> {
        Err(MediaError::NotAcceptable)
    }

    async fn set_answer(&mut self, _answer: Body) -> Result<(), MediaError> {
        Err(MediaError::NotAcceptable)
    }

    async fn close(&mut self) {}
}

// rfc3261#13.3.1.3/3, type=test
#[tokio::test]
async fn media_that_cannot_answer_refuses_with_488() {
    let testbed = Testbed::start().await.unwrap();
    let (alice, _) = agent(&testbed, "alice").await;
    let (_bob, mut bobs) = agent(&testbed, "bob").await;
    assert!(alice.call("bob", Broken).await.is_err(), "no offer, no call");
    let mut outgoing = alice.call("bob", media()).await.unwrap();
    assert!(next_call(&mut bobs).await.accept(Broken).await.is_err());
    assert_eq!(outgoing.ended().await.status, Some(StatusCode::NOT_ACCEPTABLE_HERE));
}

#[tokio::test]
async fn progress_comes_before_the_answer_and_events_are_a_stream() {
    let testbed = Testbed::start().await.unwrap();
    let (alice, _) = agent(&testbed, "alice").await;
    let (_bob, mut bobs) = agent(&testbed, "bob").await;
    let (offer, remote) = ApplicationSdp::new(SDP);
    let mut outgoing = alice.call("bob", offer).await.unwrap();
    let incoming = next_call(&mut bobs).await;
    assert_eq!(incoming.offer().unwrap().bytes, SDP);
    let first = futures::StreamExt::next(&mut outgoing).await;
    assert!(matches!(first, Some(CallEvent::Progress { status: StatusCode::RINGING })), "{first:?}");
    let _answered = incoming.accept(media()).await.unwrap();
    outgoing.established().await.unwrap();
    assert_eq!(remote.take().unwrap().bytes, SDP);
    assert!(remote.take().is_none(), "one answer, once");
}

#[tokio::test]
async fn ac17_hold_reaches_both_ends_and_ends_again() {
    let audio = || ApplicationSdp::new(&format!("{SDP}m=audio 4000 RTP/AVP 0\r\n")).0;
    let testbed = Testbed::start().await.unwrap();
    let (alice, _) = agent(&testbed, "alice").await;
    let (_bob, mut bobs) = agent(&testbed, "bob").await;
    let mut outgoing = alice.call("bob", audio()).await.unwrap();
    let mut answered = next_call(&mut bobs).await.accept(audio()).await.unwrap();
    outgoing.established().await.unwrap();
    answered.established().await.unwrap();
    outgoing.hold().await;
    assert_eq!(hold(&mut answered).await, (false, true));
    assert_eq!(hold(&mut outgoing).await, (true, false));
    outgoing.resume().await;
    assert_eq!(hold(&mut answered).await, (false, false));
}

async fn hold(call: &mut Call) -> (bool, bool) {
    loop {
        match call.next().await {
            Some(CallEvent::Hold(hold)) => return (hold.local, hold.remote),
            Some(_) => {}
            None => panic!("the call ended"),
        }
    }
}

/// The next event that `wanted` makes something of.
pub(crate) async fn event<T>(call: &mut Call, wanted: impl Fn(&CallEvent) -> Option<T>) -> T {
    loop {
        let event = call.next().await.expect("the call goes on");
        if let Some(found) = wanted(&event) {
            return found;
        }
    }
}

#[tokio::test]
async fn ac22_keys_are_pressed_and_packages_sent_in_a_call() {
    let testbed = Testbed::start().await.unwrap();
    let (alice, _) = agent(&testbed, "alice").await;
    let (_bob, mut bobs) = agent(&testbed, "bob").await;
    let mut outgoing = alice.call("bob", media()).await.unwrap();
    let mut answered = next_call(&mut bobs).await.accept(media()).await.unwrap();
    outgoing.established().await.unwrap();
    outgoing.dtmf("1r").await.unwrap();
    for key in ['1', 'R'] {
        let pressed = |event: &CallEvent| match event {
            CallEvent::Dtmf(dtmf) => Some(dtmf.key),
            _ => None,
        };
        assert_eq!(event(&mut answered, pressed).await, key);
    }
    assert!(matches!(outgoing.dtmf("x").await, Err(CallError::NoKey)));
    assert!(matches!(outgoing.info("conference", None).await, Err(CallError::Session(_))), "not announced");
}

// rfc3428#4, rfc3261#11, rfc5057#3
#[tokio::test]
async fn requests_inside_a_call_bring_their_answers() {
    let testbed = Testbed::start().await.unwrap();
    let (alice, _) = agent(&testbed, "alice").await;
    let (_bob, mut bobs) = agent(&testbed, "bob").await;
    let mut early = alice.call("bob", media()).await.unwrap();
    assert!(matches!(early.message(Body::text("too early")).await, Err(InCallError::Session(_))));
    let mut answered = next_call(&mut bobs).await.accept(media()).await.unwrap();
    let mut outgoing = early;
    outgoing.established().await.unwrap();

    outgoing.message(Body::text("hello")).await.unwrap();
    let text = |event: &CallEvent| match event {
        CallEvent::Message(body) => Some(body.bytes.clone()),
        _ => None,
    };
    assert_eq!(event(&mut answered, text).await.as_ref(), b"hello");
    let capabilities = outgoing.options().await.unwrap();
    let allowed: Vec<_> =
        capabilities.headers().list::<Allow>().flatten().map(|Allow(method)| method).collect();
    assert!(allowed.contains(&Method::Message), "{allowed:?}");

    let refused = outgoing.send(Method::Subscribe, Headers::new(), None).await;
    let Err(InCallError::Failed(RequestFailure::Refused(response))) = refused else { panic!("{refused:?}") };
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    let own = outgoing.send(Method::Bye, Headers::new(), None).await;
    assert!(matches!(own, Err(InCallError::Session(_))), "{own:?}");
    assert_eq!(outgoing.hang_up().await.unwrap().kind, EndKind::HungUp, "the call had gone on");
    assert!(matches!(outgoing.options().await, Err(InCallError::Closed)));
}

#[tokio::test]
async fn a_call_is_negotiated_anew_in_three_ways() {
    let testbed = Testbed::start().await.unwrap();
    let (alice, _) = agent(&testbed, "alice").await;
    let (_bob, mut bobs) = agent(&testbed, "bob").await;
    let (offer, remote) = ApplicationSdp::new(SDP);
    let mut outgoing = alice.call("bob", offer).await.unwrap();
    let mut answered = next_call(&mut bobs).await.accept(media()).await.unwrap();
    outgoing.established().await.unwrap();
    answered.established().await.unwrap();
    let changed = |event: &CallEvent| matches!(event, CallEvent::Changed).then_some(());
    outgoing.renegotiate(Renegotiation::Offer).await.unwrap();
    event(&mut outgoing, changed).await;
    outgoing.renegotiate(Renegotiation::Update).await.unwrap();
    event(&mut outgoing, changed).await;
    outgoing.renegotiate(Renegotiation::AskOffer).await.unwrap();
    event(&mut answered, changed).await;
    assert_eq!(std::iter::from_fn(|| remote.take()).count(), 4, "the answer, two more, and an offer");
}

#[tokio::test]
async fn ac21_a_call_takes_the_place_of_another() {
    let testbed = Testbed::start().await.unwrap();
    let (alice, _) = agent(&testbed, "alice").await;
    let (_bob, mut bobs) = agent(&testbed, "bob").await;
    let (carol, _) = agent(&testbed, "carol").await;
    let mut first = alice.call("bob", media()).await.unwrap();
    let mut answered = next_call(&mut bobs).await.accept(media()).await.unwrap();
    first.established().await.unwrap();
    answered.established().await.unwrap();
    let replaces = first.replaces().await.unwrap();
    let options = CallOptions::default().replacing(replaces);
    let mut second = carol.call_with("bob", options, media()).await.unwrap();
    let incoming = next_call(&mut bobs).await;
    assert_eq!(incoming.relation(), Some(Relation::Replaces(answered.key())));
    let mut replacing = incoming.accept(media()).await.unwrap();
    second.established().await.unwrap();
    replacing.established().await.unwrap();
    assert_eq!(first.ended().await.kind, EndKind::HungUp);
    assert_eq!(answered.ended().await.kind, EndKind::Replaced);
}
