//! The body and what describes it: Content-Length, Content-Type and boundaries (RFC 3261 §7.4, §20.14, §20.15; RFC 2046).

use super::Rule;
use super::findings::Findings;
use super::subject::Subject;
use crate::{ContentType, HeaderName};

static LENGTH_STREAM: Rule = Rule::error(
    "content-length-stream",
    "RFC 3261 §20.14",
    "a message over a stream has no Content-Length: nobody can tell where it ends",
    "add Content-Length with the number of bytes in the body",
);
static TYPE_MISSING: Rule = Rule::error(
    "content-type-missing",
    "RFC 3261 §20.15",
    "there is a body and no Content-Type",
    "add Content-Type, for a session description application/sdp",
);
static BOUNDARY: Rule = Rule::error(
    "multipart-boundary",
    "RFC 2046 §5.1.1",
    "a multipart body has no boundary, or one that does not occur in it",
    "add ;boundary= with the text of the lines between the parts",
);

pub(super) static RULES: &[&Rule] = &[&LENGTH_STREAM, &TYPE_MISSING, &BOUNDARY];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    length(subject, findings);
    let body = subject.message.body();
    match subject.first::<ContentType>() {
        // rfc3261#20.15 Content-Type is there if the body is not empty
        None if !body.is_empty() && !subject.message.headers().contains(&HeaderName::ContentType) => {
            findings.add(&TYPE_MISSING, subject.start_line());
        }
        Some((bytes, content))
            if content.media_type.eq_ignore_ascii_case("multipart") && !body.is_empty() =>
        {
            let boundary = content.params.get("boundary").filter(|boundary| !boundary.is_empty());
            // rfc2046#5.1.1 each part begins behind a line of two hyphens and the boundary
            if boundary
                .is_none_or(|text| memchr::memmem::find(body, format!("--{text}").as_bytes()).is_none())
            {
                findings.add(&BOUNDARY, subject.span(bytes));
            }
        }
        None | Some(_) => {}
    }
}

fn length(subject: &Subject<'_>, findings: &mut Findings) {
    let is_stream = matches!(subject.transport().as_deref(), Some("TCP" | "TLS" | "TLS-SCTP"));
    // rfc3261#20.14 over a stream the length must be there
    if is_stream && !subject.message.headers().contains(&HeaderName::ContentLength) {
        findings.add(&LENGTH_STREAM, subject.start_line());
    }
}
