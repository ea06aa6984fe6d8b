//! INVITE server transaction: RFC 3261 §17.2.1 with the Accepted state and the transport errors of RFC 6026 §7.1.
//! The retransmission of a 2xx is the transaction user's (RFC 3261 §13.3.1.4).

use crate::backoff::Backoff;
use crate::machine::{Parts, machine_methods};
use crate::{Failure, Reliability, RespondError, TimerSettings};
use sip_clock::Instant;
use sip_message::{KeptResponse, Request, Response};
use std::sync::Arc;
use std::time::Duration;

/// How long the transaction user may take before the machine sends a 100 by itself (RFC 3261 §17.2.1).
const TRYING_DELAY: Duration = Duration::from_millis(200);

/// The server side of one INVITE.
///
/// The caller that made it has the INVITE already and gives it to the transaction user. [`respond`](Self::respond) is
/// what that user wants; [`handle`](Self::handle) takes what the network or the clock did;
/// [`poll_output`](Self::poll_output) and [`next_timeout`](Self::next_timeout) say what must happen next.
///
/// ```
/// use sip_clock::Instant;
/// use sip_message::{Method, Request, StatusCode};
/// use sip_transaction::{InviteServer, InviteServerInput, InviteServerOutput, Reliability, TimerSettings};
///
/// let invite = Request::new(Method::Invite, &"sip:bob@example.org".parse().unwrap());
/// let ringing = invite.response(StatusCode::RINGING);
/// let settings = TimerSettings::default();
/// let mut server = InviteServer::new(invite, Reliability::Unreliable, settings, Instant::ZERO);
/// server.respond(ringing, Instant::ZERO).unwrap();
/// assert!(matches!(server.poll_output(), Some(InviteServerOutput::Transmit(_))));
///
/// server.handle(InviteServerInput::Request, Instant::ZERO); // the INVITE again: the 180 again
/// assert!(matches!(server.poll_output(), Some(InviteServerOutput::Transmit(_))));
/// ```
#[derive(Debug)]
pub struct InviteServer {
    state: State,
    parts: Parts<Timer, InviteServerOutput>,
}

/// What happened to an INVITE server transaction.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 figure 7 knows these")]
pub enum InviteServerInput {
    /// The INVITE came again (it matches by RFC 3261 §17.2.3).
    Request,
    /// An ACK that matches.
    Ack(Request),
    /// The flow of the INVITE broke (§17.2.4).
    TransportError,
    /// The instant of `next_timeout` has come.
    Timeout,
}

/// What an INVITE server transaction wants done, in this order.
#[derive(Clone, Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "every output must be handled")]
pub enum InviteServerOutput {
    /// Send this.
    Transmit(Response),
    /// An ACK for the transaction user: it acknowledges a 2xx (RFC 6026 §7.1).
    Ack(Request),
    /// No ACK came for a 3xx–6xx, or a response could not be sent. The transaction may live on; see
    /// [`is_terminated`](InviteServer::is_terminated).
    Failed(Failure),
}

impl InviteServer {
    /// A transaction for `request`, which has just been received.
    #[must_use]
    pub fn new(
        request: Request,
        reliability: Reliability,
        settings: impl Into<Arc<TimerSettings>>,
        now: Instant,
    ) -> Self {
        let mut parts = Parts::new(reliability, settings.into(), now);
        // rfc3261#17.2.1/1
        parts.timers.set(Timer::Trying, now + TRYING_DELAY);
        Self { state: State::Proceeding { request, provisional: None }, parts }
    }

