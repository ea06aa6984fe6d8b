//! Content-Length: the size of the body in bytes (RFC 3261 §20.14).
//!
//! Printing a message writes it; nobody needs to set it.

super::number_header! {
    /// The size of the body, in bytes (RFC 3261 §20.14).
    ContentLength(u32)
}
