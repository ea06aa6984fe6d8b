//! Request line and status line (RFC 3261 §7.1, §7.2).

use crate::framing::trimmed;
use crate::headers::{Buffer, offset};
use crate::{Method, Mode, ParseMessageError, StatusCode};
use std::borrow::Cow;
use std::ops::Range;

/// The protocol version of everything we send.
pub(crate) const VERSION: &str = "SIP/2.0";

/// A start line, its texts left in the received bytes.
pub(crate) enum StartLine {
    Request { method: Method, uri: Text, version: Text },
    Response { version: Text, status: StatusCode, reason: Text },
}

/// Text that stands in the received bytes or was written since.
#[derive(Clone)]
pub(crate) enum Text {
    Received(Range<u32>),
    Written(Cow<'static, str>),
}

impl Text {
    /// A text of ours.
    pub(crate) const fn constant(text: &'static str) -> Self {
        Self::Written(Cow::Borrowed(text))
    }

    /// Whether it is one of ours; of versions there is but one.
    pub(crate) const fn is_constant(&self) -> bool {
        matches!(self, Self::Written(Cow::Borrowed(_)))
    }

    /// The text at `range`; a copy with U+FFFD for what is not UTF-8.
    fn received(source: &[u8], range: Range<usize>) -> Self {
        let bytes = source.get(range.clone()).unwrap_or_default();
        if bytes.is_ascii() || std::str::from_utf8(bytes).is_ok() {
            return Self::Received(offset(range.start)..offset(range.end));
        }
        Self::Written(Cow::Owned(String::from_utf8_lossy(bytes).into_owned()))
    }

    /// The version at `range`, which is nearly always ours.
    fn version(source: &[u8], range: Range<usize>) -> Self {
        if source.get(range.clone()) == Some(VERSION.as_bytes()) {
            return Self::constant(VERSION);
        }
        Self::received(source, range)
    }

    /// Notes that it was printed, from `start` on; what is constant stays so.
    pub(crate) fn stands_at(&mut self, start: usize) {
        let length = match &self {
            Self::Received(range) => range.len(),
            Self::Written(Cow::Owned(text)) => text.len(),
            Self::Written(Cow::Borrowed(_)) => return,
        };
        *self = Self::Received(offset(start)..offset(start.saturating_add(length)));
    }

    /// The text; `source` are the received bytes.
    pub(crate) fn get<'a>(&'a self, source: Buffer<'a>) -> &'a str {
        match self {
            Self::Received(range) => {
                source.text(range.start as usize..range.end as usize).unwrap_or_default()
            }
            Self::Written(text) => text,
        }
    }
}

/// A Request-URI without what does not belong there: white space and enclosing angle brackets (RFC 4475 §3.1.2.7,
/// §3.1.2.8). It is for reading only; the text itself goes out as it came in.
pub(crate) fn readable_uri(text: &str) -> Cow<'_, str> {
    let inside = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
    if inside.contains([' ', '\t']) {
        return Cow::Owned(inside.replace([' ', '\t'], ""));
    }
    Cow::Borrowed(inside)
}

impl StartLine {
    /// Reads the line at `range` of `source`.
    pub(crate) fn parse(source: &[u8], range: Range<usize>, mode: Mode) -> Result<Self, ParseMessageError> {
        let line = Line { source, range: trimmed_end(source, range) };
        let bytes = source.get(line.range.clone()).unwrap_or_default();
        if is_version(bytes) { line.status_line(bytes) } else { line.request_line(bytes, mode) }
    }
}

/// A line and where it stands; what is read of it is always a part that reaches to its end.
struct Line<'a> {
    source: &'a [u8],
    range: Range<usize>,
}

impl Line<'_> {
    /// `Request-Line = Method SP Request-URI SP SIP-Version`; more white space is met, also inside the URI.
    fn request_line(&self, line: &[u8], mode: Mode) -> Result<StartLine, ParseMessageError> {
        let (word, rest) = split_word(line);
        let method = std::str::from_utf8(word).ok().and_then(|text| text.parse().ok());
        let method = method.ok_or_else(|| malformed("Method", self.range.start))?;
        let last = last_word(rest);
        let mut version = self.behind(last);
        if !is_version(last) {
            if mode != Mode::Salvage {
                return Err(malformed("SIP-Version", version.start));
            }
            version.start = version.end;
        }
        let uri = trimmed(self.source, self.behind(rest).start..version.start);
        if uri.is_empty() {
            return Err(malformed("Request-URI", self.behind(rest).start));
        }
        let (uri, version) = (Text::received(self.source, uri), Text::version(self.source, version));
        Ok(StartLine::Request { method, uri, version })
    }

    /// `Status-Line = SIP-Version SP Status-Code SP Reason-Phrase`
    fn status_line(&self, line: &[u8]) -> Result<StartLine, ParseMessageError> {
        let (version, rest) = split_word(line);
        let version = Text::version(self.source, self.range.start..self.range.start + version.len());
        let (digits, reason) = split_word(rest);
        let code = match digits {
            [_, _, _] => std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()),
            _ => None,
        };
        let status = code.and_then(StatusCode::new);
        let status = status.ok_or_else(|| malformed("Status-Code", self.behind(rest).start))?;
        let reason = Text::received(self.source, self.behind(reason));
        Ok(StartLine::Response { version, status, reason })
    }

    /// Where `rest` stands, which is what is left of the line.
    const fn behind(&self, rest: &[u8]) -> Range<usize> {
        self.range.end - rest.len()..self.range.end
    }
}

