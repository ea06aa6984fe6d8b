//! What this server answers by itself instead of forwarding: each refusal and its response (RFC 3261 §8.2, §16.3).

use super::gruu::GRUU;
use sip_message::{
    Allow, Challenge, HeaderError, HeaderName, Method, MinExpires, ProxyAuthenticate, Request, Response,
    RetryAfter, StatusCode, Supported, Unsupported, WwwAuthenticate,
};

/// Why a request is not served.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Refusal {
    /// A header field this server needs is missing or wrong.
    BadHeader(HeaderError),
    /// Another version of SIP (§21.5.6).
    OtherVersion,
    /// The Request-URI cannot be read.
    BadRequestUri,
    /// A REGISTER that contradicts itself: `*` beside other contacts or without `Expires: 0`.
    BadWildcard,
    /// The Request-URI is no SIP URI.
    UnsupportedScheme,
    /// An extension of Require or Proxy-Require that this server does not know.
    BadExtension(Vec<String>),
    TooManyHops,
    /// The request has been here before, and nothing has changed since.
    Loop,
    /// REGISTER without good credentials.
    Unauthorized(Vec<Challenge>),
    /// Another request without good credentials.
    ProxyAuthenticationRequired(Vec<Challenge>),
    /// Good credentials of the wrong user, or a limit is spent.
    Forbidden,
    NotFound,
    /// The user exists and has no binding.
    NoBinding,
    /// The one flow that leads to the target is gone; the asker is a user agent.
    TargetGone,
    /// The same, and the asker is another server, which may know another way.
    FlowFailed,
    /// The requested expiration is too short; the least one in seconds.
    IntervalTooBrief(u32),
    /// A REGISTER older than the one that made the binding.
    OutOfOrder,
    /// A method this server does not serve when asked itself.
    MethodNotAllowed,
    /// The server that the request is for cannot be reached.
    Unreachable,
    /// The server sheds load; when to come again, in seconds.
    Overloaded(Option<u32>),
}

impl Refusal {
    /// The response owed to `request`, without a To tag where it has none.
    pub(crate) fn response(&self, request: &Request) -> Response {
        let mut response = request.response(self.status());
        if let Some(reason) = self.reason() {
            // The reasons below are plain words, so they are always taken; the default would do as well.
            let _ = response.set_reason(&reason);
        }
        let headers = response.headers_mut();
        match self {
            Self::BadExtension(tags) => {
                tags.iter().for_each(|tag| headers.push(&Unsupported(tag.clone())));
            }
            // rfc3261#22.2/1
            Self::Unauthorized(challenges) => {
                challenges.iter().for_each(|challenge| headers.push(&WwwAuthenticate(challenge.clone())));
            }
            // rfc3261#22.3/1
            Self::ProxyAuthenticationRequired(challenges) => {
                challenges.iter().for_each(|challenge| headers.push(&ProxyAuthenticate(challenge.clone())));
            }
            Self::IntervalTooBrief(seconds) => headers.push(&MinExpires(*seconds)),
            // rfc3261#8.2.1/3-4: 405 names what is allowed.
            Self::MethodNotAllowed => headers.set_list(&own_methods()),
            // rfc3261#21.5.4
            Self::Overloaded(seconds) => {
                seconds.iter().for_each(|seconds| headers.push(&RetryAfter::new(*seconds)))
            }
            // rfc5626#4.2.1: the flow to this server has not failed, and who asks may come again over it
            Self::Unreachable => headers.push(&RetryAfter::new(AWAY)),
            Self::BadHeader(_)
            | Self::OtherVersion
            | Self::BadRequestUri
            | Self::BadWildcard
            | Self::UnsupportedScheme
            | Self::TooManyHops
            | Self::Loop
            | Self::Forbidden
            | Self::NotFound
            | Self::NoBinding
            | Self::TargetGone
            | Self::FlowFailed
            | Self::OutOfOrder => {}
        }
        response
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::BadHeader(_) | Self::BadRequestUri | Self::BadWildcard => StatusCode::BAD_REQUEST,
            Self::OtherVersion => StatusCode::VERSION_NOT_SUPPORTED,
            Self::UnsupportedScheme => StatusCode::UNSUPPORTED_URI_SCHEME,
            Self::BadExtension(_) => StatusCode::BAD_EXTENSION,
            Self::TooManyHops => StatusCode::TOO_MANY_HOPS,
            Self::Loop => StatusCode::LOOP_DETECTED,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::ProxyAuthenticationRequired(_) => StatusCode::PROXY_AUTHENTICATION_REQUIRED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NoBinding | Self::TargetGone => StatusCode::TEMPORARILY_UNAVAILABLE,
            Self::FlowFailed => StatusCode::FLOW_FAILED,
            Self::IntervalTooBrief(_) => StatusCode::INTERVAL_TOO_BRIEF,
            Self::OutOfOrder => StatusCode::SERVER_INTERNAL_ERROR,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unreachable | Self::Overloaded(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// A reason phrase that says more than the default one.
    fn reason(&self) -> Option<String> {
        match self {
            Self::BadHeader(HeaderError::Missing { name }) => Some(format!("Missing {}", name.as_str())),
            Self::BadHeader(error) => Some(format!("Bad {}", error.name().as_str())),
            Self::BadRequestUri => Some("Bad Request-URI".to_owned()),
            Self::BadWildcard => Some("Bad Contact Wildcard".to_owned()),
            Self::OutOfOrder => Some("CSeq Out Of Order".to_owned()),
            Self::OtherVersion
            | Self::UnsupportedScheme
            | Self::BadExtension(_)
            | Self::TooManyHops
            | Self::Loop
            | Self::Unauthorized(_)
            | Self::ProxyAuthenticationRequired(_)
            | Self::Forbidden
            | Self::NotFound
            | Self::NoBinding
            | Self::TargetGone
            | Self::FlowFailed
            | Self::IntervalTooBrief(_)
            | Self::MethodNotAllowed
            | Self::Unreachable
            | Self::Overloaded(_) => None,
        }
    }
}

impl From<HeaderError> for Refusal {
    fn from(error: HeaderError) -> Self {
        Self::BadHeader(error)
    }
}

/// The 200 (OK) to an OPTIONS request for the server itself (RFC 3261 §11.2).
pub(crate) fn capabilities(request: &Request) -> Response {
    let mut response = request.response(StatusCode::OK);
    response.headers_mut().set_list(&own_methods());
    for tag in KNOWN {
        response.headers_mut().push(&Supported(tag.to_owned()));
    }
    response
}

/// The methods served when the request is for this server itself; it forwards any.
fn own_methods() -> [Allow; 2] {
    [Allow(Method::Register), Allow(Method::Options)]
}

/// The option tags of Require in `request` that this server does not serve as a registrar.
pub(crate) fn unknown_tags<'a>(tags: impl Iterator<Item = &'a str>) -> Vec<String> {
    tags.filter(|tag| !KNOWN.contains(tag)).map(str::to_owned).collect()
}

/// Whether `name` carries credentials or challenges.
pub(crate) fn is_challenge(name: &HeaderName) -> bool {
    *name == HeaderName::WwwAuthenticate || *name == HeaderName::ProxyAuthenticate
}

/// How long a server is away that is to be reached again as soon as it can be, in seconds.
const AWAY: u32 = 2;
/// RFC 3327.
const PATH: &str = "path";
/// RFC 5626.
pub(crate) const OUTBOUND: &str = "outbound";
/// The extensions that this server knows; without GRUUs to hand out it may leave the last one aside (RFC 5627 §5.1).
const KNOWN: [&str; 3] = [PATH, OUTBOUND, GRUU];
