//! A SIP message: request or response (RFC 3261 §7).

use crate::content::Content;
use crate::deviations::Reception;
use crate::headers::offset;
use crate::start_line::StartLine;
use crate::{Deviation, Headers, Limits, Mode, ParseMessageError, ParseOptions, Request, Response, framing};
use bytes::{Buf, Bytes};
use std::fmt;

/// A request or a response.
///
/// ```
/// # use sip_message::Message;
/// let message = Message::parse("\r\nSIP/2.0 180 Ringing\r\nX-Odd :  1\r\n\r\n".into())?;
/// assert_eq!(message.start_line(), "SIP/2.0 180 Ringing");
/// assert_eq!(message.to_bytes(), "SIP/2.0 180 Ringing\r\nX-Odd :  1\r\nContent-Length: 0\r\n\r\n");
/// # Ok::<_, sip_message::ParseMessageError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 §7 closes the list")]
pub enum Message {
    /// From client to server.
    Request(Request),
    /// From server to client.
    Response(Response),
}

impl Message {
    /// Reads one message out of one datagram or WebSocket message, in [`Mode::Lenient`] and within the default
    /// [`Limits`].
    ///
    /// The transport frames the message, as [`Framing::Datagram`](crate::Framing) says: without Content-Length everything behind the header section is the body;
    /// what stands behind the number of bytes that Content-Length gives is thrown away (RFC 3261 §18.3); a larger or
    /// malformed Content-Length is passed over. Line ends before the message are passed over as well.
    ///
    /// # Errors
    /// [`ParseMessageError`] where there is no start line or a limit is exceeded; never for a header field.
    pub fn parse(bytes: Bytes) -> Result<Self, ParseMessageError> {
        Self::parse_with(bytes, ParseOptions::default())
    }

    /// [`parse`](Self::parse) in a mode, within limits and with a framing of your own.
    ///
    /// ```
    /// use sip_message::{DeviationKind, Message, Mode};
    ///
    /// let message = Message::parse_with("BYE sip:a@b SIP/2.0\r\nFrom: <sip:".into(), Mode::Salvage)?;
    /// assert_eq!(message.deviations().last().unwrap().kind, DeviationKind::Truncated);
    /// # Ok::<_, sip_message::ParseMessageError>(())
    /// ```
    ///
    /// # Errors
    /// As [`parse`](Self::parse); in [`Mode::Strict`] also [`ParseMessageError::Deviates`], with the first deviation.
    pub fn parse_with(bytes: Bytes, options: impl Into<ParseOptions>) -> Result<Self, ParseMessageError> {
        let options = options.into();
        if bytes.len() > options.limits.message {
            return Err(ParseMessageError::TooLarge { length: bytes.len(), limit: options.limits.message });
        }
        let skipped = framing::leading_line_ends(&bytes);
        let mut source = bytes;
        source.advance(skipped);
        let reception = Reception { skipped: offset(skipped), length: offset(source.len()) };
        // A message is large: each arm ends with the call that makes it, so that it is written but once.
        match options.mode {
            Mode::Strict => {
                Self::parse_source(source, reception, &options).and_then(Self::without_deviations)
            }
            Mode::Lenient => Self::parse_source(source, reception, &options),
            Mode::Salvage => Self::salvaged(source, reception, &options),
        }
    }

