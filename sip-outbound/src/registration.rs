//! The registration of one binding as a state machine: RFC 3261 §10.2, waits of RFC 5626 §4.5.
//!
//! ```text
//!            register            2xx                 refresh due
//!   Idle ──────────────▶ Registering ─────▶ Registered ─────▶ Registering (bound)
//!    ▲  403, 404, 401 …     │  ▲  │             │ unregister
//!    ├──────────────────────┘  │  │ 408, 5xx    ▼
//!    │              retry due  │  ▼        Unregistering
//!    │                        Waiting           │ any final response, failure
//!    └──────────────────────────────────────────┘
//!   every state in which a binding is wanted ── flow lost ──▶ NoFlow ── flow restored ──▶ Registering
//! ```

mod abandoned;
mod amended;
mod granted;
mod rebinding;
#[cfg(feature = "serde")]
mod snapshot;
#[cfg(feature = "serde")]
pub use snapshot::{RegistrationSnapshot, RestoreError};

use crate::binding::{Grant, refresh_after};
use crate::outcome::Outcome;
use crate::pace::Pace;
use crate::register::{Identity, again, register};
use crate::state::{Binding, Exchange, State, Wait};
use crate::{
    Gruu, Input, Output, RegistrationConfig, RegistrationEvent, RegistrationFailure, RegistrationState,
};
use sip_clock::{Instant, TokenSource};
use sip_message::{CSeq, NameAddr, Request, Response, ServiceRoute};
use std::collections::VecDeque;
use std::mem;
use std::time::Duration;

/// Keeps one binding of an address-of-record alive.
///
/// [`register`](Self::register) and [`unregister`](Self::unregister) are for the application, [`handle`](Self::handle)
/// for what the network and the clock did; after either, drain [`poll_output`](Self::poll_output) and wait no longer
/// than [`next_timeout`](Self::next_timeout). At most one REGISTER is in flight; all of them have the same Call-ID
/// and a CSeq number one greater than the one before.
#[derive(Debug)]
pub struct Registration {
    config: RegistrationConfig,
    identity: Identity,
    tokens: TokenSource,
    cseq: u32,
    /// Seconds to ask for; raised by a 423, never lowered by what the registrar grants.
    requested: u32,
    failures: u32,
    pace: Pace,
    /// The contact that the next REGISTER removes.
    former: Option<Box<NameAddr>>,
    is_rebound: bool,
    has_flow: bool,
    service_route: Vec<ServiceRoute>,
    gruu: Gruu,
    is_outbound: bool,
    flow_timer: Option<Duration>,
    state: State,
    /// A REGISTER with its interval; the next one for as long differs by its number only.
    sample: Option<(u32, Request)>,
    outputs: VecDeque<Output>,
}

impl Registration {
    /// A registration that has sent nothing yet and expects that there is a flow.
    #[must_use]
    pub fn new(config: RegistrationConfig, tokens: &mut TokenSource) -> Self {
        Self {
            identity: Identity { call_id: tokens.call_id(), tag: tokens.tag() },
            tokens: TokenSource::new(tokens.seed()),
            cseq: 0,
            requested: config.expires,
            failures: 0,
            pace: Pace::new(),
            former: None,
            is_rebound: false,
            has_flow: true,
            service_route: Vec::new(),
            gruu: Gruu::default(),
            is_outbound: false,
            flow_timer: None,
            state: State::Idle,
            sample: None,
            outputs: VecDeque::new(),
            config,
        }
    }

    /// Asks for the binding. While a REGISTER is in flight this joins it; while one is due later it is made now,
    /// but not within 10 s of the last one or before a Retry-After is over; without a flow it waits for one.
    pub fn register(&mut self, now: Instant) {
        self.step(|this, state| this.on_register(state, now));
    }

    /// Gives the binding up. Without a flow or a binding this ends at once and sends nothing; while a REGISTER is
    /// in flight it follows that one (RFC 3261 §10.2: one at a time).
    pub fn unregister(&mut self, now: Instant) {
        self.step(|this, state| this.on_unregister(state, now));
    }

    /// Takes what happened. A response, failure or challenge of another request than the one in flight changes
    /// nothing.
    pub fn handle(&mut self, input: Input, now: Instant) {
        self.step(|this, state| match input {
            Input::Response(response) => this.on_response(state, &response, now),
            Input::Failed { cseq, failure } => this.on_failed(state, &cseq, failure.into(), now),
            Input::Challenged { cseq } => this.on_challenged(state, &cseq, now),
            Input::FlowLost => this.on_flow_lost(state),
            Input::FlowRestored => this.on_flow_restored(state, now),
            Input::ServerChanged => this.on_server_changed(state, now),
            Input::Timeout => this.on_timeout(state, now),
        });
    }

