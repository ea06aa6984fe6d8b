//! Allow: the methods a user agent supports (RFC 3261 §20.5).

use crate::grammar::{decode, method};
use crate::{Header, HeaderError, HeaderName, Method};

/// One method of an Allow list (RFC 3261 §20.5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Allow(pub Method);

impl Header for Allow {
    const NAME: HeaderName = HeaderName::Allow;
    const LIST: bool = true;
    const MAY_BE_EMPTY: bool = true;

    fn decode(value: &str) -> Result<Self, HeaderError> {
        decode(&Self::NAME, value, method).map(Self)
    }

    fn encode(&self, out: &mut String) {
        out.push_str(self.0.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_and_unknown_methods() {
        assert_eq!(Allow::decode(" INVITE ").unwrap().0, Method::Invite);
        assert_eq!(Allow::decode("FOO").unwrap().encoded(), "FOO");
        assert!(Allow::decode("").is_err());
    }
}
