//! CSeq: its method and the range of its number (RFC 3261 §8.1.1.5).

use super::findings::Findings;
use super::subject::Subject;
use super::{Finding, Rule};
use crate::CSeq;

static METHOD: Rule = Rule::error(
    "cseq-method",
    "RFC 3261 §8.1.1.5",
    "the method in CSeq is not that of the request",
    "repeat the method of the request in CSeq",
);
static RANGE: Rule = Rule::error(
    "cseq-range",
    "RFC 3261 §8.1.1.5",
    "the number of CSeq is not below 2147483648",
    "begin with a number below 2147483648",
);

pub(super) static RULES: &[&Rule] = &[&METHOD, &RANGE];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if let Some((bytes, cseq)) = subject.first::<CSeq>() {
        if let Some(request) = subject.request().filter(|request| *request.method() != cseq.method) {
            let words = format!("CSeq says {}, the request is {}", cseq.method, request.method());
            findings.push(Finding::new(&METHOD, subject.span(bytes)).saying(words));
        }
        // rfc3261#8.1.1.5 the number is less than 2^31
        if cseq.number >= 1 << 31 {
            findings.add(&RANGE, subject.span(bytes));
        }
    }
}
