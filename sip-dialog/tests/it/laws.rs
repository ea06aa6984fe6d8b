//! The laws of sans-IO machines, for any sequence of inputs and verbs whatever.

use crate::world::{cancel_of, contact, invite};
use proptest::prelude::*;
use sip_clock::Instant;
use sip_dialog::{Failure, Input, InviteSession, Output, SessionEvent, SessionSettings};
use sip_message::{
    Allow, Body, CSeq, Headers, Method, NameAddr, RAck, RSeq, Refresher, Request, Require, Response,
    SessionExpires, StatusCode, To,
};
use std::collections::BTreeSet;
use std::time::Duration;

#[derive(Clone, Debug)]
enum Step {
    Response {
        status: u16,
        number: u32,
        method: Method,
        tag: Option<u8>,
        body: bool,
        contact: bool,
    },
    /// A reliable 183.
    Reliable {
        number: u32,
        tag: u8,
        rseq: u32,
        body: bool,
    },
    Request {
        number: u32,
        method: Method,
        tag: u8,
        body: bool,
    },
    Cancel,
    Failed {
        number: u32,
        method: Method,
        failure: Failure,
    },
    Challenged {
        number: u32,
        method: Method,
    },
    Redirected {
        number: u32,
    },
    Wait(u64),
    Due,
    Early,
    HangUp,
    Accept,
    Ring,
    Reject,
    Answer,
    Message,
    Subscribe,
    Offer,
    AskOffer,
    Update(bool),
    Decline,
    Hold(bool),
    FlowLost,
    FlowRestored,
    GivenUp,
    Reachable,
    Recover(bool),
}

fn method() -> impl Strategy<Value = Method> {
    prop_oneof![
        4 => Just(Method::Invite),
        3 => Just(Method::Bye),
        1 => Just(Method::Cancel),
        2 => Just(Method::Ack),
        1 => Just(Method::Message),
        1 => Just(Method::Options),
        1 => Just(Method::Info),
        1 => Just(Method::Update),
        2 => Just(Method::Prack),
        1 => Just(Method::Subscribe),
    ]
}

fn number() -> impl Strategy<Value = u32> {
    prop_oneof![4 => 1u32..5, 1 => Just((1 << 20) + 2), 1 => any::<u32>()]
}

fn step() -> impl Strategy<Value = Step> {
    let status = prop_oneof![
        Just(100),
        Just(180),
        Just(183),
        Just(200),
        Just(202),
        Just(302),
        Just(401),
        Just(481),
        Just(491),
        Just(408),
        Just(486),
        Just(487),
        Just(603)
    ];
    let failure = prop_oneof![Just(Failure::Timeout), Just(Failure::Transport)];
    prop_oneof![
        8 => (status, number(), method(), proptest::option::weighted(0.8, 0u8..3), any::<bool>(), any::<bool>())
            .prop_map(|(status, number, method, tag, body, contact)| {
                Step::Response { status, number, method, tag, body, contact }
            }),
        5 => (number(), 0u8..3, 1u32..4, any::<bool>())
            .prop_map(|(number, tag, rseq, body)| Step::Reliable { number, tag, rseq, body }),
        6 => (number(), method(), 0u8..3, any::<bool>())
            .prop_map(|(number, method, tag, body)| Step::Request { number, method, tag, body }),
        1 => Just(Step::Cancel),
        2 => (number(), method(), failure)
            .prop_map(|(number, method, failure)| Step::Failed { number, method, failure }),
        2 => (number(), method()).prop_map(|(number, method)| Step::Challenged { number, method }),
        1 => number().prop_map(|number| Step::Redirected { number }),
        2 => (0u64..40_000).prop_map(Step::Wait),
        3 => Just(Step::Due),
        1 => Just(Step::Early),
        1 => Just(Step::HangUp),
        2 => Just(Step::Accept),
        1 => Just(Step::Ring),
        1 => Just(Step::Reject),
        1 => Just(Step::Answer),
        1 => Just(Step::Message),
        1 => Just(Step::Subscribe),
        2 => Just(Step::Offer),
        2 => Just(Step::AskOffer),
        1 => any::<bool>().prop_map(Step::Update),
        1 => Just(Step::Decline),
        2 => any::<bool>().prop_map(Step::Hold),
        3 => Just(Step::FlowLost),
        3 => Just(Step::FlowRestored),
        1 => Just(Step::GivenUp),
        1 => Just(Step::Reachable),
        1 => any::<bool>().prop_map(Step::Recover),
    ]
}

struct Bench {
    session: InviteSession,
    now: Instant,
    ended: usize,
    waiting: BTreeSet<(u32, String, String)>,
    /// Messages that may wait for their answer, and go out once more with the next flow.
    messages: usize,
    /// What acknowledges the last reliable response.
    rack: Option<RAck>,
}

