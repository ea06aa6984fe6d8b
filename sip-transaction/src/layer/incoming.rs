//! What comes from the network: RFC 3261 §17.1.3, §17.2.3, §9.2 and §18.2.1.

use super::TransactionLayer;
use crate::matching::{RequestKey, response_key};
use crate::{ClientInput, FlowId, Output, Reliability, ServerId};
use sip_clock::Instant;
use sip_message::{Method, Request, Response};

impl TransactionLayer {
    pub(super) fn handle_response(&mut self, response: Response, flow: FlowId, now: Instant) {
        let top = response.headers().top_via().ok().flatten();
        let admitted = top.filter(|top| self.response_filter.admits(&response, top));
        let Some(key) = admitted.and_then(|top| response_key(&response, &top)) else {
            self.dropped += 1;
            return;
        };
        // rfc3261#18.1.2/2-3, rfc6026#6/3, rfc6026#7.3/1, rfc6026#8.9/1
        match self.clients.find(&key) {
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
        let Some(key) = RequestKey::of(&request) else {
            self.dropped += 1;
            return;
        };
        // rfc3261#8.2.7/3: an ACK is never answered, with or without a transaction
        if *request.method() == Method::Ack {
            self.handle_ack(request, &key, flow, now);
        } else if let Some(id) = self.servers.find(&key.exact(request.method())) {
            self.follow(id, flow);
            self.handle_server(id, Some(flow), |server| server.handle_retransmission(now));
        } else {
            self.admit(request, &key, flow, reliability, now);
        }
    }

    // rfc3261#17.2.3, rfc6026#6/5: an ACK matches the INVITE; an ACK to a 2xx has a branch of its own and matches
    // nothing
    fn handle_ack(&mut self, ack: Request, key: &RequestKey, flow: FlowId, now: Instant) {
        let invites = key.prefix(&Method::Invite);
        let matched = self
            .servers
            .find_prefix(&invites)
            .find(|(_, _, server)| key.acknowledges(server.response_tag.as_deref()))
            .map(|(_, id, _)| id);
        match matched {
            Some(id) => self.handle_server(id, Some(flow), |server| server.handle_ack(ack, now)),
            None => self.outputs.push_back(Output::Ack { request: ack, flow }),
        }
    }

    // rfc3261#9.2: matched as if the method were anything but CANCEL or ACK
    pub(super) fn cancelled_by(&self, key: &RequestKey) -> Option<ServerId> {
        self.servers.find(&key.exact(&Method::Invite)).or_else(|| {
            let cancel = key.prefix(&Method::Cancel);
            let mut candidates = self.servers.find_prefix(key.any_method());
            candidates.find(|(known, ..)| !known.starts_with(&cancel)).map(|(_, id, _)| id)
        })
    }
}
