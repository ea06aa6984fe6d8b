//! What goes wrong on an open connection, whoever opened it.

use bytes::Bytes;
use sip_message::ParseMessageError;
use std::io::ErrorKind;

/// What was received instead of a message. [`Malformed`](Self::Malformed) and [`Idle`](Self::Idle) leave the stream
/// going.
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
    /// The peer has been silent, and the keep-alive ([`KeepAliveMode::Options`](crate::KeepAliveMode::Options), or what a
    /// page falls back to) wants a request sent that it has to answer, such as OPTIONS. If nothing comes in time the
    /// stream ends with [`Silent`](Self::Silent).
    #[error("nothing was received for a while")]
    Idle,
    /// The peer answered no keep-alive in time.
    #[error("the peer answers no keep-alive")]
    Silent,
    /// Messages came faster than they were taken; a browser cannot be told to wait, so the connection was closed.
    #[error("more than {limit} messages wait to be taken")]
    Overrun {
        /// How many may wait.
        limit: usize,
    },
    /// The connection broke without a close frame.
    #[error("the connection is lost: {kind}")]
    Lost {
        /// What the operating system says; `UnexpectedEof` when the peer just closed TCP, or in a browser, which tells
        /// no more.
        kind: ErrorKind,
    },
}

impl ReceiveError {
    /// Whether the stream ended with this error.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        !matches!(self, Self::Malformed { .. } | Self::Idle)
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
