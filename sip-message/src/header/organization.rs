//! Organization: whom the sender belongs to (RFC 3261 §20.25).

super::text_header! {
    /// The name of the organization, for people (RFC 3261 §20.25).
    Organization
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn is_text() {
        assert_eq!(round_trip::<Organization>("Boxes by Bob").0, "Boxes by Bob");
        assert_eq!(Organization::decode("").unwrap().0, "");
    }
}
