//! Header fields one by one (RFC 3261 §7.3.1, §20): text, repetition, and whether the values are those of their
//! grammar.

use super::part::{Part, is_lws};
use super::{Findings, address, authentication, parameter, product, via};
use crate::header::HeaderType;
use crate::headers::Elements;
use crate::{DeviationKind, Field, HeaderName, Headers};

/// How a value that was read is looked at strictly.
type Check = fn(Part<'_>, &mut Findings);

/// Header fields that are read more leniently than their grammar; the values of all others are read as strictly.
static STRICT: &[(HeaderName, Check)] = &[
    (HeaderName::From, address::either_form),
    (HeaderName::To, address::either_form),
    (HeaderName::Contact, address::either_form),
    (HeaderName::ReplyTo, address::either_form),
    (HeaderName::ReferTo, address::either_form),
    (HeaderName::ReferredBy, address::either_form),
    (HeaderName::PAssertedIdentity, address::either_form),
    (HeaderName::PPreferredIdentity, address::either_form),
    (HeaderName::Route, address::name_addr),
    (HeaderName::RecordRoute, address::name_addr),
    (HeaderName::Path, address::name_addr),
    (HeaderName::ServiceRoute, address::name_addr),
    (HeaderName::HistoryInfo, address::name_addr),
    (HeaderName::PAssociatedUri, address::name_addr),
    (HeaderName::PCalledPartyId, address::name_addr),
    (HeaderName::PServedUser, address::name_addr),
    (HeaderName::Via, via::check),
    (HeaderName::CallId, call_id),
    (HeaderName::WwwAuthenticate, authentication::challenge),
    (HeaderName::ProxyAuthenticate, authentication::challenge),
    (HeaderName::Authorization, authentication::credentials),
    (HeaderName::ProxyAuthorization, authentication::credentials),
    (HeaderName::Accept, parameter::behind_value),
    (HeaderName::AcceptEncoding, parameter::behind_value),
    (HeaderName::AcceptLanguage, parameter::behind_value),
    (HeaderName::ContentDisposition, parameter::behind_value),
    (HeaderName::ContentType, parameter::behind_value),
    (HeaderName::Event, parameter::behind_value),
    (HeaderName::Expires, expires),
    (HeaderName::Privacy, privacy),
    (HeaderName::Reason, parameter::behind_value),
    (HeaderName::RetryAfter, retry_after),
    (HeaderName::Server, product::check),
    (HeaderName::SessionExpires, parameter::behind_value),
    (HeaderName::SubscriptionState, parameter::behind_value),
    (HeaderName::UserAgent, product::check),
];

/// Checks every line of the header section but Content-Length.
pub(super) fn check(headers: &Headers, findings: &mut Findings) {
    for field in headers.lines() {
        if field.is_raw() {
            findings.add(DeviationKind::NotAField, field.line_span());
        } else {
            check_one(&field, findings);
        }
    }
    repetitions(headers, findings);
}

/// Checks the value of a field.
pub(super) fn check_one(field: &Field<'_>, findings: &mut Findings) {
    if text(field, findings) {
        value(field, findings);
    }
}

/// Checks the characters; says whether the value is text at all.
fn text(field: &Field<'_>, findings: &mut Findings) -> bool {
    let (value, at) = (field.value(), field.value_span().start);
    if let Err(error) = std::str::from_utf8(value) {
        let at = at + error.valid_up_to();
        findings.add(DeviationKind::NotUtf8, at..at + 1);
        return false;
    }
    let mut escaped = false;
    for (index, byte) in value.iter().enumerate() {
        // rfc3261#25.1 a quoted-pair may hold controls, a fold is white space
        if byte.is_ascii_control() && !is_lws(*byte) && !escaped {
            findings.add(DeviationKind::ControlCharacter, at + index..at + index + 1);
        }
        escaped = !escaped && *byte == b'\\';
    }
    true
}

/// Checks each element: whether it is read at all, and if so whether strictly. A name without a type has no grammar,
/// Content-Length has kinds of its own.
fn value(field: &Field<'_>, findings: &mut Findings) {
    let name = field.name();
    let Some(header_type) = HeaderType::named(&name).filter(|_| name != HeaderName::ContentLength) else {
        return;
    };
    let strictly = STRICT.iter().find(|(strict, _)| *strict == name).map(|(_, strictly)| strictly);
    let value = Part { bytes: field.value(), at: field.value_span().start };
    let mut end = 0;
    let mut is_empty = true;
    for element in Elements::new(value.bytes, header_type.is_list) {
        // Between two elements stands one comma; one more is an empty element.
        empty_elements(value, end..element.start, usize::from(end > 0), findings);
        end = element.end;
        is_empty = false;
        let part = value.split(element.end).0.split(element.start).1;
        match (field.decode_by(&header_type.name, element, header_type.check), strictly) {
            (Ok(()), Some(strictly)) => strictly(part, findings),
            (Ok(()), None) => {}
            (Err(_), _) => findings.add(DeviationKind::FieldMalformed, part.span()),
        }
    }
    if header_type.is_list {
        empty_elements(value, end..value.bytes.len(), 0, findings);
    }
    if is_empty && !header_type.may_be_empty {
        findings.add(DeviationKind::FieldEmpty, value.span());
    }
}

/// Notes the commas in `gap` beyond those that `separate` elements.
fn empty_elements(value: Part<'_>, gap: std::ops::Range<usize>, separate: usize, findings: &mut Findings) {
    let bytes = value.bytes.get(gap.clone()).unwrap_or_default();
    for (index, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b',').skip(separate) {
        let at = value.at + gap.start + index;
        findings.add(DeviationKind::ElementEmpty, at..at + 1);
    }
}

/// `Expires = delta-seconds`; RFC 2543 §6.20 has dates as well.
fn expires(part: Part<'_>, findings: &mut Findings) {
    if !part.bytes.iter().all(u8::is_ascii_digit) {
        findings.add(DeviationKind::DateForSeconds, part.span());
    }
}

/// `Retry-After = delta-seconds [comment] *(SEMI retry-param)`; RFC 2543 §6.32 has dates as well.
fn retry_after(part: Part<'_>, findings: &mut Findings) {
    let (time, behind) = part.until(|byte| matches!(byte, b'(' | b';'));
    let (time, _) = time.split(time.bytes.trim_ascii_end().len());
    if !time.bytes.iter().all(u8::is_ascii_digit) {
        findings.add(DeviationKind::DateForSeconds, time.span());
    }
    parameter::behind_value(behind, findings);
}

/// `priv-value *(";" priv-value)` of RFC 3323 §4.2; commas are met as well.
fn privacy(part: Part<'_>, findings: &mut Findings) {
    for (index, _) in part.bytes.iter().enumerate().filter(|(_, byte)| **byte == b',') {
        findings.add(DeviationKind::Separator, part.at + index..part.at + index + 1);
    }
}

/// `callid = word ["@" word]`
fn call_id(part: Part<'_>, findings: &mut Findings) {
    let is_word = |byte: u8| crate::token::is_token_byte(byte) || b"()<>:\\\"/[]?{}".contains(&byte);
    let mut ats = 0;
    let mut is_callid = |byte: u8| {
        ats += usize::from(byte == b'@');
        is_word(byte) || (byte == b'@' && ats == 1)
    };
    if let Some(bad) = part.bytes.iter().position(|byte| !is_callid(*byte)) {
        findings.add(DeviationKind::CallIdCharacters, part.at + bad..part.at + bad + 1);
    }
}

/// Notes the second and later fields of those that stand once; Content-Length has kinds of its own.
fn repetitions(headers: &Headers, findings: &mut Findings) {
    let mut seen = Vec::new();
    for field in headers.iter() {
        let name = field.name();
        // rfc3261#7.3.1 only a field whose value is a list may be repeated
        let stands_once = HeaderType::named(&name).is_some_and(|header_type| !header_type.is_repeatable);
        if !stands_once || name == HeaderName::ContentLength {
            continue;
        }
        if seen.contains(&name) {
            findings.add(DeviationKind::FieldRepeated, field.value_span());
        } else {
            seen.push(name);
        }
    }
}
