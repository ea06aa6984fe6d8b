//! Sameness of SIP and SIPS URIs up to their parameters, RFC 3261 §19.1.4 with RFC 5954 §4.2.

use super::component::{Case, Presence, same_option, same_params};
use crate::SipUri;

/// Parameters that count even when only one URI has them, since their absence has a meaning of its own.
const NEVER_IGNORED: Presence = Presence::Counts(&["maddr", "method", "transport", "ttl", "user"]);

/// Whether scheme, userinfo, host, port and parameters match.
pub(super) fn same_address(one: &SipUri, two: &SipUri) -> bool {
    // rfc3261#19.1.4 sip and sips never match; an absent component never matches one with the default value
    one.scheme() == two.scheme()
        && one.port() == two.port()
        && (one.raw_host().eq_ignore_ascii_case(two.raw_host()) || one.host().is_equivalent(two.host()))
        && same_option(one.raw_user(), two.raw_user(), Case::Sensitive)
        && same_option(one.raw_password(), two.raw_password(), Case::Sensitive)
        && (one.raw_params() == two.raw_params()
            || same_params(one.raw_param_list(), two.raw_param_list(), NEVER_IGNORED))
}

#[cfg(test)]
mod tests {
    use crate::SipUri;

    fn equivalent(one: &str, two: &str) -> bool {
        let (one, two): (SipUri, SipUri) = (one.parse().unwrap(), two.parse().unwrap());
        assert_eq!(one.is_equivalent(&two), two.is_equivalent(&one), "{one} {two}");
        one.is_equivalent(&two)
    }

    #[test]
    fn reserved_characters_differ_from_their_escapes() {
        assert!(equivalent("sip:%7euser@h", "sip:~user@h"));
        assert!(equivalent("sip:a%3bb@h", "sip:a%3Bb@h"));
        assert!(!equivalent("sip:a%3Bb@h", "sip:a;b@h"));
        assert!(!equivalent("sip:a%3Ab@h", "sip:a:b@h"));
    }

    #[test]
    fn user_and_password_have_case_and_count() {
        assert!(!equivalent("sip:h", "sip:a@h"));
        assert!(!equivalent("sip:a@h", "sip:a:@h"));
        assert!(!equivalent("sip:a:b@h", "sip:a:B@h"));
    }

    #[test]
    fn parameters_with_a_default_count_alone() {
        for param in ["user=ip", "ttl=1", "method=INVITE", "maddr=h", "transport=udp"] {
            assert!(!equivalent("sip:a@h", &format!("sip:a@h;{param}")), "{param}");
        }
        assert!(equivalent("sip:a@h;lr", "sip:a@h"));
        assert!(!equivalent("sip:a@h;lr", "sip:a@h;lr=on"));
    }

    #[test]
    fn of_a_repeated_parameter_the_first_counts() {
        assert!(equivalent("sip:h;a=1;a=2", "sip:h;a=1"));
        assert!(equivalent("sip:h;a=1;a=2;b", "sip:h;b;a=1;a=3"));
        assert!(!equivalent("sip:h;a=2;a=1", "sip:h;a=1"));
        assert!(equivalent("sip:h;transport=udp;transport=udp", "sip:h;transport=udp"));
    }

    #[test]
    fn many_parameters_take_no_quadratic_time() {
        let list: String = (0..40_000).map(|number| format!(";p{number}=1")).collect();
        let back: String = (0..40_000).rev().map(|number| format!(";p{number}=1")).collect();
        assert!(equivalent(&format!("sip:h{list}"), &format!("sip:h{back}")));
        assert!(equivalent(&format!("sip:h{list}"), &format!("sip:h{list};q{}", list.replace('p', "r"))));
        assert!(!equivalent(&format!("sip:h{list}"), &format!("sip:h;ttl=1{back}")));
    }

    #[test]
    fn values_are_compared_by_their_kind() {
        assert!(!equivalent("sip:a@h;method=INVITE", "sip:a@h;method=invite"));
        assert!(equivalent("sip:a@h;maddr=[::0:1]", "sip:a@h;maddr=[::1]"));
        assert!(equivalent("sip:a@h;X%61=%42", "sip:a@h;xA=b"));
    }

    #[test]
    fn addresses_are_compared_by_value_and_ports_by_number() {
        assert!(equivalent("sip:192.0.2.1:5060", "sip:192.0.2.01:05060"));
        assert!(!equivalent("sip:[::ffff:192.0.2.1]", "sip:192.0.2.1"));
        assert!(!equivalent("sip:h", "sips:h"));
    }
}
