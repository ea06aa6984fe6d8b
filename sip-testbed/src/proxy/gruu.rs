//! Public GRUUs: an address-of-record with the instance-id of one user agent, which lead to that one (RFC 5627 §5, §6.1).
//!
//! They are made of what they name, so that nothing is kept and none gets lost with the server (RFC 5627 appendix A.1).
//! Temporary ones are not handed out.

use super::location::Binding;
use super::refusal::Refusal;
use sip_message::{Contact, HeaderName, NameAddr, Request};
use sip_uri::{SipUri, Uri};

/// The option tag.
pub(crate) const GRUU: &str = "gruu";

/// The public GRUU of the user agent with this contact for `aor`; `None` where it names no instance.
// rfc5627#5.1: the AOR and `gr`
pub(crate) fn public(aor: &SipUri, contact: &NameAddr) -> Option<SipUri> {
    let instance = instance(contact)?;
    let bare = SipUri::new(aor.host().clone()).with_scheme(aor.scheme()).with_user(aor.user()?.as_ref());
    Some(bare.with_param("gr", Some(instance)))
}

/// The instance-id in a GRUU; `None` for other URIs.
pub(crate) fn instance_of(uri: &SipUri) -> Option<String> {
    Some(uri.param("gr")?.value.unwrap_or_default().into_owned())
}

/// Whether `binding` is one of the user agent with this instance-id.
pub(crate) fn is_of(binding: &Binding, wanted: &str) -> bool {
    instance(&binding.contact) == Some(wanted)
}

/// Whether the sender of a REGISTER wants to know its GRUU.
// rfc5627#5.2
pub(crate) fn is_wanted(request: &Request) -> bool {
    request.headers().has_token(&HeaderName::Supported, GRUU)
}

/// A contact that leads back to its own address-of-record is refused.
// rfc5627#5.1: with 403
pub(crate) fn check(aor: &SipUri, contacts: &[Contact]) -> Result<(), Refusal> {
    let is_circle =
        |address: &NameAddr| instance(address).is_some() && address.uri.is_equivalent(&Uri::Sip(aor.clone()));
    let circles = contacts.iter().any(|contact| match contact {
        Contact::Addr(address) => is_circle(address),
        Contact::Star => false,
    });
    if circles { Err(Refusal::Forbidden) } else { Ok(()) }
}

/// The instance-id without its angle brackets.
fn instance(contact: &NameAddr) -> Option<&str> {
    contact.params.get("+sip.instance")?.strip_prefix('<')?.strip_suffix('>')
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip_message::Header;

    // rfc5627#5.1, type=test
    #[test]
    fn a_public_gruu_names_the_address_and_the_instance() {
        let aor: SipUri = "sip:al%20ice@example.test;transport=ws".parse().unwrap();
        let contact: NameAddr = match Contact::decode("<sip:x@y.invalid>;+sip.instance=\"<urn:uuid:1>\"") {
            Ok(Contact::Addr(address)) => address,
            other => panic!("{other:?}"),
        };
        let gruu = public(&aor, &contact).unwrap();
        assert_eq!(gruu.to_string(), "sip:al%20ice@example.test;gr=urn:uuid:1");
        assert_eq!(instance_of(&gruu).as_deref(), Some("urn:uuid:1"));
        assert_eq!(instance_of(&aor), None);
        assert_eq!(public(&aor, &NameAddr::new("sip:x@y.invalid".parse().unwrap())), None);
    }
}
