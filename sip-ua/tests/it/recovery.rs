//! Calls whose connection is lost and comes back, between two user agents and a proxy in virtual time: AC-6 to AC-9.

use sip_dialog::{Dtmf, DtmfMode, SessionEvent, Tone};
use sip_message::{Body, CSeq, Contact, Message, Method, StatusCode};
use sip_testbed::sim::{Cut, Latency, Network, NodeId, UserAgent};
use sip_testbed::{FlowProfile, Proxy, ProxyConfig, ProxyFault};
use sip_transaction::FlowId;
use sip_ua::core::{CallKey, Config, Core, Event};
use std::time::Duration;

const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";

const SDP2: &str =
    "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4002 RTP/AVP 0\r\n";

#[derive(Clone, Copy)]
struct Phone {
    node: NodeId<UserAgent>,
    flow: FlowId,
}

struct World {
    network: Network,
    proxy: NodeId<Proxy>,
    alice: Phone,
    bob: Phone,
}

/// Who loses the connection.
#[derive(Clone, Copy, Debug)]
enum Who {
    Alice,
    Bob,
}

impl World {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl Fn(&mut Config)) -> Self {
        let mut network = Network::new();
        let config = ProxyConfig::new("sip:proxy.example.test".parse().unwrap())
            .with_domain("example.test".parse().unwrap());
        let proxy = network.add("proxy", Proxy::new(config, [1; 32]));
        let alice = join(&mut network, proxy, "alice", 1, &change);
        let bob = join(&mut network, proxy, "bob", 2, &change);
        network.settle().unwrap();
        network.clear_records();
        Self { network, proxy, alice, bob }
    }

    /// The same with a call from alice to bob.
    fn in_call() -> (Self, CallKey, CallKey) {
        Self::new().call_up()
    }

    fn call_up(mut self) -> (Self, CallKey, CallKey) {
        let (alices, bobs) = self.ringing();
        self.act(Who::Bob, |core, now| core.accept(bobs, Some(Body::sdp(SDP)), now)).unwrap();
        self.settle();
        self.forget();
        (self, alices, bobs)
    }

    fn ringing(&mut self) -> (CallKey, CallKey) {
        let alices = self.call();
        let bobs = self.network.with(self.bob.node, |bob, _| bob.incoming_call()).unwrap();
        self.act(Who::Bob, |core, now| core.ring(bobs, now)).unwrap();
        self.settle();
        (alices, bobs)
    }

    fn call(&mut self) -> CallKey {
        let bob = "sip:bob@example.test".parse().unwrap();
        let call = self.act(Who::Alice, |core, now| core.invite(&bob, &Body::sdp(SDP), now)).unwrap();
        self.settle();
        call
    }

    fn act<T>(&mut self, who: Who, act: impl FnOnce(&mut Core, sip_clock::Instant) -> T) -> T {
        let node = self.phone(who).node;
        self.network.with(node, |agent, now| act(agent.core_mut(), now))
    }

    fn phone(&self, who: Who) -> Phone {
        match who {
            Who::Alice => self.alice,
            Who::Bob => self.bob,
        }
    }

    fn lose(&mut self, who: Who) {
        self.cut(who, Cut::Reset);
        self.settle();
    }

    fn cut(&mut self, who: Who, cut: Cut) {
        self.network.cut(self.phone(who).flow, cut);
    }

    /// The process of `who` ends without a word, and another one goes on from its record, which is kept as text.
    #[cfg(feature = "serde")]
    fn restart(&mut self, who: Who, after: Duration) {
        let text = self.act(who, |core, now| serde_json::to_string(&core.snapshot(now)).unwrap());
        self.cut(who, Cut::Clean);
        self.settle();
        self.network.run_for(after).unwrap();
        let (user, node) = (self.name(who), self.phone(who).node);
        self.network.with(node, |agent, now| {
            let config = Config::new(format!("sip:{user}@example.test").parse().unwrap(), [77; 32]);
            let snapshot: sip_ua::core::Snapshot = serde_json::from_str(&text).unwrap();
            *agent = UserAgent::with_core(Core::restore(config, &snapshot, after, now).unwrap());
        });
    }

    /// The process of `who` ends without a word and keeps nothing; another one begins.
    fn begin_anew(&mut self, who: Who, change: impl Fn(&mut Config)) {
        self.cut(who, Cut::Clean);
        self.settle();
        let mut config =
            Config::new(format!("sip:{}@example.test", self.name(who)).parse().unwrap(), [78; 32]);
        change(&mut config);
        self.network.with(self.phone(who).node, |agent, now| {
            *agent = UserAgent::new(config);
            agent.core_mut().register(now);
        });
    }

    const fn name(&self, who: Who) -> &'static str {
        match who {
            Who::Alice => "alice",
            Who::Bob => "bob",
        }
    }

    fn come_back(&mut self, who: Who) {
        let node = self.phone(who).node;
        let flow = self.network.connect(node, self.proxy, FlowProfile::ws(), latency());
        match who {
            Who::Alice => self.alice.flow = flow,
            Who::Bob => self.bob.flow = flow,
        }
        self.settle();
    }

    /// A change is under way for `after` ms when one loses its connection; who comes back has time to go on.
    fn lose_within_change(&mut self, who: Who, after: u64, (alices, bobs): (CallKey, CallKey)) {
        self.network.run_for(Duration::from_millis(after.min(20))).unwrap();
        self.answer(alices, bobs);
        self.network.run_for(Duration::from_millis(after.saturating_sub(20))).unwrap();
        self.cut(who, Cut::Reset);
        self.wait(1);
        self.answer(alices, bobs);
        self.wait(2);
        self.come_back(who);
        for _ in 0..25 {
            self.answer(alices, bobs);
            self.wait(2);
        }
    }

    /// Answers offers of the peer that wait on either side.
    fn answer(&mut self, alices: CallKey, bobs: CallKey) {
        for (who, call) in [(Who::Alice, alices), (Who::Bob, bobs)] {
            // Most of the time none waits.
            let _ = self.act(who, |core, now| core.answer(call, Body::sdp(SDP), now));
        }
    }

    fn settle(&mut self) {
        self.network.settle().unwrap();
    }

    fn wait(&mut self, seconds: u64) {
        self.network.run_for(Duration::from_secs(seconds)).unwrap();
    }

    /// Forgets messages and events.
    fn forget(&mut self) {
        self.network.clear_records();
        for who in [Who::Alice, Who::Bob] {
            drop(self.events(who));
        }
    }

    /// The events of calls, as text, since the last look.
    fn events(&mut self, who: Who) -> Vec<String> {
        let node = self.phone(who).node;
        let events = self.network.with(node, |agent, _| agent.take_events());
        events.iter().filter_map(describe).collect()
    }

    /// All messages but those of registrations, as `alice -> proxy INVITE 2`.
    fn arrows(&self) -> Vec<String> {
        let records = self.network.records().iter();
        let arrows = records.filter_map(|record| {
            let CSeq { number, method } = record.message.headers().required().unwrap();
            let label = match &record.message {
                Message::Request(_) => method.to_string(),
                Message::Response(response) => format!("{} ({method})", response.status().code()),
            };
            (method != Method::Register).then(|| format!("{} -> {} {label} {number}", record.from, record.to))
        });
        arrows.collect()
    }

    /// How many requests with this method `from` has sent.
    fn count(&self, from: &str, method: &str) -> usize {
        let records = self.network.records().iter();
        records.filter(|record| record.from == from && record.label() == method).count()
    }

    /// Both ends agree that the call stands, and either can end it.
    fn ends_well(mut self, ender: Who) {
        self.forget();
        let (call, other) = match ender {
            Who::Alice => (CallKey::first(self.alice, &mut self.network), Who::Bob),
            Who::Bob => (CallKey::first(self.bob, &mut self.network), Who::Alice),
        };
        self.act(ender, |core, now| core.hang_up(call, now));
        self.settle();
        assert_eq!(self.events(ender), ["Ended Local HungUp", "Closed"]);
        assert_eq!(self.events(other), ["Ended Remote HungUp", "Closed"]);
        self.wait(64);
        for who in [Who::Alice, Who::Bob] {
            assert!(self.act(who, |core, _| core.is_idle()), "{who:?} holds something");
        }
        assert!(self.network.with(self.proxy, |proxy, _| proxy.is_idle()), "the proxy holds something");
    }
}

