//! Whose turn it is when an application and its server want something at the same time (the driver decides, no RFC).

use futures::{FutureExt, SinkExt, StreamExt};
use sip_message::Message;
use sip_transport_ws::native::{ListenOptions, WsListener};
use sip_ua::{Direction, UserAgent};
use std::sync::{Arc, Mutex, OnceLock};

/// How many requests of each side wait.
const WAITING: usize = 3;

fn options(number: usize) -> Message {
    let text = format!(
        "OPTIONS sip:alice@example.test SIP/2.0\r\nVia: SIP/2.0/WS b.invalid;branch=z9hG4bK{number}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:bob@example.test>;tag=b\r\nTo: <sip:alice@example.test>\r\n\
         Call-ID: {number}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    );
    Message::parse(text.into_bytes().into()).unwrap()
}

#[tokio::test]
async fn commands_and_messages_that_wait_take_turns() {
    let mut listener = WsListener::bind("127.0.0.1:0", ListenOptions::default()).await.unwrap();
    let url = format!("ws://{}", listener.local_addr());
    let (seen, itself) = (Arc::new(Mutex::new(Vec::new())), Arc::new(OnceLock::<UserAgent>::new()));
    let (order, ua) = (seen.clone(), itself.clone());
    let connecting = UserAgent::builder("sip:alice@example.test").server(&url).trace(move |wire| {
        let mut order = order.lock().unwrap();
        match (wire.direction, &wire.message) {
            (Direction::Received, Message::Request(_)) => {
                // the commands come while the first message is handled, and the others wait behind it
                for _ in 0..if order.is_empty() { WAITING } else { 0 } {
                    assert!(ua.get().unwrap().options("sip:bob@example.test").now_or_never().is_none());
                }
                order.push("message");
            }
            (Direction::Sent, Message::Request(_)) => order.push("command"),
            (_, Message::Response(_)) => {}
        }
    });
    let (connected, accepted) = tokio::join!(connecting.connect(), listener.accept());
    let ((alice, _events), mut server) = (connected.unwrap(), accepted.unwrap());
    itself.set(alice).unwrap();
    for number in 0..=WAITING {
        server.feed(options(number)).await.unwrap();
    }
    server.flush().await.unwrap();
    let mut requests = 0;
    while requests < WAITING {
        let message = server.next().await.unwrap().unwrap();
        requests += usize::from(matches!(message, Message::Request(_)));
    }
    while seen.lock().unwrap().len() <= 2 * WAITING {
        tokio::task::yield_now().await;
    }
    let turns = ["message", "command"].into_iter().cycle().take(2 * WAITING + 1);
    assert_eq!(*seen.lock().unwrap(), turns.collect::<Vec<_>>());
}
