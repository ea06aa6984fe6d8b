//! Nothing is left of calls and registrations that are over, not a byte (AC-39); alone in its process, for it counts
//! the heap.
#![allow(clippy::unwrap_used, reason = "test code")]
#![cfg(all(feature = "call", feature = "registration"))]

use sip_clock::Instant;
use sip_dialog::SessionEvent;
use sip_message::{Body, Contact, HeaderName, Message, Method, Request, StatusCode};
use sip_transaction::{FlowId, Reliability};
use sip_ua::core::{CallKey, Config, Core, Event, FlowInfo, Input, Output};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::time::Duration;

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const FLOW: FlowId = FlowId::new(1);

/// 64·T1 and a little more.
const SETTLED: Duration = Duration::from_secs(33);

/// Alice, Bob, and a server that accepts every REGISTER.
struct World {
    alice: Core,
    bob: Core,
    now: Instant,
    incoming: Option<CallKey>,
    ended: usize,
    registered: usize,
}

impl World {
    fn new() -> Self {
        let (alice, bob) = (core("sip:alice@example.test", 1), core("sip:bob@example.test", 2));
        Self { alice, bob, now: Instant::ZERO, incoming: None, ended: 0, registered: 0 }
    }

    /// A call that is answered and hung up, one that is refused, or one that the caller gives up.
    fn call(&mut self, number: usize) {
        let target = "sip:bob@example.test".parse().unwrap();
        let call = self.alice.invite(&target, &Body::sdp("v=0\r\n"), self.now).unwrap();
        self.exchange();
        let incoming = self.incoming.take().unwrap();
        self.bob.ring(incoming, self.now).unwrap();
        self.exchange();
        match number % 3 {
            0 => self.bob.accept(incoming, Some(Body::sdp("v=0\r\n")), self.now).unwrap(),
            1 => self.bob.reject(incoming, StatusCode::BUSY_HERE, self.now).unwrap(),
            _ => {}
        }
        self.exchange();
        self.alice.hang_up(call, self.now);
        self.exchange();
    }

    fn register(&mut self) {
        self.alice.register(self.now);
        self.exchange();
        self.alice.unregister(self.now);
        self.exchange();
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        let next =
            |world: &Self| [world.alice.next_timeout(), world.bob.next_timeout()].into_iter().flatten().min();
        while let Some(at) = next(self).filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.alice.handle(Input::Timeout, self.now);
            self.bob.handle(Input::Timeout, self.now);
            self.exchange();
        }
        self.now = end;
    }

    fn exchange(&mut self) {
        loop {
            if let Some(output) = self.alice.poll_output() {
                match output {
                    Output::Transmit { message: Message::Request(request), .. }
                        if *request.method() == Method::Register =>
                    {
                        self.registered += 1;
                        give(&mut self.alice, accepted(&request).into(), self.now);
                    }
                    Output::Transmit { message, .. } => give(&mut self.bob, message, self.now),
                    Output::Event(event) => self.note(&event),
                    Output::Leave { .. } | Output::FlowTimer { .. } => panic!("nothing is registered"),
                }
            } else if let Some(output) = self.bob.poll_output() {
                match output {
                    Output::Transmit { message, .. } => give(&mut self.alice, message, self.now),
                    Output::Event(event) => self.note(&event),
                    Output::Leave { .. } | Output::FlowTimer { .. } => panic!("nothing is registered"),
                }
            } else {
                break;
            }
        }
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::IncomingCall { call, .. } => self.incoming = Some(*call),
            Event::Call { event: SessionEvent::Ended(_), .. } => self.ended += 1,
            _ => {}
        }
    }
}

fn core(aor: &str, seed: u8) -> Core {
    let mut core = Core::new(Config::new(aor.parse().unwrap(), [seed; 32]));
    let flow = FlowInfo::new(FLOW, "WS", Reliability::Reliable);
    core.handle(Input::Connected(flow), Instant::ZERO);
    core
}

/// Over the wire: each end has bytes of its own.
fn give(core: &mut Core, message: Message, now: Instant) {
    let message = Message::parse(message.to_bytes()).unwrap();
    core.handle(Input::Message { flow: FLOW, message }, now);
}

fn accepted(register: &Request) -> sip_message::Response {
    let mut response = register.response(StatusCode::OK);
    let contact = register.headers().list::<Contact>().next();
    if contact.is_some_and(|contact| contact.is_ok_and(|contact| contact.expires() != Some(0))) {
        response.headers_mut().copy_from(register.headers(), &HeaderName::Contact);
    }
    response
}

fn live() -> usize {
    let stats = COUNTED.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

#[test]
fn ac39_ten_thousand_calls_and_registrations_leave_nothing() {
    let mut world = World::new();
    let round = |world: &mut World, count: usize| {
        for number in 0..count {
            world.call(number);
            world.register();
            world.pass(Duration::from_millis(100));
        }
        world.pass(SETTLED);
        assert!(world.alice.is_idle() && world.bob.is_idle(), "{:?}", world.alice.usage());
        assert_eq!((world.alice.next_timeout(), world.bob.next_timeout()), (None, None));
    };
    // Queues keep the room that they once needed.
    round(&mut world, 1_000);
    let before = live();
    round(&mut world, 10_000);
    assert_eq!(live(), before);
    assert_eq!((world.ended, world.registered), (22_000, 22_000));
}
