//! Event packages, subscriptions and their state (RFC 6665 §3, §4, §7, §8).

use super::findings::Findings;
use super::subject::Subject;
use super::{Finding, Rule};
use crate::{HeaderName, Method};

static STATE: Rule = Rule::warning(
    "subscription-state-unknown",
    "RFC 6665 §4.1.3",
    "the state of the subscription is none of active, pending and terminated",
    "write active, pending or terminated",
);
static STATE_EXPIRES: Rule = Rule::warning(
    "subscription-state-expires",
    "RFC 6665 §4.2.2",
    "a NOTIFY does not say how long the subscription lasts",
    "add ;expires= with the seconds left to Subscription-State",
);
static EXPIRES: Rule = Rule::warning(
    "subscribe-expires",
    "RFC 6665 §3.1.1",
    "a SUBSCRIBE does not say how long it shall last",
    "add Expires with a number of seconds",
);
static PACKAGE: Rule = Rule::warning(
    "event-unregistered",
    "RFC 6665 §7.2",
    "this event package is not registered with IANA",
    "check the spelling of the package",
);

pub(super) static RULES: &[&Rule] = &[&STATE, &STATE_EXPIRES, &EXPIRES, &PACKAGE];

/// The registry of event packages and, behind a dot, template-packages.
const PACKAGES: &[&str] = &[
    "call-completion",
    "certificate",
    "credential",
    "conference",
    "consent-pending-additions",
    "dialog",
    "http-monitor",
    "kpml",
    "load-control",
    "message-summary",
    "poc-settings",
    "presence",
    "reg",
    "refer",
    "session-spec-policy",
    "Siemens-RTP-Stats",
    "spirits-INDPs",
    "spirits-user-prof",
    "ua-profile",
    "vq-rtcpxr",
    "winfo",
    "xcap-diff",
];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (state, params) in subject.words(&HeaderName::SubscriptionState).take(1) {
        let span = subject.span(state.as_bytes());
        match state.to_ascii_lowercase().as_str() {
            // rfc6665#4.2.2 the notifier tells the time that is left
            "active" | "pending" if !params.contains("expires") => findings.add(&STATE_EXPIRES, span),
            "active" | "pending" | "terminated" => {}
            _ => findings.add(&STATE, span),
        }
    }
    if subject.is_request_of(&[Method::Subscribe])
        && !subject.message.headers().contains(&HeaderName::Expires)
    {
        findings.add(&EXPIRES, subject.start_line());
    }
    let events = subject.words(&HeaderName::Event).chain(subject.words(&HeaderName::AllowEvents));
    for (event, _) in events {
        // rfc6665#7.2 a package and its templates, each registered
        if !event.split('.').all(|part| PACKAGES.contains(&part)) {
            let words = format!("the event package {event} is not registered with IANA");
            findings.push(Finding::new(&PACKAGE, subject.span(event.as_bytes())).saying(words));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_registry() {
        let registry = include_str!("../../tests/vectors/iana-event-packages.tsv");
        let packages: Vec<&str> = registry.lines().skip(2).filter_map(|row| row.split('\t').next()).collect();
        assert_eq!(packages, PACKAGES);
    }
}
