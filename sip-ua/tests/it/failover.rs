//! Requests outside of dialogs that one server does not answer, or says 503 to, go to the next one: RFC 3263 §4.3; AC-32.
//! The whole flow of RFC 3665 §3.4 stands in `sip-testbed`.

use super::peer::response;
use sip_dialog::SessionEvent;
use sip_message::{Body, Header, HeaderName, Message, Method, Request, Route, ServiceRoute, StatusCode};
use sip_testbed::FlowProfile;
use sip_testbed::sim::{Latency, Network, NodeId, ScriptedPeer, UserAgent};
use sip_ua::core::{CallKey, Config, Event, RequestFailure};
use std::time::Duration;

/// What a server answers to every request but REGISTER, which it accepts.
type Answers = &'static [StatusCode];

const SILENT: Answers = &[];
const OK: Answers = &[StatusCode::OK];
const UNAVAILABLE: Answers = &[StatusCode::SERVICE_UNAVAILABLE];

/// Alice with two flows, each to one of these servers.
struct World {
    network: Network,
    alice: NodeId<UserAgent>,
}

fn server(name: &'static str, answers: Answers) -> ScriptedPeer {
    ScriptedPeer::answering(move |message| {
        let Message::Request(request) = message else { return Vec::new() };
        if *request.method() == Method::Register {
            let mut granted = response(request, StatusCode::OK);
            granted.headers_mut().copy_from(request.headers(), &HeaderName::Contact);
            granted.headers_mut().push(&ServiceRoute::decode(&format!("<sip:{name};lr>")).unwrap());
            return vec![granted.into()];
        }
        let answers = if *request.method() == Method::Ack { SILENT } else { answers };
        answers.iter().map(|status| response(request, *status).into()).collect()
    })
}

impl World {
    fn new(first: Answers, second: Answers) -> Self {
        let mut network = Network::new();
        let alice = alice(&mut network);
        for (name, answer) in [("first", first), ("second", second)] {
            let server = network.add(name, server(name, answer));
            connect(&mut network, alice, server);
        }
        Self { network, alice }
    }

    fn message(&mut self) {
        let bob = "sip:bob@example.test".parse().unwrap();
        self.network.with(self.alice, |alice, now| alice.core_mut().message(&bob, Body::text("hello"), now));
        self.network.settle().unwrap();
    }

    fn call(&mut self) -> CallKey {
        let bob = "sip:bob@example.test".parse().unwrap();
        let offer = Body::sdp("v=0\r\n");
        let call = self.network.with(self.alice, |alice, now| alice.core_mut().invite(&bob, &offer, now));
        self.network.settle().unwrap();
        call.unwrap()
    }

    fn hang_up(&mut self, call: CallKey) {
        self.network.with(self.alice, |alice, now| alice.core_mut().hang_up(call, now));
        self.network.settle().unwrap();
    }

    fn sleep(&mut self, seconds: u64) {
        self.network.run_for(Duration::from_secs(seconds)).unwrap();
    }

    /// What Alice has sent to a server.
    fn sent_to(&self, server: &str) -> Vec<Request> {
        let sent =
            self.network.records().iter().filter(|record| record.from == "alice" && record.to == server);
        sent.filter_map(|record| record.message.as_request().cloned()).collect()
    }

    fn methods_to(&self, server: &str) -> Vec<String> {
        self.sent_to(server).iter().map(|request| request.method().as_str().to_owned()).collect()
    }

    fn events(&mut self) -> Vec<Event> {
        self.network.with(self.alice, |alice, _| alice.take_events())
    }

    /// The outcome of the one message.
    fn outcome(&mut self) -> Result<StatusCode, String> {
        let answered = self.events().into_iter().find_map(|event| match event {
            Event::Answered { outcome, .. } => Some(outcome),
            _ => None,
        });
        match answered.expect("an answer") {
            Ok(response) => Ok(response.status()),
            Err(RequestFailure::Refused(response)) => Err(response.status().to_string()),
            Err(other) => Err(format!("{other:?}")),
        }
    }

    /// With what status the one call has ended.
    fn end(&mut self) -> Option<StatusCode> {
        self.events().into_iter().find_map(|event| match event {
            Event::Call { event: SessionEvent::Ended(cause), .. } => cause.status,
            _ => None,
        })
    }

    fn assert_idle(&mut self) {
        assert!(self.network.with(self.alice, |alice, _| alice.core().is_idle()));
    }
}

fn alice(network: &mut Network) -> NodeId<UserAgent> {
    let mut config = Config::new("sip:alice@example.test".parse().unwrap(), [7; 32]);
    config.flows = 2;
    config.instance = Some("urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF".parse().unwrap());
    network.add("alice", UserAgent::new(config))
}

fn connect(network: &mut Network, alice: NodeId<UserAgent>, server: NodeId<ScriptedPeer>) {
    network.connect(alice, server, FlowProfile::ws(), Latency::both(Duration::from_millis(10)));
}

fn value<'a>(request: &'a Request, name: &HeaderName) -> &'a [u8] {
    request.headers().raw(name).unwrap_or_default()
}

