//! History-Info: where a request has been (RFC 7044 §5).

super::name_addr_header! {
    /// One target that the request was sent to (RFC 7044 §5).
    HistoryInfo, LIST = true
}

impl HistoryInfo {
    /// The place in the tree of retargetings, e.g. `1.2.1`.
    #[must_use]
    pub fn index(&self) -> Option<&str> {
        self.0.params.get("index")
    }

    /// The index of the target that this one replaced by a change of contact (`rc`).
    #[must_use]
    pub fn changed_contact(&self) -> Option<&str> {
        self.0.params.get("rc")
    }

    /// The index of the target that was mapped to this one, to another user (`mp`).
    #[must_use]
    pub fn mapped(&self) -> Option<&str> {
        self.0.params.get("mp")
    }

    /// The index of the target that this one was taken from without change (`np`).
    #[must_use]
    pub fn unchanged(&self) -> Option<&str> {
        self.0.params.get("np")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn entries_have_an_index_and_where_they_come_from() {
        let text = "<sip:bob@192.0.2.4?Reason=SIP%3Bcause%3D302>;index=1.2.1;mp=1.2;x";
        let entry = round_trip::<HistoryInfo>(text);
        assert_eq!((entry.index(), entry.mapped()), (Some("1.2.1"), Some("1.2")));
        assert_eq!((entry.changed_contact(), entry.unchanged()), (None, None));
        assert_eq!(round_trip::<HistoryInfo>("<sip:a@b>;index=1.1;rc=1").changed_contact(), Some("1"));
        assert_eq!(round_trip::<HistoryInfo>("<sip:a@b>;index=1.1;np=1").unchanged(), Some("1"));
        assert!(HistoryInfo::decode(";index=1").is_err());
    }
}