    /// The INVITE as received, until it has its final response.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        match &self.state {
            State::Proceeding { request, .. } => Some(request),
            State::Completed { .. } | State::Confirmed | State::Accepted | State::Terminated => None,
        }
    }

    /// Takes what the network or the clock did. An early or repeated timeout does nothing.
    pub fn handle(&mut self, input: InviteServerInput, now: Instant) {
        match input {
            InviteServerInput::Request => self.step(Event::Request, now),
            InviteServerInput::Ack(ack) => self.step(Event::Ack(ack), now),
            InviteServerInput::TransportError => self.step(Event::TransportError, now),
            InviteServerInput::Timeout => self.handle_timeout(now),
        }
    }

    /// Sends a response. After a first 2xx, any further 2xx (RFC 6026 §7.1) goes out too.
    ///
    /// # Errors
    /// When a final response was sent already, or the transaction has ended; nothing is sent then.
    pub fn respond(&mut self, response: Response, now: Instant) -> Result<(), RespondError> {
        match self.state {
            State::Accepted if response.status().is_success() => {}
            State::Proceeding { .. } => {}
            State::Completed { .. } | State::Confirmed | State::Accepted => {
                return Err(RespondError::AlreadyAnswered);
            }
            State::Terminated => return Err(RespondError::Unknown),
        }
        self.step(Event::from(response), now);
        Ok(())
    }

    /// The client is back after its flow was lost, and with it perhaps what was sent last. A refusal goes out again, for
    /// §17.2.1 sends it once on a connection, since that loses nothing as long as it is up. After a 2xx, which the user
    /// repeats, the client may send the INVITE again for as long as at first (timer B).
    pub(crate) fn handle_return(&mut self, now: Instant) {
        match self.state {
            State::Completed { .. } => self.handle(InviteServerInput::Request, now),
            State::Accepted => {
                self.parts.timers.set(Timer::L, now + self.parts.settings.transaction_timeout());
            }
            State::Proceeding { .. } | State::Confirmed | State::Terminated => {}
        }
    }

    /// RFC 3261 figure 7 as RFC 6026 replaced it.
    ///
    /// ```text
    ///                              INVITE / to user, set Trying (200 ms)
    ///                                            |
    ///                                            v
    ///   INVITE / last 1xx again,         +---------------+
    ///   1xx from user / send it,         |  Proceeding   |
    ///   Trying and no 1xx yet / 100, .-->|               |
    ///   transport error / inform     '---|               |
    ///                       user         +---------------+
    ///               300-699 from user      |           |      2xx from user
    ///               / send, set H (and G)  |           |      / send, set L
    ///              .-----------------------'           '--------------.
    ///              v                                                  v
    ///   +---------------+  INVITE / send again,             +---------------+  INVITE / -,
    ///   |   Completed   |  G / send again,                  |   Accepted    |  ACK / ACK to user,
    ///   |               |      set G to MIN(2G, T2),        |               |  2xx from user / send,
    ///   |               |--. transport error                |               |--. transport error
    ///   |               |<-'     / inform user              |               |<-'     / inform user
    ///   +---------------+                                   +---------------+
    ///     | ACK / set I  | H / inform user                             | L / -
    ///     v              |                                             |
    ///   +---------------+|                                             |
    ///   |   Confirmed   || (INVITE, ACK / -)                           |
    ///   +---------------+|                                             |
    ///     | I / -        |                                             |
    ///     v              v                                             v
    ///   +----------------------------------------------------------------+
    ///   |                           Terminated                           |
    ///   +----------------------------------------------------------------+
    /// ```
    ///
    /// Figure 7 draws the edge of Timer H with no action; the text of RFC 3261 §17.2.1, which RFC 6026 kept, has the
    /// user informed, and so it is here.
    fn transition(&mut self, state: State, event: Event, now: Instant) -> State {
        match (state, event) {
            (
                state @ (State::Proceeding { .. } | State::Completed { .. } | State::Accepted),
                Event::TransportError,
            ) => self.report(state),

            (State::Proceeding { request, provisional }, Event::Request) => {
                if let Some(sent) = &provisional {
                    self.transmit(Response::clone(sent)); // rfc3261#17.2.1/5
                }
                State::Proceeding { request, provisional }
            }
            (State::Proceeding { request, provisional: None }, Event::Timer(Timer::Trying)) => {
                let trying = self.parts.trying(&request, now);
                self.proceed(request, trying) // rfc3261#17.2.1/1-2: no To tag of ours
            }
            (State::Proceeding { request, .. }, Event::Provisional(response)) => {
                self.proceed(request, response)
            }
            (State::Proceeding { .. }, Event::Success(response)) => self.accept(response, now),
            (State::Proceeding { .. }, Event::Failure(response)) => self.complete(response, now),
            (
                state @ State::Proceeding { .. },
                Event::Ack(_)
                | Event::Timer(Timer::Trying | Timer::G | Timer::H | Timer::I | Timer::L),
            ) => state,

            (State::Completed { response, retransmission }, Event::Request) => {
                self.transmit(response.response()); // rfc3261#17.2.1/11
                State::Completed { response, retransmission }
            }
            (State::Completed { response, retransmission }, Event::Timer(Timer::G)) => {
                self.retransmit(response, retransmission, now)
            }
            // rfc3261#17.2.1/12
            (State::Completed { .. }, Event::Ack(_)) => self.confirm(now),
            // rfc3261#17.2.1/13-14
            (State::Completed { .. }, Event::Timer(Timer::H)) => self.fail(),
            (
                state @ State::Completed { .. },
                Event::Provisional(_)
                | Event::Success(_)
                | Event::Failure(_)
                | Event::Timer(Timer::Trying | Timer::I | Timer::L),
            ) => state,

            // rfc3261#17.2.1/15
            (State::Confirmed, Event::Timer(Timer::I)) => State::Terminated,
            (
                State::Confirmed,
                Event::Request
                | Event::Ack(_)
                | Event::Provisional(_)
                | Event::Success(_)
                | Event::Failure(_)
                | Event::TransportError
                | Event::Timer(Timer::Trying | Timer::G | Timer::H | Timer::L),
            ) => State::Confirmed,

            (State::Accepted, Event::Ack(ack)) => {
                self.parts.emit(InviteServerOutput::Ack(ack)); // rfc6026#7.1/4
                State::Accepted
            }
            (State::Accepted, Event::Success(response)) => {
                self.transmit(response); // rfc6026#7.1/3, rfc6026#8.7/1
                State::Accepted
            }
            // rfc6026#7.1/5, rfc6026#8.7/3
            (State::Accepted, Event::Timer(Timer::L)) => State::Terminated,
            (
                State::Accepted,
                Event::Request // rfc6026#7.1: absorbed
                | Event::Provisional(_)
                | Event::Failure(_)
                | Event::Timer(Timer::Trying | Timer::G | Timer::H | Timer::I),
            ) => State::Accepted,

            (
                State::Terminated,
                Event::Request
                | Event::Ack(_)
                | Event::Provisional(_)
                | Event::Success(_)
                | Event::Failure(_)
                | Event::TransportError
                | Event::Timer(Timer::Trying | Timer::G | Timer::H | Timer::I | Timer::L),
            ) => State::Terminated,
        }
    }

    fn transmit(&mut self, response: Response) {
        self.parts.emit(InviteServerOutput::Transmit(response));
    }

    /// Sends a response that may have to be sent again.
    fn transmit_first(&mut self, response: Response) -> KeptResponse {
        self.parts.emit_kept(response, InviteServerOutput::Transmit)
    }

    // rfc3261#17.2.1/4
    fn proceed(&mut self, request: Request, response: Response) -> State {
        self.parts.timers.stop(&Timer::Trying);
        let sent = response.sealed();
        self.transmit(Response::clone(&sent));
        State::Proceeding { request, provisional: Some(sent) }
    }

    // rfc3261#17.2.1/6, rfc6026#6/1, rfc6026#7.1/1-2, rfc6026#8.5/1-2, rfc6026#8.7/2: sent once; the user repeats it
    // until the ACK
    fn accept(&mut self, response: Response, now: Instant) -> State {
        self.transmit(response);
        let timer_l = self.parts.settings.transaction_timeout();
        if self.parts.lingers(Timer::L, timer_l, now) { State::Accepted } else { State::Terminated }
    }

    // rfc3261#17.2.1/8-10: Timer H on every transport, Timer G on an unreliable one
    fn complete(&mut self, response: Response, now: Instant) -> State {
        self.parts.timers.clear();
        self.parts.timers.set(Timer::H, now + self.parts.settings.transaction_timeout());
        let mut retransmission = Backoff::capped(self.parts.settings.t1, self.parts.settings.t2);
        self.parts.retransmit_later(Timer::G, &mut retransmission, now);
        State::Completed { response: self.transmit_first(response), retransmission }
    }

    fn retransmit(&mut self, response: KeptResponse, mut retransmission: Backoff, now: Instant) -> State {
        self.parts.retransmit_later(Timer::G, &mut retransmission, now);
        self.transmit(response.response());
        State::Completed { response, retransmission }
    }

    // rfc3261#17.2.1: Timer I is zero on a reliable transport
    fn confirm(&mut self, now: Instant) -> State {
        let timer_i = self.parts.settings.timer_i_k(self.parts.reliability);
        if self.parts.lingers(Timer::I, timer_i, now) { State::Confirmed } else { State::Terminated }
    }

    fn fail(&mut self) -> State {
        self.parts.end(InviteServerOutput::Failed(Failure::Timeout));
        State::Terminated
    }

    // rfc6026#6/2, rfc6026#7.1/7-8, rfc6026#8.8/1-2, rfc3261#17.2.4/1: a response that could not be sent is told to
    // the user and changes nothing
    fn report(&mut self, state: State) -> State {
        self.parts.emit(InviteServerOutput::Failed(Failure::Transport));
        state
    }
}

