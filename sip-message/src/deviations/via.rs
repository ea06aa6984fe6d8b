//! Via, strictly (RFC 3261 §20.42): the host of sent-by and the parameters.

use super::part::{Part, is_lws};
use super::{Findings, parameter};
use crate::DeviationKind;
use sip_uri::{Host, Mode};

/// Checks one hop that was read leniently.
pub(super) fn check(part: Part<'_>, findings: &mut Findings) {
    let mut rest = part;
    for _ in 0..2 {
        rest = rest.until(|byte| byte == b'/').1.split(1).1;
    }
    let rest = rest.blank().1.token().1.blank().1;
    let (host, tail) = if rest.starts_with(b'[') {
        let (inside, _) = rest.until(|byte| byte == b']');
        rest.split(inside.bytes.len() + 1)
    } else {
        rest.until(|byte| is_lws(byte) || matches!(byte, b':' | b';' | b','))
    };
    if host.text().is_none_or(|text| Host::parse(text, Mode::Strict).is_err()) {
        findings.add(DeviationKind::UriHost, host.span());
    }
    let port = tail.until(|byte| byte == b';').0.trimmed();
    if port.bytes == b":" {
        findings.add(DeviationKind::UriPort, port.span());
    }
    parameter::check(tail.until(|byte| byte == b';').1, findings);
}
