//! INVITE client transaction: RFC 3261 §17.1.1 with the Accepted state of RFC 6026 §7.2 and the end of a cancelled
//! INVITE of RFC 3261 §9.1. The ACK to a 2xx is the transaction user's (RFC 3261 §13.2.2.4).

use crate::backoff::Backoff;
use crate::machine::{Parts, machine_methods};
use crate::{CancelError, ClientInput, ClientOutput, Failure, Reliability, TimerSettings, hop_request};
use sip_clock::Instant;
use sip_message::{Request, Response};
use std::collections::VecDeque;
use std::sync::Arc;

/// The client side of one INVITE.
///
/// Verbs say what the user wants ([`cancel`](Self::cancel)); [`handle`](Self::handle) takes what the network or the
/// clock did; [`poll_output`](Self::poll_output) and [`next_timeout`](Self::next_timeout) say what must happen next.
///
/// ```
/// use sip_clock::Instant;
/// use sip_message::{Method, Request};
/// use sip_transaction::{ClientInput, ClientOutput, InviteClient, Reliability, TimerSettings};
///
/// let invite = Request::new(Method::Invite, &"sip:bob@example.org".parse().unwrap());
/// let settings = TimerSettings::default();
/// let mut client = InviteClient::new(invite, Reliability::Unreliable, settings, Instant::ZERO);
/// assert!(matches!(client.poll_output(), Some(ClientOutput::Transmit(_))));
///
/// let timer_a = client.next_timeout().unwrap();
/// assert_eq!(timer_a.to_string(), "+500ms");
/// client.handle(ClientInput::Timeout, timer_a);
/// assert!(matches!(client.poll_output(), Some(ClientOutput::Transmit(_))));
/// ```
#[derive(Debug)]
pub struct InviteClient {
    state: State,
    parts: Parts<Timer, ClientOutput>,
}

impl InviteClient {
    /// A transaction that sends `request` at once; its top Via has the branch already.
    #[must_use]
    pub fn new(
        request: Request,
        reliability: Reliability,
        settings: impl Into<Arc<TimerSettings>>,
        now: Instant,
    ) -> Self {
        let mut parts = Parts::new(reliability, settings.into(), now);
        let (timeout, t1) = (parts.settings.transaction_timeout(), parts.settings.t1);
        // rfc3261#17.1.1.2/1,5: Calling, with Timer B on every transport
        parts.timers.set(Timer::B, now + timeout);
        let mut client = Self { state: State::Terminated, parts };
        client.state = client.transmit_request(request, Backoff::uncapped(t1), now);
        client
    }

    /// The INVITE as sent, until it has its final response.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        match &self.state {
            State::Calling { request, .. } | State::Proceeding { request, .. } => Some(request),
            State::Completed { .. } | State::Accepted | State::Terminated => None,
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

    /// Makes the CANCEL, to be sent on the same flow in a [`NonInviteClient`](crate::NonInviteClient) of its own.
    /// From now on the INVITE ends by itself when no final response comes within 64·T1 (RFC 3261 §9.1).
    ///
    /// # Errors
    /// Before the first provisional response, after a final one, and the second time.
    pub fn cancel(&mut self, now: Instant) -> Result<Request, CancelError> {
        match &self.state {
            // rfc3261#9.1/7-9: wait for a provisional response
            State::Calling { .. } => Err(CancelError::NotProceeding),
            State::Proceeding { cancelled: true, .. } => Err(CancelError::AlreadyCancelled),
            // rfc3261#9.1/10
            State::Completed { .. } | State::Accepted | State::Terminated => Err(CancelError::Completed),
            State::Proceeding { request, cancelled: false } => {
                let cancel = hop_request::cancel(request);
                self.step(Event::Cancel, now);
                Ok(cancel)
            }
        }
    }

    /// The CANCEL as [`cancel`](Self::cancel) made it, for a server that may not have got that.
    ///
    /// # Errors
    /// When there was none, or a final response has come.
    pub fn cancel_again(&self) -> Result<Request, CancelError> {
        match &self.state {
            State::Calling { .. } | State::Proceeding { cancelled: false, .. } => {
                Err(CancelError::NotProceeding)
            }
            State::Proceeding { request, cancelled: true } => Ok(hop_request::cancel(request)),
            State::Completed { .. } | State::Accepted | State::Terminated => Err(CancelError::Completed),
        }
    }

    /// Whether a provisional response has come and no final one.
    #[must_use]
    pub const fn is_proceeding(&self) -> bool {
        matches!(self.state, State::Proceeding { .. })
    }

    /// All that [`poll_output`](Self::poll_output) would give.
    pub(crate) fn take_outputs(&mut self) -> VecDeque<ClientOutput> {
        std::mem::take(&mut self.parts.outputs)
    }

