//! Services of networks: P-Asserted-Service and P-Preferred-Service (RFC 6050 §4), P-Private-Network-Indication
//! (RFC 7316 §7), P-Refused-URI-List (RFC 5318 §5).

super::params_header! {
    /// One service that the caller is authorized to use (RFC 6050 §4.1).
    PAssertedService {
        /// The URN, e.g. `urn:urn-7:3gpp-service.ims.icsi.mmtel`.
        service: String = crate::grammar::unseparated
    }, LIST = true
}

super::params_header! {
    /// One service that the caller wants to use (RFC 6050 §4.2).
    PPreferredService {
        /// The URN, e.g. `urn:urn-7:3gpp-service.ims.icsi.mmtel`.
        service: String = crate::grammar::unseparated
    }, LIST = true
}

super::params_header! {
    /// The private network that a call belongs to (RFC 7316 §7).
    PPrivateNetworkIndication {
        /// The domain name of the network.
        network: String = crate::grammar::unseparated
    }, LIST = false
}

super::name_addr_header! {
    /// One list that a server of conferences or messages does not take (RFC 5318 §5).
    PRefusedUriList, LIST = true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn services_are_urns_and_networks_names() {
        let urn = "urn:urn-7:3gpp-service.ims.icsi.mmtel";
        assert_eq!(round_trip::<PAssertedService>(urn).service, urn);
        assert_eq!(round_trip::<PPreferredService>(urn).service, urn);
        assert_eq!(round_trip::<PPrivateNetworkIndication>("example.com;x=1").network, "example.com");
        let list =
            round_trip::<PRefusedUriList>("<sip:friends@example.com>;members=<cid:an3bt8jf03@example.com>");
        assert_eq!(list.0.params.get("members"), Some("<cid:an3bt8jf03@example.com>"));
    }

    #[test]
    fn nothing_is_no_service() {
        assert!(PAssertedService::decode("").is_err());
        assert!(PPreferredService::decode(";x").is_err());
        assert!(PPrivateNetworkIndication::decode("").is_err());
        assert!(PRefusedUriList::decode("friends").is_err());
    }
}