impl Bench {
    fn client(offer: bool) -> Self {
        let session =
            InviteSession::client(invite("alice", offer), SessionSettings::default(), Instant::ZERO);
        Self::new(session.unwrap())
    }

    fn server(offer: bool, reliable: bool) -> Self {
        let mut invite = invite("alice", offer);
        if offer {
            invite.headers_mut().push(&SessionExpires::new(90_u32).with_refresher(Refresher::Uas));
        }
        if reliable {
            invite.headers_mut().push(&Require("100rel".to_owned()));
        }
        let settings = SessionSettings::default();
        let session =
            InviteSession::server(&invite, "tag-bob".into(), contact("bob"), settings, Instant::ZERO);
        Self::new(session.unwrap())
    }

    fn new(session: InviteSession) -> Self {
        let mut bench =
            Self { session, now: Instant::ZERO, ended: 0, waiting: BTreeSet::new(), messages: 0, rack: None };
        bench.drain();
        bench
    }

    fn step(&mut self, step: Step) {
        let now = self.now;
        self.messages += usize::from(matches!(step, Step::Message | Step::Subscribe));
        let input = match step {
            Step::Response { status, number, method, tag, body, contact } => {
                Input::Response(self.response(status, number, method, tag, body, contact))
            }
            Step::Reliable { number, tag, rseq, body } => {
                // no two INVITEs outside of a dialog get the same tag
                let tag = if number == 1 { tag } else { 10 + u8::try_from(number % 100).unwrap() };
                let response = self.response(183, number, Method::Invite, Some(tag), body, true);
                Input::Response(response.with(&Require("100rel".to_owned())).with(&RSeq(rseq)))
            }
            Step::Request { number, method, tag, body } => {
                Input::Request(self.request(number, method, tag, body))
            }
            Step::Cancel => Input::Request(cancel_of(&invite("alice", true))),
            Step::Failed { number, method, failure } => {
                Input::Failed { cseq: CSeq { number, method }, remote_tag: String::new(), failure }
            }
            Step::Challenged { number, method } => {
                Input::Challenged { cseq: CSeq { number, method }, remote_tag: String::new() }
            }
            Step::Redirected { number } => {
                let target = "sip:bob@elsewhere.example".parse().unwrap();
                Input::Redirected { cseq: CSeq { number, method: Method::Invite }, target }
            }
            Step::Wait(millis) => return self.wait_until(now + Duration::from_millis(millis)),
            Step::Due => return self.due(),
            Step::Early => return self.early(),
            Step::HangUp => return self.verb(|session, now| session.hang_up(now)),
            Step::Accept => {
                return self.verb(|session, now| {
                    let _ = session.accept(Some(Body::sdp("b")), now);
                });
            }
            Step::Ring => {
                return self.verb(|session, now| {
                    let _ = session.provisional(StatusCode::RINGING, Some(Body::sdp("b")), now);
                });
            }
            Step::Reject => {
                return self.verb(|session, now| {
                    let _ = session.reject(StatusCode::DECLINE, now);
                });
            }
            Step::Answer => {
                return self.verb(|session, now| {
                    let _ = session.answer(Body::sdp("a"), now);
                });
            }
            Step::Offer => {
                return self.verb(|session, _| {
                    let _ = session.offer(Body::sdp("new"));
                });
            }
            Step::AskOffer => {
                return self.verb(|session, _| {
                    let _ = session.ask_offer();
                });
            }
            Step::Update(offers) => {
                return self.verb(|session, _| {
                    if let Some(dialog) = session.dialog_id().cloned() {
                        let _ = session.update(&dialog, offers.then(|| Body::sdp("update")));
                    }
                });
            }
            Step::Decline => {
                return self.verb(|session, _| {
                    let _ = session.decline(StatusCode::DECLINE, now);
                });
            }
            Step::Hold(true) => {
                return self.verb(|session, _| {
                    let _ = session.hold();
                });
            }
            Step::Hold(false) => {
                return self.verb(|session, _| {
                    let _ = session.resume();
                });
            }
            Step::FlowLost => Input::FlowLost,
            Step::FlowRestored => Input::FlowRestored { contact: contact("elsewhere") },
            Step::GivenUp => Input::GivenUp,
            Step::Reachable => Input::Reachable,
            Step::Recover(true) => {
                return self.verb(|session, _| {
                    let _ = session.recover(Some(Body::sdp("restart")));
                });
            }
            Step::Recover(false) => {
                return self.verb(|session, _| {
                    let _ = session.recover(None);
                });
            }
            Step::Message => return self.verb(|session, _| drop(session.message(Body::text("m")))),
            Step::Subscribe => {
                return self.verb(|session, _| {
                    let _ = session.send(Method::Subscribe, &Headers::new(), None);
                });
            }
        };
        self.verb(|session, now| session.handle(input, now));
    }

