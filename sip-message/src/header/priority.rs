//! Priority: how urgent a request is to the person it reaches (RFC 3261 §20.26).

super::token_header! {
    /// `emergency`, `urgent`, `normal`, `non-urgent` or an extension (RFC 3261 §20.26).
    Priority, LIST = false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn is_a_token() {
        assert_eq!(round_trip::<Priority>("non-urgent").0, "non-urgent");
        assert!(Priority::decode("very urgent").is_err());
    }
}
