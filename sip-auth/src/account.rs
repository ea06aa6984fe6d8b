//! Who a user agent is in a realm: the protection domain of RFC 3261 §22.1.

use crate::submitted::Submitted;
use crate::{Algorithm, InvalidHa1, Secret};
use sip_message::{Credentials, Request};

/// A username with its secret, for one realm or for every realm that has no account of its own.
///
/// `Debug` shows the username and the realm, never the secret.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    username: String,
    secret: Secret,
    realm: Option<String>,
}

impl Account {
    /// An account for any realm. The password is octets, of any value.
    ///
    /// Whoever challenges gets a digest to try passwords on, a callee as well; name the realm where it is known.
    ///
    /// ```
    /// # use sip_auth::Account;
    /// let account = Account::password("bob", "zan$$ibar%^@").with_realm("biloxi.com");
    /// assert!(!format!("{account:?}").contains("ibar"));
    /// ```
    #[must_use]
    pub fn password(username: impl Into<String>, password: impl AsRef<[u8]>) -> Self {
        Self { username: username.into(), secret: Secret::password(password), realm: None }
    }

    /// An account that knows H(username ":" realm ":" password) in hexadecimal instead of the password. It answers
    /// challenges with the hash function of `algorithm` only.
    ///
    /// # Errors
    /// When `hex` is not as many hexadecimal digits as the algorithm makes.
    pub fn ha1(
        username: impl Into<String>,
        realm: impl Into<String>,
        algorithm: Algorithm,
        hex: &str,
    ) -> Result<Self, InvalidHa1> {
        let secret = Secret::ha1(algorithm, hex)?;
        Ok(Self { username: username.into(), secret, realm: Some(realm.into()) })
    }

    /// The account for this realm only.
    #[must_use]
    pub fn with_realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = Some(realm.into());
        self
    }

    /// The username as it goes into the digest, without quoting.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The realm it is for; `None` for any.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        self.realm.as_deref()
    }

    /// The account for a challenge: one that names the realm before one for any.
    pub(crate) fn find<'a>(accounts: &'a [Self], realm: &str, algorithm: Algorithm) -> Option<&'a Self> {
        let find = |wanted| {
            let mut serving = accounts.iter().filter(|account| account.secret.serves(algorithm));
            serving.find(|account| account.realm() == wanted)
        };
        find(Some(realm)).or_else(|| find(None))
    }

    pub(crate) fn is_for(&self, realm: &str) -> bool {
        self.realm().is_none_or(|own| own == realm)
    }

    /// Whether the username can stand in a quoted string (RFC 3261 §25.1): no line ends, no NUL.
    pub(crate) fn is_sendable(&self) -> bool {
        !self.username.contains(['\r', '\n', '\0'])
    }

    /// Whether the digest `used` in `sent` was made with the secret of this account, not with one that it replaced.
    pub(crate) fn has_made(&self, used: &Credentials, sent: &Request) -> bool {
        let Ok(used) = Submitted::read(used) else { return false };
        let ha1 = self.ha1_for(used.algorithm, used.realm);
        ha1.is_some_and(|ha1| used.expected_response(&ha1, sent.method(), sent) == used.response)
    }

    pub(crate) fn ha1_for(&self, algorithm: Algorithm, realm: &str) -> Option<String> {
        self.secret.ha1_for(algorithm, &self.username, realm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_realm_comes_before_any() {
        let stored = Account::ha1("ha1", "biloxi.com", Algorithm::Md5, &"0".repeat(32)).unwrap();
        let named = Account::password("bob", "y").with_realm("biloxi.com");
        let accounts = [Account::password("any", "x"), stored, named];
        let username = |realm, algorithm| Account::find(&accounts, realm, algorithm).unwrap().username();
        assert_eq!(username("biloxi.com", Algorithm::Md5Sess), "ha1");
        assert_eq!(username("biloxi.com", Algorithm::Sha256), "bob");
        assert_eq!(username("atlanta.com", Algorithm::Md5), "any");
        assert_eq!(Account::find(&accounts[1..], "atlanta.com", Algorithm::Md5), None);
    }
}
