//! Message bodies with their type, RFC 3261 §7.4.

use bytes::Bytes;
use sip_message::{ContentType, Headers};

/// A body and what it is: the session carries it and never looks inside.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair of two values, closed by RFC 3261 section 7.4")]
pub struct Body {
    /// The media type of `bytes`.
    pub content_type: ContentType,
    /// The body as sent, never empty when received.
    pub bytes: Bytes,
}

impl Body {
    /// A body of type `application/sdp`.
    pub fn sdp(bytes: impl Into<Bytes>) -> Self {
        Self { content_type: ContentType::sdp(), bytes: bytes.into() }
    }

    /// A body of type `text/plain`.
    pub fn text(bytes: impl Into<Bytes>) -> Self {
        Self { content_type: ContentType::text_plain(), bytes: bytes.into() }
    }

    /// The body of a received message; one that names no readable type counts as `otherwise`.
    pub(crate) fn received(headers: &Headers, bytes: &Bytes, otherwise: fn() -> ContentType) -> Option<Self> {
        if bytes.is_empty() {
            return None;
        }
        let content_type = headers.typed().ok().flatten().unwrap_or_else(otherwise);
        Some(Self { content_type, bytes: bytes.clone() })
    }
}