    /// The same as [`parse_with`](Self::parse_with), for limits alone.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_datagram(bytes: Bytes, limits: &Limits) -> Result<Self, ParseMessageError> {
        Self::parse_with(bytes, limits)
    }

    /// Reads a message, also one that breaks off within a line of its header section.
    fn salvaged(
        source: Bytes,
        reception: Reception,
        options: &ParseOptions,
    ) -> Result<Self, ParseMessageError> {
        match Self::parse_source(source.clone(), reception, options) {
            Err(ParseMessageError::Truncated { .. }) => {
                let whole = [&source[..], b"\r\n"].concat();
                Self::parse_source(whole.into(), reception, options)
            }
            outcome => outcome,
        }
    }

    /// Reads a message that begins with its start line.
    fn parse_source(
        source: Bytes,
        reception: Reception,
        options: &ParseOptions,
    ) -> Result<Self, ParseMessageError> {
        let moved = |error| moved(error, reception.skipped as usize);
        let (start_line, next) = first_line(&source, options).map_err(moved)?;
        let fill = |content: &mut Content| content.receive(source, next, reception, options);
        let message = match start_line {
            StartLine::Request { method, uri, version } => {
                Request::received(method, uri, version, next, fill).map(Self::Request)
            }
            StartLine::Response { version, status, reason } => {
                Response::received(version, status, reason, next, fill).map(Self::Response)
            }
        };
        message.map_err(moved)
    }

    /// The message, if strict mode would have it.
    fn without_deviations(self) -> Result<Self, ParseMessageError> {
        let refused = |deviation: &Deviation| !deviation.kind.is_read_in(Mode::Strict);
        match self.deviations().into_iter().find(refused) {
            Some(deviation) => Err(ParseMessageError::Deviates(deviation)),
            None => Ok(self),
        }
    }

    /// Everything in which the message, as it was received, deviates from the grammar and was read nevertheless, in
    /// the order of its bytes; nothing for a message of ours.
    ///
    /// The message is gone through once more for this, so that parsing pays nothing for it. Editing does not change
    /// the answer.
    ///
    /// ```
    /// # use sip_message::{DeviationKind, Message};
    /// let message = Message::parse("BYE sip:a@b SIP/2.0\r\nf: Bob! Sr. [1] <sip:b#1@c>;tag=\r\n\r\n".into())?;
    /// let kinds: Vec<_> = message.deviations().into_iter().map(|deviation| deviation.kind).collect();
    /// use DeviationKind::{DisplayNameNotToken, ParamValueEmpty, UriHashInUser};
    /// assert_eq!(kinds, [DisplayNameNotToken, UriHashInUser, ParamValueEmpty]);
    /// # Ok::<_, sip_message::ParseMessageError>(())
    /// ```
    #[must_use]
    pub fn deviations(&self) -> Vec<Deviation> {
        match self {
            Self::Request(request) => request.deviations(),
            Self::Response(response) => response.deviations(),
        }
    }

    /// How many bytes of line ends stood before it.
    pub(crate) fn skipped(&self) -> usize {
        match self {
            Self::Request(request) => request.skipped(),
            Self::Response(response) => response.skipped(),
        }
    }

    /// The bytes it was parsed from, unless it was edited since or never parsed; the lint counts in them.
    pub(crate) fn as_received(&self) -> Option<&Bytes> {
        match self {
            Self::Request(request) => request.as_received(),
            Self::Response(response) => response.as_received(),
        }
    }

    /// The header fields, for editing.
    pub fn headers_mut(&mut self) -> &mut Headers {
        match self {
            Self::Request(request) => request.headers_mut(),
            Self::Response(response) => response.headers_mut(),
        }
    }

    /// The request, if it is one.
    #[must_use]
    pub const fn as_request(&self) -> Option<&Request> {
        match self {
            Self::Request(request) => Some(request),
            Self::Response(_) => None,
        }
    }

    /// The response, if it is one.
    #[must_use]
    pub const fn as_response(&self) -> Option<&Response> {
        match self {
            Self::Request(_) => None,
            Self::Response(response) => Some(response),
        }
    }

    /// The header fields.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        match self {
            Self::Request(request) => request.headers(),
            Self::Response(response) => response.headers(),
        }
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        match self {
            Self::Request(request) => request.body(),
            Self::Response(response) => response.body(),
        }
    }

    /// The message as it goes on the wire; see [`Request::to_bytes`].
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Request(request) => request.to_bytes(),
            Self::Response(response) => response.to_bytes(),
        }
    }

    /// The first line, without its line end, for people.
    #[must_use]
    pub fn start_line(&self) -> String {
        match self {
            Self::Request(request) => request.start_line(),
            Self::Response(response) => response.start_line(),
        }
    }
}

impl From<Request> for Message {
    fn from(request: Request) -> Self {
        Self::Request(request)
    }
}

impl From<Response> for Message {
    fn from(response: Response) -> Self {
        Self::Response(response)
    }
}

/// The message as it goes on the wire; bytes that are not UTF-8 are shown as U+FFFD.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.to_bytes()))
    }
}

/// The start line of a message, and where the header section begins.
fn first_line(source: &[u8], options: &ParseOptions) -> Result<(StartLine, usize), ParseMessageError> {
    if source.is_empty() {
        return Err(ParseMessageError::Empty);
    }
    let (line, next) = framing::line(source, 0);
    if line.len() > options.limits.line {
        return Err(ParseMessageError::LineTooLong { offset: 0, limit: options.limits.line });
    }
    let line_end = line.end;
    let start_line = StartLine::parse(source, line, options.mode)?;
    if line_end == next {
        return Err(ParseMessageError::Truncated { offset: next });
    }
    Ok((start_line, next))
}

