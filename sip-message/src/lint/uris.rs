//! The URIs of addresses: what Table 1 of RFC 3261 §19.1.1 leaves out of From and To, and `lr` in routes (§16.6, §16.12).

use super::findings::Findings;
use super::subject::Subject;
use super::{Finding, Rule};
use crate::{From, HeaderName, NameAddr, RecordRoute, Route, To};
use sip_uri::SipUri;

static FROM_TO: Rule = Rule::warning(
    "from-to-uri-parts",
    "RFC 3261 §19.1.1",
    "the URI of From or To has parts that Table 1 does not allow there",
    "name the address-of-record alone",
);
static NO_LR: Rule = Rule::error(
    "record-route-lr",
    "RFC 3261 §16.6",
    "a Record-Route URI has no lr: the proxy asks for the strict routing of RFC 2543",
    "add ;lr to the URI, inside the angle brackets",
);
static STRICT_ROUTE: Rule = Rule::note(
    "route-lr",
    "RFC 3261 §16.12",
    "this route is a strict router of RFC 2543",
    "add ;lr to the URI unless the proxy really is that old",
);

pub(super) static RULES: &[&Rule] = &[&FROM_TO, &NO_LR, &STRICT_ROUTE];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    from_to(subject, findings);
    routes(subject, findings);
}

/// Table 1 of RFC 3261 §19.1.1, the columns of From and To.
fn from_to(subject: &Subject<'_>, findings: &mut Findings) {
    let from = subject.first::<From>().map(|(bytes, from)| (HeaderName::From, bytes, from.0));
    let to = subject.first::<To>().map(|(bytes, to)| (HeaderName::To, bytes, to.0));
    for (name, bytes, addr) in [from, to].into_iter().flatten() {
        let Some(part) = addr.uri.as_sip().and_then(foreign_part) else {
            continue;
        };
        let words = format!("the URI of {name} has {part}, which Table 1 does not allow there");
        let span = subject.span(find(bytes, addr.uri.as_str().as_bytes()));
        findings.push(Finding::new(&FROM_TO, span).saying(words));
    }
}

fn foreign_part(uri: &SipUri) -> Option<&'static str> {
    if uri.headers().next().is_some() {
        return Some("header fields");
    }
    if uri.port().is_some() {
        return Some("a port");
    }
    ["method", "maddr", "ttl", "transport", "lr"].into_iter().find(|name| uri.param(name).is_some())
}

fn routes(subject: &Subject<'_>, findings: &mut Findings) {
    let strict = |addr: &NameAddr| addr.uri.as_sip().is_some_and(|uri| !uri.is_loose_router());
    for (bytes, route) in subject.values::<RecordRoute>() {
        // rfc3261#16.6 step 4: the URI of a Record-Route has lr
        if subject.is_rfc3261() && strict(&route.0) {
            findings.add(&NO_LR, subject.span(bytes));
        }
    }
    for (bytes, route) in subject.values::<Route>() {
        if subject.is_rfc3261() && strict(&route.0) {
            findings.add(&STRICT_ROUTE, subject.span(bytes));
        }
    }
}

/// The bytes of `text` in `bytes`; all of them where the text was folded.
fn find<'a>(bytes: &'a [u8], text: &[u8]) -> &'a [u8] {
    memchr::memmem::find(bytes, text).and_then(|start| bytes.get(start..start + text.len())).unwrap_or(bytes)
}
