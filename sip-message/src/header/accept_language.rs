//! Accept-Language: the languages that a user prefers for reason phrases, descriptions and bodies (RFC 3261 §20.3).

super::params_header! {
    /// One language of an Accept-Language list, e.g. `en-gb;q=0.8` (RFC 3261 §20.3).
    AcceptLanguage {
        /// The language range, or `*` for any.
        language: String = crate::grammar::token
    }, LIST = true, MAY_BE_EMPTY = true
}

impl AcceptLanguage {
    /// The weight from 0 to 1; 1 where none is given (RFC 2616 §14.4).
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
    fn languages_have_weights() {
        assert_eq!(round_trip::<AcceptLanguage>("en-gb;q=0.8").q(), 0.8);
        assert_eq!(round_trip::<AcceptLanguage>("da").q(), 1.0);
        assert!(AcceptLanguage::decode("en gb").is_err());
    }
}
