//! MIME-Version: the version of MIME that a message follows (RFC 3261 §20.24).

use crate::grammar::{decode, number, separator};
use crate::{Header, HeaderError, HeaderName};
use nom::Parser;
use nom::sequence::separated_pair;

/// The version; 1.0 is the only one there is (RFC 3261 §20.24).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MimeVersion {
    /// The number before the dot.
    pub major: u32,
    /// The number behind the dot.
    pub minor: u32,
}

impl MimeVersion {
    /// Version 1.0 (RFC 2045 §4).
    pub const V1_0: Self = Self { major: 1, minor: 0 };
}

impl Header for MimeVersion {
    const NAME: HeaderName = HeaderName::MimeVersion;

    /// `1*DIGIT "." 1*DIGIT`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        let parser = separated_pair(number, separator("."), number);
        decode(&Self::NAME, value, parser.map(|(major, minor)| Self { major, minor }))
    }

    fn encode(&self, out: &mut String) {
        out.push_str(&format!("{}.{}", self.major, self.minor));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::round_trip;

    #[test]
    fn two_numbers_and_a_dot() {
        assert_eq!(round_trip::<MimeVersion>("1.0"), MimeVersion::V1_0);
        assert!(MimeVersion::decode("1").is_err());
        assert!(MimeVersion::decode("1.x").is_err());
    }
}
