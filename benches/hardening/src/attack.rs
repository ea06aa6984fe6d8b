//! The attacks: what they do, until their time is over (RFC 6455 §10.4, RFC 7118 §10.2).

use crate::raw::{GOES_ON, HANDSHAKE, Raw, TEXT, TEXT_BEGINS, frame, frame_head};
use crate::witness::OPTIONS;
use sip_clock::TokenSource;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until, timeout_at};

/// One way to be a burden.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attack {
    /// None, to compare with.
    None,
    /// Connections that send nothing, not even a handshake.
    HalfOpen,
    /// Connections that send their handshake one byte at a time.
    SlowHandshakes,
    /// Handshakes as fast as they go, each connection closed at once.
    HandshakeFlood,
    /// Connections that are silent after the handshake.
    SilentConnections,
    /// Frames that declare 64 KiB and come one byte at a time.
    SlowFrames,
    /// Frames that declare an exbibyte, and fragments that never end.
    OversizedFrames,
    /// Frames that break RFC 6455, and messages that are none: random bytes, the vectors of the parser, bits flipped.
    MalformedFrames,
}

/// How much of it.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Connections, where they stand open: those of [`Attack::HalfOpen`] and [`Attack::SilentConnections`].
    pub standing: usize,
    /// Connections that are busy at a time.
    pub busy: usize,
}

impl Attack {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 8] = [
        Self::None,
        Self::HalfOpen,
        Self::SlowHandshakes,
        Self::HandshakeFlood,
        Self::SilentConnections,
        Self::SlowFrames,
        Self::OversizedFrames,
        Self::MalformedFrames,
    ];

    /// What the table calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "no attack",
            Self::HalfOpen => "half-open: TCP and nothing more",
            Self::SlowHandshakes => "slow-loris handshakes",
            Self::HandshakeFlood => "handshake flood",
            Self::SilentConnections => "silent after the handshake",
            Self::SlowFrames => "slow-loris frames",
            Self::OversizedFrames => "oversized frames",
            Self::MalformedFrames => "malformed frames",
        }
    }

    /// How many connections are open at a time.
    #[must_use]
    pub const fn connections(self, scale: Scale) -> usize {
        match self {
            Self::None => 0,
            Self::HalfOpen | Self::SilentConnections => scale.standing,
            Self::SlowHandshakes | Self::SlowFrames => scale.busy,
            Self::HandshakeFlood | Self::OversizedFrames | Self::MalformedFrames => FAST,
        }
    }

    /// Attacks until `end`; returns how many connections were opened.
    pub async fn run(self, server: SocketAddr, scale: Scale, end: Instant) -> usize {
        if self == Self::SilentConnections {
            return stand(server, scale.standing, end).await;
        }
        let mut attackers = JoinSet::new();
        for number in 0..self.connections(scale) {
            attackers.spawn(async move {
                let mut opened = 0;
                let attacking = self.attack(server, number, &mut opened);
                let _ = timeout_at(end.into(), attacking).await;
                opened
            });
            if number % 100 == 99 {
                sleep(Duration::from_millis(1)).await;
            }
        }
        sleep_until(end.into()).await;
        attackers.join_all().await.into_iter().sum()
    }

    /// One attacker, who begins again when the server ends its connection.
    async fn attack(self, server: SocketAddr, number: usize, opened: &mut usize) {
        let mut tokens = TokenSource::from_seed(number as u64);
        loop {
            let shakes = !matches!(self, Self::None | Self::HalfOpen | Self::SlowHandshakes);
            let connected = match shakes {
                true => Raw::shake_hands(server, number).await,
                false => Raw::connect(server, number).await,
            };
            match connected {
                Ok(mut raw) => {
                    *opened += 1;
                    self.burden(&mut raw, &mut tokens).await;
                }
                Err(_refused) => sleep(Duration::from_millis(10)).await,
            }
        }
    }

    /// What one connection does.
    async fn burden(self, raw: &mut Raw, tokens: &mut TokenSource) {
        match self {
            Self::None | Self::HandshakeFlood => {}
            Self::HalfOpen | Self::SilentConnections => raw.closed().await,
            Self::SlowHandshakes => trickle(raw, HANDSHAKE.as_bytes()).await,
            Self::SlowFrames => {
                let mut message = frame_head(TEXT, MESSAGE_LIMIT);
                message.resize(message.len() + usize::try_from(MESSAGE_LIMIT).unwrap_or_default(), b'x');
                trickle(raw, &message).await;
            }
            Self::OversizedFrames => oversize(raw, tokens).await,
            Self::MalformedFrames => malform(raw, tokens).await,
        }
    }
}