    fn verb(&mut self, act: impl FnOnce(&mut InviteSession, Instant)) {
        let was_terminated = self.session.is_terminated();
        act(&mut self.session, self.now);
        let outputs = self.drain();
        assert!(outputs <= 6 + self.messages, "{outputs} outputs for one input");
        if was_terminated {
            assert_eq!(outputs, 0, "output after termination");
        }
        if self.session.is_terminated() {
            assert_eq!(self.session.next_timeout(), None);
            assert_eq!(self.ended, 1);
        }
    }

    /// An early timeout is a no-op.
    fn early(&mut self) {
        let before = (self.session.state(), self.session.next_timeout());
        if before.1.is_some_and(|at| at > self.now) {
            self.session.handle(Input::Timeout, self.now);
            assert_eq!(self.drain(), 0);
            assert_eq!(before, (self.session.state(), self.session.next_timeout()));
        }
    }

    /// A deadline does something and does not come again at once.
    fn due(&mut self) {
        let Some(at) = self.session.next_timeout() else { return };
        self.now = self.now.max(at);
        self.session.handle(Input::Timeout, self.now);
        self.drain();
        assert!(self.session.next_timeout().is_none_or(|next| next > self.now));
    }

    fn wait_until(&mut self, until: Instant) {
        while self.session.next_timeout().is_some_and(|at| at <= until) {
            self.due();
        }
        self.now = self.now.max(until);
    }

    fn drain(&mut self) -> usize {
        let mut count = 0;
        while let Some(output) = self.session.poll_output() {
            count += 1;
            match output {
                Output::Request(request) => {
                    let cseq: CSeq = request.headers().required().unwrap();
                    let To(to) = request.headers().required().unwrap();
                    let tag = to.tag().unwrap_or_default().to_owned();
                    let is_new = self.waiting.insert((cseq.number, cseq.method.to_string(), tag));
                    assert!(is_new, "the same CSeq twice");
                }
                Output::Event(event) => {
                    assert_eq!(self.ended, 0, "an event after the end");
                    self.ended += usize::from(matches!(event, SessionEvent::Ended(_)));
                }
                Output::Response { cseq, response } => {
                    if let Some(RSeq(rseq)) = response.headers().typed().unwrap() {
                        self.rack = Some(RAck { rseq, cseq });
                    }
                }
                Output::Ack(_) | Output::Repeat { .. } | Output::Cancel { .. } | Output::Retransmit(_) => {}
            }
        }
        count
    }

    /// Nobody answers any more.
    fn finish(&mut self) {
        self.verb(|session, now| session.handle(Input::FlowRestored { contact: contact("me") }, now));
        self.verb(|session, now| session.hang_up(now));
        for _ in 0..200 {
            let waiting = std::mem::take(&mut self.waiting);
            for (number, method, remote_tag) in waiting {
                let cseq = CSeq { number, method: method.parse().unwrap() };
                let input = Input::Failed { cseq, remote_tag, failure: Failure::Timeout };
                self.verb(|session, now| session.handle(input, now));
            }
            self.due();
        }
        assert!(self.session.is_terminated(), "left in {:?}", self.session.state());
        assert_eq!(self.ended, 1);
    }

    fn response(
        &self,
        status: u16,
        number: u32,
        method: Method,
        tag: Option<u8>,
        body: bool,
        named: bool,
    ) -> Response {
        let mut response = self.addressed(method.clone(), "tag-x").response(StatusCode::new(status).unwrap());
        let mut to = NameAddr::new("sip:bob@example.com".parse().unwrap());
        if let Some(tag) = tag {
            to = to.with_tag(&format!("tag-{tag}"));
        }
        response.headers_mut().set(&To(to));
        response.headers_mut().set(&CSeq { number, method });
        if named {
            response.headers_mut().push(&sip_message::Contact::Addr(contact("bob")));
            response.headers_mut().push(&SessionExpires::new(90_u32).with_refresher(Refresher::Uac));
        }
        if body {
            let body = Body::sdp("offer");
            response.set_body(&body.content_type, body.bytes);
        }
        response
    }

