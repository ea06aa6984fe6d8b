//! Join: the dialog that a call is to become part of (RFC 3911 §7.1).

super::params_header! {
    /// A dialog at the recipient (RFC 3911 §7.1).
    Join {
        /// The Call-ID of the dialog.
        call_id: String = crate::grammar::callid
    }, LIST = false
}

impl Join {
    /// The tag of the recipient in the dialog.
    #[must_use]
    pub fn to_tag(&self) -> Option<&str> {
        self.params.get("to-tag")
    }

    /// The tag of the other side.
    #[must_use]
    pub fn from_tag(&self) -> Option<&str> {
        self.params.get("from-tag")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn names_a_dialog() {
        let join = round_trip::<Join>("98asjd8@test.example;from-tag=98asjd8;to-tag=7743");
        assert_eq!((join.to_tag(), join.from_tag()), (Some("7743"), Some("98asjd8")));
        assert_eq!(join.call_id, "98asjd8@test.example");
        assert!(Join::decode(";to-tag=1").is_err());
    }
}
