//! Session policies: Policy-Contact and Policy-ID (RFC 6794 §4.4).

super::name_addr_header! {
    /// One policy server to ask before a session (RFC 6794 §4.4).
    PolicyContact, LIST = true
}

super::params_header! {
    /// One policy server that was asked, and what it gave (RFC 6794 §4.4).
    PolicyId {
        /// The URI of the server.
        server: String = crate::grammar::unseparated
    }, LIST = true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn servers_are_uris() {
        let contact = round_trip::<PolicyContact>("<sip:host@example.com>;non-cacheable");
        assert!(contact.0.params.contains("non-cacheable"));
        assert_eq!(round_trip::<PolicyId>("sip:host@example.com;token=\"x\"").server, "sip:host@example.com");
        assert!(PolicyContact::decode("").is_err());
        assert!(PolicyId::decode("").is_err());
    }
}
