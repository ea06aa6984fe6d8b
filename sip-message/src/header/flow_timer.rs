//! Flow-Timer: how long a server waits for keep-alives (RFC 5626 §11.1).

super::number_header! {
    /// Seconds without a keep-alive after which the server takes the flow for dead (RFC 5626 §11.1).
    FlowTimer(u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn is_a_number_of_seconds() {
        assert_eq!(round_trip::<FlowTimer>("120").0, 120);
        assert!(FlowTimer::decode("2 min").is_err());
    }
}
