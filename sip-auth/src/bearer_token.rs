//! Access tokens of the client: the Bearer scheme of RFC 8898 §2.1 and RFC 6750 §2.1.

use crate::challenge::{BEARER, BearerChallenge};
use sip_message::Credentials;
use std::fmt;

/// An access token with the authorization server it came from.
///
/// A token is shown only to who names that server in the challenge, or, where the challenge names none, to the realm
/// the token is for (RFC 8898 §2.1.1). Proxies on the way see it: use encrypted tokens, or a connection that ends
/// where the token may be read (RFC 8898 §2.1.2). `Debug` never shows it.
///
/// ```
/// # use sip_auth::BearerToken;
/// let token = BearerToken::new("https://as.biloxi.com", "mF_9.B5f-4.1JqM")?.with_realm("biloxi.com");
/// assert!(!format!("{token:?}").contains("mF_9"));
/// # Ok::<(), sip_auth::InvalidToken>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BearerToken {
    authz_server: String,
    token: String,
    realm: Option<String>,
}

impl BearerToken {
    /// A token from the authorization server with this https URI.
    ///
    /// # Errors
    /// When the token is not `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="` (RFC 6750 §2.1).
    pub fn new(authz_server: impl Into<String>, token: impl Into<String>) -> Result<Self, InvalidToken> {
        let token = token.into();
        let characters = token.trim_end_matches('=');
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
        if characters.is_empty() || !characters.bytes().all(is_token) {
            return Err(InvalidToken);
        }
        Ok(Self { authz_server: authz_server.into(), token, realm: None })
    }

    /// The token for this realm only.
    #[must_use]
    pub fn with_realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = Some(realm.into());
        self
    }

    /// The realm it is for; `None` for any that names its authorization server.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        self.realm.as_deref()
    }

    /// Whether the token may be shown to who sent `challenge`.
    pub(crate) fn answers(&self, challenge: &BearerChallenge) -> bool {
        let is_realm = self.realm.as_ref().is_none_or(|realm| *realm == challenge.realm);
        let is_trusted = match &challenge.authz_server {
            Some(server) => *server == self.authz_server,
            None => self.realm.is_some(),
        };
        is_realm && is_trusted
    }

    /// Whether these are the credentials that carry this token.
    pub(crate) fn is_in(&self, credentials: &Credentials) -> bool {
        is_bearer(credentials) && credentials.params.iter().any(|(name, _)| name == self.token)
    }

    pub(crate) fn credentials(&self) -> Credentials {
        let mut credentials = Credentials::new(BEARER);
        credentials.params.set(&self.token, None);
        credentials
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerToken")
            .field("authz_server", &self.authz_server)
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}

/// Characters that an access token cannot have, or none at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an access token is letters, digits and -._~+/ with = only at its end")]
pub struct InvalidToken;

pub(crate) fn is_bearer(credentials: &Credentials) -> bool {
    credentials.scheme.eq_ignore_ascii_case(BEARER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_stand_in_a_header_field_is_refused() {
        for text in ["", "=", "a b", "a\r\nVia: x", "a=b", "a,b", "\u{e4}"] {
            assert_eq!(BearerToken::new("https://as.biloxi.com", text), Err(InvalidToken), "{text:?}");
        }
        assert!(BearerToken::new("https://as.biloxi.com", "a/b+c==").is_ok());
    }

    // rfc8898#2.1.1
    #[test]
    fn a_token_is_shown_to_who_names_its_authorization_server() {
        let challenge = |realm: &str, server: Option<&str>| BearerChallenge {
            realm: realm.to_owned(),
            authz_server: server.map(str::to_owned),
            scope: None,
            error: None,
        };
        let any = BearerToken::new("https://as.biloxi.com", "t").unwrap();
        assert!(any.answers(&challenge("x", Some("https://as.biloxi.com"))));
        assert!(!any.answers(&challenge("x", Some("https://evil.example"))));
        assert!(!any.answers(&challenge("x", None)));
        let bound = any.with_realm("biloxi.com");
        assert!(bound.answers(&challenge("biloxi.com", None)));
        assert!(!bound.answers(&challenge("biloxi.com", Some("https://evil.example"))));
        assert!(!bound.answers(&challenge("x", Some("https://as.biloxi.com"))));
    }
}
