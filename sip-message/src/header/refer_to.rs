//! REFER: Refer-To (RFC 3515 §2.1), Referred-By (RFC 3892 §2), Refer-Sub (RFC 4488 §4), Refer-Events-At (RFC 7614 §4.8).

use crate::grammar::{Parsed, decode, rule};
use crate::params::params;
use crate::{Header, HeaderError, HeaderName, Params};
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag_no_case;

super::name_addr_header! {
    /// What the recipient is to send a request to; the header part of the URI may hold Replaces (RFC 3515 §2.1).
    ReferTo, LIST = false
}

super::name_addr_header! {
    /// Who refers the recipient (RFC 3892 §2).
    ReferredBy, LIST = false
}

super::name_addr_header! {
    /// Where the events of a referral can be subscribed to (RFC 7614 §4.8).
    ReferEventsAt, LIST = false
}

impl ReferredBy {
    /// The Content-ID of the token that proves it.
    #[must_use]
    pub fn cid(&self) -> Option<&str> {
        self.0.params.get("cid")
    }
}

/// Whether a REFER is to create a subscription (RFC 4488 §4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReferSub {
    /// Whether it is; without the field it is, too.
    pub subscribes: bool,
    /// The parameters behind it.
    pub params: Params,
}

impl ReferSub {
    /// `true` or `false`.
    #[must_use]
    pub const fn new(subscribes: bool) -> Self {
        Self { subscribes, params: Params::new() }
    }
}

impl Header for ReferSub {
    const NAME: HeaderName = HeaderName::ReferSub;

    /// `refer-sub-value *(SEMI exten)`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        let parser = (refer_sub_value, params).map(|(subscribes, params)| Self { subscribes, params });
        decode(&Self::NAME, value, parser)
    }

    fn encode(&self, out: &mut String) {
        out.push_str(if self.subscribes { "true" } else { "false" });
        self.params.encode(out);
    }
}

/// `refer-sub-value = "true" / "false"`
fn refer_sub_value(input: &str) -> Parsed<'_, bool> {
    let value = alt((tag_no_case("true").map(|_| true), tag_no_case("false").map(|_| false)));
    rule("refer-sub-value", value).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::round_trip;

    #[test]
    fn targets_may_hold_replaces() {
        let text = "<sip:dave@denver.example.org?Replaces=12345%40192.168.118.3%3Bto-tag%3D1>";
        let uri = round_trip::<ReferTo>(text).0.uri;
        let (name, value) = uri.as_sip().unwrap().headers().next().unwrap();
        assert_eq!((&*name, &*value), ("Replaces", "12345@192.168.118.3;to-tag=1"));
        assert_eq!(ReferTo::decode("sip:a@b;method=INVITE").unwrap().0.uri.as_str(), "sip:a@b");
        assert!(ReferTo::decode("").is_err());
    }

    #[test]
    fn referrers_may_prove_themselves() {
        let text = "<sip:referror@referror.example>;cid=\"20398823.2UWQFN309shb3@referror.example\"";
        assert_eq!(round_trip::<ReferredBy>(text).cid(), Some("20398823.2UWQFN309shb3@referror.example"));
        assert!(ReferredBy::decode("nobody").is_err());
        assert_eq!(round_trip::<ReferEventsAt>("<sips:vPT3i@lg.example>").0.uri.scheme(), "sips");
    }

    #[test]
    fn refer_sub_is_a_truth_value() {
        assert!(round_trip::<ReferSub>("true").subscribes);
        assert_eq!(ReferSub::decode("FALSE").unwrap(), ReferSub::new(false));
        assert!(ReferSub::decode("falsely").is_err());
        assert!(ReferSub::decode("0").is_err());
    }
}
