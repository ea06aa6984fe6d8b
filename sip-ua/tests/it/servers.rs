//! Several servers: the next one takes over when one fails, and gives back. AC-32.
#![expect(clippy::disallowed_methods, reason = "real sockets, real time")]

use super::peer::{Peer, cseq, response};
use super::survival::in_call;
use futures::{SinkExt, StreamExt};
use sip_message::{Message, Method, StatusCode};
use sip_outbound::{BackOff, RegistrationEvent, Server};
use sip_testbed::{PASSWORD, Relay, RelayFault, Testbed};
use sip_transport_ws::native::{ListenOptions, WsConnection, WsListener};
use sip_ua::{CallEvent, ConnectError, Event, Events, UserAgent};
use std::net::SocketAddr;
use std::time::Duration;

/// A registrar that sheds load.
fn refused(alice: &mut Peer, retry_after: &str) -> u32 {
    alice.act(|core, now| core.register(now));
    let register = alice.sent_request();
    let mut refusal = response(&register, StatusCode::SERVICE_UNAVAILABLE);
    refusal.headers_mut().push_text(&sip_message::HeaderName::RetryAfter, retry_after).unwrap();
    alice.receive(refusal);
    cseq(&register)
}

#[test]
fn ac32_a_503_asks_for_another_server_and_names_the_rest() {
    let mut alice = Peer::connected();
    let first = refused(&mut alice, "120 (we are busy);duration=3600");
    assert_eq!(alice.left.len(), 1);
    assert!(alice.left[0] >= Duration::from_secs(120), "{:?}", alice.left);
    alice.server = 1;
    alice.connect();
    assert_eq!(cseq(&alice.sent_request()), first + 1, "at once");
}

#[test]
fn ac32_the_same_server_is_not_asked_before_it_wants_to() {
    let mut alice = Peer::connected();
    refused(&mut alice, "120");
    alice.connect();
    assert!(alice.take_sent().is_empty());
    alice.sleep(Duration::from_secs(119));
    assert!(alice.take_sent().is_empty());
    alice.sleep(Duration::from_secs(2));
    assert_eq!(alice.sent_request().method(), &Method::Register);
}

#[test]
fn ac32_each_passing_failure_asks_for_another_server_and_a_refusal_does_not() {
    for (status, leaves) in [(408, true), (430, true), (500, true), (403, false), (404, false)] {
        let mut alice = Peer::connected();
        alice.act(|core, now| core.register(now));
        let register = alice.sent_request();
        alice.receive(response(&register, StatusCode::new(status).unwrap()));
        assert_eq!(!alice.left.is_empty(), leaves, "{status}");
    }
    let mut alice = Peer::connected();
    alice.act(|core, now| core.register(now));
    alice.sleep(Duration::from_secs(33));
    assert_eq!(alice.left.len(), 1, "no answer");
}

const BACK_OFF: BackOff = BackOff { base: Duration::from_millis(100), maximum: Duration::from_millis(200) };

/// A server that answers every request with 503; gives its address.
async fn shedding() -> SocketAddr {
    let mut listener = WsListener::bind("127.0.0.1:0", ListenOptions::default()).await.unwrap();
    let address = listener.local_addr();
    tokio::spawn(async move {
        while let Ok(connection) = listener.accept().await {
            tokio::spawn(shed(connection));
        }
    });
    address
}

async fn shed(mut connection: WsConnection) {
    while let Some(Ok(Message::Request(request))) = connection.next().await {
        let refusal = response(&request, StatusCode::SERVICE_UNAVAILABLE);
        if connection.send(refusal.into()).await.is_err() {
            break;
        }
    }
}

async fn until(events: &mut Events, is_meant: impl Fn(&Event) -> bool) {
    let search = async {
        while let Some(event) = events.next().await {
            if is_meant(&event) {
                return;
            }
        }
        panic!("the user agent was closed");
    };
    tokio::time::timeout(Duration::from_secs(20), search).await.expect("the event comes");
}

const fn is_registered(event: &Event) -> bool {
    matches!(event, Event::Registration(RegistrationEvent::Registered { .. }))
}

/// Alice's user agent with a better and a worse server, waiting for calls.
async fn alice(testbed: &Testbed, best: &str, spare: &str) -> (UserAgent, Events) {
    let servers = [Server::new(best), Server::new(spare).with_priority(1)];
    let builder = UserAgent::builder(&testbed.aor("alice")).servers(servers).password(PASSWORD);
    let builder = builder.reconnect(Some(BACK_OFF)).fail_back(Some(Duration::from_millis(300)));
    builder.connect().await.unwrap()
}

