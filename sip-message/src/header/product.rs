//! Server and User-Agent: the software that speaks (RFC 3261 §20.35, §20.41), kept as text.

super::text_header! {
    /// The software of a user agent server (RFC 3261 §20.35).
    Server
}

super::text_header! {
    /// The software of a user agent client (RFC 3261 §20.41).
    UserAgent
}
