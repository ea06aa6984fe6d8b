//! The authentication session of RFC 7616 §3.6: what is remembered of a challenge, to answer it with each request.

use crate::challenge::{DigestChallenge, Origin};
use crate::digest::{DigestInput, Protection};
use sip_clock::TokenSource;
use sip_message::{CallId, Credentials, Method, Request};
use std::fmt;

/// One challenge that is being answered.
pub(crate) struct AuthenticationSession {
    origin: Origin,
    scope: Scope,
    username: String,
    ha1: String,
    challenge: DigestChallenge,
    nonce_count: u32,
    /// The cnonce that a `-sess` algorithm binds A1 to; it stays for the session (RFC 7616 §3.4.2).
    session_cnonce: Option<String>,
}

/// Which requests carry the credentials without being asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Scope {
    /// Each one: the proxy is ours.
    Everywhere,
    /// Those to this host of the Request-URI.
    Host(String),
    /// Those with this Call-ID.
    Call(String),
}

impl AuthenticationSession {
    pub(crate) fn new(
        (origin, scope): (Origin, Scope),
        (username, ha1): (String, String),
        challenge: DigestChallenge,
    ) -> Self {
        Self { origin, scope, username, ha1, challenge, nonce_count: 0, session_cnonce: None }
    }

    /// Goes on counting where `other` stands, when both use the same nonce.
    pub(crate) fn continue_count(&mut self, other: &Self) {
        if self.challenge.nonce == other.challenge.nonce {
            self.nonce_count = self.nonce_count.max(other.nonce_count);
        }
    }

    /// The credentials for `request`; `None` once the nonce count is used up, so that the server is asked again.
    pub(crate) fn credentials(&mut self, request: &Request, tokens: &mut TokenSource) -> Option<Credentials> {
        self.nonce_count = self.nonce_count.checked_add(1)?;
        let nc = format!("{:08x}", self.nonce_count);
        let cnonce = self.cnonce(tokens);
        let challenge = &self.challenge;
        let input = DigestInput {
            algorithm: challenge.algorithm,
            method: request.method().as_str(),
            uri: request.request_uri(),
            body: request.body(),
            nonce: &challenge.nonce,
            protection: challenge.qop.map(|qop| Protection { qop, nc: &nc, cnonce: &cnonce }),
        };
        Some(self.write(&input))
    }

    pub(crate) fn answers(&self, origin: Origin, realm: &str) -> bool {
        self.origin == origin && self.challenge.realm == realm
    }

    pub(crate) fn replaces(&self, other: &Self) -> bool {
        self.answers(other.origin, &other.challenge.realm) && self.scope == other.scope
    }

    pub(crate) fn applies_to(&self, target: &Target) -> bool {
        match &self.scope {
            Scope::Everywhere => true,
            Scope::Host(host) => target.host.as_ref() == Some(host),
            Scope::Call(call_id) => target.call_id.as_ref() == Some(call_id),
        }
    }

    pub(crate) const fn origin(&self) -> Origin {
        self.origin
    }

    pub(crate) fn realm(&self) -> &str {
        &self.challenge.realm
    }

    fn cnonce(&mut self, tokens: &mut TokenSource) -> String {
        if !self.challenge.algorithm.is_session() {
            return tokens.token(CNONCE_LENGTH);
        }
        self.session_cnonce.get_or_insert_with(|| tokens.token(CNONCE_LENGTH)).clone()
    }

    fn write(&self, input: &DigestInput<'_>) -> Credentials {
        let mut credentials = Credentials::new("Digest")
            .with("username", &self.username)
            .with("realm", &self.challenge.realm)
            .with("nonce", &self.challenge.nonce)
            // rfc3261#22.4/3: quoted, which the grammar of RFC 2617 forgot
            .with("uri", input.uri)
            .with("response", &input.response(&self.ha1));
        if let Some(algorithm) = &self.challenge.algorithm_text {
            credentials = credentials.with("algorithm", algorithm);
        }
        // rfc3261#22.4/4,6: cnonce and nc only together with qop
        if let Some(Protection { qop, nc, cnonce }) = &input.protection {
            credentials = credentials.with("cnonce", cnonce).with("qop", qop.as_str()).with("nc", nc);
        }
        if let Some(opaque) = &self.challenge.opaque {
            credentials = credentials.with("opaque", opaque);
        }
        credentials
    }
}

impl fmt::Debug for AuthenticationSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticationSession")
            .field("origin", &self.origin)
            .field("scope", &self.scope)
            .field("username", &self.username)
            .field("challenge", &self.challenge)
            .field("nonce_count", &self.nonce_count)
            .finish_non_exhaustive()
    }
}

/// What a [`Scope`] looks at in a request.
pub(crate) struct Target {
    host: Option<String>,
    call_id: Option<String>,
}

impl Target {
    pub(crate) fn of(request: &Request) -> Self {
        let uri = request.uri().ok();
        let host = uri.as_ref().and_then(|uri| uri.as_sip()).map(|uri| uri.host().to_string());
        let call_id = request.headers().typed::<CallId>().ok().flatten();
        Self { host: host.map(|host| host.to_ascii_lowercase()), call_id: call_id.map(|id| id.0) }
    }

    /// The host of the Request-URI; the call where there is none (a tel URI).
    pub(crate) fn host_scope(self) -> Scope {
        match self.host {
            Some(host) => Scope::Host(host),
            None => self.call_scope(),
        }
    }

    /// The call, by its Call-ID.
    pub(crate) fn call_scope(self) -> Scope {
        Scope::Call(self.call_id.unwrap_or_default())
    }
}

/// Whether the method can be challenged at all.
// rfc3261#22.1/7-8: ACK has no response and CANCEL cannot be sent again
pub(crate) const fn is_challengeable(method: &Method) -> bool {
    !matches!(method, Method::Ack | Method::Cancel)
}

/// 80 random bits.
const CNONCE_LENGTH: usize = 16;
