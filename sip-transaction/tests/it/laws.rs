//! The laws every sans-IO machine here obeys, on random histories.

use crate::world::{FLOW, answer, ours, request_with_branch};
use proptest::prelude::*;
use sip_clock::{Instant, TokenSource};
use sip_message::{CSeq, Message, Method, Request, Via};
use sip_transaction::{
    ClientId, FlowId, Output, Reliability, ServerId, ServerLimits, TimerSettings, TransactionLayer,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const METHODS: [&str; 5] = ["INVITE", "ACK", "CANCEL", "MESSAGE", "BYE"];
const STATUSES: [u16; 6] = [100, 180, 200, 302, 408, 486];

/// One thing that happens; the numbers choose among what there is.
#[derive(Clone, Debug)]
enum Step {
    Request { invite: bool },
    Cancel { client: usize },
    Answered { client: usize, status: usize },
    Receive { method: usize, branch: u8, flow: u64, cseq: u8 },
    Respond { server: usize, status: usize },
    FlowFailed { flow: u64 },
    Wait { millis: u64 },
    NextTimeout,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<bool>().prop_map(|invite| Step::Request { invite }),
        (0usize..8).prop_map(|client| Step::Cancel { client }),
        (0usize..8, 0..STATUSES.len()).prop_map(|(client, status)| Step::Answered { client, status }),
        (0..METHODS.len(), 0u8..4, 1u64..3, 1u8..3).prop_map(|(method, branch, flow, cseq)| Step::Receive {
            method,
            branch,
            flow,
            cseq
        }),
        (0usize..8, 0..STATUSES.len()).prop_map(|(server, status)| Step::Respond { server, status }),
        (1u64..3).prop_map(|flow| Step::FlowFailed { flow }),
        (0u64..40_000).prop_map(|millis| Step::Wait { millis }),
        Just(Step::NextTimeout),
    ]
}

/// A layer under test that remembers what it was told and checks what it says.
struct History {
    layer: TransactionLayer,
    tokens: TokenSource,
    reliability: Reliability,
    now: Instant,
    clients: Vec<ClientId>,
    servers: Vec<ServerId>,
    asked: BTreeMap<ClientId, Request>,
    received: BTreeMap<ServerId, Request>,
    gone_clients: BTreeSet<ClientId>,
    gone_servers: BTreeSet<ServerId>,
    said: String,
}

