//! Why a transaction ended badly (RFC 3261 §8.1.3.1) and why a verb was refused.

use thiserror::Error;

/// What went wrong below the transaction user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 section 8.1.3.1 knows these two")]
pub enum Failure {
    /// Nobody answered in time (timers B, F and H; or 64·T1 after a CANCEL); a client treats it as a 408.
    Timeout,
    /// The flow broke; a client treats it as a 503.
    Transport,
}

/// Why no CANCEL was made (RFC 3261 §9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CancelError {
    /// No provisional response yet: a CANCEL might overtake its INVITE. Cancel again at the first 1xx.
    #[error("no provisional response has come yet")]
    NotProceeding,
    /// A final response was there first, or the transaction is gone; a CANCEL would have no effect.
    #[error("the INVITE has been answered or is gone")]
    Completed,
    /// One CANCEL was made already; its own transaction repeats it as needed.
    #[error("the INVITE is being cancelled already")]
    AlreadyCancelled,
    /// Only an INVITE is cancelled.
    #[error("only an INVITE can be cancelled")]
    NotInvite,
}

/// Why a response was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RespondError {
    /// The server transaction has ended or never was.
    #[error("the server transaction is gone")]
    Unknown,
    /// A final response was sent before, and this is not the repeated 2xx to an INVITE (RFC 6026 §7.1).
    #[error("a final response has been sent")]
    AlreadyAnswered,
    /// The only provisional response to a non-INVITE request is 100 (RFC 4320 §4.1).
    #[error("a non-INVITE request has no provisional response but 100")]
    ProvisionalForbidden,
    /// A 100 on an unreliable transport must wait until the client's Timer E has reached T2 (RFC 4320 §4.1).
    #[error("it is too early for a 100 to a non-INVITE request")]
    TooEarly,
    /// A 408 to a non-INVITE request always comes too late (RFC 4320 §4.2); send nothing, the transaction expires.
    #[error("a non-INVITE request is never answered with 408")]
    TimeoutForbidden,
}