machine_methods!(InviteServer, InviteServerInput, InviteServerOutput, [Provisional, Success, Failure]);

#[derive(Debug)]
enum State {
    /// With the last 1xx as it was sent: it shares its bytes with what went out, and is there only while the user decides.
    Proceeding {
        request: Request,
        provisional: Option<Response>,
    },
    Completed {
        response: KeptResponse,
        retransmission: Backoff,
    },
    Confirmed,
    Accepted,
    Terminated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// 200 ms without a response from the user; RFC 3261 §17.2.1 gives it no letter.
    Trying,
    G,
    H,
    I,
    L,
}

#[derive(Debug)]
pub(crate) enum Event {
    Request,
    Ack(Request),
    Provisional(Response),
    Success(Response),
    Failure(Response),
    TransportError,
    Timer(Timer),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition_table::{assert_table, request};
    use sip_message::{Method, StatusCode};

    const TIMERS: &[Timer] = &[Timer::Trying, Timer::G, Timer::H, Timer::I, Timer::L];
    const STATES: &[&str] = &["Proceeding", "Ringing", "Completed", "Confirmed", "Accepted", "Terminated"];

    fn in_state(state: &str, reliability: Reliability) -> InviteServer {
        let now = Instant::ZERO;
        let invite = request(Method::Invite);
        let mut server = InviteServer::new(invite.clone(), reliability, TimerSettings::default(), now);
        let busy = Event::Failure(invite.response(StatusCode::BUSY_HERE));
        let path = match state {
            "Proceeding" => vec![],
            "Ringing" => vec![Event::Provisional(invite.response(StatusCode::RINGING))],
            "Completed" => vec![busy],
            "Confirmed" => vec![busy, Event::Ack(request(Method::Ack))],
            "Accepted" => vec![Event::Success(invite.response(StatusCode::OK))],
            _ => vec![busy, Event::Timer(Timer::H)],
        };
        for event in path {
            server.step(event, now);
        }
        while server.poll_output().is_some() {}
        server
    }

