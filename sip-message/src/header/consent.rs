//! Consent: Permission-Missing and Trigger-Consent (RFC 5360 §5.9.3, §5.11.2).

super::name_addr_header! {
    /// One recipient that has not agreed to get what was sent (RFC 5360 §5.9.3).
    PermissionMissing, LIST = true
}

super::name_addr_header! {
    /// One relay to ask for consent (RFC 5360 §5.11.2).
    TriggerConsent, LIST = true
}

impl TriggerConsent {
    /// The translation that needs the consent.
    #[must_use]
    pub fn target_uri(&self) -> Option<&str> {
        self.0.params.get("target-uri")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn recipients_and_relays_are_addresses() {
        assert_eq!(
            round_trip::<PermissionMissing>("<sip:C@example.com>").0.uri.as_str(),
            "sip:C@example.com"
        );
        let consent =
            TriggerConsent::decode("sip:123@relay.example.com;target-uri=\"sip:friends@relay.example.com\"");
        assert_eq!(consent.unwrap().target_uri(), Some("sip:friends@relay.example.com"));
        assert!(PermissionMissing::decode("").is_err());
        assert!(TriggerConsent::decode(";target-uri=\"x\"").is_err());
    }
}
