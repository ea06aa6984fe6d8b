//! Whom a server lets in: RFC 6455 §10.2, RFC 7118 §7, and what many half-open handshakes cost.

use crate::support::{RFC7118_ANSWER, RFC7118_REQUEST, Raw, listen_with};
use sip_transport_ws::native::{
    AcceptError, Admission, ConnectError, ConnectOptions, HandshakeHeaders, HandshakeRefusal, ListenOptions,
    WsListener, connect,
};
use tokio::net::TcpStream;

async fn admitting(admission: Admission) -> (WsListener, sip_transport_ws::ServerUrl) {
    listen_with(ListenOptions { admission, ..ListenOptions::default() }).await
}

/// The HTTP answer to a raw request.
async fn answer(admission: Admission, request: &str) -> String {
    let (mut listener, _) = admitting(admission).await;
    let mut raw = Raw(TcpStream::connect(listener.local_addr()).await.unwrap());
    raw.write(request.as_bytes()).await;
    let (head, _accepted) = tokio::join!(raw.head(), listener.accept());
    head
}

fn with_headers(headers: HandshakeHeaders) -> ConnectOptions {
    ConnectOptions { headers, ..ConnectOptions::default() }
}

#[tokio::test]
async fn pages_of_other_origins_are_refused_with_403() {
    let admission = Admission::default().with_origins(["HTTPS://www.example.com"]);
    assert_eq!(answer(admission.clone(), RFC7118_REQUEST).await, RFC7118_ANSWER);
    let other = RFC7118_REQUEST.replace("www.example.com", "evil.example");
    let refused = answer(admission.clone(), &other).await;
    assert!(refused.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{refused}");
    // a program without a page
    let program = RFC7118_REQUEST.replace("Origin: https://www.example.com\r\n", "");
    assert_eq!(answer(admission, &program).await, RFC7118_ANSWER);
}

#[tokio::test]
async fn a_cookie_and_credentials_of_the_client_reach_the_check() {
    let admission = Admission::default().with_check(|request| {
        let seen =
            (request.path(), request.query(), request.header("cookie"), request.header("AUTHORIZATION"));
        match seen {
            ("/chat", Some("a=b"), Some("session=42"), Some("Basic YWxpY2U6c2VjcmV0")) => Ok(()),
            _ => Err(HandshakeRefusal::Unauthorized),
        }
    });
    let (mut listener, url) = admitting(admission).await;
    let url = format!("{url}chat?a=b").parse().unwrap();
    let headers = HandshakeHeaders::default().with("Cookie", "session=42").unwrap();
    let options = with_headers(headers.with_basic("alice", "secret").unwrap());
    let (client, server) = tokio::join!(connect(&url, &options), listener.accept());
    assert!(client.is_ok() && server.is_ok(), "{client:?} {server:?}");

    let bare = ConnectOptions::default();
    let (client, server) = tokio::join!(connect(&url, &bare), listener.accept());
    assert_eq!(client.unwrap_err(), ConnectError::Refused { status: 401 });
    let refused = matches!(server, Err(AcceptError::Refused { refusal: HandshakeRefusal::Unauthorized, .. }));
    assert!(refused, "{server:?}");
}

#[tokio::test]
async fn a_401_says_what_is_wanted() {
    let refuse = |refusal| Admission::default().with_check(move |_| Err(refusal));
    let refused = answer(refuse(HandshakeRefusal::Unauthorized), RFC7118_REQUEST).await;
    assert!(refused.contains("\r\nWWW-Authenticate: Basic realm=\"sip\"\r\n"), "{refused}");
    let bearer = refuse(HandshakeRefusal::Unauthorized).with_challenge("Bearer realm=\"x\"\r\nEvil: 1");
    let refused = answer(bearer, RFC7118_REQUEST).await;
    assert!(refused.contains("\r\nWWW-Authenticate: Bearer realm=\"x\"Evil: 1\r\n"), "{refused}");
    let lost = answer(refuse(HandshakeRefusal::NotFound), RFC7118_REQUEST).await;
    assert!(lost.starts_with("HTTP/1.1 404 Not Found\r\n"), "{lost}");
}

/// Clients that never finish their handshake keep nobody out, and no more of them are kept than allowed.
#[tokio::test]
async fn half_open_handshakes_keep_nobody_out() {
    let (mut listener, url) = listen_with(ListenOptions { handshakes: 8, ..ListenOptions::default() }).await;
    let address = listener.local_addr();
    let mut given_up = Vec::new();
    let crowd = async {
        let mut silent = Vec::new();
        for _ in 0..200 {
            let mut raw = Raw(TcpStream::connect(address).await.unwrap());
            raw.write(b"GET / HTTP/1.1\r\n").await;
            silent.push(raw);
        }
        let client = connect(&url, &ConnectOptions::default()).await.unwrap();
        (silent, client)
    };
    let accepted = async {
        loop {
            match listener.accept().await {
                Ok(connection) => return connection,
                Err(AcceptError::Crowded { peer }) => given_up.push(peer),
                Err(other) => panic!("{other}"),
            }
        }
    };
    let ((silent, client), server) = tokio::join!(crowd, accepted);
    assert_eq!(client.local_addr(), server.peer_addr());
    assert!(given_up.len() >= 200 - 8, "{}", given_up.len());
    let newest = silent.last().unwrap().0.local_addr().unwrap();
    assert!(!given_up.contains(&newest), "the oldest are given up");
}
