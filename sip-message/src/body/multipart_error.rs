//! Why a body cannot be taken apart (RFC 2046 §5.1).

use crate::{ParseMessageError, StatusCode};
use thiserror::Error;

/// Why a body cannot be taken apart: the sender's fault. The message around it is untouched and usable (RFC 2046 §5.1).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MultipartError {
    /// The media type is not `multipart`.
    #[error("the body is not multipart")]
    NotMultipart,
    /// The media type has no parameter `boundary`, or an empty one (RFC 2046 §5.1.1).
    #[error("multipart without a boundary")]
    NoBoundary,
    /// No line of the body is a delimiter.
    #[error("no line of the body is the boundary")]
    NoDelimiter,
    /// More parts than [`Limits::body_parts`](crate::Limits::body_parts).
    #[error("more than {limit} body parts")]
    TooManyParts {
        /// The limit that was exceeded.
        limit: usize,
    },
    /// The header section of a part exceeds a limit.
    #[error("body part {index}: {error}")]
    Part {
        /// Which part, from 0.
        index: usize,
        /// What is wrong with it.
        error: ParseMessageError,
    },
}

impl MultipartError {
    /// The status that a request with such a body is owed (RFC 3261 §21.4.1, §21.4.11, §21.4.13).
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::NotMultipart => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NoBoundary | Self::NoDelimiter => StatusCode::BAD_REQUEST,
            Self::TooManyParts { .. } => StatusCode::REQUEST_ENTITY_TOO_LARGE,
            Self::Part { error, .. } => error.status(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_status() {
        assert_eq!(MultipartError::NotMultipart.status().code(), 415);
        assert_eq!(MultipartError::NoBoundary.status().code(), 400);
        assert_eq!(MultipartError::TooManyParts { limit: 1 }.status().code(), 413);
        let part = MultipartError::Part { index: 3, error: ParseMessageError::Empty };
        assert_eq!(part.status().code(), 400);
        assert!(part.to_string().starts_with("body part 3: "));
    }
}
