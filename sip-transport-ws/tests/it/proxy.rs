//! RFC 9110 §9.3.6 as RFC 6455 §4.1 uses it: connections through an HTTP proxy.

use crate::support::{Raw, listen, next, options};
use futures::SinkExt;
use sip_message::Message;
use sip_transport_ws::ServerUrl;
use sip_transport_ws::native::{
    ConnectError, ConnectOptions, ConnectStep, HandshakeFailure, HttpProxy, ProxyFailure, connect,
};
use std::time::Duration;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn through(port: u16) -> ConnectOptions {
    let proxy = HttpProxy::new("127.0.0.1", port).with_basic("alice", "open sesame").unwrap();
    ConnectOptions { proxy: Some(proxy), ..ConnectOptions::default() }
}

/// What the client makes of a proxy that answers this.
async fn answered(answer: &str) -> ConnectError {
    let (listener, port) = listener().await;
    let proxy = async {
        let mut raw = Raw(listener.accept().await.unwrap().0);
        raw.head().await;
        raw.write(answer.as_bytes()).await;
    };
    let url = "ws://sip.example.com".parse().unwrap();
    let options = through(port);
    let ((), client) = tokio::join!(proxy, connect(&url, &options));
    client.unwrap_err()
}

fn failed(failure: ProxyFailure) -> ConnectError {
    ConnectError::Proxy { host: "127.0.0.1".to_owned(), failure }
}

#[tokio::test]
async fn messages_travel_through_a_proxy_that_wants_credentials() {
    let (mut server, url) = listen().await;
    let (listener, port) = listener().await;
    // the proxy resolves the name, which the client cannot
    let named: ServerUrl = format!("ws://sip.invalid:{}/x", server.local_addr().port()).parse().unwrap();
    let target = server.local_addr();
    let proxy = async {
        let mut raw = Raw(listener.accept().await.unwrap().0);
        let head = raw.head().await;
        raw.write(b"HTTP/1.0 200 Connection established\r\nVia: 1.0 squid\r\n\r\n").await;
        let mut onward = TcpStream::connect(target).await.unwrap();
        // ends when either side closes
        let _ = copy_bidirectional(&mut raw.0, &mut onward).await;
        head
    };
    let ends = async {
        let options_through = through(port);
        let (client, accepted) = tokio::join!(connect(&named, &options_through), server.accept());
        let (mut client, mut accepted) = (client.unwrap(), accepted.unwrap());
        assert_eq!(client.peer_addr().port(), port);
        client.send(Message::parse(options()).unwrap()).await.unwrap();
        assert_eq!(next(&mut accepted).await, options());
    };
    let (head, ()) = tokio::join!(proxy, ends);
    let authority = format!("sip.invalid:{}", url.port());
    let expected = format!(
        "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\
         Proxy-Authorization: Basic YWxpY2U6b3BlbiBzZXNhbWU=\r\n\r\n"
    );
    assert_eq!(head, expected);
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_from_the_server() {
    assert_eq!(answered("HTTP/1.1 407 No\r\n\r\n").await, failed(ProxyFailure::Refused { status: 407 }));
    assert_eq!(answered("HTTP/1.1 502 Bad\r\n\r\n").await, failed(ProxyFailure::Refused { status: 502 }));
    let not_http = failed(ProxyFailure::Handshake(HandshakeFailure::NotHttp));
    assert_eq!(answered("SSH-2.0-OpenSSH\r\n\r\n").await, not_http);
    let closed = answered("").await;
    assert_eq!(closed, failed(ProxyFailure::Handshake(HandshakeFailure::Closed)));
    let early = answered("HTTP/1.1 200 OK\r\n\r\nearly").await;
    assert!(matches!(early, ConnectError::Proxy { .. }), "{early}");
    let message = "no way through the proxy 127.0.0.1: it answers with HTTP status 407";
    assert_eq!(failed(ProxyFailure::Refused { status: 407 }).to_string(), message);
}

#[tokio::test(start_paused = true)]
async fn a_silent_proxy_costs_no_more_than_the_time_there_is() {
    let (listener, port) = listener().await;
    let silent = async {
        let stream = listener.accept().await.unwrap().0;
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    };
    let (url, options) = ("ws://sip.example.com".parse().unwrap(), through(port));
    tokio::select! {
        () = silent => panic!("still waiting"),
        client = connect(&url, &options) => {
            assert_eq!(client.unwrap_err(), ConnectError::Timeout { step: ConnectStep::Proxy });
        }
    }
}
