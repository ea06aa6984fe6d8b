//! The `algorithm` parameter, RFC 7616 §6.1 and RFC 8760 §2.1, and the hash functions behind it.

use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};
use std::fmt;
use std::fmt::Write as _;

/// A digest algorithm. The order is that of preference: the greater one is the stronger, and of two with the same
/// hash the one without `-sess`, which more peers get right.
#[expect(
    clippy::exhaustive_enums,
    reason = "the registry of RFC 7616 section 6.1 is closed but for new RFCs"
)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Algorithm {
    /// `MD5-sess`.
    Md5Sess,
    /// `MD5`, the default of a challenge that names none.
    Md5,
    /// `SHA-256-sess`.
    Sha256Sess,
    /// `SHA-256`.
    Sha256,
    /// `SHA-512-256-sess`.
    Sha512_256Sess,
    /// `SHA-512-256`: SHA-512/256 of FIPS 180-4, which is not a truncated SHA-512.
    Sha512_256,
}

impl Algorithm {
    /// Every algorithm, the strongest first.
    pub const ALL: [Self; 6] =
        [Self::Sha512_256, Self::Sha512_256Sess, Self::Sha256, Self::Sha256Sess, Self::Md5, Self::Md5Sess];

    /// The algorithm with this name in the IANA registry, letter case ignored.
    ///
    /// ```
    /// # use sip_auth::Algorithm;
    /// assert_eq!(Algorithm::from_token("sha-256"), Some(Algorithm::Sha256));
    /// assert_eq!(Algorithm::from_token("AKAv1-MD5"), None);
    /// ```
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(token))
    }

    /// The name in the IANA registry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
            Self::Sha512_256 => "SHA-512-256",
            Self::Sha512_256Sess => "SHA-512-256-sess",
        }
    }

    /// Whether A1 is bound to the nonce and cnonce of a session (RFC 7616 §3.4.2).
    #[must_use]
    pub const fn is_session(self) -> bool {
        matches!(self, Self::Md5Sess | Self::Sha256Sess | Self::Sha512_256Sess)
    }

    /// Whether both use the same hash function, so that an H(A1) of one serves the other.
    #[must_use]
    pub fn shares_hash(self, other: Self) -> bool {
        self.without_session() == other.without_session()
    }

    /// H(parts joined with colons), in lower-case hexadecimal (RFC 7616 §3.3, RFC 8760 §2.2).
    pub(crate) fn hash(self, parts: &[&[u8]]) -> String {
        match self.without_session() {
            Self::Md5 | Self::Md5Sess => hash_joined::<Md5>(parts),
            Self::Sha256 | Self::Sha256Sess => hash_joined::<Sha256>(parts),
            Self::Sha512_256 | Self::Sha512_256Sess => hash_joined::<Sha512_256>(parts),
        }
    }

    /// How many hexadecimal digits a digest has.
    pub(crate) const fn hex_length(self) -> usize {
        match self {
            Self::Md5 | Self::Md5Sess => 32,
            Self::Sha256 | Self::Sha256Sess | Self::Sha512_256 | Self::Sha512_256Sess => 64,
        }
    }

    const fn without_session(self) -> Self {
        match self {
            Self::Md5 | Self::Md5Sess => Self::Md5,
            Self::Sha256 | Self::Sha256Sess => Self::Sha256,
            Self::Sha512_256 | Self::Sha512_256Sess => Self::Sha512_256,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `bytes` in lower-case hexadecimal.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
    }
    text
}

fn hash_joined<D: Digest>(parts: &[&[u8]]) -> String {
    let mut hasher = D::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hasher.update(b":");
        }
        hasher.update(part);
    }
    to_hex(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_again_and_sized_right() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_token(algorithm.as_str()), Some(algorithm));
            assert_eq!(algorithm.hash(&[b""]).len(), algorithm.hex_length());
        }
        assert!(Algorithm::ALL.is_sorted_by(|stronger, weaker| stronger > weaker));
    }

    #[test]
    fn empty_body_hashes_as_the_rfcs_print_it() {
        // rfc3261#22.4 item 7, rfc8760#2.6 item 7
        assert_eq!(Algorithm::Md5.hash(&[b""]), "d41d8cd98f00b204e9800998ecf8427e");
        let sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Algorithm::Sha256Sess.hash(&[b""]), sha256);
    }
}
