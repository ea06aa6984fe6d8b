//! Replaces: the dialog that a call is to take the place of (RFC 3891 §6.1).

super::params_header! {
    /// A dialog at the recipient (RFC 3891 §6.1).
    ///
    /// ```
    /// # use sip_message::{Header, Replaces};
    /// let mut replaces = Replaces::new("425928@bobster.example.org");
    /// replaces.params.set("to-tag", Some("7743"));
    /// replaces.params.set("from-tag", Some("6472"));
    /// assert_eq!(replaces.encoded(), "425928@bobster.example.org;to-tag=7743;from-tag=6472");
    /// ```
    Replaces {
        /// The Call-ID of the dialog.
        call_id: String = crate::grammar::callid
    }, LIST = false
}

impl Replaces {
    /// The tag of the recipient in the dialog; `0` also stands for none (RFC 3891 §6.1).
    #[must_use]
    pub fn to_tag(&self) -> Option<&str> {
        self.params.get("to-tag")
    }

    /// The tag of the other side; `0` also stands for none.
    #[must_use]
    pub fn from_tag(&self) -> Option<&str> {
        self.params.get("from-tag")
    }

    /// Whether the dialog is to be replaced only while it is early.
    #[must_use]
    pub fn is_early_only(&self) -> bool {
        self.params.contains("early-only")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn names_a_dialog() {
        let replaces =
            round_trip::<Replaces>("98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff;early-only");
        assert_eq!((replaces.to_tag(), replaces.from_tag()), (Some("ff87ff"), Some("r33th4x0r")));
        assert_eq!(replaces.call_id, "98732@sip.example.com");
        assert!(replaces.is_early_only());
        assert!(!round_trip::<Replaces>("a;to-tag=1;from-tag=2").is_early_only());
        assert!(Replaces::decode("").is_err());
        assert!(Replaces::decode("a b;to-tag=1").is_err());
    }
}
