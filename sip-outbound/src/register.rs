//! The REGISTER request: RFC 3261 §10.2.

use crate::RegistrationConfig;
use sip_message::{
    CSeq, CallId, Contact, Expires, From, MaxForwards, Method, NameAddr, Request, Supported, To,
};
use sip_uri::{SipUri, Uri};

/// What stays the same in every REGISTER of a registration.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) call_id: String,
    pub(crate) tag: String,
}

/// A REGISTER for the binding of `config`; 0 seconds remove it (RFC 3261 §10.2.2).
/// `former` goes with it.
pub(crate) fn register(
    config: &RegistrationConfig,
    identity: &Identity,
    cseq: u32,
    seconds: u32,
    former: Option<&NameAddr>,
) -> Request {
    // rfc3261#10.2.4/1: our own binding and no other; rfc3261#10.2.2/2: which is named, never by `*`
    let mut contact = config.contact.clone();
    // rfc3261#10.2/9: a parameter of RFC 2543 that is of no use any more
    contact.params.remove("action");
    contact.params.set("expires", Some(&seconds.to_string()));
    let mut request = bare_register(config, (&identity.call_id, &identity.tag), cseq)
        .with(&Contact::Addr(contact))
        .with(&Expires(seconds));
    if let Some(former) = former {
        request.headers_mut().push(&Contact::Addr(former.clone()));
    }
    request.headers_mut().set_list(&supported(config));
    request
}

/// A REGISTER that says nothing of bindings.
pub(crate) fn bare_register(config: &RegistrationConfig, (call_id, tag): (&str, &str), cseq: u32) -> Request {
    let aor = || NameAddr::new(Uri::Sip(config.aor.clone()));
    // rfc3261#10.2/3: Request-URI, To, From, Call-ID and CSeq in each; rfc3261#10.2.4/3: refreshes go to the same place
    Request::through(Method::Register, &request_uri(&config.registrar), &config.route_set)
        // rfc3261#8.1.1.6/1-2
        .with(&MaxForwards(70))
        .with(&From(aor().with_tag(tag)))
        // rfc3261#8.1.1.2/3: no tag, since there is no dialog
        .with(&To(aor()))
        // rfc3261#8.1.1.4/2, rfc3261#10.2/6-7: the same Call-ID and the next number in each; rfc3261#10.2.4/2: until the next start
        .with(&CallId(call_id.to_owned()))
        .with(&CSeq { number: cseq, method: Method::Register })
}

/// The same with another number.
pub(crate) fn again(sample: &Request, cseq: u32) -> Request {
    let mut request = sample.clone();
    request.headers_mut().set(&CSeq { number: cseq, method: Method::Register });
    request
}

/// The extensions that the registrar may use: Path (RFC 3327 §5.1), outbound (RFC 5626 §4.2.1), GRUU (RFC 5627 §4.1).
fn supported(config: &RegistrationConfig) -> Vec<Supported> {
    let mut tags = vec!["path"];
    // rfc5626#4.2.1: the option tag goes with a reg-id
    if config.is_outbound {
        tags.push("outbound");
    }
    // rfc5627#4.1: no GRUU without a name for the instance
    if config.contact.params.contains("+sip.instance") {
        tags.push("gruu");
    }
    tags.into_iter().map(|tag| Supported(tag.to_owned())).collect()
}

/// rfc3261#10.2/4: no user part in the Request-URI, and no headers (§19.1.1)
fn request_uri(registrar: &SipUri) -> Uri {
    Uri::Sip(registrar.clone().without_user().without_headers())
}
