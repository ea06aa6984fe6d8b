//! Reply-To: where to call back, if not at the address in From (RFC 3261 §20.31).

super::name_addr_header! {
    /// The address to answer to (RFC 3261 §20.31).
    ReplyTo, LIST = false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn is_an_address() {
        let reply_to = round_trip::<ReplyTo>("\"Bob\" <sip:bob@biloxi.com>;x=1");
        assert_eq!(reply_to.0.display_name.as_deref(), Some("Bob"));
        assert!(ReplyTo::decode("").is_err());
    }
}
