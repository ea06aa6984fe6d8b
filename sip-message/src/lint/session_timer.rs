//! Session timers: Session-Expires, Min-SE and the refresher (RFC 4028 §4, §5, §7, §9).

use super::Rule;
use super::findings::Findings;
use super::subject::Subject;
use crate::{HeaderName, Method};

static EXPIRES: Rule = Rule::error(
    "session-expires-minimum",
    "RFC 4028 §4",
    "Session-Expires is no number of at least 90 seconds",
    "write 90 or more, usually 1800",
);
static MIN_SE: Rule = Rule::error(
    "min-se-minimum",
    "RFC 4028 §5",
    "Min-SE is no number of at least 90 seconds",
    "write 90 or more",
);
static BELOW: Rule = Rule::error(
    "session-expires-below-min-se",
    "RFC 4028 §7.1",
    "Session-Expires is smaller than Min-SE",
    "write a Session-Expires of at least Min-SE",
);
static REFRESHER: Rule = Rule::error(
    "session-refresher",
    "RFC 4028 §9",
    "Session-Expires does not say who refreshes the session, uac or uas",
    "add ;refresher=uac or ;refresher=uas",
);
static SUPPORTED: Rule = Rule::error(
    "session-timer-supported",
    "RFC 4028 §7.1",
    "a request has Session-Expires and does not support timer",
    "add timer to Supported",
);
static REQUIRE: Rule = Rule::error(
    "session-timer-require",
    "RFC 4028 §9",
    "the client shall refresh the session and timer is not required",
    "add Require: timer",
);

pub(super) static RULES: &[&Rule] = &[&EXPIRES, &MIN_SE, &BELOW, &REFRESHER, &SUPPORTED, &REQUIRE];

const METHODS: &[Method] = &[Method::Invite, Method::Update];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mut minimum = None;
    for (text, _) in subject.words(&HeaderName::MinSe).take(1) {
        minimum = text.parse::<u32>().ok();
        // rfc4028#5 never below 90 seconds
        if minimum.is_none_or(|seconds| seconds < 90) {
            findings.add(&MIN_SE, subject.span(text.as_bytes()));
        }
    }
    for (text, params) in subject.words(&HeaderName::SessionExpires).take(1) {
        let span = subject.span(text.as_bytes());
        let seconds = text.parse::<u32>().ok();
        match (seconds, minimum) {
            (None | Some(..90), _) => findings.add(&EXPIRES, span.clone()),
            (Some(seconds), Some(minimum)) if seconds < minimum => findings.add(&BELOW, span.clone()),
            (Some(_), _) => {}
        }
        let refresher = params.get("refresher").map(str::to_ascii_lowercase);
        let known = matches!(refresher.as_deref(), Some("uac" | "uas"));
        let answers = subject.is_success_of(METHODS);
        // rfc4028#9 the answer names the refresher; a request may leave that open
        if (answers || refresher.is_some()) && !known {
            findings.add(&REFRESHER, span.clone());
        }
        if answers && refresher.as_deref() == Some("uac") && !subject.has_tag(&HeaderName::Require, "timer") {
            findings.add(&REQUIRE, span.clone());
        }
        if subject.is_request_of(METHODS) && !subject.has_tag(&HeaderName::Supported, "timer") {
            findings.add(&SUPPORTED, span);
        }
    }
}
