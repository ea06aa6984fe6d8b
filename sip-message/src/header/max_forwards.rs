//! Max-Forwards: how many hops a request may still take (RFC 3261 §20.22).

super::number_header! {
    /// Hops left, 0 to 255 (RFC 3261 §20.22).
    MaxForwards(u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;

    #[test]
    fn does_not_exceed_255() {
        assert_eq!(MaxForwards::decode("0070").unwrap(), MaxForwards(70));
        assert!(MaxForwards::decode("256").is_err());
        assert!(MaxForwards::decode("").is_err());
    }
}