// rfc3263#4.3, type=test
#[test]
fn ac32_a_silent_server_makes_a_message_go_to_the_next_one_as_it_is() {
    let mut world = World::new(SILENT, OK);
    world.message();
    world.sleep(31);
    assert_eq!(world.sent_to("second").len(), 0, "the first one has 64·T1");
    world.sleep(2);
    let (first, second) = (world.sent_to("first"), world.sent_to("second"));
    let (Some(first), [second]) = (first.first(), second.as_slice()) else { panic!("{second:?}") };
    for name in [HeaderName::CallId, HeaderName::CSeq, HeaderName::From, HeaderName::To] {
        assert_eq!(value(first, &name), value(second, &name));
    }
    assert_ne!(value(first, &HeaderName::Via), value(second, &HeaderName::Via), "another branch");
    assert_eq!((first.body(), first.request_uri()), (second.body(), second.request_uri()));
    assert_eq!(world.outcome(), Ok(StatusCode::OK));
    world.assert_idle();
}

// rfc3261#21.5.4
#[test]
fn ac32_a_503_makes_a_request_go_to_the_next_server_at_once() {
    let mut world = World::new(UNAVAILABLE, OK);
    world.message();
    assert_eq!(
        (world.methods_to("first"), world.methods_to("second")),
        (vec!["MESSAGE".into()], vec!["MESSAGE".into()])
    );
    assert_eq!(world.outcome(), Ok(StatusCode::OK));
    world.call();
    assert_eq!(world.methods_to("second"), ["MESSAGE", "INVITE", "ACK"]);
}

#[test]
fn what_the_last_server_says_is_the_answer() {
    for (answer, wanted) in [(UNAVAILABLE, "503 Service Unavailable"), (SILENT, "Timeout")] {
        let mut world = World::new(UNAVAILABLE, answer);
        world.message();
        world.sleep(40);
        assert_eq!(world.outcome(), Err(wanted.to_owned()));
        world.assert_idle();
    }
    let mut world = World::new(SILENT, UNAVAILABLE);
    world.call();
    world.sleep(40);
    assert_eq!(world.end(), Some(StatusCode::SERVICE_UNAVAILABLE));
    world.sleep(40);
    world.assert_idle();
}

#[test]
fn other_refusals_are_for_the_peer_to_make_and_end_the_request() {
    const OTHERS: [Answers; 3] =
        [&[StatusCode::BUSY_HERE], &[StatusCode::SERVER_INTERNAL_ERROR], &[StatusCode::DECLINE]];
    for answers in OTHERS {
        let mut world = World::new(answers, OK);
        world.message();
        assert_eq!(world.outcome(), Err(answers[0].to_string()));
        assert_eq!(world.sent_to("second").len(), 0);
    }
}

#[test]
fn a_second_flow_to_the_same_server_is_no_other_server() {
    let mut network = Network::new();
    let alice = alice(&mut network);
    let only = network.add("first", server("first", SILENT));
    connect(&mut network, alice, only);
    connect(&mut network, alice, only);
    let mut world = World { network, alice };
    world.message();
    world.sleep(40);
    assert_eq!(world.outcome(), Err("Timeout".to_owned()));
    assert_eq!(world.sent_to("first").len(), 1);
}

#[test]
fn a_call_that_rings_at_one_server_goes_to_no_other() {
    let mut world = World::new(&[StatusCode::RINGING, StatusCode::SERVICE_UNAVAILABLE], OK);
    world.call();
    assert_eq!(world.end(), Some(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(world.sent_to("second").len(), 0);
}

#[test]
fn who_hangs_up_meanwhile_calls_nobody_else() {
    let mut world = World::new(SILENT, OK);
    let call = world.call();
    world.sleep(5);
    world.hang_up(call);
    world.sleep(60);
    assert_eq!(world.sent_to("second").len(), 0);
    world.assert_idle();
}

#[test]
fn the_cancel_of_a_call_that_went_on_goes_the_same_way() {
    let mut world = World::new(SILENT, &[StatusCode::RINGING]);
    let call = world.call();
    world.sleep(33);
    world.hang_up(call);
    assert_eq!(world.methods_to("second"), ["INVITE", "CANCEL"]);
    assert!(world.methods_to("first").iter().all(|method| method == "INVITE"));
}

// rfc3608#5
#[test]
fn a_request_takes_the_route_that_the_registrar_of_its_flow_named() {
    let mut world = World::new(SILENT, OK);
    world.network.with(world.alice, |alice, now| alice.core_mut().register(now));
    world.network.settle().unwrap();
    world.network.clear_records();
    world.message();
    world.call();
    world.sleep(33);
    for server in ["first", "second"] {
        let sent = world.sent_to(server);
        let outside = sent.iter().filter(|request| *request.method() != Method::Ack);
        for request in outside {
            let hops: Vec<String> =
                request.headers().list::<Route>().flatten().map(|hop| hop.0.uri.to_string()).collect();
            assert_eq!(hops, [format!("sip:{server};lr")], "{}", request.start_line());
        }
        assert!(!sent.is_empty());
    }
}