/// The only call of an agent.
trait First {
    fn first(phone: Phone, network: &mut Network) -> Self;
}

impl First for CallKey {
    fn first(phone: Phone, network: &mut Network) -> Self {
        let calls: Vec<Self> = network.with(phone.node, |agent, _| agent.core().calls().collect());
        assert_eq!(calls.len(), 1);
        calls[0]
    }
}

fn join(
    network: &mut Network,
    proxy: NodeId<Proxy>,
    user: &str,
    seed: u8,
    change: &impl Fn(&mut Config),
) -> Phone {
    let mut config = Config::new(format!("sip:{user}@example.test").parse().unwrap(), [seed; 32]);
    change(&mut config);
    let node = network.add(user, UserAgent::new(config));
    let flow = network.connect(node, proxy, FlowProfile::ws(), latency());
    network.with(node, |agent, now| agent.core_mut().register(now));
    Phone { node, flow }
}

/// Another process has the same Contact.
fn found_again(config: &mut Config) {
    config.interop.contact_user = Some("phone".to_owned());
    config.interop.contact_host = Some((config.aor.host().clone(), None));
}

fn latency() -> Latency {
    Latency::both(Duration::from_millis(10))
}

fn describe(event: &Event) -> Option<String> {
    match event {
        Event::Call { event, .. } => Some(match event {
            SessionEvent::Ended(cause) => format!("Ended {:?} {:?}", cause.by, cause.kind),
            SessionEvent::Established { .. } => "Established".to_owned(),
            SessionEvent::Progress { status, .. } => format!("Progress {}", status.code()),
            SessionEvent::Dtmf(dtmf) => format!("Dtmf {}", dtmf.key),
            SessionEvent::Hold(hold) => format!("Hold {} {}", hold.local, hold.remote),
            SessionEvent::Changed { .. } => "Changed".to_owned(),
            SessionEvent::Reoffered { .. } => "Reoffered".to_owned(),
            other => format!("{other:?}"),
        }),
        Event::IncomingCall { .. } => Some("IncomingCall".to_owned()),
        Event::CallClosed { undelivered: None, .. } => Some("Closed".to_owned()),
        Event::CallClosed { undelivered: Some(failure), .. } => Some(format!("Closed {failure:?}")),
        _ => None,
    }
}

fn key(world: &mut World, who: Who, call: CallKey, digit: char) {
    let dtmf = Dtmf::new(digit, Duration::from_millis(100)).unwrap();
    world.act(who, |core, now| core.dtmf(call, &[Tone::Key(dtmf)], DtmfMode::Info, now)).unwrap();
}

#[test]
fn ac6_an_idle_call_goes_on_over_the_next_connection() {
    for cut in [Cut::Clean, Cut::Reset] {
        let (mut world, ..) = World::in_call();
        world.cut(Who::Alice, cut);
        world.settle();
        assert_eq!(world.events(Who::Alice), ["Interrupted"]);
        assert!(world.events(Who::Bob).is_empty());
        world.wait(20);
        world.come_back(Who::Alice);
        assert_eq!(world.events(Who::Alice), ["Resumed"]);
        assert!(world.events(Who::Bob).is_empty(), "nothing changed for bob");
        // The ACK may have been lost with the connection; bob ignores it.
        let expected = [
            "alice -> proxy ACK 1",
            "alice -> proxy INVITE 2",
            "proxy -> bob ACK 1",
            "proxy -> alice 100 (INVITE) 2",
            "proxy -> bob INVITE 2",
            "bob -> proxy 200 (INVITE) 2",
            "proxy -> alice 200 (INVITE) 2",
            "alice -> proxy ACK 2",
            "proxy -> bob ACK 2",
        ];
        assert_eq!(world.arrows(), expected);
        world.ends_well(Who::Bob);
    }
}

#[test]
fn ac6_the_callee_may_lose_its_connection_too() {
    let (mut world, ..) = World::in_call();
    world.lose(Who::Bob);
    world.wait(100);
    world.come_back(Who::Bob);
    assert_eq!(world.events(Who::Bob), ["Interrupted", "Resumed"]);
    assert_eq!((world.count("bob", "INVITE"), world.count("alice", "INVITE")), (1, 0));
    world.ends_well(Who::Alice);
}

