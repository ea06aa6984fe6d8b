//! The fingerprint of a certificate: SHA-256 over its DER form, as RFC 8122 §5 writes it.

use std::fmt;
use std::str::FromStr;

/// A SHA-256 fingerprint, by which one certificate is told from all others.
///
/// ```
/// # use sip_transport_ws::native::Fingerprint;
/// let text = format!("{}00", "AB:".repeat(31));
/// let fingerprint: Fingerprint = text.parse()?;
/// assert_eq!(fingerprint.to_string(), text);
/// assert_eq!(text.replace(':', "").to_lowercase().parse(), Ok(fingerprint));
/// # Ok::<(), sip_transport_ws::native::ParseFingerprintError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint with these octets.
    #[must_use]
    pub const fn new(sha256: [u8; 32]) -> Self {
        Self(sha256)
    }

    /// Its octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let colon = if index == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    /// Reads 64 hexadecimal digits, in any letter case, with or without colons between the octets.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':').collect();
        let octets = data_encoding::HEXUPPER_PERMISSIVE.decode(&digits).map_err(|_| ParseFingerprintError)?;
        octets.try_into().map(Self).map_err(|_| ParseFingerprintError)
    }
}

/// A text that is no SHA-256 fingerprint.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a SHA-256 fingerprint is 64 hexadecimal digits")]
pub struct ParseFingerprintError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_sha256_is_refused() {
        for text in ["", "AB", &"AB".repeat(31), &"AB".repeat(33), &"XY".repeat(32), &"A".repeat(63)] {
            assert_eq!(text.parse::<Fingerprint>(), Err(ParseFingerprintError), "{text}");
        }
    }
}
