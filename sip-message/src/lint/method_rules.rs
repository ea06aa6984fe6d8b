//! Rules of single methods: CANCEL (RFC 3261 §9.1), PUBLISH (RFC 3903 §4), REFER (RFC 3515 §2.4.1).

use super::Rule;
use super::findings::Findings;
use super::subject::Subject;
use crate::{HeaderName, Method, Via};

static CANCEL_VIA: Rule = Rule::error(
    "cancel-single-via",
    "RFC 3261 §9.1",
    "CANCEL has more than one Via",
    "keep the topmost Via of the request that is cancelled",
);
static PUBLISH_EMPTY: Rule = Rule::error(
    "publish-empty",
    "RFC 3903 §4.1",
    "PUBLISH has neither a body nor SIP-If-Match: it publishes nothing",
    "add the state as body, or SIP-If-Match with the entity-tag to refresh",
);
static REFER_SEVERAL: Rule = Rule::error(
    "refer-to-single",
    "RFC 3515 §2.4.1",
    "REFER has more than one Refer-To",
    "send one REFER for each target",
);

pub(super) static RULES: &[&Rule] = &[&CANCEL_VIA, &PUBLISH_EMPTY, &REFER_SEVERAL];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if subject.is_request_of(&[Method::Cancel]) {
        // rfc3261#9.1 one Via, equal to the top one of the request
        if let Some((bytes, _)) = subject.values::<Via>().nth(1) {
            findings.add(&CANCEL_VIA, subject.span(bytes));
        }
    }
    if subject.is_request_of(&[Method::Publish]) {
        let refreshes = subject.message.headers().contains(&HeaderName::SipIfMatch);
        // rfc3903#4.1 Table 1: an initial publication and a modification have a body, the others an entity-tag
        if subject.message.body().is_empty() && !refreshes {
            findings.add(&PUBLISH_EMPTY, subject.start_line());
        }
    }
    // rfc3515#2.4.1 exactly one Refer-To
    if subject.is_request_of(&[Method::Refer])
        && let Some(second) = subject.fields(&HeaderName::ReferTo).nth(1)
    {
        findings.add(&REFER_SEVERAL, subject.field_span(&second));
    }
}
