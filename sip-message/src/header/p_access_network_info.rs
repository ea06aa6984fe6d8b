//! The access network of a user agent: P-Access-Network-Info (RFC 7315 §4.4) and Cellular-Network-Info
//! (3GPP TS 24.229 §7.2.15).

super::params_header! {
    /// One access network (RFC 7315 §4.4).
    PAccessNetworkInfo {
        /// The access type or class, e.g. `IEEE-802.11` or `3GPP-E-UTRAN-FDD`.
        access_type: String = crate::grammar::token
    }, LIST = true
}

super::params_header! {
    /// The cell that a user agent last camped on, when it comes through another access (3GPP TS 24.229 §7.2.15).
    CellularNetworkInfo {
        /// The access type, e.g. `3GPP-E-UTRAN-FDD`.
        access_type: String = crate::grammar::token
    }, LIST = true
}

impl PAccessNetworkInfo {
    /// Whether a proxy of the network wrote it, not the user agent.
    #[must_use]
    pub fn is_network_provided(&self) -> bool {
        // rfc7315#5.4 the parameter "np" is spelled out
        self.params.contains("network-provided")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn access_types_have_parameters() {
        let text = "3GPP-UTRAN-TDD;utran-cell-id-3gpp=\"234151D0FCE11\";network-provided";
        let info = round_trip::<PAccessNetworkInfo>(text);
        assert_eq!(info.params.get("utran-cell-id-3gpp"), Some("234151D0FCE11"));
        assert!(info.is_network_provided());
        assert!(!PAccessNetworkInfo::decode("ADSL").unwrap().is_network_provided());
        assert_eq!(round_trip::<CellularNetworkInfo>("3GPP-E-UTRAN-FDD;cell-info-age=5").params.len(), 1);
        assert!(PAccessNetworkInfo::decode("").is_err());
    }
}
