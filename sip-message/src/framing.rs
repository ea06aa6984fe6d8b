//! Finding the lines of a message: RFC 3261 §7 framing as a byte scan, with the line ends that are met in practice.
//!
//! A line ends with CRLF, LF or CR; a line that begins with white space continues the one before it (§7.3.1); an
//! empty line ends the header section, and so does the end of the input behind a line end.

use crate::header_name::NameId;
use crate::headers::{Line, Origin, offset};
use crate::token::is_token_byte;
use crate::{Limits, ParseMessageError};
use memchr::memchr2;
use std::ops::Range;

/// Where the header section ends.
pub(crate) struct Head {
    pub(crate) lines: Vec<Line>,
    /// The empty line before the body; empty itself where the input ended before it.
    pub(crate) separator: Range<u32>,
    /// Where the body begins.
    pub(crate) body: usize,
    /// What the Content-Length fields say.
    pub(crate) length: DeclaredLength,
}

/// What the Content-Length fields of a message say (RFC 3261 §20.14). Parser and stream framer both go by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeclaredLength {
    Absent,
    Once(usize),
    /// Several times, always the same.
    Repeated(usize),
    /// Several times, not the same.
    Conflict,
    /// Something else than `1*DIGIT`, or more than a number can hold.
    Malformed,
}

impl DeclaredLength {
    /// The length, where there is no doubt about it.
    pub(crate) const fn get(self) -> Option<usize> {
        match self {
            Self::Once(length) | Self::Repeated(length) => Some(length),
            Self::Absent | Self::Conflict | Self::Malformed => None,
        }
    }

    /// The same with one more field.
    fn with(self, value: &[u8]) -> Self {
        match (self, content_length(value)) {
            (Self::Malformed, _) | (_, None) => Self::Malformed,
            (Self::Absent, Some(length)) => Self::Once(length),
            (Self::Once(first) | Self::Repeated(first), Some(length)) if first == length => {
                Self::Repeated(first)
            }
            (Self::Once(_) | Self::Repeated(_) | Self::Conflict, Some(_)) => Self::Conflict,
        }
    }
}

/// `1*DIGIT`, without allocation or overflow.
pub(crate) fn content_length(digits: &[u8]) -> Option<usize> {
    let add = |sum: usize, digit: &u8| match digit {
        b'0'..=b'9' => sum.checked_mul(10)?.checked_add(usize::from(digit - b'0')),
        _ => None,
    };
    if digits.is_empty() { None } else { digits.iter().try_fold(0, add) }
}

/// How many fields there is room for before the index has to grow: most messages have fewer.
const USUAL_FIELDS: usize = 24;

/// The number of line-end bytes before the message: keep-alives and sloppy framing (RFC 3261 §7.5).
pub(crate) fn leading_line_ends(bytes: &[u8]) -> usize {
    // rfc3261#7.5 line ends before the start line are passed over
    bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
}

/// The content of the line that begins at `start`, and where the next one begins.
pub(crate) fn line(source: &[u8], start: usize) -> (Range<usize>, usize) {
    let rest = source.get(start..).unwrap_or_default();
    let length = memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
    let end = start + length;
    (start..end, end + line_end(source, end))
}

/// The first line end at or behind `from`, and where the next line begins; `None` while bytes to come could change it.
pub(crate) fn whole_line_end(source: &[u8], from: usize) -> Option<(usize, usize)> {
    let (before, next) = line(source, from);
    let at_the_end = next == source.len() && source.get(before.end..) != Some(b"\r\n");
    let undecided = at_the_end && source.get(before.end) != Some(&b'\n');
    (!undecided).then_some((before.end, next))
}

/// Scans the header section that begins at `start`.
pub(crate) fn head(source: &[u8], start: usize, limits: &Limits) -> Result<Head, ParseMessageError> {
    let mut lines = Vec::with_capacity(USUAL_FIELDS);
    let mut length = DeclaredLength::Absent;
    let mut position = start;
    loop {
        let blank = line_end(source, position);
        if blank > 0 || position >= source.len() {
            let body = position + blank;
            return Ok(Head { lines, separator: offset(position)..offset(body), body, length });
        }
        if lines.len() == limits.header_fields {
            return Err(ParseMessageError::TooManyFields { limit: limits.header_fields });
        }
        let (line, content_end, next) = header_line(source, position);
        if next - position > limits.line {
            return Err(ParseMessageError::LineTooLong { offset: position, limit: limits.line });
        }
        if next == source.len() && content_end == next {
            // rfc3261#7 an empty line ends the header section; without so much as a line end more was to come
            return Err(ParseMessageError::Truncated { offset: next });
        }
        if line.id == NameId::CONTENT_LENGTH {
            length = length.with(source.get(line.value()).unwrap_or_default());
        }
        lines.push(line);
        position = next;
    }
}

