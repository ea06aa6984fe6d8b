//! Authorization and Proxy-Authorization (RFC 3261 §20.7, §20.28, RFC 7616 §3.4).

use super::challenge::{encode_auth, scheme_and_params, set_auth_param};
use crate::grammar::decode;
use crate::{Header, HeaderError, HeaderName, Params};

/// The answer to a challenge: a scheme and its parameters (RFC 3261 §20.7, RFC 7616 §3.4).
///
/// ```
/// # use sip_message::{Authorization, Credentials, Header};
/// let credentials = Credentials::new("Digest").with("username", "alice").with("qop", "auth").with("nc", "00000001");
/// assert_eq!(Authorization(credentials).encoded(), r#"Digest username="alice", qop=auth, nc=00000001"#);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Credentials {
    /// The scheme, e.g. `Digest`.
    pub scheme: String,
    /// `username`, `response` and so on; each remembers whether it was quoted.
    pub params: Params,
}

impl Credentials {
    /// Credentials without parameters.
    #[must_use]
    pub fn new(scheme: &str) -> Self {
        Self { scheme: scheme.to_owned(), params: Params::new() }
    }

    /// Sets a parameter, quoted where RFC 7616 §3.4 quotes it: all but `algorithm`, `qop`, `nc`, `userhash`,
    /// `username*`.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        set_auth_param(&mut self.params, name, value, &["algorithm", "qop", "nc", "userhash", "username*"]);
        self
    }

    /// The value of a parameter, without quotes.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.get(name)
    }
}

/// The scheme and the names of the parameters: values may be secrets, as with Basic and Bearer.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.params.iter().map(|(name, value)| value.map_or("…", |_| name)).collect();
        f.debug_struct("Credentials").field("scheme", &self.scheme).field("params", &names).finish()
    }
}

/// Declares a header field that carries credentials.
macro_rules! credentials_header {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(pub Credentials);

        impl Header for $name {
            const NAME: HeaderName = HeaderName::$name;
            const REPEATABLE: bool = true;

            /// `credentials = auth-scheme LWS auth-param *(COMMA auth-param)`
            fn decode(value: &str) -> Result<Self, HeaderError> {
                let (scheme, params) = decode(&Self::NAME, value, scheme_and_params)?;
                Ok(Self(Credentials { scheme, params }))
            }

            fn encode(&self, out: &mut String) {
                encode_auth(&self.0.scheme, &self.0.params, out);
            }
        }
    };
}

credentials_header! {
    /// Credentials for a user agent server or registrar. Those for several realms stand in several fields (RFC 3261
    /// §20.7).
    Authorization
}

credentials_header! {
    /// Credentials for a proxy. Those for several realms stand in several fields (RFC 3261 §20.28).
    ProxyAuthorization
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_quotes() {
        let text = r#"Digest username="b, \"o\" b",realm = "r", nc=00000001, uri="sip:a@b;x=1""#;
        let credentials = Authorization::decode(text).unwrap().0;
        assert_eq!(credentials.get("Username"), Some("b, \"o\" b"));
        assert_eq!(credentials.get("uri"), Some("sip:a@b;x=1"));
        let printed = ProxyAuthorization(credentials.clone()).encoded();
        assert_eq!(printed, r#"Digest username="b, \"o\" b", realm="r", nc=00000001, uri="sip:a@b;x=1""#);
        assert_eq!(Authorization::decode(&printed).unwrap().0, credentials);
    }

    #[test]
    fn other_schemes_are_kept() {
        let bearer = Authorization::decode("Bearer abc.def==").unwrap();
        assert_eq!(bearer.encoded(), "Bearer abc.def==");
        assert!(!format!("{bearer:?}").contains("abc"));
        assert!(Authorization::decode("NTLM").unwrap().0.params.is_empty());
        assert!(Authorization::decode("Digest realm=\"a").is_err());
        assert!(Authorization::decode("Digest realm=\"a\"; nonce=\"b\"").is_err());
        assert!(Authorization::decode("").is_err());
    }
}