    fn request(&self, number: u32, method: Method, tag: u8, body: bool) -> Request {
        // the server knows one remote tag only, that of the INVITE
        let remote =
            if self.session.is_client() || tag == 2 { format!("tag-{tag}") } else { "tag-alice".into() };
        let local = self.session.local_tag().to_owned();
        let mut request = self.addressed(method.clone(), "x");
        let from = NameAddr::new("sip:peer@example.com".parse().unwrap()).with_tag(&remote);
        let to = NameAddr::new("sip:me@example.com".parse().unwrap()).with_tag(&local);
        request.headers_mut().set(&sip_message::From(from));
        request.headers_mut().set(&To(to));
        if method == Method::Prack {
            let stray = RAck { rseq: 1, cseq: CSeq { number: 1, method: Method::Invite } };
            let rack = self.rack.clone().filter(|_| !number.is_multiple_of(4)).unwrap_or(stray);
            request.headers_mut().set(&rack);
        }
        if method == Method::Invite && !number.is_multiple_of(3) {
            request.headers_mut().push(&sip_message::Supported("100rel".to_owned()));
        }
        if matches!(method, Method::Invite | Method::Update) && !number.is_multiple_of(2) {
            request.headers_mut().set(&SessionExpires::new(90_u32));
        }
        let is_offer = number.is_multiple_of(2) || method == Method::Prack;
        request.headers_mut().set(&CSeq { number, method });
        if body {
            let body = if is_offer { Body::sdp("new of the peer") } else { Body::text("text") };
            request.set_body(&body.content_type, body.bytes);
        }
        request
    }

    fn addressed(&self, method: Method, _tag: &str) -> Request {
        let template = invite("alice", false);
        Request::new(method, &template.uri().unwrap())
            .with(&template.headers().required::<sip_message::From>().unwrap())
            .with(&template.headers().required::<To>().unwrap())
            .with(&template.headers().required::<sip_message::CallId>().unwrap())
            .with(&template.headers().required::<CSeq>().unwrap())
    }
}

proptest! {
    #[test]
    fn a_caller_keeps_the_laws(offer: bool, steps in proptest::collection::vec(step(), 0..40)) {
        let mut bench = Bench::client(offer);
        for step in steps {
            bench.step(step);
        }
        bench.finish();
    }

    /// The peer serves UPDATE.
    #[test]
    fn a_caller_that_changes_its_call_keeps_the_laws(
        steps in proptest::collection::vec(step(), 0..40),
    ) {
        let mut bench = Bench::client(true);
        let mut success = bench.response(200, 1, Method::Invite, Some(1), true, true);
        success.headers_mut().push(&Allow(Method::Update));
        bench.verb(|session, now| session.handle(Input::Response(success), now));
        for step in steps {
            bench.step(step);
        }
        bench.finish();
    }

    #[test]
    fn a_callee_keeps_the_laws(offer: bool, reliable: bool, steps in proptest::collection::vec(step(), 0..40)) {
        let mut bench = Bench::server(offer, reliable);
        for step in steps {
            bench.step(step);
        }
        bench.finish();
    }

    /// The peer asks again and again, and is told something before its answer.
    #[test]
    fn a_callee_that_is_asked_again_keeps_the_laws(
        steps in proptest::collection::vec((any::<u8>(), step()), 0..40),
    ) {
        let mut bench = Bench::server(true, false);
        bench.step(Step::Accept);
        bench.step(Step::Request { number: 1, method: Method::Ack, tag: 0, body: false });
        for (number, (choice, step)) in (2..).zip(steps) {
            let ask = |method, body| Step::Request { number, method, tag: 0, body };
            bench.step(match choice % 10 {
                0 | 1 => ask(Method::Invite, choice > 40),
                2 => ask(Method::Update, choice > 80),
                3 | 4 => ask(Method::Prack, choice > 200),
                5 => Step::Ring,
                6 => Step::Decline,
                _ => step,
            });
        }
        bench.finish();
    }

    /// AC-10: a record that is read and written again is the same, and the session obeys the laws after it.
    #[cfg(feature = "serde")]
    #[test]
    fn ac10_a_session_goes_on_from_its_record(
        is_caller: bool,
        before in proptest::collection::vec(step(), 0..30),
        after in proptest::collection::vec(step(), 0..20),
    ) {
        let mut bench = if is_caller { Bench::client(true) } else { Bench::server(true, false) };
        let established = if is_caller {
            let answer = Step::Response {
                status: 200,
                number: 1,
                method: Method::Invite,
                tag: Some(1),
                body: true,
                contact: true,
            };
            vec![answer]
        } else {
            vec![Step::Accept, Step::Request { number: 1, method: Method::Ack, tag: 0, body: false }]
        };
        for step in established.into_iter().chain(before) {
            bench.step(step);
        }
        if let Ok(snapshot) = bench.session.snapshot(bench.now) {
            let text = serde_json::to_string(&snapshot).unwrap();
            let read: sip_dialog::SessionSnapshot = serde_json::from_str(&text).unwrap();
            let settings = SessionSettings::default();
            let session = InviteSession::restore(&read, settings, Duration::ZERO, bench.now).unwrap();
            prop_assert_eq!(session.snapshot(bench.now), Ok(snapshot));
            prop_assert_eq!(session.has_ended(), bench.session.has_ended());
            bench.session = session;
            bench.waiting.clear();
            for step in after {
                bench.step(step);
            }
            bench.finish();
        }
    }
}
