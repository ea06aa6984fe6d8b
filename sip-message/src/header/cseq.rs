//! CSeq: the order of requests in a dialog (RFC 3261 §20.16).

use crate::grammar::{decode, digits, method, number, some_lws};
use crate::{Header, HeaderError, HeaderName, Method};
use nom::Parser;
use nom::sequence::separated_pair;
use std::fmt::Write;

/// A sequence number and the method it numbers (RFC 3261 §20.16).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CSeq {
    /// The number; what we send stays below 2^31 (RFC 3261 §8.1.1.5).
    pub number: u32,
    /// The method of the request.
    pub method: Method,
}

impl CSeq {
    /// `number method`.
    #[must_use]
    pub const fn new(number: u32, method: Method) -> Self {
        Self { number, method }
    }

    /// The value in its usual form, with one blank.
    fn plain(value: &str) -> Option<Self> {
        let blank = value.bytes().position(|byte| byte == b' ')?;
        let number = digits(value.as_bytes().get(..blank)?)?;
        Some(Self { number: u32::try_from(number).ok()?, method: value.get(blank + 1..)?.parse().ok()? })
    }
}

impl Header for CSeq {
    const NAME: HeaderName = HeaderName::CSeq;

    /// `CSeq = "CSeq" HCOLON 1*DIGIT LWS Method`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        if let Some(plain) = Self::plain(value) {
            return Ok(plain);
        }
        let parser = separated_pair(number, some_lws, method).map(|(number, method)| Self { number, method });
        decode(&Self::NAME, value, parser)
    }

    fn encode(&self, out: &mut String) {
        let _ = write!(out, "{} ", self.number); // a String takes everything
        out.push_str(self.method.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_and_method() {
        let cseq = CSeq::decode("0009 \t INVITE").unwrap();
        assert_eq!((cseq.number, &cseq.method), (9, &Method::Invite));
        assert_eq!(cseq.encoded(), "9 INVITE");
        assert!(CSeq::decode("4294967296 INVITE").is_err());
        assert!(CSeq::decode("1").is_err());
        assert!(CSeq::decode("1INVITE").is_err());
    }
}
