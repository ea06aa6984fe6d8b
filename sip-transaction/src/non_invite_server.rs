//! Non-INVITE server transaction: RFC 3261 §17.2.2 with RFC 4320 and the transport errors of RFC 6026 §8.8.

use crate::machine::{Parts, machine_methods};
use crate::{Failure, Reliability, RespondError, TimerSettings};
use sip_clock::Instant;
use sip_message::{KeptResponse, Request, Response, StatusCode};
use std::sync::Arc;

/// The server side of one request other than INVITE and ACK.
///
/// The caller that made it has the request already and gives it to the transaction user. [`respond`](Self::respond)
/// is what that user wants; [`handle`](Self::handle) takes what the network or the clock did;
/// [`poll_output`](Self::poll_output) and [`next_timeout`](Self::next_timeout) say what must happen next.
///
/// ```
/// use sip_clock::Instant;
/// use sip_message::{Method, Request, StatusCode};
/// use sip_transaction::{NonInviteServer, NonInviteServerOutput, Reliability, RespondError, TimerSettings};
///
/// let options = Request::new(Method::Options, &"sip:bob@example.org".parse().unwrap());
/// let (ringing, ok) = (options.response(StatusCode::RINGING), options.response(StatusCode::OK));
/// let settings = TimerSettings::default();
/// let mut server = NonInviteServer::new(options, Reliability::Reliable, settings, Instant::ZERO);
/// assert_eq!(server.respond(ringing, Instant::ZERO), Err(RespondError::ProvisionalForbidden));
/// assert_eq!(server.respond(ok, Instant::ZERO), Ok(()));
/// assert!(matches!(server.poll_output(), Some(NonInviteServerOutput::Transmit(_))));
/// assert!(server.is_terminated());
/// ```
#[derive(Debug)]
pub struct NonInviteServer {
    state: State,
    parts: Parts<Timer, NonInviteServerOutput>,
}

/// What happened to a non-INVITE server transaction.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 figure 8 knows these")]
pub enum NonInviteServerInput {
    /// The request came again (it matches by RFC 3261 §17.2.3).
    Request,
    /// The flow of the request broke (§17.2.4).
    TransportError,
    /// The instant of `next_timeout` has come.
    Timeout,
}

/// What a non-INVITE server transaction wants done, in this order.
#[derive(Clone, Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "every output must be handled")]
#[allow(clippy::large_enum_variant, reason = "an output is passed on at once")]
pub enum NonInviteServerOutput {
    /// Send this.
    Transmit(Response),
    /// The user did not answer in time, or a response could not be sent. The transaction may live on; see
    /// [`is_terminated`](NonInviteServer::is_terminated).
    Failed(Failure),
}

impl NonInviteServer {
    /// A transaction for `request`, which has just been received.
    #[must_use]
    pub fn new(
        request: Request,
        reliability: Reliability,
        settings: impl Into<Arc<TimerSettings>>,
        now: Instant,
    ) -> Self {
        let mut parts = Parts::new(reliability, settings.into(), now);
        let settings = &parts.settings;
        let (trying, expiry) = (settings.timer_e_reaches_t2(), settings.transaction_timeout());
        parts.timers.set(Timer::Trying, now + trying);
        parts.timers.set(Timer::Expiry, now + expiry);
        Self { state: State::Trying { request }, parts }
    }

