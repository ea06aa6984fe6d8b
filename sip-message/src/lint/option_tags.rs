//! Option tags: whether IANA knows them (RFC 3261 §19.2, §27.1).

use super::findings::Findings;
use super::subject::Subject;
use super::{Finding, Rule};
use crate::HeaderName;

static UNREGISTERED: Rule = Rule::warning(
    "option-tag-unregistered",
    "RFC 3261 §19.2",
    "this option tag is not registered with IANA",
    "check the spelling; only option tags of standards-track RFCs are to be used",
);

pub(super) static RULES: &[&Rule] = &[&UNREGISTERED];

/// The registry "Option Tags" of the SIP parameters, in alphabetical order.
const REGISTERED: &[&str] = &[
    "100rel",
    "199",
    "answermode",
    "early-session",
    "eventlist",
    "explicitsub",
    "from-change",
    "geolocation-http",
    "geolocation-sip",
    "gin",
    "gruu",
    "histinfo",
    "ice",
    "join",
    "multiple-refer",
    "norefersub",
    "nosub",
    "outbound",
    "path",
    "policy",
    "precondition",
    "pref",
    "privacy",
    "recipient-list-invite",
    "recipient-list-message",
    "recipient-list-subscribe",
    "record-aware",
    "replaces",
    "resource-priority",
    "sdp-anat",
    "sec-agree",
    "siprec",
    "tdialog",
    "timer",
    "trickle-ice",
    "uui",
];

const FIELDS: &[HeaderName] = &[HeaderName::Supported, HeaderName::Require, HeaderName::ProxyRequire];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for name in FIELDS {
        for tag in subject.texts(name).filter(|tag| !is_registered(tag)) {
            let words = format!("the option tag {tag} in {name} is not registered with IANA");
            findings.push(Finding::new(&UNREGISTERED, subject.span(tag.as_bytes())).saying(words));
        }
    }
}

/// Option tags are tokens, which have no case (RFC 3261 §7.3.1).
fn is_registered(tag: &str) -> bool {
    REGISTERED.iter().any(|known| known.eq_ignore_ascii_case(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_registry() {
        let registry = include_str!("../../tests/vectors/iana-option-tags.tsv");
        let tags: Vec<&str> = registry.lines().skip(2).filter_map(|row| row.split('\t').next()).collect();
        assert_eq!(tags, REGISTERED);
        assert!(is_registered("100REL") && !is_registered("100rell"));
    }
}