    /// RFC 3261 figure 5 as RFC 6026 replaced it.
    ///
    /// ```text
    ///                    INVITE from the user / send it, set B (and A)
    ///                                    |
    ///                                    v
    ///   A / send INVITE, set A   +---------------+   B, transport error / inform user
    ///                    .------>|    Calling    |-----------------------------------.
    ///                    '-------|               |---- 2xx / 2xx to user ---.        |
    ///                            +---------------+                          |        |
    ///                     300-699 |     | 1xx / 1xx to user                 |        |
    ///             / ACK, to user  |     v                                   |        |
    ///                     .-------' +---------------+                       |        |
    ///                     |   .---->|  Proceeding   |- 2xx / 2xx to user -. |        |
    ///                     |   '-----|               |                     | |        |
    ///                     |    1xx  +---------------+                     | |        |
    ///                     |  to user   |     |  cancelled 64*T1 ago,       | |        |
    ///                     |    300-699 |     |  flow lost / inform user    | |        |
    ///                     |  / ACK,    |     '-----------------------------|-|------->|
    ///                     |    to user |                                   v v        |
    ///                     |            v                          +------------+      |
    ///                     |  +---------------+                    |  Accepted  |--.   |
    ///                     '->|   Completed   |--.                 |            |<-'   |
    ///                        |               |<-' 300-699 / ACK   +------------+ 2xx to user
    ///                        +---------------+                          |             |
    ///                          | D / -     | transport error            | M / -       |
    ///                          |           |   / inform user            |             |
    ///                          v           v                            v             |
    ///                        +------------------------------------------------+       |
    ///                        |                   Terminated                   |<------'
    ///                        +------------------------------------------------+
    /// ```
    ///
    /// Two edges are not in the figure. Nothing is sent in Proceeding and no timer runs there, so a flow that breaks
    /// would leave the transaction waiting for ever for a response that cannot come: it fails. And a cancelled INVITE
    /// is given up after 64·T1 (§9.1).
    fn transition(&mut self, state: State, event: Event, now: Instant) -> State {
        match (state, event) {
            // rfc3261#17.1.1.2/6,8
            (State::Calling { request, retransmission }, Event::Timer(Timer::A)) => {
                self.transmit_request(request, retransmission, now) // rfc3261#17.1.1.2
            }
            // rfc3261#17.1.1.2/14-15
            (State::Calling { .. }, Event::Timer(Timer::B)) => self.fail(Failure::Timeout),
            // rfc3261#17.1.4/1-2
            (State::Calling { .. }, Event::TransportError) => self.fail(Failure::Transport),
            (State::Calling { request, .. }, Event::Provisional(response)) => {
                self.parts.timers.clear(); // rfc3261#17.1.1.2/10,16
                self.proceed(request, response, false)
            }
            (State::Calling { .. } | State::Proceeding { .. }, Event::Success(response)) => {
                self.accept(response, now)
            }
            (
                State::Calling { request, .. } | State::Proceeding { request, .. },
                Event::Failure(response),
            ) => self.complete(&request, response, now),
            (
                state @ State::Calling { .. },
                Event::Timer(Timer::D | Timer::M | Timer::Cancel) | Event::Cancel,
            ) => state,

            (State::Proceeding { request, cancelled }, Event::Provisional(response)) => {
                self.proceed(request, response, cancelled)
            }
            (State::Proceeding { request, .. }, Event::Cancel) => {
                self.parts.timers.set(Timer::Cancel, now + self.parts.settings.transaction_timeout());
                State::Proceeding { request, cancelled: true }
            }
            // rfc3261#9.1/12-13
            (State::Proceeding { .. }, Event::Timer(Timer::Cancel)) => self.fail(Failure::Timeout),
            (State::Proceeding { .. }, Event::TransportError) => self.fail(Failure::Transport),
            (state @ State::Proceeding { .. }, Event::Timer(Timer::A | Timer::B | Timer::D | Timer::M)) => {
                state
            }

            // rfc3261#17.1.1.2/24-25, rfc6026#8.4/6-7: the ACK again, and no word to the user
            (State::Completed { ack }, Event::Failure(_)) => self.transmit_ack(ack),
            // rfc3261#17.1.1.2/26, rfc6026#8.4/8
            (State::Completed { .. }, Event::Timer(Timer::D)) => State::Terminated,
            (State::Completed { .. }, Event::TransportError) => self.fail(Failure::Transport),
            (
                state @ State::Completed { .. },
                Event::Provisional(_)
                | Event::Success(_)
                | Event::Cancel
                | Event::Timer(Timer::A | Timer::B | Timer::M | Timer::Cancel),
            ) => state,

            // rfc6026#7.2/2-3, rfc6026#8.4/13-14
            (State::Accepted, Event::Success(response)) => {
                self.parts.emit(ClientOutput::Response(response));
                State::Accepted
            }
            // rfc6026#7.2/4, rfc6026#8.4/15
            (State::Accepted, Event::Timer(Timer::M)) => State::Terminated,
            (
                State::Accepted,
                Event::Provisional(_)
                | Event::Failure(_)
                | Event::TransportError
                | Event::Cancel
                | Event::Timer(Timer::A | Timer::B | Timer::D | Timer::Cancel),
            ) => State::Accepted,

            (
                State::Terminated,
                Event::Provisional(_)
                | Event::Success(_)
                | Event::Failure(_)
                | Event::TransportError
                | Event::Cancel
                | Event::Timer(Timer::A | Timer::B | Timer::D | Timer::M | Timer::Cancel),
            ) => State::Terminated,
        }
    }

