//! A piece of a message that knows where it stands (RFC 3261 §25.1 basic rules for taking it apart).

use crate::token::is_token_byte;
use std::ops::Range;

/// Some bytes of the source, and where they begin in it.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Part<'a> {
    pub(super) fn new(source: &'a [u8], range: Range<usize>) -> Self {
        Self { at: range.start, bytes: source.get(range).unwrap_or_default() }
    }

    pub(super) const fn span(self) -> Range<usize> {
        self.at..self.at + self.bytes.len()
    }

    pub(super) const fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn starts_with(self, byte: u8) -> bool {
        self.bytes.first() == Some(&byte)
    }

    pub(super) fn text(self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes).ok()
    }

    /// The part before `length` bytes, and the one behind.
    pub(super) fn split(self, length: usize) -> (Self, Self) {
        let (before, behind) = self.bytes.split_at(length.min(self.bytes.len()));
        (Self { bytes: before, at: self.at }, Self { bytes: behind, at: self.at + before.len() })
    }

    /// What stands before the first byte that meets `stop`, and the rest.
    pub(super) fn until(self, stop: impl Fn(u8) -> bool) -> (Self, Self) {
        let length = self.bytes.iter().position(|byte| stop(*byte)).unwrap_or(self.bytes.len());
        self.split(length)
    }

    /// White space and folds at the front, and the rest.
    pub(super) fn blank(self) -> (Self, Self) {
        self.until(|byte| !is_lws(byte))
    }

    /// `token`, possibly empty, and the rest.
    pub(super) fn token(self) -> (Self, Self) {
        self.until(|byte| !is_token_byte(byte))
    }

    /// The quoted string at the front, quotes included, and the rest; everything if it is not closed.
    pub(super) fn quoted(self) -> (Self, Self) {
        let mut escaped = false;
        for (index, byte) in self.bytes.iter().enumerate().skip(1) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => return self.split(index + 1),
                _ => {}
            }
        }
        self.split(self.bytes.len())
    }

    /// Without the white space at its ends.
    pub(super) fn trimmed(self) -> Self {
        let (_, front) = self.blank();
        let length = front.bytes.iter().rposition(|byte| !is_lws(*byte)).map_or(0, |last| last + 1);
        front.split(length).0
    }
}

/// White space, also that of folds.
pub(super) const fn is_lws(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
