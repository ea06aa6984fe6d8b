//! One header field as it stands in a message: `header-name HCOLON header-value` (RFC 3261 §7.3.1).

use super::Buffer;
use crate::grammar::unfold;
use crate::header_name::NameId;
use crate::{Header, HeaderError, HeaderName, Token};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::str::Utf8Error;

/// A header field, as received (RFC 3261 §7.3.1).
#[derive(Clone, Copy)]
pub struct Field<'a> {
    buffer: Buffer<'a>,
    line: Line,
}

impl<'a> Field<'a> {
    pub(crate) const fn new(buffer: Buffer<'a>, line: Line) -> Self {
        Self { buffer, line }
    }

    /// The name; compact forms are resolved.
    #[must_use]
    pub fn name(&self) -> HeaderName {
        match self.line.id.known() {
            Some(known) => known.clone(),
            // The index has other names only where the text is a token.
            None => HeaderName::Other(self.name_text().parse().unwrap_or(const { Token::from_static("-") })),
        }
    }

    /// The name as it stands in the message.
    #[must_use]
    pub fn name_text(&self) -> &'a str {
        self.buffer.text(self.line.start as usize..self.line.name_end as usize).unwrap_or_default()
    }

    /// The value without the white space around it; folds are in it as received.
    #[must_use]
    pub fn value(&self) -> &'a [u8] {
        self.slice(self.line.value_start..self.line.value_end)
    }

    /// The value as text, each fold replaced by one space.
    ///
    /// # Errors
    /// [`HeaderError::NotUtf8`].
    pub fn text(&self) -> Result<Cow<'a, str>, HeaderError> {
        match self.plain_text() {
            Ok(text) if self.line.is_folded => Ok(unfold(text)),
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) => Err(HeaderError::NotUtf8 { name: self.name(), offset: error.valid_up_to() }),
        }
    }

    /// The value as text, folds included.
    pub(crate) fn plain_text(&self) -> Result<&'a str, Utf8Error> {
        self.buffer.text(self.line.value())
    }

    /// The text of one element of the value.
    pub(crate) fn element_text(
        &self,
        name: &HeaderName,
        element: Range<usize>,
    ) -> Result<&'a str, HeaderError> {
        let Range { start, end } = self.line.value();
        let place = |position: usize| start.saturating_add(position).min(end);
        self.buffer.text(place(element.start)..place(element.end)).map_err(|error| HeaderError::NotUtf8 {
            name: name.clone(),
            offset: element.start + error.valid_up_to(),
        })
    }

    /// The tag of the address in the value, empty where it has none; `None` where nobody has looked for it.
    pub(crate) fn noted_tag(&self) -> Option<&'a str> {
        let TagPlace { start, length } = self.line.tag;
        let start = Some(start).filter(|start| *start > 0)?;
        let start = self.line.value().start + usize::from(start);
        self.buffer.text(start..start + usize::from(length)).ok()
    }

    /// The whole line, folds and line end included.
    pub(crate) fn line(&self) -> &'a [u8] {
        self.slice(self.line.start..self.line.end)
    }

    /// The same as text.
    pub(crate) fn line_text(&self) -> Result<&'a str, Utf8Error> {
        self.buffer.text(self.line.start as usize..self.line.end as usize)
    }

    /// Where the value stands in its buffer.
    pub(crate) const fn value_span(&self) -> Range<usize> {
        self.line.value()
    }

    /// Where the line stands in its buffer, up to its line end.
    pub(crate) fn line_span(&self) -> Range<usize> {
        let line = self.line();
        let end = line.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
        self.line.start as usize..self.line.start as usize + end
    }

    /// Whether the line is no header field.
    pub(crate) fn is_raw(&self) -> bool {
        self.line.id == NameId::RAW
    }

    /// Appends the line with another value, all else as it is.
    pub(crate) fn print_with(&self, value: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(self.slice(self.line.start..self.line.value_start));
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(self.slice(self.line.value_end..self.line.end));
    }

    /// The same line, printed at `base` of the buffer of written lines, up to `end`.
    pub(crate) const fn moved_to(&self, base: u32, end: u32) -> Line {
        let Line { id, is_folded, tag, start, name_end, value_start, value_end, .. } = self.line;
        Line {
            id,
            is_folded,
            tag,
            origin: Origin::Written,
            start: base,
            name_end: base.saturating_add(name_end.saturating_sub(start)),
            value_start: base.saturating_add(value_start.saturating_sub(start)),
            value_end: base.saturating_add(value_end.saturating_sub(start)),
            end,
        }
    }

    /// Whether the field has this name; `id` is that of `name`.
    pub(crate) fn is_called(&self, id: NameId, name: &HeaderName) -> bool {
        self.line.id == id && (id != NameId::OTHER || self.name_text().eq_ignore_ascii_case(name.as_str()))
    }

    /// Decodes one element of the value.
    pub(crate) fn decode<H: Header>(&self, element: Range<usize>) -> Result<H, HeaderError> {
        self.decode_by(&H::NAME, element, H::decode)
    }

    /// Decodes one element of the value by the grammar of the field called `name`.
    pub(crate) fn decode_by<T>(
        &self,
        name: &HeaderName,
        element: Range<usize>,
        decode: impl Fn(&str) -> Result<T, HeaderError>,
    ) -> Result<T, HeaderError> {
        let base = element.start;
        let text = self.element_text(name, element)?;
        let value = if self.line.is_folded { unfold(text) } else { Cow::Borrowed(text) };
        decode(&value).map_err(|error| error.moved(base))
    }

    fn slice(&self, range: Range<u32>) -> &'a [u8] {
        self.buffer.bytes(range.start as usize..range.end as usize)
    }
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Field").field(&self.name_text()).finish()
    }
}

