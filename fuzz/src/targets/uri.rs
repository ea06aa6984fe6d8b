//! RFC 3261 §19.1: a URI prints as it came, and equivalence is reflexive and symmetric.

use bytes::Bytes;
use sip_uri::{Mode, SipUri, Uri};

/// `data` is a URI, or two with a line feed between them.
pub(super) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (one, other) = text.split_once('\n').unwrap_or((text, text));
    let [one, other] = [one, other].map(parsed);
    let (Some(one), Some(other)) = (one, other) else { return };
    assert_eq!(one.is_equivalent(&other), other.is_equivalent(&one), "symmetric: {one} {other}");
}

fn parsed(text: &str) -> Option<Uri> {
    let strict = Uri::parse(text, Mode::Strict);
    let lenient = Uri::parse(text, Mode::Lenient);
    if let Err(error) = &lenient {
        assert!(error.offset() <= text.len(), "{error:?}");
        assert!(strict.is_err(), "what is strictly right is right: {text}");
        return None;
    }
    let uri = lenient.ok()?;
    assert_eq!(uri.as_str(), text);
    assert_eq!(uri.to_string(), text);
    assert!(uri.is_equivalent(&uri), "reflexive: {text}");
    if let Some(sip) = uri.as_sip() {
        components(sip);
    }
    if let Ok(strict) = strict {
        assert_eq!(strict, uri);
        strict.as_sip().iter().for_each(|sip| same_as_sipx(sip));
    }
    Some(uri)
}

/// Every accessor answers, and what is built of the components is a URI again.
fn components(uri: &SipUri) {
    let count = uri.params().count() + uri.headers().count();
    assert!(count <= uri.as_str().len());
    let _ = (uri.user(), uri.password(), uri.port(), uri.transport(), uri.is_loose_router(), uri.is_secure());
    let built = SipUri::new(uri.host().clone());
    assert_eq!(SipUri::parse(built.as_str(), Mode::Lenient).as_ref(), Ok(&built));
    // Nothing stands before the @ of `sip:@host`, and we write no such userinfo.
    if let Some(user) = uri.user().filter(|user| !user.is_empty()) {
        let built = built.with_user(&user);
        assert_eq!(built.user().as_deref(), Some(&*user));
        assert_eq!(SipUri::parse(built.as_str(), Mode::Lenient).as_ref(), Ok(&built));
    }
}

/// Where both parsers accept a URI, a request goes to the same host.
fn same_as_sipx(uri: &SipUri) {
    let Ok(other) = sipx_sip::Uri::parse(Bytes::copy_from_slice(uri.as_str().as_bytes())) else { return };
    let Some(host) = other.host() else { return };
    let own = uri.host().to_string();
    let own = own.trim_start_matches('[').trim_end_matches(']');
    assert!(own.as_bytes().eq_ignore_ascii_case(&host.to_bytes()), "{uri}: {own} or {host:?}");
    assert_eq!(uri.port(), other.port(), "{uri}");
    assert_eq!(uri.raw_user().map(str::as_bytes), other.user(), "{uri}");
}