/// The REGISTER comes first and alone, and the re-INVITE says the same as before.
#[test]
fn ac6_the_registration_comes_first_and_the_offer_is_unchanged() {
    let (mut world, ..) = World::in_call();
    world.lose(Who::Alice);
    world.network.clear_records();
    world.come_back(Who::Alice);
    let sent: Vec<&Message> = world
        .network
        .records()
        .iter()
        .filter(|record| record.from == "alice")
        .map(|record| &record.message)
        .collect();
    let methods: Vec<String> = sent
        .iter()
        .filter_map(|message| message.as_request())
        .map(|request| request.method().to_string())
        .collect();
    assert_eq!(methods, ["REGISTER", "ACK", "INVITE", "ACK"]);
    let Message::Request(invite) = sent[2] else { panic!() };
    assert_eq!(invite.body(), SDP);
    assert!(matches!(invite.headers().required(), Ok(Contact::Addr(_))));
}

#[test]
fn ac6_both_ends_may_lose_their_connections_at_once() {
    let (mut world, ..) = World::in_call();
    world.cut(Who::Alice, Cut::Reset);
    world.cut(Who::Bob, Cut::Reset);
    world.settle();
    world.wait(3);
    world.come_back(Who::Alice);
    world.wait(1);
    assert_eq!(world.events(Who::Alice), ["Interrupted"], "bob cannot be reached yet");
    world.come_back(Who::Bob);
    world.wait(8);
    assert_eq!(world.events(Who::Alice), ["Resumed"]);
    assert_eq!(world.events(Who::Bob), ["Interrupted", "Resumed"]);
    world.ends_well(Who::Alice);
}

#[test]
fn ac8_several_calls_go_on_with_one_re_invite_each() {
    let (mut world, ..) = World::in_call();
    let second = world.call();
    let bobs = world.network.with(world.bob.node, |bob, _| bob.incoming_call()).unwrap();
    world.act(Who::Bob, |core, now| core.accept(bobs, Some(Body::sdp(SDP)), now)).unwrap();
    world.settle();
    world.act(Who::Alice, |core, now| core.set_hold(second, true, now)).unwrap();
    world.settle();
    let offer = world.network.with(world.bob.node, |bob, _| bob.take_events());
    let asked = offer.iter().find_map(|event| match event {
        Event::Call { call, event: SessionEvent::Reoffered { .. } } => Some(*call),
        _ => None,
    });
    world.act(Who::Bob, |core, now| core.answer(asked.unwrap(), Body::sdp(SDP), now)).unwrap();
    world.settle();
    world.forget();
    world.lose(Who::Alice);
    world.come_back(Who::Alice);
    assert_eq!(world.events(Who::Alice), ["Interrupted", "Interrupted", "Resumed", "Resumed"]);
    assert_eq!(world.count("alice", "INVITE"), 2);
    let bodies: Vec<String> = world
        .network
        .records()
        .iter()
        .filter(|record| record.from == "alice" && record.label() == "INVITE")
        .map(|record| String::from_utf8_lossy(record.message.body()).into_owned())
        .collect();
    assert_eq!(
        bodies.iter().filter(|body| body.contains("a=sendonly")).count(),
        1,
        "the held one stays held"
    );
}

#[test]
fn ac8_a_held_call_stays_held() {
    let (mut world, alices, bobs) = World::in_call();
    world.act(Who::Alice, |core, now| core.set_hold(alices, true, now)).unwrap();
    world.settle();
    world.act(Who::Bob, |core, now| core.answer(bobs, Body::sdp(SDP), now)).unwrap();
    world.settle();
    assert_eq!(world.events(Who::Bob), ["Reoffered", "Hold false true"]);
    world.forget();
    world.lose(Who::Bob);
    world.come_back(Who::Bob);
    assert_eq!(world.events(Who::Bob), ["Interrupted", "Resumed"]);
    assert!(world.events(Who::Alice).is_empty(), "hold is as it was");
    world.ends_well(Who::Alice);
}

#[test]
fn ac8_a_caller_that_waits_for_an_answer_gets_it_on_the_next_connection() {
    for answered_meanwhile in [true, false] {
        let mut world = World::new();
        let (_, bobs) = world.ringing();
        world.forget();
        world.lose(Who::Alice);
        let accept = |world: &mut World| {
            world.act(Who::Bob, |core, now| core.accept(bobs, Some(Body::sdp(SDP)), now)).unwrap();
            world.settle();
        };
        if answered_meanwhile {
            accept(&mut world);
        }
        world.wait(5);
        world.come_back(Who::Alice);
        if !answered_meanwhile {
            accept(&mut world);
        }
        world.wait(5);
        assert_eq!(world.events(Who::Alice), ["Interrupted", "Resumed", "Established"]);
        assert_eq!(world.events(Who::Bob), ["Established"]);
        world.ends_well(Who::Bob);
    }
}

#[test]
fn ac8_a_call_that_nobody_answered_is_cancelled_on_the_next_connection() {
    let mut world = World::new();
    let (alices, _) = world.ringing();
    world.forget();
    world.lose(Who::Alice);
    world.act(Who::Alice, |core, now| core.hang_up(alices, now));
    world.wait(60);
    assert_eq!(world.events(Who::Alice), ["Interrupted"]);
    world.come_back(Who::Alice);
    world.wait(1);
    assert_eq!(world.events(Who::Alice), ["Resumed", "Ended Local Cancelled", "Closed"]);
    assert_eq!(world.events(Who::Bob), ["Ended Remote Cancelled", "Closed"]);
}

#[test]
fn ac8_a_callee_rings_on_and_answers_on_the_next_connection() {
    for answered_meanwhile in [true, false] {
        let mut world = World::new();
        let (_, bobs) = world.ringing();
        world.forget();
        world.lose(Who::Bob);
        let accept = |world: &mut World| {
            world.act(Who::Bob, |core, now| core.accept(bobs, Some(Body::sdp(SDP)), now)).unwrap();
            world.settle();
        };
        if answered_meanwhile {
            accept(&mut world);
        }
        world.wait(40);
        world.come_back(Who::Bob);
        if !answered_meanwhile {
            accept(&mut world);
        }
        world.wait(1);
        assert_eq!(world.events(Who::Bob), ["Interrupted", "Resumed", "Established"]);
        assert_eq!(world.events(Who::Alice), ["Established"]);
        world.ends_well(Who::Alice);
    }
}

