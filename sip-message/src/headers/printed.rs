//! Lines that were printed before, taken over as they are (RFC 3261 §7.3).

use super::{Field, Headers, Line, Origin, TagPlace, offset};
use crate::HeaderName;
use crate::header_name::NameId;
use std::ops::Range;

impl Headers {
    /// What is known of each line.
    pub(crate) fn notes(&self) -> impl Iterator<Item = LineNote> {
        self.lines().map(|field| LineNote::of(field.moved_to(0, offset(field.line().len()))))
    }

    /// Appends lines as [`print`](Self::print) made them, of which this is known.
    pub(crate) fn append_printed(&mut self, text: &[u8], notes: impl Iterator<Item = LineNote>) {
        self.make_room();
        let mut start = offset(self.written.len());
        self.written.extend_from_slice(text);
        for note in notes {
            let end = start.saturating_add(offset(note.length()));
            self.lines.to_mut().push(note.moved_to(start, end));
            start = end;
        }
        self.edited = true;
    }
}

/// A line of the index by itself: its positions count from where it begins.
pub(crate) struct LineNote(Line);

impl LineNote {
    /// How long [`Self::into_bytes`] is.
    pub(crate) const BYTES: usize = 22;

    /// A line that begins its buffer.
    pub(super) const fn of(line: Line) -> Self {
        Self(line)
    }

    /// The line where it stands in a buffer of written lines.
    pub(super) const fn moved_to(self, start: u32, end: u32) -> Line {
        Field::new(&[], self.0).moved_to(start, end)
    }

    /// Whether the line has this name, which is in the table.
    pub(crate) fn is_called(&self, name: &HeaderName) -> bool {
        self.0.id == name.id() && self.0.id != NameId::OTHER
    }

    /// Where its value stands.
    pub(crate) const fn value(&self) -> Range<usize> {
        self.0.value()
    }

    /// How long the line is, its line end included.
    pub(crate) const fn length(&self) -> usize {
        self.0.end as usize
    }

    /// In few bytes.
    pub(crate) const fn into_bytes(self) -> [u8; Self::BYTES] {
        let Line { id, is_folded, tag, origin: _, start: _, name_end, value_start, value_end, end } = self.0;
        let [[n0, n1, n2, n3], [s0, s1, s2, s3]] = [name_end.to_le_bytes(), value_start.to_le_bytes()];
        let [[v0, v1, v2, v3], [e0, e1, e2, e3]] = [value_end.to_le_bytes(), end.to_le_bytes()];
        let [[t0, t1], [l0, l1]] = tag.to_bytes();
        let id = id.to_byte();
        [id, is_folded as u8, t0, t1, l0, l1, n0, n1, n2, n3, s0, s1, s2, s3, v0, v1, v2, v3, e0, e1, e2, e3]
    }

    /// What [`Self::into_bytes`] made.
    pub(crate) const fn of_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let [id, is_folded, t0, t1, l0, l1, n0, n1, n2, n3, s0, s1, s2, s3, v0, v1, v2, v3, e0, e1, e2, e3] =
            *bytes;
        Self(Line {
            id: NameId::of_byte(id),
            is_folded: is_folded != 0,
            tag: TagPlace::of_bytes([[t0, t1], [l0, l1]]),
            origin: Origin::Written,
            start: 0,
            name_end: u32::from_le_bytes([n0, n1, n2, n3]),
            value_start: u32::from_le_bytes([s0, s1, s2, s3]),
            value_end: u32::from_le_bytes([v0, v1, v2, v3]),
            end: u32::from_le_bytes([e0, e1, e2, e3]),
        })
    }
}
