//! Requests of ours on their way and what comes back for them: RFC 3261 §8.1.3, §22.2.

#[cfg(feature = "call")]
use super::CallKey;
use super::event::ExchangeKey;
use super::{Core, Event};
use sip_auth::{Attempts, ServerProof};
use sip_clock::Instant;
use sip_message::{CSeq, HeaderName, Request, Response, StatusCode};
use sip_transaction::{ClientId, Failure};

/// Who gets the response to a request of ours, and whose timer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Owner {
    #[cfg(feature = "registration")]
    Registration(u32),
    #[cfg(feature = "call")]
    Call(CallKey),
    #[cfg(feature = "call")]
    Answer(CallKey),
    Exchange(ExchangeKey),
}

/// A request of ours that waits for its final response.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(super) owner: Owner,
    pub(super) cseq: CSeq,
    /// As sent: what a challenge is about.
    pub(super) request: Request,
    /// What it and the same request before it have been through.
    pub(super) attempts: Attempts,
    /// The flow on which it went out, or should have.
    pub(super) reg_id: Option<u32>,
    /// Whether a provisional response came.
    pub(super) has_response: bool,
}

impl Core {
    pub(super) fn handle_response(&mut self, id: ClientId, response: Response, now: Instant) {
        if !response.status().is_final() {
            return self.handle_provisional(id, response, now);
        }
        let Some(pending) = self.pending.remove(&id) else {
            #[cfg(feature = "call")]
            self.handle_late_success(response, now);
            return;
        };
        if !pending.is_answered_by(&response) {
            return self.fail(&pending, Failure::Transport, now);
        }
        if !self.is_served(pending.owner) {
            return;
        }
        if is_challenge(response.status()) {
            if let Some((pending, response)) = self.ask_credentials(pending, response, now) {
                self.settle_challenge(*pending, response, now);
            }
            return;
        }
        if response.status().is_success() {
            self.learn_authentication_info(&pending, &response);
        }
        self.conclude(&pending, response, now);
    }

    /// A server that accepted our credentials may name the nonce to use next and show that it knows the secret, too.
    // rfc7616#3.5: the nonce is used from the next request on
    fn learn_authentication_info(&mut self, pending: &Pending, response: &Response) {
        match self.auth.handle_success(&pending.request, response) {
            ServerProof::Absent | ServerProof::Verified => {}
            ServerProof::Wrong => {
                let method = pending.cseq.method.clone();
                let request_uri = pending.request.request_uri().to_owned();
                self.emit(Event::ServerUnproven { method, request_uri });
            }
        }
    }

    /// The request is over, unless it may still go elsewhere.
    pub(super) fn conclude(&mut self, pending: &Pending, response: Response, now: Instant) {
        if self.fail_over_refused(pending, &response, now) {
            return;
        }
        match self.next_target(pending, Some(&response)) {
            Some(target) => self.send_elsewhere(pending, target, now),
            None => self.deliver(pending.owner, response, now),
        }
    }

    fn handle_provisional(&mut self, id: ClientId, response: Response, now: Instant) {
        let Some(pending) = self.pending.get_mut(&id) else { return };
        pending.has_response = true;
        let owner = pending.owner;
        // Its transaction goes by the branch and has stopped waiting: of what belongs to another call or cannot be read
        // the owner learns that much, so that it may cancel.
        let response = match pending.is_answered_by(&response) {
            true => response,
            false => pending.request.response(StatusCode::TRYING),
        };
        self.deliver(owner, response, now);
    }

    fn deliver(&mut self, owner: Owner, response: Response, now: Instant) {
        match owner {
            #[cfg(feature = "registration")]
            Owner::Registration(reg_id) => self.deliver_to_registration(reg_id, response, now),
            #[cfg(feature = "call")]
            Owner::Call(call) | Owner::Answer(call) => self.deliver_to_call(call, response, now),
            Owner::Exchange(exchange) => self.deliver_to_exchange(exchange, response),
        }
    }