    // rfc3261#17.1.1.2/2-4,7,9: Timer A on unreliable transports only, twice as long each time
    fn transmit_request(&mut self, request: Request, mut retransmission: Backoff, now: Instant) -> State {
        self.parts.retransmit_later(Timer::A, &mut retransmission, now);
        self.parts.emit(ClientOutput::Transmit(Request::clone(&request)));
        State::Calling { request, retransmission }
    }

    // rfc3261#17.1.1.2/17-18
    fn proceed(&mut self, request: Request, response: Response, cancelled: bool) -> State {
        self.parts.emit(ClientOutput::Response(response));
        State::Proceeding { request, cancelled }
    }

    // rfc3261#17.1.1.2/28, rfc6026#6/1, rfc6026#7.2/1, rfc6026#8.4/9-12: to the user, who makes the ACK
    fn accept(&mut self, response: Response, now: Instant) -> State {
        self.parts.emit(ClientOutput::Response(response));
        let timer_m = self.parts.settings.transaction_timeout();
        if self.parts.lingers(Timer::M, timer_m, now) { State::Accepted } else { State::Terminated }
    }

    // rfc3261#17.1.1.2/19-21,23, rfc6026#8.4/1-3,5: the ACK goes out on every transport, before the user learns of it
    fn complete(&mut self, request: &Request, response: Response, now: Instant) -> State {
        let ack = hop_request::ack(request, &response);
        let completed = self.transmit_ack(ack);
        self.parts.emit(ClientOutput::Response(response));
        let timer_d = self.parts.settings.timer_d(self.parts.reliability);
        if self.parts.lingers(Timer::D, timer_d, now) { completed } else { State::Terminated }
    }

    fn transmit_ack(&mut self, ack: Request) -> State {
        self.parts.emit(ClientOutput::Transmit(Request::clone(&ack)));
        State::Completed { ack }
    }

    fn fail(&mut self, failure: Failure) -> State {
        self.parts.end(ClientOutput::Failed(failure));
        State::Terminated
    }
}

machine_methods!(InviteClient, ClientInput, ClientOutput, [Provisional, Success, Failure]);

#[derive(Debug)]
enum State {
    Calling { request: Request, retransmission: Backoff },
    Proceeding { request: Request, cancelled: bool },
    Completed { ack: Request },
    Accepted,
    Terminated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    A,
    B,
    D,
    M,
    /// 64·T1 after a CANCEL; RFC 3261 §9.1 gives it no letter.
    Cancel,
}

#[derive(Debug)]
pub(crate) enum Event {
    Provisional(Response),
    Success(Response),
    Failure(Response),
    TransportError,
    Cancel,
    Timer(Timer),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition_table::{assert_table, request};
    use sip_message::{Method, StatusCode};

    const TIMERS: &[Timer] = &[Timer::A, Timer::B, Timer::D, Timer::M, Timer::Cancel];
    const STATES: &[&str] = &["Calling", "Proceeding", "Cancelled", "Completed", "Accepted", "Terminated"];

    fn in_state(state: &str, reliability: Reliability) -> InviteClient {
        let now = Instant::ZERO;
        let invite = request(Method::Invite);
        let mut client = InviteClient::new(invite.clone(), reliability, TimerSettings::default(), now);
        let path = match state {
            "Calling" => vec![],
            "Proceeding" => vec![Event::Provisional(invite.response(StatusCode::RINGING))],
            "Cancelled" => vec![Event::Provisional(invite.response(StatusCode::RINGING)), Event::Cancel],
            "Completed" => vec![Event::Failure(invite.response(StatusCode::BUSY_HERE))],
            "Accepted" => vec![Event::Success(invite.response(StatusCode::OK))],
            _ => vec![Event::TransportError],
        };
        for event in path {
            client.step(event, now);
        }
        while client.poll_output().is_some() {}
        client
    }

    fn events() -> Vec<(String, Event)> {
        let invite = request(Method::Invite);
        vec![
            ("1xx".to_owned(), Event::from(invite.response(StatusCode::RINGING))),
            ("2xx".to_owned(), Event::from(invite.response(StatusCode::OK))),
            ("300-699".to_owned(), Event::from(invite.response(StatusCode::BUSY_HERE))),
            ("transport error".to_owned(), Event::TransportError),
            ("cancel".to_owned(), Event::Cancel),
        ]
    }

    // rfc3261#17.1.1.2/1-6,10,14-26,28, type=test: compared by eye with figure 5 of RFC 6026
    // rfc6026#7.2/1-4, rfc6026#8.4/1-3,5-15, rfc6026#6/1, rfc3261#17.1.4/1-2, type=test
    #[test]
    fn the_table_is_that_of_figure_5() {
        assert_table("invite_client", STATES, TIMERS, in_state, events);
    }
}
