//! A user of the simulated world: a user agent with somebody in front of it who acts by chance (RFC 3261 §13 to §15).

use crate::habits;
use crate::offer::{Ender, Offer};
use sip_clock::{Instant, TokenSource};
use sip_dialog::{EndCause, SessionEvent};
use sip_message::{Body, Message, Request, StatusCode};
use sip_testbed::FlowProfile;
use sip_testbed::sim::{Node, UserAgent};
use sip_transaction::FlowId;
use sip_ua::core::{CallKey, Config, Event, ExchangeKey};
use sip_uri::Uri;
use std::collections::BTreeMap;
use std::time::Duration;

/// A user agent, the deeds its user is about to do, and what became of each call and message.
pub(crate) struct Phone {
    agent: UserAgent,
    chance: TokenSource,
    now: Instant,
    agenda: BTreeMap<(Instant, u64), Deed>,
    planned: u64,
    calls: BTreeMap<CallKey, CallLog>,
    exchanges: BTreeMap<ExchangeKey, u32>,
    diary: Vec<(Instant, String)>,
    /// Calls are given up after so long, whatever happened: for networks in which the peer may vanish.
    last_resort: Option<Duration>,
}

/// What a user does at a moment; a new verb of the user agent is a new line here and in `habits`.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Register,
    Unregister,
    Call { number: u32, target: Uri },
    Message { target: Uri },
    Options { target: Uri },
    Ring(CallKey),
    Accept(CallKey),
    Reject(CallKey, StatusCode),
    HangUp(CallKey),
}

/// What became of a call at one end.
#[derive(Clone, Debug)]
pub(crate) struct CallLog {
    pub(crate) offer: Offer,
    pub(crate) is_caller: bool,
    pub(crate) accepted: bool,
    pub(crate) rejected: Option<StatusCode>,
    /// The user of this end wanted it over before it was.
    pub(crate) hung_up: bool,
    pub(crate) established: u32,
    /// How it ended: there must be exactly one.
    pub(crate) ends: Vec<EndCause>,
}

impl Phone {
    pub(crate) fn new(config: Config, chance: TokenSource, last_resort: Option<Duration>) -> Self {
        Self {
            agent: UserAgent::new(config),
            chance,
            now: Instant::ZERO,
            agenda: BTreeMap::new(),
            planned: 0,
            calls: BTreeMap::new(),
            exchanges: BTreeMap::new(),
            diary: Vec::new(),
            last_resort,
        }
    }

    /// Puts something on the agenda.
    pub(crate) fn plan(&mut self, at: Instant, deed: Deed) {
        self.planned += 1;
        self.agenda.insert((at, self.planned), deed);
    }

    pub(crate) const fn agent(&self) -> &UserAgent {
        &self.agent
    }

    pub(crate) fn calls(&self) -> impl Iterator<Item = &CallLog> {
        self.calls.values()
    }

    /// How often each request outside of a dialog was answered.
    pub(crate) fn answers(&self) -> impl Iterator<Item = u32> {
        self.exchanges.values().copied()
    }

    /// What happened in front of the user agent, for the report of a violation.
    pub(crate) fn diary(&self) -> &[(Instant, String)] {
        &self.diary
    }

    /// Whether every call and message has its end.
    pub(crate) fn is_done(&self) -> bool {
        let is_waiting = |(_, deed): (&(Instant, u64), &Deed)| {
            matches!(deed, Deed::Call { .. } | Deed::Message { .. } | Deed::Options { .. })
        };
        !self.agenda.iter().any(is_waiting)
            && self.calls.values().all(|call| !call.ends.is_empty())
            && self.exchanges.values().all(|answers| *answers > 0)
    }

    fn act(&mut self, deed: Deed) {
        let now = self.now;
        self.write(format!("{deed:?}"));
        let core = self.agent.core_mut();
        match deed {
            Deed::Register => core.register(now),
            Deed::Unregister => core.unregister(now),
            Deed::Call { number, target } => self.call(number, &target),
            Deed::Message { target } => {
                let key = core.message(&target, Body::text("hello"), now);
                self.exchanges.entry(key).or_default();
            }
            Deed::Options { target } => {
                let key = core.options(&target, now);
                self.exchanges.entry(key).or_default();
            }
            // An error means that the call is over or answered: the peer or another deed was faster.
            Deed::Ring(call) => drop(core.ring(call, now)),
            Deed::Accept(call) => {
                let accepted = core.accept(call, Some(Offer::answer()), now).is_ok();
                self.note(call, |log| log.accepted |= accepted);
            }
            Deed::Reject(call, status) => {
                if core.reject(call, status, now).is_ok() {
                    self.note(call, |log| log.rejected = Some(status));
                }
            }
            Deed::HangUp(call) => {
                core.hang_up(call, now);
                self.note(call, |log| log.hung_up |= log.ends.is_empty());
            }
        }
    }

