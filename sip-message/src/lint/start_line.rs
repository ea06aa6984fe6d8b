//! The Request-URI: what must not stand in it (RFC 3261 §10.2, §19.1.1).

use super::Rule;
use super::findings::Findings;
use super::subject::Subject;
use crate::Method;
use sip_uri::Uri;
use std::ops::Range;

static URI_METHOD: Rule = Rule::error(
    "request-uri-method",
    "RFC 3261 §19.1.1",
    "the Request-URI has a method parameter",
    "remove ;method= and what follows it from the URI",
);
static REGISTER_USER: Rule = Rule::error(
    "register-uri-user",
    "RFC 3261 §10.2",
    "the Request-URI of REGISTER has a user part",
    "name the domain of the registrar alone, as in sip:example.com",
);

pub(super) static RULES: &[&Rule] = &[&URI_METHOD, &REGISTER_USER];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(request) = subject.request() else {
        return;
    };
    let Ok(Uri::Sip(uri)) = request.uri() else {
        return;
    };
    // rfc3261#19.1.1 Table 1: a method has no place in a Request-URI
    if uri.param("method").is_some() {
        findings.add(&URI_METHOD, place(subject, request.request_uri()));
    }
    // rfc3261#10.2 userinfo and @ are not in the Request-URI of REGISTER
    if *request.method() == Method::Register && uri.raw_user().is_some() {
        findings.add(&REGISTER_USER, place(subject, request.request_uri()));
    }
}

/// Where a text of the start line stands; the whole line for a text that was not UTF-8.
fn place(subject: &Subject<'_>, text: &str) -> Range<usize> {
    let span = subject.span(text.as_bytes());
    let line = subject.start_line();
    if span.start < line.end && span.end <= line.end && !span.is_empty() { span } else { line }
}
