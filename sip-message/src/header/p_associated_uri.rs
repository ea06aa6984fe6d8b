//! Identities that a network tells a user agent: P-Associated-URI, P-Called-Party-ID, P-Visited-Network-ID
//! (RFC 7315 §4.1 to §4.3), P-Profile-Key (RFC 5002 §5), P-Served-User (RFC 5502 §6), P-User-Database (RFC 4457 §4).

super::name_addr_header! {
    /// One URI that belongs to the registered user; an empty field lists none (RFC 7315 §4.1).
    PAssociatedUri, LIST = true, MAY_BE_EMPTY = true
}

super::name_addr_header! {
    /// The address that the call was made to, before it was routed to a contact (RFC 7315 §4.2).
    PCalledPartyId, LIST = false
}

super::params_header! {
    /// One network that a registration comes through (RFC 7315 §4.3).
    PVisitedNetworkId {
        /// The name of the network, often with spaces.
        network: String = crate::grammar::token_or_quoted => crate::grammar::write_token_or_quoted
    }, LIST = true
}

super::name_addr_header! {
    /// The key under which the profile of the called user is found (RFC 5002 §5).
    PProfileKey, LIST = false
}

super::name_addr_header! {
    /// The user that a proxy serves with a request (RFC 5502 §6).
    PServedUser, LIST = false
}

super::name_addr_header! {
    /// The database that the user's data are in (RFC 4457 §4).
    PUserDatabase, LIST = false
}

impl PServedUser {
    /// Whether the user is served as the one who calls, `orig`, or is called, `term`.
    #[must_use]
    pub fn session_case(&self) -> Option<&str> {
        self.0.params.get("sescase")
    }

    /// Whether the user is registered: `reg` or `unreg`.
    #[must_use]
    pub fn registration_state(&self) -> Option<&str> {
        self.0.params.get("regstate")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn identities_are_addresses() {
        assert_eq!(round_trip::<PAssociatedUri>("<tel:+15551234>;x=1").0.params.len(), 1);
        assert_eq!(round_trip::<PCalledPartyId>("<sip:user1-business@example.com>").0.uri.scheme(), "sip");
        assert_eq!(round_trip::<PProfileKey>("<sip:chatroom-!.*!@example.com>").0.uri.scheme(), "sip");
        assert_eq!(
            round_trip::<PUserDatabase>("<aaa://host.example.com;transport=tcp>").0.uri.scheme(),
            "aaa"
        );
        assert!(PCalledPartyId::decode("").is_err());
        assert!(PUserDatabase::decode("<>").is_err());
    }

    #[test]
    fn served_users_have_a_session_case() {
        let user = round_trip::<PServedUser>("<sip:user@example.com>;sescase=orig;regstate=reg");
        assert_eq!((user.session_case(), user.registration_state()), (Some("orig"), Some("reg")));
    }

    #[test]
    fn networks_have_names() {
        assert_eq!(round_trip::<PVisitedNetworkId>("\"Visited network number 1\"").network.len(), 24);
        assert_eq!(round_trip::<PVisitedNetworkId>("other.net;x=1").network, "other.net");
        assert!(PVisitedNetworkId::decode("").is_err());
    }
}