    /// The request as received, until it has its final response.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        match &self.state {
            State::Trying { request } | State::Proceeding { request, .. } => Some(request),
            State::Completed { .. } | State::Terminated => None,
        }
    }

    /// Takes what the network or the clock did. An early or repeated timeout does nothing.
    pub fn handle(&mut self, input: NonInviteServerInput, now: Instant) {
        match input {
            NonInviteServerInput::Request => self.step(Event::Request, now),
            NonInviteServerInput::TransportError => self.step(Event::TransportError, now),
            NonInviteServerInput::Timeout => self.handle_timeout(now),
        }
    }

    /// Sends a response.
    ///
    /// # Errors
    /// When RFC 4320 forbids it (a 1xx other than 100, a 100 too early on an unreliable transport, a 408), when a
    /// final response was sent already, or when the transaction has ended; nothing is sent then.
    pub fn respond(&mut self, response: Response, now: Instant) -> Result<(), RespondError> {
        match self.state {
            State::Trying { .. } | State::Proceeding { .. } => {}
            State::Completed { .. } => return Err(RespondError::AlreadyAnswered), // rfc3261#17.2.2/9
            State::Terminated => return Err(RespondError::Unknown),
        }
        self.check(response.status(), now)?;
        self.step(Event::from(response), now);
        Ok(())
    }

    fn check(&self, status: StatusCode, now: Instant) -> Result<(), RespondError> {
        if status == StatusCode::REQUEST_TIMEOUT {
            return Err(RespondError::TimeoutForbidden); // rfc4320#4.2/1
        }
        if !status.is_provisional() {
            return Ok(());
        }
        if status != StatusCode::TRYING {
            return Err(RespondError::ProvisionalForbidden); // rfc4320#4.1/1, rfc3261#8.2.6.1/1
        }
        let early = self.parts.timers.get(&Timer::Trying).is_some_and(|at| now < at);
        if early && self.parts.reliability == Reliability::Unreliable {
            return Err(RespondError::TooEarly); // rfc4320#4.1/2
        }
        Ok(())
    }

    /// RFC 3261 figure 8 with RFC 4320 and RFC 6026.
    ///
    /// ```text
    ///                         request / to user, set Trying and Expiry
    ///                                        |
    ///                                        v
    ///   request / -,                 +---------------+
    ///   transport error / inform .-->|    Trying     |--- Expiry / inform user ---------.
    ///                       user '---|               |                                  |
    ///                                |               |--- 200-699 from user / send -.   |
    ///                                +---------------+                              |   |
    ///            100 from user / send it,  |                                        |   |
    ///            Trying / send 100         v                                        |   |
    ///   request / 100 again,         +---------------+                              |   |
    ///   100 from user / send it, .-->|  Proceeding   |--- Expiry / inform user -----|-->|
    ///   transport error / inform '---|               |                              |   |
    ///                       user     +---------------+                              |   |
    ///                                        | 200-699 from user / send             |   |
    ///                                        v                                      |   |
    ///   request / send again,        +---------------+                              |   |
    ///   transport error / inform .-->|   Completed   |<-----------------------------'   |
    ///                       user '---|               |  set J                           |
    ///                                +---------------+                                  |
    ///                                        | J / -                                    |
    ///                                        v                                          |
    ///                                +---------------+                                  |
    ///                                |  Terminated   |<---------------------------------'
    ///                                +---------------+
    /// ```
    ///
    /// Figure 8 ends the transaction at a transport error; RFC 6026 §8.8 changed the text (§17.2.4) for server
    /// transactions of both kinds, not the figure, and the newer text is followed. Trying is the 100 that RFC 4320
    /// §4.1 demands once the client's Timer E has reached T2. Expiry is 64·T1 after the request: the client has given
    /// up by then, and RFC 4320 §4.2 has nothing more sent.
    fn transition(&mut self, state: State, event: Event, now: Instant) -> State {
        match (state, event) {
            (State::Trying { request } | State::Proceeding { request, .. }, Event::Provisional(response)) => {
                self.proceed(request, response)
            }
            // rfc4320#4.1/3
            (State::Trying { request }, Event::Timer(Timer::Trying)) => {
                let trying = self.parts.trying(&request, now);
                self.proceed(request, trying)
            }
            (State::Trying { .. }, Event::Final(response)) => self.complete(response, now),
            (State::Trying { .. }, Event::Timer(Timer::Expiry)) => self.fail(), // rfc4320#4.2
            (state @ State::Trying { .. }, Event::TransportError) => self.report(state),
            (state @ State::Trying { .. }, Event::Request | Event::Timer(Timer::J)) => state, // rfc3261#17.2.2

            (State::Proceeding { request, response }, Event::Request) => {
                self.transmit(response.response()); // rfc3261#17.2.2/4
                State::Proceeding { request, response }
            }
            (State::Proceeding { .. }, Event::Final(response)) => self.complete(response, now),
            (State::Proceeding { .. }, Event::Timer(Timer::Expiry)) => self.fail(), // rfc4320#4.2
            (state @ State::Proceeding { .. }, Event::TransportError) => self.report(state),
            (state @ State::Proceeding { .. }, Event::Timer(Timer::Trying | Timer::J)) => state,

            (State::Completed { response }, Event::Request) => {
                self.transmit(response.response()); // rfc3261#17.2.2/8
                State::Completed { response }
            }
            // rfc3261#17.2.2/10
            (State::Completed { .. }, Event::Timer(Timer::J)) => State::Terminated,
            (state @ State::Completed { .. }, Event::TransportError) => self.report(state),
            (
                state @ State::Completed { .. },
                Event::Provisional(_) | Event::Final(_) | Event::Timer(Timer::Trying | Timer::Expiry),
            ) => state,

            (
                State::Terminated,
                Event::Request
                | Event::Provisional(_)
                | Event::Final(_)
                | Event::TransportError
                | Event::Timer(Timer::Trying | Timer::Expiry | Timer::J),
            ) => State::Terminated,
        }
    }

    fn transmit(&mut self, response: Response) {
        self.parts.emit(NonInviteServerOutput::Transmit(response));
    }

    /// Sends a response that may have to be sent again.
    fn transmit_first(&mut self, response: Response) -> KeptResponse {
        self.parts.emit_kept(response, NonInviteServerOutput::Transmit)
    }

    // rfc3261#17.2.2/1-3
    fn proceed(&mut self, request: Request, response: Response) -> State {
        self.parts.timers.stop(&Timer::Trying);
        State::Proceeding { request, response: self.transmit_first(response) }
    }

    // rfc3261#17.2.2/5-7: Timer J is zero on a reliable transport, so it has fired at once
    fn complete(&mut self, response: Response, now: Instant) -> State {
        let timer_j = self.parts.settings.timer_j(self.parts.reliability);
        if self.parts.lingers(Timer::J, timer_j, now) {
            return State::Completed { response: self.transmit_first(response) };
        }
        self.transmit(response);
        State::Terminated
    }

    fn fail(&mut self) -> State {
        self.parts.end(NonInviteServerOutput::Failed(Failure::Timeout));
        State::Terminated
    }

    // rfc6026#8.8/1-2, rfc3261#17.2.4/1: a response that could not be sent is told to the user and changes nothing
    fn report(&mut self, state: State) -> State {
        self.parts.emit(NonInviteServerOutput::Failed(Failure::Transport));
        state
    }
}

