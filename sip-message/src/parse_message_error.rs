//! Why bytes are no SIP message: framing and start line (RFC 3261 §7).

use crate::{Deviation, StatusCode};
use thiserror::Error;

/// Why bytes are no SIP message: the sender's fault, and nothing of it can be used (RFC 3261 §7, §18.3).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseMessageError {
    /// No byte but line ends: a keep-alive (RFC 5626 §4.4.1), no message.
    #[error("no message, only line ends")]
    Empty,
    /// More bytes than [`Limits::message`](crate::Limits::message).
    #[error("message of {length} bytes, the limit is {limit}")]
    TooLarge {
        /// Bytes received.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The first line is neither a request line nor a status line (RFC 3261 §7.1, §7.2).
    #[error("malformed start line at byte {offset}: {rule} expected")]
    StartLine {
        /// The ABNF rule that was not met.
        rule: &'static str,
        /// Byte offset into the input.
        offset: usize,
    },
    /// A line, with its folds, is longer than [`Limits::line`](crate::Limits::line).
    #[error("line at byte {offset} is longer than {limit} bytes")]
    LineTooLong {
        /// Byte offset of the line in the input.
        offset: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The input ends in the middle of a line: the rest of the message is missing.
    #[error("message breaks off at byte {offset}")]
    Truncated {
        /// The length of the input in bytes.
        offset: usize,
    },
    /// The message deviates from the grammar in a way that the mode does not forgive
    /// ([`Mode::Strict`](crate::Mode::Strict)).
    #[error("refused: {0}")]
    Deviates(Deviation),
    /// More header fields than [`Limits::header_fields`](crate::Limits::header_fields).
    #[error("more than {limit} header fields")]
    TooManyFields {
        /// Fields allowed.
        limit: usize,
    },
}

impl ParseMessageError {
    /// The status owed to the peer where an answer is possible at all: 400, or 513 for what is too large
    /// (RFC 3261 §21.4.1, §21.5.7).
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Deviates(deviation) => deviation.kind.status(),
            Self::Empty | Self::StartLine { .. } | Self::Truncated { .. } => StatusCode::BAD_REQUEST,
            Self::TooLarge { .. } | Self::LineTooLong { .. } | Self::TooManyFields { .. } => {
                StatusCode::MESSAGE_TOO_LARGE
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_owed_a_513() {
        assert_eq!(ParseMessageError::TooManyFields { limit: 1 }.status().code(), 513);
        assert_eq!(ParseMessageError::Empty.status().code(), 400);
    }
}