/// Whether `bytes` begin with `SIP/`; case does not count (RFC 3261 §7.1).
fn is_version(bytes: &[u8]) -> bool {
    bytes == VERSION.as_bytes() || bytes.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/"))
}

/// The bytes up to the next white space, and what stands behind that.
fn split_word(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| is_space(*byte)).unwrap_or(bytes.len());
    let (word, mut rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
    while let [b' ' | b'\t', tail @ ..] = rest {
        rest = tail;
    }
    (word, rest)
}

/// The bytes behind the last white space.
fn last_word(bytes: &[u8]) -> &[u8] {
    if let [.., blank, _, _, _, _, _, _, _] = bytes
        && is_space(*blank)
        && bytes.ends_with(VERSION.as_bytes())
    {
        return bytes.get(bytes.len() - VERSION.len()..).unwrap_or_default();
    }
    let start = bytes.iter().rposition(|byte| is_space(*byte)).map_or(0, |space| space + 1);
    bytes.get(start..).unwrap_or_default()
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// `range`, which is one line, without white space at its end.
fn trimmed_end(source: &[u8], range: Range<usize>) -> Range<usize> {
    let mut line = source.get(range.clone()).unwrap_or_default();
    while let [front @ .., b' ' | b'\t'] = line {
        line = front;
    }
    range.start..range.start + line.len()
}

const fn malformed(rule: &'static str, offset: usize) -> ParseMessageError {
    ParseMessageError::StartLine { rule, offset }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(line: &str) -> Result<(Method, String, String), ParseMessageError> {
        match StartLine::parse(line.as_bytes(), 0..line.len(), Mode::Lenient)? {
            StartLine::Request { method, uri, version } => {
                Ok((method, uri.get(Buffer::Text(line)).into(), version.get(Buffer::Text(line)).into()))
            }
            StartLine::Response { .. } => panic!("a status line"),
        }
    }

    fn response(line: &[u8]) -> Result<(u16, String), ParseMessageError> {
        match StartLine::parse(line, 0..line.len(), Mode::Lenient)? {
            StartLine::Response { status, reason, .. } => {
                Ok((status.code(), reason.get(Buffer::Bytes(line)).into()))
            }
            StartLine::Request { .. } => panic!("a request line"),
        }
    }

    #[test]
    fn request_lines_also_with_too_much_white_space() {
        let expected = (Method::Invite, "sip:a@b".to_owned(), "SIP/2.0".to_owned());
        assert_eq!(request("INVITE sip:a@b SIP/2.0").unwrap(), expected);
        assert_eq!(request("INVITE  sip:a@b\t SIP/2.0  ").unwrap(), expected);
        assert_eq!(request("INVITE sip:a; b sip/7.0").unwrap().1, "sip:a; b");
        assert_eq!(request("INVITE sip:a; b sip/7.0").unwrap().2, "sip/7.0");
    }

    #[test]
    fn what_is_no_request_line_says_why() {
        assert_eq!(request("INVITE sip:a@b"), Err(malformed("SIP-Version", 7)));
        assert_eq!(request("INVITE SIP/2.0"), Err(malformed("Request-URI", 7)));
        assert_eq!(request("GET / HTTP/1.1"), Err(malformed("SIP-Version", 6)));
        assert_eq!(request("(x) sip:a SIP/2.0"), Err(malformed("Method", 0)));
        assert_eq!(request(""), Err(malformed("Method", 0)));
    }

    #[test]
    fn status_lines() {
        assert_eq!(response(b"SIP/2.0 200 OK").unwrap(), (200, "OK".into()));
        assert_eq!(response(b"sip/2.0 183 = 2**3 ").unwrap(), (183, "= 2**3".into()));
        assert_eq!(response(b"SIP/2.0 100").unwrap(), (100, String::new()));
        assert_eq!(response(b"SIP/2.0 100 \xff").unwrap(), (100, "\u{fffd}".into()));
        for bad in ["SIP/2.0 4294967301 x", "SIP/2.0 099 x", "SIP/2.0 700", "SIP/2.0", "SIP/2.0 +20 x"] {
            assert!(matches!(
                response(bad.as_bytes()),
                Err(ParseMessageError::StartLine { rule: "Status-Code", .. })
            ));
        }
    }
}