machine_methods!(NonInviteServer, NonInviteServerInput, NonInviteServerOutput, [Provisional, Final, Final]);

#[derive(Debug)]
enum State {
    Trying { request: Request },
    Proceeding { request: Request, response: KeptResponse },
    Completed { response: KeptResponse },
    Terminated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// When the client's Timer E reaches T2; RFC 4320 §4.1 gives it no letter.
    Trying,
    /// 64·T1 after the request; RFC 4320 §4.2 gives it no letter.
    Expiry,
    J,
}

#[derive(Debug)]
pub(crate) enum Event {
    Request,
    Provisional(Response),
    Final(Response),
    TransportError,
    Timer(Timer),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition_table::{assert_table, request};
    use sip_message::Method;
    use std::time::Duration;

    const TIMERS: &[Timer] = &[Timer::Trying, Timer::Expiry, Timer::J];
    const STATES: &[&str] = &["Trying", "Proceeding", "Completed", "Terminated"];

    fn in_state(state: &str, reliability: Reliability) -> NonInviteServer {
        let now = Instant::ZERO;
        let bye = request(Method::Bye);
        let mut server = NonInviteServer::new(bye.clone(), reliability, TimerSettings::default(), now);
        match state {
            "Trying" => {}
            "Proceeding" => server.step(Event::Provisional(bye.response(StatusCode::TRYING)), now),
            "Completed" => server.step(Event::Final(bye.response(StatusCode::OK)), now),
            _ => server.step(Event::Timer(Timer::Expiry), now),
        }
        while server.poll_output().is_some() {}
        server
    }

    fn events() -> Vec<(String, Event)> {
        let bye = request(Method::Bye);
        vec![
            ("request".to_owned(), Event::Request),
            ("user 1xx".to_owned(), Event::from(bye.response(StatusCode::TRYING))),
            ("user 200-699".to_owned(), Event::from(bye.response(StatusCode::NOT_FOUND))),
            ("transport error".to_owned(), Event::TransportError),
        ]
    }

    // rfc3261#17.2.2/1-10, rfc3261#17.2.4/1, type=test: compared by eye with figure 8
    // rfc6026#8.8/1-2, rfc4320#4.1/3, type=test
    #[test]
    fn the_table_is_that_of_figure_8() {
        assert_table("non_invite_server", STATES, TIMERS, in_state, events);
    }

    // rfc3261#8.2.6.1/1, rfc4320#4.1/1-2, rfc4320#4.2/1-2, rfc3261#17.2.2/9, type=test
    #[test]
    fn rfc_4320_decides_which_responses_go_out() {
        let response = |status| request(Method::Bye).response(status);
        let mut server = in_state("Trying", Reliability::Unreliable);
        for (status, at, expected) in [
            (StatusCode::RINGING, 0, Err(RespondError::ProvisionalForbidden)),
            (StatusCode::TRYING, 3499, Err(RespondError::TooEarly)),
            (StatusCode::TRYING, 3500, Ok(())),
            (StatusCode::REQUEST_TIMEOUT, 3500, Err(RespondError::TimeoutForbidden)),
            (StatusCode::NOT_FOUND, 3500, Ok(())),
            (StatusCode::OK, 3500, Err(RespondError::AlreadyAnswered)),
        ] {
            let now = Instant::ZERO + Duration::from_millis(at);
            assert_eq!(server.respond(response(status), now), expected, "{status:?} at {now}");
        }
        let mut server = in_state("Trying", Reliability::Reliable);
        assert_eq!(server.respond(response(StatusCode::TRYING), Instant::ZERO), Ok(()));
    }
}
