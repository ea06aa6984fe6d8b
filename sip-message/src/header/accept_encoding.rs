//! Accept-Encoding: the content codings that a user agent can undo (RFC 3261 §20.2).

super::params_header! {
    /// One coding of an Accept-Encoding list, e.g. `gzip;q=1.0`; an empty field lists none but `identity` (RFC 3261
    /// §20.2).
    AcceptEncoding {
        /// The coding, or `*` for any.
        coding: String = crate::grammar::token
    }, LIST = true, MAY_BE_EMPTY = true
}

impl AcceptEncoding {
    /// The weight from 0 to 1; 1 where none is given (RFC 2616 §14.3).
    #[must_use]
    pub fn q(&self) -> f32 {
        self.params.q().unwrap_or(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn codings_have_weights() {
        assert_eq!(round_trip::<AcceptEncoding>("gzip;q=0.5").q(), 0.5);
        assert_eq!(round_trip::<AcceptEncoding>("*").q(), 1.0);
        assert!(AcceptEncoding::decode(";q=1").is_err());
    }
}
