//! Content-Length against the body that was received (RFC 3261 §18.3, §20.14).

use super::{Findings, Reception};
use crate::grammar::digits;
use crate::{DeviationKind, HeaderName, Headers};

/// Checks the Content-Length fields; `body` is the length of the body that was kept.
pub(super) fn check(headers: &Headers, body: usize, reception: Reception, findings: &mut Findings) {
    let id = HeaderName::ContentLength.id();
    let mut first: Option<&[u8]> = None;
    let mut values = headers.iter().filter(|field| field.is_called(id, &HeaderName::ContentLength));
    let are_equal = values.next().is_none_or(|first| values.all(|field| field.value() == first.value()));
    for field in headers.iter().filter(|field| field.is_called(id, &HeaderName::ContentLength)) {
        let span = field.value_span();
        match first {
            None => {}
            Some(value) if value == field.value() => {
                findings.add(DeviationKind::ContentLengthRepeated, span.clone());
            }
            Some(_) => findings.add(DeviationKind::ContentLengthConflict, span.clone()),
        }
        first = first.or(Some(field.value()));
        match digits(field.value()) {
            None => findings.add(DeviationKind::ContentLengthMalformed, span),
            Some(length) if length > body => findings.add(DeviationKind::ContentLengthTooLarge, span),
            // Lengths that differ do not cut the body; only one that stands alone can be too small for it.
            Some(length) if length < body && are_equal => {
                findings.add(DeviationKind::ContentLengthTooSmall, span)
            }
            Some(_) => {}
        }
    }
    let (kept, received) = (headers.source().len(), reception.length as usize);
    if received > kept {
        findings.add(DeviationKind::BytesBehindBody, kept..received);
    }
}
