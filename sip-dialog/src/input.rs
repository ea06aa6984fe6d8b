//! What a session is told: messages of its dialogs (RFC 3261 §12.2), failures (§8.1.3.1), time.

use sip_message::{CSeq, NameAddr, Request, Response, StatusCode};
use sip_uri::Uri;

/// What happened to a session.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the user agent makes these")]
pub enum Input {
    /// A response to a request of this session, one to CANCEL included, or a late 2xx that matched no transaction.
    Response(Response),
    /// A request of the peer for this session: in a dialog of it, ACK, or the CANCEL of its INVITE. The transaction
    /// layer has answered the CANCEL itself.
    Request(Request),
    /// The transaction of a request failed without response. For the callee, INVITE names the peer's.
    Failed {
        /// CSeq of the request.
        cseq: CSeq,
        /// The tag in its To, which tells the dialogs of a fork apart; empty when it had none.
        remote_tag: String,
        /// How it failed.
        failure: Failure,
    },
    /// The request was challenged (401, 407) and there are credentials now: send it again. In place of the response.
    Challenged {
        /// CSeq of the challenged request.
        cseq: CSeq,
        /// The tag in its To; empty when it had none.
        remote_tag: String,
    },
    /// The INVITE was redirected (3xx), or a target it was redirected to failed: send it to this one (RFC 3261 §8.1.3.4).
    /// In place of the response or failure.
    Redirected {
        /// CSeq of the redirected INVITE.
        cseq: CSeq,
        /// The new Request-URI.
        target: Uri,
    },
    /// The flow is lost, and with it every transaction: none of them tells its failure. The session keeps what it has
    /// to say until [`Self::FlowRestored`] or [`Self::GivenUp`].
    FlowLost,
    /// There is a flow again, and the registration is renewed or has to wait.
    FlowRestored {
        /// Where this end is reached from now on.
        contact: NameAddr,
    },
    /// The registration without which the session went on holds again: what the peer sent meanwhile found nobody. The session
    /// asks by OPTIONS whether the peer still has the dialog; 481 ends it, nothing else does.
    Reachable,
    /// The patience is over: the session ends with [`crate::EndKind::TransportLost`].
    GivenUp,
    /// [`crate::InviteSession::next_timeout`] has come. Early or repeated it does nothing.
    Timeout,
}

/// Why a request got no response (RFC 3261 §8.1.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "closed by RFC 3261 section 8.1.3.1")]
pub enum Failure {
    /// The transaction timed out: as if 408 had come.
    Timeout,
    /// It could not be sent: as if 503 had come.
    Transport,
}

impl Failure {
    // rfc3261#8.1.3.1/1-2
    /// The status that stands for the failure.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::Transport => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
