//! Target-Dialog: the dialog that shows the sender may ask (RFC 4538 §7).

super::params_header! {
    /// A dialog between sender and recipient (RFC 4538 §7).
    TargetDialog {
        /// The Call-ID of the dialog.
        call_id: String = crate::grammar::callid
    }, LIST = false
}

impl TargetDialog {
    /// The tag of the sender.
    #[must_use]
    pub fn local_tag(&self) -> Option<&str> {
        self.params.get("local-tag")
    }

    /// The tag of the recipient.
    #[must_use]
    pub fn remote_tag(&self) -> Option<&str> {
        self.params.get("remote-tag")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn names_a_dialog() {
        let target =
            round_trip::<TargetDialog>("fa77as7dad8-sd98ajzz@host.example.com;local-tag=k;remote-tag=6");
        assert_eq!((target.local_tag(), target.remote_tag()), (Some("k"), Some("6")));
        assert!(TargetDialog::decode("a,b").is_err());
    }
}
