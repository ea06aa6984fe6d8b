//! Header fields that stand in the message as it was printed (RFC 3261 §7.3).

use super::index::Index;
use super::printed::LineNote;
use super::{Headers, Line, Origin, TagPlace, offset};
use crate::{HeaderName, Mode};
use bytes::Bytes;

impl Headers {
    /// The same fields where they stand in `source`, printed there from `start` on; behind them a Content-Length field
    /// whose value has `length_digits`, if that was added.
    pub(crate) fn printed_in(&self, source: Bytes, start: usize, length_digits: Option<usize>) -> Self {
        let length = length_digits.map(|digits| length_note(offset(digits)));
        Self::standing_in(source, start, self.notes().chain(length), self.mode)
    }

    /// The fields of which this is known, where they stand in `source` from `start` on, one behind the other.
    pub(crate) fn standing_in(
        source: Bytes,
        start: usize,
        notes: impl Iterator<Item = LineNote>,
        mode: Mode,
    ) -> Self {
        let mut next = offset(start);
        let lines = Index::shared(notes.map(|note| {
            let start = next;
            next = start.saturating_add(offset(note.length()));
            Line { origin: Origin::Received, ..note.moved_to(start, next) }
        }));
        Self { source: source.into(), lines, mode, ..Self::default() }
    }

    /// Where the first line stands in its buffer.
    pub(crate) fn start(&self) -> usize {
        self.lines().next().map_or(0, |field| field.line_span().start)
    }
}

/// What is known of `Content-Length: 0` with so many digits.
fn length_note(digits: u32) -> LineNote {
    let name = HeaderName::ContentLength;
    let name_end = offset(name.as_str().len());
    let value_start = name_end.saturating_add(2);
    let value_end = value_start.saturating_add(digits);
    LineNote::of(Line {
        id: name.id(),
        is_folded: false,
        tag: TagPlace::UNKNOWN,
        origin: Origin::Written,
        start: 0,
        name_end,
        value_start,
        value_end,
        end: value_end.saturating_add(2),
    })
}