impl History {
    fn new(reliability: Reliability) -> Self {
        Self {
            layer: TransactionLayer::new(TimerSettings::default())
                .refusing_merged_requests()
                .with_limits(ServerLimits { total: 6, per_flow: 4, ..ServerLimits::default() }),
            tokens: TokenSource::from_seed(5),
            reliability,
            now: Instant::ZERO,
            clients: Vec::new(),
            servers: Vec::new(),
            asked: BTreeMap::new(),
            received: BTreeMap::new(),
            gone_clients: BTreeSet::new(),
            gone_servers: BTreeSet::new(),
            said: String::new(),
        }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Request { invite } => {
                let method = if invite { Method::Invite } else { Method::Message };
                let via = Via::new("UDP", &"client.invalid".parse().unwrap(), None);
                let (reliability, now) = (self.reliability, self.now);
                let id = self.layer.request(ours(method), FLOW, reliability, &via, &mut self.tokens, now);
                self.clients.push(id);
                self.asked.extend(self.layer.sent_request(id).map(|request| (id, request.clone())));
            }
            Step::Cancel { client } => {
                let Some(id) = self.clients.get(client).copied() else { return };
                if let Ok(id) = self.layer.cancel(id, &[], self.now) {
                    self.clients.push(id);
                    self.asked.extend(self.layer.sent_request(id).map(|request| (id, request.clone())));
                }
            }
            Step::Answered { client, status } => {
                let sent = self.clients.get(client).and_then(|id| self.asked.get(id));
                let Some(response) = sent.map(|sent| answer(sent, STATUSES[status])) else { return };
                self.receive(response.into(), FLOW);
            }
            Step::Receive { method, branch, flow, cseq } => {
                let mut request = request_with_branch(METHODS[method], &format!("z9hG4bK{branch}"));
                let method = request.method().clone();
                request.headers_mut().set(&CSeq { number: cseq.into(), method });
                self.receive(request.into(), FlowId::new(flow));
            }
            Step::Respond { server, status } => {
                let Some(id) = self.servers.get(server).copied() else { return };
                self.respond(id, STATUSES[status]);
            }
            Step::FlowFailed { flow } => self.layer.handle_flow_failed(FlowId::new(flow), self.now),
            Step::Wait { millis } => {
                let end = self.now + Duration::from_millis(millis);
                while self.layer.next_timeout().is_some_and(|next| next <= end) {
                    self.fire();
                }
                self.now = end;
            }
            Step::NextTimeout => self.fire(),
        }
        self.drain();
        self.repeated_timeout_is_a_no_op();
    }

    fn receive(&mut self, message: Message, flow: FlowId) {
        self.layer.handle_message(message, flow, self.reliability, self.now);
    }

    fn respond(&mut self, id: ServerId, status: u16) {
        let Some(response) = self.received.get(&id).map(|request| answer(request, status)) else { return };
        let _ = self.layer.respond(id, response, self.now);
    }

    /// Law (b): at the instant that `next_timeout` names, something happens.
    fn fire(&mut self) {
        let Some(next) = self.layer.next_timeout() else { return };
        assert!(next >= self.now, "{next} is past at {}", self.now);
        self.now = next;
        let before = self.layer.len();
        self.layer.handle_timeout(next);
        let spoke = self.drain() > 0 || self.layer.len() < before; // a merged request ends without a word
        assert!(spoke, "the timeout at {next} did nothing");
        assert!(self.layer.next_timeout().is_none_or(|again| again > next), "{next} is named twice");
    }

    /// Law (c): an early or repeated timeout is a no-op; law (a): nothing waits for an extra one.
    fn repeated_timeout_is_a_no_op(&mut self) {
        let (next, len) = (self.layer.next_timeout(), self.layer.len());
        if next.is_none_or(|next| next > self.now) {
            self.layer.handle_timeout(self.now);
            assert_eq!(self.drain(), 0);
            assert_eq!((self.layer.next_timeout(), self.layer.len()), (next, len));
        }
    }

    fn drain(&mut self) -> usize {
        let mut count = 0;
        while let Some(output) = self.layer.poll_output() {
            count += 1;
            self.said += &format!("{} {output:?}\n", self.now);
            self.check(output);
        }
        assert!(self.layer.poll_output().is_none());
        count
    }

    /// Law (e): a transaction that has ended yields nothing.
    fn check(&mut self, output: Output) {
        match output {
            Output::Request { id, request, .. } | Output::Cancel { id, request, .. } => {
                self.servers.push(id);
                self.received.insert(id, request);
            }
            Output::Response { id, .. } | Output::ClientFailed { id, .. } => {
                assert!(!self.gone_clients.contains(&id));
            }
            Output::ServerFailed { id, .. } => assert!(!self.gone_servers.contains(&id)),
            Output::ClientTerminated { id } => {
                assert!(self.gone_clients.insert(id));
                assert!(self.layer.sent_request(id).is_none());
            }
            Output::ServerTerminated { id } => {
                assert!(self.gone_servers.insert(id));
                assert!(self.layer.request_of(id).is_none());
            }
            Output::Transmit { .. } | Output::Ack { .. } | Output::Stray { .. } => {}
        }
    }

    /// The users do their duty (answer, give up), and then time passes.
    fn end(&mut self) {
        for id in self.servers.clone() {
            self.respond(id, 486);
        }
        self.layer.handle_flow_failed(FLOW, self.now);
        self.drain();
        let settings = TimerSettings::default();
        let end = self.now + settings.transaction_timeout() + settings.t4;
        while self.layer.next_timeout().is_some() {
            self.fire();
        }
        assert!(self.now <= end);
        assert!(self.layer.is_empty(), "{} left", self.layer.len());
        assert_eq!(self.clients.iter().filter(|id| !self.gone_clients.contains(id)).count(), 0);
        assert_eq!(self.servers.iter().filter(|id| !self.gone_servers.contains(id)).count(), 0);
    }
}

fn reliability() -> impl Strategy<Value = Reliability> {
    prop_oneof![Just(Reliability::Reliable), Just(Reliability::Unreliable)]
}

proptest! {
    #[test]
    fn random_histories_obey_the_laws_and_leave_nothing(
        reliability in reliability(),
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let mut history = History::new(reliability);
        for step in &steps {
            history.take(step);
        }
        history.end();
    }

    #[test]
    fn the_same_history_is_the_same_bytes(
        reliability in reliability(),
        steps in proptest::collection::vec(step(), 0..40),
    ) {
        let run = || {
            let mut history = History::new(reliability);
            for step in &steps {
                history.take(step);
            }
            history.said
        };
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn any_timer_settings_end(t1 in 0u64..5000, t2 in 0u64..5000, t4 in 0u64..5000, d in 0u64..5000) {
        let millis = Duration::from_millis;
        let settings = TimerSettings { t1: millis(t1), t2: millis(t2), t4: millis(t4), d: millis(d) };
        let mut layer = TransactionLayer::new(settings);
        let mut tokens = TokenSource::from_seed(1);
        for method in [Method::Invite, Method::Message] {
            let via = Via::new("UDP", &"client.invalid".parse().unwrap(), None);
            layer.request(ours(method), FLOW, Reliability::Unreliable, &via, &mut tokens, Instant::ZERO);
        }
        layer.handle_message(request_with_branch("MESSAGE", "z9hG4bK1").into(), FLOW, Reliability::Unreliable, Instant::ZERO);
        let mut fired = 0;
        while let Some(next) = layer.next_timeout() {
            layer.handle_timeout(next);
            fired += 1;
            prop_assert!(fired < 300);
        }
        prop_assert!(layer.is_empty());
    }
}
