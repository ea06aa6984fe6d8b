//! Addresses, strictly: `name-addr`, `addr-spec` and the URI in them (RFC 3261 §20.10, §25.1, §19.1.1).

use super::Findings;
use super::parameter;
use super::part::{Part, is_lws};
use crate::DeviationKind;
use crate::token::is_token_byte;
use sip_uri::{Mode, Uri, UriDeviationKind};

/// Checks an element of a field that takes `(name-addr / addr-spec) *(SEMI generic-param)`.
pub(super) fn either_form(part: Part<'_>, findings: &mut Findings) {
    if part.bytes != b"*" {
        let (uri, bracketed) = address(part, findings);
        // rfc3261#20 comma, question mark and semicolon in a URI want brackets
        if !bracketed && uri.bytes.iter().any(|byte| matches!(byte, b'?' | b',')) {
            findings.add(DeviationKind::AddressWithoutBrackets, uri.span());
        }
    }
}

/// Checks an element of a field that takes `name-addr *(SEMI generic-param)`, such as Route.
pub(super) fn name_addr(part: Part<'_>, findings: &mut Findings) {
    let (uri, bracketed) = address(part, findings);
    if !bracketed {
        findings.add(DeviationKind::AddressWithoutBrackets, uri.span());
    }
}

/// Checks the pieces; gives the URI and whether it stands in brackets.
fn address<'a>(part: Part<'a>, findings: &mut Findings) -> (Part<'a>, bool) {
    let rest = display_name(part, findings);
    let bracketed = rest.starts_with(b'<');
    let (uri, tail) = if bracketed {
        let (uri, tail) = rest.split(1).1.until(|byte| byte == b'>');
        (uri, tail.split(1).1)
    } else {
        rest.until(|byte| is_lws(byte) || byte == b';')
    };
    if uri.bytes.iter().any(|byte| is_lws(*byte)) {
        findings.add(DeviationKind::UriSpace, uri.span());
    } else {
        uri_faults(uri, findings);
    }
    parameter::check(tail, findings);
    (uri, bracketed)
}

/// `[display-name]`, in front of the rest that is returned.
fn display_name<'a>(part: Part<'a>, findings: &mut Findings) -> Part<'a> {
    let rest = behind_name(part);
    let (name, _) = part.split(rest.at - part.at);
    let name = name.trimmed();
    if !name.is_empty() && !rest.starts_with(b'<') {
        findings.add(DeviationKind::AddressWithoutBrackets, name.at..rest.at);
    }
    let is_quoted = name.starts_with(b'"') && name.quoted().1.is_empty();
    if !is_quoted && !name.bytes.iter().all(|byte| is_token_byte(*byte) || is_lws(*byte)) {
        findings.add(DeviationKind::DisplayNameNotToken, name.span());
    }
    rest
}

/// What the grammar of [`NameAddr`](crate::NameAddr) leaves behind the display name.
fn behind_name(part: Part<'_>) -> Part<'_> {
    let Some(text) = part.text() else { return part };
    let behind = crate::name_addr::behind_display_name(text);
    part.split(part.bytes.len() - behind.len()).1
}

/// Notes where a URI that is read leniently is not read strictly.
pub(super) fn uri_faults(uri: Part<'_>, findings: &mut Findings) {
    let Some(Ok(parsed)) = uri.text().map(|text| Uri::parse(text, Mode::Lenient)) else { return };
    for deviation in parsed.deviations() {
        let (start, end) = (deviation.span.start, deviation.span.end);
        let is_hash = uri.bytes.get(start..end).is_some_and(|bytes| bytes.iter().all(|byte| *byte == b'#'));
        let kind = match deviation.kind {
            UriDeviationKind::User if is_hash => DeviationKind::UriHashInUser,
            UriDeviationKind::User | UriDeviationKind::UserEmpty => DeviationKind::UriUser,
            UriDeviationKind::Password => DeviationKind::UriPassword,
            UriDeviationKind::Hostname | UriDeviationKind::Ipv4Digits | UriDeviationKind::Ipv6Colons => {
                DeviationKind::UriHost
            }
            UriDeviationKind::PortEmpty => DeviationKind::UriPort,
            UriDeviationKind::Param
            | UriDeviationKind::ParamEmpty
            | UriDeviationKind::ParamNameEmpty
            | UriDeviationKind::ParamValueEmpty
            | UriDeviationKind::ParamRepeated => DeviationKind::UriParam,
            UriDeviationKind::Header
            | UriDeviationKind::HeaderEmpty
            | UriDeviationKind::HeaderNameEmpty
            | UriDeviationKind::HeaderValueMissing => DeviationKind::UriHeader,
            _ => DeviationKind::UriOther,
        };
        findings.add(kind, uri.at + start..uri.at + end);
    }
}
