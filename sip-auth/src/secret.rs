//! What proves a user: a password or its H(A1) (RFC 7616 §3.4.2), never shown by `Debug`.

use crate::{Algorithm, digest};
use std::fmt;

/// A password, or what a server stores instead of it.
///
/// ```
/// # use sip_auth::Secret;
/// assert_eq!(format!("{:?}", Secret::from("zanzibar")), "Secret(..)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Kind);

impl Secret {
    /// A password as octets; nothing in it is escaped, normalised or substituted.
    #[must_use]
    pub fn password(password: impl AsRef<[u8]>) -> Self {
        Self(Kind::Password(password.as_ref().into()))
    }

    /// H(username ":" realm ":" password) in hexadecimal, valid for the hash function of `algorithm` only.
    ///
    /// # Errors
    /// When `hex` is not as many hexadecimal digits as the algorithm makes.
    pub fn ha1(algorithm: Algorithm, hex: &str) -> Result<Self, InvalidHa1> {
        let is_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex || hex.len() != algorithm.hex_length() {
            return Err(InvalidHa1 { algorithm });
        }
        Ok(Self(Kind::Ha1 { algorithm, hex: hex.to_ascii_lowercase() }))
    }

    /// H(A1) without the session part, or `None` when the stored hash is one of another function.
    pub(crate) fn ha1_for(&self, wanted: Algorithm, username: &str, realm: &str) -> Option<String> {
        match &self.0 {
            Kind::Password(password) => Some(digest::ha1(wanted, username, realm, password)),
            Kind::Ha1 { algorithm, hex } => algorithm.shares_hash(wanted).then(|| hex.to_owned()),
        }
    }

    pub(crate) fn serves(&self, wanted: Algorithm) -> bool {
        match &self.0 {
            Kind::Password(_) => true,
            Kind::Ha1 { algorithm, .. } => algorithm.shares_hash(wanted),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<&str> for Secret {
    fn from(password: &str) -> Self {
        Self::password(password)
    }
}

impl From<String> for Secret {
    fn from(password: String) -> Self {
        Self(Kind::Password(password.into_bytes().into()))
    }
}

impl From<Vec<u8>> for Secret {
    fn from(password: Vec<u8>) -> Self {
        Self(Kind::Password(password.into()))
    }
}

/// An H(A1) that is not one: wrong length or not hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an H(A1) for {algorithm} is {} hexadecimal digits", .algorithm.hex_length())]
pub struct InvalidHa1 {
    algorithm: Algorithm,
}

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Password(Box<[u8]>),
    Ha1 { algorithm: Algorithm, hex: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ha1_serves_its_own_hash_function_only() {
        let stored = digest::ha1(Algorithm::Md5, "bob", "biloxi.com", b"zanzibar");
        let secret = Secret::ha1(Algorithm::Md5, &stored.to_uppercase()).unwrap();
        assert_eq!(secret.ha1_for(Algorithm::Md5Sess, "bob", "biloxi.com"), Some(stored));
        assert_eq!(secret.ha1_for(Algorithm::Sha256, "bob", "biloxi.com"), None);
    }

    #[test]
    fn a_malformed_ha1_is_refused() {
        let error = Secret::ha1(Algorithm::Sha256, "d41d8cd98f00b204e9800998ecf8427e").unwrap_err();
        assert_eq!(error.to_string(), "an H(A1) for SHA-256 is 64 hexadecimal digits");
        assert!(Secret::ha1(Algorithm::Md5, "z41d8cd98f00b204e9800998ecf8427e").is_err());
    }
}
