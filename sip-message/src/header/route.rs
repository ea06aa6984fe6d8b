//! Routes, each a list of addresses: Route and Record-Route (RFC 3261 §20.34, §20.30), Path (RFC 3327 §4),
//! Service-Route (RFC 3608 §5).

super::name_addr_header! {
    /// One proxy that the request must still visit (RFC 3261 §20.34).
    Route, LIST = true
}

super::name_addr_header! {
    /// One proxy that stays in the way of a dialog (RFC 3261 §20.30).
    RecordRoute, LIST = true
}

super::name_addr_header! {
    /// One proxy between registrar and user agent, for requests to that user agent (RFC 3327 §4).
    Path, LIST = true
}

super::name_addr_header! {
    /// One proxy that a registered user agent sends its requests through (RFC 3608 §5).
    ServiceRoute, LIST = true
}
