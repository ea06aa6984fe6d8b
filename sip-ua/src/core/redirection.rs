//! Redirection: the contacts of a 3xx are tried one after the other, the preferred first (RFC 3261 §8.1.3.4).

use super::{Core, Owner, Pending};
use sip_clock::Instant;
use sip_message::{Contact, Method, Request, Response, Route, StatusClass, StatusCode, To};
use sip_uri::{SipUri, Uri, UriContext};

/// Where one request has been sent, and where it may still be sent.
#[derive(Debug)]
pub(super) struct TargetSet {
    /// All that was ever in the set, the first Request-URI at the head.
    known: Vec<Uri>,
    /// The next one is the last.
    waiting: Vec<SipUri>,
}

impl TargetSet {
    /// The set of a request that was not redirected before.
    fn new(request: &Request) -> Self {
        Self { known: request.uri().into_iter().collect(), waiting: Vec::new() }
    }

    /// Adds the contacts of a redirection, before those that wait already.
    // rfc3261#8.1.3.4/2: each URI once, so that two servers cannot send a request to and fro
    fn extend(&mut self, response: &Response) {
        let mut contacts: Vec<Contact> = response.headers().list().flatten().collect();
        let q = |contact: &Contact| contact.q().unwrap_or(1.0);
        contacts.sort_by(|one, other| q(other).total_cmp(&q(one)));
        let mut added = Vec::new();
        for uri in contacts.iter().filter_map(|contact| contact.addr()?.uri.as_sip()) {
            // rfc3261#8.1.3.4/6
            let uri = uri.in_context(UriContext::RequestUri);
            if self.admits(&uri) {
                self.known.push(Uri::Sip(uri.clone()));
                added.push(uri);
            }
        }
        self.waiting.extend(added.into_iter().rev());
    }

    // rfc3261#8.1.3.4/3: from SIPS to SIP nothing is redirected, so that nobody needs to be warned of it
    fn admits(&self, uri: &SipUri) -> bool {
        let was_secure = self.known.first().and_then(Uri::as_sip).is_some_and(SipUri::is_secure);
        let is_known = self.known.iter().any(|known| known.is_equivalent(&Uri::Sip(uri.clone())));
        !is_known && self.known.len() < MAXIMUM_TARGETS && (uri.is_secure() || !was_secure)
    }
}

impl Core {
    /// The next target of a request that began a call or stands alone, after `response` or none at all.
    // rfc3261#8.1.3.4/1,4-5: but for a 6xx, which speaks for every target, and for a 422, which asks for more time
    pub(super) fn next_target(&mut self, pending: &Pending, response: Option<&Response>) -> Option<Uri> {
        let ends = response
            .map(|response| response.status().class())
            .is_some_and(|class| matches!(class, StatusClass::Success | StatusClass::GlobalFailure));
        // Most requests are answered where they were sent first.
        if ends && !self.targets.contains_key(&pending.owner) {
            return None;
        }
        if !self.config.follows_redirections || !begins_something(pending) {
            return None;
        }
        match response.map(|response| (response, response.status())) {
            Some((_, StatusCode::SESSION_INTERVAL_TOO_SMALL)) => return None,
            Some((response, status)) if is_redirection(status) => {
                let targets = self.targets.entry(pending.owner);
                targets.or_insert_with(|| TargetSet::new(&pending.request)).extend(response);
            }
            Some(_) if ends => {
                self.targets.remove(&pending.owner);
            }
            Some(_) | None => {}
        }
        let next = self.targets.get_mut(&pending.owner)?.waiting.pop();
        if next.is_none() {
            self.targets.remove(&pending.owner);
        }
        next.map(Uri::Sip)
    }

    /// The owner sends its request again, to `target` and with the next CSeq.
    // rfc3261#8.1.3.4/7-9: all else is as it was, but for the branch of the new transaction
    pub(super) fn send_elsewhere(&mut self, pending: &Pending, target: Uri, now: Instant) {
        self.auth_errors.remove(&pending.owner);
        match pending.owner {
            #[cfg(feature = "registration")]
            Owner::Registration(_) => {}
            #[cfg(feature = "call")]
            Owner::Call(call) | Owner::Answer(call) => self.redirect_call(call, &pending.cseq, target, now),
            Owner::Exchange(exchange) => self.redirect_exchange(exchange, &target, now),
        }
    }
}

/// Whether a request is of the kind that goes where it is sent: none inside a dialog, and no REGISTER: which registrar is
/// asked is a matter of configuration, and the user is told of the 3xx.
pub(super) fn begins_something(pending: &Pending) -> bool {
    let is_free = match pending.owner {
        #[cfg(feature = "registration")]
        Owner::Registration(_) => false,
        #[cfg(feature = "call")]
        Owner::Call(_) => true,
        #[cfg(feature = "call")]
        Owner::Answer(_) => false,
        Owner::Exchange(_) => true,
    };
    let headers = pending.request.headers();
    is_free
        && pending.cseq.method != Method::Register
        && pending.begins_dialog()
        && headers.required().is_ok_and(|To(to)| {
            // behind a strict router the target is not in the Request-URI (RFC 3261 §12.2.1.1)
            let target_is_last =
                || headers.list::<Route>().flatten().last().is_some_and(|last| last.0.uri == to.uri);
            !target_is_last()
        })
}

/// Whether a status names other URIs; those of a 305 and a 380 are of another kind (RFC 3261 §21.3).
fn is_redirection(status: StatusCode) -> bool {
    status.class() == StatusClass::Redirection
        && !matches!(status, StatusCode::USE_PROXY | StatusCode::ALTERNATIVE_SERVICE)
}

/// So many targets a request may have in all, so that nobody is made to knock at doors for ever.
const MAXIMUM_TARGETS: usize = 10;
