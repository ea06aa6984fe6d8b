//! What can go wrong with a dialog or a verb of a session, one small enum per operation.

use sip_message::{HeaderError, HeaderName, StatusCode};
use thiserror::Error;

/// A message that cannot make a dialog (RFC 3261 §12.1): the peer's fault.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DialogError {
    /// A field the dialog is made of is missing or malformed.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The request has no Contact that could be the remote target.
    #[error("no Contact with an address")]
    NoContact,
    /// The Request-URI is no URI.
    #[error("the Request-URI is malformed")]
    RequestUri,
    /// The peer forks one INVITE into more dialogs than this end keeps.
    #[error("too many dialogs for one INVITE")]
    TooManyForks,
}

impl DialogError {
    /// The header field that is missing or cannot be read, if it is one.
    #[must_use]
    pub const fn field(&self) -> Option<&HeaderName> {
        match self {
            Self::Header(error) => Some(error.name()),
            Self::NoContact => Some(&HeaderName::Contact),
            Self::RequestUri | Self::TooManyForks => None,
        }
    }
}

/// A request inside a dialog that is refused before its method is looked at (RFC 3261 §12.2.2).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequestRefusal {
    /// Its sequence number is lower than one already seen.
    #[error("the sequence number is lower than the last one")]
    OutOfOrder,
    /// CSeq is missing or malformed.
    #[error(transparent)]
    Header(#[from] HeaderError),
}

impl RequestRefusal {
    /// The status owed to the peer.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            // rfc3261#12.2.2/3
            Self::OutOfOrder => StatusCode::SERVER_INTERNAL_ERROR,
            Self::Header(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// A verb that a session cannot follow now: the application asked too late or for what this role cannot do.
///
/// Too late is nobody's mistake: the peer's CANCEL may have crossed the user's answer. The session is unharmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InviteError {
    /// The verb belongs to the other role.
    #[error("the verb belongs to the other role of the session")]
    WrongRole,
    /// The INVITE has its final response already.
    #[error("the INVITE was answered before")]
    AlreadyAnswered,
    /// The session has ended.
    #[error("the session has ended")]
    Ended,
    /// There is no offer that an answer could be for.
    #[error("no offer waits for an answer")]
    NoOffer,
    /// An offer of either end is open, or a change is wanted already; the peer's answer is to be awaited first.
    #[error("an offer is open already")]
    OfferPending,
    /// The 2xx has to carry the answer to the offer of the INVITE or, if that had none, an offer (RFC 3261 §13.3.1.4);
    /// so has the first reliable provisional response to an INVITE without offer (RFC 3262 §5).
    #[error("the answer or offer that the response has to carry is missing")]
    DescriptionMissing,
    /// The session is not established yet.
    #[error("the session is not established")]
    NotEstablished,
    /// The peer has not said that it serves the method of the verb, or has shown that it does not.
    #[error("the other side does not serve this")]
    NotAllowed,
    /// The session has no dialog with this name.
    #[error("there is no such dialog")]
    NoDialog,
    /// Requests with this method are made by the session itself, or can be in no dialog.
    #[error("the session itself makes requests of this method")]
    OwnMethod,
    /// The status code is of a class that the verb does not send.
    #[error("status {} does not fit the verb", .0.code())]
    WrongStatus(StatusCode),
}
