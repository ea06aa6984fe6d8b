//! Loops: a request that comes back unchanged has been here before and would for ever (RFC 3261 §16.3 step 4, §16.6
//! step 8, RFC 5393 §4).

use super::config::ProxyConfig;
use sip_message::{From, HeaderName, Request, To, Via};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What of a request decides on its way, as a number: the same number again is a loop, another one a spiral.
///
/// It stands in a Via parameter of its own, since branches are drawn by the transaction layer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of `request` as it was received.
    // rfc3261#16.6: step 8, all that has an influence on the way; rfc5393#4.2: not the topmost Via.
    pub(crate) fn of(request: &Request) -> Self {
        let mut hasher = DefaultHasher::new();
        request.request_uri().hash(&mut hasher);
        let headers = request.headers();
        let tags = (headers.typed::<From>().ok().flatten(), headers.typed::<To>().ok().flatten());
        let (from, to) =
            (tags.0.as_ref().and_then(|from| from.0.tag()), tags.1.as_ref().and_then(|to| to.0.tag()));
        (from, to).hash(&mut hasher);
        for name in DECISIVE {
            headers
                .iter()
                .filter(|field| field.name() == name)
                .for_each(|field| field.value().hash(&mut hasher));
        }
        Self(hasher.finish())
    }

    /// Writes it into the Via of this proxy.
    pub(crate) fn write(self, via: &mut Via) {
        via.params.set(PARAMETER, Some(&format!("{:016x}", self.0)));
    }

    /// Whether `request` was here before as it is now: a Via of this proxy bears its fingerprint.
    pub(crate) fn is_in(self, request: &Request, config: &ProxyConfig) -> bool {
        let own = |via: &Via| via.host.is_equivalent(config.uri.host()) && via.port == config.uri.port();
        let mark = format!("{:016x}", self.0);
        let mut vias = request.headers().list::<Via>().flatten();
        vias.any(|via| own(&via) && via.params.get(PARAMETER) == Some(mark.as_str()))
    }
}

const DECISIVE: [HeaderName; 5] = [
    HeaderName::CallId,
    HeaderName::CSeq,
    HeaderName::Route,
    HeaderName::ProxyRequire,
    HeaderName::ProxyAuthorization,
];

/// The name of our Via parameter.
const PARAMETER: &str = "loop";