/// The CANCEL found nobody, and those who repeat it have given up (RFC 3261 §17.1.4): the callee asks in the early dialog.
#[test]
fn ac8_a_callee_that_was_away_while_its_caller_gave_up_does_not_ring_on() {
    let mut world = World::new();
    let (alices, _) = world.ringing();
    world.forget();
    world.lose(Who::Bob);
    world.act(Who::Alice, |core, now| core.hang_up(alices, now));
    world.wait(40);
    assert_eq!(world.events(Who::Alice).pop().as_deref(), Some("Closed"), "nobody answers");
    world.network.clear_records();
    world.come_back(Who::Bob);
    world.wait(1);
    assert_eq!(world.events(Who::Bob), ["Interrupted", "Resumed", "Ended Remote Cancelled", "Closed"]);
    assert_eq!(world.count("bob", "OPTIONS"), 1);
    assert!(world.arrows().contains(&"bob -> proxy 487 (INVITE) 1".to_owned()));
    world.wait(240);
    assert!(world.act(Who::Bob, |core, _| core.is_idle()) && world.act(Who::Alice, |core, _| core.is_idle()));
}

/// One question for each recovery, and an answer that changes nothing.
#[test]
fn ac8_a_callee_rings_on_for_a_caller_that_waits() {
    let mut world = World::new();
    let (_, bobs) = world.ringing();
    for asked in 1..=3 {
        world.lose(Who::Bob);
        world.wait(40);
        world.come_back(Who::Bob);
        world.wait(10);
        assert_eq!(world.count("bob", "OPTIONS"), asked);
    }
    drop(world.events(Who::Alice));
    assert_eq!(world.events(Who::Bob)[1..], ["Interrupted", "Resumed"].repeat(3));
    world.act(Who::Bob, |core, now| core.accept(bobs, Some(Body::sdp(SDP)), now)).unwrap();
    world.wait(1);
    assert_eq!(world.events(Who::Bob), ["Established"]);
    world.ends_well(Who::Alice);
}

/// rfc3261#9.1: nobody can cancel for a caller whose process has ended. It said that it waits when its callee asked, and is
/// asked once more for each time that it would be told of the ringing.
#[test]
fn ac8_a_callee_that_was_away_asks_again_while_it_rings() {
    let mut world = World::with(found_again);
    world.ringing();
    world.lose(Who::Bob);
    world.come_back(Who::Bob);
    world.wait(1);
    assert_eq!(world.count("bob", "OPTIONS"), 1);
    world.begin_anew(Who::Alice, found_again);
    world.come_back(Who::Alice);
    world.forget();
    world.wait(58);
    assert!(world.events(Who::Bob).is_empty(), "it cannot know");
    world.wait(2);
    assert_eq!(world.events(Who::Bob), ["Ended Remote Cancelled", "Closed"]);
    world.wait(240);
    assert_eq!(world.count("bob", "OPTIONS"), 1);
    assert!(world.act(Who::Bob, |core, _| core.is_idle()));
}

/// Who has always been there asks nothing: whatever its caller says, it arrives.
#[test]
fn ac8_a_callee_that_was_never_away_does_not_ask() {
    let mut world = World::new();
    world.ringing();
    world.wait(150);
    assert_eq!(world.count("bob", "OPTIONS"), 0);
}

/// rfc3261#12.2.1.2/2-3: silence would end the dialog, and yet a caller whose connection is lost as well comes back.
#[test]
fn ac7_a_callee_rings_on_for_a_caller_that_is_away_too() {
    let mut world = World::new();
    let (_, bobs) = world.ringing();
    world.cut(Who::Alice, Cut::Silent);
    world.lose(Who::Bob);
    world.wait(40);
    world.forget();
    world.come_back(Who::Bob);
    world.wait(40);
    assert_eq!(world.count("proxy", "481"), 0, "the proxy knows nothing of it");
    assert_eq!(world.events(Who::Bob), ["Resumed"]);
    world.network.notice(world.alice.node, world.alice.flow);
    world.come_back(Who::Alice);
    world.wait(1);
    assert_eq!(world.events(Who::Alice), ["Interrupted", "Resumed"]);
    world.act(Who::Bob, |core, now| core.accept(bobs, Some(Body::sdp(SDP)), now)).unwrap();
    world.wait(1);
    assert_eq!(world.events(Who::Alice), ["Established"]);
    assert_eq!(world.events(Who::Bob), ["Established"]);
    world.ends_well(Who::Bob);
}

#[test]
fn ac8_a_refusal_waits_for_the_next_connection() {
    let mut world = World::new();
    let (_, bobs) = world.ringing();
    world.forget();
    world.lose(Who::Bob);
    world.act(Who::Bob, |core, now| core.reject(bobs, StatusCode::BUSY_HERE, now)).unwrap();
    world.wait(10);
    assert!(world.events(Who::Alice).is_empty());
    world.come_back(Who::Bob);
    assert_eq!(world.events(Who::Alice), ["Ended Remote Busy", "Closed"]);
}

/// The refusal was on its way when the connection died silently.
#[test]
fn ac8_a_refusal_that_was_lost_with_its_connection_is_sent_again() {
    let mut world = World::new();
    let (_, bobs) = world.ringing();
    world.forget();
    world.cut(Who::Bob, Cut::Silent);
    world.act(Who::Bob, |core, now| core.reject(bobs, StatusCode::BUSY_HERE, now)).unwrap();
    world.wait(5);
    world.network.notice(world.bob.node, world.bob.flow);
    world.network.notice(world.proxy, world.bob.flow);
    world.wait(5);
    assert!(world.events(Who::Alice).is_empty());
    world.come_back(Who::Bob);
    assert_eq!(world.events(Who::Alice), ["Ended Remote Busy", "Closed"]);
    world.wait(64);
    assert!(world.network.with(world.proxy, |proxy, _| proxy.is_idle()), "the proxy holds something");
}

/// The 200 or the ACK is on its way when the connection breaks.
#[test]
fn ac8_a_connection_may_be_lost_between_200_and_ack() {
    // milliseconds after the 200: lost before the proxy has it, before alice has it, before the proxy and before bob has the ACK
    for (who, after) in [(Who::Bob, 5), (Who::Alice, 15), (Who::Alice, 25), (Who::Bob, 35)] {
        let mut world = World::new();
        let (_, bobs) = world.ringing();
        world.forget();
        world.act(Who::Bob, |core, now| core.accept(bobs, Some(Body::sdp(SDP)), now)).unwrap();
        world.network.run_for(Duration::from_millis(after)).unwrap();
        world.cut(who, Cut::Reset);
        world.wait(10);
        world.come_back(who);
        world.wait(10);
        let (alices, bobs) = (world.events(Who::Alice), world.events(Who::Bob));
        let is_established =
            |events: &[String]| events.iter().filter(|event| *event == "Established").count();
        assert_eq!(
            (is_established(&alices), is_established(&bobs)),
            (1, 1),
            "{who:?} {after}: {alices:?} {bobs:?}"
        );
        let resumed = if matches!(who, Who::Alice) { &alices } else { &bobs };
        assert_eq!(
            resumed.iter().filter(|event| *event == "Resumed").count(),
            1,
            "{who:?} {after}: {resumed:?}"
        );
        world.ends_well(Who::Bob);
    }
}

