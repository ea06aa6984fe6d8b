//! Requests (RFC 3261 §7.1) and the response that answers one (§8.2.6).

use crate::content::{Content, StartLineText};
use crate::headers::offset;
use crate::start_line::{Text, VERSION, readable_uri};
use crate::{ContentType, Deviation, Header, HeaderName, Headers, Method, Response, StatusCode};
use bytes::Bytes;
use sip_uri::{Mode, ParseUriError, Uri};
use std::borrow::Cow;
use std::fmt;

/// A request (RFC 3261 §7.1).
///
/// ```
/// use sip_message::{CSeq, MaxForwards, Method, Request};
///
/// let request = Request::new(Method::Options, &"sip:carol@chicago.com".parse()?)
///     .with(&MaxForwards(70))
///     .with(&CSeq::new(1, Method::Options));
/// assert_eq!(request.to_bytes(), "OPTIONS sip:carol@chicago.com SIP/2.0\r\nMax-Forwards: 70\r\n\
///     CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n");
/// # Ok::<_, sip_uri::ParseUriError>(())
/// ```
#[derive(Clone)]
pub struct Request(Box<Parts>);

/// What a request consists of, in one block: requests are handed on from hand to hand.
#[derive(Clone)]
struct Parts {
    method: Method,
    uri: Text,
    version: Text,
    /// Where the received start line ends, while it stands for `method`, `uri` and `version`.
    line_end: Option<u32>,
    content: Content,
}

/// What is filled in where it stands, for it is large.
impl Default for Parts {
    fn default() -> Self {
        Self {
            method: Method::Options,
            uri: Text::constant(""),
            version: Text::constant(VERSION),
            line_end: None,
            content: Content::default(),
        }
    }
}

impl Request {
    /// A request without header fields and body.
    #[must_use]
    pub fn new(method: Method, uri: &Uri) -> Self {
        Self::to(method, uri.as_str().to_owned())
    }

    /// The same to a Request-URI that is printed already.
    pub(crate) fn to(method: Method, uri: String) -> Self {
        let mut parts = Box::<Parts>::default();
        parts.method = method;
        parts.uri = Text::Written(Cow::Owned(uri));
        parts.content.mark_edited();
        Self(parts)
    }

