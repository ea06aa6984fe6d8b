//! What goes wrong on an open connection.

use bytes::Bytes;
use sip_message::ParseMessageError;
use std::io::ErrorKind;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};

/// What was received instead of a message. Only [`Malformed`](Self::Malformed) leaves the stream going.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The peer sent a frame that is no SIP message; the next one may be.
    #[error("malformed message: {error}")]
    Malformed {
        /// What is wrong with it.
        error: ParseMessageError,
        /// The payload of the frame.
        bytes: Bytes,
    },
    /// The peer sent a message over the limit, told from its declared length; it was told so (code 1009).
    #[error("a message of more than {limit} bytes")]
    TooBig {
        /// The limit in bytes.
        limit: usize,
    },
    /// The peer sent a text frame that is not UTF-8 (RFC 6455 §8.1); it was told so (code 1007).
    #[error("a text frame that is not UTF-8")]
    NotUtf8,
    /// The peer broke the WebSocket protocol; it was told so (code 1002).
    #[error("the peer broke the WebSocket protocol")]
    Protocol,
    /// The peer answered no keep-alive in time.
    #[error("the peer answers no keep-alive")]
    Silent,
    /// The connection broke without a close frame.
    #[error("the connection is lost: {kind}")]
    Lost {
        /// What the operating system says; `UnexpectedEof` when the peer just closed TCP.
        kind: ErrorKind,
    },
}

impl ReceiveError {
    /// Whether the stream ended with this error.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        !matches!(self, Self::Malformed { .. })
    }
}

/// Why a message was not sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The connection was closed, by this side or by the peer.
    #[error("the connection is closed")]
    Closed,
    /// The connection broke.
    #[error("the connection is lost: {kind}")]
    Lost {
        /// What the operating system says.
        kind: ErrorKind,
    },
}

/// Foreign errors: what is neither the network nor a limit is a broken WebSocket protocol.
pub(super) fn receive_error(error: &Error, limit: usize) -> ReceiveError {
    match error {
        Error::Io(error) => ReceiveError::Lost { kind: error.kind() },
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            ReceiveError::Lost { kind: ErrorKind::UnexpectedEof }
        }
        Error::Capacity(CapacityError::MessageTooLong { .. }) => ReceiveError::TooBig { limit },
        Error::Utf8(_) => ReceiveError::NotUtf8,
        _ => ReceiveError::Protocol,
    }
}

/// Foreign errors: what is not the network is a connection that was closed before.
pub(super) fn send_error(error: &Error) -> SendError {
    match error {
        Error::Io(error) => SendError::Lost { kind: error.kind() },
        _ => SendError::Closed,
    }
}
