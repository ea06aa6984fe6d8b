//! Answer-Mode and Priv-Answer-Mode: whether a call is to be answered by the person or by the device (RFC 5373 §2).

super::params_header! {
    /// How the caller wants the call answered, and how it was (RFC 5373 §2).
    AnswerMode {
        /// `Manual`, `Auto` or an extension.
        mode: String = crate::grammar::token
    }, LIST = false
}

super::params_header! {
    /// The same with a claim to privilege, as in an emergency (RFC 5373 §2).
    PrivAnswerMode {
        /// `Manual`, `Auto` or an extension.
        mode: String = crate::grammar::token
    }, LIST = false
}

impl AnswerMode {
    /// Whether the call is to fail rather than be answered in another way.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.params.contains("require")
    }

    /// Whether the device is to answer by itself.
    #[must_use]
    pub fn is_auto(&self) -> bool {
        self.mode.eq_ignore_ascii_case("Auto")
    }
}

impl PrivAnswerMode {
    /// Whether the call is to fail rather than be answered in another way.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.params.contains("require")
    }

    /// Whether the device is to answer by itself.
    #[must_use]
    pub fn is_auto(&self) -> bool {
        self.mode.eq_ignore_ascii_case("Auto")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn modes_may_be_required() {
        let mode = round_trip::<AnswerMode>("Auto;require");
        assert!(mode.is_auto() && mode.is_required());
        let mode = round_trip::<PrivAnswerMode>("manual");
        assert!(!mode.is_auto() && !mode.is_required());
        assert!(AnswerMode::decode("").is_err());
    }
}
