//! GRUUs: URIs that lead to one user agent of an address-of-record (RFC 5627 §5, §6.1).
//!
//! A public one is the address-of-record with the instance-id: made of what it names, so that nothing is kept and none gets
//! lost with the server (RFC 5627 appendix A.1). A temporary one shows neither; it is sealed by `temporary_gruu`.

use super::config::ProxyConfig;
use super::location::{AddressOfRecord, Binding, Location};
use super::refusal::Refusal;
use super::temporary_gruu::Mint;
use sip_clock::Instant;
use sip_message::{Contact, HeaderName, NameAddr, Request};
use sip_uri::{SipUri, Uri};
use std::sync::Arc;

/// The option tag.
pub(crate) const GRUU: &str = "gruu";

/// The public GRUU of the user agent with this contact for `aor`; `None` where it names no instance.
// rfc5627#5.1: the AOR and `gr`
pub(crate) fn public(aor: &SipUri, contact: &NameAddr) -> Option<SipUri> {
    let instance = instance(contact)?;
    let bare = SipUri::new(aor.host().clone()).with_scheme(aor.scheme()).with_user(aor.user()?.as_ref());
    Some(bare.with_param("gr", Some(instance)))
}

/// The bindings that the GRUU `uri` of a domain of ours leads to, the oldest first; `None` for other URIs.
// rfc5627#6.1: 404 for what is no valid GRUU
pub(crate) fn bindings(
    uri: &SipUri,
    config: &ProxyConfig,
    (location, mint): (&Location, &Mint),
    now: Instant,
) -> Result<Option<Vec<Arc<Binding>>>, Refusal> {
    if !config.gruu {
        return Ok(None);
    }
    let Some(gr) = uri.param("gr") else { return Ok(None) };
    let Some(instance) = gr.value.filter(|instance| !instance.is_empty()) else {
        let number = mint.read(uri).ok_or(Refusal::NotFound)?;
        return location.of_gruu(number, now).map(Some).ok_or(Refusal::NotFound);
    };
    let aor = AddressOfRecord::of(uri).filter(|aor| config.is_user(aor.user())).ok_or(Refusal::NotFound)?;
    let mut bindings = location.bindings(&aor, now);
    bindings.retain(|binding| self::instance(&binding.contact) == Some(instance.as_ref()));
    Ok(Some(bindings))
}

/// What the temporary GRUUs of `contact` have in common from now on, and whether those from before are void: a number of
/// its instance, by those of the bindings that there are and of those that were `lost` with their flows.
// rfc5627#5.1: the same as long as the Call-ID of the latest registration of this contact, or of this flow, is
pub(crate) fn number(
    contact: &NameAddr,
    call_id: &str,
    bindings: &[Arc<Binding>],
    mint: &mut Mint,
) -> Option<u64> {
    let instance = instance(contact)?;
    let reg_id = contact.params.get("reg-id");
    let of_instance = || bindings.iter().filter(|binding| self::instance(&binding.contact) == Some(instance));
    let of_flow = of_instance().filter(|binding| binding.contact.params.get("reg-id") == reg_id);
    let latest = of_flow.max_by_key(|binding| binding.made_at);
    let goes_on = latest.is_none_or(|latest| latest.call_id == call_id);
    let known = of_instance().find_map(|binding| binding.gruu).filter(|_| goes_on);
    Some(known.unwrap_or_else(|| mint.number()))
}

/// Whether both contacts are of one instance.
pub(crate) fn is_same_instance(one: &NameAddr, other: &NameAddr) -> bool {
    instance(one).is_some_and(|known| instance(other) == Some(known))
}

/// Whether the sender of a REGISTER wants to know its GRUU.
// rfc5627#5.2
pub(crate) fn is_wanted(request: &Request) -> bool {
    request.headers().has_token(&HeaderName::Supported, GRUU)
}

/// A contact that leads back to its own address-of-record is refused.
// rfc5627#5.1: with 403
pub(crate) fn check(
    (aor, key): (&SipUri, &AddressOfRecord),
    contacts: &[Contact],
    location: &Location,
    mint: &Mint,
) -> Result<(), Refusal> {
    let is_own = |uri: &Uri| {
        let number = uri.as_sip().filter(|uri| uri.param("gr").is_some()).and_then(|uri| mint.read(uri));
        uri.is_equivalent(&Uri::Sip(aor.clone()))
            || number.is_some_and(|number| location.owner(number) == Some(key))
    };
    let is_circle = |address: &NameAddr| instance(address).is_some() && is_own(&address.uri);
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
        assert_eq!(public(&aor, &NameAddr::new("sip:x@y.invalid".parse().unwrap())), None);
    }
}
