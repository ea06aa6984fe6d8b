//! The call flows of the RFCs with whole user agents and proxies, as ladders to be compared with the RFC's own.
//!
//! Common to all: the 200 to a REGISTER and the 100s are sent by the nodes at once; times are those of links with
//! 10 ms; F numbers count the messages in the order of sending, so they differ where the RFC numbers in the order of
//! its drawing.

use sip_message::{Body, Message};
use sip_testbed::sim::{Direction, Latency, Network, Node, NodeId, UserAgent};
use sip_testbed::{FlowProfile, Ladder, Proxy, ProxyConfig};
use sip_ua::core::{CallKey, Config, Core, Event};
use std::time::Duration;

const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 49170 RTP/AVP 0\r\n";

fn body() -> Body {
    Body::sdp(SDP)
}

/// A user agent with the names of the RFC.
fn user_agent(aor: &str, address: &str, seed: u8) -> UserAgent {
    let mut config = Config::new(aor.parse().unwrap(), [seed; 32]);
    config.local_address = Some((address.parse().unwrap(), None));
    config.interop.contact_user = config.aor.user().map(|user| user.into_owned());
    UserAgent::new(config)
}

fn proxy(address: &str, domain: &str, seed: u8) -> Proxy {
    let uri = format!("sip:{address}").parse().unwrap();
    Proxy::new(ProxyConfig::new(uri).with_domain(domain.parse().unwrap()), [seed; 32])
}

/// Does something with the call that has come in at `user_agent`.
fn on_call<T>(user_agent: &mut UserAgent, act: impl FnOnce(&mut Core, CallKey) -> T) -> T {
    let call = user_agent.incoming_call().unwrap();
    act(user_agent.core_mut(), call)
}

fn connect<A: Node, B: Node>(network: &mut Network, one: NodeId<A>, other: NodeId<B>) {
    network.connect(one, other, FlowProfile::udp(), Latency::both(Duration::from_millis(10)));
}

/// Alice, her proxy, bob's proxy, bob, who has registered.
struct Trapezoid {
    network: Network,
    alice: NodeId<UserAgent>,
    bob: NodeId<UserAgent>,
    proxies: [NodeId<Proxy>; 2],
}

impl Trapezoid {
    fn new() -> Self {
        let mut network = Network::new();
        let alice = network.add("alice", user_agent("sip:alice@atlanta.com", "pc33.atlanta.com", 1));
        let atlanta = network.add("atlanta.com", proxy("bigbox3.site3.atlanta.com", "atlanta.com", 2));
        let biloxi = network.add("biloxi.com", proxy("server10.biloxi.com", "biloxi.com", 3));
        let bob = network.add("bob", user_agent("sip:bob@biloxi.com", "192.0.2.4", 4));
        connect(&mut network, alice, atlanta);
        connect(&mut network, bob, biloxi);
        let next_hop = |domain: &str| FlowProfile::udp().with_domain(domain.parse().unwrap());
        let profiles = (next_hop("biloxi.com"), next_hop("atlanta.com"));
        network.connect_as(atlanta, biloxi, profiles, Latency::both(Duration::from_millis(10)));
        network.with(bob, |bob, now| bob.core_mut().register(now));
        network.settle().unwrap();
        network.clear_records();
        Self { network, alice, bob, proxies: [atlanta, biloxi] }
    }

    /// Alice calls bob, who rings.
    fn ring(&mut self) -> CallKey {
        let bob = "sip:bob@biloxi.com".parse().unwrap();
        let call =
            self.network.with(self.alice, |alice, now| alice.core_mut().invite(&bob, &body(), now)).unwrap();
        self.network.settle().unwrap();
        self.network.with(self.bob, |bob, now| on_call(bob, |core, call| core.ring(call, now))).unwrap();
        self.network.settle().unwrap();
        call
    }

    fn ladder(&self) -> String {
        let participants = ["alice", "atlanta.com", "biloxi.com", "bob"];
        Ladder::new(self.network.records()).participants(&participants).to_string()
    }

