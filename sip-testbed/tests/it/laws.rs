//! Laws of the proxy under any timing: whatever the phones answer and whenever the caller gives up, everybody hears
//! the end once, and nothing is left.

use crate::support::{Peer, World, answer, config, from_alice, message, register};
use proptest::prelude::*;
use sip_clock::Instant;
use sip_message::{Message, Request, StatusCode};
use sip_testbed::sim::{Latency, Node, ScriptedPeer};
use sip_testbed::{FlowProfile, Proxy};
use sip_transaction::FlowId;
use std::collections::BTreeMap;
use std::time::Duration;

const BOB: &str = "sip:bob@example.test";

/// A phone that answers an INVITE with these statuses, each so many milliseconds after the INVITE.
struct SlowPhone {
    plan: Vec<(u64, StatusCode)>,
    answers_cancel: bool,
    flow: Option<FlowId>,
    due: BTreeMap<(Instant, usize), Message>,
    invite: Option<Request>,
    finished: bool,
    outgoing: Vec<Message>,
}

impl SlowPhone {
    fn new(plan: Vec<(u64, StatusCode)>, answers_cancel: bool) -> Self {
        Self {
            plan,
            answers_cancel,
            flow: None,
            due: BTreeMap::new(),
            invite: None,
            finished: false,
            outgoing: Vec::new(),
        }
    }

    fn cancel(&mut self, cancel: &Request) {
        self.outgoing.push(answer(cancel, StatusCode::OK, "p"));
        if let Some(invite) = self.invite.take().filter(|_| !self.finished && self.answers_cancel) {
            self.finished = true;
            self.due.clear();
            self.outgoing.push(answer(&invite, StatusCode::REQUEST_TERMINATED, "p"));
        }
    }
}

impl Node for SlowPhone {
    fn handle_message(&mut self, flow: FlowId, message: Message, now: Instant) {
        self.flow = Some(flow);
        let Message::Request(request) = message else { return };
        match request.method().as_str() {
            "INVITE" => {
                for (index, (after, status)) in self.plan.iter().enumerate() {
                    let at = now + Duration::from_millis(*after);
                    self.due.insert((at, index), answer(&request, *status, "p"));
                }
                self.invite = Some(request);
            }
            "CANCEL" => self.cancel(&request),
            _ => {}
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= now) {
            let message = entry.remove();
            let is_final = matches!(&message, Message::Response(response) if response.status().is_final());
            self.finished |= is_final;
            self.outgoing.push(message);
        }
    }

    fn poll_transmit(&mut self) -> Option<(FlowId, Message)> {
        let flow = self.flow?;
        (!self.outgoing.is_empty()).then(|| (flow, self.outgoing.remove(0)))
    }

    fn next_timeout(&self) -> Option<Instant> {
        self.due.keys().next().map(|(at, _)| *at)
    }
}

fn status() -> impl Strategy<Value = StatusCode> {
    prop_oneof![
        Just(StatusCode::RINGING),
        Just(StatusCode::SESSION_PROGRESS),
        Just(StatusCode::OK),
        Just(StatusCode::MOVED_TEMPORARILY),
        Just(StatusCode::BUSY_HERE),
        Just(StatusCode::UNAUTHORIZED),
        Just(StatusCode::SERVICE_UNAVAILABLE),
        Just(StatusCode::DECLINE),
    ]
}

prop_compose! {
    fn phone()(
        plan in proptest::collection::vec((0u64..3000, status()), 0..4),
        answers_cancel in prop::bool::weighted(0.8),
        latency in 1u64..80,
        cut in prop::option::weighted(0.2, 0u64..3000),
    ) -> (Vec<(u64, StatusCode)>, bool, u64, Option<u64>) {
        (plan, answers_cancel, latency, cut)
    }
}

fn cancel() -> Message {
    message(&format!(
        "CANCEL {BOB} SIP/2.0
         Via: SIP/2.0/WS alice.invalid;branch=z9hG4bK1
         From: <sip:alice@example.test>;tag=a1
         To: <sip:bob@example.test>
         Call-ID: call-1
         CSeq: 1 CANCEL"
    ))
}

/// Binds a flow without the phone's doing.
fn bind(world: &mut World, flow: FlowId, index: usize) {
    let lines = format!("Contact: <sip:p@p{index}.invalid>");
    let mut register = register("bob", 1, &lines);
    register.headers_mut().set(&sip_message::CallId(format!("reg-{index}")));
    let bind = |proxy: &mut Proxy, now: Instant| {
        proxy.handle_message(flow, register.into(), now);
        while proxy.poll_output().is_some() {}
    };
    world.network.with(world.proxy, bind);
}

/// The final statuses to the INVITE that alice has heard.
fn finals(world: &mut World, alice: Peer) -> Vec<StatusCode> {
    let is_invite = |response: &sip_message::Response| {
        let cseq: sip_message::CSeq = response.headers().required().unwrap();
        cseq.method.as_str() == "INVITE" && response.status().is_final()
    };
    let received = world.received(alice).into_iter();
    let responses = received.filter_map(|message| match message {
        Message::Response(response) => Some(response),
        Message::Request(_) => None,
    });
    responses.filter(is_invite).map(|response| response.status()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    // rfc3261#16.7: exactly one final response that is no 2xx, or one or more 2xx.
    #[test]
    fn every_call_ends_once_and_leaves_nothing(
        phones in proptest::collection::vec(phone(), 1..4),
        give_up in prop::option::of(0u64..3000),
    ) {
        let mut world = World::new(config());
        let mut cuts = Vec::new();
        for (index, (plan, answers_cancel, latency, cut)) in phones.into_iter().enumerate() {
            let node = world.network.add("phone", SlowPhone::new(plan, answers_cancel));
            let latency = Latency::each(Duration::from_millis(latency), Duration::from_millis(100 - latency));
            let flow = world.network.connect(node, world.proxy, FlowProfile::ws(), latency);
            bind(&mut world, flow, index);
            cuts.extend(cut.map(|at| (at, Some(flow))));
        }
        let alice = world.peer("alice", ScriptedPeer::new());
        world.post(alice, from_alice("INVITE", BOB, "1"));
        cuts.extend(give_up.map(|at| (at, None)));
        cuts.sort();
        for (at, flow) in cuts {
            let wait = Instant::from_micros(at * 1000) - world.network.now();
            world.network.run_for(wait).unwrap();
            match flow {
                Some(flow) => world.network.disconnect(flow),
                None => world.post(alice, cancel()),
            }
        }
        world.network.run_until_idle().unwrap();
        let finals = finals(&mut world, alice);
        let successes = finals.iter().filter(|status| status.is_success()).count();
        prop_assert!(successes == finals.len() && successes > 0 || finals.len() == 1, "{finals:?}");
        prop_assert!(world.network.with(world.proxy, |proxy, _| proxy.is_idle()));
    }
}