#[test]
fn ac7_requests_without_answer_are_repeated_once() {
    let (mut world, alices, _) = World::in_call();
    world.cut(Who::Alice, Cut::Silent);
    key(&mut world, Who::Alice, alices, '1');
    key(&mut world, Who::Alice, alices, '2');
    world.wait(10);
    let (node, flow) = (world.alice.node, world.alice.flow);
    world.network.notice(node, flow);
    world.settle();
    world.come_back(Who::Alice);
    assert_eq!(world.events(Who::Alice), ["Interrupted", "Resumed"]);
    assert_eq!(world.events(Who::Bob), ["Dtmf 1", "Dtmf 2"]);
    world.ends_well(Who::Bob);
}

#[test]
fn ac7_what_the_application_wants_meanwhile_is_done_in_its_order() {
    let (mut world, alices, bobs) = World::in_call();
    world.lose(Who::Alice);
    key(&mut world, Who::Alice, alices, '1');
    key(&mut world, Who::Alice, alices, '2');
    world.act(Who::Alice, |core, now| core.set_hold(alices, true, now)).unwrap();
    key(&mut world, Who::Alice, alices, '3');
    world.wait(5);
    assert!(world.events(Who::Bob).is_empty());
    world.come_back(Who::Alice);
    world.act(Who::Bob, |core, now| core.answer(bobs, Body::sdp(SDP), now)).unwrap();
    world.wait(1);
    let bobs = world.events(Who::Bob);
    assert_eq!(bobs, ["Dtmf 1", "Reoffered", "Dtmf 2", "Hold false true", "Dtmf 3"]);
    assert_eq!(world.events(Who::Alice), ["Interrupted", "Changed", "Hold true false", "Resumed"]);
    assert_eq!(world.count("alice", "INVITE"), 1, "the hold is the proof");
    world.ends_well(Who::Bob);
}

/// Wherever the connection breaks while hold is agreed on: the call goes on, and both ends agree who holds it.
#[test]
fn ac8_a_connection_may_be_lost_within_a_re_invite() {
    for who in [Who::Alice, Who::Bob] {
        for after in [5, 15, 25, 35, 45, 55, 65, 75] {
            let (mut world, alices, bobs) = World::in_call();
            world.act(Who::Alice, |core, now| core.set_hold(alices, true, now)).unwrap();
            world.lose_within_change(who, after, (alices, bobs));
            let (alices, bobs) = (world.events(Who::Alice), world.events(Who::Bob));
            assert_resumed_once(if matches!(who, Who::Alice) { &alices } else { &bobs });
            let (local, remote) = hold(&alices);
            assert_eq!(hold(&bobs), (remote, local), "{who:?} {after}: {alices:?} {bobs:?}");
            // Before it came to bob, or an answer from him, the proxy says that he is not there.
            let is_refused =
                alices.iter().any(|event| event == "ChangeFailed { status: 480 Temporarily Unavailable }");
            assert!(local != is_refused, "{who:?} {after}: {alices:?}");
            assert!(!is_refused || (matches!(who, Who::Bob) && after < 30), "{who:?} {after}: {alices:?}");
            world.ends_well(Who::Bob);
        }
    }
}

/// Wherever the connection breaks while an offer is asked for: the re-INVITE goes out as it was, since only its 2xx says
/// what the ACK has to answer (RFC 3261 §14.1, §13.2.2.4).
#[test]
fn ac8_a_connection_may_be_lost_within_a_re_invite_without_offer() {
    for who in [Who::Alice, Who::Bob] {
        for after in [5, 15, 25, 35, 45, 55, 65, 75] {
            let (mut world, alices, bobs) = World::in_call();
            world.act(Who::Alice, |core, now| core.ask_offer(alices, now)).unwrap();
            world.lose_within_change(who, after, (alices, bobs));
            assert_resumed_once(&world.events(who));
            world.ends_well(Who::Bob);
        }
    }
}

/// The same for an UPDATE with an offer: what became of it is told once.
#[test]
fn ac8_a_connection_may_be_lost_within_an_update() {
    for who in [Who::Alice, Who::Bob] {
        for after in [5, 15, 25, 35, 45, 55, 65, 75] {
            let (mut world, alices, bobs) = World::in_call();
            world.act(Who::Alice, |core, now| core.update(alices, Some(Body::sdp(SDP2)), now)).unwrap();
            world.lose_within_change(who, after, (alices, bobs));
            let (alices, bobs) = (world.events(Who::Alice), world.events(Who::Bob));
            assert_resumed_once(if matches!(who, Who::Alice) { &alices } else { &bobs });
            let is_outcome = |event: &&String| event.starts_with("Change");
            let outcomes: Vec<&String> = alices.iter().filter(is_outcome).collect();
            assert_eq!(outcomes.len(), 1, "{who:?} {after}: {alices:?} {bobs:?}");
            world.ends_well(Who::Bob);
        }
    }
}

fn assert_resumed_once(events: &[String]) {
    assert_eq!(events.iter().filter(|event| *event == "Resumed").count(), 1, "{events:?}");
}

/// Who holds the call, by the last event.
fn hold(events: &[String]) -> (bool, bool) {
    let last = events.iter().rev().find_map(|event| event.strip_prefix("Hold "));
    let words: Vec<bool> = last.unwrap_or("false false").split(' ').map(|word| word == "true").collect();
    (words[0], words[1])
}

#[test]
fn a_bye_without_connection_is_sent_on_the_next_one() {
    let (mut world, alices, _) = World::in_call();
    world.lose(Who::Alice);
    world.act(Who::Alice, |core, now| core.hang_up(alices, now));
    world.wait(60);
    assert_eq!(world.events(Who::Alice), ["Interrupted", "Ended Local HungUp"], "not closed yet");
    assert!(world.events(Who::Bob).is_empty());
    world.come_back(Who::Alice);
    assert_eq!(world.events(Who::Alice), ["Closed"]);
    assert_eq!(world.events(Who::Bob), ["Ended Remote HungUp", "Closed"]);
    assert_eq!(world.count("alice", "INVITE"), 0);
}

