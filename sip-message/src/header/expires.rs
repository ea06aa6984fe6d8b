//! Expires and Min-Expires, in seconds (RFC 3261 §20.19, §20.23).

super::number_header! {
    /// How long a registration, subscription or invitation lives, in seconds.
    Expires(u32)
}

super::number_header! {
    /// The shortest lifetime a server accepts, in seconds.
    MinExpires(u32)
}
