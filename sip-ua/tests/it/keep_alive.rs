//! Keep-alive by OPTIONS: AC-30, RFC 7118 §6, RFC 5626 §4.4.

use crate::peer::{Peer, challenge, response};
use sip_message::{Method, StatusCode};
use sip_testbed::{Relay, RelayFault, Testbed};
use sip_transaction::FlowId;
use sip_transport_ws::native::ConnectOptions;
use sip_transport_ws::{KeepAliveMode, KeepAliveOptions};
use sip_ua::core::Input;
use sip_ua::{Direction, Event, UserAgent};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[test]
fn ac30_an_idle_connection_is_asked_something_and_nobody_hears_of_the_answer() {
    let mut alice = Peer::connected();
    for answer in [Some(StatusCode::OK), Some(StatusCode::NOT_FOUND), Some(StatusCode::UNAUTHORIZED), None] {
        alice.handle(Input::Idle(FlowId::new(1)));
        let options = alice.sent_request();
        assert_eq!((options.method(), options.request_uri()), (&Method::Options, "sip:example.test"));
        match answer {
            Some(StatusCode::UNAUTHORIZED) => {
                alice.receive(challenge(&options, StatusCode::UNAUTHORIZED, "n"))
            }
            Some(status) => alice.receive(response(&options, status)),
            None => alice.sleep(Duration::from_secs(64)),
        }
        assert!(alice.take_sent().is_empty() && alice.events.is_empty());
    }
    alice.sleep(Duration::from_secs(64));
    assert!(alice.core.is_idle(), "{:?}", alice.core.usage());
}

#[test]
fn a_connection_that_is_gone_is_not_kept_alive() {
    let mut alice = Peer::connected();
    alice.handle(Input::Idle(FlowId::new(7)));
    alice.disconnect();
    alice.handle(Input::Idle(FlowId::new(1)));
    assert!(alice.take_sent().is_empty());
}

#[tokio::test]
async fn ac30_options_keep_a_connection_and_find_out_when_it_is_dead() {
    let testbed = Testbed::start().await.unwrap();
    let relay = Relay::start(testbed.local_addr()).await.unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let keep_alive = KeepAliveOptions {
        mode: KeepAliveMode::Options,
        interval: Duration::from_millis(20),
        timeout: Duration::from_secs(2),
    };
    let count = Arc::clone(&asked);
    let (_ua, mut events) = UserAgent::builder(&testbed.aor("alice"))
        .server(&format!("ws://{}", relay.local_addr()))
        .connect_options(ConnectOptions { keep_alive, ..ConnectOptions::default() })
        .reconnect(None)
        .trace(move |wire| {
            let is_answer = wire.direction == Direction::Received && wire.message.as_response().is_some();
            count.fetch_add(usize::from(is_answer), Ordering::Relaxed);
        })
        .connect()
        .await
        .unwrap();
    while asked.load(Ordering::Relaxed) < 3 {
        tokio::task::yield_now().await;
    }
    relay.set(RelayFault::BlackHole);
    assert!(matches!(events.next().await, Some(Event::Disconnected)));
}
