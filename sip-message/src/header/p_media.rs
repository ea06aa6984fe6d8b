//! Media in networks of operators: P-Early-Media (RFC 5009 §8), P-Media-Authorization (RFC 3313 §5.1), P-Answer-State
//! (RFC 4964 §7.1).

super::token_header! {
    /// One direction in which early media are authorized, or `gated`, or `supported` (RFC 5009 §8).
    PEarlyMedia, LIST = true, MAY_BE_EMPTY = true
}

super::token_header! {
    /// One token that authorizes resources, in hexadecimal digits (RFC 3313 §5.1).
    PMediaAuthorization, LIST = true
}

super::params_header! {
    /// Whether the answer came from the user (RFC 4964 §7.1).
    PAnswerState {
        /// `Confirmed`, `Unconfirmed` or an extension.
        answer_type: String = crate::grammar::token
    }, LIST = false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn are_words() {
        assert_eq!(round_trip::<PEarlyMedia>("sendrecv").0, "sendrecv");
        assert_eq!(round_trip::<PMediaAuthorization>("0020000100100101706466312e").0.len(), 26);
        assert_eq!(round_trip::<PAnswerState>("Unconfirmed;x").answer_type, "Unconfirmed");
        assert!(PEarlyMedia::decode("").is_err());
        assert!(PMediaAuthorization::decode("00 20").is_err());
        assert!(PAnswerState::decode("").is_err());
    }
}
