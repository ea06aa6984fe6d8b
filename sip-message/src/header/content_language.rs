//! Content-Language: the languages of a body (RFC 3261 §20.13).

super::token_header! {
    /// One language tag, e.g. `fr` (RFC 3261 §20.13).
    ContentLanguage, LIST = true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn a_language_is_a_token() {
        assert_eq!(round_trip::<ContentLanguage>("de-AT").0, "de-AT");
        assert!(ContentLanguage::decode("").is_err());
    }
}
