//! One part of a body, with the header fields that describe it (RFC 2046 §5.1, RFC 5621).

use super::{Body, Multipart, MultipartError, transfer_encoding};
use crate::{
    ContentDisposition, ContentEncoding, ContentId, ContentType, Header, HeaderName, Headers, Limits, Mode,
    ParseMessageError, Token, framing,
};
use bytes::Bytes;

/// A body, or a part of one, and the header fields that describe it (RFC 2046 §5.1, RFC 5621).
///
/// ```
/// use sip_message::{BodyPart, Limits, Message};
///
/// let message = Message::parse("\
/// INVITE sip:bob@b.example SIP/2.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n\
/// --b\r\nContent-Type: text/plain\r\n\r\nhello\r\n\
/// --b\r\nContent-Type: application/sdp;charset=utf-8\r\n\r\nv=0\r\n--b--".into())?;
/// let body = BodyPart::received(message.headers(), message.body()).unwrap();
/// assert_eq!(body.session_description(&Limits::default()).unwrap().bytes(), "v=0");
/// # Ok::<_, sip_message::ParseMessageError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct BodyPart {
    headers: Headers,
    bytes: Bytes,
}

impl BodyPart {
    /// A part of this type.
    #[must_use]
    pub fn new(content_type: &ContentType, bytes: impl Into<Bytes>) -> Self {
        let mut headers = Headers::new();
        headers.set(content_type);
        Self { headers, bytes: bytes.into() }
    }

    /// The body of a received message with those of its header fields that describe it; `None` when it is empty.
    #[must_use]
    pub fn received(headers: &Headers, bytes: &Bytes) -> Option<Self> {
        if bytes.is_empty() {
            return None;
        }
        let mut described = Headers::new();
        for name in DESCRIBING {
            described.copy_from(headers, &name);
        }
        Some(Self { headers: described, bytes: bytes.clone() })
    }

    /// Reads a header section and `length` bytes with it; what is left of them is the body. Where no line ends there
    /// is no header section.
    pub(super) fn parse(section: Bytes, length: usize, limits: &Limits) -> Result<Self, ParseMessageError> {
        let mut headers = Headers::new();
        let head = match framing::fields(&mut headers, &section, 0, limits) {
            Err(ParseMessageError::Truncated { .. }) => {
                return Ok(Self {
                    headers: Headers::new(),
                    bytes: section.slice(..length.min(section.len())),
                });
            }
            head => head?,
        };
        let bytes = section.slice(head.body.min(length)..length.min(section.len()));
        headers.stand_in(section.slice(..head.body), Mode::Lenient);
        Ok(Self { headers, bytes })
    }

    /// The same part with another header field: Content-Disposition, Content-ID.
    #[must_use]
    pub fn with<H: Header>(mut self, value: &H) -> Self {
        self.headers.set(value);
        self
    }

    /// The header fields of the part.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The bytes of the part, as sent.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The media type; `text/plain` where none can be read (RFC 2045 §5.2).
    #[must_use]
    pub fn content_type(&self) -> ContentType {
        self.headers.typed().ok().flatten().unwrap_or_else(ContentType::text_plain)
    }

    /// What the part is for. Where nothing says so, session descriptions are for the session, all else is to be
    /// rendered (RFC 3261 §20.11).
    #[must_use]
    pub fn disposition(&self) -> ContentDisposition {
        let written = self.headers.typed().ok().flatten();
        written.unwrap_or_else(|| {
            let is_sdp = self.content_type().is("application", "sdp");
            // rfc3261#20.11 the default depends on the type
            ContentDisposition::new(if is_sdp { "session" } else { "render" })
        })
    }

    /// The name by which others refer to the part.
    #[must_use]
    pub fn content_id(&self) -> Option<ContentId> {
        self.headers.typed().ok().flatten()
    }

    /// Whether a content coding such as `gzip` was applied to the content (RFC 3261 §20.12).
    #[must_use]
    pub fn is_coded(&self) -> bool {
        let coded = |coding: Result<ContentEncoding, _>| coding.map_or(true, |coding| !coding.is_identity());
        self.headers.list().any(coded)
    }

    /// The bytes with the transfer encoding undone: `base64`, `quoted-printable`, or none (RFC 2045 §6). `None` for
    /// another one, or one that was not applied right.
    #[must_use]
    pub fn transferred(&self) -> Option<Bytes> {
        match self.transfer_encoding() {
            Some(encoding) if !transfer_encoding::is_identity(encoding) => {
                transfer_encoding::decode(encoding, &self.bytes).map(Bytes::from)
            }
            Some(_) | None => Some(self.bytes.clone()),
        }
    }

