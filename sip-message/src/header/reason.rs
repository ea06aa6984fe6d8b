//! Reason: why a request or response was sent (RFC 3326 §2).

use crate::grammar::{decode, token};
use crate::params::params;
use crate::{Header, HeaderError, HeaderName, Params};
use nom::Parser;

/// One reason: the protocol whose codes are meant, and its parameters (RFC 3326 §2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reason {
    /// `SIP`, `Q.850` or another registered word.
    pub protocol: String,
    /// `cause`, `text` and others.
    pub params: Params,
}

impl Reason {
    /// A reason with a cause and a text for people.
    #[must_use]
    pub fn new(protocol: &str, cause: u16, text: &str) -> Self {
        let mut params = Params::new();
        params.set("cause", Some(&cause.to_string()));
        params.set_quoted("text", text);
        Self { protocol: protocol.to_owned(), params }
    }

    /// The code, in the terms of the protocol.
    #[must_use]
    pub fn cause(&self) -> Option<u16> {
        self.params.get("cause")?.parse().ok()
    }

    /// The text for people.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.params.get("text")
    }
}

impl Header for Reason {
    const NAME: HeaderName = HeaderName::Reason;
    const LIST: bool = true;

    /// `reason-value = protocol *(SEMI reason-params)`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        let parser = (token, params)
            .map(|(protocol, params): (&str, _)| Self { protocol: protocol.to_owned(), params });
        decode(&Self::NAME, value, parser)
    }

    fn encode(&self, out: &mut String) {
        out.push_str(&self.protocol);
        self.params.encode(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cause_and_text() {
        let reason = Reason::decode("SIP ;cause=200 ;text=\"Call completed elsewhere\"").unwrap();
        assert_eq!((reason.cause(), reason.text()), (Some(200), Some("Call completed elsewhere")));
        assert_eq!(Reason::new("Q.850", 16, "bye").encoded(), "Q.850;cause=16;text=\"bye\"");
    }
}
