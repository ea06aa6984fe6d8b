//! Content-Disposition: what a body is for (RFC 3261 §20.11, RFC 5621 §8).

super::params_header! {
    /// What a body or a part of one is for, and whether it must be understood (RFC 3261 §20.11).
    ContentDisposition {
        /// `session`, `early-session`, `render`, `icon`, `alert` or another registered word.
        disposition: String = crate::grammar::token
    }, LIST = false
}

impl ContentDisposition {
    /// Whether the body is for this, whatever the case.
    #[must_use]
    pub fn is(&self, disposition: &str) -> bool {
        self.disposition.eq_ignore_ascii_case(disposition)
    }

    /// Whether a receiver that does not understand the body may pass over it; otherwise it owes a 415.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        // rfc3261#20.11 without the parameter, or with one that says something else, handling is required
        self.params.get("handling").is_some_and(|handling| handling.eq_ignore_ascii_case("optional"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn handling_is_required_unless_it_is_optional() {
        let session = round_trip::<ContentDisposition>("session");
        assert!(session.is("Session") && !session.is_optional());
        assert!(round_trip::<ContentDisposition>("icon;handling=optional").is_optional());
        assert!(!round_trip::<ContentDisposition>("render;handling=required;x=\"a b\"").is_optional());
        assert!(ContentDisposition::decode("").is_err());
        assert!(ContentDisposition::decode("=x").is_err());
    }
}
