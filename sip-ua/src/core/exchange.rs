//! Requests and responses outside of any dialog: MESSAGE (RFC 3428) and OPTIONS (RFC 3261 §11).

use super::{Core, Event, ExchangeKey, Owner, RequestFailure, inspection};
use sip_clock::Instant;
use sip_message::{
    Accept, CSeq, CallId, From, MaxForwards, Method, NameAddr, Request, Response, StatusCode, To,
};
use sip_transaction::{Failure, FlowId, ServerId};
use sip_uri::{ParseUriError, SipUri, Uri, UriContext};

#[cfg(feature = "message")]
use super::MessageKey;
#[cfg(feature = "message")]
use sip_message::Body;
#[cfg(feature = "registration")]
use sip_message::ServiceRoute;

/// A request of ours that waits for its answer, as it was before `Via` and credentials.
#[derive(Debug)]
pub(crate) struct Exchange {
    request: Request,
    /// The flow to another server, when the first one had failed.
    reg_id: Option<u32>,
}

impl Core {
    /// Reads who is meant: `sip:bob@example.com`, `bob@example.com`, or `bob` in the domain of the
    /// address-of-record.
    ///
    /// # Errors
    ///
    /// When the text is none of these.
    pub fn target(&self, text: &str) -> Result<Uri, ParseUriError> {
        let text = text.trim();
        if text.contains(':') && (text.parse::<Uri>().is_ok() || !text.contains('@')) {
            return text.parse();
        }
        if text.contains('@') {
            return format!("sip:{text}").parse();
        }
        let aor = self.identity.aor();
        Ok(Uri::Sip(SipUri::new(aor.host().clone()).with_scheme(aor.scheme()).with_user(text)))
    }

    /// Sends an instant message (RFC 3428 §4).
    #[cfg(feature = "message")]
    pub fn message(&mut self, target: &Uri, body: Body, now: Instant) -> ExchangeKey {
        let mut request = self.new_request(Method::Message, target);
        request.set_body(&body.content_type, body.bytes);
        self.exchange(request, now)
    }

    /// Asks for the capabilities of `target` (RFC 3261 §11.1).
    pub fn options(&mut self, target: &Uri, now: Instant) -> ExchangeKey {
        let request = self.new_request(Method::Options, target).with(&Accept::new("application", "sdp"));
        self.exchange(request, now)
    }

    /// Asks our own server for its capabilities, only to hear something: whatever it answers, even a challenge, the
    /// connection is alive.
    pub(super) fn keep_alive(&mut self, flow: FlowId, now: Instant) {
        let Some(reg_id) = self.flows.reg_id_of(flow) else { return };
        let aor = self.identity.aor();
        let domain = SipUri::new(aor.host().clone()).with_scheme(aor.scheme());
        let server = self.config.registrar.clone().unwrap_or(domain);
        let request = self.new_request(Method::Options, &Uri::Sip(server));
        // Nobody waits for an exchange that is not among the open ones.
        let key = ExchangeKey(self.next_key());
        self.send_over(Some(reg_id), Owner::Exchange(key), request, now);
    }

    /// Answers a received MESSAGE; a second answer is ignored.
    #[cfg(feature = "message")]
    pub fn answer_message(&mut self, key: MessageKey, status: StatusCode, now: Instant) {
        let Some(id) = self.messages.remove(&key) else { return };
        let Some(request) = self.transactions.request_of(id) else { return };
        let response = request.response(status);
        self.reply(id, response, now);
        self.drive(now);
    }

    /// A request outside of a dialog, with everything but `Via` (RFC 3261 §8.1.1).
    // rfc3261#8.1.1/1
    pub(super) fn new_request(&mut self, method: Method, target: &Uri) -> Request {
        // rfc3261#8.1.1.3/2: a tag of its own
        let tag = self.tokens.tag();
        self.new_request_from(&tag, method, target)
    }

    /// The same with this tag.
    pub(super) fn new_request_from(&mut self, tag: &str, method: Method, target: &Uri) -> Request {
        let target = without_headers(target);
        let from = self.identity.from(tag);
        // rfc3261#8.1.1.1/1,3: to the URI of To, by way of the proxies that are known beforehand
        Request::through(method.clone(), &target, &self.route_set(self.flows.best()))
            // rfc3261#8.1.1.6/1-2
            .with(&MaxForwards(70))
            .with(&From(from))
            // rfc3261#8.1.1.2/3: no tag
            .with(&To(NameAddr::new(target)))
            // rfc3261#8.1.1.4/3-4: drawn at random
            .with(&CallId(self.tokens.call_id()))
            // rfc3261#8.1.1.5/1-3
            .with(&CSeq { number: 1, method })
    }