    // rfc3261#8.1.3.5/1, rfc3261#22.2/2, rfc3261#22.3/4
    /// The credentials are there: the owner sends its request again with the next CSeq (RFC 3261 §8.1.3.5).
    pub(super) fn retry(&mut self, pending: Pending, now: Instant) {
        #[cfg(feature = "call")]
        let remote_tag = pending.remote_tag();
        // the request that the owner sends now is this one again
        self.spent = Some(pending.attempts);
        match pending.owner {
            #[cfg(feature = "registration")]
            Owner::Registration(reg_id) => self.retry_registration(reg_id, &pending.cseq, now),
            #[cfg(feature = "call")]
            Owner::Call(call) | Owner::Answer(call) => self.retry_call(call, &pending.cseq, remote_tag, now),
            Owner::Exchange(exchange) => self.retry_exchange(exchange, now),
        }
        self.spent = None;
    }

    /// RFC 3261 §8.1.3.1: no response came, and none will.
    // rfc3261#8.1.3.1/1-2: for each owner as if a 408 or a 503 had come
    pub(super) fn fail(&mut self, pending: &Pending, failure: Failure, now: Instant) {
        if self.fail_over(pending, failure, now) {
            return;
        }
        if failure == Failure::Timeout
            && self.is_served(pending.owner)
            && let Some(target) = self.next_target(pending, None)
        {
            return self.send_elsewhere(pending, target, now);
        }
        match pending.owner {
            #[cfg(feature = "registration")]
            Owner::Registration(reg_id) => self.fail_registration(reg_id, &pending.cseq, failure, now),
            #[cfg(feature = "call")]
            Owner::Call(call) | Owner::Answer(call) => {
                self.fail_call(call, &pending.cseq, pending.remote_tag(), failure, now)
            }
            Owner::Exchange(exchange) => self.fail_exchange(exchange, failure),
        }
    }

    /// The flow of an owner.
    pub(super) fn home(&self, owner: Owner) -> Option<u32> {
        match owner {
            #[cfg(feature = "registration")]
            Owner::Registration(reg_id) => Some(reg_id),
            #[cfg(feature = "call")]
            Owner::Call(call) | Owner::Answer(call) => self.calls.home(call),
            Owner::Exchange(exchange) => self.home_of_exchange(exchange),
        }
    }

    /// Sends a request of ours in a new client transaction; without a connection for it, it fails at once.
    pub(super) fn send(&mut self, owner: Owner, request: Request, now: Instant) -> Option<(CSeq, ClientId)> {
        self.send_over(self.home(owner), owner, request, now)
    }

    /// The same over this flow.
    pub(super) fn send_over(
        &mut self,
        reg_id: Option<u32>,
        owner: Owner,
        mut request: Request,
        now: Instant,
    ) -> Option<(CSeq, ClientId)> {
        let Ok(cseq) = request.headers().required::<CSeq>() else { return None };
        let attempts = self.spent.take().unwrap_or_default();
        let Some(flow) = self.flows.of_request(reg_id, &request) else {
            let has_response = false;
            self.undeliverable.push_back(Pending { owner, cseq, request, attempts, reg_id, has_response });
            return None;
        };
        self.auth.authorize(&mut request, &mut self.tokens);
        if !request.headers().contains(&HeaderName::UserAgent) {
            let _ = request.headers_mut().push_text(&HeaderName::UserAgent, &self.config.product);
        }
        let via = self.identity.via(flow);
        let id = self.transactions.request(request, flow.id, flow.reliability, via, &mut self.tokens, now);
        let request = self.transactions.sent_request(id)?.clone();
        let cseq_sent = cseq.clone();
        let pending = Pending { owner, cseq: cseq_sent, request, attempts, reg_id, has_response: false };
        self.pending.insert(id, Box::new(pending));
        Some((cseq, id))
    }
}

fn is_challenge(status: StatusCode) -> bool {
    status == StatusCode::UNAUTHORIZED || status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
}
