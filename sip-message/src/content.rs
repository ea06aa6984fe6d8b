//! What requests and responses have in common: header fields, body and how both are printed (RFC 3261 §7.3, §7.4).

use crate::deviations::{self, Reception};
use crate::grammar::digits;
use crate::headers::{Buffer, harmless, offset};
use crate::{ContentType, Deviation, Framing, HeaderName, Headers, ParseMessageError, ParseOptions, framing};
use bytes::Bytes;
use std::ops::Range;

/// Header fields and body, with the bytes they were received in.
#[derive(Clone, Default)]
pub(crate) struct Content {
    headers: Headers,
    separator: Range<u32>,
    body: Bytes,
    reception: Reception,
    /// Whether the body, or the start line in front, differs from what was received.
    edited: bool,
}

/// How the Content-Length fields stand to the body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LengthField {
    Right,
    Wrong,
    Absent,
}

impl Content {
    /// Takes in a received message whose header section begins at `start`. What stands behind the end of the body is
    /// thrown away.
    pub(crate) fn receive(
        &mut self,
        mut source: Bytes,
        start: usize,
        reception: Reception,
        options: &ParseOptions,
    ) -> Result<(), ParseMessageError> {
        let head = framing::fields(&mut self.headers, &source, start, &options.limits)?;
        let start = head.body.min(source.len());
        let length = match options.framing {
            // rfc3261#18.3 bytes behind the end of the body are discarded; without Content-Length there are none
            Framing::Datagram => head.length.get().unwrap_or(usize::MAX),
            Framing::WebSocket => usize::MAX,
        };
        source.truncate(start.saturating_add(length));
        self.body = source.slice(start..);
        self.headers.stand_in(source, options.mode);
        self.separator = head.separator;
        self.reception = reception;
        Ok(())
    }

    /// Everything that deviates in what was received.
    pub(crate) fn deviations(&self) -> Vec<Deviation> {
        let body = self.headers.source().len().saturating_sub(self.separator.end as usize);
        deviations::find(&self.headers, body, self.reception)
    }

    pub(crate) const fn headers(&self) -> &Headers {
        &self.headers
    }

    pub(crate) const fn headers_mut(&mut self) -> &mut Headers {
        &mut self.headers
    }

    pub(crate) const fn body(&self) -> &Bytes {
        &self.body
    }

    /// How many bytes of line ends stood before the message.
    pub(crate) const fn skipped(&self) -> usize {
        self.reception.skipped as usize
    }

    /// The received bytes while they are the whole truth: neither written by us nor edited since.
    pub(crate) fn as_received(&self) -> Option<&Bytes> {
        if self.edited || self.headers.is_edited() { None } else { Some(self.headers.source()) }
    }

    /// The received bytes; empty for a message of ours.
    pub(crate) fn source(&self) -> &[u8] {
        self.headers.source()
    }

