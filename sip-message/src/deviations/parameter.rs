//! `*(SEMI generic-param)` of RFC 3261 §25.1, strictly.

use super::Findings;
use super::part::{Part, is_lws};
use crate::DeviationKind;
use crate::grammar::digits;
use crate::token::is_token_byte;

/// Checks the parameters behind a value that is no address and holds no semicolon outside quotes.
pub(super) fn behind_value(part: Part<'_>, findings: &mut Findings) {
    check(part.until(|byte| byte == b';').1, findings);
}

/// Checks the parameters of a header field value, and what stands behind them.
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
    if rest.starts_with(b'(') {
        findings.add(DeviationKind::Comment, rest.span());
    }
}

/// `gen-value = token / host / quoted-string`, in front of the rest that is returned.
fn value<'a>(name: Part<'a>, tail: Part<'a>, findings: &mut Findings) -> Part<'a> {
    let tail = tail.blank().1;
    if tail.starts_with(b'"') {
        let (value, rest) = tail.quoted();
        own_grammar(name, value, findings);
        return rest;
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
    } else {
        own_grammar(name, value, findings);
    }
    rest
}

/// Whether a value meets a grammar.
type IsMet = fn(&[u8]) -> bool;

/// Parameters whose values have a grammar of their own in whatever field they stand, and when they meet it.
static OWN_GRAMMAR: &[(&str, IsMet)] = &[
    ("tag", |value| value.iter().all(|byte| is_token_byte(*byte))),
    ("branch", |value| value.iter().all(|byte| is_token_byte(*byte))),
    ("q", is_qvalue),
    ("expires", |value| number(value).is_some()),
    ("cause", |value| number(value).is_some()),
    ("refresher", |value| [&b"uac"[..], b"uas"].iter().any(|known| value.eq_ignore_ascii_case(known))),
    ("ttl", |value| number(value).is_some_and(|ttl| ttl <= 255)),
    ("rport", |value| number(value).is_some_and(|port| port <= 65_535)),
];

fn own_grammar(name: Part<'_>, value: Part<'_>, findings: &mut Findings) {
    let own = OWN_GRAMMAR.iter().find(|(own, _)| name.bytes.eq_ignore_ascii_case(own.as_bytes()));
    if own.is_some_and(|(_, is_met)| !is_met(value.bytes)) {
        findings.add(DeviationKind::ParamValue, value.span());
    }
}

/// `1*DIGIT` within 32 bits, as `delta-seconds` is.
fn number(value: &[u8]) -> Option<u32> {
    digits(value).and_then(|number| u32::try_from(number).ok())
}

/// `qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )`
fn is_qvalue(value: &[u8]) -> bool {
    match value {
        [b'0' | b'1'] => true,
        [b'0', b'.', digits @ ..] => digits.len() <= 3 && digits.iter().all(u8::is_ascii_digit),
        [b'1', b'.', digits @ ..] => digits.len() <= 3 && digits.iter().all(|byte| *byte == b'0'),
        _ => false,
    }
}
