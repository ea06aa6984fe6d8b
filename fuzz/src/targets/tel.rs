//! RFC 3261 §19.1.6, RFC 3966 §4: a number comes back from the SIP URI that it was turned into.

use sip_uri::{Host, Mode, Scheme, SipUri, TelUri};
use std::net::Ipv4Addr;

/// `data` is a tel URI, or a SIP URI whose user is a number.
pub(super) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for mode in [Mode::Strict, Mode::Lenient, Mode::Rfc2543] {
        if let Ok(tel) = TelUri::parse(text, mode) {
            number(&tel, mode);
        }
        if let Ok(sip) = SipUri::parse(text, mode)
            && let Some(tel) = sip.to_tel()
        {
            assert!(sip.telephone_subscriber().is_some());
            let reads = |mode| TelUri::parse(tel.as_str(), mode).as_ref() == Ok(&tel);
            assert!([Mode::Strict, Mode::Lenient, Mode::Rfc2543].into_iter().any(reads), "{sip}: {tel}");
        }
    }
}

fn number(tel: &TelUri, mode: Mode) {
    assert!(tel.is_equivalent(tel), "reflexive: {tel}");
    let canonical = tel.canonical();
    assert!(canonical.is_equivalent(tel) && tel.is_equivalent(&canonical), "{tel} {canonical}");
    assert_eq!(canonical.canonical(), canonical);
    let sip = tel.to_sip(Scheme::Sip, Host::V4(Ipv4Addr::LOCALHOST));
    assert_eq!(SipUri::parse(sip.as_str(), Mode::Lenient).as_ref(), Ok(&sip), "{tel}");
    // What a user must escape and a number need not comes back unescaped; which of it was escaped before is lost.
    if mode == Mode::Strict && !tel.as_str().contains('%') {
        assert_eq!(SipUri::parse(sip.as_str(), Mode::Strict).as_ref(), Ok(&sip), "{tel}");
        let again = sip.to_tel().unwrap_or_else(|| panic!("{tel} is lost in {sip}"));
        assert!(again.is_equivalent(tel), "{tel} becomes {sip} becomes {again}");
    }
}
