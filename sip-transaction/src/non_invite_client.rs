//! Non-INVITE client transaction: RFC 3261 §17.1.2.

use crate::backoff::Backoff;
use crate::machine::{Parts, machine_methods};
use crate::{ClientInput, ClientOutput, Failure, Reliability, TimerSettings};
use sip_clock::Instant;
use sip_message::{Request, Response};
use std::collections::VecDeque;
use std::sync::Arc;

/// The client side of one request other than INVITE and ACK.
///
/// [`handle`](Self::handle) takes what the network or the clock did; [`poll_output`](Self::poll_output) and
/// [`next_timeout`](Self::next_timeout) say what must happen next.
///
/// ```
/// use sip_clock::Instant;
/// use sip_message::{Method, Request, StatusCode};
/// use sip_transaction::{ClientInput, ClientOutput, NonInviteClient, Reliability, TimerSettings};
///
/// let bye = Request::new(Method::Bye, &"sip:bob@example.org".parse().unwrap());
/// let ok = bye.response(StatusCode::OK);
/// let settings = TimerSettings::default();
/// let mut client = NonInviteClient::new(bye, Reliability::Reliable, settings, Instant::ZERO);
/// assert!(matches!(client.poll_output(), Some(ClientOutput::Transmit(_))));
///
/// client.handle(ClientInput::Response(ok), Instant::ZERO);
/// assert!(matches!(client.poll_output(), Some(ClientOutput::Response(_))));
/// assert!(client.is_terminated());
/// ```
#[derive(Debug)]
pub struct NonInviteClient {
    state: State,
    parts: Parts<Timer, ClientOutput>,
}

impl NonInviteClient {
    /// A transaction that sends `request` at once; its top Via has the branch already.
    #[must_use]
    pub fn new(
        request: Request,
        reliability: Reliability,
        settings: impl Into<Arc<TimerSettings>>,
        now: Instant,
    ) -> Self {
        let mut parts = Parts::new(reliability, settings.into(), now);
        let timeout = parts.settings.transaction_timeout();
        let mut retransmission = Backoff::capped(parts.settings.t1, parts.settings.t2);
        // rfc3261#17.1.2.2/1
        parts.timers.set(Timer::F, now + timeout);
        let mut client = Self { state: State::Terminated, parts };
        client.transmit_request(&request, &mut retransmission, now);
        client.state = State::Trying { request, retransmission };
        client
    }

