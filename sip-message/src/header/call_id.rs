//! Call-ID: what the messages of one call or registration share (RFC 3261 §20.8).

use crate::grammar::{decode, is_lws, rule};
use crate::{Header, HeaderError, HeaderName};
use nom::bytes::complete::take_while1;

/// The identifier, compared byte by byte (RFC 3261 §20.8).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub String);

impl Header for CallId {
    const NAME: HeaderName = HeaderName::CallId;

    /// `callid = word ["@" word]`, read as anything without white space.
    fn decode(value: &str) -> Result<Self, HeaderError> {
        let parser = rule("callid", take_while1(|character| !is_lws(character)));
        decode(&Self::NAME, value, parser).map(|text: &str| Self(text.to_owned()))
    }

    fn encode(&self, out: &mut String) {
        out.push_str(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_word() {
        assert_eq!(CallId::decode("a@b").unwrap().0, "a@b");
        assert!(CallId::decode("").is_err());
        assert!(CallId::decode("a b").is_err());
    }
}
