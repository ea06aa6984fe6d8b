//! Remote-Party-ID: who takes part in a call, by the word of a proxy (draft-ietf-sip-privacy-04 §9.1). P-Asserted-Identity
//! (RFC 3325) came of it; gateways send it still.

super::name_addr_header! {
    /// One party.
    RemotePartyId,
    NAME = crate::HeaderName::Other(crate::Token::from_static("Remote-Party-ID")),
    LIST = true
}

impl RemotePartyId {
    /// `calling`, `called` or an extension.
    #[must_use]
    pub fn party(&self) -> Option<&str> {
        self.0.params.get("party")
    }

    /// `subscriber`, `user`, `term` or an extension.
    #[must_use]
    pub fn id_type(&self) -> Option<&str> {
        self.0.params.get("id-type")
    }

    /// What is to be hidden: `full`, `name`, `uri`, `off` or an extension.
    #[must_use]
    pub fn privacy(&self) -> Option<&str> {
        self.0.params.get("privacy")
    }

    /// Whether the proxy has verified the party.
    #[must_use]
    pub fn is_screened(&self) -> bool {
        self.0.params.get("screen").is_some_and(|screen| screen.eq_ignore_ascii_case("yes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn parties_are_screened_or_not() {
        let text = "\"John\" <sip:jdoe@foo.example>;party=calling;id-type=subscriber;privacy=full;screen=yes";
        let party = round_trip::<RemotePartyId>(text);
        assert_eq!((party.party(), party.id_type()), (Some("calling"), Some("subscriber")));
        assert_eq!((party.privacy(), party.is_screened()), (Some("full"), true));
        assert!(!round_trip::<RemotePartyId>("<tel:+1>;screen=no").is_screened());
        assert!(RemotePartyId::decode("John").is_err());
    }
}
