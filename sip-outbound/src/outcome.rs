//! What a response to REGISTER means: RFC 3261 §10.2.8, §20.33 (Retry-After) and §21.

use crate::{Failure, RegistrationFailure};
use sip_message::{MinExpires, Response, RetryAfter, StatusClass, StatusCode};
use std::time::Duration;

/// The sense of a response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Provisional,
    Accepted,
    /// Ask again for so many seconds.
    TooBrief(Option<u32>),
    /// Try again, not before the time the registrar named.
    Retry(RegistrationFailure, Option<Duration>),
    /// The first hop does no outbound.
    NoOutbound,
    Stop(RegistrationFailure),
}

impl Outcome {
    pub(crate) fn of(response: &Response) -> Self {
        let status = response.status();
        match status.class() {
            StatusClass::Provisional => Self::Provisional,
            StatusClass::Success => Self::Accepted,
            StatusClass::Redirection => Self::Stop(RegistrationFailure::Redirected { status }),
            StatusClass::ServerFailure => {
                Self::Retry(RegistrationFailure::Unavailable { status }, retry_after(response))
            }
            StatusClass::RequestFailure | StatusClass::GlobalFailure => refusal(response),
        }
    }
}

impl From<Failure> for RegistrationFailure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout => Self::Timeout,
            Failure::Transport => Self::Transport,
        }
    }
}

fn refusal(response: &Response) -> Outcome {
    let status = response.status();
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            Outcome::Stop(RegistrationFailure::Unauthorized { status })
        }
        StatusCode::FORBIDDEN => Outcome::Stop(RegistrationFailure::Forbidden),
        StatusCode::NOT_FOUND => Outcome::Stop(RegistrationFailure::NotFound),
        StatusCode::FIRST_HOP_LACKS_OUTBOUND_SUPPORT => Outcome::NoOutbound,
        // rfc5626#4.3: the flow is of no use, another one may be
        StatusCode::REQUEST_TIMEOUT | StatusCode::FLOW_FAILED => {
            Outcome::Retry(RegistrationFailure::Unavailable { status }, retry_after(response))
        }
        StatusCode::INTERVAL_TOO_BRIEF => {
            let minimum = response.headers().typed::<MinExpires>().ok().flatten();
            Outcome::TooBrief(minimum.map(|minimum| minimum.0))
        }
        _ => match retry_after(response) {
            Some(wait) => Outcome::Retry(RegistrationFailure::Rejected { status }, Some(wait)),
            None => Outcome::Stop(RegistrationFailure::Rejected { status }),
        },
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let header = response.headers().typed::<RetryAfter>().ok().flatten()?;
    Some(Duration::from_secs(u64::from(header.seconds)))
}
