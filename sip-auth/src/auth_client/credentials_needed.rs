//! Credentials that a user has to be asked for: RFC 3261 §22.1, when there are none for a realm or they were refused.

use super::{AuthClient, KnownChallenge};
use crate::challenge::{self, BearerChallenge};
use crate::{Account, Algorithm, Attempts, AuthError, BearerToken, Origin};
use sip_message::{Method, Request, Response};

/// Credentials that somebody asks for and that are not there: what a user has to know before answering.
///
/// Whoever is on the way of a request can ask, for any realm; `method` and `request_uri` tell whom it went to.
#[non_exhaustive]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CredentialsNeeded {
    /// Who asks: a server or a proxy.
    pub origin: Origin,
    /// The realm, to be shown to the user (RFC 3261 §22.1).
    pub realm: String,
    /// The algorithms of Digest that the server offers and that we know; none when it takes tokens only.
    pub algorithms: Vec<Algorithm>,
    /// The access token that it takes, if it does (RFC 8898).
    pub token: Option<TokenNeeded>,
    /// The method of the request that was challenged.
    pub method: Method,
    /// The Request-URI of it.
    pub request_uri: String,
    /// Whether credentials were sent for this realm and refused.
    pub was_refused: bool,
}

/// Which access token a server takes (RFC 8898 §2.1.1).
#[non_exhaustive]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenNeeded {
    /// The authorization server to get one from, as the challenge names it. Check that you trust it.
    pub authz_server: Option<String>,
    /// The scopes the token has to have, separated by spaces.
    pub scope: Option<String>,
}

/// What a user answers with.
#[expect(clippy::exhaustive_enums, reason = "there is one kind for each scheme")]
#[derive(Clone, Debug)]
pub enum CredentialsAnswer {
    /// A username with a password or an H(A1), for Digest.
    Account(Account),
    /// An access token, for Bearer.
    Token(BearerToken),
}

impl AuthClient {
    /// What the user has to be asked for before [`handle_challenge`](Self::handle_challenge) takes this response: one
    /// for each realm for which there are no credentials, or refused ones. Hand each answer to
    /// [`provide`](Self::provide), or note in `attempts` that there is none ([`Attempts::decline`]).
    ///
    /// Nothing is asked for once the request was sent again as often as it may be.
    // rfc3261#22.1/10
    #[must_use]
    pub fn credentials_needed(
        &self,
        sent: &Request,
        response: &Response,
        attempts: &Attempts,
    ) -> Vec<CredentialsNeeded> {
        let Ok((origin, challenges)) = challenge::collect(response) else { return Vec::new() };
        let mut needed: Vec<CredentialsNeeded> = Vec::new();
        if attempts.answered() >= Attempts::MAXIMUM {
            return needed;
        }
        for realm in challenges.iter().map(KnownChallenge::realm) {
            let is_known = needed.iter().any(|known| known.realm == realm);
            if is_known || attempts.was_declined(origin, realm) {
                continue;
            }
            let mut attempts = attempts.clone();
            let outcome = self
                .choose_in(realm, &challenges)
                .map(|chosen| self.check(origin, &chosen, sent, &mut attempts));
            if !matches!(outcome, Some(Ok(()))) {
                let was_refused = matches!(
                    outcome,
                    Some(Err(AuthError::WrongCredentials { .. } | AuthError::TokenRefused { .. }))
                );
                needed.push(CredentialsNeeded::read((origin, realm), &challenges, sent, was_refused));
            }
        }
        needed
    }

    /// Takes what the user answered, for the realm that was asked about and no other.
    pub fn provide(&mut self, needed: &CredentialsNeeded, answer: CredentialsAnswer) {
        match answer {
            CredentialsAnswer::Account(account) => self.add_account(account.with_realm(&needed.realm)),
            CredentialsAnswer::Token(token) => self.set_token(token.with_realm(&needed.realm)),
        }
    }
}

impl CredentialsNeeded {
    fn read(
        (origin, realm): (Origin, &str),
        challenges: &[KnownChallenge],
        sent: &Request,
        was_refused: bool,
    ) -> Self {
        let mut needed = Self {
            origin,
            realm: realm.to_owned(),
            algorithms: Vec::new(),
            token: None,
            method: sent.method().clone(),
            request_uri: sent.request_uri().to_owned(),
            was_refused,
        };
        for challenge in challenges.iter().filter(|challenge| challenge.realm() == realm) {
            match challenge {
                KnownChallenge::Digest(digest) => needed.algorithms.push(digest.algorithm),
                KnownChallenge::Bearer(BearerChallenge { authz_server, scope, .. }) => {
                    let (authz_server, scope) = (authz_server.clone(), scope.clone());
                    needed.token.get_or_insert(TokenNeeded { authz_server, scope });
                }
            }
        }
        needed
    }
}
