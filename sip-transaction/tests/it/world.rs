//! A transaction layer with a clock of its own and a transcript.

use bytes::Bytes;
use sip_clock::{Instant, TokenSource};
use sip_message::{Message, Method, Request, Response, StatusCode, To, Via};
use sip_transaction::{ClientId, FlowId, Output, Reliability, ServerId, TimerSettings, TransactionLayer};
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) const FLOW: FlowId = FlowId::new(1);

/// A request from the network with this top Via.
pub(crate) fn request_with_via(method: &str, via: &str) -> Request {
    received(&format!(
        "{method} sip:bob@example.org SIP/2.0\r\n\
         Via: {via}\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:alice@example.org>;tag=a\r\n\
         To: <sip:bob@example.org>\r\n\
         Call-ID: 1\r\n\
         CSeq: 1 {method}\r\n\
         Content-Length: 0\r\n\r\n"
    ))
}

/// A request from the network with this branch.
pub(crate) fn request_with_branch(method: &str, branch: &str) -> Request {
    request_with_via(method, &format!("SIP/2.0/UDP a.example;branch={branch}"))
}

/// A request as it is read off the wire.
pub(crate) fn received(text: &str) -> Request {
    match Message::parse(Bytes::copy_from_slice(text.as_bytes())).unwrap() {
        Message::Request(request) => request,
        Message::Response(response) => panic!("{response:?}"),
    }
}

/// A request of ours, without Via.
pub(crate) fn ours(method: Method) -> Request {
    let mut request = request_with_via(method.as_str(), "SIP/2.0/UDP nowhere");
    request.headers_mut().remove(&sip_message::HeaderName::Via);
    request
}

/// The answer to a request, with a To tag.
pub(crate) fn answer(request: &Request, status: u16) -> Response {
    let mut response = request.response(StatusCode::new(status).unwrap());
    if status > 100 {
        let to: To = request.headers().required().unwrap();
        response.headers_mut().set(&To(to.0.with_tag("b")));
    }
    response
}

/// A layer, its clock, and what it said.
pub(crate) struct World {
    pub(crate) layer: TransactionLayer,
    pub(crate) now: Instant,
    pub(crate) transcript: String,
    pub(crate) servers: Vec<ServerId>,
    pub(crate) sent: Vec<Message>,
    /// Every request in a transaction, as sent or received; the layer forgets what it needs no more.
    asked: BTreeMap<ClientId, Request>,
    received: BTreeMap<ServerId, Request>,
    reliability: Reliability,
    tokens: TokenSource,
}

impl World {
    pub(crate) fn new(reliability: Reliability) -> Self {
        Self::with_layer(reliability, TransactionLayer::new(TimerSettings::default()))
    }

    pub(crate) fn with_layer(reliability: Reliability, layer: TransactionLayer) -> Self {
        Self {
            layer,
            now: Instant::ZERO,
            transcript: String::new(),
            servers: Vec::new(),
            sent: Vec::new(),
            asked: BTreeMap::new(),
            received: BTreeMap::new(),
            reliability,
            tokens: TokenSource::from_seed(1),
        }
    }

    pub(crate) fn request(&mut self, method: Method) -> ClientId {
        let via = Via::new("UDP", &"client.invalid".parse().unwrap(), None);
        let request = ours(method);
        let id = self.layer.request(request, FLOW, self.reliability, &via, &mut self.tokens, self.now);
        self.asked.insert(id, self.layer.sent_request(id).unwrap().clone());
        self.drain();
        id
    }

    pub(crate) fn receive(&mut self, message: impl Into<Message>) {
        self.layer.handle_message(message.into(), FLOW, self.reliability, self.now);
        self.drain();
    }

    /// The peer answers a request of ours.
    pub(crate) fn answered(&mut self, id: ClientId, status: u16) {
        let response = answer(self.asked(id), status);
        self.receive(response);
    }

    /// A request of ours as it was sent.
    pub(crate) fn asked(&self, id: ClientId) -> &Request {
        self.asked.get(&id).or_else(|| self.layer.sent_request(id)).unwrap()
    }

    /// The transaction user answers the newest request.
    pub(crate) fn respond(&mut self, status: u16) {
        let id = *self.servers.last().unwrap();
        let response = answer(&self.received[&id], status);
        self.layer.respond(id, response, self.now).unwrap();
        self.drain();
    }

    pub(crate) fn wait(&mut self, duration: Duration) {
        let end = self.now + duration;
        self.run(|next| next <= end);
        self.now = end;
    }

    /// Fires timers until there is none.
    pub(crate) fn wait_until_idle(&mut self) {
        self.run(|_| true);
    }

    /// The transcript so far, which starts anew.
    pub(crate) fn take_transcript(&mut self) -> String {
        std::mem::take(&mut self.transcript)
    }

    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.layer.poll_output() {
            let line = self.note(output);
            self.transcript += &format!("{} {line}\n", self.now);
        }
    }

    fn run(&mut self, due: impl Fn(Instant) -> bool) {
        while let Some(next) = self.layer.next_timeout().filter(|next| due(*next)) {
            self.now = next;
            self.layer.handle_timeout(next);
            self.drain();
        }
    }

    fn note(&mut self, output: Output) -> String {
        match output {
            Output::Transmit { message, flow } => {
                let line = format!("send {} on {}", label(&message), flow.get());
                self.sent.push(message);
                line
            }
            Output::Request { id, request, .. } => {
                self.servers.push(id);
                let line = format!("request {}", request.method().as_str());
                self.received.insert(id, request);
                line
            }
            Output::Cancel { id, invite, request, .. } => {
                self.servers.push(id);
                self.received.insert(id, request);
                format!("cancel of {}", invite.map_or("nothing".to_owned(), |id| format!("{id:?}")))
            }
            Output::Ack { .. } => "ACK to the user".to_owned(),
            Output::Response { response, .. } => format!("response {}", response.status().code()),
            Output::Stray { response, .. } => format!("stray {}", response.status().code()),
            Output::ClientFailed { failure, .. } => format!("client failed: {failure:?}"),
            Output::ServerFailed { failure, .. } => format!("server failed: {failure:?}"),
            Output::ClientTerminated { id } => format!("{id:?} gone"),
            Output::ServerTerminated { id } => format!("{id:?} gone"),
        }
    }
}

fn label(message: &Message) -> String {
    match message {
        Message::Request(request) => request.method().as_str().to_owned(),
        Message::Response(response) => response.status().code().to_string(),
    }
}