#[test]
fn a_bye_that_was_lost_with_its_connection_is_sent_again() {
    for after in [5, 15, 25, 35] {
        let (mut world, alices, _) = World::in_call();
        world.act(Who::Alice, |core, now| core.hang_up(alices, now));
        world.network.run_for(Duration::from_millis(after)).unwrap();
        world.cut(Who::Alice, Cut::Reset);
        world.wait(10);
        world.come_back(Who::Alice);
        assert_eq!(world.events(Who::Alice), ["Ended Local HungUp", "Closed"], "after {after} ms");
        assert_eq!(world.events(Who::Bob), ["Ended Remote HungUp", "Closed"]);
    }
}

#[test]
fn a_bye_that_no_connection_took_in_time_is_told_as_undelivered() {
    let (mut world, alices, _) = World::in_call();
    world.lose(Who::Alice);
    world.act(Who::Alice, |core, now| core.hang_up(alices, now));
    world.wait(301);
    assert_eq!(world.events(Who::Alice), ["Interrupted", "Ended Local HungUp", "Closed Transport"]);
    assert!(world.act(Who::Alice, |core, _| core.is_idle()));
}

#[test]
fn a_bye_without_answer_is_told_as_undelivered() {
    let (mut world, alices, _) = World::in_call();
    world.cut(Who::Alice, Cut::Silent);
    world.act(Who::Alice, |core, now| core.hang_up(alices, now));
    world.wait(33);
    assert_eq!(world.events(Who::Alice), ["Ended Local HungUp", "Closed Timeout"]);
}

#[test]
fn ac6_the_patience_ends_calls() {
    let mut world = World::with(|config| config.patience = Duration::from_secs(60));
    let (alices, bobs) = world.ringing();
    let _ = alices;
    world.forget();
    world.lose(Who::Bob);
    world.lose(Who::Alice);
    world.wait(59);
    assert_eq!(world.events(Who::Alice), ["Interrupted"]);
    world.wait(2);
    assert_eq!(world.events(Who::Alice), ["Ended Network TransportLost", "Closed"]);
    assert_eq!(world.events(Who::Bob), ["Interrupted", "Ended Network TransportLost", "Closed"]);
    assert!(world.act(Who::Bob, |core, now| core.accept(bobs, None, now)).is_err());
    world.wait(64);
    for who in [Who::Alice, Who::Bob] {
        assert!(world.act(who, |core, _| core.is_idle()), "{who:?}");
    }
}

/// The other side went away for good: proof is asked for until the patience is over.
#[test]
fn ac6_the_patience_covers_the_recovery() {
    let (mut world, ..) = World::with(|config| config.patience = Duration::from_secs(60)).call_up();
    world.lose(Who::Bob);
    world.lose(Who::Alice);
    world.come_back(Who::Alice);
    world.wait(59);
    assert_eq!(world.events(Who::Alice), ["Interrupted"]);
    world.wait(2);
    assert_eq!(
        world.events(Who::Alice),
        ["Ended Network TransportLost", "Closed Refused(480 Temporarily Unavailable)"]
    );
    let attempts = world.count("alice", "INVITE");
    assert!((10..30).contains(&attempts), "{attempts}");
}

#[test]
fn ac7_the_peer_that_hung_up_meanwhile_ends_the_call() {
    let (mut world, _, bobs) = World::in_call();
    world.lose(Who::Alice);
    world.act(Who::Bob, |core, now| core.hang_up(bobs, now));
    world.settle();
    assert_eq!(world.events(Who::Bob), ["Ended Local HungUp", "Closed Refused(480 Temporarily Unavailable)"]);
    // the proxy says so: what she finds out later, nobody can tell him
    world.come_back(Who::Alice);
    assert_eq!(world.events(Who::Alice), ["Interrupted", "Ended Remote DialogLost", "Closed"]);
}

/// A peer that has hung up still acknowledges a 2xx that comes again (RFC 3261 §13.2.2.4): that shows nothing.
#[test]
fn ac7_the_ack_of_an_old_re_invite_does_not_show_that_the_peer_has_the_call() {
    let (mut world, alices, bobs) = World::in_call();
    world.act(Who::Alice, |core, now| core.offer(alices, Body::sdp(SDP2), now)).unwrap();
    world.settle();
    world.act(Who::Bob, |core, now| core.answer(bobs, Body::sdp(SDP), now)).unwrap();
    // the 200 is with alice, her ACK is not with bob
    world.network.run_for(Duration::from_millis(25)).unwrap();
    world.lose(Who::Bob);
    world.act(Who::Alice, |core, now| core.hang_up(alices, now));
    world.wait(5);
    assert_eq!(world.events(Who::Alice).last().unwrap(), "Closed Refused(480 Temporarily Unavailable)");
    world.forget();
    world.come_back(Who::Bob);
    world.wait(10);
    assert_eq!(world.count("alice", "ACK"), 1);
    assert_eq!(world.events(Who::Bob), ["Ended Remote DialogLost", "Closed"]);
}

/// The connection took a REGISTER with it, so that the next one is put off (AC-12): the call waits for it too. Its peer
/// can reach nobody before that, and the BYE that it says meanwhile is heard of by the re-INVITE after it.
#[test]
fn ac6_a_call_waits_for_a_registration_that_is_put_off() {
    let (mut world, _, bobs) = World::in_call();
    world.wait(60);
    world.lose(Who::Alice);
    let node = world.alice.node;
    world.alice.flow = world.network.connect(node, world.proxy, FlowProfile::ws(), latency());
    world.network.run_for(Duration::from_millis(5)).unwrap();
    world.lose(Who::Alice);
    world.wait(1);
    world.forget();
    world.come_back(Who::Alice);
    world.wait(1);
    assert_eq!(world.count("alice", "INVITE"), 0, "the registration comes first");
    world.act(Who::Bob, |core, now| core.hang_up(bobs, now));
    world.wait(20);
    assert_eq!(world.events(Who::Alice), ["Ended Remote DialogLost", "Closed"]);
}

