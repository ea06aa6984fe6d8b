//! Why a REGISTER failed: RFC 3261 §10.2.7, §10.2.8 and the status codes of §21.

use sip_message::StatusCode;

/// Why an attempt failed; those marked *(stops)* end the registration until the application calls
/// [`register`](crate::Registration::register) again.
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RegistrationFailure {
    /// 401 or 407 that could not be answered: wrong or no credentials *(stops)*.
    #[error("not authorized ({status})")]
    Unauthorized {
        /// 401 or 407.
        status: StatusCode,
    },
    /// 403: the user may not register *(stops)*.
    #[error("forbidden")]
    Forbidden,
    /// 404: the registrar does not know the address-of-record *(stops)*.
    #[error("address-of-record not found")]
    NotFound,
    /// 423 again after its Min-Expires was asked for, or without a usable one *(stops)*.
    #[error("interval too brief")]
    IntervalTooBrief,
    /// 3xx: the registrar is elsewhere *(stops)*.
    #[error("redirected ({status})")]
    Redirected {
        /// The status.
        status: StatusCode,
    },
    /// 439: the first hop does no outbound, and none was asked for *(stops)*.
    #[error("the first hop lacks outbound support")]
    NoOutbound,
    /// Any other 4xx or 6xx *(stops, unless it has a Retry-After)*.
    #[error("rejected ({status})")]
    Rejected {
        /// The status.
        status: StatusCode,
    },
    /// 408 or 5xx: the registrar cannot do it now.
    #[error("registrar unavailable ({status})")]
    Unavailable {
        /// The status.
        status: StatusCode,
    },
    /// No answer (timer F).
    #[error("no answer")]
    Timeout,
    /// The request could not be sent, or its flow is gone.
    #[error("transport failure")]
    Transport,
    /// A 2xx that says our binding lasts 0 seconds.
    #[error("the registrar removed the binding")]
    BindingRemoved,
}

impl RegistrationFailure {
    /// The status of the response that brought it, if one did.
    #[must_use]
    pub const fn status(self) -> Option<StatusCode> {
        match self {
            Self::Unauthorized { status }
            | Self::Redirected { status }
            | Self::Rejected { status }
            | Self::Unavailable { status } => Some(status),
            Self::Forbidden => Some(StatusCode::FORBIDDEN),
            Self::NotFound => Some(StatusCode::NOT_FOUND),
            Self::NoOutbound => Some(StatusCode::FIRST_HOP_LACKS_OUTBOUND_SUPPORT),
            Self::IntervalTooBrief => Some(StatusCode::INTERVAL_TOO_BRIEF),
            Self::BindingRemoved => Some(StatusCode::OK),
            Self::Timeout | Self::Transport => None,
        }
    }
}
