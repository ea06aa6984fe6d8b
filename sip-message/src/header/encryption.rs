//! Fields of RFC 2543 that RFC 3261 dropped: Encryption (§6.19), Hide (§6.22), Response-Key (§6.31). They are kept as
//! text, so that what an old peer says can be read and passed on; nothing obeys them.

super::text_header! {
    /// The encryption of a message, as it was written (RFC 2543 §6.19).
    Encryption
}

super::text_header! {
    /// What of the path of a request is to be hidden, as it was written (RFC 2543 §6.22).
    Hide
}

super::text_header! {
    /// The key to encrypt a response with, as it was written (RFC 2543 §6.31).
    ResponseKey
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::round_trip;

    #[test]
    fn are_kept_as_text() {
        let text = "PGP version=2.6.2,encoding=ascii";
        assert_eq!(round_trip::<Encryption>(text).0, text);
        assert_eq!(round_trip::<Hide>("route").0, "route");
        assert_eq!(round_trip::<ResponseKey>("pgp version=\"2.6.2\",key=\"x\"").0.len(), 27);
    }
}
