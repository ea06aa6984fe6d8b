//! RFC 7118 §6, RFC 5626 §3.5.1, AC-2, AC-30, P1, P2, P22 and P27: pings are answered, in text and binary frames, and never show.

use crate::support::{BINARY, PING, TEXT, WS_PONG, message, next, options, raw_client, raw_client_with};
use futures::{SinkExt, StreamExt};
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
async fn ac30_single_crlf_and_empty_frames_are_ignored() {
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
async fn ac30_a_silent_peer_is_pinged_again_and_again_while_it_answers() {
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
async fn ac2_a_black_hole_ends_the_stream_within_interval_and_timeout() {
    let options = ListenOptions { keep_alive: KeepAliveOptions::default(), ..ListenOptions::default() };
    let (raw, mut server) = raw_client_with(options).await;
    let start = tokio::time::Instant::now();
    assert_eq!(server.next().await, Some(Err(ReceiveError::Silent)));
    assert_eq!(server.next().await, None);
    assert_eq!(start.elapsed().as_secs(), 35);
    drop(raw);
}

#[tokio::test(start_paused = true)]
async fn ac30_a_request_is_asked_for_and_silence_after_it_ends_the_stream() {
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

fn watching(mode: KeepAliveMode) -> ListenOptions {
    let keep_alive = KeepAliveOptions { mode, ..KeepAliveOptions::default() };
    ListenOptions { keep_alive, ..ListenOptions::default() }
}

// old Kamailio, OpenSIPS
#[tokio::test(start_paused = true)]
async fn p02_a_peer_that_answers_no_crlf_is_pinged_with_frames_and_stays() {
    let (mut raw, mut server) = raw_client_with(watching(KeepAliveMode::Crlf)).await;
    let start = tokio::time::Instant::now();
    for _ in 0..2 {
        during(&mut server, raw.expect_frame(TEXT, b"\r\n\r\n")).await;
    }
    for _ in 0..5 {
        during(&mut server, raw.expect_frame(PING, b"")).await;
        raw.frame(WS_PONG, true, b"").await;
    }
    assert_eq!(start.elapsed().as_secs(), 25 + 10 + 10 + 4 * 25);
    raw.frame(TEXT, true, &options()).await;
    assert_eq!(next(&mut server).await, options());
}

// proxies that drop an idle connection after 30 to 60 s
#[tokio::test(start_paused = true)]
async fn p22_an_idle_connection_is_never_silent_for_more_than_25_s() {
    for (mode, opcode, asks) in
        [(KeepAliveMode::WsPing, PING, &b""[..]), (KeepAliveMode::Crlf, TEXT, b"\r\n\r\n")]
    {
        let (mut raw, mut server) = raw_client_with(watching(mode)).await;
        for _ in 0..24 {
            let patience = Duration::from_millis(25_100);
            let asked = tokio::time::timeout(patience, during(&mut server, raw.expect_frame(opcode, asks)));
            asked.await.expect("the proxy would have closed the connection");
            match mode {
                KeepAliveMode::Crlf => raw.frame(TEXT, true, b"\r\n").await,
                _ => raw.frame(WS_PONG, true, b"").await,
            }
        }
        raw.frame(TEXT, true, &options()).await;
        assert_eq!(next(&mut server).await, options());
    }
}

// Chrome on a Mac: the socket says nothing of its loss for minutes
#[tokio::test(start_paused = true)]
async fn p27_a_socket_that_takes_everything_and_brings_nothing_is_given_up() {
    let (raw, server) = raw_client_with(watching(KeepAliveMode::WsPing)).await;
    let start = tokio::time::Instant::now();
    let (mut sink, mut stream) = server.split();
    let sending = async {
        loop {
            sink.send(message(options())).await.expect("the system takes it");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        item = stream.next() => assert_eq!(item, Some(Err(ReceiveError::Silent))),
        () = sending => {}
    }
    assert_eq!(start.elapsed().as_secs(), 35);
    drop(raw);
}
