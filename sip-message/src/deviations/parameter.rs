//! `*(SEMI generic-param)` of RFC 3261 §25.1, strictly.

use super::Findings;
use super::part::{Part, is_lws};
use crate::DeviationKind;
use crate::token::is_token_byte;

/// Checks the parameters of a header field value.
pub(super) fn check(part: Part<'_>, findings: &mut Findings) {
    let mut rest = part.blank().1;
    while rest.starts_with(b';') {
        let semicolon = rest.split(1).0;
        let (name, tail) = rest.split(1).1.blank().1.token();
        let tail = tail.blank().1;
        if name.is_empty() && (tail.is_empty() || tail.starts_with(b';')) {
            findings.add(DeviationKind::ParamEmpty, semicolon.span());
        }
        rest = if tail.starts_with(b'=') { value(name, tail.split(1).1, findings) } else { tail };
        rest = rest.blank().1;
    }
}

/// `gen-value = token / host / quoted-string`, in front of the rest that is returned.
fn value<'a>(name: Part<'a>, tail: Part<'a>, findings: &mut Findings) -> Part<'a> {
    let tail = tail.blank().1;
    if tail.starts_with(b'"') {
        return tail.quoted().1;
    }
    if tail.starts_with(b'<') {
        // Extensions put a URI in brackets here (RFC 8224 §4); the brackets hide its semicolons.
        let (inside, rest) = tail.until(|byte| byte == b'>');
        if !rest.is_empty() {
            return tail.split(inside.bytes.len() + 1).1;
        }
    }
    let (value, rest) = tail.until(|byte| is_lws(byte) || matches!(byte, b';' | b',' | b'"'));
    if value.is_empty() {
        findings.add(DeviationKind::ParamValueEmpty, name.at..value.at);
    } else if name.bytes.eq_ignore_ascii_case(b"received") && value.starts_with(b'[') {
        // rfc5118#4.5 the address stands there without brackets
        findings.add(DeviationKind::ReceivedBrackets, value.span());
    } else if !value.bytes.iter().all(|byte| is_token_byte(*byte) || matches!(byte, b'[' | b']' | b':')) {
        findings.add(DeviationKind::ParamCharacters, value.span());
    }
    rest
}