    /// The same to be read.
    pub(crate) fn source_buffer(&self) -> Buffer<'_> {
        self.headers.source_buffer()
    }

    pub(crate) fn set_body(&mut self, content_type: &ContentType, body: Bytes) {
        // The fields that described the old body go (RFC 3261 §7.4.1).
        for name in [HeaderName::ContentEncoding, HeaderName::ContentDisposition, HeaderName::ContentLanguage]
        {
            self.headers.remove(&name);
        }
        self.headers.set(content_type);
        self.replace_body(body);
    }

    pub(crate) fn clear_body(&mut self) {
        use HeaderName::{ContentDisposition, ContentEncoding, ContentId, ContentLanguage, ContentType};
        for name in [ContentType, ContentEncoding, ContentDisposition, ContentLanguage, ContentId] {
            self.headers.remove(&name);
        }
        self.replace_body(Bytes::new());
    }

    /// Notes that the start line differs from what was received, or that nothing was.
    pub(crate) const fn mark_edited(&mut self) {
        self.edited = true;
    }

    /// Prints the message behind `start_line`, given as its pieces, or as received up to a position.
    pub(crate) fn print(&self, start_line: &StartLineText<'_>) -> Bytes {
        let length = self.length_field();
        if length == LengthField::Right && !self.edited && !self.headers.is_edited() {
            return self.headers.source().clone();
        }
        let number = (length == LengthField::Absent).then(|| self.body.len());
        let added = number.map_or(0, |number| LENGTH.len() + digit_count(number) + 2);
        let separator = self.separator();
        // No more and no less, or the bytes would have to move once more.
        let fields = self.headers.printed_len() + added;
        let mut out = Vec::with_capacity(start_line.len() + fields + separator.len() + self.body.len());
        start_line.print(self.source(), &mut out);
        if length == LengthField::Wrong {
            self.print_corrected(&mut out);
        } else {
            self.headers.print(&mut out);
        }
        if let Some(number) = number {
            out.extend_from_slice(LENGTH);
            write_number(number, digit_count(number), &mut out);
            out.extend_from_slice(b"\r\n");
        }
        // Where lines were taken out, a bare CR may stand before a bare LF: together they would be one line end.
        let between = if separator == b"\n" && out.ends_with(b"\r") { b"\r\n" } else { separator };
        out.extend_from_slice(between);
        out.extend_from_slice(&self.body);
        out.into()
    }

    /// The bytes that [`print`](Self::print) makes, to [`seal`](Self::seal) the message in; `None` where nothing would be
    /// gained, or a wrong Content-Length would have to be corrected.
    pub(crate) fn printed(&self, start_line: &StartLineText<'_>) -> Option<Printed> {
        let length_digits = match self.length_field() {
            LengthField::Wrong => return None,
            LengthField::Right if self.as_received().is_some() => return None,
            LengthField::Right => None,
            LengthField::Absent => Some(digit_count(self.body.len())),
        };
        Some(Printed { text: self.print(start_line), line_end: start_line.len(), length_digits })
    }

    /// The same content in the bytes that were printed.
    pub(crate) fn seal(&mut self, printed: Printed) {
        let Printed { text, line_end, length_digits } = printed;
        let body = text.len().saturating_sub(self.body.len());
        self.headers.seal(text.clone(), line_end, length_digits);
        let fields_end = line_end.saturating_add(self.headers.printed_len());
        self.stand_in(&text, offset(fields_end)..offset(body));
    }

    /// Takes in a message that was sealed, whose fields stand in `source` already.
    pub(crate) fn stand_in(&mut self, source: &Bytes, separator: Range<u32>) {
        self.body = source.slice((separator.end as usize).min(source.len())..);
        self.reception = Reception { skipped: 0, length: offset(source.len()) };
        self.separator = separator;
        self.edited = false;
    }

    /// Where the empty line before the body stands, if the message was received or sealed.
    pub(crate) const fn separator_span(&self) -> &Range<u32> {
        &self.separator
    }

    /// The empty line before the body, as received if it was.
    fn separator(&self) -> &[u8] {
        let received = self.source().get(self.separator.start as usize..self.separator.end as usize);
        received.filter(|separator| !separator.is_empty()).unwrap_or(b"\r\n")
    }

    /// Prints the fields with one Content-Length, which is right, in the place of the first.
    fn print_corrected(&self, out: &mut Vec<u8>) {
        let value = self.body.len().to_string();
        let id = HeaderName::ContentLength.id();
        let mut corrected = false;
        for field in self.headers.lines() {
            if !field.is_called(id, &HeaderName::ContentLength) {
                out.extend_from_slice(field.line());
            } else if !corrected {
                field.print_with(&value, out);
                corrected = true;
            }
        }
    }

    fn length_field(&self) -> LengthField {
        let mut fields = self.headers.lengths().peekable();
        if fields.peek().is_none() {
            return LengthField::Absent;
        }
        let right = fields.all(|field| digits(field.value()) == Some(self.body.len()));
        if right { LengthField::Right } else { LengthField::Wrong }
    }

    pub(crate) fn replace_body(&mut self, body: Bytes) {
        self.body = body;
        self.edited = true;
    }
}

const LENGTH: &[u8] = b"Content-Length: ";

fn digit_count(number: usize) -> usize {
    number.checked_ilog10().map_or(1, |power| power as usize + 1)
}

/// Appends a number of so many digits.
fn write_number(number: usize, digits: usize, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + digits, b'0');
    let mut rest = number;
    for byte in out.iter_mut().skip(start).rev() {
        *byte = b"0123456789".get(rest % 10).copied().unwrap_or(b'0');
        rest /= 10;
    }
}

/// A message as it was printed.
pub(crate) struct Printed {
    text: Bytes,
    line_end: usize,
    /// How many digits the Content-Length has that was added.
    length_digits: Option<usize>,
}

/// The start line as it is to be printed.
pub(crate) enum StartLineText<'a> {
    /// As received, up to this position of the source.
    Received(u32),
    /// Three words, as `INVITE`, `sip:bob@biloxi.com`, `SIP/2.0`.
    Words([&'a str; 3]),
}

impl StartLineText<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Received(end) => *end as usize,
            Self::Words(words) => words.iter().map(|word| word.len() + 1).sum::<usize>() + 1,
        }
    }

    fn print(&self, source: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Received(end) => out.extend_from_slice(source.get(..*end as usize).unwrap_or_default()),
            Self::Words(words) => {
                for (index, word) in words.iter().enumerate() {
                    if index > 0 {
                        out.push(b' ');
                    }
                    out.extend(word.bytes().map(harmless));
                }
                out.extend_from_slice(b"\r\n");
            }
        }
    }
}
