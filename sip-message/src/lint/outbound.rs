//! Contacts of client-initiated connections: `reg-id` and `+sip.instance` (RFC 5626 §4.1, §4.2).

use super::Rule;
use super::findings::Findings;
use super::subject::{Subject, param_bytes};
use crate::{Contact, HeaderName, Method, Params};

static INSTANCE_URN: Rule = Rule::error(
    "instance-urn",
    "RFC 5626 §4.1",
    "+sip.instance is no URN between angle brackets",
    "write \"<urn:uuid:...>\" with the UUID of the device",
);
static INSTANCE: Rule = Rule::error(
    "reg-id-instance",
    "RFC 5626 §4.2.1",
    "reg-id stands without +sip.instance",
    "add ;+sip.instance=\"<urn:uuid:...>\"",
);
static REG_ID: Rule = Rule::error(
    "reg-id-range",
    "RFC 5626 §10",
    "reg-id is no number from 1 to 2147483647",
    "number the flows from 1",
);
static SUPPORTED: Rule = Rule::error(
    "reg-id-supported",
    "RFC 5626 §4.2.1",
    "a REGISTER has reg-id and does not support outbound",
    "add outbound to Supported",
);

pub(super) static RULES: &[&Rule] = &[&INSTANCE_URN, &INSTANCE, &REG_ID, &SUPPORTED];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (bytes, contact) in subject.values::<Contact>() {
        if let Some(params) = contact.params() {
            contact_params(subject, bytes, params, findings);
        }
    }
}

fn contact_params(subject: &Subject<'_>, bytes: &[u8], params: &Params, findings: &mut Findings) {
    let is_urn = |text: &str| {
        let inside = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
        inside.and_then(|urn| urn.get(..4)).is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:"))
    };
    if params.contains("+sip.instance") && !params.get("+sip.instance").is_some_and(is_urn) {
        findings.add(&INSTANCE_URN, subject.span(param_bytes(bytes, "+sip.instance")));
    }
    if !params.contains("reg-id") {
        return;
    }
    let span = subject.span(param_bytes(bytes, "reg-id"));
    // rfc5626#4.2 flows are numbered from 1 below 2^31
    if !params
        .get("reg-id")
        .and_then(|text| text.parse::<u32>().ok())
        .is_some_and(|id| (1..1 << 31).contains(&id))
    {
        findings.add(&REG_ID, span.clone());
    }
    // rfc5626#4.2.1 a flow belongs to an instance, and the option tag tells that the client means it
    if !params.contains("+sip.instance") {
        findings.add(&INSTANCE, span.clone());
    }
    if subject.is_request_of(&[Method::Register]) && !subject.has_tag(&HeaderName::Supported, "outbound") {
        findings.add(&SUPPORTED, span);
    }
}