/// The same error with `skipped` bytes in front of the message.
fn moved(mut error: ParseMessageError, skipped: usize) -> ParseMessageError {
    match &mut error {
        ParseMessageError::StartLine { offset, .. }
        | ParseMessageError::LineTooLong { offset, .. }
        | ParseMessageError::Truncated { offset } => {
            *offset += skipped;
        }
        ParseMessageError::Empty
        | ParseMessageError::Deviates(_)
        | ParseMessageError::TooLarge { .. }
        | ParseMessageError::TooManyFields { .. } => {}
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ContentLength, ContentType, HeaderName, Subject};

    fn parse(text: &str) -> Message {
        Message::parse(text.to_owned().into()).unwrap()
    }

    #[test]
    fn a_length_beyond_the_frame_or_in_doubt_is_passed_over() {
        for length in ["", "Content-Length: 99\r\n", "l: x\r\nContent-Length: 3\r\n", "l: -4\r\n"] {
            let message = parse(&format!("SIP/2.0 200 OK\r\n{length}s: x\r\n\r\nbody"));
            assert_eq!(message.body(), "body", "{length}");
            let printed = parse(&message.to_string());
            assert_eq!(printed.headers().required::<ContentLength>().unwrap().0, 4, "{length}");
        }
    }

    #[test]
    fn a_datagram_ends_where_content_length_says() {
        let parse = |text: &str| Message::parse_datagram(text.to_owned().into(), &Limits::default()).unwrap();
        let message = parse("SIP/2.0 200 OK\r\nl: 2\r\n\r\nbody");
        assert_eq!(message.to_bytes(), "SIP/2.0 200 OK\r\nl: 2\r\n\r\nbo");
        for length in ["", "l: 5\r\n", "l: 1\r\nl: 2\r\n", "l: -1\r\n"] {
            assert_eq!(parse(&format!("SIP/2.0 200 OK\r\n{length}\r\nbody")).body(), "body");
        }
    }

    #[test]
    fn a_wrong_length_is_corrected_in_its_place() {
        let message = parse("SIP/2.0 200 OK\r\nl :  99 \r\ns: x\r\nContent-Length: 7\r\n\r\nbody");
        assert_eq!(message.to_string(), "SIP/2.0 200 OK\r\nl :  4 \r\ns: x\r\n\r\nbody");
    }

    #[test]
    fn what_is_not_edited_keeps_its_bytes() {
        let text = "sip/2.0  200   Fine\nv:\n a \nNO FIELD\nl:0\ns : \t odd \n\n";
        let mut message = parse(text);
        assert_eq!(message.to_bytes(), text);
        message.headers_mut().push(&Subject("new".into()));
        message.headers_mut().remove(&HeaderName::Via);
        assert_eq!(message.to_bytes(), "sip/2.0  200   Fine\nNO FIELD\nl:0\ns : \t odd \nSubject: new\r\n\n");
    }

    #[test]
    fn the_empty_line_stays_empty_where_lines_are_taken_out() {
        let message = parse("SIP/2.0 200 OK\r\nl: 0\rl: 5\r\n\n\r\n");
        assert_eq!(message.to_bytes(), "SIP/2.0 200 OK\r\nl: 2\r\r\n\r\n");
        assert_eq!(parse(&message.to_string()).body(), "\r\n");
    }

    #[test]
    fn a_message_without_its_empty_line_can_be_edited() {
        let mut message = parse("SIP/2.0 200 OK\r\ns: x\r\n");
        message.headers_mut().push(&Subject("y".into()));
        let expected = "SIP/2.0 200 OK\r\ns: x\r\nSubject: y\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(message.to_bytes(), expected);
        assert_eq!(parse("SIP/2.0 200 OK\n").to_bytes(), "SIP/2.0 200 OK\nContent-Length: 0\r\n\r\n");
    }

    #[test]
    fn a_message_that_breaks_off_in_a_line_is_refused() {
        for text in ["SIP/2.0 200 OK", "SIP/2.0 200 OK\r\nMax-For", "SIP/2.0 200 OK\r\ns: x\r\n y"] {
            assert_eq!(Message::parse(text.into()), Err(ParseMessageError::Truncated { offset: text.len() }));
        }
    }

    #[test]
    fn offsets_count_from_the_first_byte_received() {
        let error = Message::parse("\r\n\r\nINVITE sip:a".into()).unwrap_err();
        assert_eq!(error, ParseMessageError::StartLine { rule: "SIP-Version", offset: 11 });
        assert_eq!(Message::parse("\r\n\r\n".into()), Err(ParseMessageError::Empty));
        let large = Message::parse(vec![b' '; 65 * 1024].into());
        assert_eq!(large, Err(ParseMessageError::TooLarge { length: 66560, limit: 65536 }));
    }

    #[test]
    fn a_new_body_takes_the_fields_of_the_old_one_away() {
        let Message::Response(mut response) = parse("SIP/2.0 200 OK\r\ne: gzip\r\nc: x/y\r\ns: a\r\n\r\nzz")
        else {
            panic!("a response")
        };
        response.set_body(&ContentType::sdp(), "v=0".into());
        assert_eq!(
            response.to_bytes(),
            "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\ns: a\r\nContent-Length: 3\r\n\r\nv=0"
        );
        response.clear_body();
        assert_eq!(response.to_bytes(), "SIP/2.0 200 OK\r\ns: a\r\nContent-Length: 0\r\n\r\n");
    }
}