/// A line of the header section in the index: its name and where its parts stand in their buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) id: NameId,
    /// Whether it goes on in another line of the message; no other value has a line end in it.
    pub(crate) is_folded: bool,
    /// Where the tag of the address in it is, once that was looked for.
    pub(crate) tag: TagPlace,
    pub(crate) origin: Origin,
    pub(crate) start: u32,
    pub(crate) name_end: u32,
    pub(crate) value_start: u32,
    pub(crate) value_end: u32,
    /// Behind the line end.
    pub(crate) end: u32,
}

impl Line {
    /// No line, in front of all.
    pub(crate) const NOWHERE: Self = Self {
        id: NameId::RAW,
        is_folded: false,
        tag: TagPlace::UNKNOWN,
        origin: Origin::Received,
        start: 0,
        name_end: 0,
        value_start: 0,
        value_end: 0,
        end: 0,
    };

    /// Where the value stands.
    pub(crate) const fn value(&self) -> Range<usize> {
        self.value_start as usize..self.value_end as usize
    }
}

/// Where in a value the tag at its end begins, and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TagPlace {
    /// Never 0: an address stands in front.
    start: u16,
    length: u16,
}

impl TagPlace {
    /// Nobody has looked.
    pub(crate) const UNKNOWN: Self = Self { start: 0, length: 0 };

    /// Where it begins and how long it is.
    pub(super) const fn numbers(self) -> [u16; 2] {
        [self.start, self.length]
    }

    /// What [`Self::numbers`] says.
    pub(super) fn of_numbers([start, length]: [u32; 2]) -> Self {
        match (u16::try_from(start), u16::try_from(length)) {
            (Ok(start), Ok(length)) => Self { start, length },
            _ => Self::UNKNOWN,
        }
    }

    /// `tag` is what `value` ends with; unknown in a value that is too long.
    pub(crate) fn at_the_end(value: &str, tag: &str) -> Self {
        let start = value.len().checked_sub(tag.len()).and_then(|start| u16::try_from(start).ok());
        match (start, u16::try_from(tag.len())) {
            (Some(start), Ok(length)) => Self { start, length },
            _ => Self::UNKNOWN,
        }
    }
}

/// Which buffer a line stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Received,
    Written,
    /// Written, but no text.
    Odd,
}

/// A position in a buffer; messages are far smaller than 4 GiB, and a position beyond reads as nothing.
pub(crate) fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