/// The server wants no REGISTER for two minutes, and the call goes on before that: the peer can reach nobody meanwhile, and
/// what has become of it is asked after the registration.
#[test]
fn ac6_a_call_that_went_on_without_registration_asks_after_its_peer_when_it_is_registered() {
    for (hangs_up, last) in [(true, Some("Closed")), (false, None)] {
        for who in [Who::Alice, Who::Bob] {
            let (mut world, alices, bobs) = World::in_call();
            let (other, call) = match who {
                Who::Alice => (Who::Bob, bobs),
                Who::Bob => (Who::Alice, alices),
            };
            world.wait(60);
            world.lose(who);
            world.wait(20);
            let storm = ProxyFault::Overload { retry_after: Some(120) };
            world.network.with(world.proxy, |proxy, now| proxy.set_fault(storm, now));
            world.come_back(who);
            world.network.with(world.proxy, |proxy, now| proxy.set_fault(ProxyFault::None, now));
            world.wait(30);
            let name = world.name(who);
            assert!(!world.act(who, |core, _| core.is_registered()));
            assert_eq!(world.events(who).last().map(String::as_str), Some("Resumed"), "{who:?}");
            if hangs_up {
                world.act(other, |core, now| core.hang_up(call, now));
                world.wait(40);
                assert_eq!(
                    world.events(other).pop().as_deref(),
                    Some("Closed Refused(480 Temporarily Unavailable)")
                );
            }
            assert!(world.events(who).is_empty());
            world.forget();
            world.wait(150);
            assert!(world.act(who, |core, _| core.is_registered()));
            assert_eq!(world.count(name, "OPTIONS"), 1, "once");
            assert_eq!(world.events(who).pop().as_deref(), last, "{who:?}");
        }
    }
}

#[test]
fn ac1_one_register_at_a_time_while_the_connection_flaps() {
    let (mut world, ..) = World::in_call();
    world.network.clear_records();
    for _ in 0..5 {
        world.lose(Who::Alice);
        world.come_back(Who::Alice);
        world.wait(1);
    }
    world.wait(20);
    let mut in_flight = 0;
    for record in world.network.records() {
        let is_register =
            record.message.headers().required::<CSeq>().is_ok_and(|cseq| cseq.method == Method::Register);
        match (&record.message, is_register) {
            (Message::Request(_), true) => in_flight += 1,
            (Message::Response(_), true) => in_flight -= 1,
            _ => {}
        }
        assert!(in_flight <= 1);
    }
    let events = world.events(Who::Alice);
    assert_eq!(events.last().map(String::as_str), Some("Resumed"), "{events:?}");
    world.ends_well(Who::Bob);
}

/// Whoever loses its connection, however and when, whatever is going on: a call that nobody wants to end
/// goes on, both ends agree on it, and nothing is left when it ends.
#[test]
fn ac6_every_call_survives_every_loss() {
    let mut chance = sip_clock::TokenSource::from_seed(6);
    for history in 0..400 {
        let (mut world, alices, bobs) = World::in_call();
        let mut below = |bound| chance.below(bound);
        for _ in 0..=below(2) {
            match below(5) {
                0 => drop(world.act(Who::Alice, |core, now| core.set_hold(alices, true, now))),
                1 => drop(world.act(Who::Bob, |core, now| core.set_hold(bobs, true, now))),
                2 => key(&mut world, Who::Alice, alices, '1'),
                3 => drop(world.act(Who::Bob, |core, now| core.offer(bobs, Body::sdp(SDP), now))),
                _ => {}
            }
            for _ in 0..4 {
                world.network.run_for(Duration::from_millis(below(30))).unwrap();
                world.answer(alices, bobs);
            }
            let cut = if below(2) == 0 { Cut::Clean } else { Cut::Reset };
            let losers: &[Who] =
                [&[Who::Alice][..], &[Who::Bob], &[Who::Alice, Who::Bob]][usize::try_from(below(3)).unwrap()];
            for who in losers {
                world.cut(*who, cut);
                world.network.run_for(Duration::from_millis(below(40))).unwrap();
            }
            world.settle();
            for who in losers {
                // Longer, and the other side ends the call for want of an ACK: 64·T1 are 32 s.
                world.network.run_for(Duration::from_millis(below(14_000))).unwrap();
                world.come_back(*who);
                world.answer(alices, bobs);
            }
            for _ in 0..40 {
                world.answer(alices, bobs);
                world.wait(2);
            }
        }
        let (alices, bobs) = (world.events(Who::Alice), world.events(Who::Bob));
        for events in [&alices, &bobs] {
            assert!(!events.iter().any(|event| event.starts_with("Ended")), "{history}: {alices:?} {bobs:?}");
            let last = events.iter().rfind(|event| matches!(event.as_str(), "Interrupted" | "Resumed"));
            assert_ne!(last.map(String::as_str), Some("Interrupted"), "{history}: {alices:?} {bobs:?}");
        }
        let (local, remote) = hold(&alices);
        assert_eq!(hold(&bobs), (remote, local), "{history}: {alices:?} {bobs:?}");
        world.ends_well(if history % 2 == 0 { Who::Alice } else { Who::Bob });
    }
}

/// Registered again with the same Call-ID and contact, one re-INVITE, and either end can end the call.
#[cfg(feature = "serde")]
#[test]
fn ac10_a_call_goes_on_in_another_process() {
    for who in [Who::Alice, Who::Bob] {
        for ender in [Who::Alice, Who::Bob] {
            let (mut world, ..) = World::in_call();
            let identity = |world: &World, name: &str| {
                let mut registers = world
                    .network
                    .records()
                    .iter()
                    .filter(|record| record.from == name && record.label() == "REGISTER");
                let register = registers.next_back().unwrap().message.headers();
                let contact: Contact = register.required().unwrap();
                (register.required::<sip_message::CallId>().unwrap(), contact.addr().unwrap().uri.to_string())
            };
            world.lose(who);
            world.come_back(who);
            let before = identity(&world, world.name(who));
            world.forget();
            world.restart(who, Duration::from_secs(20));
            world.come_back(who);
            assert_eq!(world.events(who), ["Resumed"]);
            assert_eq!(world.count(world.name(who), "REGISTER"), 1);
            assert_eq!(world.count(world.name(who), "INVITE"), 1);
            assert_eq!(identity(&world, world.name(who)), before);
            world.ends_well(ender);
        }
    }
}

