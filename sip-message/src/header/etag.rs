//! Entity tags of published state: SIP-ETag and SIP-If-Match (RFC 3903 §11.3), Suppress-If-Match (RFC 5839 §7.2).

super::token_header! {
    /// The tag that a server gives to a state (RFC 3903 §11.3.1).
    SipETag, LIST = false
}

super::token_header! {
    /// The tag of the state that a PUBLISH is about (RFC 3903 §11.3.2).
    SipIfMatch, LIST = false
}

super::token_header! {
    /// The tag of the state that a subscriber knows, or `*`: no body is wanted while it lasts (RFC 5839 §7.2).
    SuppressIfMatch, LIST = false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn a_tag_is_a_token() {
        assert_eq!(round_trip::<SipETag>("dx200xyz").0, "dx200xyz");
        assert_eq!(round_trip::<SipIfMatch>("dx200xyz").0, "dx200xyz");
        assert_eq!(round_trip::<SuppressIfMatch>("*").0, "*");
        assert!(SipIfMatch::decode("\"x\"").is_err());
        assert!(SipETag::decode("").is_err());
    }
}
