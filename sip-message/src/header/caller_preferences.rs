//! Caller preferences: Accept-Contact, Reject-Contact, Request-Disposition (RFC 3841 §9).

super::only_params_header! {
    /// Features that the callee's user agent should have; each value weighs on its own (RFC 3841 §9).
    AcceptContact, PREFIX = "*", LIST = true
}

super::only_params_header! {
    /// Features that the callee's user agent must not have (RFC 3841 §9).
    RejectContact, PREFIX = "*", LIST = true
}

super::token_header! {
    /// One wish of the caller to proxies: `proxy`, `redirect`, `no-fork`, `sequential` and so on (RFC 3841 §9.1).
    RequestDisposition, LIST = true
}

impl AcceptContact {
    /// Whether a contact that does not match is dropped.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.params.contains("require")
    }

    /// Whether a contact that does not state all the features scores zero.
    #[must_use]
    pub fn is_explicit(&self) -> bool {
        self.params.contains("explicit")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn feature_parameters_stand_behind_a_star() {
        let accept = round_trip::<AcceptContact>("*;audio;+sip.message=\"TRUE\";require;explicit");
        assert!(accept.is_required() && accept.is_explicit());
        assert_eq!(accept.params.get("+sip.message"), Some("TRUE"));
        let reject = round_trip::<RejectContact>("*;actor=\"msg-taker\";video");
        assert_eq!(reject.params.get("actor"), Some("msg-taker"));
        assert!(AcceptContact::decode("audio").is_err());
        assert!(RejectContact::decode("").is_err());
    }

    #[test]
    fn a_disposition_is_a_word() {
        assert_eq!(round_trip::<RequestDisposition>("no-fork").0, "no-fork");
        assert!(RequestDisposition::decode("no fork").is_err());
    }
}