    /// The proxies that requests outside of dialogs pass on this flow: those that its registrar named (RFC 3608 §5), else
    /// those of the configuration.
    pub(super) fn route_set(&self, reg_id: Option<u32>) -> Vec<NameAddr> {
        #[cfg(not(feature = "registration"))]
        let _ = reg_id;
        #[cfg(feature = "registration")]
        if let Some(registration) =
            self.registration_of(reg_id).filter(|registration| !registration.service_route().is_empty())
        {
            return registration.service_route().iter().map(|ServiceRoute(hop)| hop.clone()).collect();
        }
        self.config.route_set.clone()
    }

    pub(super) fn deliver_to_exchange(&mut self, key: ExchangeKey, response: Response) {
        if !response.status().is_final() {
            return;
        }
        let outcome = if response.status().is_success() {
            Ok(response)
        } else {
            Err(match self.auth_errors.remove(&Owner::Exchange(key)) {
                Some(error) => RequestFailure::Authentication(error),
                None => RequestFailure::Refused(response),
            })
        };
        self.end_exchange(key, outcome);
    }

    pub(super) fn fail_exchange(&mut self, key: ExchangeKey, failure: Failure) {
        let failure = match failure {
            Failure::Timeout => RequestFailure::Timeout,
            Failure::Transport => RequestFailure::Transport,
        };
        self.end_exchange(key, Err(failure));
    }

    /// RFC 3261 §8.1.3.5: the same request, one higher in the sequence.
    // rfc3261#8.1.3.5/6, rfc3261#22.2/4
    pub(super) fn retry_exchange(&mut self, key: ExchangeKey, now: Instant) {
        let Some(exchange) = self.exchanges.get_mut(&key) else { return };
        if let Ok(CSeq { number, method }) = exchange.request.headers().required::<CSeq>() {
            exchange.request.headers_mut().set(&CSeq { number: number + 1, method });
        }
        let request = exchange.request.clone();
        self.send(Owner::Exchange(key), request, now);
    }

    /// The flow of an exchange.
    pub(super) fn home_of_exchange(&self, key: ExchangeKey) -> Option<u32> {
        let chosen = self.exchanges.get(&key).and_then(|exchange| exchange.reg_id);
        chosen.filter(|reg_id| self.flows.up(*reg_id).is_some()).or_else(|| self.flows.best())
    }

    /// RFC 3263 §4.3: the same request to another server.
    pub(super) fn move_exchange(&mut self, key: ExchangeKey, reg_id: u32, now: Instant) -> bool {
        let Some(mut exchange) = self.exchanges.remove(&key) else { return false };
        exchange.reg_id = Some(reg_id);
        self.route_over(Some(reg_id), &mut exchange.request);
        let request = exchange.request.clone();
        self.exchanges.insert(key, exchange);
        self.send(Owner::Exchange(key), request, now);
        true
    }

    /// RFC 3261 §8.1.3.4: the same request to another target.
    pub(super) fn redirect_exchange(&mut self, key: ExchangeKey, target: &Uri, now: Instant) {
        if let Some(exchange) = self.exchanges.get_mut(&key) {
            exchange.request.set_uri(target);
        }
        self.retry_exchange(key, now);
    }

    /// RFC 3261 §11.2: what we can do, in a 200.
    // rfc3261#8.2.6.1/2: at once
    pub(super) fn answer_options(&mut self, id: ServerId, request: &Request, now: Instant) {
        let mut response = request.response(StatusCode::OK);
        let headers = response.headers_mut();
        headers.set_list(inspection::ALLOWED_METHODS);
        headers.push(&Accept::new("application", "sdp"));
        inspection::set_supported(headers, self.is_outbound());
        self.reply(id, response, now);
    }

    #[cfg(feature = "message")]
    pub(super) fn receive_message(&mut self, id: ServerId, request: Request) {
        let key = MessageKey(self.next_key());
        self.messages.insert(key, id);
        self.emit(Event::Message { key, request });
    }

    pub(super) fn exchange(&mut self, request: Request, now: Instant) -> ExchangeKey {
        let key = ExchangeKey(self.next_key());
        self.exchanges.insert(key, Exchange { request: request.clone(), reg_id: None });
        self.send(Owner::Exchange(key), request, now);
        self.drive(now);
        key
    }

    fn end_exchange(&mut self, key: ExchangeKey, outcome: Result<Response, RequestFailure>) {
        if self.exchanges.remove(&key).is_some() {
            self.targets.remove(&Owner::Exchange(key));
            self.emit(Event::Answered { exchange: key, outcome });
        }
    }
}

/// A target as it may stand in a Request-URI and in `To`: without header components (RFC 3261 table 1).
fn without_headers(target: &Uri) -> Uri {
    match target {
        Uri::Sip(uri) => Uri::Sip(uri.in_context(UriContext::RequestUri)),
        Uri::Tel(_) | Uri::Other(_) => target.clone(),
    }
}
