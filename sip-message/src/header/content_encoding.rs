//! Content-Encoding: the codings that were applied to a body, in their order (RFC 3261 §20.12).

super::token_header! {
    /// One coding, e.g. `gzip` (RFC 3261 §20.12).
    ContentEncoding, LIST = true
}

impl ContentEncoding {
    /// Whether the coding changes nothing.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.0.eq_ignore_ascii_case("identity")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn a_coding_is_a_token() {
        assert!(!round_trip::<ContentEncoding>("gzip").is_identity());
        assert!(round_trip::<ContentEncoding>("Identity").is_identity());
        assert!(ContentEncoding::decode("g zip").is_err());
    }
}
