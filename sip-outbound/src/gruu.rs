//! Globally routable URIs of this one user agent, as the registrar hands them out: RFC 5627 §4.2.

use sip_message::{NameAddr, Params};
use sip_uri::SipUri;

/// What a registrar gave. Both stay empty where it knows no GRUU.
#[expect(clippy::exhaustive_structs, reason = "RFC 5627 has these two")]
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Gruu {
    /// `pub-gruu`: stays the same as long as the instance-id does, and shows the address-of-record.
    pub public: Option<SipUri>,
    /// `temp-gruu`: a new one with each REGISTER, and shows nobody. The older ones stay valid as long as the
    /// registration goes on with the same Call-ID.
    pub temporary: Option<SipUri>,
}

impl Gruu {
    /// Reads the parameters of our own Contact in a 2xx; what is no SIP URI counts as absent.
    pub(crate) fn read(contact: &NameAddr) -> Self {
        let uri = |name| read_uri(&contact.params, name);
        Self { public: uri("pub-gruu"), temporary: uri("temp-gruu") }
    }
}

fn read_uri(params: &Params, name: &str) -> Option<SipUri> {
    params.get(name)?.parse().ok()
}
