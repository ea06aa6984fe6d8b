//! Alert-Info: another ring tone, or another ringback tone (RFC 3261 §20.4, RFC 7462).

super::name_addr_header! {
    /// One pointer to a tone: a URL, or a URN of the tree `urn:alert` (RFC 3261 §20.4, RFC 7462).
    AlertInfo, LIST = true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn urls_and_urns() {
        let info = round_trip::<AlertInfo>("<http://www.example.com/sounds/moo.wav>");
        assert_eq!(info.0.uri.scheme(), "http");
        let info = round_trip::<AlertInfo>("<urn:alert:source:internal>;appearance=2");
        assert_eq!(info.0.params.get("appearance"), Some("2"));
        assert!(AlertInfo::decode("<>").is_err());
    }
}