    /// Everything but the registration comes to an end by itself.
    fn assert_nothing_is_left(&mut self) {
        self.network.run_for(Duration::from_secs(40)).unwrap();
        for proxy in self.proxies {
            assert!(self.network.with(proxy, |proxy, _| proxy.is_idle()));
        }
        for user_agent in [self.alice, self.bob] {
            assert!(self.network.with(user_agent, |user_agent, _| user_agent.core_mut().is_idle()));
        }
    }
}

// RFC 3261 §24.1: the same two messages; the RFC shows no authentication either.
#[test]
fn rfc3261_24_1_registration() {
    let mut network = Network::new();
    let bob = network.add("bob", user_agent("sip:bob@biloxi.com", "192.0.2.4", 4));
    let registrar = network.add("biloxi.com", proxy("registrar.biloxi.com", "biloxi.com", 3));
    connect(&mut network, bob, registrar);
    network.with(bob, |bob, now| bob.core_mut().register(now));
    network.settle().unwrap();
    assert!(network.with(bob, |bob, _| bob.core_mut().is_registered()));
    let ladder = Ladder::new(network.records()).participants(&["biloxi.com", "bob"]).with_messages(true);
    insta::assert_snapshot!(ladder);
}

// RFC 3261 §24.2, figure 1: INVITE, 100, 180 and 200 as there. Here both proxies stay on the path by Record-Route,
// so that ACK, BYE and its 200 go through them; in the RFC they go directly from Alice to Bob and back.
#[test]
fn rfc3261_24_2_session_setup() {
    let mut world = Trapezoid::new();
    world.ring();
    world
        .network
        .with(world.bob, |bob, now| on_call(bob, |core, call| core.accept(call, Some(body()), now)))
        .unwrap();
    world.network.settle().unwrap();
    let call = world.network.with(world.bob, |bob, _| bob.incoming_call().unwrap());
    world.network.with(world.bob, |bob, now| bob.core_mut().hang_up(call, now));
    world.network.settle().unwrap();
    insta::assert_snapshot!(world.ladder());
    world.assert_nothing_is_left();
}

// RFC 3665 §3.1: as there.
#[test]
fn rfc3665_3_1_successful_session_establishment() {
    let mut network = Network::new();
    let alice =
        network.add("alice", user_agent("sip:alice@atlanta.example.com", "client.atlanta.example.com", 1));
    let bob = network.add("bob", user_agent("sip:bob@biloxi.example.com", "client.biloxi.example.com", 4));
    connect(&mut network, alice, bob);
    let target = "sip:bob@biloxi.example.com".parse().unwrap();
    network.with(alice, |alice, now| alice.core_mut().invite(&target, &body(), now)).unwrap();
    network.settle().unwrap();
    network.with(bob, |bob, now| on_call(bob, |core, call| core.ring(call, now))).unwrap();
    network.settle().unwrap();
    network.with(bob, |bob, now| on_call(bob, |core, call| core.accept(call, Some(body()), now))).unwrap();
    network.settle().unwrap();
    network.with(bob, |bob, now| on_call(bob, |core, call| core.hang_up(call, now)));
    network.settle().unwrap();
    insta::assert_snapshot!(
        Ladder::new(network.records()).participants(&["alice", "bob"]).with_messages(true)
    );
    network.run_for(Duration::from_secs(40)).unwrap();
    for user_agent in [alice, bob] {
        assert!(network.with(user_agent, |user_agent, _| user_agent.core_mut().is_idle()));
    }
}

// RFC 3665 §3.8: the same messages. The RFC draws the hops one after the other; here a proxy answers the CANCEL and
// sends its own at the same moment, and bob's 200 to the CANCEL and 487 to the INVITE leave together.
#[test]
fn rfc3665_3_8_unsuccessful_no_answer() {
    let mut world = Trapezoid::new();
    let call = world.ring();
    world.network.with(world.alice, |alice, now| alice.core_mut().hang_up(call, now));
    world.network.settle().unwrap();
    insta::assert_snapshot!(world.ladder());
    let last = world.network.records().last().map(|record| record.message.start_line());
    assert_eq!(last.as_deref(), Some("ACK sip:bob@biloxi.com SIP/2.0"));
    let cancels = world.network.records().iter().filter(|record| is_cancel(&record.message)).count();
    assert_eq!(cancels, 3);
    world.assert_nothing_is_left();
}

