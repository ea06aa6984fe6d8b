//! Info packages: Recv-Info and Info-Package (RFC 6086 §7.2).

super::params_header! {
    /// One package that the sender is willing to receive; an empty field lists none (RFC 6086 §7.2).
    RecvInfo {
        /// The name of the package.
        package: String = crate::grammar::token
    }, LIST = true, MAY_BE_EMPTY = true
}

super::params_header! {
    /// The package that an INFO request carries (RFC 6086 §7.2).
    InfoPackage {
        /// The name of the package.
        package: String = crate::grammar::token
    }, LIST = false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::round_trip;
    use crate::{Header, HeaderName, Headers};

    #[test]
    fn packages_may_have_parameters() {
        assert_eq!(round_trip::<InfoPackage>("foo;x=1").package, "foo");
        assert!(InfoPackage::decode("").is_err());
        assert!(RecvInfo::decode("=").is_err());
    }

    #[test]
    fn an_empty_list_is_no_package() {
        let mut headers = Headers::new();
        headers.push_text(&HeaderName::RecvInfo, "").unwrap();
        assert_eq!(headers.list::<RecvInfo>().count(), 0);
        headers.push_text(&HeaderName::RecvInfo, "a, b;c=d").unwrap();
        assert_eq!(headers.list::<RecvInfo>().filter_map(Result::ok).count(), 2);
    }
}
