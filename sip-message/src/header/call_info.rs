//! Call-Info: more about the caller or the callee, for people (RFC 3261 §20.9).

super::name_addr_header! {
    /// One pointer, with what it is good for (RFC 3261 §20.9).
    CallInfo, LIST = true
}

impl CallInfo {
    /// What the pointer leads to: `icon`, `info`, `card` or an extension.
    #[must_use]
    pub fn purpose(&self) -> Option<&str> {
        self.0.params.get("purpose")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn pointers_have_a_purpose() {
        let info = round_trip::<CallInfo>("<http://wwww.example.com/alice/photo.jpg>;purpose=icon");
        assert_eq!(info.purpose(), Some("icon"));
        assert_eq!(round_trip::<CallInfo>("<http://www.example.com/alice/>").purpose(), None);
        assert!(CallInfo::decode(";purpose=icon").is_err());
    }
}