// RFC 5407 §3.1.1: the 180 is lost, the repeated INVITE crosses the 200 and is taken for what it is. Ours repeats the
// INVITE after T1 (500 ms), so Bob answers then.
#[test]
fn rfc5407_3_1_1_invite_retransmission_crosses_the_200() {
    let mut network = Network::new();
    let alice =
        network.add("alice", user_agent("sip:alice@atlanta.example.com", "client.atlanta.example.com", 1));
    let bob = network.add("bob", user_agent("sip:bob@biloxi.example.com", "client.biloxi.example.com", 4));
    let latency = Latency::both(Duration::from_millis(10));
    let link = network.connect(alice, bob, FlowProfile::udp(), latency);
    let target = "sip:bob@biloxi.example.com".parse().unwrap();
    network.with(alice, |alice, now| alice.core_mut().invite(&target, &body(), now)).unwrap();
    network.settle().unwrap();
    network.partition(link, Direction::Back);
    network.with(bob, |bob, now| on_call(bob, |core, call| core.ring(call, now))).unwrap();
    network.settle().unwrap();
    network.heal(link);
    network.run_for(Duration::from_millis(485)).unwrap();
    network.with(bob, |bob, now| on_call(bob, |core, call| core.accept(call, Some(body()), now))).unwrap();
    network.run_for(Duration::from_secs(2)).unwrap();
    insta::assert_snapshot!(Ladder::new(network.records()).participants(&["alice", "bob"]));
    let calls = network.with(bob, |bob, _| {
        bob.events().iter().filter(|event| matches!(event, Event::IncomingCall { .. })).count()
    });
    assert_eq!(calls, 1, "the repeated INVITE is no second call");
}

// RFC 7118 §8.1 and §8.2: Alice over secure WebSocket, Bob over UDP; her registration first. The handshake is below
// this level, GRUU is not there. The RFC's proxy writes two Record-Route values, one for each transport; here one
// value with a token for both flows does the same (RFC 5658 is about proxies that cannot do that).
#[test]
fn rfc7118_8_invite_dialog_through_a_proxy() {
    let mut network = Network::new();
    let mut config = Config::new("sip:alice@example.com".parse().unwrap(), [1; 32]);
    config.local_address = Some(("df7jal23ls0d.invalid".parse().unwrap(), None));
    config.interop.contact_user = Some("alice".to_owned());
    let alice = network.add("alice", UserAgent::new(config));
    let proxy = network.add("proxy.example.com", proxy("proxy.example.com", "example.com", 2));
    let bob = network.add("bob", user_agent("sip:bob@example.com", "203.0.113.22", 4));
    let latency = Latency::both(Duration::from_millis(10));
    network.connect(alice, proxy, FlowProfile::wss(), latency);
    connect(&mut network, bob, proxy);
    network.with(bob, |bob, now| bob.core_mut().register(now));
    network.settle().unwrap();
    network.clear_records();
    network.with(alice, |alice, now| alice.core_mut().register(now));
    network.settle().unwrap();
    let target = "sip:bob@example.com".parse().unwrap();
    network.with(alice, |alice, now| alice.core_mut().invite(&target, &body(), now)).unwrap();
    network.settle().unwrap();
    network.with(bob, |bob, now| on_call(bob, |core, call| core.accept(call, Some(body()), now))).unwrap();
    network.settle().unwrap();
    network.with(bob, |bob, now| on_call(bob, |core, call| core.hang_up(call, now)));
    network.settle().unwrap();
    let ladder = Ladder::new(network.records()).participants(&["alice", "proxy.example.com", "bob"]);
    insta::assert_snapshot!(ladder.with_messages(true));
}

fn is_cancel(message: &Message) -> bool {
    matches!(message, Message::Request(request) if request.method().as_str() == "CANCEL")
}
