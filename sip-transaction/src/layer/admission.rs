//! Requests that never reach the transaction user: merged ones (RFC 3261 §8.2.2.2) and those beyond the limits
//! (§21.5.4, answered as by the stateless server of §8.2.7).

use super::TransactionLayer;
use crate::key::{Key, Ordered, Sought, fnv1a};
use crate::matching::{RequestKey, merge_key};
use crate::{FlowId, Output, Reliability, ServerId};
use sip_clock::Instant;
use sip_message::{Method, Request, Response, RetryAfter, StatusCode, To};

impl TransactionLayer {
    /// Makes a server transaction for a new request and tells the user, unless the layer answers by itself.
    pub(super) fn admit(
        &mut self,
        request: Request,
        key: &RequestKey,
        flow: FlowId,
        reliability: Reliability,
        now: Instant,
    ) {
        if *request.method() == Method::Cancel {
            let invite = self.cancelled_by(key);
            if invite.is_some() || self.has_room(flow) {
                let id = self.insert_server(request.clone(), key, flow, reliability, now);
                self.tell_of_cancel(id, request, flow, invite, now);
            } else {
                // rfc3261#8.2.7/4: without a transaction no word about a CANCEL
                self.refusals.over_limit += 1;
            }
        } else if !self.has_room(flow) {
            self.refuse(&request, key, flow);
        } else {
            let merge_key = self.refuses_merged.then(|| merge_key(&request)).flatten();
            let id = self.insert_server(request.clone(), key, flow, reliability, now);
            match merge_key {
                // rfc3261#8.2.2.2/2: the same request came another way
                Some(merge_key) if self.merge_keys.contains_key(&Sought::new(&merge_key) as &dyn Ordered) => {
                    self.refusals.merged += 1;
                    self.answer(id, &request, StatusCode::LOOP_DETECTED, now);
                }
                Some(merge_key) => {
                    self.remember_merge_key(id, Key::new(&merge_key));
                    self.outputs.push_back(Output::Request { id, request, flow });
                }
                // rfc3261#17.2.1/3
                None => self.outputs.push_back(Output::Request { id, request, flow }),
            }
        }
    }

    /// Forgets what requests were compared with a transaction that ended.
    pub(super) fn forget_merge_key(&mut self, key: Option<Key>) {
        if let Some(key) = key {
            self.merge_keys.remove(&key);
        }
    }

    // rfc3261#9.2: the user cannot know a transaction that the layer answered, so the layer answers this one, too
    fn tell_of_cancel(
        &mut self,
        id: ServerId,
        request: Request,
        flow: FlowId,
        invite: Option<ServerId>,
        now: Instant,
    ) {
        if invite.and_then(|invite| self.servers.get(invite)).is_some_and(|server| server.answered_here) {
            self.answer(id, &request, StatusCode::OK, now);
        } else {
            self.outputs.push_back(Output::Cancel { id, request, flow, invite });
        }
    }

    fn has_room(&self, flow: FlowId) -> bool {
        self.servers.len() < self.limits.total && self.servers.len_on_flow(flow) < self.limits.per_flow
    }

    // rfc3261#8.2.7/1-2: without a transaction; each repetition gets the same bytes again
    fn refuse(&mut self, request: &Request, key: &RequestKey, flow: FlowId) {
        self.refusals.over_limit += 1;
        let mut response = response_by_layer(request, StatusCode::SERVICE_UNAVAILABLE, key);
        response.headers_mut().push(&RetryAfter::new(self.limits.retry_after));
        self.transmit(response.into(), flow);
    }

    /// Answers in a transaction of which the user never hears.
    fn answer(&mut self, id: ServerId, request: &Request, status: StatusCode, now: Instant) {
        let Some(key) = RequestKey::of(request, String::new()) else { return };
        if let Some(slot) = self.servers.get_mut(id) {
            slot.entry.answered_here = true;
        }
        // A new transaction takes any final response but 408.
        let _ = self.respond(id, response_by_layer(request, status, &key), now);
    }

    fn remember_merge_key(&mut self, id: ServerId, key: Key) {
        if let Some(slot) = self.servers.get_mut(id) {
            slot.entry.merge_key = Some(key.clone());
            self.merge_keys.insert(key, id);
        }
    }
}

// rfc3261#8.2.6.2/6-8, rfc3261#8.2.7/5: the To tag depends on the request alone. It names no dialog, so it need not
// be secret.
fn response_by_layer(request: &Request, status: StatusCode, key: &RequestKey) -> Response {
    let mut response = request.response(status);
    if let Ok(Some(To(to))) = request.headers().typed::<To>()
        && to.tag().is_none()
    {
        let tag = format!("{:016x}", fnv1a(key.exact()));
        response.headers_mut().set(&To(to.with_tag(&tag)));
    }
    response
}
