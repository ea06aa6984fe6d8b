//! Header fields one by one (RFC 3261 §7.3.1, §20): text, repetition, and the values of those whose grammar the
//! transaction and dialog layers live by.

use super::part::{Part, is_lws};
use super::{Findings, address, authentication, via};
use crate::headers::Elements;
use crate::{
    Allow, AllowEvents, Authorization, CSeq, CallId, Contact, ContentType, DeviationKind, Expires, Field,
    From, Header, HeaderName, Headers, MaxForwards, MinExpires, Path, ProxyAuthenticate, ProxyAuthorization,
    ProxyRequire, Reason, RecordRoute, Require, RetryAfter, Route, ServiceRoute, Supported, To, Unsupported,
    Via, Warning, WwwAuthenticate,
};

/// How a value that was read is looked at strictly.
type Check = fn(Part<'_>, &mut Findings);

/// Checks every line of the header section but Content-Length.
pub(super) fn check(headers: &Headers, findings: &mut Findings) {
    for field in headers.lines() {
        if field.is_raw() {
            findings.add(DeviationKind::NotAField, field.line_span());
        } else if text(&field, findings) {
            value(&field, findings);
        }
    }
    repetitions(headers, findings);
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

/// Checks the value by the grammar of the field.
fn value(field: &Field<'_>, findings: &mut Findings) {
    match field.name() {
        HeaderName::From => typed::<From>(field, address::either_form, findings),
        HeaderName::To => typed::<To>(field, address::either_form, findings),
        HeaderName::Contact => typed::<Contact>(field, address::either_form, findings),
        HeaderName::Route => typed::<Route>(field, address::name_addr, findings),
        HeaderName::RecordRoute => typed::<RecordRoute>(field, address::name_addr, findings),
        HeaderName::Path => typed::<Path>(field, address::name_addr, findings),
        HeaderName::ServiceRoute => typed::<ServiceRoute>(field, address::name_addr, findings),
        HeaderName::Via => typed::<Via>(field, via::check, findings),
        HeaderName::CallId => typed::<CallId>(field, call_id, findings),
        HeaderName::WwwAuthenticate => typed::<WwwAuthenticate>(field, authentication::challenge, findings),
        HeaderName::ProxyAuthenticate => {
            typed::<ProxyAuthenticate>(field, authentication::challenge, findings)
        }
        HeaderName::Authorization => typed::<Authorization>(field, authentication::credentials, findings),
        HeaderName::ProxyAuthorization => {
            typed::<ProxyAuthorization>(field, authentication::credentials, findings);
        }
        name => plain_value(&name, field, findings),
    }
}

/// Those whose typed value is as strict as their grammar.
fn plain_value(name: &HeaderName, field: &Field<'_>, findings: &mut Findings) {
    match name {
        HeaderName::CSeq => typed::<CSeq>(field, nothing, findings),
        HeaderName::MaxForwards => typed::<MaxForwards>(field, nothing, findings),
        HeaderName::Expires => typed::<Expires>(field, nothing, findings),
        HeaderName::MinExpires => typed::<MinExpires>(field, nothing, findings),
        HeaderName::ContentType => typed::<ContentType>(field, nothing, findings),
        HeaderName::Allow => typed::<Allow>(field, nothing, findings),
        HeaderName::AllowEvents => typed::<AllowEvents>(field, nothing, findings),
        HeaderName::Supported => typed::<Supported>(field, nothing, findings),
        HeaderName::Require => typed::<Require>(field, nothing, findings),
        HeaderName::ProxyRequire => typed::<ProxyRequire>(field, nothing, findings),
        HeaderName::Unsupported => typed::<Unsupported>(field, nothing, findings),
        HeaderName::Reason => typed::<Reason>(field, nothing, findings),
        HeaderName::RetryAfter => typed::<RetryAfter>(field, nothing, findings),
        HeaderName::Warning => typed::<Warning>(field, nothing, findings),
        _ => {}
    }
}

const fn nothing(_: Part<'_>, _: &mut Findings) {}

/// Checks each element: whether it is read at all, and if so whether strictly.
fn typed<H: Header>(field: &Field<'_>, strictly: Check, findings: &mut Findings) {
    let value = Part { bytes: field.value(), at: field.value_span().start };
    let mut end = 0;
    for element in Elements::new(value.bytes, H::LIST) {
        // Between two elements stands one comma; one more is an empty element.
        empty_elements(value, end..element.start, usize::from(end > 0), findings);
        end = element.end;
        let part = value.split(element.end).0.split(element.start).1;
        match field.decode::<H>(element) {
            Ok(_) => strictly(part, findings),
            Err(_) => findings.add(DeviationKind::FieldMalformed, part.span()),
        }
    }
    if H::LIST {
        empty_elements(value, end..value.bytes.len(), 0, findings);
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

/// Notes the second and later fields of those that stand once.
fn repetitions(headers: &Headers, findings: &mut Findings) {
    use HeaderName::{
        CSeq, CallId, ContentType, Expires, From, MaxForwards, MinExpires, Organization, Priority, RAck,
        RSeq, ReferTo, ReferredBy, ReplyTo, RetryAfter, SessionExpires, SipETag, SipIfMatch, Subject,
        Timestamp, To,
    };
    // rfc3261#7.3.1 only a field whose value is a list may be repeated
    let once = [
        CSeq,
        CallId,
        ContentType,
        Expires,
        From,
        MaxForwards,
        MinExpires,
        Organization,
        Priority,
        RAck,
        RSeq,
        ReferTo,
        ReferredBy,
        ReplyTo,
        RetryAfter,
        SessionExpires,
        SipETag,
        SipIfMatch,
        Subject,
        Timestamp,
        To,
    ];
    for name in once {
        let id = name.id();
        for field in headers.iter().filter(|field| field.is_called(id, &name)).skip(1) {
            findings.add(DeviationKind::FieldRepeated, field.value_span());
        }
    }
}
