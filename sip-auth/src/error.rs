//! Why authentication fails: for the client by RFC 3261 §22.1 to §22.3, for the server by RFC 7616 §3.4 to §3.6.

use sip_message::StatusCode;

/// Why a challenge cannot be answered; the request has failed and is not to be sent again as it is.
#[non_exhaustive]
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AuthError {
    /// The peer misbehaved: a 401 or 407 (or what was handed in) has no readable challenge.
    #[error("the response carries no challenge")]
    NoChallenge,
    /// No challenge asks for a scheme, algorithm and qop that this crate and the accounts know.
    #[error("no supported challenge among {offered:?}")]
    NoSupportedChallenge {
        /// The schemes, for Digest with the algorithm, in the order of the response.
        offered: Vec<String>,
    },
    // rfc3261#22.1/10: so that the user can be asked for one
    /// There is no account for the realm.
    #[error("no account for the realm {realm:?}")]
    NoAccount {
        /// The topmost realm of the response.
        realm: String,
    },
    /// Only an access token will do, and there is none that may be shown to this server (RFC 8898 §2.1.1). Get one,
    /// hand it to [`AuthClient::set_token`](crate::AuthClient::set_token), and handle the response again.
    #[error("no access token for the realm {realm:?}")]
    NoToken {
        /// The realm of the challenge.
        realm: String,
        /// The authorization server to get one from, as the challenge names it. Check that you trust it.
        authz_server: Option<String>,
        /// The scopes the token has to have, separated by spaces.
        scope: Option<String>,
    },
    /// The server refused the access token.
    #[error("the access token for the realm {realm:?} was refused")]
    TokenRefused {
        /// The realm of the challenge.
        realm: String,
        /// The error code of RFC 6750 §3.1, such as `invalid_token`.
        error: Option<String>,
    },
    /// The username of the account cannot stand in a header field: it contains CR, LF or NUL.
    #[error("the username for the realm {realm:?} has a line end or NUL")]
    UnusableUsername {
        /// The realm of the challenge.
        realm: String,
    },
    /// The server refused the credentials themselves.
    #[error("wrong username or password for the realm {realm:?}")]
    WrongCredentials {
        /// The realm of the challenge.
        realm: String,
    },
    /// The server keeps challenging the same request.
    #[error("challenged too often")]
    TooManyAttempts,
}

/// Why credentials are not accepted.
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// The scheme is not Digest; Basic is forbidden by RFC 3261 §22.
    #[error("not Digest credentials")]
    NotDigest,
    /// A parameter that has to be there is missing or malformed.
    #[error("parameter {parameter} is missing or malformed")]
    Malformed {
        /// Its name.
        parameter: &'static str,
    },
    /// The credentials are for another realm.
    #[error("credentials for another realm")]
    OtherRealm,
    /// The algorithm is unknown or was not offered.
    #[error("algorithm not offered")]
    AlgorithmNotOffered,
    /// The `uri` parameter names another resource than the Request-URI.
    #[error("the uri parameter differs from the Request-URI")]
    OtherUri,
    /// No such user, or its secret does not serve the algorithm. Do not tell the peer which.
    #[error("unknown user")]
    UnknownUser,
    /// The digest is not the expected one.
    #[error("wrong digest")]
    WrongResponse,
    /// The digest is right but the nonce is too old, or none of ours.
    #[error("stale nonce")]
    Stale,
    /// The digest is right but this nonce count was used before.
    #[error("nonce count used before")]
    Replayed,
}

impl Refusal {
    /// Whether the next challenge says `stale=true`: the user need not be asked for the password again.
    #[must_use]
    pub const fn is_stale(self) -> bool {
        matches!(self, Self::Stale | Self::Replayed)
    }

    /// What is owed to the peer: 400 for credentials that cannot be read (RFC 7616 §3.4), else a new challenge in
    /// a 401; a proxy sends 407 in its place (RFC 3261 §22.3).
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Malformed { .. } | Self::OtherUri => StatusCode::BAD_REQUEST,
            Self::NotDigest
            | Self::OtherRealm
            | Self::AlgorithmNotOffered
            | Self::UnknownUser
            | Self::WrongResponse
            | Self::Stale
            | Self::Replayed => StatusCode::UNAUTHORIZED,
        }
    }
}