/// Opens so many connections, a few at a time, and keeps them until `end`; returns how many there are.
async fn stand(server: SocketAddr, count: usize, end: Instant) -> usize {
    let mut openers = JoinSet::new();
    for opener in 0..OPENERS {
        openers.spawn(async move {
            let mut standing = Vec::new();
            let opening = async {
                for number in (opener..count).step_by(OPENERS) {
                    standing.extend(Raw::shake_hands(server, number).await);
                }
            };
            let _ = timeout_at(end.into(), opening).await;
            sleep_until(end.into()).await;
            standing.len()
        });
    }
    openers.join_all().await.into_iter().sum()
}

/// One byte after the other, until the server has enough of it.
async fn trickle(raw: &mut Raw, bytes: &[u8]) {
    for byte in bytes {
        if raw.write(&[*byte]).await.is_err() {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// A frame of an exbibyte, or fragments without end; the server closes either.
async fn oversize(raw: &mut Raw, tokens: &mut TokenSource) {
    if tokens.below(2) == 0 {
        if raw.write(&frame_head(TEXT, 1 << 60)).await.is_ok() {
            let _ = raw.write(&[b'x'; 4096]).await;
        }
        return raw.closed().await;
    }
    let (first, more) = (frame(TEXT_BEGINS, &[b'x'; 4096]), frame(GOES_ON, &[b'x'; 4096]));
    let mut next = first;
    while raw.write(&next).await.is_ok() {
        next.clone_from(&more);
    }
}

/// A hundred messages that are none, then a frame that breaks the protocol.
async fn malform(raw: &mut Raw, tokens: &mut TokenSource) {
    let vectors = vectors();
    for _ in 0..100 {
        let mut payload = match vectors.get(pick(tokens, vectors.len().max(1))) {
            Some(vector) if tokens.below(4) > 0 => vector.clone(),
            Some(_) | None => OPTIONS.as_bytes().to_vec(),
        };
        for _ in 0..tokens.below(8) {
            let at = pick(tokens, payload.len().max(1));
            if let Some(byte) = payload.get_mut(at) {
                *byte ^= 1 << tokens.below(8);
            }
        }
        // binary, so that the bytes need not be UTF-8
        if raw.write(&frame(0x82, &payload)).await.is_err() {
            return;
        }
    }
    let broken: [&[u8]; 5] = [
        // reserved bits, a reserved opcode, a frame without mask, a fragmented ping, text that is not UTF-8
        &[0xF1, 0x80, 0, 0, 0, 0],
        &[0x83, 0x80, 0, 0, 0, 0],
        &[0x81, 0x02, b'h', b'i'],
        &[0x09, 0x80, 0, 0, 0, 0],
        &[0x81, 0x82, 0, 0, 0, 0, 0xC3, 0x28],
    ];
    if let Some(frame) = broken.get(pick(tokens, broken.len()))
        && raw.write(frame).await.is_ok()
    {
        raw.closed().await;
    }
}

fn pick(tokens: &mut TokenSource, count: usize) -> usize {
    usize::try_from(tokens.below(count as u64)).unwrap_or_default()
}

/// The torture messages of RFC 4475, which the parser is tested with; none where they are not at hand.
fn vectors() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sip-message/tests/vectors/rfc4475");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| fs::read(entry.path()).ok()).collect()
}

/// Who open connections that then stand, one after the other.
const OPENERS: usize = 32;

/// Attackers at a time where each is as fast as it can.
const FAST: usize = 8;

/// What a message may measure by default.
const MESSAGE_LIMIT: u64 = 64 * 1024;
