//! Header fields that stand in the message as it was printed (RFC 3261 §7.3).

use super::printed::LineNote;
use super::{Buffer, Field, Headers, Line, Origin, TagPlace, offset};
use crate::{HeaderName, Mode};
use bytes::Bytes;

impl Headers {
    /// Has the fields stand in `source`, where they were printed from `start` on; behind them a Content-Length field
    /// whose value has `length_digits`, if that was added.
    pub(crate) fn seal(&mut self, source: Bytes, start: usize, length_digits: Option<usize>) {
        let mut next = offset(start);
        self.lines.for_each_mut(|line| *line = line_behind(&mut next, *line));
        if let Some(digits) = length_digits {
            self.lines.push(line_behind(&mut next, length_line(offset(digits))));
        }
        (self.written, self.odd, self.edited) = (String::new(), Box::default(), false);
        self.stand_in(source, self.mode);
    }

    /// Puts in the fields of which this is known, where they stand in `source` from `start` on, one behind the other.
    pub(crate) fn restore(
        &mut self,
        source: Bytes,
        start: usize,
        notes: impl Iterator<Item = LineNote>,
        mode: Mode,
    ) {
        let mut next = offset(start);
        self.lines.fill(|lines| lines.extend(notes.map(|note| line_behind(&mut next, note.line()))));
        self.stand_in(source, mode);
    }

    /// Where the first line stands in its buffer.
    pub(crate) fn start(&self) -> usize {
        self.lines().next().map_or(0, |field| field.line_span().start)
    }
}

/// The line where it stands in a message that ends at `next`, and ends behind it then.
const fn line_behind(next: &mut u32, line: Line) -> Line {
    let start = *next;
    *next = start.saturating_add(line.end.saturating_sub(line.start));
    let moved = Field::new(Buffer::Bytes(&[]), line).moved_to(start, *next);
    Line { origin: Origin::Received, ..moved }
}

/// `Content-Length: 0` with so many digits, by itself.
fn length_line(digits: u32) -> Line {
    let name = HeaderName::ContentLength;
    let name_end = offset(name.as_str().len());
    let value_start = name_end.saturating_add(2);
    let value_end = value_start.saturating_add(digits);
    Line {
        id: name.id(),
        is_folded: false,
        tag: TagPlace::UNKNOWN,
        origin: Origin::Written,
        start: 0,
        name_end,
        value_start,
        value_end,
        end: value_end.saturating_add(2),
    }
}