    /// A request with this start line, which ends at `line_end`, and the content that `fill` puts in.
    pub(crate) fn received<E>(
        method: Method,
        uri: Text,
        version: Text,
        line_end: usize,
        fill: impl FnOnce(&mut Content) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut parts = Box::<Parts>::default();
        fill(&mut parts.content)?;
        parts.method = method;
        parts.uri = uri;
        parts.version = version;
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

    /// Everything that deviates in what was received.
    pub(crate) fn deviations(&self) -> Vec<Deviation> {
        self.0.content.deviations()
    }

    /// The same request with one more header field.
    #[must_use]
    pub fn with<H: Header>(mut self, header: &H) -> Self {
        self.headers_mut().push(header);
        self
    }

    /// A request with another method to the very same Request-URI, without header fields and body: what the ACK to a
    /// failure (RFC 3261 §17.1.1.3) and the CANCEL (§9.1) of an INVITE begin with.
    #[must_use]
    pub fn same_target(&self, method: Method) -> Self {
        Self::to(method, self.request_uri().to_owned())
    }

    /// The response with `status` to this request, as RFC 3261 §8.2.6 wants it: all Via, From, To, Call-ID and CSeq
    /// fields as received, in a 100 the Timestamp as well. The tag of To is for the caller to add (§8.2.6.2).
    #[must_use]
    pub fn response(&self, status: StatusCode) -> Response {
        use HeaderName::{CSeq, CallId, From, Timestamp, To, Via};
        let mut response = Response::new(status);
        // rfc3261#8.2.6.2/1-5 Via, From, To, Call-ID and CSeq are those of the request, Via in its order
        for name in [Via, From, To, CallId, CSeq] {
            response.headers_mut().copy_from(self.headers(), &name);
        }
        if status == StatusCode::TRYING {
            // rfc3261#8.2.6.1/3 a 100 repeats the Timestamp
            response.headers_mut().copy_from(self.headers(), &Timestamp);
        }
        response
    }

    /// Replaces the Request-URI.
    pub fn set_uri(&mut self, uri: &Uri) {
        let parts = &mut *self.0;
        parts.uri = Text::Written(Cow::Owned(uri.as_str().to_owned()));
        parts.line_end = None;
        parts.content.mark_edited();
    }

    /// The header fields, for editing.
    pub fn headers_mut(&mut self) -> &mut Headers {
        self.0.content.headers_mut()
    }

    /// Replaces the body and its Content-Type, and removes what described the old body.
    pub fn set_body(&mut self, content_type: &ContentType, body: Bytes) {
        self.0.content.set_body(content_type, body);
    }

    /// Puts another body under the header fields that there are.
    pub(crate) fn replace_body(&mut self, body: Bytes) {
        self.0.content.replace_body(body);
    }

    /// Removes the body and the fields that describe it.
    pub fn clear_body(&mut self) {
        self.0.content.clear_body();
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.0.method
    }

    /// The Request-URI as received; bytes that are not UTF-8 are U+FFFD.
    #[must_use]
    pub fn request_uri(&self) -> &str {
        self.0.uri.get(self.0.content.source_buffer())
    }

    /// The Request-URI, without the white space and the angle brackets that some senders put there.
    ///
    /// # Errors
    /// [`ParseUriError`]; the request is owed a 400, or a 416 for a scheme that is not understood (RFC 3261 §8.2.2.1).
    pub fn uri(&self) -> Result<Uri, ParseUriError> {
        Uri::parse(&readable_uri(self.request_uri()), Mode::Lenient)
    }

    /// The version, `SIP/2.0`; a request with another one is owed a 505 (RFC 3261 §21.5.6).
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

    /// The request as it goes on the wire: what was not edited as it came, byte for byte, with a Content-Length that
    /// is right: added where there was none, corrected where it was wrong.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        self.0.content.print(&self.first_line())
    }

    /// The same request, printed: its copies share one buffer without spare room, and printing it again costs next to
    /// nothing. For what is kept or goes out more than once.
    ///
    /// ```
    /// # use sip_message::{Method, Request};
    /// let request = Request::new(Method::Bye, &"sip:bob@biloxi.com".parse()?);
    /// let printed = request.to_bytes();
    /// let sealed = request.sealed();
    /// assert_eq!(sealed.to_bytes(), printed);
    /// assert_eq!((sealed.request_uri(), sealed.headers().len()), ("sip:bob@biloxi.com", 1));
    /// # Ok::<_, sip_uri::ParseUriError>(())
    /// ```
    #[must_use]
    pub fn sealed(mut self) -> Self {
        let first_line = self.first_line();
        let line_end = Some(offset(first_line.len()));
        let Some(printed) = self.0.content.printed(&first_line) else { return self };
        let uri = self.method().as_str().len() + 1;
        let version = uri + self.request_uri().len() + 1;
        let parts = &mut *self.0;
        parts.content.seal(printed);
        if parts.line_end.is_none() {
            parts.uri.stands_at(uri);
            parts.version.stands_at(version);
            parts.line_end = line_end;
        }
        self
    }

    /// The first line, without its line end, for people.
    #[must_use]
    pub fn start_line(&self) -> String {
        format!("{} {} {}", self.0.method, self.request_uri(), self.version())
    }

    fn first_line(&self) -> StartLineText<'_> {
        match self.0.line_end {
            Some(end) => StartLineText::Received(end),
            None => StartLineText::Words([self.0.method.as_str(), self.request_uri(), self.version()]),
        }
    }
}

/// Equal are requests that print the same bytes.
impl PartialEq for Request {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}

impl Eq for Request {}

