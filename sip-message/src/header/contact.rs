//! Contact: where a user agent can be reached directly (RFC 3261 §20.10).

use crate::grammar::{decode, is_lws};
use crate::name_addr::name_addr;
use crate::{Expiry, Header, HeaderError, HeaderName, NameAddr, NameAddrRef, Params};
use sip_uri::Uri;

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

    /// The `expires` parameter as either edition of SIP has it: seconds, or a date between quotes (RFC 2543 §6.13).
    #[must_use]
    pub fn expiry(&self) -> Option<Expiry> {
        self.params()?.get("expires").map(|text| Expiry::decode(text).unwrap_or(Expiry::Seconds(3600)))
    }

    /// The `q` parameter, the preference from 0 to 1.
    #[must_use]
    pub fn q(&self) -> Option<f32> {
        self.params()?.q()
    }

    /// The `reg-id` parameter, from 1 to 2^31 - 1: which of its flows a user agent registers (RFC 5626 §11.2).
    #[must_use]
    pub fn reg_id(&self) -> Option<u32> {
        let id = self.params()?.get("reg-id")?.parse().ok();
        id.filter(|id| (1..=0x7fff_ffff).contains(id))
    }

    /// The `+sip.instance` parameter without its brackets: a URN that names the user agent (RFC 5626 §4.1).
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        let instance = self.params()?.get("+sip.instance")?;
        instance.strip_prefix('<')?.strip_suffix('>').filter(|urn| !urn.is_empty())
    }

    /// The `pub-gruu` parameter: an address that reaches this user agent alone (RFC 5627 §11.1).
    #[must_use]
    pub fn pub_gruu(&self) -> Option<Uri> {
        self.params()?.get("pub-gruu")?.parse().ok()
    }

    /// The `temp-gruu` parameter: such an address that does not say whose it is (RFC 5627 §11.1).
    #[must_use]
    pub fn temp_gruu(&self) -> Option<Uri> {
        self.params()?.get("temp-gruu")?.parse().ok()
    }

    /// Whether the URI has the parameter `ob`: requests are to come over the flow that it was sent on
    /// (RFC 5626 §11.3).
    #[must_use]
    pub fn is_outbound(&self) -> bool {
        let uri = self.addr().and_then(|addr| addr.uri.as_sip());
        uri.is_some_and(|uri| uri.param("ob").is_some())
    }

    /// The `action` parameter, `proxy` or `redirect`, of a registration by RFC 2543 (§6.13).
    #[must_use]
    pub fn action(&self) -> Option<&str> {
        self.params()?.get("action")
    }
}

impl Header for Contact {
    const NAME: HeaderName = HeaderName::Contact;
    const LIST: bool = true;

    /// `STAR / (name-addr / addr-spec) *(SEMI contact-params)`, and the comment that RFC 2543 §6.13 allows behind them.
    fn decode(value: &str) -> Result<Self, HeaderError> {
        // The usual form is read in place; the grammar reads the rest.
        if let Some(plain) = NameAddrRef::plain(value) {
            return Ok(Self::Addr(plain.into_name_addr()));
        }
        // A star before an address is its display name.
        if value.trim_matches(is_lws) == "*" {
            return Ok(Self::Star);
        }
        decode(&Self::NAME, value, name_addr).map(Self::Addr)
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
        assert_eq!(Contact::decode("* <sip:a@b>").unwrap().addr().unwrap().uri.as_str(), "sip:a@b");
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
    fn outbound_and_gruu_parameters() {
        let text = "<sip:a@192.0.2.2;ob>;reg-id=1;+sip.instance=\"<urn:uuid:0C67446E>\";\
            pub-gruu=\"sip:a@b;gr=urn:uuid:0C67446E\";temp-gruu=\"sip:tgruu.7@b;gr\"";
        let contact = Contact::decode(text).unwrap();
        assert_eq!((contact.reg_id(), contact.instance()), (Some(1), Some("urn:uuid:0C67446E")));
        assert_eq!(contact.pub_gruu().unwrap().as_str(), "sip:a@b;gr=urn:uuid:0C67446E");
        assert_eq!(contact.temp_gruu().unwrap().as_str(), "sip:tgruu.7@b;gr");
        assert!(contact.is_outbound());
        let contact = Contact::decode("<sip:a@b>;ob;reg-id=0;+sip.instance=\"x\";pub-gruu=\" \"").unwrap();
        assert_eq!((contact.reg_id(), contact.instance()), (None, None));
        assert_eq!((contact.pub_gruu(), contact.is_outbound()), (None, false));
        assert_eq!((Contact::Star.reg_id(), Contact::Star.action()), (None, None));
    }

    #[test]
    fn rfc2543_has_comments() {
        for text in ["sip:a@b (at (his) desk)", "<sip:a@b>(x)", "A <sip:a@b>;action=proxy (x)"] {
            let contact = Contact::decode(text).unwrap();
            assert_eq!(contact.addr().unwrap().uri.as_str(), "sip:a@b", "{text}");
            assert!(contact.params().unwrap().comment().is_some(), "{text}");
            assert_eq!(Contact::decode(&contact.encoded()), Ok(contact));
        }
        let contact = Contact::decode("sip:a@b;q=1 (at (his) desk)").unwrap();
        assert_eq!(contact.params().unwrap().comment(), Some("at (his) desk"));
        assert_eq!(contact.encoded(), "<sip:a@b>;q=1 (at (his) desk)");
        assert!(Contact::decode("<sip:a@b> (x").is_err());
    }

    #[test]
    fn rfc2543_has_actions() {
        let contact = Contact::decode("sip:a@b.example;action=proxy;expires=3600").unwrap();
        assert_eq!((contact.action(), contact.expires()), (Some("proxy"), Some(3600)));
    }

    #[test]
    fn malformed_lifetimes_count_as_an_hour() {
        let expires = |text: &str| Contact::decode(&format!("<sip:a@b>;expires={text}")).unwrap().expires();
        assert_eq!(expires("soon"), Some(3600));
        assert_eq!(expires("1000000000000"), Some(3600));
    }

    #[test]
    fn rfc2543_has_dates() {
        let contact = Contact::decode("<sip:a@b>;expires=\"Thu, 01 Dec 1994 16:00:00 GMT\"").unwrap();
        let Some(Expiry::Until(date)) = contact.expiry() else { panic!("a date") };
        assert_eq!(date.encoded(), "Thu, 01 Dec 1994 16:00:00 GMT");
        let expiry = |text: &str| Contact::decode(text).unwrap().expiry();
        assert_eq!(expiry("<sip:a@b>;expires=60"), Some(Expiry::Seconds(60)));
        assert_eq!((expiry("<sip:a@b>;expires=soon"), expiry("*")), (Some(Expiry::Seconds(3600)), None));
    }

    #[test]
    fn a_uri_is_not_taken_from_a_quoted_parameter() {
        let contact = Contact::decode("sip:a@b.example;+sip.instance=\"<urn:uuid:1>\"").unwrap();
        assert_eq!(contact.addr().unwrap().uri.to_string(), "sip:a@b.example");
        assert_eq!(contact.params().unwrap().get("+sip.instance"), Some("<urn:uuid:1>"));
    }
}
