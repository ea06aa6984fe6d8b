//! Where a message goes and what that path promises: RFC 3261 §17 ("reliable" and "unreliable" transports).

/// A connection (or, for UDP, a remote address) of the transport below, opaque to this crate.
///
/// A response leaves on the flow its request came on (RFC 3261 §18.2.2); an ACK and a CANCEL leave on the flow of
/// their INVITE (§17.1.1.3, §9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(u64);

impl FlowId {
    /// The flow the caller knows by this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The caller's number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Whether the transport itself repeats what was lost (RFC 3261 §17.1.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 knows these two")]
pub enum Reliability {
    /// TCP, TLS, SCTP, WebSocket: no retransmission here, and nothing to wait for after the end.
    Reliable,
    /// UDP.
    Unreliable,
}
