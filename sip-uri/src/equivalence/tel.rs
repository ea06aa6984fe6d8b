//! Sameness of tel URIs, RFC 3966 §4.

use super::component::{Presence, digits, same_params};
use crate::TelUri;

/// Whether both are global or both local, with the same digits and the same parameters.
pub(super) fn same(one: &TelUri, two: &TelUri) -> bool {
    // rfc3966#4 the plus sign is among the digits compared here
    digits(one.number()).eq(digits(two.number()))
        && same_params(one.raw_param_list(), two.raw_param_list(), Presence::AlwaysCounts)
}

#[cfg(test)]
mod tests {
    use crate::TelUri;

    fn equivalent(one: &str, two: &str) -> bool {
        let (one, two): (TelUri, TelUri) = (one.parse().unwrap(), two.parse().unwrap());
        assert_eq!(one.is_equivalent(&two), two.is_equivalent(&one), "{one} {two}");
        one.is_equivalent(&two)
    }

    #[test]
    fn visual_separators_and_case_do_not_count() {
        assert!(equivalent("tel:+1-201-555-0123", "TEL:+1(201)555.0123"));
        assert!(equivalent("tel:7042;phone-context=Example.com", "tel:70-42;phone-context=example.COM"));
        assert!(equivalent("tel:863;phone-context=+1-914-555", "tel:863;phone-context=+1914555"));
        assert!(equivalent("tel:+1;ext=1-2", "tel:+1;ext=12"));
        assert!(!equivalent("tel:+1;x=1-2", "tel:+1;x=12"));
    }

    #[test]
    fn global_and_local_numbers_differ() {
        assert!(!equivalent("tel:+123", "tel:123"));
    }

    #[test]
    fn parameters_count_in_any_order() {
        assert!(equivalent(
            "tel:+358-555-1234567;postd=pp22;isub=1411",
            "tel:+358-555-1234567;isub=1411;postd=pp22"
        ));
        assert!(!equivalent("tel:+1;isub=1411", "tel:+1"));
        assert!(!equivalent("tel:+1;isub=1411", "tel:+1;isub=1412"));
    }
}
