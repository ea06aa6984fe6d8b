//! A user of the simulated world: a user agent with somebody in front of it who acts by chance (RFC 3261 §13 to §15).

use crate::call_log::CallLog;
use crate::deed::{Act, Deed, description};
use crate::habits;
use sip_clock::{Instant, TokenSource};
use sip_dialog::{EndCause, EndKind, EndedBy, SessionEvent};
use sip_message::Message;
use sip_testbed::FlowProfile;
use sip_testbed::sim::{Node, UserAgent};
use sip_transaction::FlowId;
use sip_ua::core::{CallKey, CallOptions, Config, Core, Event, ExchangeKey};
use sip_uri::{SipUri, Uri};
use std::collections::BTreeMap;
use std::time::Duration;

/// A user agent, the deeds its user is about to do, and what became of each call and message.
pub(crate) struct Phone {
    address: SipUri,
    agent: UserAgent,
    config: Config,
    /// The record of its process that ended, and when, while the next one has not begun.
    asleep: Option<(String, Instant)>,
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

impl Phone {
    pub(crate) fn new(config: Config, chance: TokenSource, last_resort: Option<Duration>) -> Self {
        Self {
            address: config.aor.clone(),
            agent: UserAgent::new(config.clone()),
            config,
            asleep: None,
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

    /// The process ends; what it knew is written down.
    pub(crate) fn fall_asleep(&mut self, now: Instant) {
        self.now = now;
        let record = self.core().snapshot(now);
        self.asleep = serde_json::to_string(&record).ok().map(|record| (record, now));
        self.write(ENDED.to_owned());
    }

    /// Another process goes on from the record. What was not written down nobody waits for any more.
    pub(crate) fn wake_up(&mut self, now: Instant) {
        let Some((record, since)) = self.asleep.take() else { return };
        self.now = now;
        self.config.seed = self.chance.seed();
        let record = serde_json::from_str(&record).expect("it was written as it is read");
        let core = Core::restore(self.config.clone(), &record, now - since, now);
        self.agent = UserAgent::with_core(core.expect("it was written by the same version"));
        let kept: Vec<CallKey> = self.agent.core().calls().collect();
        for (call, log) in self.calls.iter_mut().filter(|(call, _)| !kept.contains(call)) {
            if log.ends.is_empty() {
                log.ends.push(EndCause::new(EndedBy::Local, EndKind::TransportLost));
            }
            self.diary.push((now, format!("{call:?} is forgotten")));
        }
        self.exchanges.retain(|_, answers| *answers > 0);
        self.write("the next process begins".to_owned());
    }

    /// Its address-of-record.
    pub(crate) const fn address(&self) -> &SipUri {
        &self.address
    }

    pub(crate) const fn agent(&self) -> &UserAgent {
        &self.agent
    }

    pub(crate) const fn core(&mut self) -> &mut Core {
        self.agent.core_mut()
    }

    pub(crate) const fn now(&self) -> Instant {
        self.now
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
        let is_waiting =
            |(_, deed): (&(Instant, u64), &Deed)| !matches!(deed, Deed::InCall(..) | Deed::Unregister);
        !self.agenda.iter().any(is_waiting)
            && self.calls.values().all(|call| !call.ends.is_empty())
            && self.exchanges.values().all(|answers| *answers > 0)
    }

    pub(crate) fn call(&mut self, target: &Uri, is_offerless: bool) {
        let now = self.now;
        let mut options = CallOptions::default();
        options.offer = (!is_offerless).then(|| description(1));
        let Ok(call) = self.core().invite_with(target, &options, now) else { return };
        self.begin(call, true);
        if let Some(patience) = habits::patience(&mut self.chance) {
            self.plan(now + patience, Deed::InCall(call, Act::HangUp));
        }
    }

    fn is_called(&mut self, call: CallKey) {
        self.begin(call, false);
        let reactions = habits::reactions(&mut self.chance);
        self.plan_acts(call, reactions);
    }

    fn begin(&mut self, call: CallKey, is_caller: bool) {
        // Without a connection the call is over before it has begun.
        let call_id = self.core().call_id(call).unwrap_or_default().to_owned();
        self.write(format!("{call:?} is {call_id}"));
        self.calls.insert(call, CallLog::new(call_id, is_caller));
        if let Some(last_resort) = self.last_resort {
            self.plan(self.now + last_resort, Deed::InCall(call, Act::HangUp));
        }
    }

    pub(crate) fn expect_answer(&mut self, exchange: ExchangeKey) {
        self.exchanges.entry(exchange).or_default();
    }

    /// The version of the next session description of a call.
    pub(crate) fn next_version(&mut self, call: CallKey) -> u32 {
        self.note(call, |log| log.version += 1);
        self.calls.get(&call).map_or(1, |log| log.version)
    }

    pub(crate) fn note(&mut self, call: CallKey, write: impl FnOnce(&mut CallLog)) {
        if let Some(log) = self.calls.get_mut(&call) {
            write(log);
        }
    }

    pub(crate) fn write(&mut self, text: String) {
        self.diary.push((self.now, text));
    }

    fn plan_acts(&mut self, call: CallKey, acts: Vec<(Duration, Act)>) {
        for (after, act) in acts {
            self.plan(self.now + after, Deed::InCall(call, act));
        }
    }

    /// Serves what the user agent has told; `false` when it has told nothing.
    fn handle_events(&mut self) -> bool {
        let events = self.agent.take_events();
        let is_told = !events.is_empty();
        for event in events {
            match event {
                Event::IncomingCall { call, .. } => self.is_called(call),
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
                    let now = self.now;
                    self.core().answer_message(key, status, now);
                }
                other => self.write(format!("{other:?}")),
            }
        }
        is_told
    }

    fn handle_session(&mut self, call: CallKey, event: SessionEvent) {
        match event {
            SessionEvent::Established { .. } => self.stand(call),
            SessionEvent::Offered { .. } => {
                let after = habits::millis(300, &mut self.chance);
                self.plan_acts(call, vec![(after, Act::Answer)]);
            }
            SessionEvent::Reoffered { body } => {
                self.write(format!(
                    "{call:?} is asked {}",
                    if body.is_some() { "to change" } else { "for an offer" }
                ));
                let acts = habits::answers_to_offer(&mut self.chance);
                self.plan_acts(call, acts);
            }
            SessionEvent::Hold(held) => {
                self.write(format!("{call:?} {held:?}"));
                self.note(call, |log| log.held = held);
            }
            SessionEvent::Answered { .. } => self.note(call, |log| log.unanswered -= 1),
            SessionEvent::Ended(cause) => {
                self.write(format!("{call:?} ended: {:?} {:?} {:?}", cause.by, cause.kind, cause.status));
                let now = self.now;
                self.note(call, |log| {
                    log.ends.push(cause);
                    log.ended_at.get_or_insert(now);
                    log.settled_at.get_or_insert(now);
                });
            }
            SessionEvent::Interrupted => {
                let now = self.now;
                self.write(format!("{call:?} Interrupted"));
                self.note(call, |log| log.lose(now));
            }
            SessionEvent::Resumed => {
                let now = self.now;
                self.write(format!("{call:?} Resumed"));
                self.note(call, |log| log.regain(now));
            }
            other => self.write(format!("{call:?} {}", name_of(&other))),
        }
    }

    /// A call has been established: it will be changed, and ended.
    fn stand(&mut self, call: CallKey) {
        self.write(format!("{call:?} stands"));
        let now = self.now;
        self.note(call, |log| {
            log.established += 1;
            log.settled_at.get_or_insert(now);
        });
        let Some(log) = self.calls.get(&call) else { return };
        let (plan, is_caller) = (log.plan, log.is_caller);
        let acts = habits::activities(&mut self.chance);
        self.plan_acts(call, acts);
        if let Some(clash) = plan.clash {
            let act = habits::clash(&mut self.chance);
            self.plan_acts(call, vec![(clash, act)]);
        }
        if plan.is_ended_by(is_caller) {
            self.plan_acts(call, vec![(plan.after, Act::HangUp)]);
        }
    }
}

/// What the diary says when the process ends.
pub(crate) const ENDED: &str = "the process ends";
/// What it says when the connection is lost.
pub(crate) const LOST: &str = "connection lost";

/// The name of an event, without its contents.
fn name_of(event: &SessionEvent) -> String {
    let text = format!("{event:?}");
    text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

impl Node for Phone {
    fn handle_flow_opened(&mut self, flow: FlowId, profile: &FlowProfile, peer: &str, now: Instant) {
        self.now = now;
        self.write(format!("connected to {peer}"));
        self.agent.handle_flow_opened(flow, profile, peer, now);
    }

    fn handle_flow_closed(&mut self, flow: FlowId, now: Instant) {
        self.now = now;
        if self.asleep.is_some() {
            return;
        }
        self.write(LOST.to_owned());
        self.agent.handle_flow_closed(flow, now);
    }

    fn handle_message(&mut self, flow: FlowId, message: Message, now: Instant) {
        self.now = now;
        if self.asleep.is_some() {
            return;
        }
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
        if self.asleep.is_some() {
            return None;
        }
        let planned = self.agenda.keys().next().map(|(at, _)| *at);
        [planned, self.agent.next_timeout()].into_iter().flatten().min()
    }
}
