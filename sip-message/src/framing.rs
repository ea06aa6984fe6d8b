//! Finding the lines of a message: RFC 3261 §7 framing as a byte scan, with the line ends that are met in practice.
//!
//! A line ends with CRLF, LF or CR; a line that begins with white space continues the one before it (§7.3.1); an
//! empty line ends the header section, and so does the end of the input behind a line end.

use crate::grammar::digits;
use crate::header_name::NameId;
use crate::headers::{Line, Lines, Origin, TagPlace};
use crate::scan::line_break;
use crate::token::is_token_byte;
use crate::{Headers, Limits, ParseMessageError};
use std::ops::Range;

/// Where the header section ends.
pub(crate) struct Head {
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
        match (self, digits(value)) {
            (Self::Malformed, _) | (_, None) => Self::Malformed,
            (Self::Absent, Some(length)) => Self::Once(length),
            (Self::Once(first) | Self::Repeated(first), Some(length)) if first == length => {
                Self::Repeated(first)
            }
            (Self::Once(_) | Self::Repeated(_) | Self::Conflict, Some(_)) => Self::Conflict,
        }
    }
}

/// The number of line-end bytes before the message: keep-alives and sloppy framing (RFC 3261 §7.5).
pub(crate) fn leading_line_ends(bytes: &[u8]) -> usize {
    // rfc3261#7.5 line ends before the start line are passed over
    bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
}

/// The content of the line that begins at `start`, and where the next one begins.
pub(crate) fn line(source: &[u8], start: usize) -> (Range<usize>, usize) {
    let rest = source.get(start..).unwrap_or_default();
    let end = start + line_break(rest);
    (start..end, end + line_end(source.get(end..).unwrap_or_default()))
}

/// The first line end at or behind `from`, and where the next line begins; `None` while bytes to come could change it.
pub(crate) fn whole_line_end(source: &[u8], from: usize) -> Option<(usize, usize)> {
    let (before, next) = line(source, from);
    let at_the_end = next == source.len() && source.get(before.end..) != Some(b"\r\n");
    let undecided = at_the_end && source.get(before.end) != Some(&b'\n');
    (!undecided).then_some((before.end, next))
}

/// Finds the header fields of the header section that begins at `start`, for `headers`, which are empty.
pub(crate) fn fields(
    headers: &mut Headers,
    source: &[u8],
    start: usize,
    limits: &Limits,
) -> Result<Head, ParseMessageError> {
    headers.fill(|lines| head(source, start, limits, lines))
}

/// Scans the header section that begins at `start`; its lines are put into `lines`, which is empty.
pub(crate) fn head(
    source: &[u8],
    start: usize,
    limits: &Limits,
    lines: &mut Lines,
) -> Result<Head, ParseMessageError> {
    if u32::try_from(source.len()).is_err() {
        return Err(ParseMessageError::TooLarge { length: source.len(), limit: u32::MAX as usize });
    }
    let mut length = DeclaredLength::Absent;
    let mut position = start;
    loop {
        let rest = source.get(position..).unwrap_or_default();
        if let [] | [b'\r' | b'\n', ..] = rest {
            let body = position + line_end(rest);
            let separator = short(position)..short(body);
            return ended(source, body).map(|body| Head { separator, body, length });
        }
        if lines.len() == limits.header_fields {
            return Err(ParseMessageError::TooManyFields { limit: limits.header_fields });
        }
        // The end first, and not from the colon on: then the next line can be begun while this name is looked up.
        let (content, line_end, following) = first_line(rest);
        let name = Name::at(rest, content);
        let value_from = position + name.value_from;
        let mut value = without_blanks(content.get(name.value_from..).unwrap_or_default(), value_from);
        let mut next = position + content.len() + line_end;
        // rfc3261#7.3.1 a line that begins with white space continues the one before it
        let is_folded = matches!(following, Some(b' ' | b'\t'));
        if is_folded {
            (value, next) = folded(source, value_from, next);
        }
        if next - position > limits.line {
            return Err(ParseMessageError::LineTooLong { offset: position, limit: limits.line });
        }
        if name.id == NameId::CONTENT_LENGTH {
            length = length.with(source.get(value.clone()).unwrap_or_default());
        }
        lines.push(Line {
            id: name.id,
            is_folded,
            tag: TagPlace::UNKNOWN,
            origin: Origin::Received,
            start: short(position),
            name_end: short(position + name.length),
            value_start: short(value.start),
            value_end: short(value.end),
            end: short(next),
        });
        position = next;
    }
}

/// A position in a source whose length was looked at.
#[expect(clippy::cast_possible_truncation, reason = "no longer source is scanned")]
const fn short(position: usize) -> u32 {
    position as u32
}

