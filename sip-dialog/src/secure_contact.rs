//! When Contact has to be a SIPS URI: RFC 3261 §12.1.1 (callee), §8.1.1.8 and §12.1.2 (caller).

use sip_message::{Contact, NameAddr, RecordRoute, Request, Route};
use sip_uri::{Scheme, Uri};

/// The caller's `invite`, with a SIPS URI in Contact if its Request-URI or topmost Route is one.
pub(crate) fn secured(mut invite: Request) -> Request {
    let next = invite.headers().list::<Route>().next().and_then(Result::ok).map(|Route(hop)| hop.uri);
    // rfc3261#8.1.1.8/3, rfc3261#12.1.2/2
    let is_secure = is_for_sips(&invite) || next.as_ref().is_some_and(is_sips);
    if is_secure && let Ok(Some(Contact::Addr(contact))) = invite.headers().typed() {
        invite.headers_mut().set(&Contact::Addr(as_sips(contact)));
    }
    invite
}

/// The callee's `contact` for the dialog that `request` makes; the peer's own is `remote`.
pub(crate) fn answering(request: &Request, contact: NameAddr, remote: &Uri) -> NameAddr {
    let first = request.headers().list::<RecordRoute>().next().and_then(Result::ok);
    // rfc3261#12.1.1/5: the nearest proxy, or the caller where there is none, goes for the way back
    let back = first.as_ref().map_or(remote, |RecordRoute(hop)| &hop.uri);
    let is_secure = is_for_sips(request) || is_sips(back);
    if is_secure { as_sips(contact) } else { contact }
}

/// Whether the Request-URI of `request` is a SIPS URI.
pub(crate) fn is_for_sips(request: &Request) -> bool {
    let scheme = request.request_uri().split(':').next().unwrap_or_default();
    // a SIP URI, good or bad, need not be taken apart
    !scheme.eq_ignore_ascii_case("sip") && request.uri().is_ok_and(|uri| is_sips(&uri))
}

pub(crate) fn is_sips(uri: &Uri) -> bool {
    uri.as_sip().is_some_and(|sip| sip.is_secure())
}

pub(crate) fn as_sips(contact: NameAddr) -> NameAddr {
    let uri = match contact.uri {
        Uri::Sip(sip) => Uri::Sip(sip.with_scheme(Scheme::Sips)),
        other @ (Uri::Tel(_) | Uri::Other(_)) => other,
    };
    NameAddr { uri, ..contact }
}
