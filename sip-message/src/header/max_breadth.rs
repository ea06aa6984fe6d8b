//! Max-Breadth: how many branches a request may still have at one time (RFC 5393 §5.8).

super::number_header! {
    /// Branches left (RFC 5393 §5.8).
    MaxBreadth(u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn is_a_number() {
        assert_eq!(round_trip::<MaxBreadth>("60").0, 60);
        assert!(MaxBreadth::decode("-1").is_err());
    }
}
