//! Who is calling, and what is not to be told: P-Asserted-Identity (RFC 3325), Privacy (RFC 3323), Identity (RFC 8224);
//! and the security agreement (RFC 3329).

use super::findings::Findings;
use super::subject::Subject;
use super::{Finding, Rule};
use crate::name_addr::name_addr;
use crate::{HeaderName, Method};

static ASSERTED: Rule = Rule::error(
    "asserted-identity-values",
    "RFC 3325 §9.1",
    "an asserted or preferred identity is neither one sip, sips or tel URI nor one of each",
    "keep one sip or sips URI, one tel URI, or one of each",
);
static PRIVACY: Rule = Rule::warning(
    "privacy-unregistered",
    "RFC 3323 §4.2",
    "this kind of privacy is not registered with IANA",
    "write none, header, session, user, id, history or critical",
);
static PRIVACY_NONE: Rule = Rule::error(
    "privacy-none-alone",
    "RFC 3323 §4.2",
    "Privacy: none stands beside other kinds of privacy",
    "keep either none or the others",
);
static DATE: Rule = Rule::error(
    "identity-date",
    "RFC 8224 §6.1",
    "a signed request has no Date",
    "add Date, which the signature covers",
);
static AGREEMENT: Rule = Rule::error(
    "security-client-require",
    "RFC 3329 §2.3.1",
    "Security-Client stands without sec-agree in Require and Proxy-Require",
    "add Require: sec-agree and Proxy-Require: sec-agree",
);

pub(super) static RULES: &[&Rule] = &[&ASSERTED, &PRIVACY, &PRIVACY_NONE, &DATE, &AGREEMENT];

/// The registry "SIP Privacy Header Field Values".
const PRIVACY_VALUES: &[&str] = &["user", "header", "session", "none", "critical", "id", "history"];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for name in [HeaderName::PAssertedIdentity, HeaderName::PPreferredIdentity] {
        asserted(subject, &name, findings);
    }
    privacy(subject, findings);
    let headers = subject.message.headers();
    // rfc8224#6.1 the signature covers the Date
    if subject.request().is_some()
        && headers.contains(&HeaderName::Identity)
        && !headers.contains(&HeaderName::Date)
    {
        findings.add(&DATE, subject.span_of(&HeaderName::Identity));
    }
    let agreed =
        [HeaderName::Require, HeaderName::ProxyRequire].iter().all(|name| subject.has_tag(name, "sec-agree"));
    if headers.contains(&HeaderName::SecurityClient) && !agreed && !subject.is_request_of(&[Method::Ack]) {
        findings.add(&AGREEMENT, subject.span_of(&HeaderName::SecurityClient));
    }
}

fn asserted(subject: &Subject<'_>, name: &HeaderName, findings: &mut Findings) {
    let mut kinds = Vec::new();
    for text in subject.texts(name) {
        let scheme =
            name_addr(text).map(|(_, addr)| addr.uri.scheme().to_ascii_lowercase()).unwrap_or_default();
        let kind = match scheme.as_str() {
            "sip" | "sips" => "sip",
            "tel" => "tel",
            _ => "other",
        };
        // rfc3325#9.1 one or two values; of two, one is a sip or sips URI and the other a tel URI
        if kind == "other" || kinds.contains(&kind) {
            let words = format!("{name} has another value than one sip or sips URI and one tel URI");
            findings.push(Finding::new(&ASSERTED, subject.span(text.as_bytes())).saying(words));
        }
        kinds.push(kind);
    }
}

fn privacy(subject: &Subject<'_>, findings: &mut Findings) {
    let texts = subject.texts(&HeaderName::Privacy);
    let values: Vec<&str> = texts.flat_map(|text| text.split(';')).map(str::trim_ascii).collect();
    for value in &values {
        if !PRIVACY_VALUES.iter().any(|known| known.eq_ignore_ascii_case(value)) {
            findings.add(&PRIVACY, subject.span(value.as_bytes()));
        }
        // rfc3323#4.2 none excludes the others
        if value.eq_ignore_ascii_case("none") && values.len() > 1 {
            findings.add(&PRIVACY_NONE, subject.span(value.as_bytes()));
        }
    }
}
