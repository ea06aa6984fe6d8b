//! What the core tells the application.

use super::CredentialsKey;
use sip_auth::{AuthError, CredentialsNeeded};
#[cfg(feature = "call")]
use sip_dialog::{SessionEvent, Undelivered};
use sip_message::{Method, Request, Response, StatusCode};
#[cfg(feature = "registration")]
use sip_outbound::RegistrationEvent;

/// Names a call of one user agent; that of a later call is greater.
// A number that only rises, and the place of the call among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey(pub(super) u64);

#[cfg(feature = "call")]
impl CallKey {
    pub(super) const BITS_OF_PLACE: u32 = 28;

    /// The key of a call at this place, of as many bits.
    pub(super) fn at(number: u64, place: usize) -> Self {
        Self(number << Self::BITS_OF_PLACE | place as u64 & Self::PLACE)
    }

    pub(super) const fn place(self) -> usize {
        (self.0 & Self::PLACE) as usize
    }

    const PLACE: u64 = (1 << Self::BITS_OF_PLACE) - 1;
}

/// Names a request of ours outside of any dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeKey(pub(super) u64);

/// Names a received MESSAGE that has not been answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKey(pub(super) u64);

/// Something happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// The registration changed (RFC 3261 §10).
    #[cfg(feature = "registration")]
    Registration {
        /// Of which flow (RFC 5626 §4.2); 1 where there is one.
        reg_id: u32,
        /// What happened.
        event: RegistrationEvent,
        /// Why credentials were not accepted or not to be had, when that is the cause.
        authentication: Option<AuthError>,
    },
    /// A request of ours was challenged and waits for credentials, as
    /// [`Config::asks_for_credentials`](super::Config::asks_for_credentials) wants it; answer with
    /// [`Core::answer_credentials`](super::Core::answer_credentials).
    CredentialsNeeded {
        /// Names the question.
        key: CredentialsKey,
        /// Who asks for what.
        needed: CredentialsNeeded,
    },
    /// No request waits for the answer to this question any more.
    CredentialsWithdrawn {
        /// The question.
        key: CredentialsKey,
    },
    /// A challenge came in the header field of the other status, WWW-Authenticate in a 407 or Proxy-Authenticate in a 401,
    /// and was answered in the field that belongs to it: a warning for who runs the server (RFC 3261 §22.2, §22.3).
    ChallengeMisplaced {
        /// The method of the request.
        method: Method,
        /// 401 or 407.
        status: StatusCode,
    },
    /// Who accepted our credentials claims to know the secret of the account and does not (`rspauth`, RFC 7616 §3.5):
    /// somebody else has answered, or changed the body on the way. The response counts all the same, as one without the
    /// claim does; what to make of it is for the application to decide.
    ServerUnproven {
        /// The method of the request.
        method: Method,
        /// The Request-URI of it.
        request_uri: String,
    },
    /// A request of a call was challenged, and its challenge cannot be answered; what the request was for has failed.
    #[cfg(feature = "call")]
    CallUnauthorized {
        /// The call.
        call: CallKey,
        /// Why.
        error: AuthError,
    },
    /// A MESSAGE, an OPTIONS or a question for bindings of ours was answered, or will never be.
    Answered {
        /// The request.
        exchange: ExchangeKey,
        /// The 2xx response, or why there is none.
        outcome: Result<Response, RequestFailure>,
    },
    /// A MESSAGE came in (RFC 3428); answer it with [`Core::answer_message`](super::Core::answer_message).
    #[cfg(feature = "message")]
    Message {
        /// Its name.
        key: MessageKey,
        /// The whole request.
        request: Request,
    },
    /// A NOTIFY came that nobody asked for, such as that messages wait (RFC 3842), and was answered 200; as
    /// [`Config::unsolicited_notify`](super::Config::unsolicited_notify) wants it.
    Notification {
        /// The whole request.
        request: Request,
    },
    /// Somebody calls; ring, accept, reject or hang up.
    #[cfg(feature = "call")]
    IncomingCall {
        /// Its name.
        call: CallKey,
        /// The INVITE.
        invite: Request,
    },
    /// Something happened in a call.
    #[cfg(feature = "call")]
    Call {
        /// The call.
        call: CallKey,
        /// What happened.
        event: SessionEvent,
    },
    /// A call that has ended owes nothing to its peer any more: the last word about it, once for each call that was
    /// made or came in.
    #[cfg(feature = "call")]
    CallClosed {
        /// The call.
        call: CallKey,
        /// Why the peer may not know that the call is over: our BYE got no response, or neither a 2xx nor 481.
        undelivered: Option<Undelivered>,
    },
}

/// Why a request outside of a dialog has no 2xx response.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestFailure {
    /// The other side refused, with this final response.
    #[error("refused with {} {}", .0.status().code(), .0.reason())]
    Refused(Response),
    /// The server asks for credentials that we do not have or that it does not accept.
    #[error("authentication failed: {0}")]
    Authentication(AuthError),
    /// No final response within 64·T1 (RFC 3261 §17.1.2.2, timer F).
    #[error("no answer came in time")]
    Timeout,
    /// The connection is gone, was never there, or is not secure, as a SIPS URI wants it (RFC 3261 §8.1.2).
    #[error("no connection that the request could take")]
    Transport,
}
