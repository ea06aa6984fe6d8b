//! The flows of a user agent, each known by its reg-id: its connection, its registration, and what waits for its next
//! connection. RFC 5626 §4.2, RFC 3261 §18.2.2.

use super::FlowInfo;
use sip_message::{HeaderName, Request, Response};
#[cfg(feature = "registration")]
use sip_outbound::Registration;
use sip_transaction::{FlowId, ServerId};
use std::collections::BTreeMap;
use std::ops::Bound;
#[cfg(feature = "registration")]
use std::time::Duration;

/// The reg-id of the first flow, and of the only one where there is one.
pub(super) const FIRST: u32 = 1;

/// All flows, those without a connection included.
#[derive(Debug, Default)]
pub(super) struct Flows {
    /// Boxed: a tree keeps room for eleven, and most user agents have one.
    slots: BTreeMap<u32, Box<Slot>>,
    /// Whether something has happened to a registration since all of them had nothing left to say.
    #[cfg(feature = "registration")]
    pub(super) are_stirred: bool,
}

/// One flow.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// Its connection.
    pub(super) up: Option<FlowInfo>,
    /// The connection that was lost last, whose requests are still unanswered.
    pub(super) lost: Option<FlowId>,
    /// The server of the last connection.
    pub(super) server: Option<u64>,
    /// Final answers of ours to the requests of the lost connection, in their order.
    pub(super) responses: Vec<(ServerId, Response)>,
    /// Whether calls wait for the answer to a REGISTER.
    pub(super) awaits_registration: bool,
    #[cfg(feature = "registration")]
    pub(super) registration: Option<Registration>,
    /// Whether calls went on without the registration, so that requests of their peers found nobody.
    #[cfg(feature = "registration")]
    pub(super) is_unreachable: bool,
    /// What the server of the connection has said of keep-alives.
    #[cfg(feature = "registration")]
    pub(super) flow_timer: Option<Duration>,
}

impl Slot {
    #[cfg(feature = "registration")]
    pub(super) fn is_registered(&self) -> bool {
        self.registration.as_ref().is_some_and(Registration::is_registered)
    }

    /// Calls go on over this flow, with its registration or without.
    #[cfg(feature = "registration")]
    pub(super) fn note_calls_go_on(&mut self) {
        self.is_unreachable |= self.registration.is_some() && !self.is_registered();
    }

    #[cfg(not(feature = "registration"))]
    #[expect(clippy::unused_self, reason = "as with registrations")]
    const fn is_registered(&self) -> bool {
        false
    }
}

impl Flows {
    pub(super) fn get(&self, reg_id: u32) -> Option<&Slot> {
        self.slots.get(&reg_id).map(Box::as_ref)
    }

    pub(super) fn get_mut(&mut self, reg_id: u32) -> Option<&mut Slot> {
        self.slots.get_mut(&reg_id).map(Box::as_mut)
    }

    /// The same, which begins to exist if it did not.
    pub(super) fn entry(&mut self, reg_id: u32) -> &mut Slot {
        self.slots.entry(reg_id).or_default()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Slot)> {
        self.slots.iter().map(|(reg_id, slot)| (*reg_id, slot.as_ref()))
    }

    pub(super) fn reg_ids(&self) -> Vec<u32> {
        self.slots.keys().copied().collect()
    }

    /// The flow behind this one, or the first one behind 0.
    pub(super) fn after(&self, reg_id: u32) -> Option<u32> {
        self.slots.range((Bound::Excluded(reg_id), Bound::Unbounded)).next().map(|(next, _)| *next)
    }

    /// The connection of this flow.
    pub(super) fn up(&self, reg_id: u32) -> Option<&FlowInfo> {
        self.get(reg_id)?.up.as_ref()
    }

    /// The connection on which a request of this flow may leave.
    // rfc3261#8.1.2/3-4, rfc7118#9.2/1: what goes to a SIPS URI leaves on a secure connection or not at all
    // rfc3261#18.1.1/15, AC-40: all else on the connection of its flow
    pub(super) fn of_request(&self, reg_id: Option<u32>, request: &Request) -> Option<&FlowInfo> {
        self.up(reg_id?).filter(|flow| flow.is_secure() || !wants_security(request))
    }

    pub(super) fn is_up(&self) -> bool {
        self.slots.values().any(|slot| slot.up.is_some())
    }

    /// Which flow has this connection.
    pub(super) fn reg_id_of(&self, flow: FlowId) -> Option<u32> {
        self.iter()
            .find(|(_, slot)| slot.up.as_ref().is_some_and(|up| up.id == flow))
            .map(|(reg_id, _)| reg_id)
    }

    /// The connection of this name, if it is up.
    pub(super) fn info(&self, flow: FlowId) -> Option<&FlowInfo> {
        self.up(self.reg_id_of(flow)?)
    }

    /// The flow that lost this connection and has no other yet.
    pub(super) fn loser_of(&mut self, flow: FlowId) -> Option<&mut Slot> {
        self.slots.values_mut().map(Box::as_mut).find(|slot| slot.lost == Some(flow) && slot.up.is_none())
    }

    /// The flow for what is bound to none: of those that are up the first one that is registered, else the first one.
    pub(super) fn best(&self) -> Option<u32> {
        let up = self.iter().filter(|(_, slot)| slot.up.is_some());
        up.min_by_key(|(reg_id, slot)| (!slot.is_registered(), *reg_id)).map(|(reg_id, _)| reg_id)
    }

    /// Whether calls of other flows may go on over this one: it is up and has had the answer of its registrar.
    pub(super) fn is_ready(&self, reg_id: u32) -> bool {
        self.get(reg_id).is_some_and(|slot| slot.up.is_some() && !slot.awaits_registration)
    }
}
/// Whether the Request-URI or the first Route is a SIPS URI.
fn wants_security(request: &Request) -> bool {
    let is_sips = |uri: &str| uri.split(':').next().unwrap_or_default().eq_ignore_ascii_case("sips");
    // What begins so, as nearly every Route does, need not be taken apart.
    let may_be_sips = |route: &[u8]| !route.starts_with(b"<sip:");
    let first_route = || request.headers().addresses(&HeaderName::Route).flatten().next();
    is_sips(request.request_uri())
        || request.headers().raw(&HeaderName::Route).is_some_and(may_be_sips)
            && first_route().is_some_and(|hop| is_sips(hop.uri()))
}
