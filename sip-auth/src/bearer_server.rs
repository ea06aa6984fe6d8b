//! The server side of access tokens: challenges and refusals of RFC 8898 §2.2, §2.3 and §4, RFC 6750 §3.1.

use crate::bearer_token::is_bearer;
use crate::challenge::BEARER;
use sip_message::{Challenge, Credentials, StatusCode};

/// Asks for access tokens of one authorization server. What is in a token is for the application to judge.
///
/// ```
/// use sip_auth::{BearerError, BearerServer};
/// use sip_message::{Authorization, Header};
///
/// let server = BearerServer::new("biloxi.com", "https://as.biloxi.com").with_scope("sip");
/// let asked = server.challenge(None);
/// assert_eq!(asked.get("authz_server"), Some("https://as.biloxi.com"));
///
/// let submitted = Authorization::decode("Bearer mF_9.B5f-4.1JqM").unwrap().0;
/// let judge = |token: &str| (token == "mF_9.B5f-4.1JqM").then_some("bob").ok_or(BearerError::InvalidToken);
/// assert_eq!(server.verify(&submitted, judge), Ok("bob"));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BearerServer {
    realm: String,
    authz_server: String,
    scope: Option<String>,
}

impl BearerServer {
    /// A server for `realm` that sends clients to the authorization server with this https URI.
    #[must_use]
    pub fn new(realm: impl Into<String>, authz_server: impl Into<String>) -> Self {
        Self { realm: realm.into(), authz_server: authz_server.into(), scope: None }
    }

    /// The scopes that a token has to have, separated by spaces.
    #[must_use]
    pub fn with_scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// The challenge for WWW-Authenticate in a 401 or Proxy-Authenticate in a 407. `error` is what was wrong with
    /// the token that came, `None` when none came.
    // rfc8898#2.2: the challenge names the authorization server
    #[must_use]
    pub fn challenge(&self, error: Option<BearerError>) -> Challenge {
        let mut challenge =
            Challenge::new(BEARER).with("realm", &self.realm).with("authz_server", &self.authz_server);
        if let Some(scope) = &self.scope {
            challenge = challenge.with("scope", scope);
        }
        match error {
            Some(error) => challenge.with("error", error.as_str()),
            None => challenge,
        }
    }

    /// Hands the token to `judge` and returns whom it proves.
    ///
    /// # Errors
    /// [`BearerError::InvalidRequest`] when these are no Bearer credentials, else what `judge` says.
    pub fn verify<'a, T>(
        &self,
        credentials: &'a Credentials,
        judge: impl FnOnce(&'a str) -> Result<T, BearerError>,
    ) -> Result<T, BearerError> {
        let mut params = credentials.params.iter();
        match (params.next(), params.next()) {
            (Some((token, None)), None) if is_bearer(credentials) => judge(token),
            _ => Err(BearerError::InvalidRequest),
        }
    }
}

/// What is wrong with a token: the error codes of RFC 6750 §3.1.
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BearerError {
    /// There is no token, or more than one.
    #[error("no readable access token")]
    InvalidRequest,
    /// The token is expired, revoked, malformed or not valid here.
    #[error("the access token is not valid")]
    InvalidToken,
    /// The token is valid but allows less than was asked for.
    #[error("the access token does not allow this")]
    InsufficientScope,
}

impl BearerError {
    /// The value of the `error` parameter.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
        }
    }

    /// What is owed to the peer (RFC 8898 §2.2, RFC 6750 §3.1); a proxy sends 407 in place of 401.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest => StatusCode::BAD_REQUEST,
            Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope => StatusCode::FORBIDDEN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip_message::{Authorization, Header, WwwAuthenticate};

    #[test]
    fn the_challenge_says_what_was_wrong() {
        let server = BearerServer::new("biloxi.com", "https://as.biloxi.com").with_scope("sip presence");
        let text = WwwAuthenticate(server.challenge(Some(BearerError::InvalidToken))).encoded();
        let expected = "Bearer realm=\"biloxi.com\", authz_server=\"https://as.biloxi.com\", \
                        scope=\"sip presence\", error=\"invalid_token\"";
        assert_eq!(text, expected);
    }

    #[test]
    fn other_credentials_are_not_judged() {
        let server = BearerServer::new("biloxi.com", "https://as.biloxi.com");
        for text in ["Digest realm=\"x\"", "Bearer", "Bearer a=\"b\""] {
            let credentials = Authorization::decode(text).unwrap().0;
            let outcome = server.verify(&credentials, |_| -> Result<(), _> { panic!("judged {text}") });
            assert_eq!(outcome, Err(BearerError::InvalidRequest), "{text}");
        }
    }
}
