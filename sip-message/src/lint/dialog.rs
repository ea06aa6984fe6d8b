//! Header fields that name another dialog: Replaces (RFC 3891), Join (RFC 3911) and Target-Dialog (RFC 4538).

use super::findings::Findings;
use super::subject::Subject;
use super::{Finding, Rule};
use crate::HeaderName;

static TAGS: Rule = Rule::error(
    "dialog-reference-tags",
    "RFC 3891 §6.1",
    "the reference to a dialog lacks one of its tags",
    "add the missing tag",
);
static SEVERAL: Rule = Rule::error(
    "dialog-reference-single",
    "RFC 3891 §3",
    "an INVITE refers to more than one dialog",
    "keep one Replaces or one Join",
);

pub(super) static RULES: &[&Rule] = &[&TAGS, &SEVERAL];

/// The fields, their tags, and the section that asks for them.
const REFERENCES: &[(HeaderName, [&str; 2], &str)] = &[
    (HeaderName::Replaces, ["to-tag", "from-tag"], "RFC 3891 §6.1"),
    (HeaderName::Join, ["to-tag", "from-tag"], "RFC 3911 §7.1"),
    (HeaderName::TargetDialog, ["local-tag", "remote-tag"], "RFC 4538 §7"),
];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (name, tags, section) in REFERENCES {
        for (text, params) in subject.words(name) {
            let missing: Vec<&str> = tags.iter().copied().filter(|tag| params.get(tag).is_none()).collect();
            if !missing.is_empty() {
                let missing = missing.join(" and ");
                let finding = Finding::new(&TAGS, subject.span(text.as_bytes())).by(*section);
                findings.push(
                    finding.saying(format!("{name} lacks {missing}")).remedied_by(format!("add {missing}")),
                );
            }
        }
    }
    // rfc3891#3 more than one Replaces, or one beside Join, is a bad request
    let references = subject.fields(&HeaderName::Replaces).chain(subject.fields(&HeaderName::Join));
    if let Some(second) = references.skip(1).last() {
        findings.add(&SEVERAL, subject.field_span(&second));
    }
}
