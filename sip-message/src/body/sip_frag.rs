//! `message/sipfrag`: pieces of a SIP message, as NOTIFY carries them in answer to REFER (RFC 3420 §2, RFC 3515 §2.4.5).

use super::Body;
use crate::token::is_token;
use crate::{ContentType, Headers, Limits, Message, Method, Mode, ParseMessageError, StatusCode, framing};
use bytes::Bytes;
use memchr::memchr;

/// A fragment of a message: a start line or none, header fields or none, a body or none (RFC 3420).
///
/// ```
/// use sip_message::{SipFrag, StatusCode};
///
/// let fragment = SipFrag::parse("SIP/2.0 100 Trying".into())?;
/// assert_eq!(fragment.status(), Some(StatusCode::TRYING));
/// assert_eq!(SipFrag::from_status(StatusCode::OK).to_body().bytes, "SIP/2.0 200 OK\r\n");
/// # Ok::<_, sip_message::ParseMessageError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipFrag {
    bytes: Bytes,
    content: Content,
}

/// What the fragment consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    /// A start line, and what follows it.
    Message(Message),
    /// No start line.
    Fields(Box<Headers>, Bytes),
}

impl SipFrag {
    /// Reads a fragment, within the default [`Limits`]; the line end of its last line may be missing.
    ///
    /// # Errors
    /// [`ParseMessageError`] where the first line is neither a start line nor a header field, or a limit is
    /// exceeded.
    pub fn parse(bytes: Bytes) -> Result<Self, ParseMessageError> {
        let content = match Self::content(&bytes) {
            // rfc3420#2 the CRLF of the last line is part of the grammar, and forgotten by many
            Err(ParseMessageError::Truncated { .. }) => {
                Self::content(&[&bytes, &b"\r\n"[..]].concat().into())
            }
            parsed => parsed,
        }?;
        Ok(Self { bytes, content })
    }

    /// A status line alone, which tells how a referred request fares.
    #[must_use]
    pub fn from_status(status: StatusCode) -> Self {
        let bytes = Bytes::from(format!("SIP/2.0 {} {}\r\n", status.code(), status.default_reason()));
        // What was just written is a status line; were it none, it would be an empty fragment.
        let content = Self::content(&bytes).unwrap_or_else(|_| Content::Fields(Box::default(), Bytes::new()));
        Self { bytes, content }
    }

    /// The start line with what follows it, if there is one.
    #[must_use]
    pub const fn message(&self) -> Option<&Message> {
        match &self.content {
            Content::Message(message) => Some(message),
            Content::Fields(..) => None,
        }
    }

    /// The status, if the fragment begins with a status line.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        Some(self.message()?.as_response()?.status())
    }

    /// The method, if the fragment begins with a request line.
    #[must_use]
    pub fn method(&self) -> Option<&Method> {
        Some(self.message()?.as_request()?.method())
    }

    /// The header fields.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        match &self.content {
            Content::Message(message) => message.headers(),
            Content::Fields(headers, _) => headers,
        }
    }

    /// The body of the fragment.
    #[must_use]
    pub fn bytes_of_body(&self) -> &Bytes {
        match &self.content {
            Content::Message(message) => message.body(),
            Content::Fields(_, body) => body,
        }
    }

    /// The fragment as a body of type `message/sipfrag;version=2.0`, its bytes as received.
    #[must_use]
    pub fn to_body(&self) -> Body {
        let mut content_type = ContentType::new("message", "sipfrag");
        content_type.params.set("version", Some("2.0"));
        Body { content_type, bytes: self.bytes.clone() }
    }

    fn content(bytes: &Bytes) -> Result<Content, ParseMessageError> {
        let (first, _) = framing::line(bytes, 0);
        let first = bytes.get(first).unwrap_or_default();
        if !first.is_empty() && !is_field(first) {
            return Message::parse(bytes.clone()).map(Content::Message);
        }
        let limits = Limits::default();
        if bytes.len() > limits.message {
            return Err(ParseMessageError::TooLarge { length: bytes.len(), limit: limits.message });
        }
        let mut headers = Box::<Headers>::default();
        let head = framing::fields(&mut headers, bytes, 0, &limits)?;
        headers.stand_in(bytes.slice(..head.body), Mode::Lenient);
        Ok(Content::Fields(headers, bytes.slice(head.body..)))
    }
}

/// Whether a first line is a header field: a token stands before its first colon.
fn is_field(line: &[u8]) -> bool {
    memchr(b':', line).and_then(|colon| line.get(..colon)).is_some_and(|name| is_token(name.trim_ascii_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ContentLength, Subject};

    fn parse(text: &str) -> SipFrag {
        SipFrag::parse(text.to_owned().into()).unwrap()
    }

    #[test]
    fn start_lines_with_and_without_line_ends() {
        for text in [
            "SIP/2.0 603 Declined",
            "SIP/2.0 603 Declined\r\n",
            "SIP/2.0 603 Declined\r\n\r\n",
            "SIP/2.0 603 D\n",
        ] {
            let fragment = parse(text);
            assert_eq!(fragment.status(), Some(StatusCode::DECLINE), "{text:?}");
            assert_eq!(fragment.to_body().bytes, text);
        }
        let request = parse("INVITE sip:alice@atlanta.com SIP/2.0");
        assert_eq!((request.method(), request.status()), (Some(&Method::Invite), None));
    }

    #[test]
    fn fields_without_a_start_line() {
        for text in ["Subject: x", "Subject: x\r\n", "s: x\r\nTo: <sip:a@b>\r\n\r\nbody", "s:\r\n x"] {
            let fragment = parse(text);
            assert_eq!(fragment.headers().required::<Subject>().unwrap().0, "x", "{text:?}");
            assert_eq!((fragment.status(), fragment.method()), (None, None));
        }
        assert_eq!(parse("s: x\r\n\r\nbody").bytes_of_body(), "body");
        assert_eq!(parse("\r\nbody").bytes_of_body(), "body");
        assert!(parse("").headers().is_empty());
    }

    #[test]
    fn start_line_fields_and_body() {
        let fragment = parse("SIP/2.0 200 OK\r\nContent-Length: 3\r\n\r\nv=0");
        assert_eq!(fragment.headers().required::<ContentLength>().unwrap().0, 3);
        assert_eq!(fragment.bytes_of_body(), "v=0");
        assert!(fragment.to_body().content_type.is("message", "sipfrag"));
    }

    #[test]
    fn what_is_no_fragment_is_refused() {
        assert!(SipFrag::parse("hello".into()).is_err());
        assert!(SipFrag::parse("SIP/2.0 20 OK".into()).is_err());
        assert!(SipFrag::parse(vec![b'a'; 70_000].into()).is_err());
        assert!(SipFrag::parse(format!("s: {}", "a".repeat(70_000)).into()).is_err());
    }

    #[test]
    fn every_status_makes_a_fragment() {
        for code in 100..700 {
            let status = StatusCode::new(code).unwrap();
            assert_eq!(SipFrag::from_status(status).status(), Some(status));
        }
    }
}
