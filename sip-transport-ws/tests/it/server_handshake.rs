//! RFC 7118 §4.1 and RFC 6455 §4.2, server side.

use crate::support::{RFC7118_ANSWER, RFC7118_REQUEST, Raw, listen, listen_with};
use sip_transport_ws::native::{
    AcceptError, BindError, ConnectOptions, HandshakeRefusal, ListenOptions, WsListener, connect,
};
use std::time::Duration;
use tokio::net::TcpStream;

async fn refused(request: &str) -> (HandshakeRefusal, String) {
    let (mut listener, _) = listen().await;
    let address = listener.local_addr();
    let client = async {
        let mut raw = Raw(TcpStream::connect(address).await.unwrap());
        raw.write(request.as_bytes()).await;
        raw.rest().await
    };
    let (answer, accepted) = tokio::join!(client, listener.accept());
    match accepted.unwrap_err() {
        AcceptError::Refused { refusal, .. } => (refusal, answer),
        other => panic!("{other}"),
    }
}

async fn assert_refused(request: &str, refusal: HandshakeRefusal, status_line: &str) {
    let (found, answer) = refused(request).await;
    assert_eq!(found, refusal);
    assert!(answer.starts_with(status_line), "{answer}");
    assert!(answer.contains(&refusal.to_string()), "{answer}");
}

#[tokio::test]
async fn answers_the_handshake_of_rfc7118_section_8_1() {
    let (mut listener, _) = listen().await;
    let address = listener.local_addr();
    let client = async {
        let mut raw = Raw(TcpStream::connect(address).await.unwrap());
        raw.write(RFC7118_REQUEST.as_bytes()).await;
        raw.expect(RFC7118_ANSWER.as_bytes()).await;
        raw
    };
    let (_raw, server) = tokio::join!(client, listener.accept());
    assert!(server.unwrap().is_subprotocol_agreed());
}

// rfc7118#4.1/1-2, type=test
#[tokio::test]
async fn sip_may_stand_among_other_subprotocols() {
    let (mut listener, _) = listen().await;
    let address = listener.local_addr();
    let request = RFC7118_REQUEST.replace("Protocol: sip", "Protocol: xmpp, SIP");
    let client = async {
        let mut raw = Raw(TcpStream::connect(address).await.unwrap());
        raw.write(request.as_bytes()).await;
        raw.expect(RFC7118_ANSWER.as_bytes()).await;
        raw
    };
    let (_raw, server) = tokio::join!(client, listener.accept());
    server.unwrap();
}

// rfc7118#4.1/1, type=test
#[tokio::test]
async fn a_client_that_does_not_offer_sip_is_told_so() {
    let without = RFC7118_REQUEST.replace("Sec-WebSocket-Protocol: sip\r\n", "");
    assert_refused(&without, HandshakeRefusal::Subprotocol, "HTTP/1.1 400 Bad Request\r\n").await;
    let other = RFC7118_REQUEST.replace("Protocol: sip", "Protocol: xmpp, sipx");
    assert_refused(&other, HandshakeRefusal::Subprotocol, "HTTP/1.1 400 Bad Request\r\n").await;
}

#[tokio::test]
async fn a_plain_http_request_is_asked_to_upgrade() {
    let request = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";
    let (refusal, answer) = refused(request).await;
    assert_eq!(refusal, HandshakeRefusal::NotWebSocket);
    assert!(answer.starts_with("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n"), "{answer}");
}

#[tokio::test]
async fn another_version_is_answered_with_ours() {
    let request = RFC7118_REQUEST.replace("Version: 13", "Version: 8");
    let (refusal, answer) = refused(&request).await;
    assert_eq!(refusal, HandshakeRefusal::Version);
    assert!(answer.contains("\r\nSec-WebSocket-Version: 13\r\n"), "{answer}");
}

#[tokio::test]
async fn bad_keys_and_bad_http_are_refused() {
    let key = RFC7118_REQUEST.replace("dGhlIHNhbXBsZSBub25jZQ==", "short");
    assert_refused(&key, HandshakeRefusal::Key, "HTTP/1.1 400 Bad Request\r\n").await;
    let post = RFC7118_REQUEST.replace("GET", "POST");
    assert_refused(&post, HandshakeRefusal::NotHttp, "HTTP/1.1 400 Bad Request\r\n").await;
    let sip = "OPTIONS sip:example.com SIP/2.0\r\n\r\n";
    assert_refused(sip, HandshakeRefusal::NotHttp, "HTTP/1.1 400 Bad Request\r\n").await;
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    let (mut listener, _) = listen().await;
    let address = listener.local_addr();
    let client = async {
        let mut raw = Raw(TcpStream::connect(address).await.unwrap());
        raw.write(&[b'a'; 17 * 1024]).await;
        raw.head().await
    };
    let (answer, accepted) = tokio::join!(client, listener.accept());
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert!(matches!(accepted, Err(AcceptError::Refused { refusal: HandshakeRefusal::TooBig, .. })));
}

#[tokio::test]
async fn a_slow_client_holds_nobody_up() {
    let (mut listener, url) = listen().await;
    let mut slow = Raw(TcpStream::connect(listener.local_addr()).await.unwrap());
    slow.write(b"GET / HT").await;
    let options = ConnectOptions::default();
    let (client, server) = tokio::join!(connect(&url, &options), listener.accept());
    assert_eq!(client.unwrap().local_addr(), server.unwrap().peer_addr());
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_dropped_in_time() {
    let (mut listener, _) =
        listen_with(ListenOptions { timeout: Duration::from_secs(3), ..ListenOptions::default() }).await;
    let silent = TcpStream::connect(listener.local_addr()).await.unwrap();
    let error = listener.accept().await.unwrap_err();
    assert_eq!(error, AcceptError::Timeout { peer: silent.local_addr().unwrap() });
    Raw(silent).expect_end().await;
}

#[tokio::test]
async fn frames_right_behind_the_handshake_are_kept() {
    let (mut listener, _) = listen().await;
    let mut raw = Raw(TcpStream::connect(listener.local_addr()).await.unwrap());
    let frame = [&[0x81, 0x84, 0, 0, 0, 0][..], b"\r\n\r\n"].concat();
    raw.write(&[RFC7118_REQUEST.as_bytes(), &frame].concat()).await;
    let mut server = listener.accept().await.unwrap();
    raw.expect(RFC7118_ANSWER.as_bytes()).await;
    let pong = raw.expect_frame(crate::support::TEXT, b"\r\n");
    tokio::select! {
        () = pong => {}
        item = futures::StreamExt::next(&mut server) => panic!("{item:?}"),
    }
}

#[tokio::test]
async fn an_address_in_use_cannot_be_bound() {
    let (listener, _) = listen().await;
    let taken = WsListener::bind(listener.local_addr(), ListenOptions::default()).await;
    assert!(matches!(taken, Err(BindError::Listen { kind: std::io::ErrorKind::AddrInUse })));
}
