//! Request line and status line as RFC 3261 §7.1 and §7.2 want them: single spaces, a version, a legal URI.

use super::Findings;
use super::address::uri_faults;
use super::part::{Part, is_lws};
use crate::DeviationKind;
use sip_uri::{Mode, Uri};

/// Checks the first line.
pub(super) fn check(line: Part<'_>, findings: &mut Findings) {
    if let Err(error) = std::str::from_utf8(line.bytes) {
        let at = line.at + error.valid_up_to();
        findings.add(DeviationKind::StartLineNotUtf8, at..at + 1);
    }
    let starts_with_version = line.bytes.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/"));
    if starts_with_version { status_line(line, findings) } else { request_line(line, findings) }
}

/// `Request-Line = Method SP Request-URI SP SIP-Version`
fn request_line(line: Part<'_>, findings: &mut Findings) {
    let kept = line.bytes.iter().rposition(|byte| !is_lws(*byte)).map_or(0, |last| last + 1);
    let (line, trailing) = line.split(kept);
    if !trailing.is_empty() {
        findings.add(DeviationKind::StartLineSpace, trailing.span());
    }
    let (_, rest) = line.until(is_lws);
    let (blank, rest) = rest.blank();
    single_space(blank, findings);
    let last_word = rest.bytes.iter().rposition(|byte| is_lws(*byte)).map_or(0, |space| space + 1);
    let (mut uri, version) = rest.split(last_word);
    if version.bytes.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/")) {
        let kept = uri.bytes.iter().rposition(|byte| !is_lws(*byte)).map_or(0, |last| last + 1);
        let (text, blank) = uri.split(kept);
        uri = text;
        single_space(blank, findings);
        check_version(version, findings);
    } else {
        uri = rest;
        let end = rest.span().end;
        findings.add(DeviationKind::VersionMissing, end..end);
    }
    request_uri(uri, findings);
}

/// `Status-Line = SIP-Version SP Status-Code SP Reason-Phrase`
fn status_line(line: Part<'_>, findings: &mut Findings) {
    let (version, rest) = line.until(is_lws);
    check_version(version, findings);
    let (blank, rest) = rest.blank();
    single_space(blank, findings);
    let (_, rest) = rest.until(is_lws);
    if rest.is_empty() {
        findings.add(DeviationKind::ReasonSpaceMissing, rest.span());
        return;
    }
    let (blank, reason) = rest.split(1);
    single_space(blank, findings);
    // Reason-Phrase = *(reserved / unreserved / escaped / UTF8-NONASCII / UTF8-CONT / SP / HTAB)
    let is_bad = |byte: u8| !is_lws(byte) && (byte.is_ascii_control() || b"\"#<>[\\]^`{|}".contains(&byte));
    let (_, bad) = reason.until(is_bad);
    if !bad.is_empty() {
        findings.add(DeviationKind::ReasonCharacters, bad.split(1).0.span());
    }
}

// rfc3261#7.1 one SP between the elements, none elsewhere
fn single_space(blank: Part<'_>, findings: &mut Findings) {
    if blank.bytes != b" " {
        findings.add(DeviationKind::StartLineSpace, blank.span());
    }
}

fn check_version(version: Part<'_>, findings: &mut Findings) {
    // rfc3261#7.1 the version is compared without case
    if !version.bytes.eq_ignore_ascii_case(b"SIP/2.0") {
        findings.add(DeviationKind::VersionUnknown, version.span());
    }
}

fn request_uri(part: Part<'_>, findings: &mut Findings) {
    let mut uri = part;
    if let [b'<', .., b'>'] = uri.bytes {
        findings.add(DeviationKind::RequestUriBrackets, uri.span());
        uri = uri.split(1).1;
        uri = uri.split(uri.bytes.len().saturating_sub(1)).0;
    }
    let Some(text) = uri.text() else { return };
    if uri.bytes.iter().any(|byte| is_lws(*byte)) {
        findings.add(DeviationKind::RequestUriSpace, uri.span());
    } else if let Ok(Uri::Sip(sip)) = Uri::parse(text, Mode::Lenient)
        && sip.headers().next().is_some()
    {
        // rfc3261#19.1.1 table 1: no header fields in a Request-URI
        findings.add(DeviationKind::RequestUriHeaders, uri.span());
    }
    if Uri::parse(&crate::start_line::readable_uri(text), Mode::Lenient).is_err() {
        findings.add(DeviationKind::RequestUriMalformed, part.span());
    } else {
        uri_faults(uri, findings);
    }
}
