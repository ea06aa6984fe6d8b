//! Values of extension header fields that have a fixed set or form: Refer-Sub (RFC 4488), Max-Breadth
//! (RFC 5393), Flow-Timer (RFC 5626), Resource-Priority (RFC 4412), History-Info (RFC 7044), Reason (RFC 3326), Session-ID
//! (RFC 7989), Accept-Contact (RFC 3841).

use super::findings::Findings;
use super::subject::Subject;
use super::{Finding, Rule};
use crate::{HeaderName, Params};

static VALUE: Rule = Rule::error(
    "extension-value",
    "RFC 3261 §7.3.1",
    "the value is none that its RFC allows",
    "write a value that the RFC allows",
);
static HISTORY_INDEX: Rule = Rule::error(
    "history-info-index",
    "RFC 7044 §5",
    "an entry of History-Info has no index",
    "add ;index= with the place of the entry, such as 1.1",
);

pub(super) static RULES: &[&Rule] = &[&VALUE, &HISTORY_INDEX];

/// What one header field allows.
struct Form {
    name: HeaderName,
    section: &'static str,
    is_met: fn(&str, &Params) -> bool,
    remedy: &'static str,
}

static FORMS: &[Form] = &[
    Form {
        name: HeaderName::ReferSub,
        section: "RFC 4488 §4",
        is_met: |word, _| is_one_of(word, &["true", "false"]),
        remedy: "write true or false",
    },
    Form {
        name: HeaderName::MaxBreadth,
        section: "RFC 5393 §5.8",
        is_met: |word, _| is_number(word),
        remedy: "write a number, usually 60",
    },
    Form {
        name: HeaderName::FlowTimer,
        section: "RFC 5626 §10",
        is_met: |word, _| is_number(word),
        remedy: "write a number of seconds",
    },
    Form {
        name: HeaderName::ResourcePriority,
        section: "RFC 4412 §3.1",
        is_met: |word, _| {
            word.split_once('.').is_some_and(|(space, value)| !space.is_empty() && !value.is_empty())
        },
        remedy: "write a namespace, a dot and a priority, such as ets.0",
    },
    Form {
        name: HeaderName::AcceptContact,
        section: "RFC 3841 §10",
        is_met: |word, _| word == "*",
        remedy: "write * and the feature parameters",
    },
    Form {
        name: HeaderName::RejectContact,
        section: "RFC 3841 §10",
        is_met: |word, _| word == "*",
        remedy: "write * and the feature parameters",
    },
    Form {
        name: HeaderName::Reason,
        section: "RFC 3326 §2",
        is_met: |_, params| !params.contains("cause") || params.get("cause").is_some_and(is_number),
        remedy: "write the cause as a number, such as cause=200",
    },
    Form {
        name: HeaderName::SessionId,
        section: "RFC 7989 §5",
        is_met: |word, _| {
            word.len() == 32 && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        },
        remedy: "write 32 lower-case hexadecimal digits",
    },
];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for form in FORMS {
        for (word, params) in subject.words(&form.name) {
            if !(form.is_met)(word, &params) {
                let finding = Finding::new(&VALUE, subject.span(word.as_bytes())).by(form.section);
                let words = format!("{} has a value that {} does not allow", form.name, form.section);
                findings.push(finding.saying(words).remedied_by(form.remedy));
            }
        }
    }
    for text in subject.texts(&HeaderName::HistoryInfo) {
        // rfc7044#5 each entry has its index, behind the brackets
        let params = text.rsplit_once('>').map_or(text, |(_, params)| params);
        if !params.split(';').any(|param| param.trim_ascii_start().to_ascii_lowercase().starts_with("index"))
        {
            findings.add(&HISTORY_INDEX, subject.span(text.as_bytes()));
        }
    }
}

fn is_one_of(word: &str, known: &[&str]) -> bool {
    known.iter().any(|known| known.eq_ignore_ascii_case(word))
}

fn is_number(word: &str) -> bool {
    word.parse::<u32>().is_ok() && word.bytes().all(|byte| byte.is_ascii_digit())
}
