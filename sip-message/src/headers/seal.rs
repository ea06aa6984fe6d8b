//! Header fields that stand in the message as it was printed (RFC 3261 §7.3).

use super::index::Index;
use super::{Headers, Line, Origin, TagPlace, offset};
use crate::HeaderName;
use bytes::Bytes;

impl Headers {
    /// The same fields where they stand in `source`, printed there from `start` on; behind them a Content-Length field
    /// whose value has `length_digits`, if that was added.
    pub(crate) fn printed_in(&self, source: Bytes, start: usize, length_digits: Option<usize>) -> Self {
        let mut next = offset(start);
        let lines = self.lines().map(|field| {
            let start = next;
            next = start.saturating_add(offset(field.line().len()));
            Line { origin: Origin::Received, ..field.moved_to(start, next) }
        });
        let behind = offset(start).saturating_add(offset(self.printed_len()));
        let length = length_digits.map(|digits| length_line(behind, offset(digits)));
        let lines = Index::shared(lines.chain(length));
        Self { source, written: Vec::new(), lines, edited: false, mode: self.mode }
    }
}

/// The index of `Content-Length: 0`, with so many digits, at `start`.
fn length_line(start: u32, digits: u32) -> Line {
    let name = HeaderName::ContentLength;
    let name_end = start.saturating_add(offset(name.as_str().len()));
    let value_start = name_end.saturating_add(2);
    let value_end = value_start.saturating_add(digits);
    Line {
        id: name.id(),
        is_folded: false,
        tag: TagPlace::UNKNOWN,
        origin: Origin::Received,
        start,
        name_end,
        value_start,
        value_end,
        end: value_end.saturating_add(2),
    }
}
