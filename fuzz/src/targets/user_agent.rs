//! RFC 3261 as a whole: a user agent core whatever a peer, the application and the clock do, in any order.
//!
//! It does not panic, says no more than a few things for one message, and when everybody is silent and all is hung up
//! its tables are empty.

use crate::script::Script;
use crate::traffic::Traffic;
use sip_auth::Account;
use sip_clock::Instant;
use sip_dialog::{Dtmf, DtmfMode};
use sip_message::{Body, Message, StatusCode};
use sip_transaction::{FlowId, Reliability};
use sip_ua::core::{CallKey, Config, Core, Event, FlowInfo, Input, MessageKey, Output};
use std::time::Duration;

/// A script of some bytes for each step.
pub(super) fn check(data: &[u8]) {
    let mut script = Script::new(data);
    let mut end = End::new(&mut script);
    while !script.is_over() {
        end.step(&mut script);
    }
    end.finish();
}

/// The user agent under test with its application.
struct End {
    core: Core,
    now: Instant,
    flow: FlowInfo,
    traffic: Traffic,
    calls: Vec<CallKey>,
    messages: Vec<MessageKey>,
}

/// What one message may cause at most: answers, retransmissions and events of one call.
const MOST_FOR_A_MESSAGE: usize = 24;

/// Four times 64·T1: for the 2xx that is never acknowledged, then the BYE that is never answered.
const SILENCE: Duration = Duration::from_secs(4 * 32);

/// How often one instant may be due again.
const MOST_AT_ONCE: usize = 4;

impl End {
    fn new(script: &mut Script<'_>) -> Self {
        let mut config = Config::new("sip:alice@example.test".parse().expect("the text is a URI"), [7; 32]);
        config.accounts = vec![Account::password("alice", "secret")];
        config.interop.contact_user = Some("alice".to_owned());
        config.limits.total = 40;
        let reliability = if script.one_in(2) { Reliability::Reliable } else { Reliability::Unreliable };
        let flow = FlowInfo::new(FlowId::new(1), "UDP", reliability);
        let mut end = Self {
            core: Core::new(config),
            now: Instant::ZERO,
            flow: flow.clone(),
            traffic: Traffic::default(),
            calls: Vec::new(),
            messages: Vec::new(),
        };
        end.handle(Input::Connected(flow));
        end
    }

    fn step(&mut self, script: &mut Script<'_>) {
        match script.below(8) {
            0..=3 => self.receive(script),
            4 | 5 => self.command(script),
            6 => {
                let time = Duration::from_millis(40) * u32::from(script.byte()).pow(2) / 8;
                self.pass(time);
            }
            _ if script.one_in(16) => {
                self.handle(Input::Disconnected(self.flow.id));
                self.handle(Input::Connected(self.flow.clone()));
            }
            _ => {
                if let Some(at) = self.core.next_timeout() {
                    self.pass(at - self.now);
                }
            }
        }
    }

    fn receive(&mut self, script: &mut Script<'_>) {
        let bytes = self.traffic.next(script);
        let flow = self.flow.id;
        let input = match Message::parse(bytes.clone().into()) {
            Ok(message) => Input::Message { flow, message },
            Err(_) => Input::Malformed { flow, bytes: bytes.into() },
        };
        let said = self.handle(input);
        assert!(said <= MOST_FOR_A_MESSAGE, "{said} outputs for one message");
    }

    fn command(&mut self, script: &mut Script<'_>) {
        let (now, target) = (self.now, "sip:bob@example.test".parse().expect("the text is a URI"));
        let sdp = || Body::sdp("v=0\r\no=- 7 1 IN IP4 192.0.2.7\r\ns=-\r\nm=audio 4000 RTP/AVP 0\r\n");
        let call = script.pick(&self.calls).copied();
        let core = &mut self.core;
        // An error says that the call does not stand so: that is as good as done.
        match (script.below(18), call) {
            (0 | 1, _) | (2.., None) => self.calls.extend(core.invite(&target, &sdp(), now).ok()),
            (2, Some(_)) => drop(core.message(&target, Body::text("hello"), now)),
            (3, Some(_)) => drop(core.options(&target, now)),
            (4, Some(_)) => core.register(now),
            (5, Some(_)) => core.unregister(now),
            (6, Some(call)) => drop(core.ring(call, now)),
            (7 | 8, Some(call)) => drop(core.accept(call, Some(sdp()), now)),
            (9, Some(call)) => drop(core.reject(call, StatusCode::BUSY_HERE, now)),
            (10, Some(call)) => core.hang_up(call, now),
            (11, Some(call)) => drop(core.offer(call, sdp(), now)),
            (12, Some(call)) => drop(core.answer(call, sdp(), now)),
            (13, Some(call)) => drop(core.decline(call, StatusCode::NOT_ACCEPTABLE_HERE, now)),
            (14, Some(call)) => drop(core.set_hold(call, script.one_in(2), now)),
            (15, Some(call)) => drop(core.update(call, Some(sdp()), now)),
            (16, Some(call)) => drop(core.ask_offer(call, now)),
            (_, Some(call)) => {
                let keys = Dtmf::sequence("5,#").expect("these are keys and a pause");
                let mode = if script.one_in(2) { DtmfMode::Info } else { DtmfMode::Auto };
                let _ = core.dtmf(call, &keys, mode, now);
            }
        }
        if script.one_in(4)
            && let Some(message) = self.messages.pop()
        {
            self.core.answer_message(message, StatusCode::OK, now);
        }
        self.drain();
    }

    fn handle(&mut self, input: Input) -> usize {
        self.core.handle(input, self.now);
        self.drain()
    }

    /// Time goes by, timer by timer.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        let mut at_once = 0;
        while let Some(at) = self.core.next_timeout().filter(|at| *at <= end) {
            at_once = if at > self.now { 0 } else { at_once + 1 };
            assert!(at_once <= MOST_AT_ONCE, "a timer that runs off for ever");
            self.now = self.now.max(at);
            self.handle(Input::Timeout);
        }
        self.now = end;
    }

    /// Takes all outputs and counts them.
    fn drain(&mut self) -> usize {
        let mut count = 0;
        while let Some(output) = self.core.poll_output() {
            count += 1;
            match output {
                Output::Transmit { message, .. } => {
                    let printed = message.to_bytes();
                    self.traffic.hear(Message::parse(printed).expect("what is sent can be read"));
                }
                Output::Event(Event::IncomingCall { call, .. }) => self.calls.push(call),
                Output::Event(Event::Message { key, .. }) => self.messages.push(key),
                Output::Event(_) | Output::Leave { .. } | Output::FlowTimer { .. } => {}
            }
        }
        count
    }

    /// All is hung up and answered, and nobody says anything any more.
    fn finish(mut self) {
        self.core.unregister(self.now);
        for call in std::mem::take(&mut self.calls) {
            self.core.hang_up(call, self.now);
        }
        for message in std::mem::take(&mut self.messages) {
            self.core.answer_message(message, StatusCode::OK, self.now);
        }
        self.drain();
        self.pass(SILENCE);
        assert!(self.core.is_idle(), "something is left: {:?}", self.core.usage());
        assert_eq!(self.core.next_timeout(), None, "a timer is left");
    }
}
