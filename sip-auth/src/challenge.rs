//! The challenges of a 401 or 407: RFC 3261 §22.2 and §22.3, RFC 7616 §3.3, RFC 8760 §2.4, RFC 8898 §2.1.

use crate::{Algorithm, AuthError, Qop};
use sip_message::{Challenge, ProxyAuthenticate, Response, StatusCode, WwwAuthenticate};

/// Who challenges, told by the header field.
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 has these two header fields")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// WWW-Authenticate, answered in Authorization.
    Server,
    /// Proxy-Authenticate, answered in Proxy-Authorization.
    Proxy,
}

/// A Digest challenge that can be answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct DigestChallenge {
    pub(crate) realm: String,
    pub(crate) nonce: String,
    pub(crate) opaque: Option<String>,
    pub(crate) algorithm: Algorithm,
    /// As the server spells it; it is echoed only when it was sent.
    pub(crate) algorithm_text: Option<String>,
    pub(crate) qop: Option<Qop>,
    /// The server wants the username hashed (RFC 7616 §3.4.4).
    pub(crate) userhash: bool,
    pub(crate) is_stale: bool,
}

/// A challenge for an access token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct BearerChallenge {
    pub(crate) realm: String,
    pub(crate) authz_server: Option<String>,
    pub(crate) scope: Option<String>,
    /// What was wrong with the token that was sent.
    pub(crate) error: Option<String>,
}

/// A challenge of a scheme that is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum KnownChallenge {
    Digest(DigestChallenge),
    Bearer(BearerChallenge),
}

impl KnownChallenge {
    pub(crate) fn realm(&self) -> &str {
        match self {
            Self::Digest(challenge) => &challenge.realm,
            Self::Bearer(challenge) => &challenge.realm,
        }
    }

    fn read(challenge: &Challenge) -> Option<Self> {
        if challenge.scheme.eq_ignore_ascii_case(BEARER) {
            return BearerChallenge::read(challenge).map(Self::Bearer);
        }
        DigestChallenge::read(challenge).map(Self::Digest)
    }
}

/// The answerable challenges of a response, in its order, and the header field they came in.
pub(crate) fn collect(response: &Response) -> Result<(Origin, Vec<KnownChallenge>), AuthError> {
    let (origin, challenges) = read(response);
    if challenges.is_empty() {
        return Err(AuthError::NoChallenge);
    }
    let supported: Vec<_> = challenges.iter().filter_map(KnownChallenge::read).collect();
    if supported.is_empty() {
        return Err(AuthError::NoSupportedChallenge { offered: challenges.iter().map(describe).collect() });
    }
    Ok((origin, supported))
}

impl DigestChallenge {
    /// `None` for what the client must ignore: another scheme, algorithm or qop than those it knows
    /// (rfc8760#2.4), or no realm or nonce.
    fn read(challenge: &Challenge) -> Option<Self> {
        if !challenge.scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let algorithm_text = challenge.get("algorithm").map(str::to_owned);
        let algorithm = match &algorithm_text {
            Some(token) => Algorithm::from_token(token)?,
            None => Algorithm::Md5,
        };
        let qop = match challenge.get("qop") {
            Some(list) => Some(Qop::choose(list)?),
            // rfc8760#2.6 item 8: absent means auth; a session digest cannot be made without it
            None => algorithm.is_session().then_some(Qop::Auth),
        };
        Some(Self {
            realm: challenge.get("realm")?.to_owned(),
            nonce: challenge.get("nonce")?.to_owned(),
            opaque: challenge.get("opaque").map(str::to_owned),
            algorithm,
            algorithm_text,
            qop,
            userhash: is_true(challenge, "userhash"),
            is_stale: is_true(challenge, "stale"),
        })
    }
}

impl BearerChallenge {
    /// `None` without a realm, by which credentials are told apart.
    fn read(challenge: &Challenge) -> Option<Self> {
        let text = |name| challenge.get(name).map(str::to_owned);
        Some(Self {
            realm: text("realm")?,
            authz_server: text("authz_server"),
            scope: text("scope"),
            error: text("error"),
        })
    }
}

fn is_true(challenge: &Challenge, name: &str) -> bool {
    challenge.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Whether the challenges of a response are in the header field of the other status, WWW-Authenticate in a 407 or
/// Proxy-Authenticate in a 401. They are answered all the same, in the field that belongs to theirs; who runs the server
/// should know.
#[must_use]
pub fn is_misplaced(response: &Response) -> bool {
    let (origin, challenges) = read(response);
    let is_own = match response.status() {
        StatusCode::UNAUTHORIZED => origin == Origin::Server,
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => origin == Origin::Proxy,
        _ => true,
    };
    !is_own && !challenges.is_empty()
}

/// The challenges in the header field of the status; those in the other one when it has none, as some 407 do.
fn read(response: &Response) -> (Origin, Vec<Challenge>) {
    let headers = response.headers();
    let server = || headers.list::<WwwAuthenticate>().flatten().map(|header| header.0).collect::<Vec<_>>();
    let proxy = || headers.list::<ProxyAuthenticate>().flatten().map(|header| header.0).collect::<Vec<_>>();
    match response.status() {
        StatusCode::UNAUTHORIZED => first_filled((Origin::Server, server()), || (Origin::Proxy, proxy())),
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            first_filled((Origin::Proxy, proxy()), || (Origin::Server, server()))
        }
        _ => (Origin::Server, Vec::new()),
    }
}

type Read = (Origin, Vec<Challenge>);

fn first_filled(first: Read, second: impl FnOnce() -> Read) -> Read {
    if first.1.is_empty() { second() } else { first }
}

fn describe(challenge: &Challenge) -> String {
    match challenge.get("algorithm") {
        Some(algorithm) => format!("{} {algorithm}", challenge.scheme),
        None => challenge.scheme.clone(),
    }
}

/// The name of the scheme, RFC 6750 §2.1.
pub(crate) const BEARER: &str = "Bearer";