/// The field at `start` with its folds, the end of its content, and where the next line begins.
///
/// `header-name *( SP / HTAB ) ":" SWS header-value`; any other line is kept as a raw one.
fn header_line(source: &[u8], start: usize) -> (Line, usize, usize) {
    let named = header_name(source, start);
    let value_from = named.as_ref().map_or(start, |(_, value_from)| *value_from);
    let (first, mut next) = line(source, value_from);
    let mut content_end = first.end;
    // rfc3261#7.3.1 a line that begins with white space continues the one before it
    while matches!(source.get(next), Some(b' ' | b'\t')) {
        let (continuation, after) = line(source, next);
        content_end = continuation.end;
        next = after;
    }
    let (id, name_end) = match named {
        Some((name_end, _)) => (NameId::find(source.get(start..name_end).unwrap_or_default()), name_end),
        None => (NameId::RAW, start),
    };
    let value = trimmed(source, value_from..content_end);
    let line = Line {
        id,
        origin: Origin::Received,
        start: offset(start),
        name_end: offset(name_end),
        value_start: offset(value.start),
        value_end: offset(value.end),
        end: offset(next),
    };
    (line, content_end, next)
}

/// Where the name that begins at `start` ends, and where the value behind its colon begins.
fn header_name(source: &[u8], start: usize) -> Option<(usize, usize)> {
    let mut name_end = start;
    while source.get(name_end).is_some_and(|byte| is_token_byte(*byte)) {
        name_end += 1;
    }
    let mut colon = name_end;
    while matches!(source.get(colon), Some(b' ' | b'\t')) {
        colon += 1;
    }
    (name_end > start && source.get(colon) == Some(&b':')).then_some((name_end, colon + 1))
}

/// `range` without the white space and folds at its ends.
pub(crate) fn trimmed(source: &[u8], range: Range<usize>) -> Range<usize> {
    let mut bytes = source.get(range.clone()).unwrap_or_default();
    let mut start = range.start;
    while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = bytes {
        bytes = rest;
        start += 1;
    }
    while let [rest @ .., b' ' | b'\t' | b'\r' | b'\n'] = bytes {
        bytes = rest;
    }
    if bytes.is_empty() { range.start..range.start } else { start..start + bytes.len() }
}

/// The length of the line end at `position`: CRLF 2, LF or CR 1, anything else 0.
fn line_end(source: &[u8], position: usize) -> usize {
    match (source.get(position), source.get(position + 1)) {
        (Some(b'\r'), Some(b'\n')) => 2,
        (Some(b'\r' | b'\n'), _) => 1,
        (Some(_) | None, _) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(source: &str) -> (Vec<&str>, &str) {
        let head = head(source.as_bytes(), 0, &Limits::default()).unwrap();
        let values =
            head.lines.iter().map(|line| &source[line.value_start as usize..line.value_end as usize]);
        (values.collect(), &source[head.body..])
    }

    #[test]
    fn every_kind_of_line_end() {
        assert_eq!(parts("a: 1\r\nb: 2\r\n\r\nbody"), (vec!["1", "2"], "body"));
        assert_eq!(parts("a: 1\nb: 2\n\nbody"), (vec!["1", "2"], "body"));
        assert_eq!(parts("a: 1\rb: 2\r\rbody"), (vec!["1", "2"], "body"));
        assert_eq!(parts("a: 1\r\nb: 2\r\n"), (vec!["1", "2"], ""));
    }

    #[test]
    fn a_line_without_its_end_is_part_of_more() {
        let error = head(b"a: 1\r\nb: 2", 0, &Limits::default()).err();
        assert_eq!(error, Some(ParseMessageError::Truncated { offset: 10 }));
        assert!(head(b"a: 1\r\n b", 0, &Limits::default()).is_err());
    }

    #[test]
    fn folds_and_white_space() {
        assert_eq!(parts("a\t :\r\n 1\r\n\t2 \r\n \r\nb:2\r\n\r\n"), (vec!["1\r\n\t2", "2"], ""));
        assert_eq!(parts("a:\r\nb: \r\n\r\n"), (vec!["", ""], ""));
    }

    #[test]
    fn limits_are_kept() {
        let limits = Limits { line: 6, ..Limits::default() };
        assert!(head(b"a: 1\r\n\r\n", 0, &limits).is_ok());
        let error = head(b"a: 1\r\nb: 2\r\n 3\r\n\r\n", 0, &limits).err();
        assert_eq!(error, Some(ParseMessageError::LineTooLong { offset: 6, limit: 6 }));
        let limits = Limits { header_fields: 0, ..limits };
        let error = head(b"a: 1\r\n\r\n", 0, &limits).err();
        assert_eq!(error, Some(ParseMessageError::TooManyFields { limit: 0 }));
    }
}
