//! Responses (RFC 3261 §7.2).

use crate::content::{Content, StartLineText};
use crate::headers::offset;
use crate::start_line::{Text, VERSION};
use crate::{ContentType, Deviation, Header, Headers, InvalidValue, StatusCode};
use bytes::Bytes;
use std::borrow::Cow;
use std::fmt;

/// A response. One to a request comes from [`Request::response`](crate::Request::response) (RFC 3261 §7.2).
///
/// ```
/// use sip_message::{Response, Server, StatusCode};
///
/// let mut response = Response::new(StatusCode::BUSY_HERE).with(&Server("x/1".into()));
/// response.set_reason("In a meeting")?;
/// assert_eq!(response.to_bytes(), "SIP/2.0 486 In a meeting\r\nServer: x/1\r\nContent-Length: 0\r\n\r\n");
/// # Ok::<_, sip_message::InvalidValue>(())
/// ```
#[derive(Clone)]
pub struct Response(Box<Parts>);

/// What a response consists of, in one block: responses are handed on from hand to hand.
#[derive(Clone)]
struct Parts {
    version: Text,
    status: StatusCode,
    reason: Text,
    /// Where the received start line ends, while it stands for `version`, `status` and `reason`.
    line_end: Option<u32>,
    content: Content,
}

/// What is filled in where it stands, for it is large.
impl Default for Parts {
    fn default() -> Self {
        Self {
            version: Text::constant(VERSION),
            status: StatusCode::OK,
            reason: Text::constant(""),
            line_end: None,
            content: Content::default(),
        }
    }
}

impl Response {
    /// A response without header fields and body.
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        let mut parts = Box::<Parts>::default();
        parts.status = status;
        parts.reason = Text::constant(status.default_reason());
        parts.content.mark_edited();
        Self(parts)
    }

    /// A response with this start line, which ends at `line_end`, and the content that `fill` puts in.
    pub(crate) fn received<E>(
        version: Text,
        status: StatusCode,
        reason: Text,
        line_end: usize,
        fill: impl FnOnce(&mut Content) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut parts = Box::<Parts>::default();
        fill(&mut parts.content)?;
        parts.version = version;
        parts.status = status;
        parts.reason = reason;
        parts.line_end = Some(offset(line_end));
        Ok(Self(parts))
    }

    /// How many bytes of line ends stood before it.
    pub(crate) fn skipped(&self) -> usize {
        self.0.content.skipped()
    }

    /// The bytes it was parsed from, unless it was edited since or never parsed; the lint counts in them.
    pub(crate) fn as_received(&self) -> Option<&Bytes> {
        self.0.content.as_received()
    }

    /// The bytes it was parsed from or sealed in, where the start line ends in them, its version and reason; `None` where
    /// they are not the whole truth.
    pub(crate) fn parts(&self) -> Option<(&Bytes, u32, [&Text; 2])> {
        Some((self.as_received()?, self.0.line_end?, [&self.0.version, &self.0.reason]))
    }

    pub(crate) fn content(&self) -> &Content {
        &self.0.content
    }

    /// Everything that deviates in what was received.
    pub(crate) fn deviations(&self) -> Vec<Deviation> {
        self.0.content.deviations()
    }

    /// The same response with one more header field.
    #[must_use]
    pub fn with<H: Header>(mut self, header: &H) -> Self {
        self.headers_mut().push(header);
        self
    }

    /// Replaces the reason phrase.
    ///
    /// # Errors
    /// [`InvalidValue::LineBreak`] when it holds CR, LF or NUL.
    pub fn set_reason(&mut self, reason: &str) -> Result<(), InvalidValue> {
        InvalidValue::check_line(reason)?;
        let parts = &mut *self.0;
        parts.reason = Text::Written(Cow::Owned(reason.to_owned()));
        parts.line_end = None;
        parts.content.mark_edited();
        Ok(())
    }

    /// The header fields, for editing.
    pub fn headers_mut(&mut self) -> &mut Headers {
        self.0.content.headers_mut()
    }

    /// Replaces the body and its Content-Type, and removes what described the old body.
    pub fn set_body(&mut self, content_type: &ContentType, body: Bytes) {
        self.0.content.set_body(content_type, body);
    }

    /// Removes the body and the fields that describe it.
    pub fn clear_body(&mut self) {
        self.0.content.clear_body();
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The reason phrase, possibly empty; bytes that are not UTF-8 are U+FFFD.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.0.reason.get(self.0.content.source_buffer())
    }

    /// The version, `SIP/2.0`.
    #[must_use]
    pub fn version(&self) -> &str {
        self.0.version.get(self.0.content.source_buffer())
    }

    /// The header fields.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        self.0.content.headers()
    }

    /// The body, empty where there is none.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        self.0.content.body()
    }

    /// The response as it goes on the wire; see [`Request::to_bytes`](crate::Request::to_bytes).
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        self.0.content.print(&self.first_line(&self.0.status.code().to_string()))
    }

    /// The same response, printed: see [`Request::sealed`](crate::Request::sealed).
    #[must_use]
    pub fn sealed(mut self) -> Self {
        let code = self.status().code().to_string();
        let first_line = self.first_line(&code);
        let line_end = Some(offset(first_line.len()));
        let Some(printed) = self.0.content.printed(&first_line) else { return self };
        let reason = self.version().len() + 1 + code.len() + 1;
        let parts = &mut *self.0;
        parts.content.seal(printed);
        if parts.line_end.is_none() {
            parts.version.stands_at(0);
            parts.reason.stands_at(reason);
            parts.line_end = line_end;
        }
        self
    }

    /// The first line, without its line end, for people.
    #[must_use]
    pub fn start_line(&self) -> String {
        format!("{} {} {}", self.version(), self.0.status.code(), self.reason())
    }

    fn first_line<'a>(&'a self, code: &'a str) -> StartLineText<'a> {
        match self.0.line_end {
            Some(end) => StartLineText::Received(end),
            None => StartLineText::Words([self.version(), code, self.reason()]),
        }
    }
}

/// Equal are responses that print the same bytes.
impl PartialEq for Response {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}

impl Eq for Response {}

/// The start line and the names of the fields; values may be secrets.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Response").field(&self.start_line()).field(self.headers()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_response_is_what_it_prints() {
        let mut response = Response::new(StatusCode::OK).with(&crate::Server("x/1".into()));
        for reason in ["Fine", ""] {
            let sealed = response.clone().sealed();
            assert_eq!(sealed.to_bytes(), response.to_bytes());
            assert_eq!((sealed.start_line(), sealed.headers().len()), (response.start_line(), 2));
            response.set_reason(reason).unwrap();
        }
    }

    #[test]
    fn a_reason_cannot_forge_a_line() {
        let mut response = Response::new(StatusCode::OK);
        assert_eq!(response.set_reason("a\nVia: b"), Err(InvalidValue::LineBreak { offset: 1 }));
        response.set_reason("").unwrap();
        assert_eq!(response.to_bytes(), "SIP/2.0 200 \r\nContent-Length: 0\r\n\r\n");
    }
}
