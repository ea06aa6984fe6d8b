//! Reliable provisional responses: Require, RSeq and RAck (RFC 3262 §3, §7).

use super::Rule;
use super::findings::Findings;
use super::subject::Subject;
use crate::{HeaderName, Method};

static RSEQ_MISSING: Rule = Rule::error(
    "rseq-missing",
    "RFC 3262 §3",
    "a provisional response requires 100rel and has no RSeq",
    "add RSeq with a number from 1 to 2147483647",
);
static RSEQ_RANGE: Rule = Rule::error(
    "rseq-range",
    "RFC 3262 §7.1",
    "RSeq is no number from 1 to 4294967295",
    "begin with a random number from 1 to 2147483647",
);
static TRYING: Rule = Rule::error(
    "trying-reliable",
    "RFC 3262 §3",
    "a 100 response is not sent reliably",
    "remove 100rel from Require, and RSeq",
);
static REQUIRE_MISSING: Rule = Rule::error(
    "rseq-without-require",
    "RFC 3262 §3",
    "a provisional response has RSeq and does not require 100rel",
    "add Require: 100rel",
);
static RACK: Rule = Rule::error(
    "rack-malformed",
    "RFC 3262 §7.2",
    "RAck is not two numbers and a method",
    "write the RSeq, then the number and method of the CSeq of the response",
);

pub(super) static RULES: &[&Rule] = &[&RSEQ_MISSING, &RSEQ_RANGE, &TRYING, &REQUIRE_MISSING, &RACK];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if subject.is_of(&Method::Invite) {
        provisional(subject, findings);
    }
    for field in subject.fields(&HeaderName::RSeq) {
        let number = field.plain_text().ok().and_then(|text| text.parse::<u32>().ok());
        // rfc3262#7.1 from 1, and never beyond 32 bits
        if number.is_none_or(|number| number == 0) {
            findings.add(&RSEQ_RANGE, subject.field_span(&field));
        }
    }
    for field in subject.fields(&HeaderName::RAck) {
        if !field.plain_text().is_ok_and(is_rack) {
            findings.add(&RACK, subject.field_span(&field));
        }
    }
}

fn provisional(subject: &Subject<'_>, findings: &mut Findings) {
    let required = subject.has_tag(&HeaderName::Require, "100rel");
    let has_rseq = subject.message.headers().contains(&HeaderName::RSeq);
    match subject.status() {
        // rfc3262#3 a 100 is hop by hop and never reliable
        Some(100) if required || has_rseq => findings.add(&TRYING, subject.start_line()),
        // rfc3262#3 a reliable response has Require: 100rel and RSeq
        Some(101..200) if required && !has_rseq => {
            findings.add(&RSEQ_MISSING, subject.span_of(&HeaderName::Require))
        }
        Some(101..200) if has_rseq && !required => {
            findings.add(&REQUIRE_MISSING, subject.span_of(&HeaderName::RSeq))
        }
        Some(_) | None => {}
    }
}

/// `RAck = response-num LWS CSeq-num LWS Method`
fn is_rack(text: &str) -> bool {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    matches!(words.as_slice(), [response, cseq, method]
        if response.parse::<u32>().is_ok() && cseq.parse::<u32>().is_ok() && method.parse::<Method>().is_ok())
}
