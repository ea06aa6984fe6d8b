//! All bindings of an address-of-record, those of other user agents among them: to fetch them (RFC 3261 §10.2.3) and to
//! remove them (§10.2.2).

use crate::RegistrationConfig;
use crate::register::bare_register;
use sip_clock::TokenSource;
use sip_message::{Contact, Expires, NameAddr, Request, Response, Supported};
use std::time::Duration;

/// What a REGISTER asks that concerns no registration of this user agent alone.
///
/// ```
/// use sip_clock::TokenSource;
/// use sip_message::{HeaderName, NameAddr};
/// use sip_outbound::{BindingsRequest, RegistrationConfig};
///
/// let contact = NameAddr::new("sip:k3j@d8f3.invalid;transport=ws".parse().unwrap());
/// let config = RegistrationConfig::new("sip:bob@biloxi.com".parse().unwrap(), contact);
/// let request = BindingsRequest::RemoveAll.to_request(&config, &mut TokenSource::from_seed(1));
/// assert_eq!(request.headers().raw(&HeaderName::Contact), Some(&b"*"[..]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the two of RFC 3261 section 10.2.2 and that of 10.2.3")]
pub enum BindingsRequest {
    /// Which bindings are there? Nothing is changed.
    Fetch,
    /// Remove these, whoever made them.
    Remove(Vec<NameAddr>),
    /// Remove all.
    RemoveAll,
}

impl BindingsRequest {
    /// The REGISTER for it, with the address-of-record, registrar and route set of `config`, and a Call-ID of its own.
    #[must_use]
    pub fn to_request(&self, config: &RegistrationConfig, tokens: &mut TokenSource) -> Request {
        let mut request = bare_register(config, (&tokens.call_id(), &tokens.tag()), 1);
        match self {
            // rfc3261#10.2.3: without a Contact nothing is changed
            Self::Fetch => {}
            Self::Remove(contacts) => {
                contacts.iter().for_each(|contact| request.headers_mut().push(&removed(contact)));
                request = request.with(&Expires(0));
                if contacts.iter().any(|contact| contact.params.contains("reg-id")) {
                    request.headers_mut().push(&Supported("outbound".to_owned()));
                }
            }
            // rfc3261#10.2.2/2: never without the Expires field of 0 seconds
            Self::RemoveAll => request = request.with(&Contact::Star).with(&Expires(0)),
        }
        request
    }

    /// Whether it removes this binding.
    #[must_use]
    pub fn removes(&self, contact: &NameAddr) -> bool {
        match self {
            Self::Fetch => false,
            Self::Remove(contacts) => contacts.iter().any(|removed| is_same(removed, contact)),
            Self::RemoveAll => true,
        }
    }
}

/// A binding as the registrar tells it (RFC 3261 §10.2.4, §20.10).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct RegisteredContact {
    /// The Contact, with all its parameters; to be given back to [`BindingsRequest::Remove`].
    pub contact: NameAddr,
    /// The preference from 0 to 1, where one was registered.
    pub q: Option<f32>,
    /// How long it lasts from now on, where the registrar says so.
    pub expires: Option<Duration>,
    /// The URN of the user agent that made it (RFC 5626 §4.1).
    pub instance: Option<String>,
    /// Which of its flows it is (RFC 5626 §4.2).
    pub reg_id: Option<u32>,
}

impl RegisteredContact {
    /// The bindings in a 2xx to a REGISTER, in their order; one that cannot be read is left out.
    #[must_use]
    pub fn list(response: &Response) -> Vec<Self> {
        let header = response.headers().typed::<Expires>().ok().flatten().map(|expires| expires.0);
        let contacts = response.headers().list::<Contact>().flatten();
        contacts.filter_map(|contact| Self::read(&contact, header)).collect()
    }

    fn read(contact: &Contact, header: Option<u32>) -> Option<Self> {
        let seconds = contact.expires().or(header);
        Some(Self {
            q: contact.q(),
            expires: seconds.map(|seconds| Duration::from_secs(u64::from(seconds))),
            instance: contact.instance().map(str::to_owned),
            reg_id: contact.reg_id(),
            contact: contact.addr()?.clone(),
        })
    }
}

// rfc3261#10.2.2/1: an expiration of 0 seconds removes it at once
fn removed(contact: &NameAddr) -> Contact {
    let mut contact = contact.clone();
    contact.params.set("expires", Some("0"));
    Contact::Addr(contact)
}

/// The same flow of the same instance (RFC 5626 §6), or the same URI where one of them says neither.
fn is_same(one: &NameAddr, other: &NameAddr) -> bool {
    let key = |contact: &NameAddr| {
        let (instance, reg_id) = (contact.params.get("+sip.instance")?, contact.params.get("reg-id")?);
        Some((instance.to_owned(), reg_id.to_owned()))
    };
    match (key(one), key(other)) {
        (Some(one), Some(other)) => one == other,
        (Some(_) | None, _) => one.uri.is_equivalent(&other.uri),
    }
}
