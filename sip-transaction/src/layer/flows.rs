//! What the end of a flow does to transactions: RFC 3261 §17.1.4, §17.2.4 and §18.2.2, RFC 6026 §7.1.

use super::TransactionLayer;
use crate::matching::{client_key, top_branch};
use crate::{CancelError, ClientId, ClientInput, FlowId, Reliability, ServerId};
use sip_clock::Instant;
use sip_message::{Method, Reason, Request};

impl TransactionLayer {
    /// A flow broke: client transactions on it fail (RFC 3261 §17.1.4); server transactions are reported and live on
    /// until their timers end them (RFC 6026 §7.1).
    pub fn handle_flow_failed(&mut self, flow: FlowId, now: Instant) {
        for id in self.clients.on_flow(flow) {
            self.handle_client(id, ClientInput::TransportError, None, now);
        }
        for id in self.servers.on_flow(flow) {
            self.handle_server(id, None, |server| server.handle_transport_error(now));
        }
    }

    /// A flow broke, but its far end may come back on another one: requests that wait for their first response, and all
    /// but INVITE, fail (RFC 3261 §17.1.4). An INVITE that rings goes on, since its answer may come on another flow;
    /// its user bounds the time, as by Timer C (§16.6). Server transactions wait for [`move_servers`](Self::move_servers)
    /// or for a repetition of their request on another flow; what they send meanwhile is lost.
    pub fn handle_flow_interrupted(&mut self, flow: FlowId, now: Instant) {
        for id in self.clients.on_flow(flow) {
            let rings = self.clients.get(id).is_some_and(|client| client.transaction.is_proceeding_invite());
            if !rings {
                self.handle_client(id, ClientInput::TransportError, None, now);
            }
        }
        for id in self.servers.on_flow(flow) {
            if let Some(slot) = self.servers.get_mut(id) {
                slot.entry.interrupted = true;
            }
        }
    }

    /// The far end of the flow `from` is reached on the flow `to` now: the requests that came on the one are answered
    /// on the other (RFC 3261 §18.2.2: when the connection is no longer open, the response takes another to the same
    /// place). A refused INVITE whose ACK has not come gets its refusal once more, as it may have got lost with the flow, and
    /// repetitions of an accepted one are absorbed for another 64·T1.
    pub fn move_servers(&mut self, from: FlowId, to: FlowId, now: Instant) {
        for id in self.servers.on_flow(from) {
            let was_interrupted = self.servers.get(id).is_some_and(|server| server.interrupted);
            self.move_server(id, to);
            if was_interrupted {
                self.handle_server(id, None, |server| server.handle_return(now));
            }
        }
    }

    /// The same for the requests sent on the flow `from`: the CANCEL or ACK that belongs to one follows it to `to`. Tells
    /// which they are, for [`cancel_again`](Self::cancel_again).
    pub fn move_clients(&mut self, from: FlowId, to: FlowId) -> Vec<ClientId> {
        let moved = self.clients.on_flow(from);
        for id in &moved {
            self.clients.move_to(*id, to);
        }
        moved
    }

    /// Sends the CANCEL of an INVITE once more on the flow to which that has moved, in a transaction that takes the place
    /// of the first one's: that may have got lost with its flow.
    ///
    /// # Errors
    /// When it was not cancelled or has been answered.
    pub fn cancel_again(
        &mut self,
        invite: ClientId,
        reasons: &[Reason],
        now: Instant,
    ) -> Result<ClientId, CancelError> {
        let slot = self.clients.get_mut(invite).ok_or(CancelError::Completed)?;
        let (flow, reliability) = (slot.flow, slot.entry.reliability);
        let cancel = slot.entry.transaction.cancel_again()?;
        let branch = top_branch(cancel.headers()).unwrap_or_default();
        if let Some(first) = self.clients.find(&client_key(&branch, &Method::Cancel, String::new())) {
            self.abandon(first);
        }
        Ok(self.insert_cancel(cancel, reasons, (flow, reliability), now))
    }

    /// Sends a request again that was sent on a flow that is gone: as it was, its Via included, in a transaction of its
    /// own. To the server it is a repetition (RFC 3261 §17.2.3), which shows it where to answer.
    pub fn repeat(
        &mut self,
        request: Request,
        flow: FlowId,
        reliability: Reliability,
        now: Instant,
    ) -> ClientId {
        let branch = top_branch(request.headers()).unwrap_or_default();
        self.insert_client(request, &branch, flow, reliability, now)
    }

    /// A repetition came on another flow than its request: that is where the client is now, if the old flow is gone.
    pub(super) fn follow(&mut self, id: ServerId, flow: FlowId) {
        if self.servers.get(id).is_some_and(|server| server.interrupted) {
            self.move_server(id, flow);
        }
    }

    fn move_server(&mut self, id: ServerId, to: FlowId) {
        self.servers.move_to(id, to);
        if let Some(slot) = self.servers.get_mut(id) {
            slot.entry.interrupted = false;
        }
    }
}
