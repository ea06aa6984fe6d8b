//! The relay with its faults, in front of a server that sends back what it gets.

use sip_testbed::{Relay, RelayCut, RelayFault};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

#[expect(clippy::disallowed_methods, reason = "a server beside the test")]
async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::task::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::task::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = copy(&mut from, &mut to).await;
            });
        }
    });
    address
}

async fn connected() -> (Relay, TcpStream) {
    let relay = Relay::start(echo().await).await.unwrap();
    let mut client = TcpStream::connect(relay.local_addr()).await.unwrap();
    exchange(&mut client).await;
    (relay, client)
}

async fn exchange(client: &mut TcpStream) {
    client.write_all(b"hello").await.unwrap();
    expect(client).await;
}

async fn expect(client: &mut TcpStream) {
    let mut back = [0; 5];
    client.read_exact(&mut back).await.unwrap();
    assert_eq!(&back, b"hello");
}

/// Nothing comes, and nothing ends.
async fn assert_silent(client: &mut TcpStream) {
    let waited = timeout(Duration::from_millis(100), client.read(&mut [0])).await;
    assert!(waited.is_err(), "{waited:?}");
}

#[tokio::test]
async fn what_passes_a_black_hole_comes_late_and_whole() {
    for fault in [RelayFault::BlackHole, RelayFault::DeafClient, RelayFault::DeafServer] {
        let (relay, mut client) = connected().await;
        relay.set(fault);
        client.write_all(b"hello").await.unwrap();
        assert_silent(&mut client).await;
        relay.set(RelayFault::None);
        expect(&mut client).await;
    }
}

#[tokio::test]
async fn connections_end_as_they_are_cut() {
    let (relay, mut client) = connected().await;
    assert_eq!(relay.connections(), 1);
    relay.cut(RelayCut::Clean);
    assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
    let mut client = TcpStream::connect(relay.local_addr()).await.unwrap();
    exchange(&mut client).await;
    relay.cut(RelayCut::Reset);
    assert_eq!(client.read(&mut [0]).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    let mut client = TcpStream::connect(relay.local_addr()).await.unwrap();
    exchange(&mut client).await;
}

#[tokio::test]
async fn new_connections_are_refused_and_the_old_one_stays() {
    let (relay, mut client) = connected().await;
    relay.set(RelayFault::Refuse);
    let mut refused = TcpStream::connect(relay.local_addr()).await.unwrap();
    assert_eq!(refused.read(&mut [0]).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    exchange(&mut client).await;
}

#[tokio::test]
async fn a_server_that_is_not_there_resets() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let relay = Relay::start(gone).await.unwrap();
    let mut client = TcpStream::connect(relay.local_addr()).await.unwrap();
    assert_eq!(client.read(&mut [0]).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test(start_paused = true)]
async fn a_slow_relay_holds_each_piece_back() {
    let (relay, mut client) = connected().await;
    relay.set(RelayFault::Slow(Duration::from_secs(30)));
    let begun = tokio::time::Instant::now();
    exchange(&mut client).await;
    assert!(begun.elapsed() >= Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn the_end_of_one_side_reaches_the_other() {
    let (_relay, mut client) = connected().await;
    client.shutdown().await.unwrap();
    assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_relay_that_is_dropped_takes_its_connections_along() {
    let (relay, mut client) = connected().await;
    drop(relay);
    assert_eq!(client.read(&mut [0]).await.unwrap_or(0), 0);
}