/// Where the body begins, unless the input ends within a line.
fn ended(source: &[u8], body: usize) -> Result<usize, ParseMessageError> {
    match source.last() {
        None | Some(b'\r' | b'\n') => Ok(body),
        // rfc3261#7 an empty line ends the header section; without so much as a line end more was to come
        Some(_) if body >= source.len() => Err(ParseMessageError::Truncated { offset: source.len() }),
        Some(_) => Ok(body),
    }
}

/// The value from `start` on with the lines from `next` on that continue it, and where the line after them begins.
#[cold]
fn folded(source: &[u8], start: usize, next: usize) -> (Range<usize>, usize) {
    let (mut content_end, mut next) = (next, next);
    while let Some(b' ' | b'\t') = source.get(next) {
        let (continuation, after) = line(source, next);
        content_end = continuation.end;
        next = after;
    }
    (trimmed(source, start..content_end), next)
}

/// The content of the line that `bytes` begin with, the length of its line end, and the byte behind that.
fn first_line(bytes: &[u8]) -> (&[u8], usize, Option<&u8>) {
    let (content, rest) = bytes.split_at_checked(line_break(bytes)).unwrap_or((bytes, &[]));
    let length = line_end(rest);
    (content, length, rest.get(length))
}

/// Where `content`, which is a part of one line and stands at `start`, is without the white space at its ends.
fn without_blanks(content: &[u8], start: usize) -> Range<usize> {
    // One blank in front and none behind is what nearly everybody writes.
    if let [b' ', first, .., last] = content
        && *first > b' '
        && *last > b' '
    {
        return start + 1..start + content.len();
    }
    let mut bytes = content;
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    let from = start + (content.len() - bytes.len());
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    if bytes.is_empty() { start..start } else { from..from + bytes.len() }
}

/// The name that a line begins with.
struct Name {
    id: NameId,
    length: usize,
    /// Where what stands behind its colon begins.
    value_from: usize,
}

impl Name {
    /// The name in `line`, which `bytes` begin with.
    fn at(bytes: &[u8], line: &[u8]) -> Self {
        if let Some((id, length)) = NameId::usual(bytes) {
            return Self { id, length, value_from: length + 1 };
        }
        Self::of_any_form(line).unwrap_or(Self { id: NameId::RAW, length: 0, value_from: 0 })
    }

    /// `header-name HCOLON`
    fn of_any_form(bytes: &[u8]) -> Option<Self> {
        let length = bytes.iter().position(|byte| !is_token_byte(*byte)).filter(|length| *length > 0)?;
        let (name, behind) = bytes.split_at_checked(length)?;
        let blanks = behind.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let colon = behind.get(blanks).filter(|byte| **byte == b':');
        colon.map(|_| Self { id: NameId::find(name), length, value_from: length + blanks + 1 })
    }
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

/// The length of the line end that `bytes` begin with: CRLF 2, LF or CR 1, anything else 0.
const fn line_end(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(source: &str) -> (Vec<&str>, &str) {
        let mut lines = Lines::new();
        let head = head(source.as_bytes(), 0, &Limits::default(), &mut lines).unwrap();
        let values = lines.iter().map(|line| &source[line.value_start as usize..line.value_end as usize]);
        (values.collect(), &source[head.body..])
    }

    fn error(source: &str, limits: &Limits) -> Option<ParseMessageError> {
        head(source.as_bytes(), 0, limits, &mut Lines::new()).err()
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
        let found = error("a: 1\r\nb: 2", &Limits::default());
        assert_eq!(found, Some(ParseMessageError::Truncated { offset: 10 }));
        assert!(error("a: 1\r\n b", &Limits::default()).is_some());
    }

    #[test]
    fn folds_and_white_space() {
        assert_eq!(parts("a\t :\r\n 1\r\n\t2 \r\n \r\nb:2\r\n\r\n"), (vec!["1\r\n\t2", "2"], ""));
        assert_eq!(parts("a:\r\nb: \r\n\r\n"), (vec!["", ""], ""));
    }

    #[test]
    fn limits_are_kept() {
        let limits = Limits { line: 6, ..Limits::default() };
        assert_eq!(error("a: 1\r\n\r\n", &limits), None);
        let found = error("a: 1\r\nb: 2\r\n 3\r\n\r\n", &limits);
        assert_eq!(found, Some(ParseMessageError::LineTooLong { offset: 6, limit: 6 }));
        let limits = Limits { header_fields: 0, ..limits };
        let found = error("a: 1\r\n\r\n", &limits);
        assert_eq!(found, Some(ParseMessageError::TooManyFields { limit: 0 }));
    }
}
