//! Authentication-Info: what a server says after successful digest authentication (RFC 3261 §20.6, RFC 7616 §3.5).

use super::challenge::set_auth_param;
use crate::grammar::decode;
use crate::params::auth_params;
use crate::{Header, HeaderError, HeaderName, Params};

/// `nextnonce`, `rspauth` and so on (RFC 3261 §20.6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AuthenticationInfo {
    /// The parameters; each remembers whether it was quoted.
    pub params: Params,
}

impl AuthenticationInfo {
    /// Sets a parameter, quoted where RFC 7616 §3.5 quotes it: all but `qop` and `nc`.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        set_auth_param(&mut self.params, name, value, &["qop", "nc"]);
        self
    }

    /// The value of a parameter, without quotes.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.get(name)
    }
}

impl Header for AuthenticationInfo {
    const NAME: HeaderName = HeaderName::AuthenticationInfo;

    /// `ainfo *(COMMA ainfo)`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        decode(&Self::NAME, value, auth_params).map(|params| Self { params })
    }

    fn encode(&self, out: &mut String) {
        self.params.encode_with_commas(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let info = AuthenticationInfo::default().with("nextnonce", "n").with("qop", "auth");
        assert_eq!(info.encoded(), r#"nextnonce="n", qop=auth"#);
        assert_eq!(AuthenticationInfo::decode(&info.encoded()).unwrap(), info);
        assert_eq!(info.get("QOP"), Some("auth"));
    }
}