#[tokio::test]
async fn ac32_the_spare_takes_over_and_the_best_gets_the_registration_back() {
    let testbed = Testbed::start().await.unwrap();
    let best = Relay::start(testbed.local_addr()).await.unwrap();
    let spare = Relay::start(testbed.local_addr()).await.unwrap();
    let url = |relay: &Relay| format!("ws://{}", relay.local_addr());
    let (ua, mut events) = alice(&testbed, &url(&best), &url(&spare)).await;
    ua.register().await.unwrap();
    until(&mut events, is_registered).await;
    best.set(RelayFault::Refuse);
    best.cut(sip_testbed::RelayCut::Reset);
    until(&mut events, |event| matches!(event, Event::Disconnected)).await;
    until(&mut events, is_registered).await;
    best.set(RelayFault::None);
    until(&mut events, |event| matches!(event, Event::Connected)).await;
    until(&mut events, is_registered).await;
    // whoever cuts the spare now cuts nothing
    spare.cut(sip_testbed::RelayCut::Reset);
    ua.options(&testbed.aor("alice").replace("alice@", "")).await.unwrap();
}

#[tokio::test]
async fn ac32_a_server_that_answers_503_is_left_for_the_next_one() {
    let testbed = Testbed::start().await.unwrap();
    let shedding = format!("ws://{}", shedding().await);
    let (ua, mut events) = alice(&testbed, &shedding, &testbed.url()).await;
    let failure = ua.register().await.unwrap_err();
    assert!(failure.to_string().contains("503"), "{failure}");
    until(&mut events, is_registered).await;
}

#[tokio::test]
async fn ac32_no_call_is_dropped_for_a_better_server() {
    let testbed = Testbed::start().await.unwrap();
    let best = Relay::start(testbed.local_addr()).await.unwrap();
    best.set(RelayFault::Refuse);
    let (ua, mut events) = alice(&testbed, &format!("ws://{}", best.local_addr()), &testbed.url()).await;
    ua.register().await.unwrap();
    let bob = UserAgent::builder(&testbed.aor("bob")).server(&testbed.url()).password(PASSWORD);
    let (bob, mut bobs) = bob.connect().await.unwrap();
    bob.register().await.unwrap();
    let (mut outgoing, _answered) = in_call(&ua, &mut bobs).await;
    best.set(RelayFault::None);
    let interruption = async { while !matches!(outgoing.next().await, Some(CallEvent::Interrupted)) {} };
    assert!(tokio::time::timeout(Duration::from_secs(1), interruption).await.is_err());
    outgoing.hang_up().await.unwrap();
    until(&mut events, |event| matches!(event, Event::Connected)).await;
    until(&mut events, is_registered).await;
}

#[tokio::test]
async fn with_no_server_in_reach_the_failure_of_the_last_one_is_told() {
    let servers = [Server::new("ws://127.0.0.1:9"), Server::new("ws://127.0.0.1:1").with_priority(1)];
    let outcome = UserAgent::builder("sip:alice@example.test").servers(servers).connect().await;
    assert!(matches!(outcome, Err(ConnectError::Connection(_))));
    // with it the name servers of the system would be asked
    #[cfg(not(feature = "dns"))]
    {
        let none: [Server<&str>; 0] = [];
        let outcome = UserAgent::builder("sip:alice@example.test").servers(none).connect().await;
        assert!(matches!(outcome, Err(ConnectError::NoServer)));
    }
}

/// AC-32: two flows over two servers; when one of them is cut, the call goes on over the other.
#[tokio::test]
async fn ac32_a_call_goes_on_over_the_second_flow_when_the_first_is_cut() {
    let testbed = Testbed::start().await.unwrap();
    let relays = [
        Relay::start(testbed.local_addr()).await.unwrap(),
        Relay::start(testbed.local_addr()).await.unwrap(),
    ];
    let servers = relays.iter().map(|relay| Server::new(format!("ws://{}", relay.local_addr())));
    let instance = "urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF".parse().unwrap();
    let builder = UserAgent::builder(&testbed.aor("alice")).servers(servers).password(PASSWORD);
    let (alice, mut events) =
        builder.instance(instance).flows(2).reconnect(Some(BACK_OFF)).connect().await.unwrap();
    alice.register().await.unwrap();
    until(&mut events, is_registered).await;
    until(&mut events, is_registered).await;
    let bob = UserAgent::builder(&testbed.aor("bob")).server(&testbed.url()).password(PASSWORD);
    let (bob, mut bobs) = bob.connect().await.unwrap();
    bob.register().await.unwrap();
    let (mut outgoing, mut answered) = in_call(&alice, &mut bobs).await;
    let begin = std::time::Instant::now();
    relays[0].set(RelayFault::Refuse);
    relays[0].cut(sip_testbed::RelayCut::Reset);
    assert!(matches!(outgoing.next().await, Some(CallEvent::Interrupted)));
    assert!(matches!(outgoing.next().await, Some(CallEvent::Resumed)));
    println!("cut to Resumed over the other flow: {:?}", begin.elapsed());
    assert!(begin.elapsed() < Duration::from_secs(2), "no reconnection is waited for");
    answered.hang_up().await.unwrap();
    outgoing.ended().await;
    relays[0].set(RelayFault::None);
    let is_back = |event: &Event| {
        assert!(!matches!(event, Event::Connected | Event::Disconnected), "a connection was up all the time");
        is_registered(event)
    };
    until(&mut events, is_back).await;
}
