//! Requests as text, a core with clients, and a look at what comes out.

use sip_auth::{Account, Attempts, AuthClient};
use sip_clock::{Instant, TokenSource};
use sip_message::{Header, Message, Request, Response, StatusCode, To};
use sip_testbed::sim::{Latency, Network, NodeId, ScriptedPeer};
use sip_testbed::{FlowProfile, Output, Proxy, ProxyConfig};
use sip_transaction::FlowId;
use std::time::Duration;

/// A message from lines of text; `\n` stands for CR LF.
pub(crate) fn message(text: &str) -> Message {
    let lines: Vec<&str> = text.trim().lines().map(str::trim).collect();
    Message::parse((lines.join("\r\n") + "\r\n\r\n").into()).unwrap()
}

pub(crate) fn request(text: &str) -> Request {
    match message(text) {
        Message::Request(request) => request,
        Message::Response(response) => panic!("{response:?} is no request"),
    }
}

/// A request of alice to `uri`, with everything that a proxy wants of it.
pub(crate) fn from_alice(method: &str, uri: &str, branch: &str) -> Request {
    request(&format!(
        "{method} {uri} SIP/2.0
         Via: SIP/2.0/WS alice.invalid;branch=z9hG4bK{branch}
         Max-Forwards: 70
         From: <sip:alice@example.test>;tag=a1
         To: <sip:bob@example.test>
         Call-ID: call-{branch}
         CSeq: 1 {method}
         Contact: <sip:alice@alice.invalid;transport=ws>"
    ))
}

/// A REGISTER of `user` with the given Contact and further lines.
pub(crate) fn register(user: &str, cseq: u32, lines: &str) -> Request {
    request(&format!(
        "REGISTER sip:example.test SIP/2.0
         Via: SIP/2.0/WS {user}.invalid;branch=z9hG4bKreg{user}{cseq}
         Max-Forwards: 70
         From: <sip:{user}@example.test>;tag=r1
         To: <sip:{user}@example.test>
         Call-ID: register-{user}
         CSeq: {cseq} REGISTER
         {lines}"
    ))
}

/// The settings of all tests: the domain `example.test`, open.
pub(crate) fn config() -> ProxyConfig {
    ProxyConfig::new("sip:proxy.example.test".parse().unwrap()).with_domain("example.test".parse().unwrap())
}

/// The To header field from its text.
pub(crate) fn to(value: &str) -> To {
    Header::decode(value).unwrap()
}

pub(crate) fn seconds(seconds: u64) -> Instant {
    Instant::ZERO + Duration::from_secs(seconds)
}

/// A core with one client on flow 1, without a network.
pub(crate) struct Core {
    pub(crate) proxy: Proxy,
    pub(crate) now: Instant,
}

impl Core {
    pub(crate) fn new(config: ProxyConfig) -> Self {
        let mut proxy = Proxy::new(config, [1; 32]);
        proxy.handle_flow_opened(FlowId::new(1), FlowProfile::ws());
        Self { proxy, now: Instant::ZERO }
    }

    /// What comes out after `message` has come in on `flow`.
    pub(crate) fn send(&mut self, flow: u64, message: impl Into<Message>) -> Vec<(u64, Message)> {
        self.proxy.handle_message(FlowId::new(flow), message.into(), self.now);
        self.outputs()
    }

    pub(crate) fn outputs(&mut self) -> Vec<(u64, Message)> {
        let outputs = std::iter::from_fn(|| self.proxy.poll_output());
        outputs.map(|Output::Transmit { flow, message }| (flow.get(), message)).collect()
    }

