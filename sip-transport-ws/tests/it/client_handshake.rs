//! RFC 7118 §4.1 and RFC 6455 §4.1, client side: each failure is told by the step that failed.

use crate::support::{listen, next, options, raw_server};
use sip_transport_ws::ServerUrl;
use sip_transport_ws::native::{ConnectError, ConnectOptions, ConnectStep, HandshakeFailure, connect};
use std::io::ErrorKind;
use tokio::net::TcpListener;

const ANSWER: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\
    Connection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: sip\r\n\r\n";

async fn failure(answer: &str) -> ConnectError {
    raw_server(answer, &ConnectOptions::default()).await.1.unwrap_err()
}

#[tokio::test]
async fn ac31_the_request_is_that_of_rfc7118_section_4_1() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let url: ServerUrl = format!("ws://{address}/sip?a=b").parse().unwrap();
    let server = async { crate::support::Raw(listener.accept().await.unwrap().0).head().await };
    let options = ConnectOptions::default();
    let (head, _) = tokio::join!(server, connect(&url, &options));
    let lines: Vec<&str> = head.lines().filter(|line| !line.starts_with("Sec-WebSocket-Key: ")).collect();
    let host = format!("Host: {address}");
    assert_eq!(
        lines,
        [
            "GET /sip?a=b HTTP/1.1",
            &host,
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Protocol: sip",
            "Sec-WebSocket-Version: 13",
            ""
        ]
    );
}

#[tokio::test]
async fn an_answer_and_the_frame_right_behind_it_are_taken() {
    let frame = String::from_utf8([&[0x01, 0x05][..], b"OPTIO"].concat()).unwrap();
    let (mut raw, client) = raw_server(&format!("{ANSWER}{frame}"), &ConnectOptions::default()).await;
    let mut client = client.unwrap();
    assert!(client.is_subprotocol_agreed());
    let rest = &options()[5..];
    raw.write(&[&[0x80, 126, 0, u8::try_from(rest.len()).unwrap()], rest].concat()).await;
    assert_eq!(next(&mut client).await, options());
}

#[tokio::test]
async fn ac31_a_server_that_names_no_subprotocol_is_tolerated_and_shown() {
    let answer = ANSWER.replace("Sec-WebSocket-Protocol: sip\r\n", "");
    let (_raw, client) = raw_server(&answer, &ConnectOptions::default()).await;
    assert!(!client.unwrap().is_subprotocol_agreed());
    let strict = ConnectOptions { require_subprotocol: true, ..ConnectOptions::default() };
    let (_raw, client) = raw_server(&answer, &strict).await;
    assert_eq!(client.unwrap_err(), ConnectError::Subprotocol { named: None });
}

// rfc7118#4.1/2, type=test
#[tokio::test]
async fn a_server_that_names_another_subprotocol_is_refused() {
    let error = failure(&ANSWER.replace("Protocol: sip", "Protocol: xmpp")).await;
    assert_eq!(error, ConnectError::Subprotocol { named: Some("xmpp".to_owned()) });
}

#[tokio::test]
async fn the_http_status_of_a_refusal_is_told() {
    let error = failure("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(error, ConnectError::Refused { status: 403 });
    assert_eq!(error.to_string(), "the server refused the WebSocket handshake with HTTP status 403");
}

#[tokio::test]
async fn invalid_answers_are_told_apart() {
    let handshake = |failure| ConnectError::Handshake(failure);
    let wrong_key = ANSWER.replace("{accept}", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_eq!(failure(&wrong_key).await, handshake(HandshakeFailure::WrongAccept));
    let no_upgrade = ANSWER.replace("Upgrade: WebSocket\r\n", "");
    assert_eq!(failure(&no_upgrade).await, handshake(HandshakeFailure::NotUpgraded));
    assert_eq!(failure("SIP/2.0 200 OK\r\n\r\n").await, handshake(HandshakeFailure::NotHttp));
    assert_eq!(failure(&"a".repeat(17 * 1024)).await, handshake(HandshakeFailure::TooBig));
    assert_eq!(failure("").await, handshake(HandshakeFailure::Closed));
}

#[tokio::test]
async fn a_refused_connection_names_the_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url: ServerUrl = format!("ws://{address}").parse().unwrap();
    let error = connect(&url, &ConnectOptions::default()).await.unwrap_err();
    assert_eq!(error, ConnectError::Tcp { address, kind: ErrorKind::ConnectionRefused });
}

#[tokio::test]
async fn a_host_without_address_is_told() {
    let url: ServerUrl = "ws://sip-ws.invalid".parse().unwrap();
    let error = connect(&url, &ConnectOptions::default()).await.unwrap_err();
    assert!(matches!(error, ConnectError::Resolve { ref host, .. } if host == "sip-ws.invalid"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn ac2_a_silent_server_is_given_up_in_ten_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: ServerUrl = format!("ws://{}", listener.local_addr().unwrap()).parse().unwrap();
    let start = tokio::time::Instant::now();
    let error = connect(&url, &ConnectOptions::default()).await.unwrap_err();
    assert_eq!(error, ConnectError::Timeout { step: ConnectStep::Handshake });
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn the_next_address_of_a_host_is_tried() {
    // "localhost" is ::1 as well as 127.0.0.1 on most machines, and the listener is on the latter only
    let (mut listener, url) = listen().await;
    let options = ConnectOptions::default();
    let (client, server) = tokio::join!(connect(&url, &options), listener.accept());
    assert_eq!(client.unwrap().local_addr(), server.unwrap().peer_addr());
}

#[cfg(not(feature = "tls"))]
#[tokio::test]
async fn without_the_feature_wss_says_so() {
    use sip_transport_ws::native::TlsFailure;
    let (_listener, url) = listen().await;
    let url: ServerUrl = url.to_string().replace("ws://", "wss://").parse().unwrap();
    let error = connect(&url, &ConnectOptions::default()).await.unwrap_err();
    assert_eq!(
        error,
        ConnectError::Tls { host: "localhost".to_owned(), failure: TlsFailure::NotBuilt, found: None }
    );
}
