//! Digest challenges and credentials are complete (RFC 3261 §22.4, RFC 7616 §3.3, §3.4).

use super::findings::Findings;
use super::subject::Subject;
use super::{Finding, Rule};
use crate::{
    Authorization, Challenge, Credentials, HeaderName, ProxyAuthenticate, ProxyAuthorization, WwwAuthenticate,
};

static CHALLENGE: Rule = Rule::error(
    "challenge-incomplete",
    "RFC 7616 §3.3",
    "a Digest challenge lacks realm or nonce",
    "add the missing parameter",
);
static CREDENTIALS: Rule = Rule::error(
    "credentials-incomplete",
    "RFC 7616 §3.4",
    "Digest credentials lack a parameter",
    "add the missing parameter",
);

pub(super) static RULES: &[&Rule] = &[&CHALLENGE, &CREDENTIALS];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (bytes, WwwAuthenticate(challenge)) in subject.values() {
        challenged(subject, bytes, (&HeaderName::WwwAuthenticate, &challenge), findings);
    }
    for (bytes, ProxyAuthenticate(challenge)) in subject.values() {
        challenged(subject, bytes, (&HeaderName::ProxyAuthenticate, &challenge), findings);
    }
    for (bytes, Authorization(credentials)) in subject.values() {
        answered(subject, bytes, (&HeaderName::Authorization, &credentials), findings);
    }
    for (bytes, ProxyAuthorization(credentials)) in subject.values() {
        answered(subject, bytes, (&HeaderName::ProxyAuthorization, &credentials), findings);
    }
}

fn challenged(
    subject: &Subject<'_>,
    bytes: &[u8],
    (name, challenge): (&HeaderName, &Challenge),
    findings: &mut Findings,
) {
    if challenge.scheme.eq_ignore_ascii_case("Digest") {
        // rfc7616#3.3 realm and nonce are in every challenge
        let missing = ["realm", "nonce"].into_iter().filter(|param| challenge.get(param).is_none());
        lacks(subject, bytes, (&CHALLENGE, name), missing, findings);
    }
}

fn answered(
    subject: &Subject<'_>,
    bytes: &[u8],
    (name, credentials): (&HeaderName, &Credentials),
    findings: &mut Findings,
) {
    if credentials.scheme.eq_ignore_ascii_case("Digest") {
        // rfc7616#3.4 what answers a challenge; with qop the client's nonce and its count as well
        let always = ["username", "realm", "nonce", "uri", "response"];
        let with_qop: &[&str] = if credentials.get("qop").is_some() { &["cnonce", "nc"] } else { &[] };
        let hashed = |param: &&str| *param == "username" && credentials.get("username*").is_some();
        let missing = always
            .into_iter()
            .chain(with_qop.iter().copied())
            .filter(|param| credentials.get(param).is_none() && !hashed(param));
        lacks(subject, bytes, (&CREDENTIALS, name), missing, findings);
    }
}

fn lacks<'p>(
    subject: &Subject<'_>,
    bytes: &[u8],
    (rule, name): (&'static Rule, &HeaderName),
    missing: impl Iterator<Item = &'p str>,
    findings: &mut Findings,
) {
    let missing: Vec<&str> = missing.collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        let finding = Finding::new(rule, subject.span(bytes));
        findings
            .push(finding.saying(format!("{name} lacks {missing}")).remedied_by(format!("add {missing}")));
    }
}