    /// The part as a body with its type.
    #[must_use]
    pub fn body(&self) -> Body {
        Body { content_type: self.content_type(), bytes: self.bytes.clone() }
    }

    /// The parts of this part.
    ///
    /// # Errors
    /// [`MultipartError::NotMultipart`] where it has none by its type, and the others.
    pub fn multipart(&self, limits: &Limits) -> Result<Multipart, MultipartError> {
        Multipart::parse(&self.body(), limits)
    }

    /// The part as it stands between delimiters.
    pub(super) fn printed(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.headers.printed_len() + 2 + self.bytes.len());
        self.headers.print(&mut out);
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.bytes);
        out
    }

    /// The same part without a transfer encoding; `None` where that cannot be undone.
    pub(super) fn plain(mut self) -> Option<Self> {
        if self.transfer_encoding().is_some() {
            self.bytes = self.transferred()?;
            self.headers.remove(&TRANSFER_ENCODING);
        }
        Some(self)
    }

    fn transfer_encoding(&self) -> Option<&[u8]> {
        self.headers.raw(&TRANSFER_ENCODING)
    }
}

impl From<Body> for BodyPart {
    fn from(body: Body) -> Self {
        Self::new(&body.content_type, body.bytes)
    }
}

/// MIME has the field, SIP does not; the table of names has none of MIME's own.
const TRANSFER_ENCODING: HeaderName = HeaderName::Other(Token::from_static("Content-Transfer-Encoding"));

/// The fields of a message that describe its body (RFC 3261 §7.4.1, RFC 8262).
const DESCRIBING: [HeaderName; 5] = [
    HeaderName::ContentType,
    HeaderName::ContentDisposition,
    HeaderName::ContentEncoding,
    HeaderName::ContentLanguage,
    HeaderName::ContentId,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Message;

    fn part(text: &str) -> BodyPart {
        BodyPart::parse(text.to_owned().into(), text.len(), &Limits::default()).unwrap()
    }

    #[test]
    fn the_type_decides_what_a_part_is_for() {
        assert!(part("c: application/SDP;charset=utf-8\r\n\r\n").disposition().is("session"));
        assert!(part("c: application/sdp\r\nContent-Disposition: icon\r\n\r\n").disposition().is("icon"));
        assert!(part("c: text/html\r\n\r\n").disposition().is("render"));
        assert!(part("\r\nx").content_type().is("text", "plain"));
        assert!(part("Content-Type: ;;\r\n\r\nx").content_type().is("text", "plain"));
    }

    #[test]
    fn a_part_that_breaks_off_in_its_header_section_is_all_body() {
        let part = part("Content-Type: a/b\r\nX");
        assert_eq!((part.headers().len(), part.bytes().len()), (0, 20));
    }

    #[test]
    fn codings_are_noticed() {
        assert!(part("Content-Encoding: identity, gzip\r\n\r\n").is_coded());
        assert!(!part("e: identity\r\n\r\n").is_coded());
        assert!(!part("\r\n").is_coded());
    }

    #[test]
    fn transfer_encodings_are_undone() {
        let transferred = |text: &str| part(text).transferred();
        assert_eq!(transferred("content-transfer-encoding: base64\r\n\r\ndj0w").unwrap(), "v=0");
        assert_eq!(transferred("Content-Transfer-Encoding: 8BIT\r\n\r\ndj0w").unwrap(), "dj0w");
        assert_eq!(transferred("Content-Transfer-Encoding: x\r\n\r\ndj0w"), None);
        assert_eq!(transferred("\r\nx").unwrap(), "x");
    }

    #[test]
    fn a_message_gives_its_body_and_what_describes_it() {
        let text = "SIP/2.0 200 OK\r\ns: x\r\nc: a/b\r\nContent-ID: <1>\r\n\r\n";
        let message = Message::parse(format!("{text}\0\u{e9}").into()).unwrap();
        let part = BodyPart::received(message.headers(), message.body()).unwrap();
        assert_eq!((part.headers().len(), part.bytes().len()), (2, 3));
        assert_eq!(part.content_id(), Some(ContentId("1".into())));
        assert_eq!(part.multipart(&Limits::default()), Err(MultipartError::NotMultipart));
        let message = Message::parse(text.into()).unwrap();
        assert_eq!(BodyPart::received(message.headers(), message.body()), None);
    }

    #[test]
    fn parts_of_ours_have_the_fields_they_are_given() {
        let part = BodyPart::from(Body::text("x")).with(&ContentId("1@a".into()));
        assert_eq!(part.printed(), b"Content-Type: text/plain\r\nContent-ID: <1@a>\r\n\r\nx");
    }
}
