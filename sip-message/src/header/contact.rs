//! Contact: where a user agent can be reached directly (RFC 3261 §20.10).

use crate::grammar::decode;
use crate::name_addr::name_addr;
use crate::{Header, HeaderError, HeaderName, NameAddr, Params};
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag;

/// One element of a Contact list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 closes the list")]
pub enum Contact {
    /// `*`: every binding of the address-of-record (RFC 3261 §10.2.2).
    Star,
    /// An address.
    Addr(NameAddr),
}

impl Contact {
    /// The address, if it is not `*`.
    #[must_use]
    pub const fn addr(&self) -> Option<&NameAddr> {
        match self {
            Self::Star => None,
            Self::Addr(addr) => Some(addr),
        }
    }

    /// The parameters, if it is not `*`.
    #[must_use]
    pub const fn params(&self) -> Option<&Params> {
        match self {
            Self::Star => None,
            Self::Addr(addr) => Some(&addr.params),
        }
    }

    /// The `expires` parameter in seconds.
    #[must_use]
    pub fn expires(&self) -> Option<u32> {
        // rfc3261#20.10 a malformed value counts as 3600
        self.params()?.get("expires").map(|text| text.parse().unwrap_or(3600))
    }

    /// The `q` parameter, the preference from 0 to 1.
    #[must_use]
    pub fn q(&self) -> Option<f32> {
        self.params()?.get("q")?.parse().ok().filter(|q| (0.0..=1.0).contains(q))
    }
}

impl Header for Contact {
    const NAME: HeaderName = HeaderName::Contact;
    const LIST: bool = true;

    /// `STAR / (name-addr / addr-spec) *(SEMI contact-params)`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        decode(&Self::NAME, value, alt((tag("*").map(|_| Self::Star), name_addr.map(Self::Addr))))
    }

    fn encode(&self, out: &mut String) {
        match self {
            Self::Star => out.push('*'),
            Self::Addr(addr) => addr.encode(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_stands_alone() {
        assert_eq!(Contact::decode("*").unwrap(), Contact::Star);
        assert_eq!(Contact::Star.encoded(), "*");
        assert!(Contact::decode("*;expires=0").is_err());
    }

    #[test]
    fn parameters_outside_the_brackets_belong_to_the_contact() {
        let inside = Contact::decode("<sip:a@b.example;expires=5>").unwrap();
        assert_eq!(inside.expires(), None);
        let outside = Contact::decode("sip:a@b.example;expires=5;q=0.7").unwrap();
        assert_eq!((outside.expires(), outside.q()), (Some(5), Some(0.7)));
        assert_eq!(outside.addr().unwrap().uri.to_string(), "sip:a@b.example");
    }

    #[test]
    fn malformed_lifetimes_count_as_an_hour() {
        let expires = |text: &str| Contact::decode(&format!("<sip:a@b>;expires={text}")).unwrap().expires();
        assert_eq!(expires("soon"), Some(3600));
        assert_eq!(expires("1000000000000"), Some(3600));
    }

    #[test]
    fn a_uri_is_not_taken_from_a_quoted_parameter() {
        let contact = Contact::decode("sip:a@b.example;+sip.instance=\"<urn:uuid:1>\"").unwrap();
        assert_eq!(contact.addr().unwrap().uri.to_string(), "sip:a@b.example");
        assert_eq!(contact.params().unwrap().get("+sip.instance"), Some("<urn:uuid:1>"));
    }
}
