//! Which header fields stand in a message: RFC 3261 §20 with its Tables 2 and 3, RFC 2543 §6 with its Tables 4 and 5, and
//! the tables of the extension RFCs.

use super::findings::Findings;
use super::subject::Subject;
use super::table::{Presence, tables};
use super::{Edition, Finding, Rule};
use crate::{HeaderName, Method};

static MISSING: Rule = Rule::error(
    "header-missing",
    "RFC 3261 §20",
    "a mandatory header field is missing",
    "add the header field",
);
static EXPECTED: Rule = Rule::warning(
    "header-expected",
    "RFC 3261 §20",
    "a header field that should be there is missing",
    "add the header field",
);
static NOT_APPLICABLE: Rule = Rule::error(
    "header-not-applicable",
    "RFC 3261 §20",
    "a header field that must not stand in a message of this method",
    "remove the header field",
);
static MISPLACED: Rule = Rule::warning(
    "header-misplaced",
    "RFC 3261 §20",
    "a header field that is not defined for such a message",
    "remove the header field",
);

pub(super) static RULES: &[&Rule] = &[&MISSING, &EXPECTED, &NOT_APPLICABLE, &MISPLACED];

/// What every request has (RFC 3261 §8.1.1), whatever its method.
const REQUEST: &[HeaderName] = &[
    HeaderName::Via,
    HeaderName::MaxForwards,
    HeaderName::From,
    HeaderName::To,
    HeaderName::CallId,
    HeaderName::CSeq,
];

/// What every response repeats (RFC 3261 §8.2.6.2).
const RESPONSE: &[HeaderName] =
    &[HeaderName::Via, HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::CSeq];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    always(subject, findings);
    let Some(method) = &subject.method else {
        return;
    };
    for name in names(subject) {
        placed(subject, method, &name, findings);
    }
    for table in tables(subject.edition) {
        for (name, applies, presence) in table.column(method, subject.status()) {
            if applies && !is_always_there(subject, name) && !subject.message.headers().contains(name) {
                absent(subject, (name, presence), table.section, findings);
            }
        }
    }
}

/// The fields that no message goes without.
fn always(subject: &Subject<'_>, findings: &mut Findings) {
    let section = match (subject.edition, subject.request()) {
        (Edition::Rfc3261, Some(_)) => "RFC 3261 §8.1.1",
        (Edition::Rfc3261, None) => "RFC 3261 §8.2.6.2",
        (Edition::Rfc2543, _) => "RFC 2543 §6",
    };
    // rfc3261#8.1.1 and rfc3261#8.2.6.2 what a message at least has
    let names = if subject.request().is_some() { REQUEST } else { RESPONSE };
    for name in names.iter().filter(|name| !subject.message.headers().contains(name)) {
        if subject.is_rfc3261() || *name != HeaderName::MaxForwards {
            absent(subject, (name, Presence::Mandatory), section, findings);
        }
    }
}

fn is_always_there(subject: &Subject<'_>, name: &HeaderName) -> bool {
    REQUEST.contains(name) && (subject.is_rfc3261() || *name != HeaderName::MaxForwards)
}

fn absent(
    subject: &Subject<'_>,
    (name, presence): (&HeaderName, Presence),
    section: &'static str,
    findings: &mut Findings,
) {
    let rule = match presence {
        Presence::Mandatory => &MISSING,
        // rfc7118#5 the WebSocket message has a length of its own
        Presence::Expected if *name == HeaderName::ContentLength && is_over_websocket(subject) => return,
        Presence::Expected => &EXPECTED,
        Presence::Optional | Presence::NotApplicable => return,
    };
    let finding = Finding::new(rule, subject.start_line())
        .by(section)
        .saying(format!("{} has no {name}", kind(subject)))
        .remedied_by(how_to_add(name));
    findings.push(finding);
}

/// Whether the field may stand in such a message, by the tables that know it.
fn placed(subject: &Subject<'_>, method: &Method, name: &HeaderName, findings: &mut Findings) {
    let mut section = None;
    let mut best = None;
    for table in tables(subject.edition) {
        for (_, applies, presence) in table.column(method, subject.status()).filter(|(row, ..)| *row == name)
        {
            section = Some(table.section);
            best = best.max(applies.then_some(presence));
        }
    }
    let Some(section) = section else {
        return;
    };
    let (rule, words) = match best {
        // rfc3261#20 a field that is not applicable must not be there, and is ignored
        Some(Presence::NotApplicable) => (&NOT_APPLICABLE, "must not stand in"),
        None => (&MISPLACED, "is not defined for"),
        Some(Presence::Optional | Presence::Expected | Presence::Mandatory) => return,
    };
    for field in subject.fields(name) {
        let finding = Finding::new(rule, subject.field_span(&field))
            .by(section)
            .saying(format!("{name} {words} {}", kind(subject)))
            .remedied_by(format!("remove {name}; receivers ignore it here"));
        findings.push(finding);
    }
}

fn is_over_websocket(subject: &Subject<'_>) -> bool {
    matches!(subject.transport().as_deref(), Some("WS" | "WSS"))
}

/// The names of the fields, each once.
fn names(subject: &Subject<'_>) -> Vec<HeaderName> {
    let mut names: Vec<HeaderName> = Vec::new();
    for field in subject.message.headers().iter() {
        let name = field.name();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// `an INVITE request`, `a 200 response to INVITE`.
fn kind(subject: &Subject<'_>) -> String {
    let method = subject.method.as_ref().map_or("an unknown method", Method::as_str);
    match subject.status() {
        Some(code) => format!("the {code} response to {method}"),
        None => format!("the {method} request"),
    }
}

fn how_to_add(name: &HeaderName) -> String {
    let example = match name {
        HeaderName::MaxForwards => ", usually `Max-Forwards: 70`",
        HeaderName::Via => " with the transport, the address to answer to and a fresh branch",
        HeaderName::From => " with your address and a fresh tag",
        HeaderName::CallId => " with a text that no other call has",
        HeaderName::CSeq => " with a number and the method of the request",
        HeaderName::Contact => " with the one sip or sips URI that later requests shall go to",
        HeaderName::ContentLength => ", the number of bytes in the body, 0 without one",
        HeaderName::Allow => " with the methods that you understand",
        HeaderName::Supported => " with the option tags that you understand, even if it is empty",
        HeaderName::Expires => " with a number of seconds",
        _ => "",
    };
    format!("add {name}{example}")
}
