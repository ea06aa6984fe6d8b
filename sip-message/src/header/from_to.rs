//! From and To: the logical parties of a request (RFC 3261 §20.20, §20.39).

super::name_addr_header! {
    /// The initiator of the request (RFC 3261 §20.20).
    From, LIST = false
}

super::name_addr_header! {
    /// The logical recipient of the request (RFC 3261 §20.39).
    To, LIST = false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Header, HeaderError};

    #[test]
    fn tags_are_parameters_of_the_field() {
        let from = From::decode("\"Bob\" <sip:bob@b.example;x=1>;tag=a73").unwrap();
        assert_eq!(from.0.tag(), Some("a73"));
        assert_eq!(from.encoded(), "\"Bob\" <sip:bob@b.example;x=1>;tag=a73");
        assert_eq!(To::decode("sip:b@c.example;tag=1").unwrap().0.tag(), Some("1"));
    }

    #[test]
    fn the_error_says_what_and_where() {
        let error = To::decode("\"Bob <sip:b@c.example>").unwrap_err();
        assert!(matches!(error, HeaderError::Malformed { rule: "closing quote", offset: 0, .. }));
        let error = To::decode("<sip:b@c.example").unwrap_err();
        assert!(matches!(error, HeaderError::Malformed { rule: ">", offset: 16, .. }), "{error:?}");
    }
}