    /// The request as sent, until it has its final response.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        match &self.state {
            State::Trying { request, .. } | State::Proceeding { request, .. } => Some(request),
            State::Completed | State::Terminated => None,
        }
    }

    /// Takes what the network or the clock did. An early or repeated timeout does nothing.
    pub fn handle(&mut self, input: ClientInput, now: Instant) {
        match input {
            ClientInput::Response(response) => self.step(Event::from(response), now),
            ClientInput::TransportError => self.step(Event::TransportError, now),
            ClientInput::Timeout => self.handle_timeout(now),
        }
    }

    /// All that [`poll_output`](Self::poll_output) would give.
    pub(crate) fn take_outputs(&mut self) -> VecDeque<ClientOutput> {
        std::mem::take(&mut self.parts.outputs)
    }

    /// RFC 3261 figure 6.
    ///
    /// ```text
    ///                      request from the user / send it, set F (and E)
    ///                                      |
    ///                                      v
    ///   E / send request,          +---------------+
    ///       set E to MIN(2E, T2)   |    Trying     |--- F, transport error / inform user --.
    ///                      .------>|               |                                       |
    ///                      '-------|               |--- 200-699 / response to user --.     |
    ///                              +---------------+                                 |     |
    ///                                      | 1xx / response to user                  |     |
    ///                                      v                                         |     |
    ///   E / send request,          +---------------+                                 |     |
    ///       set E to T2            |  Proceeding   |--- F, transport error ----------|---->|
    ///                      .------>|               |        / inform user            |     |
    ///                      '-------|               |<-.                              |     |
    ///                              |               |--' 1xx / response to user       |     |
    ///                              +---------------+                                 |     |
    ///                                      | 200-699 / response to user              |     |
    ///                                      v                                         |     |
    ///                              +---------------+                                 |     |
    ///                              |   Completed   |<--------------------------------'     |
    ///                              +---------------+                                       |
    ///                                      | K / -                                         |
    ///                                      v                                               |
    ///                              +---------------+                                       |
    ///                              |  Terminated   |<--------------------------------------'
    ///                              +---------------+
    /// ```
    fn transition(&mut self, state: State, event: Event, now: Instant) -> State {
        match (state, event) {
            (State::Trying { request, mut retransmission }, Event::Timer(Timer::E)) => {
                self.transmit_request(&request, &mut retransmission, now);
                State::Trying { request, retransmission }
            }
            // rfc3261#17.1.2.2/6-7
            (State::Trying { request, mut retransmission }, Event::Provisional(response)) => {
                self.parts.emit(ClientOutput::Response(response));
                retransmission.jump_to_cap(); // rfc3261#17.1.2.2/11: from its next firing on
                State::Proceeding { request, retransmission }
            }
            // rfc3261#17.1.2.2/10
            (State::Proceeding { request, mut retransmission }, Event::Timer(Timer::E)) => {
                self.transmit_request(&request, &mut retransmission, now);
                State::Proceeding { request, retransmission }
            }
            (state @ State::Proceeding { .. }, Event::Provisional(response)) => {
                self.parts.emit(ClientOutput::Response(response));
                state
            }
            // rfc3261#17.1.2.2/8-9,14-15
            (State::Trying { .. } | State::Proceeding { .. }, Event::Final(response)) => {
                self.complete(response, now)
            }
            // rfc3261#17.1.2.2/4-5,12-13
            (State::Trying { .. } | State::Proceeding { .. }, Event::Timer(Timer::F)) => {
                self.fail(Failure::Timeout)
            }
            (State::Trying { .. } | State::Proceeding { .. }, Event::TransportError) => {
                self.fail(Failure::Transport) // rfc3261#17.1.4/1-2
            }
            (state @ (State::Trying { .. } | State::Proceeding { .. }), Event::Timer(Timer::K)) => state,

            // rfc3261#17.1.2.2/17
            (State::Completed, Event::Timer(Timer::K)) => State::Terminated,
            (
                State::Completed,
                Event::Provisional(_)
                | Event::Final(_)
                | Event::TransportError
                | Event::Timer(Timer::E | Timer::F),
            ) => State::Completed,

            (
                State::Terminated,
                Event::Provisional(_)
                | Event::Final(_)
                | Event::TransportError
                | Event::Timer(Timer::E | Timer::F | Timer::K),
            ) => State::Terminated,
        }
    }

    // rfc3261#17.1.2.2/2-3: Timer E on unreliable transports only
    fn transmit_request(&mut self, request: &Request, retransmission: &mut Backoff, now: Instant) {
        self.parts.retransmit_later(Timer::E, retransmission, now);
        self.parts.emit(ClientOutput::Transmit(request.clone()));
    }

    // rfc3261#17.1.2.2/16: Timer K is zero on a reliable transport, so it has fired at once
    fn complete(&mut self, response: Response, now: Instant) -> State {
        self.parts.emit(ClientOutput::Response(response));
        let timer_k = self.parts.settings.timer_i_k(self.parts.reliability);
        if self.parts.lingers(Timer::K, timer_k, now) { State::Completed } else { State::Terminated }
    }

    fn fail(&mut self, failure: Failure) -> State {
        self.parts.end(ClientOutput::Failed(failure));
        State::Terminated
    }
}

machine_methods!(NonInviteClient, ClientInput, ClientOutput, [Provisional, Final, Final]);

#[derive(Debug)]
enum State {
    Trying { request: Request, retransmission: Backoff },
    Proceeding { request: Request, retransmission: Backoff },
    Completed,
    Terminated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    E,
    F,
    K,
}

#[derive(Debug)]
pub(crate) enum Event {
    Provisional(Response),
    Final(Response),
    TransportError,
    Timer(Timer),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition_table::{assert_table, request};
    use sip_message::{Method, StatusCode};

    const TIMERS: &[Timer] = &[Timer::E, Timer::F, Timer::K];
    const STATES: &[&str] = &["Trying", "Proceeding", "Completed", "Terminated"];

    fn in_state(state: &str, reliability: Reliability) -> NonInviteClient {
        let now = Instant::ZERO;
        let bye = request(Method::Bye);
        let mut client = NonInviteClient::new(bye.clone(), reliability, TimerSettings::default(), now);
        match state {
            "Trying" => {}
            "Proceeding" => client.step(Event::Provisional(bye.response(StatusCode::TRYING)), now),
            "Completed" => client.step(Event::Final(bye.response(StatusCode::OK)), now),
            _ => client.step(Event::TransportError, now),
        }
        while client.poll_output().is_some() {}
        client
    }

    fn events() -> Vec<(String, Event)> {
        let bye = request(Method::Bye);
        vec![
            ("1xx".to_owned(), Event::from(bye.response(StatusCode::TRYING))),
            ("200-699".to_owned(), Event::from(bye.response(StatusCode::OK))),
            ("transport error".to_owned(), Event::TransportError),
        ]
    }

    // rfc3261#17.1.2.2/2-17, rfc3261#17.1.4/1-2, type=test: compared by eye with figure 6
    #[test]
    fn the_table_is_that_of_figure_6() {
        assert_table("non_invite_client", STATES, TIMERS, in_state, events);
    }
}
