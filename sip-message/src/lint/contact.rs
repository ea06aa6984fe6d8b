//! Contact: how many, which scheme, `*`, and its parameters (RFC 3261 §8.1.1.8, §10.2, §10.3, §12.1.1, §20.10).

use super::findings::Findings;
use super::subject::{Subject, param_bytes};
use super::{Finding, Rule};
use crate::{Contact, Expires, HeaderName, Method, NameAddr, Route};
use sip_uri::Uri;

static STAR_METHOD: Rule = Rule::error(
    "contact-star-method",
    "RFC 3261 §10.2.2",
    "Contact: * stands in another message than a REGISTER request",
    "write the URI to be reached at",
);
static STAR_ALONE: Rule = Rule::error(
    "contact-star-alone",
    "RFC 3261 §10.2.2",
    "Contact: * stands beside other contacts",
    "send * alone, or the contacts to be removed with ;expires=0",
);
static STAR_EXPIRES: Rule = Rule::error(
    "contact-star-expires",
    "RFC 3261 §10.2.2",
    "Contact: * stands without Expires: 0",
    "add Expires: 0",
);
static SINGLE: Rule = Rule::error(
    "contact-single",
    "RFC 3261 §8.1.1.8",
    "a message that makes or refreshes a dialog has more than one contact",
    "keep one Contact",
);
static SCHEME: Rule = Rule::error(
    "contact-scheme",
    "RFC 3261 §8.1.1.8",
    "the contact of a dialog is no sip or sips URI",
    "write a sip or sips URI",
);
static SECURE: Rule = Rule::error(
    "contact-sips",
    "RFC 3261 §8.1.1.8",
    "the request goes to a sips URI and the contact is none",
    "write a sips URI into Contact",
);
static URI_PARTS: Rule = Rule::error(
    "contact-uri-parts",
    "RFC 3261 §19.1.1",
    "the contact of a dialog has header fields, method or ttl in its URI",
    "remove what stands behind ? and the method and ttl parameters",
);
static Q: Rule =
    Rule::error("contact-q-range", "RFC 3261 §25.1", "q is no number from 0 to 1", "write q between 0 and 1");
static EXPIRES: Rule = Rule::warning(
    "contact-expires-malformed",
    "RFC 3261 §20.10",
    "expires is no number of seconds below 4294967296; it counts as 3600",
    "write a number of seconds",
);
static BINDING: Rule = Rule::error(
    "register-binding-expires",
    "RFC 3261 §10.3",
    "a binding in the answer to REGISTER does not say when it expires",
    "add ;expires= and the seconds left to each Contact",
);

pub(super) static RULES: &[&Rule] = &[
    &STAR_METHOD,
    &STAR_ALONE,
    &STAR_EXPIRES,
    &SINGLE,
    &SCHEME,
    &SECURE,
    &URI_PARTS,
    &Q,
    &EXPIRES,
    &BINDING,
];

/// Methods whose requests and 2xx carry the target of a dialog (RFC 3261 §12.1, RFC 3311 §5.1, RFC 3515 §2.2, RFC 6665 §4).
const TARGETS: &[Method] =
    &[Method::Invite, Method::Update, Method::Subscribe, Method::Notify, Method::Refer];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let contacts: Vec<(&[u8], Contact)> = subject.values().collect();
    star(subject, &contacts, findings);
    if subject.is_request_of(TARGETS) || subject.is_success_of(TARGETS) {
        target(subject, &contacts, findings);
    }
    for (bytes, contact) in &contacts {
        params(subject, bytes, contact, findings);
    }
}

fn star(subject: &Subject<'_>, contacts: &[(&[u8], Contact)], findings: &mut Findings) {
    let Some((bytes, _)) = contacts.iter().find(|(_, contact)| *contact == Contact::Star) else {
        return;
    };
    if !subject.is_request_of(&[Method::Register]) {
        findings.add(&STAR_METHOD, subject.span(bytes));
        return;
    }
    // rfc3261#10.2.2 the star stands alone, with Expires: 0
    if contacts.len() > 1 {
        findings.add(&STAR_ALONE, subject.span(bytes));
    }
    if subject.first::<Expires>().is_none_or(|(_, expires)| expires.0 != 0) {
        findings.add(&STAR_EXPIRES, subject.span(bytes));
    }
}

fn target(subject: &Subject<'_>, contacts: &[(&[u8], Contact)], findings: &mut Findings) {
    // rfc3261#8.1.1.8 exactly one sip or sips URI
    if let Some((second, _)) = contacts.get(1).filter(|_| subject.is_rfc3261()) {
        findings.add(&SINGLE, subject.span(second));
    }
    for (bytes, addr) in contacts.iter().filter_map(|(bytes, contact)| Some((bytes, contact.addr()?))) {
        let Some(uri) = addr.uri.as_sip() else {
            let words = format!("the contact of a dialog is a {} URI", addr.uri.scheme());
            findings.push(Finding::new(&SCHEME, subject.span(bytes)).saying(words));
            continue;
        };
        if is_to_secure(subject) && !uri.is_secure() {
            findings.add(&SECURE, subject.span(bytes));
        }
        // rfc3261#19.1.1 Table 1, the column of Contact in dialogs
        if uri.headers().next().is_some() || uri.param("method").is_some() || uri.param("ttl").is_some() {
            findings.add(&URI_PARTS, subject.span(bytes));
        }
    }
}

/// Whether the Request-URI, or the topmost Route if there is one, is a sips URI.
fn is_to_secure(subject: &Subject<'_>) -> bool {
    let is_secure = |uri: &Uri| uri.as_sip().is_some_and(sip_uri::SipUri::is_secure);
    let Some(request) = subject.request() else {
        return false;
    };
    let route = subject.first::<Route>().is_some_and(|(_, Route(NameAddr { uri, .. }))| is_secure(&uri));
    route || request.uri().is_ok_and(|uri| is_secure(&uri))
}

fn params(subject: &Subject<'_>, bytes: &[u8], contact: &Contact, findings: &mut Findings) {
    let Some(params) = contact.params() else {
        return;
    };
    if params.contains("q") && contact.q().is_none() {
        findings.add(&Q, subject.span(param_bytes(bytes, "q")));
    }
    // A quoted date is the spelling of RFC 2543 §6.13.
    let expires = params.get("expires").map(|text| text.parse::<u32>().is_ok());
    if expires == Some(false) && subject.is_rfc3261() {
        findings.add(&EXPIRES, subject.span(param_bytes(bytes, "expires")));
    }
    // rfc3261#10.3 step 8: each Contact of the answer says when it expires
    if expires.is_none() && subject.is_rfc3261() && subject.is_success_of(&[Method::Register]) {
        let finding = Finding::new(&BINDING, subject.span(bytes));
        let has_expires = subject.message.headers().contains(&HeaderName::Expires);
        let words = "the Expires header field does not say it for a single Contact; add ;expires= to each";
        findings.push(if has_expires { finding.remedied_by(words) } else { finding });
    }
}
