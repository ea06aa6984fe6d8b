//! The states and events of the caller's INVITE, RFC 3261 §13.2; their table is `InviteClient::step`.

use crate::{EndCause, EndKind, Failure};
use sip_message::{Body, Response};
use sip_uri::Uri;
use smol_str::SmolStr;

/// Where the INVITE stands.
#[derive(Debug)]
pub(super) enum State {
    /// INVITE sent, nothing heard.
    Calling,
    /// Given up before anything was heard.
    Abandoned(EndKind),
    /// A provisional response was heard.
    Proceeding,
    /// CANCEL sent, the final response is due.
    Cancelling(EndKind),
    /// A 2xx made an offer in the dialog with this remote tag; its ACK waits for the answer.
    Offered { winner: SmolStr },
    /// A 2xx is acknowledged; the session is in the dialog with this remote tag, or in none when it came too late.
    Accepted { winner: Option<SmolStr> },
    /// Nothing is owed any more.
    Terminated,
}

impl State {
    /// The remote tag of the dialog that the session is in, once a 2xx has come.
    pub(super) fn winner(&self) -> Option<&str> {
        match self {
            Self::Accepted { winner: Some(winner) } | Self::Offered { winner } => Some(winner),
            Self::Calling
            | Self::Abandoned(_)
            | Self::Proceeding
            | Self::Cancelling(_)
            | Self::Accepted { winner: None }
            | Self::Terminated => None,
        }
    }
}

/// What may happen to the INVITE.
pub(super) enum Event {
    Provisional(Response),
    Success(Response),
    Refused(Response),
    Challenged,
    Redirected(Uri),
    Failed(Failure),
    /// The caller gives up: the user hangs up, or Expires runs out.
    GiveUp(EndKind),
    CancelTimeout,
    /// 64·T1 after the last new 2xx.
    AcceptedTimeout,
    Answer(Body),
    /// The peer sent BYE in the dialog with this remote tag.
    Left {
        tag: SmolStr,
        cause: EndCause,
    },
}
