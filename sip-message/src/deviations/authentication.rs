//! Which parameters of challenges and credentials are quoted (RFC 3261 §25.1 `challenge`, RFC 7616 §3.3, §3.4).

use super::Findings;
use super::part::{Part, is_lws};
use crate::DeviationKind;

/// Checks a challenge, where `qop` and `domain` are quoted.
pub(super) fn challenge(part: Part<'_>, findings: &mut Findings) {
    check(
        part,
        &["realm", "domain", "nonce", "opaque", "qop"],
        &["stale", "algorithm", "userhash"],
        findings,
    );
}

/// Checks credentials, where `qop` is a token.
pub(super) fn credentials(part: Part<'_>, findings: &mut Findings) {
    let quoted = ["username", "realm", "nonce", "uri", "response", "cnonce", "opaque"];
    check(part, &quoted, &["algorithm", "qop", "nc", "userhash"], findings);
}

fn check(part: Part<'_>, quoted: &[&str], plain: &[&str], findings: &mut Findings) {
    let (scheme, mut rest) = part.token();
    if !scheme.bytes.eq_ignore_ascii_case(b"Digest") {
        return;
    }
    let mut needs_comma = false;
    loop {
        let (gap, tail) = rest.until(|byte| !(is_lws(byte) || byte == b','));
        commas(gap, needs_comma && !tail.is_empty(), findings);
        needs_comma = true;
        let (name, tail) = tail.token();
        let tail = tail.blank().1;
        if name.is_empty() || !tail.starts_with(b'=') {
            return;
        }
        let tail = tail.split(1).1.blank().1;
        let is_quoted = tail.starts_with(b'"');
        let (value, behind) =
            if is_quoted { tail.quoted() } else { tail.until(|byte| is_lws(byte) || byte == b',') };
        let is_named =
            |names: &[&str]| names.iter().any(|known| name.bytes.eq_ignore_ascii_case(known.as_bytes()));
        if (is_quoted && is_named(plain)) || (!is_quoted && is_named(quoted)) {
            findings.add(DeviationKind::AuthParamQuoting, name.at..value.span().end);
        }
        rest = behind;
    }
}

/// Checks what stands between two parameters, where one comma is due, or at an end of the list, where none is.
fn commas(gap: Part<'_>, is_due: bool, findings: &mut Findings) {
    let commas = gap.bytes.iter().enumerate().filter(|(_, byte)| **byte == b',');
    if is_due && commas.clone().next().is_none() {
        findings.add(DeviationKind::Separator, gap.span());
    }
    for (index, _) in commas.skip(usize::from(is_due)) {
        findings.add(DeviationKind::ElementEmpty, gap.at + index..gap.at + index + 1);
    }
}
