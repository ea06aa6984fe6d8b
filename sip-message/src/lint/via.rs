//! Via: branches, protocol and transport, `ttl` and `rport` (RFC 3261 §8.1.1.7, §20.42; RFC 3581).

use super::findings::Findings;
use super::subject::{Subject, param_bytes};
use super::{Finding, Rule};
use crate::Via;

static BRANCH_MISSING: Rule = Rule::error(
    "via-branch-missing",
    "RFC 3261 §8.1.1.7",
    "this Via has no branch",
    "add ;branch=z9hG4bK and a text that no other transaction has",
);
static BRANCH_COOKIE: Rule = Rule::error(
    "via-branch-cookie",
    "RFC 3261 §8.1.1.7",
    "the branch is not z9hG4bK and more, so it does not tell transactions apart",
    "begin the branch with z9hG4bK",
);
static PROTOCOL: Rule = Rule::error(
    "via-protocol",
    "RFC 3261 §20.42",
    "the protocol of this Via is not SIP/2.0",
    "write SIP/2.0",
);
static TRANSPORT: Rule = Rule::warning(
    "via-transport-unknown",
    "RFC 3261 §20.42",
    "no transport of that name is registered",
    "write UDP, TCP, TLS, SCTP, TLS-SCTP, WS or WSS",
);
static TTL: Rule = Rule::error(
    "via-ttl-range",
    "RFC 3261 §25.1",
    "ttl is no number from 0 to 255",
    "write a ttl from 0 to 255",
);
static RPORT: Rule = Rule::warning(
    "via-rport-empty",
    "RFC 3581 §4",
    "a response repeats the empty rport of its request",
    "give rport the port that the request came from, and add received",
);

pub(super) static RULES: &[&Rule] = &[&BRANCH_MISSING, &BRANCH_COOKIE, &PROTOCOL, &TRANSPORT, &TTL, &RPORT];

const TRANSPORTS: &[&str] = &["UDP", "TCP", "TLS", "SCTP", "TLS-SCTP", "WS", "WSS"];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (index, (bytes, via)) in subject.values::<Via>().enumerate() {
        let mut add = |rule, part| findings.push(Finding::new(rule, subject.span(part)));
        match via.branch() {
            // rfc3261#8.1.1.7 every request has a branch that begins with the cookie; older hops may have been below
            None if subject.is_rfc3261() && index == 0 => add(&BRANCH_MISSING, bytes),
            Some(_) if subject.is_rfc3261() && index == 0 && !via.is_rfc3261_branch() => {
                add(&BRANCH_COOKIE, param_bytes(bytes, "branch"));
            }
            None | Some(_) => {}
        }
        if !via.protocol.eq_ignore_ascii_case("SIP/2.0") {
            add(&PROTOCOL, bytes);
        }
        if !TRANSPORTS.iter().any(|known| known.eq_ignore_ascii_case(&via.transport)) {
            add(&TRANSPORT, bytes);
        }
        if via.params.get("ttl").is_some_and(|ttl| ttl.parse::<u8>().is_err()) {
            add(&TTL, param_bytes(bytes, "ttl"));
        }
        if subject.response().is_some() && via.params.contains("rport") && via.params.get("rport").is_none() {
            add(&RPORT, param_bytes(bytes, "rport"));
        }
    }
}
