//! How many server transactions peers may cause, and what the next one is told: RFC 3261 §21.5.4.

/// The limits on server transactions; client transactions are as many as their user asks for.
///
/// A request beyond a limit is answered 503 with Retry-After and leaves nothing behind: no transaction, no timer, no
/// word to the user. A CANCEL that matches a transaction always passes, since it frees one; there is at most one per
/// transaction; any other one is ignored (RFC 3261 §8.2.7).
///
/// ```
/// # use sip_transaction::{ServerLimits, TimerSettings, TransactionLayer};
/// let limits = ServerLimits { per_flow: 100, ..ServerLimits::default() };
/// let layer = TransactionLayer::new(TimerSettings::default()).with_limits(limits);
/// assert_eq!(layer.refusals().over_limit, 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain record that its user writes down")]
pub struct ServerLimits {
    /// Server transactions at once, 100 000 by default: some 300 requests a second that each stay for 64·T1.
    pub total: usize,
    /// Server transactions at once on one flow, so that one peer cannot spend the total; `total` by default.
    pub per_flow: usize,
    /// Seconds that Retry-After asks for, 32 by default: 64·T1, after which the transactions that are there have ended.
    pub retry_after: u32,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self { total: 100_000, per_flow: 100_000, retry_after: 32 }
    }
}

/// How many requests the layer answered by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusals {
    /// Merged requests, answered 482 (RFC 3261 §8.2.2.2).
    pub merged: u64,
    /// Requests beyond [`ServerLimits`], answered 503 (RFC 3261 §21.5.4); a CANCEL not at all.
    pub over_limit: u64,
}
