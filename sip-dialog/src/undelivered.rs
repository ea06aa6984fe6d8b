//! Why the peer may not know that a session is over: RFC 3261 §15.1.1, RFC 5626 §5.3.

use crate::Failure;
use sip_message::StatusCode;

/// What became of a BYE that the peer did not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a request gets a final response or, by RFC 3261 section 8.1.3.1, does not"
)]
pub enum Undelivered {
    /// It had no response within 64·T1.
    Timeout,
    /// It could not be sent.
    Transport,
    /// It was refused with this status: by a server that does not reach the peer, such as 408, 430, 480 or 503, or by a
    /// peer that did not act on it, such as 401 or 500. A 481 is no refusal: the peer has no such session any more.
    Refused(StatusCode),
}

impl Undelivered {
    // rfc3261#15.1.1/2, rfc3261#12.2.1.2/2, rfc5626#5.3.1
    /// What a final response to BYE shows, if not that the session is over at the other end: that do 2xx and 481 only.
    pub(crate) fn of(status: StatusCode) -> Option<Self> {
        let is_over = status.is_success() || status == StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST;
        (!is_over).then_some(Self::Refused(status))
    }
}

impl From<Failure> for Undelivered {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout => Self::Timeout,
            Failure::Transport => Self::Transport,
        }
    }
}
