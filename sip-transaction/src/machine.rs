//! What the four machines of RFC 3261 §17 have in common: timers that run, outputs that wait.

use crate::backoff::Backoff;
use crate::{Reliability, TimerSettings};
use sip_clock::{FewTimers, Instant};
use sip_message::{KeptResponse, Request, Response, StatusCode, Timestamp};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Everything of a machine but its state; `T` are its timers, `O` its outputs.
///
/// The state has the request, as long as a message may be made of it: most machines do nothing but absorb repetitions at
/// any time, and then they take as little room as they can.
#[derive(Debug)]
pub(crate) struct Parts<T, O> {
    pub(crate) reliability: Reliability,
    pub(crate) settings: Arc<TimerSettings>,
    began: Instant,
    pub(crate) timers: FewTimers<T>,
    pub(crate) outputs: VecDeque<O>,
}

impl<T: Ord + Clone, O> Parts<T, O> {
    pub(crate) const fn new(reliability: Reliability, settings: Arc<TimerSettings>, now: Instant) -> Self {
        Self { reliability, settings, began: now, timers: FewTimers::new(), outputs: VecDeque::new() }
    }

    /// The 100 to a request that its user lets wait.
    pub(crate) fn trying(&self, request: &Request, now: Instant) -> Response {
        let mut response = request.response(StatusCode::TRYING);
        // rfc3261#8.2.6.1/4-5: how long the request has waited
        if let Ok(Some(timestamp)) = response.headers().typed::<Timestamp>() {
            response.headers_mut().set(&timestamp.with_delay(now - self.began));
        }
        response
    }

    pub(crate) fn emit(&mut self, output: O) {
        // Outputs are large, and there is seldom more than one.
        self.outputs.reserve_exact(1);
        self.outputs.push_back(output);
    }

    /// Emits a response that may have to be sent again.
    pub(crate) fn emit_kept(&mut self, response: Response, output: fn(Response) -> O) -> KeptResponse {
        let response = response.sealed();
        self.emit(output(response.clone()));
        response.into()
    }

    pub(crate) fn poll_output(&mut self) -> Option<O> {
        let output = self.outputs.pop_front();
        if output.is_none() {
            // A transaction waits long and says little: its queue gives its room back.
            self.outputs = VecDeque::new();
        }
        output
    }

    /// Sets the timer of the next retransmission, which only an unreliable transport needs.
    pub(crate) fn retransmit_later(&mut self, timer: T, interval: &mut Backoff, now: Instant) {
        match self.reliability {
            Reliability::Reliable => {}
            Reliability::Unreliable => self.timers.set(timer, now + interval.next_interval()),
        }
    }

    /// Stops all timers but `timer`, which ends the state that now begins after `duration`; false when that is no time at
    /// all: a timer of zero seconds has fired at once.
    pub(crate) fn lingers(&mut self, timer: T, duration: Duration, now: Instant) -> bool {
        self.timers.clear();
        if !duration.is_zero() {
            self.timers.set(timer, now + duration);
        }
        !duration.is_zero()
    }

    /// Stops all timers and leaves a last word.
    pub(crate) fn end(&mut self, last: O) {
        self.timers.clear();
        self.emit(last);
    }
}

/// What the layer asks any machine.
pub(crate) trait Machine {
    fn next_timeout(&self) -> Option<Instant>;
    fn is_terminated(&self) -> bool;
    fn request(&self) -> Option<&Request>;
}

/// A response as the event it is in figures 5 and 7 (1xx, 2xx, 300–699); 6 and 8 do not tell the last two apart.
pub(crate) fn by_class<E>(response: Response, [provisional, success, failure]: [fn(Response) -> E; 3]) -> E {
    let status = response.status();
    if status.is_provisional() {
        provisional(response)
    } else if status.is_success() {
        success(response)
    } else {
        failure(response)
    }
}

/// The methods that are the same for every machine with fields `state` and `parts` and the function `transition`; the
/// types `State`, `Event` and `Timer` are those of the file that uses it. Last come the events that a response of each
/// class is.
macro_rules! machine_methods {
    ($machine:ident, $input:ident, $output:ident, [$($class:ident),+]) => {
        impl $machine {
            /// What to do next, until `None`.
            pub fn poll_output(&mut self) -> Option<$output> {
                self.parts.poll_output()
            }

            #[doc = concat!("When to call `handle` with [`", stringify!($input), "::Timeout`].")]
            #[must_use]
            pub fn next_timeout(&self) -> Option<sip_clock::Instant> {
                self.parts.timers.next()
            }

            /// Whether the transaction is over; it has no timer then and says nothing more.
            #[must_use]
            pub const fn is_terminated(&self) -> bool {
                matches!(self.state, State::Terminated)
            }

            fn handle_timeout(&mut self, now: sip_clock::Instant) {
                while let Some(timer) = self.parts.timers.pop_expired(now) {
                    self.step(Event::Timer(timer), now);
                }
            }

            fn step(&mut self, event: Event, now: sip_clock::Instant) {
                let state = std::mem::replace(&mut self.state, State::Terminated);
                self.state = self.transition(state, event, now);
            }
        }

        impl From<sip_message::Response> for Event {
            fn from(response: sip_message::Response) -> Self {
                $crate::machine::by_class(response, [$(Self::$class),+])
            }
        }

        impl $crate::machine::Machine for $machine {
            fn next_timeout(&self) -> Option<sip_clock::Instant> {
                self.next_timeout()
            }

            fn is_terminated(&self) -> bool {
                self.is_terminated()
            }

            fn request(&self) -> Option<&sip_message::Request> {
                self.request()
            }
        }

        #[cfg(test)]
        impl $crate::transition_table::Tabulated for $machine {
            type Event = Event;
            type Timer = Timer;
            type Output = $output;

            fn timer_event(timer: Timer) -> Event {
                Event::Timer(timer)
            }

            fn take(&mut self, event: Event) -> Vec<$output> {
                if let Event::Timer(timer) = &event {
                    self.parts.timers.stop(timer); // as its firing does
                }
                self.step(event, sip_clock::Instant::ZERO);
                std::iter::from_fn(|| self.poll_output()).collect()
            }

            fn timers(&self) -> &sip_clock::FewTimers<Timer> {
                &self.parts.timers
            }

            fn state(&self) -> String {
                format!("{:?}", self.state)
            }
        }
    };
}

pub(crate) use machine_methods;
