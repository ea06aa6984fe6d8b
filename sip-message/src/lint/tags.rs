//! The tags of From and To (RFC 3261 §8.1.1.3, §8.2.6.2, §12.2.1.1, §19.3).

use super::findings::Findings;
use super::subject::Subject;
use super::{Finding, Rule};
use crate::{From, HeaderName, Method, NameAddr, To};

static FROM_TAG: Rule = Rule::error(
    "from-tag-missing",
    "RFC 3261 §8.1.1.3",
    "From has no tag",
    "add ;tag= and a random token to From",
);
static TO_TAG_RESPONSE: Rule = Rule::error(
    "to-tag-missing-in-response",
    "RFC 3261 §8.2.6.2",
    "a response other than 100 has no tag in To",
    "add ;tag= and a random token to To",
);
static TO_TAG_REQUEST: Rule = Rule::error(
    "to-tag-missing-in-dialog",
    "RFC 3261 §12.2.1.1",
    "a request that needs a dialog has no tag in To",
    "put the remote tag of the dialog into To",
);
static TAG_EMPTY: Rule =
    Rule::error("tag-empty", "RFC 3261 §25.1", "the tag is empty", "give the tag a value");

pub(super) static RULES: &[&Rule] = &[&FROM_TAG, &TO_TAG_RESPONSE, &TO_TAG_REQUEST, &TAG_EMPTY];

/// Requests that are only sent within a dialog.
const IN_DIALOG: &[Method] =
    &[Method::Ack, Method::Bye, Method::Prack, Method::Info, Method::Update, Method::Notify];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let from = subject.first::<From>();
    let to = subject.first::<To>();
    for (bytes, addr) in
        [from.as_ref().map(|(bytes, from)| (*bytes, &from.0)), to.as_ref().map(|(b, to)| (*b, &to.0))]
            .into_iter()
            .flatten()
    {
        if addr.params.contains("tag") && addr.tag().is_none() {
            findings.add(&TAG_EMPTY, subject.span(super::subject::param_bytes(bytes, "tag")));
        }
    }
    if !subject.is_rfc3261() {
        return;
    }
    // rfc3261#8.1.1.3 a new tag in each From
    if from.is_some_and(|(_, from)| is_untagged(&from.0)) {
        findings.add(&FROM_TAG, subject.span_of(&HeaderName::From));
    }
    if to.is_some_and(|(_, to)| is_untagged(&to.0)) {
        let span = subject.span_of(&HeaderName::To);
        match (subject.status(), subject.request()) {
            // rfc3261#8.2.6.2 every response but 100 has a tag in To
            (Some(101..), _) => findings.add(&TO_TAG_RESPONSE, span),
            (_, Some(request)) if IN_DIALOG.contains(request.method()) => {
                let words = format!("{} is sent within a dialog, and To has no tag", request.method());
                findings.push(Finding::new(&TO_TAG_REQUEST, span).saying(words));
            }
            (Some(_) | None, _) => {}
        }
    }
}

fn is_untagged(addr: &NameAddr) -> bool {
    !addr.params.contains("tag")
}
