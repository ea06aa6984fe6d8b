//! In-Reply-To: the calls that a call refers to or returns (RFC 3261 §20.21).

use crate::grammar::{callid, decode};
use crate::{Header, HeaderError, HeaderName};

/// One Call-ID (RFC 3261 §20.21).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InReplyTo(pub String);

impl Header for InReplyTo {
    const NAME: HeaderName = HeaderName::InReplyTo;
    const LIST: bool = true;

    /// `callid *(COMMA callid)`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        decode(&Self::NAME, value, callid).map(|text| Self(text.to_owned()))
    }

    fn encode(&self, out: &mut String) {
        out.push_str(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Headers;
    use crate::header::round_trip;

    #[test]
    fn lists_call_ids() {
        assert_eq!(round_trip::<InReplyTo>("70710@saturn.bell-tel.com").0, "70710@saturn.bell-tel.com");
        assert!(InReplyTo::decode("a b").is_err());
        let mut headers = Headers::new();
        headers
            .push_text(&HeaderName::InReplyTo, "70710@saturn.bell-tel.com, 17320@saturn.bell-tel.com")
            .unwrap();
        assert_eq!(headers.list::<InReplyTo>().count(), 2);
    }
}
