//! Sameness of SIP URLs by RFC 2543 §2: without case, with every parameter, and with the defaults of its table 2.

use super::component::{Case, Presence, same, same_option, same_params};
use crate::SipUri;
use crate::param::RawParams;

/// Whether both are the same URL.
pub(super) fn same_url(one: &SipUri, two: &SipUri) -> bool {
    // rfc2543#2 the default port is 5060; RFC 3261 §19.1.4 names this as what it changed
    let port = |uri: &SipUri| uri.port().unwrap_or(DEFAULT_PORT);
    one.scheme() == two.scheme()
        && port(one) == port(two)
        && one.host().is_equivalent(two.host())
        && same_option(one.raw_user(), two.raw_user(), Case::Insensitive)
        && same_option(one.raw_password(), two.raw_password(), Case::Insensitive)
        && same_params(
            with_defaults(&mut String::new(), one),
            with_defaults(&mut String::new(), two),
            Presence::AlwaysCounts,
        )
        && same_list(one.raw_header_list(), two.raw_header_list())
}

const DEFAULT_PORT: u16 = 5060;

/// The parameters, with those of table 2 (and UDP, §2) that are absent and have a default.
fn with_defaults<'a>(text: &'a mut String, uri: &SipUri) -> RawParams<'a> {
    text.push_str(uri.raw_params());
    for (name, default) in [("user", "ip"), ("ttl", "1"), ("transport", "udp"), ("method", "INVITE")] {
        if uri.param(name).is_none() {
            *text += &format!(";{name}={default}");
        }
    }
    crate::param::raw_params(text, b';')
}

/// Header components are compared in order: RFC 2543 has no rule for them.
fn same_list(one: RawParams<'_>, two: RawParams<'_>) -> bool {
    let texts = |list: RawParams<'_>| list.map(|header| header.text.to_owned()).collect::<Vec<_>>();
    let (one, two) = (texts(one), texts(two));
    one.len() == two.len() && one.iter().zip(&two).all(|(one, two)| same(one, two, Case::Insensitive))
}

#[cfg(test)]
mod tests {
    use crate::{Mode, SipUri};

    fn same(one: &str, two: &str) -> bool {
        let parse = |text| SipUri::parse(text, Mode::Rfc2543).unwrap();
        let (one, two) = (parse(one), parse(two));
        assert_eq!(one.is_rfc2543_equivalent(&two), two.is_rfc2543_equivalent(&one), "{one} {two}");
        one.is_rfc2543_equivalent(&two)
    }

    #[test]
    fn urls_have_no_case() {
        assert!(same("sip:j.doe@example.com", "SIP:J.Doe@Example.com"));
        assert!(same("sip:a%62c@h;X=Y", "sip:ABC@h;x=y"));
    }

    #[test]
    fn all_parameters_count() {
        assert!(!same("sip:a@h", "sip:a@h;x"));
        assert!(!same("sip:a@h;maddr=b", "sip:a@h"));
        assert!(same("sip:a@h;x=1;y", "sip:a@h;y;x=1"));
    }

    #[test]
    fn defaults_are_filled_in() {
        assert!(same("sip:a@h", "sip:a@h:5060;user=ip;ttl=1;transport=UDP;method=INVITE"));
        assert!(!same("sip:a@h", "sip:a@h:5061"));
        assert!(!same("sip:a@h", "sip:a@h;transport=tcp"));
    }

    #[test]
    fn headers_count() {
        assert!(!same("sip:a@h?s=x", "sip:a@h"));
        assert!(same("sip:a@h?s=x", "sip:a@h?S=X"));
    }
}
