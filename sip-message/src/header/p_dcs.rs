//! Fields that proxies of one cable operator exchange: P-DCS-Trace-Party-ID, P-DCS-OSPS, P-DCS-Billing-Info,
//! P-DCS-LAES, P-DCS-Redirect (RFC 5503 §5 to §8).

super::name_addr_header! {
    /// The party to be traced (RFC 5503 §5).
    PDcsTracePartyId, LIST = false
}

super::token_header! {
    /// What an operator does to a call: `BLV`, `EI`, `RING` or an extension (RFC 5503 §6).
    PDcsOsps, LIST = false
}

super::params_header! {
    /// How a call is billed (RFC 5503 §7).
    PDcsBillingInfo {
        /// The correlation id, a slash and the id of the element that made it.
        correlation: String = crate::grammar::unseparated
    }, LIST = false
}

super::params_header! {
    /// Where a call is reported to (RFC 5503 §8).
    PDcsLaes {
        /// Host and port that are told the signalling.
        signalling: String = crate::grammar::unseparated
    }, LIST = false
}

super::params_header! {
    /// How a reported call was redirected (RFC 5503 §8).
    PDcsRedirect {
        /// The URI that was called.
        called: String = crate::grammar::token_or_quoted => crate::grammar::write_quoted
    }, LIST = false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn values_and_parameters() {
        let text = "01020304050607080910111213141516/0011223344556677@a.example;charge=\"sip:a@b\"";
        assert_eq!(round_trip::<PDcsBillingInfo>(text).params.get("charge"), Some("sip:a@b"));
        assert_eq!(round_trip::<PDcsLaes>("192.0.2.1:5060;cccid=1f").signalling, "192.0.2.1:5060");
        assert_eq!(round_trip::<PDcsRedirect>("\"sip:a@b\";count=1").called, "sip:a@b");
        assert_eq!(round_trip::<PDcsOsps>("EI").0, "EI");
        assert_eq!(round_trip::<PDcsTracePartyId>("<sip:a@b>;timestamp=1.5").0.params.len(), 1);
    }

    #[test]
    fn nothing_is_no_value() {
        assert!(PDcsBillingInfo::decode("").is_err());
        assert!(PDcsLaes::decode(";x").is_err());
        assert!(PDcsRedirect::decode("").is_err());
        assert!(PDcsOsps::decode("").is_err());
        assert!(PDcsTracePartyId::decode("").is_err());
    }
}
