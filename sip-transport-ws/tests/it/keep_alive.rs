//! RFC 7118 §6, RFC 5626 §3.5.1 and AC-30: pings are answered, in text and binary frames, and never show.

use crate::support::{BINARY, PING, TEXT, WS_PONG, next, options, raw_client, raw_client_with};
use futures::StreamExt;
use sip_transport_ws::ReceiveError;
use sip_transport_ws::native::{ListenOptions, WsConnection};
use sip_transport_ws::{KeepAliveMode, KeepAliveOptions};
use std::time::Duration;

/// Pings as fast as a test wants them; the answer may take any time.
fn eager(mode: KeepAliveMode) -> ListenOptions {
    let (interval, timeout) = (Duration::from_millis(1), Duration::from_secs(600));
    ListenOptions { keep_alive: KeepAliveOptions { mode, interval, timeout }, ..ListenOptions::default() }
}

/// Polls the connection while the peer does something.
async fn during<T>(connection: &mut WsConnection, peer: impl Future<Output = T>) -> T {
    tokio::select! {
        done = peer => done,
        item = connection.next() => panic!("nothing was to be received: {item:?}"),
    }
}

#[tokio::test]
async fn p01_a_double_crlf_is_answered_with_one() {
    let (mut raw, mut server) = raw_client().await;
    for opcode in [TEXT, BINARY] {
        raw.frame(opcode, true, b"\r\n\r\n").await;
        during(&mut server, raw.expect_frame(TEXT, b"\r\n")).await;
    }
}

#[tokio::test]
async fn single_crlf_and_empty_frames_are_ignored() {
    let (mut raw, mut server) = raw_client().await;
    for payload in [&b"\r\n"[..], b"", b"\n"] {
        raw.frame(TEXT, true, payload).await;
        raw.frame(BINARY, true, payload).await;
    }
    raw.frame(TEXT, true, &options()).await;
    assert_eq!(next(&mut server).await, options());
}

#[tokio::test]
async fn a_websocket_ping_is_answered_with_its_payload() {
    let (mut raw, mut server) = raw_client().await;
    raw.frame(PING, true, b"here?").await;
    during(&mut server, raw.expect_frame(WS_PONG, b"here?")).await;
}

#[tokio::test]
async fn a_ping_between_fragments_is_answered() {
    let (mut raw, mut server) = raw_client().await;
    raw.frame(TEXT, false, &options()[..20]).await;
    raw.frame(PING, true, b"x").await;
    during(&mut server, raw.expect_frame(WS_PONG, b"x")).await;
    raw.frame(0, true, &options()[20..]).await;
    assert_eq!(next(&mut server).await, options());
}

#[tokio::test]
async fn a_silent_peer_is_pinged_again_and_again_while_it_answers() {
    let (mut raw, mut server) = raw_client_with(eager(KeepAliveMode::WsPing)).await;
    for _ in 0..3 {
        during(&mut server, raw.expect_frame(PING, b"")).await;
        raw.frame(WS_PONG, true, b"").await;
    }
    let (mut raw, mut server) = raw_client_with(eager(KeepAliveMode::Crlf)).await;
    for _ in 0..3 {
        during(&mut server, raw.expect_frame(TEXT, b"\r\n\r\n")).await;
        raw.frame(TEXT, true, b"\r\n").await;
    }
}

#[tokio::test(start_paused = true)]
async fn ac_02_p27_a_black_hole_ends_the_stream_within_interval_and_timeout() {
    let options = ListenOptions { keep_alive: KeepAliveOptions::default(), ..ListenOptions::default() };
    let (raw, mut server) = raw_client_with(options).await;
    let start = tokio::time::Instant::now();
    assert_eq!(server.next().await, Some(Err(ReceiveError::Silent)));
    assert_eq!(server.next().await, None);
    assert_eq!(start.elapsed().as_secs(), 35);
    drop(raw);
}

#[tokio::test(start_paused = true)]
async fn ac_30_a_request_is_asked_for_and_silence_after_it_ends_the_stream() {
    let keep_alive = KeepAliveOptions { mode: KeepAliveMode::Options, ..KeepAliveOptions::default() };
    let (mut raw, mut server) =
        raw_client_with(ListenOptions { keep_alive, ..ListenOptions::default() }).await;
    let start = tokio::time::Instant::now();
    assert_eq!(server.next().await, Some(Err(ReceiveError::Idle)));
    assert_eq!(start.elapsed().as_secs(), 25);
    raw.frame(TEXT, true, &options()).await;
    assert_eq!(next(&mut server).await, options());
    assert_eq!(server.next().await, Some(Err(ReceiveError::Idle)));
    assert_eq!(server.next().await, Some(Err(ReceiveError::Silent)));
    assert_eq!(server.next().await, None);
    assert_eq!(start.elapsed().as_secs(), 25 + 25 + 10);
}
