//! Lists of option tags: Supported, Require, Proxy-Require, Unsupported (RFC 3261 §20.29, §20.32, §20.37, §20.40).

super::token_header! {
    /// One option tag that the sender supports (RFC 3261 §20.37).
    Supported, LIST = true, MAY_BE_EMPTY = true
}

super::token_header! {
    /// One option tag that the user agent server must understand (RFC 3261 §20.32).
    Require, LIST = true
}

super::token_header! {
    /// One option tag that proxies must understand (RFC 3261 §20.29).
    ProxyRequire, LIST = true
}

super::token_header! {
    /// One option tag that the server does not understand (RFC 3261 §20.40).
    Unsupported, LIST = true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;

    #[test]
    fn an_option_tag_is_a_token() {
        assert_eq!(Supported::decode("100rel").unwrap().encoded(), "100rel");
        assert!(Require::decode("two tags").is_err());
    }
}
