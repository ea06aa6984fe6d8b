//! What comes from the network: RFC 3261 §17.1.3, §17.2.3, §9.2 and §18.2.1.

use super::TransactionLayer;
use crate::matching::{RequestKey, response_key};
use crate::{ClientInput, FlowId, Output, Reliability, ServerId};
use sip_clock::Instant;
use sip_message::{Method, Request, Response};
use std::mem;

impl TransactionLayer {
    pub(super) fn handle_response(&mut self, response: Response, flow: FlowId, now: Instant) {
        let top = response.headers().top_via().ok().flatten();
        let admitted = top.filter(|top| self.response_filter.admits(&response, top));
        let room = mem::take(&mut self.key_room);
        let Some(key) = admitted.and_then(|top| response_key(&response, &top, room)) else {
            self.dropped += 1;
            return;
        };
        let found = self.clients.find(&key);
        self.key_room = key;
        // rfc3261#18.1.2/2-3, rfc6026#6/3, rfc6026#7.3/1, rfc6026#8.9/1
        match found {
            Some(id) => self.handle_client(id, ClientInput::Response(response), Some(flow), now),
            None => self.outputs.push_back(Output::Stray { response, flow }),
        }
    }

    pub(super) fn handle_request(
        &mut self,
        request: Request,
        flow: FlowId,
        reliability: Reliability,
        now: Instant,
    ) {
        let Some(key) = RequestKey::of(&request, mem::take(&mut self.key_room)) else {
            self.dropped += 1;
            return;
        };
        // rfc3261#8.2.7/3: an ACK is never answered, with or without a transaction
        if *request.method() == Method::Ack {
            self.handle_ack(request, &key, flow, now);
        } else if let Some(id) = self.servers.find(key.exact()) {
            self.follow(id, flow);
            self.handle_server(id, Some(flow), |server| server.handle_retransmission(now));
        } else {
            self.admit(request, &key, flow, reliability, now);
        }
        self.key_room = key.into_room();
    }

    // rfc3261#17.2.3, rfc6026#6/5: an ACK matches the INVITE; an ACK to a 2xx has a branch of its own and matches
    // nothing
    fn handle_ack(&mut self, ack: Request, key: &RequestKey, flow: FlowId, now: Instant) {
        let matched = self
            .servers
            .find_prefix(key.any_tag())
            .find(|(_, _, server)| key.acknowledges(server.response_tag.as_deref()))
            .map(|(_, id, _)| id);
        match matched {
            Some(id) => self.handle_server(id, Some(flow), |server| server.handle_ack(ack, now)),
            None => self.outputs.push_back(Output::Ack { request: ack, flow }),
        }
    }

    // rfc3261#9.2: matched as if the method were anything but CANCEL or ACK
    /// What the CANCEL with this key cancels.
    pub(super) fn cancelled_by(&self, key: &RequestKey) -> Option<ServerId> {
        self.servers.find(&key.of_invite()).or_else(|| {
            let mut candidates = self.servers.find_prefix(key.any_method());
            candidates.find(|(known, ..)| !known.starts_with(key.any_tag())).map(|(_, id, _)| id)
        })
    }
}
