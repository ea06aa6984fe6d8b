//! Sameness of header components, RFC 3261 §19.1.4 last rule: present in both, and equal as header fields.

use crate::SipUri;

pub(super) fn same_headers(one: &SipUri, two: &SipUri) -> bool {
    one.raw_headers() == two.raw_headers()
}