#[cfg(feature = "serde")]
#[test]
fn ac10_a_bye_goes_on_in_another_process() {
    let (mut world, alices, _) = World::in_call();
    world.lose(Who::Alice);
    world.act(Who::Alice, |core, now| core.hang_up(alices, now));
    world.restart(Who::Alice, Duration::from_secs(20));
    world.come_back(Who::Alice);
    assert_eq!(world.events(Who::Alice), ["Closed"], "the end was told in the other process");
    assert_eq!(world.events(Who::Bob), ["Ended Remote HungUp", "Closed"]);
}

#[cfg(feature = "serde")]
#[test]
fn ac10_a_call_that_rings_is_left_out_and_the_patience_goes_on() {
    let mut world = World::new();
    let (alices, _) = world.ringing();
    world.restart(Who::Alice, Duration::from_secs(1));
    assert!(world.act(Who::Alice, |core, _| core.calls().next().is_none()));
    let _ = alices;

    let (mut world, ..) = World::in_call();
    world.restart(Who::Alice, Duration::from_secs(1));
    world.wait(301);
    assert_eq!(world.events(Who::Alice), ["Ended Network TransportLost", "Closed"]);
}

#[cfg(feature = "serde")]
#[test]
fn ac10_the_record_of_a_user_agent_names_its_version() {
    let (mut world, ..) = World::in_call();
    let text = world.act(Who::Alice, |core, now| serde_json::to_string(&core.snapshot(now)).unwrap());
    assert!(text.starts_with(r#"{"version":1,"contact_user":""#), "{text}");
    let restored = |text: &str| {
        let snapshot: sip_ua::core::Snapshot = serde_json::from_str(text).unwrap();
        let config = Config::new("sip:alice@example.test".parse().unwrap(), [77; 32]);
        Core::restore(config, &snapshot, Duration::ZERO, sip_clock::Instant::ZERO).map(drop)
    };
    assert_eq!(restored(&text), Ok(()));
    let other = text.replacen(r#""version":1"#, r#""version":2"#, 1);
    assert_eq!(restored(&other), Err(sip_ua::core::RestoreError::UnknownVersion(2)));
}

/// Both ends of a direct connection come back after the transaction of the INVITE has ended at the callee: the repeated
/// INVITE is no second call, and gets the 2xx that waits for its ACK.
#[test]
fn ac8_an_invite_repeated_after_its_transaction_gets_its_2xx_again() {
    let mut network = Network::new();
    let phone = |user: &str, seed| {
        UserAgent::new(Config::new(format!("sip:{user}@example.test").parse().unwrap(), [seed; 32]))
    };
    let (alice, bob) = (network.add("alice", phone("alice", 1)), network.add("bob", phone("bob", 2)));
    let first = network.connect(alice, bob, FlowProfile::ws(), latency());
    let target = "sip:bob@example.test".parse().unwrap();
    network.with(alice, |alice, now| alice.core_mut().invite(&target, &Body::sdp(SDP), now)).unwrap();
    network.settle().unwrap();
    let call = network.with(bob, |bob, _| bob.incoming_call()).unwrap();
    network.with(bob, |bob, now| bob.core_mut().ring(call, now)).unwrap();
    network.settle().unwrap();
    network.cut(first, Cut::Silent);
    network.with(bob, |bob, now| bob.core_mut().accept(call, Some(Body::sdp(SDP)), now)).unwrap();
    network.run_for(Duration::from_secs(20)).unwrap();
    network.notice(alice, first);
    network.notice(bob, first);
    network.run_for(Duration::from_secs(20)).unwrap();
    network.clear_records();
    network.connect(alice, bob, FlowProfile::ws(), latency());
    network.run_for(Duration::from_secs(2)).unwrap();
    let events = |network: &mut Network, node: NodeId<UserAgent>| {
        network.with(node, |agent, _| agent.take_events()).iter().filter_map(describe).collect::<Vec<_>>()
    };
    let bobs = events(&mut network, bob);
    assert_eq!(bobs.iter().filter(|event| *event == "IncomingCall").count(), 1, "{bobs:?}");
    assert!(bobs.contains(&"Established".to_owned()), "{bobs:?}");
    let alices = events(&mut network, alice);
    assert!(alices.contains(&"Established".to_owned()), "{alices:?}");
    assert_eq!(network.with(bob, |bob, _| bob.core().calls().count()), 1);
}

/// Both ends are away between 200 and ACK, and the caller is back first: its ACK finds nobody, and comes again with each
/// re-INVITE, since nobody passes the repeated 200 on any more.
#[test]
fn ac8_the_ack_comes_again_until_the_callee_is_back_too() {
    let mut world = World::new();
    let (_, bobs) = world.ringing();
    world.act(Who::Bob, |core, now| core.accept(bobs, Some(Body::sdp(SDP)), now)).unwrap();
    // the 200 is with alice, her ACK is not with bob
    world.network.run_for(Duration::from_millis(25)).unwrap();
    world.cut(Who::Bob, Cut::Reset);
    world.settle();
    world.lose(Who::Alice);
    world.wait(8);
    world.come_back(Who::Alice);
    world.wait(40);
    world.come_back(Who::Bob);
    world.wait(20);
    for who in [Who::Alice, Who::Bob] {
        assert!(world.events(who).contains(&"Resumed".to_owned()), "{who:?}");
    }
    world.ends_well(Who::Bob);
}

/// The caller whose ACK got lost may come back long after the last 200: its first re-INVITE would only be refused with
/// 491 by a callee that still waits for the ACK.
#[test]
fn ac8_a_caller_that_is_back_late_sends_its_ack_before_the_re_invite() {
    let mut world = World::new();
    let (_, bobs) = world.ringing();
    world.act(Who::Bob, |core, now| core.accept(bobs, Some(Body::sdp(SDP)), now)).unwrap();
    // the 200 is with alice, her ACK is not with bob
    world.network.run_for(Duration::from_millis(25)).unwrap();
    world.cut(Who::Bob, Cut::Reset);
    world.lose(Who::Alice);
    world.wait(40);
    world.come_back(Who::Bob);
    world.wait(5);
    world.forget();
    world.come_back(Who::Alice);
    world.wait(10);
    let from_alice: Vec<String> =
        world.arrows().into_iter().filter(|arrow| arrow.starts_with("alice ->")).take(2).collect();
    assert_eq!(from_alice, ["alice -> proxy ACK 1", "alice -> proxy INVITE 2"]);
    assert_eq!(world.events(Who::Alice), ["Resumed"]);
    assert_eq!(world.events(Who::Bob)[0], "Established");
    world.ends_well(Who::Bob);
}
