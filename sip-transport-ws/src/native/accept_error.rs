//! Why a listener could not be bound, and why a client was not let in.

use super::tls_failure::TlsFailure;
use std::io::ErrorKind;
use std::net::SocketAddr;

/// Why [`WsListener::bind`](super::WsListener::bind) failed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The address cannot be listened on.
    #[error("cannot listen: {kind}")]
    Listen {
        /// What the operating system says.
        kind: ErrorKind,
    },
    /// The certificate or key cannot be used.
    #[error("cannot serve TLS: {0}")]
    Tls(TlsFailure),
}

/// Why [`WsListener::accept`](super::WsListener::accept) gave no connection this time; the listener goes on.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// The operating system gives no connection, for instance because too many files are open.
    #[error("cannot accept: {kind}")]
    Listener {
        /// What the operating system says.
        kind: ErrorKind,
    },
    /// A client got no TLS connection.
    #[error("no TLS with {peer}: {failure}")]
    Tls {
        /// The address of the client.
        peer: SocketAddr,
        /// The check that failed.
        failure: TlsFailure,
    },
    /// A client's handshake was refused; it got the HTTP status of the refusal.
    #[error("refused the handshake of {peer}: {refusal}")]
    Refused {
        /// The address of the client.
        peer: SocketAddr,
        /// What was wrong.
        refusal: HandshakeRefusal,
    },
    /// A client's connection ended before its handshake did.
    #[error("the connection of {peer} broke: {kind}")]
    Broken {
        /// The address of the client.
        peer: SocketAddr,
        /// What the operating system says.
        kind: ErrorKind,
    },
    /// A client's handshake was given up for that of a newer client, because too many were going on.
    #[error("too many handshakes at a time: gave up that of {peer}")]
    Crowded {
        /// The address of the client.
        peer: SocketAddr,
    },
    /// A client did not finish its handshake in time.
    #[error("no handshake from {peer} in time")]
    Timeout {
        /// The address of the client.
        peer: SocketAddr,
    },
}

/// What is wrong with a client's handshake (RFC 6455 §4.2.1, RFC 7118 §4.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeRefusal {
    /// It is not an HTTP/1.1 GET request.
    #[error("no HTTP/1.1 GET request")]
    NotHttp,
    /// It has more header bytes than any handshake needs.
    #[error("the request is too big")]
    TooBig,
    /// It does not ask for an upgrade to WebSocket.
    #[error("no upgrade to WebSocket asked for")]
    NotWebSocket,
    /// It asks for another version of WebSocket than 13.
    #[error("another version than Sec-WebSocket-Version 13")]
    Version,
    /// `Sec-WebSocket-Key` is missing or malformed.
    #[error("Sec-WebSocket-Key is missing or malformed")]
    Key,
    /// It does not offer the sub-protocol `sip`.
    #[error("the sub-protocol \"sip\" is not offered")]
    Subprotocol,
    /// It comes from a page of an origin that is not let in (RFC 6455 §10.2).
    #[error("the origin is not allowed")]
    Origin,
    /// It has no credentials, or wrong ones (RFC 7118 §7).
    #[error("no valid credentials")]
    Unauthorized,
    /// Its credentials do not allow it, or the server lets nobody in for other reasons.
    #[error("not allowed")]
    Forbidden,
    /// Nothing is served at its path.
    #[error("no such path")]
    NotFound,
}

impl HandshakeRefusal {
    /// The HTTP status that the client gets: 400, 401, 403, 404, 426 or 431 (RFC 9110 §15.5, RFC 6585 §5).
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::NotHttp | Self::Key | Self::Subprotocol => 400,
            // rfc6455#4.4: another version is answered with an Upgrade Required that names ours
            Self::NotWebSocket | Self::Version => 426,
            Self::Unauthorized => 401,
            // rfc6455#10.2: an origin that is not let in gets a 403
            Self::Origin | Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::TooBig => 431,
        }
    }
}
