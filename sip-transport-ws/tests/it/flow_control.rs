//! A peer that does not read slows the sender down, holds nothing else up and gets everything in the end.

use crate::support::{BINARY, TEXT, message, next, options, pair, raw_client};
use bytes::Bytes;
use futures::{FutureExt, SinkExt, StreamExt, stream};
use sip_message::Message;
use std::future::poll_fn;
use std::task::Poll;
use tokio::io::AsyncReadExt;

fn big_message() -> Message {
    let body = "a".repeat(40_000);
    let head = "MESSAGE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK2\r\n\
        From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: 2\r\n\
        CSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\nContent-Type: text/plain\r\n\r\n";
    message(Bytes::from(format!("{head}{body}")))
}

/// More than the socket buffers of both ends hold.
const MANY: usize = 400;

#[tokio::test]
async fn split_halves_move_many_messages_both_ways_at_once() {
    let (client, server) = pair().await;
    let (mut client_sink, client_stream) = client.split();
    let (mut server_sink, server_stream) = server.split();
    let messages = || stream::iter(vec![Ok(big_message()); MANY]);
    let (mut up, mut down) = (messages(), messages());
    let (sent_up, sent_down, received_up, received_down) = tokio::join!(
        client_sink.send_all(&mut up),
        server_sink.send_all(&mut down),
        server_stream.take(MANY).filter(|item| std::future::ready(item.is_ok())).count(),
        client_stream.take(MANY).filter(|item| std::future::ready(item.is_ok())).count(),
    );
    sent_up.unwrap();
    sent_down.unwrap();
    assert_eq!((received_up, received_down), (MANY, MANY));
}

/// The pong waits for room in the socket; neither it nor the blocked sender is forgotten.
#[tokio::test]
async fn a_ping_to_a_blocked_sender_is_answered_when_the_peer_reads() {
    let (mut raw, server) = raw_client().await;
    let (mut sink, mut stream) = server.split();
    let mut messages = stream::iter(vec![Ok(big_message()); MANY]);
    let mut sending = Box::pin(sink.send_all(&mut messages));
    assert!(poll_fn(|cx| Poll::Ready(sending.poll_unpin(cx).is_pending())).await);
    raw.frame(BINARY, true, b"\r\n\r\n").await;
    raw.frame(TEXT, true, &options()).await;
    let received = stream.next().await.unwrap().unwrap();
    assert_eq!(received.to_bytes(), options());
    let reading = async {
        const PONG: [u8; 4] = [0x81, 2, b'\r', b'\n'];
        let mut bytes = Vec::new();
        while bytes.len() < MANY * 40_000 || !bytes.windows(PONG.len()).any(|window| window == PONG) {
            raw.0.read_buf(&mut bytes).await.unwrap();
        }
    };
    tokio::select! {
        (sent, ()) = async { tokio::join!(sending, reading) } => sent.unwrap(),
        item = stream.next() => panic!("{item:?}"),
    }
}

#[tokio::test]
async fn receiving_is_cancel_safe() {
    let (mut raw, mut server) = raw_client().await;
    raw.frame(TEXT, false, &options()[..30]).await;
    for _ in 0..3 {
        tokio::task::yield_now().await;
        assert!(server.next().now_or_never().is_none());
    }
    raw.frame(0, true, &options()[30..]).await;
    assert_eq!(next(&mut server).await, options());
}
