//! Server and User-Agent, strictly (RFC 3261 §20.35, §20.41): products and comments.

use super::Findings;
use super::part::Part;
use crate::DeviationKind;
use crate::grammar::comment_length;

/// Checks `server-val *(LWS server-val)`, where `server-val = product / comment`.
pub(super) fn check(part: Part<'_>, findings: &mut Findings) {
    let mut rest = part;
    while !rest.is_empty() {
        let value = rest.blank().1;
        rest = if value.starts_with(b'(') { behind_comment(value) } else { behind_product(value) };
        let (blank, behind) = rest.blank();
        if rest.at == value.at || (blank.is_empty() && !behind.is_empty()) {
            return findings.add(DeviationKind::Product, rest.at..rest.at + 1);
        }
    }
}

/// What follows `product = token [SLASH product-version]`, which is everything where a version is missing.
fn behind_product(part: Part<'_>) -> Part<'_> {
    let (name, behind) = part.token();
    let slash = behind.blank().1;
    if name.is_empty() || !slash.starts_with(b'/') {
        return behind;
    }
    let (version, behind) = slash.split(1).1.blank().1.token();
    if version.is_empty() { part } else { behind }
}

/// What follows a comment, which is everything where it does not end.
fn behind_comment(part: Part<'_>) -> Part<'_> {
    comment_length(part.bytes).map_or(part, |length| part.split(length).1)
}
