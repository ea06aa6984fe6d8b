//! Subject: what a call is about (RFC 3261 §20.36).

super::text_header! {
    /// A line of text, possibly empty (RFC 3261 §20.36).
    Subject
}
