//! The quality of protection, RFC 7616 §3.3 (challenge) and §3.4 (credentials).

use std::fmt;

/// What a digest protects.
#[expect(clippy::exhaustive_enums, reason = "RFC 7616 section 3.3 names these two")]
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Qop {
    /// `auth`: method and URI.
    Auth,
    /// `auth-int`: method, URI and body.
    AuthInt,
}

impl Qop {
    /// The value with this name, letter case ignored.
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        [Self::Auth, Self::AuthInt].into_iter().find(|qop| qop.as_str().eq_ignore_ascii_case(token))
    }

    /// The name in header fields.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }

    /// The choice from the list of a challenge: `auth` where offered, since a border element may change a body;
    /// `None` when nothing in the list is known.
    pub(crate) fn choose(list: &str) -> Option<Self> {
        let offered = |wanted| list.split(',').any(|item| Self::from_token(item.trim()) == Some(wanted));
        [Self::Auth, Self::AuthInt].into_iter().find(|qop| offered(*qop))
    }
}

impl fmt::Display for Qop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_is_preferred_and_unknown_values_are_skipped() {
        assert_eq!(Qop::choose("auth-int,auth"), Some(Qop::Auth));
        assert_eq!(Qop::choose("token, AUTH-INT"), Some(Qop::AuthInt));
        assert_eq!(Qop::choose("auth-conf"), None);
    }
}
