//! The authentication session of RFC 7616 §3.6: what is remembered of a challenge, to answer it with each request.

use crate::BearerToken;
use crate::bearer_token::is_bearer;
use crate::challenge::Origin;
use crate::digest_proof::DigestProof;
use sip_clock::TokenSource;
use sip_message::{CallId, Credentials, Method, Request};

/// One challenge that is being answered.
#[derive(Debug)]
pub(crate) struct AuthenticationSession {
    origin: Origin,
    scope: Scope,
    realm: String,
    proof: Proof,
}

/// What answers the challenge.
#[derive(Debug)]
pub(crate) enum Proof {
    Digest(DigestProof),
    Bearer(BearerToken),
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
    pub(crate) fn new((origin, scope): (Origin, Scope), realm: String, proof: Proof) -> Self {
        Self { origin, scope, realm, proof }
    }

    /// Goes on counting where `other` stands, when both use the same nonce.
    pub(crate) fn continue_count(&mut self, other: &Self) {
        if let (Proof::Digest(own), Proof::Digest(other)) = (&mut self.proof, &other.proof) {
            own.continue_count(other);
        }
    }

    /// The credentials for `request`; `None` once the nonce count is used up, so that the server is asked again.
    pub(crate) fn credentials(&mut self, request: &Request, tokens: &mut TokenSource) -> Option<Credentials> {
        match &mut self.proof {
            Proof::Digest(digest) => digest.credentials(request, tokens),
            Proof::Bearer(token) => Some(token.credentials()),
        }
    }

    /// Shows `new` where it showed `old`.
    pub(crate) fn renew(&mut self, old: &BearerToken, new: &BearerToken) {
        if let Proof::Bearer(token) = &mut self.proof
            && token == old
        {
            *token = new.clone();
        }
    }

    /// Whether it is a digest for this realm, or for any when that is `None`.
    pub(crate) fn is_digest_in(&self, realm: Option<&str>) -> bool {
        matches!(self.proof, Proof::Digest(_)) && realm.is_none_or(|realm| realm == self.realm)
    }

    /// The digest that answers challenges of this realm, if it is a digest.
    pub(crate) fn digest_for(&mut self, origin: Origin, realm: &str) -> Option<&mut DigestProof> {
        if !self.answers(origin, realm) {
            return None;
        }
        match &mut self.proof {
            Proof::Digest(digest) => Some(digest),
            Proof::Bearer(_) => None,
        }
    }

    /// Whether `old` are credentials of an earlier request that those of this session replace.
    pub(crate) fn replaces_credentials(&self, old: &Credentials) -> bool {
        match &self.proof {
            Proof::Digest(_) => is_digest_for(old, &self.realm),
            Proof::Bearer(_) => is_bearer(old),
        }
    }

    pub(crate) fn answers(&self, origin: Origin, realm: &str) -> bool {
        self.origin == origin && self.realm == realm
    }

    pub(crate) fn replaces(&self, other: &Self) -> bool {
        self.answers(other.origin, &other.realm) && self.scope == other.scope
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
        &self.realm
    }
}

/// Whether these are digest credentials for this realm.
pub(crate) fn is_digest_for(credentials: &Credentials, realm: &str) -> bool {
    credentials.scheme.eq_ignore_ascii_case("Digest") && credentials.get("realm") == Some(realm)
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
