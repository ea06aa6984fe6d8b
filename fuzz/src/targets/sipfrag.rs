//! RFC 3420: a fragment of a message prints as it came and reads the same again.

use bytes::Bytes;
use sip_message::SipFrag;

/// `data` is a fragment.
pub(super) fn check(data: &[u8]) {
    let Ok(fragment) = SipFrag::parse(Bytes::copy_from_slice(data)) else { return };
    assert!(fragment.status().is_none() || fragment.method().is_none(), "a start line is of one kind");
    let printed = fragment.to_body().bytes;
    let again = SipFrag::parse(printed.clone()).expect("what was printed can be read");
    assert_eq!(again.to_body().bytes, printed, "printing what was printed changes nothing");
    assert_eq!((again.status(), again.method()), (fragment.status(), fragment.method()));
    assert_eq!(again.headers(), fragment.headers());
}
