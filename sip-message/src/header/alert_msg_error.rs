//! AlertMsg-Error: what is wrong with an alert in the Common Alerting Protocol (RFC 8876 §5.2).

super::params_header! {
    /// What is wrong with the alert (RFC 8876 §5.2).
    AlertMsgError {
        /// The code, three digits.
        code: u16 = crate::grammar::number::<u16>
    }, LIST = false
}

impl AlertMsgError {
    /// The text for people.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.params.get("message")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn code_and_message() {
        let error = round_trip::<AlertMsgError>("101;message=\"Alert message too old\"");
        assert_eq!((error.code, error.message()), (101, Some("Alert message too old")));
        assert!(AlertMsgError::decode("old").is_err());
    }
}