    fn events() -> Vec<(String, Event)> {
        let invite = request(Method::Invite);
        vec![
            ("INVITE".to_owned(), Event::Request),
            ("ACK".to_owned(), Event::Ack(request(Method::Ack))),
            ("user 1xx".to_owned(), Event::from(invite.response(StatusCode::SESSION_PROGRESS))),
            ("user 2xx".to_owned(), Event::from(invite.response(StatusCode::OK))),
            ("user 300-699".to_owned(), Event::from(invite.response(StatusCode::BUSY_HERE))),
            ("transport error".to_owned(), Event::TransportError),
        ]
    }

    // rfc3261#17.2.1/1,4-6,8-15, rfc3261#17.2.4/1, type=test: compared by eye with figure 7 of RFC 6026
    // rfc6026#6/1-2, rfc6026#7.1/1-5,7-8, rfc6026#8.5/1-2, rfc6026#8.7/1-3, rfc6026#8.8/1-2, type=test
    #[test]
    fn the_table_is_that_of_figure_7() {
        assert_table("invite_server", STATES, TIMERS, in_state, events);
    }

    #[test]
    fn a_second_final_response_is_refused_unless_both_are_2xx() {
        let ok = || request(Method::Invite).response(StatusCode::OK);
        let busy = || request(Method::Invite).response(StatusCode::BUSY_HERE);
        let mut server = in_state("Accepted", Reliability::Reliable);
        assert_eq!(server.respond(ok(), Instant::ZERO), Ok(()));
        assert_eq!(server.respond(busy(), Instant::ZERO), Err(RespondError::AlreadyAnswered));
        let mut server = in_state("Completed", Reliability::Reliable);
        assert_eq!(server.respond(ok(), Instant::ZERO), Err(RespondError::AlreadyAnswered));
        let mut server = in_state("Terminated", Reliability::Reliable);
        assert_eq!(server.respond(ok(), Instant::ZERO), Err(RespondError::Unknown));
    }
}
