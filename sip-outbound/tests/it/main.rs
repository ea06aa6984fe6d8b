//! Scenarios of a registration in virtual time: RFC 3261 §10.2, RFC 5626 §4.5, and what registrars do.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "test code")]

mod binding;
mod bindings;
mod digest;
mod failure;
mod flow;
mod join;
mod laws;
mod locator;
mod outbound;
mod refresh;
mod register;
#[cfg(feature = "serde")]
mod snapshot;
mod table;

use sip_clock::{Instant, TokenSource};
use sip_message::{CSeq, HeaderName, NameAddr, Request, Response, StatusCode};
use sip_outbound::{
    Failure, Input, Output, Registration, RegistrationConfig, RegistrationEvent, RegistrationFailure,
};
use std::time::Duration;

const OWN: &str = "sip:k3j@d8f3.invalid;transport=ws";

fn config() -> RegistrationConfig {
    let contact = NameAddr::new(OWN.parse().unwrap());
    RegistrationConfig::new("sip:bob@biloxi.com".parse().unwrap(), contact).with_expires(600)
}

fn at(seconds: u64) -> Instant {
    Instant::ZERO + secs(seconds)
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A registration and the time it lives in.
struct World {
    registration: Registration,
    now: Instant,
}

impl World {
    fn new(config: RegistrationConfig) -> Self {
        Self::seeded(config, 1)
    }

    fn seeded(config: RegistrationConfig, seed: u64) -> Self {
        // later than the origin, as in life
        Self { registration: Registration::new(config, &mut TokenSource::from_seed(seed)), now: at(1000) }
    }

    /// Registered for `seconds`, events drained.
    fn registered(seconds: u32) -> Self {
        let mut world = Self::new(config());
        let request = world.register();
        world.accept(&request, seconds);
        assert!(matches!(world.event(), RegistrationEvent::Registered { .. }));
        world
    }

    fn register(&mut self) -> Request {
        self.registration.register(self.now);
        self.request()
    }

    fn handle(&mut self, input: Input) {
        self.registration.handle(input, self.now);
    }

    fn output(&mut self) -> Option<Output> {
        self.registration.poll_output()
    }

    /// The next output, but for the word that a REGISTER is on its way.
    fn news(&mut self) -> Option<Output> {
        std::iter::from_fn(|| self.output())
            .find(|output| !matches!(output, Output::Event(RegistrationEvent::Registering)))
    }

    /// The next output, which is a request.
    fn request(&mut self) -> Request {
        match self.news() {
            Some(Output::Request(request)) => request,
            other => panic!("a request, not {other:?}"),
        }
    }

    /// The next output, which is an event.
    fn event(&mut self) -> RegistrationEvent {
        match self.news() {
            Some(Output::Event(event)) => event,
            other => panic!("an event, not {other:?}"),
        }
    }

    /// The next output, which is a failure, and when the next attempt follows.
    fn failure(&mut self) -> (RegistrationFailure, Option<Duration>) {
        match self.event() {
            RegistrationEvent::Failed { cause, retry_in } => (cause, retry_in),
            other => panic!("a failure, not {other:?}"),
        }
    }

    fn assert_quiet(&mut self) {
        let output = self.news();
        assert!(output.is_none(), "nothing, not {output:?}");
    }

    fn answer(&mut self, request: &Request, status: StatusCode, fields: &[(&str, &str)]) {
        self.handle(Input::Response(response(request, status, fields)));
    }

    fn accept(&mut self, request: &Request, seconds: u32) {
        let contact = format!("<{OWN}>;expires={seconds}");
        self.answer(request, StatusCode::OK, &[("Contact", &contact)]);
    }

    fn fail(&mut self, request: &Request, failure: Failure) {
        self.handle(Input::Failed { cseq: cseq(request), failure });
    }

    /// Goes to the next deadline and says how far that was.
    fn elapse(&mut self) -> Duration {
        let next = self.registration.next_timeout().unwrap();
        let passed = next - self.now;
        self.now = next;
        self.handle(Input::Timeout);
        passed
    }
}

fn response(request: &Request, status: StatusCode, fields: &[(&str, &str)]) -> Response {
    let mut response = request.response(status);
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        response.headers_mut().push_text(&name, value).unwrap();
    }
    response
}

fn cseq(request: &Request) -> CSeq {
    request.headers().required().unwrap()
}

fn expires(request: &Request) -> u32 {
    request.headers().required::<sip_message::Expires>().unwrap().0
}
