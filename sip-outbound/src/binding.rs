//! Which binding in a 2xx is ours and how long it lasts: RFC 3261 §10.2.4, and what registrars make of it.

use crate::Gruu;
use sip_message::{Contact, Expires, FlowTimer, NameAddr, Require, Response};
use std::time::Duration;

/// How our binding was recognised in the response, from the surest way to none.
#[expect(clippy::exhaustive_enums, reason = "the four rules and the lack of one")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BindingMatch {
    /// The same URI by RFC 3261 §19.1.4.
    Uri,
    /// The same `+sip.instance` and `reg-id` (RFC 5626); the registrar rewrote the URI.
    Instance,
    /// The same user part; the registrar rewrote the host.
    User,
    /// It is the only binding there is.
    Only,
    /// Nothing looks like ours. The registrar said 2xx, so the binding is taken as held.
    Assumed,
}

/// What a 2xx grants.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) seconds: u32,
    pub(crate) matched: BindingMatch,
    pub(crate) contacts: Vec<NameAddr>,
    pub(crate) gruu: Gruu,
    /// Whether the registrar and the edge do RFC 5626.
    pub(crate) is_outbound: bool,
    /// How long the edge waits for keep-alives.
    pub(crate) flow_timer: Option<Duration>,
}

impl Grant {
    /// Reads the bindings of `response`; `requested` seconds are what we asked for `own`.
    pub(crate) fn read(response: &Response, own: &NameAddr, requested: u32) -> Self {
        let header = response.headers().typed::<Expires>().ok().flatten().map(|expires| expires.0);
        let contacts: Vec<_> = response.headers().list::<Contact>().flatten().filter_map(address).collect();
        let (matched, ours) = find(&contacts, own);
        // rfc3261#10.2.4: the contact's parameter before the header field
        let lasting = ours.iter().map(|contact| expires(contact).or(header).unwrap_or(requested));
        let seconds = lasting.min().unwrap_or_else(|| header.unwrap_or(requested));
        let gruu = ours.first().map(|own| Gruu::read(own)).unwrap_or_default();
        // rfc5626#4.2.1: told by Require in the response
        let is_outbound = response.headers().list::<Require>().flatten().any(|tag| tag.0 == "outbound");
        let flow_timer = response.headers().typed::<FlowTimer>().ok().flatten();
        let flow_timer = flow_timer.map(|timer| Duration::from_secs(u64::from(timer.0)));
        Self { seconds, matched, contacts, gruu, is_outbound, flow_timer }
    }
}

/// When to refresh what was granted: earlier by 5 s or a tenth, whichever is more, but not before half of it and not within
/// 10 s of the last REGISTER, whatever the registrar grants.
pub(crate) fn refresh_after(grant: &Grant) -> Duration {
    let lasting = Duration::from_secs(u64::from(grant.seconds));
    // rfc5627#4.2: temporary GRUUs are not to lapse while a REGISTER waits for its answer
    let margin = if grant.gruu.temporary.is_some() { TRANSACTION } else { MARGIN };
    let early = lasting.saturating_sub(margin.max(lasting / 10));
    early.max(lasting / 2).max(MINIMUM_INTERVAL)
}

/// Two REGISTERs that nobody asked for are at least this far apart; what was sent again at once counts, too.
pub(crate) const MINIMUM_INTERVAL: Duration = Duration::from_secs(10);

/// Time for a request and its repetition after a challenge.
const MARGIN: Duration = Duration::from_secs(5);

/// 64·T1, after which a REGISTER has failed.
const TRANSACTION: Duration = Duration::from_secs(32);

/// rfc3261#10.2/10: a malformed value counts as one hour
const MALFORMED_EXPIRES: u32 = 3600;

fn address(contact: Contact) -> Option<NameAddr> {
    match contact {
        Contact::Addr(address) => Some(address),
        Contact::Star => None,
    }
}

fn expires(contact: &NameAddr) -> Option<u32> {
    contact.params.get("expires").map(|text| text.parse().unwrap_or(MALFORMED_EXPIRES))
}

type Comparison = fn(&NameAddr, &NameAddr) -> bool;

fn find<'a>(contacts: &'a [NameAddr], own: &NameAddr) -> (BindingMatch, Vec<&'a NameAddr>) {
    let rules: [(BindingMatch, Comparison); 3] = [
        (BindingMatch::Uri, |one, other| one.uri.is_equivalent(&other.uri)),
        (BindingMatch::Instance, has_same_instance),
        (BindingMatch::User, has_same_user),
    ];
    for (rule, is_same) in rules {
        let mut ours: Vec<_> = contacts.iter().filter(|contact| is_same(contact, own)).collect();
        if !ours.is_empty() {
            // rfc5626#6: the flows of one user agent may have one URI, and each its own time
            if ours.iter().any(|contact| has_same_instance(contact, own)) {
                ours.retain(|contact| has_same_instance(contact, own));
            }
            return (rule, ours);
        }
    }
    match contacts {
        [only] => (BindingMatch::Only, vec![only]),
        _ => (BindingMatch::Assumed, Vec::new()),
    }
}

/// rfc5626#6: instance and reg-id together name a binding
fn has_same_instance(one: &NameAddr, other: &NameAddr) -> bool {
    let instance = |contact: &NameAddr| contact.params.get("+sip.instance").map(str::to_owned);
    let reg_id = |contact: &NameAddr| contact.params.get("reg-id").map(str::to_owned);
    instance(one).is_some() && instance(one) == instance(other) && reg_id(one) == reg_id(other)
}

fn has_same_user(one: &NameAddr, other: &NameAddr) -> bool {
    let user = |contact: &NameAddr| {
        let user = contact.uri.as_sip().and_then(|uri| uri.user());
        user.map(|user| user.into_owned())
    };
    user(one).is_some() && user(one) == user(other)
}