    /// The next thing to do, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        if output.is_none() {
            // A registration is idle for nearly all of its life: it keeps no room.
            self.outputs = VecDeque::new();
        }
        output
    }

    /// When [`Input::Timeout`] is due.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        self.state.next_timeout()
    }

    /// Whether the registrar holds the binding, as far as can be known. It stays so while the binding is refreshed,
    /// and through failures until it runs out; it ends with the flow.
    #[must_use]
    pub const fn is_registered(&self) -> bool {
        self.state.bound_until().is_some()
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> RegistrationState {
        self.state.kind()
    }

    /// What is registered.
    #[must_use]
    pub const fn config(&self) -> &RegistrationConfig {
        &self.config
    }

    fn step(&mut self, handler: impl FnOnce(&mut Self, State) -> State) {
        let state = mem::replace(&mut self.state, State::Idle);
        self.state = handler(self, state);
    }

    // rfc3261#10.2/8: one REGISTER at a time; what is wanted meanwhile follows its final response or failure
    fn on_register(&mut self, state: State, now: Instant) -> State {
        match state {
            State::Idle if !self.has_flow => State::NoFlow { earliest: now },
            State::Idle => self.begin(None, now),
            State::Registering(exchange) => {
                let bound_until = self.lapse(exchange.bound_until, now);
                State::Registering(Exchange { reversed: false, bound_until, ..exchange })
            }
            State::Registered(binding) => self.begin(Some(binding.until), now),
            State::Waiting(wait) => self.hasten(wait, now),
            State::Unregistering(exchange) => State::Unregistering(Exchange { reversed: true, ..exchange }),
            State::NoFlow { earliest } => State::NoFlow { earliest },
        }
    }

    fn on_unregister(&mut self, state: State, now: Instant) -> State {
        match state {
            State::Registering(exchange) => State::Registering(Exchange { reversed: true, ..exchange }),
            State::Unregistering(exchange) => State::Unregistering(Exchange { reversed: false, ..exchange }),
            State::Registered(_) | State::Waiting(Wait { bound_until: Some(_), .. }) => self.remove(now),
            State::Idle | State::Waiting(_) | State::NoFlow { .. } => self.unregistered(),
        }
    }

    fn on_response(&mut self, state: State, response: &Response, now: Instant) -> State {
        // the transaction layer matched it; only what can be read can tell that it is an older one
        let number = response.headers().typed::<CSeq>().ok().flatten().map(|cseq| cseq.number);
        let is_for = |exchange: &Exchange| number.is_none_or(|number| number == exchange.cseq);
        match state {
            State::Registering(exchange) if is_for(&exchange) => {
                self.on_register_response(exchange, response, now)
            }
            State::Unregistering(exchange) if is_for(&exchange) => {
                self.on_unregister_response(exchange, response, now)
            }
            State::Registering(_)
            | State::Unregistering(_)
            | State::Idle
            | State::Registered(_)
            | State::Waiting(_)
            | State::NoFlow { .. } => state,
        }
    }

    fn on_register_response(&mut self, exchange: Exchange, response: &Response, now: Instant) -> State {
        match Outcome::of(response) {
            Outcome::Provisional => State::Registering(exchange),
            outcome if exchange.reversed => {
                self.reverse(outcome == Outcome::Accepted, exchange.bound_until, now)
            }
            Outcome::Accepted => self.accept(&exchange, response, now),
            Outcome::TooBrief(minimum) => self.raise(&exchange, minimum, now),
            Outcome::Retry(cause, after) => self.wait(exchange.bound_until, cause, after, now),
            Outcome::NoOutbound if self.config.is_outbound => self.register_plainly(exchange, now),
            Outcome::NoOutbound => self.stop(RegistrationFailure::NoOutbound),
            Outcome::Stop(cause) => self.stop(cause),
        }
    }

    fn on_unregister_response(&mut self, exchange: Exchange, response: &Response, now: Instant) -> State {
        let cause = match Outcome::of(response) {
            Outcome::Provisional => return State::Unregistering(exchange),
            _ if exchange.reversed => return self.begin(None, now),
            Outcome::Accepted => return self.unregistered(),
            Outcome::TooBrief(_) => RegistrationFailure::IntervalTooBrief,
            Outcome::NoOutbound => RegistrationFailure::NoOutbound,
            Outcome::Retry(cause, _) | Outcome::Stop(cause) => cause,
        };
        self.stop(cause)
    }

    fn on_failed(&mut self, state: State, cseq: &CSeq, cause: RegistrationFailure, now: Instant) -> State {
        match state {
            State::Registering(exchange) if exchange.cseq == cseq.number => {
                if exchange.reversed {
                    return self.reverse(false, exchange.bound_until, now);
                }
                self.wait(exchange.bound_until, cause, None, now)
            }
            State::Unregistering(exchange) if exchange.cseq == cseq.number => {
                if exchange.reversed {
                    self.begin(None, now)
                } else {
                    self.stop(cause)
                }
            }
            State::Registering(_)
            | State::Unregistering(_)
            | State::Idle
            | State::Registered(_)
            | State::Waiting(_)
            | State::NoFlow { .. } => state,
        }
    }

    /// The request again, with the next CSeq number (rfc3261#22.2).
    fn on_challenged(&mut self, state: State, cseq: &CSeq, now: Instant) -> State {
        match state {
            State::Registering(exchange) if exchange.cseq == cseq.number => {
                if exchange.reversed {
                    return self.reverse(false, exchange.bound_until, now);
                }
                State::Registering(Exchange { cseq: self.send(self.requested, now), ..exchange })
            }
            State::Unregistering(exchange) if exchange.cseq == cseq.number => {
                if exchange.reversed {
                    return self.begin(None, now);
                }
                State::Unregistering(Exchange { cseq: self.send(0, now), ..exchange })
            }
            State::Registering(_)
            | State::Unregistering(_)
            | State::Idle
            | State::Registered(_)
            | State::Waiting(_)
            | State::NoFlow { .. } => state,
        }
    }

    fn on_flow_lost(&mut self, state: State) -> State {
        self.has_flow = false;
        match state {
            State::Registering(Exchange { reversed: false, .. }) => {
                // a registrar that drops the flow at each REGISTER does not get one per new flow
                self.failures += 1;
                State::NoFlow { earliest: self.pace.permitted() }
            }
            // nor one that accepts it and drops the flow then
            State::Registered(_) | State::Unregistering(Exchange { reversed: true, .. }) => {
                State::NoFlow { earliest: self.pace.permitted_for_flow() }
            }
            State::Waiting(wait) => State::NoFlow { earliest: wait.earliest },
            State::NoFlow { earliest } => State::NoFlow { earliest },
            State::Registering(_) | State::Unregistering(_) => self.unregistered(),
            State::Idle => State::Idle,
        }
    }

    fn on_flow_restored(&mut self, state: State, now: Instant) -> State {
        self.has_flow = true;
        match state {
            State::NoFlow { earliest } => {
                self.hasten(Wait { retry_at: earliest, earliest, bound_until: None }, now)
            }
            State::Waiting(wait) => self.hasten(wait, now),
            State::Registered(binding) => self.begin(Some(binding.until), now),
            State::Idle | State::Registering(_) | State::Unregistering(_) => state,
        }
    }

    /// AC-32: the waits are between us and one server; who offers several keeps the failing ones at rest.
    fn on_server_changed(&mut self, state: State, now: Instant) -> State {
        self.has_flow = true;
        match state {
            State::NoFlow { .. } => self.begin(None, now),
            State::Waiting(wait) => self.begin(wait.bound_until, now),
            State::Registered(binding) => self.begin(Some(binding.until), now),
            State::Idle | State::Registering(_) | State::Unregistering(_) => state,
        }
    }

    fn on_timeout(&mut self, state: State, now: Instant) -> State {
        match state {
            State::Registering(Exchange { reversed: false, bound_until, cseq, raised }) => {
                let bound_until = self.lapse(bound_until, now);
                State::Registering(Exchange { reversed: false, bound_until, cseq, raised })
            }
            State::Registered(Binding { refresh_at, until }) if refresh_at.min(until) <= now => {
                let bound_until = self.lapse(Some(until), now);
                self.pause(Wait { retry_at: refresh_at, earliest: refresh_at, bound_until }, now)
            }
            State::Waiting(wait) => {
                let bound_until = self.lapse(wait.bound_until, now);
                self.pause(Wait { bound_until, ..wait }, now)
            }
            State::Registered(_)
            | State::Registering(_)
            | State::Unregistering(_)
            | State::Idle
            | State::NoFlow { .. } => state,
        }
    }

    /// Registers as soon as permitted.
    fn hasten(&mut self, wait: Wait, now: Instant) -> State {
        self.pause(Wait { retry_at: wait.retry_at.min(wait.earliest), ..wait }, now)
    }

    /// Waits, or registers when the wait is over.
    fn pause(&mut self, wait: Wait, now: Instant) -> State {
        if wait.retry_at <= now { self.begin(wait.bound_until, now) } else { State::Waiting(wait) }
    }

    fn begin(&mut self, bound_until: Option<Instant>, now: Instant) -> State {
        self.is_rebound = false;
        let cseq = self.send(self.requested, now);
        if bound_until.is_none() {
            self.tell(RegistrationEvent::Registering);
        }
        State::Registering(Exchange { cseq, raised: false, reversed: false, bound_until })
    }

    fn remove(&mut self, now: Instant) -> State {
        // rfc3261#10.2.2/1: the binding goes before its time
        let cseq = self.send(0, now);
        State::Unregistering(Exchange { cseq, raised: false, reversed: false, bound_until: None })
    }

    /// The application no longer wants what was in flight.
    fn reverse(&mut self, is_accepted: bool, bound_until: Option<Instant>, now: Instant) -> State {
        let is_bound = is_accepted || bound_until.is_some_and(|until| until > now);
        if is_bound { self.remove(now) } else { self.unregistered() }
    }

    fn accept(&mut self, exchange: &Exchange, response: &Response, now: Instant) -> State {
        let grant = Grant::read(response, &self.config.contact, self.requested);
        if grant.seconds == 0 {
            return self.register_again(now);
        }
        let refresh_at = self.pace.permitted().max(now + refresh_after(&grant));
        (self.failures, self.former) = (0, None);
        // rfc3261#10.2/1-2: a Record-Route of the response is not looked at
        self.service_route = response.headers().list::<ServiceRoute>().flatten().collect();
        (self.gruu, self.is_outbound, self.flow_timer) = (grant.gruu, grant.is_outbound, grant.flow_timer);
        let expires = Duration::from_secs(u64::from(grant.seconds));
        self.tell(RegistrationEvent::Registered {
            expires,
            contacts: grant.contacts,
            binding: grant.matched,
            is_refresh: exchange.bound_until.is_some(),
        });
        State::Registered(Binding { refresh_at, until: now + expires })
    }

    /// rfc3261#10.2.7/1: no immediate repetition after a timeout; the wait is that of RFC 5626 §4.5, unless the server says
    /// when to come again.
    fn wait(
        &mut self,
        bound_until: Option<Instant>,
        cause: RegistrationFailure,
        retry_after: Option<Duration>,
        now: Instant,
    ) -> State {
        self.failures += 1;
        let after = now + retry_after.unwrap_or_default();
        let earliest = after.max(self.pace.permitted());
        // rfc5626#4.2.1: with Retry-After the flow is not taken for failed, be that time short or long
        let retry_at = match retry_after {
            Some(_) => earliest,
            None => earliest.max(now + self.config.back_off.delay(self.failures, &mut self.tokens)),
        };
        self.failed(cause, Some(retry_at - now));
        self.pause(Wait { retry_at, earliest, bound_until }, now)
    }

    fn stop(&mut self, cause: RegistrationFailure) -> State {
        self.failed(cause, None);
        self.idle()
    }

    fn unregistered(&mut self) -> State {
        self.tell(RegistrationEvent::Unregistered);
        self.idle()
    }

    fn idle(&mut self) -> State {
        self.failures = 0;
        self.service_route.clear();
        (self.gruu, self.is_outbound, self.flow_timer) = (Gruu::default(), false, None);
        State::Idle
    }

    /// The end of the binding, unless it has come.
    fn lapse(&mut self, bound_until: Option<Instant>, now: Instant) -> Option<Instant> {
        let until = bound_until?;
        if until > now {
            return Some(until);
        }
        self.tell(RegistrationEvent::Expired);
        None
    }

    fn send(&mut self, seconds: u32, now: Instant) -> u32 {
        self.cseq += 1;
        self.pace.note_sent(now);
        let request = self.request(seconds);
        self.outputs.push_back(Output::Request(request));
        self.cseq
    }

    /// What refreshes the binding is written once; a removal, and what takes back the former contact, each time.
    fn request(&mut self, seconds: u32) -> Request {
        let is_usual = seconds > 0 && self.former.is_none();
        let sample = self.sample.as_ref().filter(|(interval, _)| is_usual && *interval == seconds);
        if let Some((_, sample)) = sample {
            return again(sample, self.cseq);
        }
        let request = register(&self.config, &self.identity, self.cseq, seconds, self.former.as_deref());
        if is_usual {
            self.sample = Some((seconds, request.clone()));
        }
        request
    }

    fn failed(&mut self, cause: RegistrationFailure, retry_in: Option<Duration>) {
        self.tell(RegistrationEvent::Failed { cause, retry_in });
    }

    fn tell(&mut self, event: RegistrationEvent) {
        self.outputs.push_back(Output::Event(event));
    }
}
