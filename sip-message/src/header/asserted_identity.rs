//! Identity within a trust domain: P-Asserted-Identity and P-Preferred-Identity (RFC 3325 §9.1, §9.2).

super::name_addr_header! {
    /// Who sent the message, by the word of a trusted proxy: one SIP and one `tel` URI at most (RFC 3325 §9.1).
    PAssertedIdentity, LIST = true
}

super::name_addr_header! {
    /// Who of several identities the user wants to be (RFC 3325 §9.2).
    PPreferredIdentity, LIST = true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn identities_are_addresses() {
        let identity = round_trip::<PAssertedIdentity>("\"Cullen Jennings\" <sip:fluffy@cisco.com>");
        assert_eq!(identity.0.display_name.as_deref(), Some("Cullen Jennings"));
        assert_eq!(round_trip::<PPreferredIdentity>("<tel:+14085264000>").0.uri.scheme(), "tel");
        assert_eq!(PAssertedIdentity::decode("tel:+14085264000").unwrap().encoded(), "<tel:+14085264000>");
        assert!(PAssertedIdentity::decode("anonymous").is_err());
    }
}
