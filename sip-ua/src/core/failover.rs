//! The next server: a request outside of any dialog to which one server says nothing, or that it is not available, goes to
//! another one, over the flow there. RFC 3263 §4.3, RFC 3261 §21.5.4, RFC 3665 §3.4; AC-32.

use super::redirection::begins_something;
use super::{Core, Flows, Owner, Pending};
use sip_clock::Instant;
use sip_message::{NameAddr, Request, Response, Route, StatusCode};
use sip_transaction::Failure;

impl Flows {
    /// A flow to a server that neither this flow nor one before it has.
    ///
    /// A request begins on the first flow that it may take and goes on by their order, so that those before it are the
    /// ones that were tried, or were not there.
    fn to_other_server(&self, reg_id: u32) -> Option<u32> {
        let tried: Vec<u64> =
            self.iter().filter(|(known, _)| *known <= reg_id).filter_map(|(_, slot)| slot.server).collect();
        let mut others = self.iter().filter(|(other, _)| *other > reg_id && self.is_ready(*other));
        others.find(|(_, slot)| slot.server.is_some_and(|server| !tried.contains(&server))).map(|(id, _)| id)
    }
}

impl Core {
    /// Sends a request to the next server instead of failing with its owner; `false` when it has failed.
    pub(super) fn fail_over(&mut self, pending: &Pending, failure: Failure, now: Instant) -> bool {
        // rfc3263#4.3: for want of any response; a call whose connection is lost waits for the next one (AC-8)
        let is_servers = failure == Failure::Timeout || !pending.is_of_call();
        is_servers && self.send_to_next_server(pending, now)
    }

    /// The same for a request that was refused.
    pub(super) fn fail_over_refused(&mut self, pending: &Pending, refusal: &Response, now: Instant) -> bool {
        refusal.status() == StatusCode::SERVICE_UNAVAILABLE && self.send_to_next_server(pending, now)
    }

    fn send_to_next_server(&mut self, pending: &Pending, now: Instant) -> bool {
        if pending.has_response || !self.is_served(pending.owner) || !begins_something(pending) {
            return false;
        }
        let Some(next) = pending.reg_id.and_then(|reg_id| self.flows.to_other_server(reg_id)) else {
            return false;
        };
        // behind a strict router the target is not in the Request-URI (RFC 3261 §12.2.1.1)
        let is_strict = |hop: &NameAddr| hop.uri.as_sip().is_some_and(|uri| !uri.is_loose_router());
        if self.route_set(Some(next)).first().is_some_and(is_strict) {
            return false;
        }
        match pending.owner {
            #[cfg(feature = "registration")]
            Owner::Registration(_) => false,
            #[cfg(feature = "call")]
            Owner::Call(call) | Owner::Answer(call) => self.move_invite(call, pending, next, now),
            Owner::Exchange(exchange) => self.move_exchange(exchange, next, now),
        }
    }

    /// Has a request take the route that the registrar of this flow named for it (RFC 3608 §5).
    pub(super) fn route_over(&self, reg_id: Option<u32>, request: &mut Request) {
        let hops: Vec<Route> = self.route_set(reg_id).into_iter().map(Route).collect();
        request.headers_mut().set_list(&hops);
    }
}
