//! Sameness of SIP and SIPS URIs up to their parameters, RFC 3261 §19.1.4 with RFC 5954 §4.2.

use super::component::{Case, by_name, same_option};
use crate::SipUri;

/// Parameters that count even when only one URI has them, since their absence has a meaning of its own.
const NEVER_IGNORED: [&str; 5] = ["maddr", "method", "transport", "ttl", "user"];

/// Whether scheme, userinfo, host, port and parameters match.
pub(super) fn same_address(one: &SipUri, two: &SipUri) -> bool {
    // rfc3261#19.1.4 sip and sips never match; an absent component never matches one with the default value
    one.scheme() == two.scheme()
        && one.port() == two.port()
        && one.host().is_equivalent(two.host())
        && same_option(one.raw_user(), two.raw_user(), Case::Sensitive)
        && same_option(one.raw_password(), two.raw_password(), Case::Sensitive)
        && same_params(one, two)
}

fn same_params(one: &SipUri, two: &SipUri) -> bool {
    if one.raw_params() == two.raw_params() {
        return true;
    }
    let (one, two) = (by_name(one.raw_param_list()), by_name(two.raw_param_list()));
    let shared_match = one.iter().all(|(name, value)| {
        two.get(name).is_none_or(|other| same_option(*value, *other, Case::Insensitive))
    });
    shared_match && NEVER_IGNORED.iter().all(|name| one.contains_key(*name) == two.contains_key(*name))
}
