//! Error-Info: where more about an error can be learned (RFC 3261 §20.18).

super::name_addr_header! {
    /// One pointer, e.g. to an announcement (RFC 3261 §20.18).
    ErrorInfo, LIST = true
}
