//! RFC 3261 §17: a transaction layer whatever the network, its user and the clock do, in any order.
//!
//! It does not panic, says no more than a few things for one message, and is empty 64·T1 after its user has answered
//! what came in and given up what it asked.

use crate::script::Script;
use crate::traffic::Traffic;
use sip_clock::{Instant, TokenSource};
use sip_message::{CSeq, CallId, From, Message, Method, NameAddr, Request, StatusCode, To, Via};
use sip_transaction::{
    ClientId, FlowId, Output, Reliability, ServerId, ServerLimits, TimerSettings, TransactionLayer,
};
use std::time::Duration;

/// A script of some bytes for each step.
pub(super) fn check(data: &[u8]) {
    let mut script = Script::new(data);
    let mut user = User::new(&mut script);
    while !script.is_over() {
        user.step(&mut script);
    }
    user.finish();
}

/// The layer and its user.
struct User {
    layer: TransactionLayer,
    tokens: TokenSource,
    reliability: Reliability,
    now: Instant,
    traffic: Traffic,
    clients: Vec<ClientId>,
    servers: Vec<ServerId>,
}

const FLOW: FlowId = FlowId::new(1);

/// What one message may cause at most.
const MOST_FOR_A_MESSAGE: usize = 4;

/// Twice 64·T1: a CANCEL waits as long as its INVITE.
const SILENCE: Duration = Duration::from_secs(2 * 32 + 1);

impl User {
    fn new(script: &mut Script<'_>) -> Self {
        let limits = ServerLimits { total: 30, per_flow: 30, ..ServerLimits::default() };
        let layer = TransactionLayer::new(TimerSettings::default()).with_limits(limits);
        let layer = if script.one_in(2) { layer.refusing_merged_requests() } else { layer };
        let reliability = if script.one_in(2) { Reliability::Reliable } else { Reliability::Unreliable };
        Self {
            layer,
            tokens: TokenSource::from_seed(1),
            reliability,
            now: Instant::ZERO,
            traffic: Traffic::default(),
            clients: Vec::new(),
            servers: Vec::new(),
        }
    }

    fn step(&mut self, script: &mut Script<'_>) {
        match script.below(8) {
            0..=2 => self.receive(script),
            3 => self.request(script),
            // An error says that the transaction is past that.
            4 | 5 => {
                let status = [100, 180, 200, 302, 404, 408, 503]
                    .map(|code| StatusCode::new(code).expect("each number is a code"));
                let (id, status) = (script.pick(&self.servers).copied(), script.pick(&status).copied());
                if let Some((id, status)) = id.zip(status) {
                    self.respond(id, status);
                }
            }
            6 => {
                if let Some(id) = script.pick(&self.clients).copied() {
                    match script.below(8) {
                        0 => self.layer.abandon(id),
                        _ => drop(self.layer.cancel(id, &[], self.now)),
                    }
                }
            }
            _ if script.one_in(16) => self.layer.handle_flow_failed(FLOW, self.now),
            _ => self.pass(Duration::from_millis(5) * u32::from(script.byte()).pow(2)),
        }
        self.drain();
    }

    fn receive(&mut self, script: &mut Script<'_>) {
        let Ok(message) = Message::parse(self.traffic.next(script).into()) else { return };
        self.layer.handle_message(message, FLOW, self.reliability, self.now);
        let said = self.drain();
        assert!(said <= MOST_FOR_A_MESSAGE, "{said} outputs for one message");
    }

    fn request(&mut self, script: &mut Script<'_>) {
        let method = [Method::Invite, Method::Options, Method::Bye][script.below(3)].clone();
        let bob = NameAddr::new("sip:bob@b.test".parse().expect("the text is a URI"));
        let request = Request::new(method.clone(), &bob.uri)
            .with(&From(bob.clone().with_tag("own")))
            .with(&To(bob))
            .with(&CallId("own".to_owned()))
            .with(&CSeq { number: 1, method });
        let via = Via::new("UDP", &"own.invalid".parse().expect("the text is a host"), None);
        let id = self.layer.request(request, FLOW, self.reliability, &via, &mut self.tokens, self.now);
        self.clients.push(id);
    }

    fn respond(&mut self, id: ServerId, status: StatusCode) {
        let response = self.layer.request_of(id).map(|request| request.response(status));
        if let Some(response) = response {
            // An error says that it is answered already.
            let _ = self.layer.respond(id, response, self.now);
        }
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.layer.next_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.layer.handle_timeout(self.now);
            assert!(self.layer.next_timeout().is_none_or(|next| next > at), "a timer that runs off for ever");
            self.drain();
        }
        self.now = end;
    }

    fn drain(&mut self) -> usize {
        let mut count = 0;
        while let Some(output) = self.layer.poll_output() {
            count += 1;
            match output {
                Output::Transmit { message, .. } => self.traffic.hear(message),
                Output::Request { id, .. } | Output::Cancel { id, .. } => self.servers.push(id),
                Output::ClientTerminated { id } => self.clients.retain(|known| *known != id),
                Output::ServerTerminated { id } => self.servers.retain(|known| *known != id),
                Output::Ack { .. }
                | Output::Response { .. }
                | Output::Stray { .. }
                | Output::ClientFailed { .. }
                | Output::ServerFailed { .. } => {}
            }
        }
        count
    }

    /// Everything is answered and given up, and nobody says anything any more.
    fn finish(mut self) {
        for id in self.servers.clone() {
            self.respond(id, StatusCode::SERVER_INTERNAL_ERROR);
        }
        for id in self.clients.clone() {
            // One that has no provisional response ends by itself.
            let _ = self.layer.cancel(id, &[], self.now);
        }
        self.drain();
        self.pass(SILENCE);
        assert!(self.layer.is_empty(), "{} transactions are left", self.layer.len());
        assert!(self.clients.iter().all(|id| self.layer.sent_request(*id).is_none()));
        assert!(self.servers.is_empty(), "the user was not told of the end of {:?}", self.servers);
        assert_eq!(self.layer.next_timeout(), None, "a timer is left");
    }
}
