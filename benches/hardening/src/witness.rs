//! The client that behaves: is it served all along, and how fast?

use futures::{SinkExt, StreamExt};
use sip_message::Message;
use sip_transport_ws::ServerUrl;
use sip_transport_ws::native::{ConnectOptions, WsConnection, connect};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// What happened to it.
#[derive(Clone, Debug, Default)]
pub struct Testimony {
    /// How long each request on the one standing connection took to be answered.
    pub answers: Vec<Duration>,
    /// Requests on it that were not answered in two seconds.
    pub unanswered: usize,
    /// How long each new connection took, its first request and the answer to that included.
    pub openings: Vec<Duration>,
    /// New connections that came to nothing.
    pub refused: usize,
}

/// Asks on one connection every 2 ms and opens another one every 20 ms, until `end`.
pub async fn watch(server: SocketAddr, end: Instant) -> Testimony {
    let (standing, opening) = tokio::join!(stand(server, end), open(server, end));
    Testimony { openings: opening.openings, refused: opening.refused, ..standing }
}

async fn stand(server: SocketAddr, end: Instant) -> Testimony {
    let mut testimony = Testimony::default();
    let mut connection = None;
    while Instant::now() < end {
        let begun = Instant::now();
        match asked(&mut connection, server).await {
            true => testimony.answers.push(begun.elapsed()),
            false => {
                testimony.unanswered += 1;
                connection = None;
            }
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    testimony
}

async fn open(server: SocketAddr, end: Instant) -> Testimony {
    let mut testimony = Testimony::default();
    while Instant::now() < end {
        let begun = Instant::now();
        match asked(&mut None, server).await {
            true => testimony.openings.push(begun.elapsed()),
            false => testimony.refused += 1,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    testimony
}

/// Whether a request is answered in time, on this connection or a new one.
async fn asked(connection: &mut Option<WsConnection>, server: SocketAddr) -> bool {
    let asking = async {
        if connection.is_none() {
            let url: ServerUrl = format!("ws://{server}").parse().ok()?;
            *connection = Some(connect(&url, &ConnectOptions::default()).await.ok()?);
        }
        let connection = connection.as_mut()?;
        connection.send(Message::parse(OPTIONS.into()).ok()?).await.ok()?;
        connection.next().await?.ok()
    };
    tokio::time::timeout(Duration::from_secs(2), asking).await.is_ok_and(|answer| answer.is_some())
}

/// The time that so many per cent of these took at most, in microseconds.
#[must_use]
pub fn percentile(times: &[Duration], per_cent: usize) -> Option<u64> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().checked_sub(1)?;
    let at = sorted.get((last * per_cent).div_ceil(100))?;
    u64::try_from(at.as_micros()).ok()
}

/// What the witness asks, and attackers begin with.
pub const OPTIONS: &str = "OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\n\
    Max-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=1\r\nTo: <sip:example.com>\r\nCall-ID: 1\r\n\
    CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let times: Vec<_> = (1..=100).rev().map(Duration::from_micros).collect();
        assert_eq!([50, 99, 100].map(|at| percentile(&times, at)), [Some(51), Some(100), Some(100)]);
        assert_eq!(percentile(&times[..1], 99), Some(100));
        assert_eq!(percentile(&[], 99), None);
    }
}
