//! Lines that were printed before, taken over as they are (RFC 3261 §7.3).

use super::{Buffer, Field, Headers, Line, Origin, TagPlace, offset};
use crate::HeaderName;
use crate::header_name::NameId;
use std::ops::Range;

impl Headers {
    /// Appends what is known of each line, for [`LineNotes`] to read.
    pub(crate) fn write_notes(&self, out: &mut Vec<u8>) {
        self.notes().for_each(|note| note.write(out));
    }

    /// How long [`Self::write_notes`] makes it.
    pub(crate) fn notes_len(&self) -> usize {
        self.notes().map(|note| note.written_len()).sum()
    }

    /// What is known of each line.
    pub(crate) fn notes(&self) -> impl Iterator<Item = LineNote> {
        self.lines().map(|field| LineNote(field.moved_to(0, offset(field.line().len()))))
    }

    /// Appends lines as [`print`](Self::print) made them, of which this is known.
    pub(crate) fn append_printed(&mut self, text: &[u8], notes: impl Iterator<Item = LineNote>) {
        self.make_room();
        let Ok(text) = std::str::from_utf8(text) else { return self.append_one_by_one(text, notes) };
        let mut start = offset(self.written.len());
        self.written.push_str(text);
        for note in notes {
            let end = start.saturating_add(offset(note.length()));
            self.lines.push(note.moved_to(start, end));
            start = end;
        }
        self.edited = true;
    }

    /// The same with text that is none in some of its lines.
    #[cold]
    fn append_one_by_one(&mut self, mut text: &[u8], notes: impl Iterator<Item = LineNote>) {
        for LineNote(line) in notes {
            let (own, rest) = text.split_at_checked(line.end as usize).unwrap_or((text, &[]));
            self.append_verbatim(Field::new(Buffer::Bytes(own), line));
            text = rest;
        }
    }
}

/// A line of the index by itself: its positions count from where it begins.
pub(crate) struct LineNote(Line);

impl LineNote {
    pub(super) const fn line(self) -> Line {
        self.0
    }

    /// The line where it stands in a buffer of written lines.
    pub(super) const fn moved_to(self, start: u32, end: u32) -> Line {
        Field::new(Buffer::Bytes(&[]), self.0).moved_to(start, end)
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

    fn written_len(&self) -> usize {
        1 + self.numbers().into_iter().map(digits).sum::<usize>()
    }

    /// In few bytes.
    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.0.id.to_byte());
        for number in self.numbers() {
            write_number(number, out);
        }
    }

    /// All but the name: most are small, since each position counts from the one before.
    const fn numbers(&self) -> [u32; 6] {
        let Line { id: _, is_folded, tag, origin: _, start: _, name_end, value_start, value_end, end } =
            self.0;
        let [tag_start, tag_length] = tag.numbers();
        [
            (tag_start as u32) << 1 | is_folded as u32,
            tag_length as u32,
            name_end,
            value_start.wrapping_sub(name_end),
            value_end.wrapping_sub(value_start),
            end.wrapping_sub(value_end),
        ]
    }
}

/// Reads what [`LineNote::write`] wrote.
pub(crate) struct LineNotes<'a>(pub(crate) &'a [u8]);

impl Iterator for LineNotes<'_> {
    type Item = LineNote;

    fn next(&mut self) -> Option<LineNote> {
        let (id, rest) = self.0.split_first()?;
        self.0 = rest;
        let [tag_start, tag_length, name_end, gap, value, rest] = [(); 6].map(|()| read_number(&mut self.0));
        let value_start = name_end.wrapping_add(gap);
        let value_end = value_start.wrapping_add(value);
        Some(LineNote(Line {
            id: NameId::of_byte(*id),
            is_folded: tag_start & 1 != 0,
            tag: TagPlace::of_numbers([tag_start >> 1, tag_length]),
            origin: Origin::Written,
            start: 0,
            name_end,
            value_start,
            value_end,
            end: value_end.wrapping_add(rest),
        }))
    }
}

/// How many digits of seven bits a number has.
const fn digits(number: u32) -> usize {
    match number.checked_ilog2() {
        Some(log) => log as usize / 7 + 1,
        None => 1,
    }
}

/// Writes digits of seven bits, the lowest first; all but the last have the eighth bit set.
fn write_number(mut number: u32, out: &mut Vec<u8>) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

fn read_number(bytes: &mut &[u8]) -> u32 {
    let (mut number, mut shift) = (0, 0);
    while let Some((byte, rest)) = bytes.split_first() {
        *bytes = rest;
        number |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 || shift >= 28 {
            break;
        }
        shift += 7;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_note_is_read_as_it_was_written(
            id in 0_u8..100, is_folded: bool, tag: [u16; 2], places: [u32; 4], few in 0_u32..32,
        ) {
            let [name_end, value_start, value_end, end] = places.map(|place| place >> few);
            let tag = TagPlace::of_numbers(tag.map(u32::from));
            let id = NameId::of_byte(id);
            let line =
                Line { id, is_folded, tag, origin: Origin::Written, start: 0, name_end, value_start, value_end, end };
            let note = LineNote(line);
            let mut written = Vec::new();
            note.write(&mut written);
            prop_assert_eq!(written.len(), note.written_len());
            note.write(&mut written);
            let read: Vec<_> = LineNotes(&written).map(|LineNote(line)| line).collect();
            prop_assert_eq!(read, [line, line]);
        }
    }
}
