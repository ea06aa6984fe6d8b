//! Routes, each a list of addresses: Route and Record-Route (RFC 3261 §20.34, §20.30), Path (RFC 3327 §4),
//! Service-Route (RFC 3608 §5).

super::name_addr_header! {
    /// One proxy that the request must still visit.
    Route, LIST = true
}

super::name_addr_header! {
    /// One proxy that stays in the way of a dialog.
    RecordRoute, LIST = true
}

super::name_addr_header! {
    /// One proxy between registrar and user agent, for requests to that user agent.
    Path, LIST = true
}

super::name_addr_header! {
    /// One proxy that a registered user agent sends its requests through.
    ServiceRoute, LIST = true
}
