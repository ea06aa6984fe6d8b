//! Line ends of the start line and the header section (RFC 3261 §7, §7.3): CRLF each, and an empty line at the end.

use super::Findings;
use crate::DeviationKind;
use memchr::memchr2_iter;
use std::ops::Range;

/// Checks everything up to the end of `separator`, the empty line before the body.
pub(super) fn check(source: &[u8], separator: Range<usize>, findings: &mut Findings) {
    if separator.is_empty() {
        findings.add(DeviationKind::EmptyLineMissing, separator.clone());
    }
    let head = source.get(..separator.end).unwrap_or_default();
    let mut behind_crlf = 0;
    for at in memchr2_iter(b'\r', b'\n', head) {
        match head.get(at..at + 2) {
            _ if at < behind_crlf => {}
            Some(b"\r\n") => behind_crlf = at + 2,
            Some(_) | None => findings.add(DeviationKind::LineEndNotCrlf, at..at + 1),
        }
    }
}
