//! What can be wrong with a message (framing), with a header field (RFC 3261 §20), and with a value handed to us.

use crate::{HeaderName, StatusCode};
use thiserror::Error;

/// Why bytes are no SIP message: the sender's fault, and nothing of it can be used.
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
            Self::Empty | Self::StartLine { .. } | Self::Truncated { .. } => StatusCode::BAD_REQUEST,
            Self::TooLarge { .. } | Self::LineTooLong { .. } | Self::TooManyFields { .. } => {
                StatusCode::MESSAGE_TOO_LARGE
            }
        }
    }
}

/// Why a header field has no typed value. The message around it is untouched and usable.
///
/// A request with such an error in a field that matters is owed a 400 (RFC 3261 §8.2, §21.4.1).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The field is not there.
    #[error("{name} is missing")]
    Missing {
        /// The field asked for.
        name: HeaderName,
    },
    /// A field that may stand once stands more than once, with different values (RFC 3261 §7.3.1).
    #[error("{name} occurs more than once")]
    Repeated {
        /// The field asked for.
        name: HeaderName,
    },
    /// The value does not follow its grammar.
    #[error("malformed {name} at byte {offset} of the value: {rule} expected")]
    Malformed {
        /// The field asked for.
        name: HeaderName,
        /// The ABNF rule that was not met.
        rule: &'static str,
        /// Byte offset into the value of the field.
        offset: usize,
    },
    /// The value is not UTF-8 (RFC 3261 §7.3, §25.1).
    #[error("{name} is not UTF-8 at byte {offset} of the value")]
    NotUtf8 {
        /// The field asked for.
        name: HeaderName,
        /// Byte offset into the value of the field.
        offset: usize,
    },
}

impl HeaderError {
    /// The header field at fault.
    #[must_use]
    pub const fn name(&self) -> &HeaderName {
        match self {
            Self::Missing { name }
            | Self::Repeated { name }
            | Self::Malformed { name, .. }
            | Self::NotUtf8 { name, .. } => name,
        }
    }

    /// The same error with the value standing `base` bytes into its field.
    pub(crate) fn moved(mut self, base: usize) -> Self {
        match &mut self {
            Self::Malformed { offset, .. } | Self::NotUtf8 { offset, .. } => *offset += base,
            Self::Missing { .. } | Self::Repeated { .. } => {}
        }
        self
    }
}

/// Why a value was refused before it could get into a message: the caller's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidValue {
    /// A carriage return, line feed or NUL, which could forge header fields.
    #[error("CR, LF or NUL at byte {offset}")]
    LineBreak {
        /// Byte offset into the value.
        offset: usize,
    },
    /// A character that cannot stand in a token (RFC 3261 §25.1).
    #[error("not a token at byte {offset}")]
    NotToken {
        /// Byte offset into the value.
        offset: usize,
    },
    /// Nothing where something must stand.
    #[error("empty value")]
    Empty,
}

impl InvalidValue {
    /// Refuses what would break the line it stands in.
    pub(crate) fn check_line(text: &str) -> Result<(), Self> {
        match text.bytes().position(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            Some(offset) => Err(Self::LineBreak { offset }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_names_its_field() {
        let name = HeaderName::Via;
        let malformed = HeaderError::Malformed { name: name.clone(), rule: "token", offset: 2 };
        assert_eq!(
            malformed.clone().moved(5).to_string(),
            "malformed Via at byte 7 of the value: token expected"
        );
        for error in [
            HeaderError::Missing { name: name.clone() },
            HeaderError::Repeated { name: name.clone() },
            HeaderError::NotUtf8 { name: name.clone(), offset: 0 },
            malformed,
        ] {
            assert_eq!(error.name(), &name);
        }
    }

    #[test]
    fn what_is_too_large_is_owed_a_513() {
        assert_eq!(ParseMessageError::TooManyFields { limit: 1 }.status().code(), 513);
        assert_eq!(ParseMessageError::Empty.status().code(), 400);
    }
}
