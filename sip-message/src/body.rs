//! Message bodies with their type (RFC 3261 §7.4): of one part, of several (RFC 2046, RFC 5621), and pieces of messages
//! (RFC 3420).
//!
//! Bodies are bytes end to end. A Content-Encoding such as gzip (§20.12) is not undone: the bytes stay as they came, and
//! [`ContentEncoding`](crate::ContentEncoding) says what was done to them. A server that cannot undo it owes a 415.

mod delimiter;
mod handling;
mod multipart;
mod multipart_error;
mod part;
mod sip_frag;
mod transfer_encoding;

pub use multipart::Multipart;
pub use multipart_error::MultipartError;
pub use part::BodyPart;
pub use sip_frag::SipFrag;

use crate::{ContentType, Headers};
use bytes::Bytes;

/// A body and what it is (RFC 3261 §7.4).
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// The media type of `bytes`.
    pub content_type: ContentType,
    /// The body as sent.
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

    /// The body of a received message, `None` when it is empty; one that names no readable type counts as
    /// `otherwise`.
    ///
    /// ```
    /// use sip_message::{Body, ContentType, Message};
    ///
    /// let message = Message::parse("MESSAGE sip:bob@b.example SIP/2.0\r\nContent-Length: 2\r\n\r\nhi".into())?;
    /// let body = Body::received(message.headers(), message.body(), ContentType::text_plain);
    /// assert_eq!(body, Some(Body::text("hi")));
    /// # Ok::<_, sip_message::ParseMessageError>(())
    /// ```
    pub fn received(headers: &Headers, bytes: &Bytes, otherwise: fn() -> ContentType) -> Option<Self> {
        if bytes.is_empty() {
            return None;
        }
        let content_type = headers.typed().ok().flatten().unwrap_or_else(otherwise);
        Some(Self { content_type, bytes: bytes.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Message;

    #[test]
    fn an_unreadable_content_type_counts_as_the_default() {
        let text = "MESSAGE sip:bob@b.example SIP/2.0\r\nContent-Type: ;;\r\n\r\nhi";
        let message = Message::parse(text.into()).unwrap();
        let body = Body::received(message.headers(), message.body(), ContentType::sdp).unwrap();
        assert_eq!(body, Body::sdp("hi"));
    }

    #[test]
    fn no_bytes_are_no_body() {
        let message =
            Message::parse("MESSAGE sip:bob@b.example SIP/2.0\r\nContent-Type: text/plain\r\n\r\n".into())
                .unwrap();
        assert_eq!(Body::received(message.headers(), message.body(), ContentType::sdp), None);
    }
}
