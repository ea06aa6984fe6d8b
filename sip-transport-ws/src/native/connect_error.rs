//! Why a connection could not be opened, step by step.

use super::fingerprint::Fingerprint;
use super::tls_failure::TlsFailure;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

/// Why [`connect`](super::connect()) failed; the variant is the step that failed.
///
/// RFC 7118 §4.1: for a transaction that waited for the connection this is a transport error (RFC 3261 §8.1.3.1).
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The host name has no address.
    #[error("cannot resolve {host}: {kind}")]
    Resolve {
        /// The host of the server address.
        host: String,
        /// What the resolver says.
        kind: ErrorKind,
    },
    /// No address of the host accepts a TCP connection; this is the last one tried.
    #[error("cannot connect to {address}: {kind}")]
    Tcp {
        /// The address that was tried.
        address: SocketAddr,
        /// What the operating system says.
        kind: ErrorKind,
    },
    /// The HTTP proxy on the way opens no connection to the server.
    #[error("no way through the proxy {host}: {failure}")]
    Proxy {
        /// The host of the proxy.
        host: String,
        /// What it answers.
        failure: ProxyFailure,
    },
    /// TCP is up, TLS is not.
    #[error("no TLS with {host}: {failure}{}", shown(.found.as_ref()))]
    Tls {
        /// The host of the server address, which the certificate must name.
        host: String,
        /// The check that failed.
        failure: TlsFailure,
        /// The fingerprint of the certificate that the server showed, where that is what failed.
        found: Option<Fingerprint>,
    },
    /// The server answered the handshake with an HTTP status other than 101.
    #[error("the server refused the WebSocket handshake with HTTP status {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The server's answer to the handshake is no valid one.
    #[error("the WebSocket handshake failed: {0}")]
    Handshake(HandshakeFailure),
    /// The server agreed on another sub-protocol, or on none although
    /// [`require_subprotocol`](super::ConnectOptions::require_subprotocol) is set.
    #[error("the server did not agree on the sub-protocol \"sip\"")]
    Subprotocol {
        /// The sub-protocol that it named.
        named: Option<String>,
    },
    /// The time was over.
    #[error("no connection in time, at step {step}")]
    Timeout {
        /// What was going on.
        step: ConnectStep,
    },
}

/// The steps of opening a connection.
#[expect(clippy::exhaustive_enums, reason = "there are five steps")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConnectStep {
    /// Looking up the host.
    Resolve,
    /// Opening TCP.
    Tcp,
    /// Asking the HTTP proxy for a way to the server.
    Proxy,
    /// Opening TLS.
    Tls,
    /// The WebSocket handshake (RFC 7118 §4.1).
    Handshake,
}

fn shown(found: Option<&Fingerprint>) -> String {
    found.map(|found| format!("; the server showed the certificate {found}")).unwrap_or_default()
}

impl fmt::Display for ConnectStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolve => "resolve",
            Self::Tcp => "TCP",
            Self::Proxy => "proxy",
            Self::Tls => "TLS",
            Self::Handshake => "WebSocket handshake",
        })
    }
}

/// What is wrong with the server's answer to the handshake (RFC 6455 §4.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeFailure {
    /// The server closed the connection instead of answering.
    #[error("the server closed the connection")]
    Closed,
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(ErrorKind),
    /// The answer is not HTTP/1.1.
    #[error("the answer is not HTTP/1.1")]
    NotHttp,
    /// The answer has more header bytes than any handshake needs.
    #[error("the answer is too big")]
    TooBig,
    /// The 101 lacks `Upgrade: websocket` or `Connection: Upgrade`.
    #[error("the answer does not upgrade to WebSocket")]
    NotUpgraded,
    /// `Sec-WebSocket-Accept` does not match the key.
    #[error("Sec-WebSocket-Accept does not match")]
    WrongAccept,
}

impl From<io::Error> for HandshakeFailure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof => Self::Closed,
            kind => Self::Broken(kind),
        }
    }
}

/// Why an HTTP proxy lets nothing through (RFC 9110 §9.3.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyFailure {
    /// It answered with an HTTP status other than 2xx; 407 when it wants credentials.
    #[error("it answers with HTTP status {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// It did not answer as an HTTP proxy does.
    #[error("{0}")]
    Handshake(HandshakeFailure),
}