/// The start line and the names of the fields; values may be secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Request").field(&self.start_line()).field(self.headers()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Message;

    fn parse(text: &str) -> Request {
        match Message::parse(text.to_owned().into()).unwrap() {
            Message::Request(request) => request,
            Message::Response(_) => panic!("a response"),
        }
    }

    // rfc3261#8.2.6.1/3, rfc3261#8.2.6.2/1-5, type=test
    #[test]
    fn a_response_repeats_what_names_the_transaction() {
        let request = parse(
            "INVITE sip:b@c SIP/2.0\r\nt: <sip:b@c>\r\nv: SIP/2.0/WS a;branch=z9hG4bK1,SIP/2.0/WS b\r\n\
             From:<sip:a@c>;tag=1\r\nVia: SIP/2.0/WS c\r\nTimestamp: 5\r\ns: no\r\ni: x\r\nCSeq: 1 INVITE\r\n\r\nbody",
        );
        let expected = "v: SIP/2.0/WS a;branch=z9hG4bK1,SIP/2.0/WS b\r\nVia: SIP/2.0/WS c\r\n\
             From:<sip:a@c>;tag=1\r\nt: <sip:b@c>\r\ni: x\r\nCSeq: 1 INVITE\r\n";
        assert_eq!(request.response(StatusCode::OK).headers().to_string(), expected);
        assert!(
            request
                .response(StatusCode::TRYING)
                .headers()
                .to_string()
                .ends_with("INVITE\r\nTimestamp: 5\r\n")
        );
        assert!(request.response(StatusCode::OK).body().is_empty());
    }

    #[test]
    fn another_uri_leaves_the_rest_alone() {
        let mut request = parse("INVITE  sip:b@c SIP/2.0\r\nl:0\r\n\r\n");
        request.set_uri(&"sip:d@e".parse().unwrap());
        assert_eq!(request.to_bytes(), "INVITE sip:d@e SIP/2.0\r\nl:0\r\n\r\n");
        assert_eq!(request.uri().unwrap().to_string(), "sip:d@e");
    }

    #[test]
    fn the_same_target_keeps_the_text_of_the_uri_only() {
        let invite = parse("INVITE sip:%62@C;x SIP/2.0\r\nl: 1\r\n\r\nx");
        let cancel = invite.same_target(Method::Cancel);
        assert_eq!(cancel.to_bytes(), "CANCEL sip:%62@C;x SIP/2.0\r\nContent-Length: 0\r\n\r\n");
    }

    #[test]
    fn a_sealed_request_is_what_it_prints() {
        let edited = |text: &str| {
            let mut request = parse(text);
            request.headers_mut().push(&crate::Subject("new".to_owned()));
            request
        };
        let mut elsewhere = edited("BYE sip:b@c SIP/7.0\r\ns: old\r\n\r\nbody");
        elsewhere.set_uri(&"sip:d@e".parse().unwrap());
        for request in [
            parse("BYE  sip:b@c SIP/2.0\nX:\n 1\nno field\n\nbody"),
            edited("BYE  sip:b@c SIP/2.0\nX:\n 1\nno field\n\nbody"),
            edited("BYE sip:b@c SIP/2.0\r\nl: 4\r\n\r\nbody"),
            edited("BYE sip:b@c SIP/2.0\r\nl: 9\r\n\r\nbody"),
            elsewhere,
            Request::new(Method::Info, &"sip:b@c".parse().unwrap()),
        ] {
            let sealed = request.clone().sealed();
            assert_eq!(sealed.to_bytes(), request.to_bytes());
            let Message::Request(read) = Message::parse(request.to_bytes()).unwrap() else { panic!() };
            assert_eq!((sealed.body(), sealed.start_line()), (read.body(), read.start_line()));
            if sealed.as_received().is_some() {
                assert_eq!(sealed.headers(), read.headers());
                assert_eq!(sealed.deviations(), read.deviations());
            }
        }
    }

    #[test]
    fn odd_request_uris_do_not_lose_the_request() {
        let source = b"INVITE sip:\xff@b SIP/7.0\r\nl: 0\r\n\r\n";
        let Message::Request(request) = Message::parse(source.to_vec().into()).unwrap() else {
            panic!("a response")
        };
        assert_eq!((request.request_uri(), request.version()), ("sip:\u{fffd}@b", "SIP/7.0"));
        assert_eq!(request.to_bytes(), &source[..]);
        assert_eq!(
            format!("{request:?}"),
            "Request(\"INVITE sip:\u{fffd}@b SIP/7.0\", [\"Content-Length\"])"
        );
    }
}