    /// The one response to a request of the client on flow 1.
    pub(crate) fn ask(&mut self, request: impl Into<Message>) -> Response {
        let mut outputs = self.send(1, request);
        assert_eq!(outputs.len(), 1, "{outputs:?}");
        match outputs.remove(0) {
            (1, Message::Response(response)) => response,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn status(&mut self, request: impl Into<Message>) -> u16 {
        self.ask(request).status().code()
    }
}

/// The values of a header field, one per line.
pub(crate) fn values(message: &Message, name: &str) -> String {
    let name = name.parse().unwrap();
    let fields = message.headers().iter().filter(|field| field.name() == name);
    fields.map(|field| field.text().unwrap().to_string()).collect::<Vec<_>>().join("\n")
}

/// `request` again, with an answer to the challenge in `response`.
pub(crate) fn authorized(request: &Request, response: &Response, user: &str, password: &str) -> Request {
    let mut client = AuthClient::new(vec![Account::password(user, password)]);
    client.handle_challenge(request, response, &mut Attempts::default()).unwrap();
    let mut again = request.clone();
    let branch = format!("{}x", values(&Message::Request(request.clone()), "Via"));
    again.headers_mut().remove(&sip_message::HeaderName::Via);
    again.headers_mut().push_text(&sip_message::HeaderName::Via, &branch).unwrap();
    client.authorize(&mut again, &mut TokenSource::from_seed(3));
    again
}

/// A network with a proxy in the middle.
pub(crate) struct World {
    pub(crate) network: Network,
    pub(crate) proxy: NodeId<Proxy>,
}

/// A peer with its link to the proxy.
#[derive(Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) node: NodeId<ScriptedPeer>,
    pub(crate) flow: FlowId,
}

impl World {
    pub(crate) fn new(config: ProxyConfig) -> Self {
        let mut network = Network::new();
        let proxy = network.add("proxy", Proxy::new(config, [1; 32]));
        Self { network, proxy }
    }

    /// A peer that answers as told.
    pub(crate) fn peer(&mut self, name: &str, peer: ScriptedPeer) -> Peer {
        let node = self.network.add(name, peer);
        let latency = Latency::both(Duration::from_millis(10));
        let flow = self.network.connect(node, self.proxy, FlowProfile::ws(), latency);
        Peer { node, flow }
    }

    /// A peer that is registered as `user` and answers as told.
    pub(crate) fn registered(&mut self, user: &str, name: &str, peer: ScriptedPeer) -> Peer {
        let peer = self.peer(name, peer);
        let mut register = register(user, 1, &format!("Contact: <sip:{name}@{name}.invalid;transport=ws>"));
        register.headers_mut().set(&sip_message::CallId(format!("register-{name}")));
        self.send(peer, register);
        assert_eq!(self.last(peer), "SIP/2.0 200 OK");
        self.network.clear_records();
        peer
    }

    /// Sends and waits until all is quiet.
    pub(crate) fn send(&mut self, peer: Peer, message: impl Into<Message>) {
        self.post(peer, message);
        self.network.settle().unwrap();
    }

    /// Sends without waiting.
    pub(crate) fn post(&mut self, peer: Peer, message: impl Into<Message>) {
        let message = message.into();
        self.network.with(peer.node, |node, _| node.send(peer.flow, message));
    }

    /// The start lines of all that `peer` has received since its registration.
    pub(crate) fn received(&mut self, peer: Peer) -> Vec<Message> {
        self.network.with(peer.node, |node, _| node.received().to_vec())
    }

    /// The start line of the last message that `peer` has received.
    pub(crate) fn last(&mut self, peer: Peer) -> String {
        self.received(peer).last().map(Message::start_line).unwrap_or_default()
    }

    /// All messages as `alice -> proxy INVITE`.
    pub(crate) fn arrows(&self) -> String {
        let arrow =
            |record: &sip_testbed::Record| format!("{} -> {} {}", record.from, record.to, record.label());
        self.network.records().iter().map(arrow).collect::<Vec<_>>().join("\n")
    }
}

/// A response of a user agent server with a To tag.
pub(crate) fn answer(request: &Request, status: StatusCode, tag: &str) -> Message {
    let mut response = request.response(status);
    let to: To = response.headers().required().unwrap();
    if to.0.tag().is_none() {
        response.headers_mut().set(&To(to.0.with_tag(tag)));
    }
    response.headers_mut().copy_from(request.headers(), &sip_message::HeaderName::RecordRoute);
    Message::Response(response)
}

/// A phone that answers each request with these responses at once; CANCEL with 200 and 487.
pub(crate) fn phone(tag: &'static str, statuses: &'static [StatusCode]) -> ScriptedPeer {
    let mut ringing: Option<Request> = None;
    ScriptedPeer::answering(move |message| {
        let Message::Request(request) = message else { return Vec::new() };
        match request.method().as_str() {
            "ACK" => Vec::new(),
            "CANCEL" => {
                let invite = ringing.take().map(|it| answer(&it, StatusCode::REQUEST_TERMINATED, tag));
                [answer(request, StatusCode::OK, tag)].into_iter().chain(invite).collect()
            }
            _ => {
                ringing = Some(request.clone());
                statuses.iter().map(|status| answer(request, *status, tag)).collect()
            }
        }
    })
}
