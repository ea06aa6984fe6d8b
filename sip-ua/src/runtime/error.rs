//! Why something an application asked for did not happen.

#[cfg(feature = "registration")]
use sip_auth::AuthError;
#[cfg(feature = "call")]
use sip_dialog::{DialogError, InviteError};
#[cfg(feature = "call")]
use sip_message::StatusCode;
#[cfg(feature = "registration")]
use sip_outbound::RegistrationFailure;
use sip_transport_ws::ParseServerUrlError;
use sip_uri::ParseUriError;

use super::platform;
use super::resolver::{LocateError, LookupError};
use crate::core::RequestFailure;
#[cfg(feature = "call")]
use crate::media::MediaError;

/// Why a user agent could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address-of-record is not a SIP or SIPS URI.
    #[error("the address-of-record is not a SIP URI: {0}")]
    AddressOfRecord(ParseUriError),
    /// The server is not a `ws://` or `wss://` URL.
    #[error("the server URL is not usable: {0}")]
    Server(ParseServerUrlError),
    /// The domain whose servers are to be found is none.
    #[error("the domain of the servers is not usable: {0}")]
    Domain(ParseUriError),
    /// No server was given.
    #[error("no server was given")]
    NoServer,
    /// The operating system gave no entropy.
    #[error("the operating system gave no random bytes")]
    NoEntropy,
    /// The name of the installation cannot be kept.
    #[cfg(feature = "registration")]
    #[error("the instance-id cannot be kept in {place}: {error}")]
    Instance {
        /// Where.
        place: String,
        /// Why.
        error: super::KeepError,
    },
    /// The connection could not be made.
    #[error("no connection to the server: {0}")]
    Connection(#[from] platform::ConnectError),
    /// The DNS names no server.
    #[error("{0}")]
    Locate(LocateError),
    /// The DNS names no address of the server.
    #[error("no connection to the server: {0}")]
    Lookup(#[from] LookupError),
    /// The record of another process cannot be gone on from.
    #[cfg(feature = "serde")]
    #[error("the user agent cannot be restored: {0}")]
    Restore(crate::core::RestoreError),
}

/// Why a message or a query was not answered with a 2xx.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The target is neither a URI nor a user name.
    #[error("the target is not a SIP URI: {0}")]
    Target(ParseUriError),
    /// It was sent, or could not be sent, and failed.
    #[error(transparent)]
    Failed(#[from] RequestFailure),
    /// The user agent has been closed.
    #[error("the user agent is closed")]
    Closed,
}

/// Why a registration did not come about.
#[cfg(feature = "registration")]
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The registrar refused.
    #[error("the registrar refused: {0}")]
    Refused(RegistrationFailure),
    /// The registrar asks for credentials that we do not have or that it does not accept.
    #[error("authentication failed: {0}")]
    Authentication(AuthError),
    /// No answer came in time.
    #[error("the registrar did not answer in time")]
    Timeout,
    /// The connection is gone.
    #[error("no connection that the request could take")]
    Transport,
    /// The registration was removed while it was being made, or the user agent has been closed.
    #[error("the registration was given up")]
    Closed,
}

/// Why the other side may not know that a call is over.
#[cfg(feature = "call")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HangUpError {
    /// It did not answer the BYE within 64·T1 (32 s).
    #[error("the other side did not confirm the end of the call")]
    Timeout,
    /// There was no connection to send the BYE on before the patience was over or the user agent closed.
    #[error("the other side could not be told of the end of the call")]
    Transport,
    /// The BYE was refused: the other side was not reached, as 408, 430, 480 and 503 say, or did not act on it.
    #[error("the other side was not told of the end of the call: {} {}", .0.code(), .0.default_reason())]
    Refused(StatusCode),
}

#[cfg(feature = "call")]
impl From<sip_dialog::Undelivered> for HangUpError {
    fn from(why: sip_dialog::Undelivered) -> Self {
        match why {
            sip_dialog::Undelivered::Timeout => Self::Timeout,
            sip_dialog::Undelivered::Transport => Self::Transport,
            sip_dialog::Undelivered::Refused(status) => Self::Refused(status),
        }
    }
}

/// Why a request inside a call has no 2xx response.
#[cfg(feature = "call")]
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InCallError {
    /// The call is not up, or the method is one of calls themselves.
    #[error(transparent)]
    Session(#[from] InviteError),
    /// It was sent and failed.
    #[error(transparent)]
    Failed(#[from] RequestFailure),
    /// The call ended before the answer, or was over already.
    #[error("the call is over or the user agent is closed")]
    Closed,
}

/// Why a call could not be started or accepted.
#[cfg(feature = "call")]
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The target is neither a URI nor a user name.
    #[error("the target is not a SIP URI: {0}")]
    Target(ParseUriError),
    /// No INVITE can be made for the target.
    #[error(transparent)]
    Dialog(#[from] DialogError),
    /// The call cannot do this now, or the peer does not serve it.
    #[error(transparent)]
    Session(#[from] InviteError),
    /// The text has a sign that is no key.
    #[error("the text has a sign that is no key")]
    NoKey,
    /// No session description could be made.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// The user agent has been closed, or the call was over already.
    #[error("the call is over or the user agent is closed")]
    Closed,
}
