//! Loops: a request that comes back unchanged has been here before and would for ever (RFC 3261 §16.3 step 4, §16.6
//! step 8, RFC 5393 §4).

use super::config::ProxyConfig;
use sip_message::{HeaderName, Request, Via, ViaRef};
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
        for name in [HeaderName::From, HeaderName::To] {
            let address = headers.address(&name).ok().flatten();
            address.as_ref().and_then(|address| address.tag()).hash(&mut hasher);
        }
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
        via.params.set(PARAMETER, Some(&self.mark()));
    }

    fn mark(self) -> String {
        format!("{:016x}", self.0)
    }
}

/// Whether `request` was here before as it is now: a Via of this proxy bears its fingerprint.
pub(crate) fn is_loop(request: &Request, config: &ProxyConfig) -> bool {
    let is_own =
        |via: &ViaRef<'_>| via.port() == config.uri.port() && via.host().is_equivalent(config.uri.host());
    let headers = request.headers();
    // a request that was here has two hops at least: who sent it, and this proxy
    let hop = headers.raw(&HeaderName::Via).filter(|_| headers.count(&HeaderName::Via) == 1);
    if hop.is_some_and(|value| !value.contains(&b',')) {
        return false;
    }
    let vias = headers.vias().flatten();
    let own = vias.filter(|via| via.params().contains(PARAMETER) && is_own(via));
    let marks: Vec<String> = own.filter_map(|via| via.params().get(PARAMETER).map(str::to_owned)).collect();
    // hardly any request comes back
    !marks.is_empty() && marks.contains(&Fingerprint::of(request).mark())
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
