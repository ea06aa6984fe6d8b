//! A user agent core and a hand-written server at the other end of its connection.

use sip_auth::Account;
use sip_clock::Instant;
use sip_message::{CSeq, HeaderName, Message, Request, Response, StatusCode, To};
use sip_transaction::{FlowId, Reliability};
use sip_ua::core::{CallKey, Config, Core, Event, FlowInfo, Input, Output};
use std::time::Duration;

/// Alice's core on one connection; the test is the server.
pub(crate) struct Peer {
    pub(crate) core: Core,
    pub(crate) now: Instant,
    pub(crate) events: Vec<Event>,
    /// Calls that owe nothing more, and why their peer may not know.
    pub(crate) closed: Vec<(CallKey, Option<sip_dialog::Undelivered>)>,
    sent: Vec<Message>,
    /// The number of its connection, and its transport.
    flow: u64,
    transport: String,
    /// The server that the next connection leads to.
    pub(crate) server: u64,
    /// The rests that servers were to be given.
    pub(crate) left: Vec<Duration>,
    /// What the server wants to see of keep-alives, each time it changed.
    pub(crate) flow_timers: Vec<Option<Duration>>,
}

impl Peer {
    pub(crate) fn connected() -> Self {
        Self::with(|_| {})
    }

    /// With another configuration.
    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::over("WS", change)
    }

    /// With another configuration and over another transport.
    pub(crate) fn over(transport: &str, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new("sip:alice@example.test".parse().unwrap(), [7; 32]);
        config.accounts = vec![Account::password("alice", "secret")];
        config.interop.contact_user = Some("alice-desk".to_owned());
        change(&mut config);
        let mut peer = Self {
            core: Core::new(config),
            now: Instant::ZERO,
            events: Vec::new(),
            closed: Vec::new(),
            sent: Vec::new(),
            flow: 0,
            transport: transport.to_owned(),
            server: 0,
            left: Vec::new(),
            flow_timers: Vec::new(),
        };
        peer.connect();
        peer
    }

    pub(crate) fn handle(&mut self, input: Input) {
        self.core.handle(input, self.now);
        self.drain();
    }

    pub(crate) fn receive(&mut self, message: impl Into<Message>) {
        let flow = FlowId::new(self.flow);
        self.handle(Input::Message { flow, message: message.into() });
    }

    pub(crate) fn receive_text(&mut self, text: &str) {
        let message = Message::parse(text.replace('\n', "\r\n").into()).unwrap();
        self.receive(message);
    }

    pub(crate) fn receive_malformed(&mut self, text: &str) {
        assert!(Message::parse(text.to_owned().into()).is_err(), "it is well-formed");
        let flow = FlowId::new(self.flow);
        self.handle(Input::Malformed { flow, bytes: text.to_owned().into() });
    }

    pub(crate) fn disconnect(&mut self) {
        let flow = FlowId::new(self.flow);
        self.handle(Input::Disconnected(flow));
    }

    /// Gives it a connection, the next one after a lost one.
    pub(crate) fn connect(&mut self) {
        self.flow += 1;
        let flow = FlowInfo::new(FlowId::new(self.flow), &self.transport, Reliability::Reliable);
        self.handle(Input::Connected(flow.with_server(self.server)));
    }

    /// Lets time pass, timer by timer.
    pub(crate) fn sleep(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(at) = self.core.next_timeout().filter(|at| *at <= end) {
            self.now = at.max(self.now);
            self.handle(Input::Timeout);
        }
        self.now = end;
    }

    /// Does `act` and drains the core.
    pub(crate) fn act<T>(&mut self, act: impl FnOnce(&mut Core, Instant) -> T) -> T {
        let outcome = act(&mut self.core, self.now);
        self.drain();
        outcome
    }

    /// The one message sent since the last look.
    pub(crate) fn sent(&mut self) -> Message {
        assert_eq!(self.sent.len(), 1, "{:?}", self.start_lines());
        self.sent.remove(0)
    }

    pub(crate) fn sent_request(&mut self) -> Request {
        match self.sent() {
            Message::Request(request) => request,
            Message::Response(response) => panic!("sent {}", response.start_line()),
        }
    }

    pub(crate) fn sent_response(&mut self) -> Response {
        match self.sent() {
            Message::Response(response) => response,
            Message::Request(request) => panic!("sent {}", request.start_line()),
        }
    }

    /// All messages sent since the last look.
    pub(crate) fn take_sent(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.sent)
    }

    pub(crate) fn start_lines(&self) -> Vec<String> {
        self.sent.iter().map(Message::start_line).collect()
    }

    fn drain(&mut self) {
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Transmit { flow, message } => {
                    // AC-40: nothing leaves on another way than the connection that is up
                    assert_eq!(flow.get(), self.flow);
                    self.sent.push(message);
                }
                Output::Event(Event::CallClosed { call, undelivered }) => {
                    self.closed.push((call, undelivered))
                }
                Output::Event(event) => self.events.push(event),
                Output::Leave { flow, rest } => {
                    assert_eq!(flow.get(), self.flow);
                    self.left.push(rest);
                }
                Output::FlowTimer { flow, limit, .. } => {
                    assert_eq!(flow.get(), self.flow);
                    self.flow_timers.push(limit);
                }
            }
        }
    }
}

/// A request from Bob to Alice's contact.
pub(crate) fn request(method: &str, extra: &str, body: &str) -> String {
    format!(
        "{method} sip:alice-desk@x.invalid;transport=ws SIP/2.0\n\
         Via: SIP/2.0/WS proxy.test;branch=z9hG4bKbob{method}\n\
         Max-Forwards: 69\n\
         From: <sip:bob@example.test>;tag=bob\n\
         To: <sip:alice@example.test>\n\
         Call-ID: from-bob\n\
         CSeq: 1 {method}\n\
         Contact: <sip:bob@y.invalid;transport=ws>\n\
         {extra}Content-Length: {}\n\n{body}",
        body.len()
    )
}

/// The response of a server to `request`, with a To tag.
pub(crate) fn response(request: &Request, status: StatusCode) -> Response {
    let mut response = request.response(status);
    let To(to) = response.headers().required().unwrap();
    if to.tag().is_none() && status != StatusCode::TRYING {
        response.headers_mut().set(&To(to.with_tag("server")));
    }
    response
}

/// A 401 or 407 with a digest challenge.
pub(crate) fn challenge(request: &Request, status: StatusCode, nonce: &str) -> Response {
    let name = if status == StatusCode::UNAUTHORIZED {
        HeaderName::WwwAuthenticate
    } else {
        HeaderName::ProxyAuthenticate
    };
    let mut response = response(request, status);
    let value = format!("Digest realm=\"example.test\", nonce=\"{nonce}\", qop=\"auth\", algorithm=SHA-256");
    response.headers_mut().push_text(&name, &value).unwrap();
    response
}

pub(crate) fn cseq(request: &Request) -> u32 {
    request.headers().required::<CSeq>().unwrap().number
}
