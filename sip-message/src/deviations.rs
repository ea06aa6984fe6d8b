//! Finding what a received message got wrong (RFC 3261 §7, §20, §25.1): a second look, taken only when asked for, so
//! that the parser itself pays nothing for it.

mod address;
mod authentication;
mod field;
mod length;
mod lines;
mod parameter;
mod part;
mod product;
mod start_line;
mod via;

use crate::framing;
use crate::headers::{Field, Headers};
use crate::{Deviation, DeviationKind, Limits};
use part::Part;
use std::ops::Range;

/// What is known of a received message besides its bytes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Reception {
    /// Line ends that stood before the message.
    pub(crate) skipped: u32,
    /// Bytes received, without the skipped ones.
    pub(crate) length: u32,
}

/// Everything that deviates in the message `headers` were received with, in the order of its bytes.
pub(crate) fn find(headers: &Headers, body: usize, reception: Reception) -> Vec<Deviation> {
    let source: &[u8] = headers.source();
    if source.is_empty() {
        return Vec::new();
    }
    let mut findings = Findings { list: Vec::new(), skipped: reception.skipped as usize };
    let (line, next) = framing::line(source, 0);
    start_line::check(Part::new(source, line), &mut findings);
    let unlimited = Limits { line: usize::MAX, header_fields: usize::MAX, ..Limits::default() };
    let mut received = Headers::new();
    if let Ok(head) = framing::fields(&mut received, source, next, &unlimited) {
        let separator = head.separator.start as usize..head.separator.end as usize;
        lines::check(source, separator, &mut findings);
        received.stand_in(headers.source().clone(), headers.mode());
        field::check(&received, &mut findings);
        length::check(&received, body, reception, &mut findings);
    }
    let end = reception.length as usize;
    if source.len() > end {
        // A line end was put behind what had been received; nothing can be wrong with that.
        findings.list.retain(|deviation| deviation.span.end <= end + findings.skipped);
        findings.add(DeviationKind::Truncated, end..end);
    }
    findings.list.sort_by_key(|deviation| (deviation.span.start, deviation.kind));
    findings.list
}

/// What deviates in the value of one field, with spans of its buffer.
pub(crate) fn in_field(field: &Field<'_>) -> Vec<Deviation> {
    let mut findings = Findings { list: Vec::new(), skipped: 0 };
    field::check_one(field, &mut findings);
    findings.list
}

/// The deviations found so far.
struct Findings {
    list: Vec<Deviation>,
    skipped: usize,
}

impl Findings {
    /// Notes one at `span` of the source.
    fn add(&mut self, kind: DeviationKind, span: Range<usize>) {
        let span = span.start + self.skipped..span.end + self.skipped;
        self.list.push(Deviation { kind, span });
    }
}