    fn call(&mut self, number: u32, target: &Uri) {
        let now = self.now;
        let offer = habits::offer(number, &mut self.chance);
        let Ok(call) = self.agent.core_mut().invite(target, &offer.body(), now) else { return };
        self.begin(call, offer, true);
        if let Some(patience) = habits::patience(&mut self.chance) {
            self.plan(now + patience, Deed::HangUp(call));
        }
    }

    fn is_called(&mut self, call: CallKey, invite: &Request) {
        self.begin(call, Offer::read(invite.body()), false);
        let now = self.now;
        for (after, reaction) in habits::reactions(&mut self.chance) {
            self.plan(now + after, reaction(call));
        }
    }

    fn begin(&mut self, call: CallKey, offer: Offer, is_caller: bool) {
        self.write(format!("{call:?} is call {}", offer.number));
        let log = CallLog {
            offer,
            is_caller,
            accepted: false,
            rejected: None,
            hung_up: false,
            established: 0,
            ends: Vec::new(),
        };
        self.calls.insert(call, log);
        if let Some(last_resort) = self.last_resort {
            self.plan(self.now + last_resort, Deed::HangUp(call));
        }
    }

    fn note(&mut self, call: CallKey, write: impl FnOnce(&mut CallLog)) {
        if let Some(log) = self.calls.get_mut(&call) {
            write(log);
        }
    }

    fn write(&mut self, text: String) {
        self.diary.push((self.now, text));
    }

    /// Serves what the user agent has told; `false` when it has told nothing.
    fn handle_events(&mut self) -> bool {
        let events = self.agent.take_events();
        let is_told = !events.is_empty();
        for event in events {
            match event {
                Event::IncomingCall { call, invite } => self.is_called(call, &invite),
                Event::Call { call, event } => self.handle_session(call, event),
                Event::Answered { exchange, outcome } => {
                    self.write(format!(
                        "{exchange:?} {}",
                        outcome.map_or_else(|e| e.to_string(), |_| "ok".into())
                    ));
                    *self.exchanges.entry(exchange).or_default() += 1;
                }
                Event::Message { key, .. } => {
                    let status = habits::message_answer(&mut self.chance);
                    self.agent.core_mut().answer_message(key, status, self.now);
                }
                other => self.write(format!("{other:?}")),
            }
        }
        is_told
    }

    fn handle_session(&mut self, call: CallKey, event: SessionEvent) {
        match event {
            SessionEvent::Established { .. } => {
                self.write(format!("{call:?} stands"));
                self.note(call, |log| log.established += 1);
                let Some(log) = self.calls.get(&call) else { return };
                let Offer { ender, after, .. } = log.offer;
                let is_mine = match ender {
                    Ender::Both => true,
                    Ender::Caller => log.is_caller,
                    Ender::Callee => !log.is_caller,
                };
                if is_mine {
                    self.plan(self.now + after, Deed::HangUp(call));
                }
            }
            SessionEvent::Ended(cause) => {
                self.write(format!("{call:?} ended: {:?} {:?} {:?}", cause.by, cause.kind, cause.status));
                self.note(call, |log| log.ends.push(cause));
            }
            _ => {}
        }
    }
}

impl Node for Phone {
    fn handle_flow_opened(&mut self, flow: FlowId, profile: &FlowProfile, peer: &str, now: Instant) {
        self.now = now;
        self.write(format!("connected to {peer}"));
        self.agent.handle_flow_opened(flow, profile, peer, now);
    }

    fn handle_flow_closed(&mut self, flow: FlowId, now: Instant) {
        self.now = now;
        self.write("connection lost".to_owned());
        self.agent.handle_flow_closed(flow, now);
    }

    fn handle_message(&mut self, flow: FlowId, message: Message, now: Instant) {
        self.now = now;
        self.agent.handle_message(flow, message, now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        if self.agent.next_timeout().is_some_and(|at| at <= now) {
            self.agent.handle_timeout(now);
        }
        if let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= now) {
            let deed = entry.remove();
            self.act(deed);
        }
    }

    fn poll_transmit(&mut self) -> Option<(FlowId, Message)> {
        loop {
            let message = self.agent.poll_transmit();
            if message.is_some() || !self.handle_events() {
                return message;
            }
        }
    }

    fn next_timeout(&self) -> Option<Instant> {
        let planned = self.agenda.keys().next().map(|(at, _)| *at);
        [planned, self.agent.next_timeout()].into_iter().flatten().min()
    }
}
