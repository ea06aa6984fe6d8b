//! Max-Forwards: its range and its usual value (RFC 3261 §20.22, §8.1.1.6).

use super::Rule;
use super::findings::Findings;
use super::subject::Subject;
use crate::HeaderName;

static RANGE: Rule = Rule::error(
    "max-forwards-range",
    "RFC 3261 §20.22",
    "Max-Forwards is no number from 0 to 255",
    "write a number from 0 to 255, usually 70",
);
static UNUSUAL: Rule = Rule::note(
    "max-forwards-unusual",
    "RFC 3261 §8.1.1.6",
    "Max-Forwards is larger than 70: a loop would go on for longer than usual",
    "begin with 70",
);

pub(super) static RULES: &[&Rule] = &[&RANGE, &UNUSUAL];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for field in subject.fields(&HeaderName::MaxForwards) {
        let digits = field.value().iter().all(u8::is_ascii_digit);
        match field.plain_text().ok().filter(|_| digits).and_then(|text| text.parse::<u8>().ok()) {
            None => findings.add(&RANGE, subject.span(field.value())),
            // rfc3261#8.1.1.6 a client should begin with 70
            Some(71..) => findings.add(&UNUSUAL, subject.span(field.value())),
            Some(_) => {}
        }
    }
}
