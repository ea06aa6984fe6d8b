//! Where a session stands, for people and logs (RFC 3261 §13).

/// Where a session stands, for display and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionState {
    /// Caller: no response yet.
    Calling,
    /// Caller: a provisional response came.
    Proceeding,
    /// Caller: hung up or expired before an answer, the final response is awaited.
    Cancelling,
    /// Caller: accepted with an offer that waits for [`crate::InviteSession::answer`].
    Offered,
    /// Callee: not answered yet.
    Incoming,
    /// Callee: accepted, the ACK is awaited.
    WaitingForAck,
    /// The call stands.
    Established,
    /// Ended; the last messages may still be under way, see [`crate::InviteSession::is_terminated`].
    Ended,
}
