//! Allow-Events: the event packages a notifier supports (RFC 6665 §8.2.2).

super::token_header! {
    /// One event package of an Allow-Events list (RFC 6665 §8.2.2).
    AllowEvents, LIST = true
}
