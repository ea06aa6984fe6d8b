//! The call flows of RFC 3665 that concern a user agent, with whole user agents and proxies, as ladders to be compared
//! with the RFC's own; §3.1 and §3.8 stand in `rfc_flows`.
//!
//! Common to all: a proxy stays on the path by Record-Route, where the RFC's sometimes leaves it; F numbers count the
//! messages in the order of sending; the 100s are sent at once. Not here: §3.5, about gateways of the network.

use crate::support::answer;
use sip_auth::{Account, AuthError};
use sip_message::{Body, HeaderName, Message, StatusCode};
use sip_outbound::BindingsRequest;
use sip_testbed::sim::{Direction, Latency, Network, Node, NodeId, ScriptedPeer, UserAgent};
use sip_testbed::{FlowProfile, Ladder, Proxy, ProxyAuthentication, ProxyConfig};
use sip_transaction::FlowId;
use sip_ua::core::{CallKey, CallOptions, Config, Core, Event};
use std::time::Duration;

fn description(address: &str) -> Body {
    Body::sdp(format!(
        "v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio 49172 RTP/AVP 0\r\n"
    ))
}

fn alices() -> Body {
    description("192.0.2.101")
}

fn bobs() -> Body {
    description("192.0.2.201")
}

/// A user agent with the names of the RFC.
fn user_agent(user: &str, domain: &str, password: &str, seed: u8) -> UserAgent {
    UserAgent::new(config(user, domain, password, seed))
}

fn config(user: &str, domain: &str, password: &str, seed: u8) -> Config {
    let mut config = Config::new(format!("sip:{user}@{domain}").parse().unwrap(), [seed; 32]);
    config.local_address = Some((format!("client.{domain}").parse().unwrap(), None));
    config.interop.contact_user = Some(user.to_owned());
    config.accounts = vec![Account::password(user, password)];
    config
}

fn alice() -> UserAgent {
    user_agent("alice", ATLANTA, "zanzibar", 1)
}

fn bob() -> UserAgent {
    user_agent("bob", BILOXI, "zanzibar", 4)
}

fn server(address: &str, domain: &str) -> ProxyConfig {
    ProxyConfig::new(format!("sip:{address}").parse().unwrap()).with_domain(domain.parse().unwrap())
}

fn link() -> Latency {
    Latency::both(Duration::from_millis(10))
}

fn connect<A: Node, B: Node>(network: &mut Network, one: NodeId<A>, other: NodeId<B>) -> FlowId {
    network.connect(one, other, FlowProfile::udp(), link())
}

/// Two servers, each the next hop to the domain of the other.
fn peer<A: Node, B: Node>(network: &mut Network, one: (NodeId<A>, &str), other: (NodeId<B>, &str)) {
    let next_hop = |domain: &str| FlowProfile::udp().with_domain(domain.parse().unwrap());
    network.connect_as(one.0, other.0, (next_hop(other.1), next_hop(one.1)), link());
}

/// Does something with the call that has come in at `user_agent`.
fn on_call<T>(user_agent: &mut UserAgent, act: impl FnOnce(&mut Core, CallKey) -> T) -> T {
    let call = user_agent.incoming_call().unwrap();
    act(user_agent.core_mut(), call)
}

/// Bob and the registrar of his domain, which knows his password.
fn registration(bob: UserAgent) -> (Network, NodeId<UserAgent>) {
    let mut network = Network::new();
    let bob = network.add("bob", bob);
    let config = server("ss2.biloxi.example.com", BILOXI).with_user("bob", "zanzibar");
    let registrar = network.add("biloxi", Proxy::new(config, [3; 32]));
    connect(&mut network, bob, registrar);
    (network, bob)
}

/// The same after Bob has registered.
fn registered() -> (Network, NodeId<UserAgent>) {
    let (mut network, bob) = registration(bob());
    register(&mut network, bob);
    (network, bob)
}

/// Bob registers; what follows is recorded.
fn register(network: &mut Network, bob: NodeId<UserAgent>) {
    network.with(bob, |bob, now| bob.core_mut().register(now));
    network.settle().unwrap();
    network.clear_records();
}

/// Bob registers, and Alice calls him, with an offer.
fn call_bob(network: &mut Network, alice: NodeId<UserAgent>, bob: NodeId<UserAgent>) -> CallKey {
    register(network, bob);
    let target = "sip:bob@biloxi.example.com".parse().unwrap();
    network.with(alice, |alice, now| alice.core_mut().invite(&target, &alices(), now)).unwrap()
}

/// Bob rings and answers.
fn ring_and_accept(network: &mut Network, bob: NodeId<UserAgent>) {
    network.with(bob, |bob, now| on_call(bob, |core, call| core.ring(call, now))).unwrap();
    network.settle().unwrap();
    network.with(bob, |bob, now| on_call(bob, |core, call| core.accept(call, Some(bobs()), now))).unwrap();
    network.settle().unwrap();
}

fn registration_ladder(network: &Network) -> String {
    Ladder::new(network.records()).participants(&["bob", "biloxi"]).with_messages(true).to_string()
}

// RFC 3665 §2.1: as there.
#[test]
fn rfc3665_2_1_successful_new_registration() {
    let (mut network, bob) = registration(bob());
    network.with(bob, |bob, now| bob.core_mut().register(now));
    network.settle().unwrap();
    assert!(network.with(bob, |bob, _| bob.core().is_registered()));
    insta::assert_snapshot!(registration_ladder(&network));
}

// RFC 3665 §2.2: the two messages of the RFC, with credentials from before. There the list gets another address; here
// a user agent has one binding, whose time is renewed.
#[test]
fn rfc3665_2_2_update_of_contact_list() {
    let (mut network, bob) = registered();
    network.with(bob, |bob, now| bob.core_mut().register(now));
    network.settle().unwrap();
    insta::assert_snapshot!(registration_ladder(&network));
}

// RFC 3665 §2.3: as there, with credentials from before.
#[test]
fn rfc3665_2_3_request_for_current_contact_list() {
    let (mut network, bob) = registered();
    network.with(bob, |bob, _| bob.take_events());
    let asked = network.with(bob, |bob, now| bob.core_mut().bindings(&BindingsRequest::Fetch, now));
    network.settle().unwrap();
    insta::assert_snapshot!(registration_ladder(&network));
    let events = network.with(bob, |bob, _| bob.take_events());
    let [Event::Answered { exchange, outcome: Ok(answer) }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((*exchange, answer.headers().count(&HeaderName::Contact)), (asked, 1));
}

// RFC 3665 §2.4: as there, but that Bob removes his own binding by name and not all of them by `*`.
#[test]
fn rfc3665_2_4_cancellation_of_registration() {
    let (mut network, bob) = registered();
    network.with(bob, |bob, now| bob.core_mut().unregister(now));
    network.settle().unwrap();
    assert!(!network.with(bob, |bob, _| bob.core().is_registered()));
    insta::assert_snapshot!(registration_ladder(&network));
}

// RFC 3665 §2.5: as there, but once more: the second challenge has another nonce, so the first may have been stale.
#[test]
fn rfc3665_2_5_unsuccessful_registration() {
    let (mut network, bob) = registration(user_agent("bob", BILOXI, "wrong", 4));
    network.with(bob, |bob, now| bob.core_mut().register(now));
    network.settle().unwrap();
    let events = network.with(bob, |bob, _| bob.take_events());
    let [_, Event::Registration { authentication: Some(error), .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert!(matches!(error, AuthError::WrongCredentials { .. }), "{error}");
    insta::assert_snapshot!(registration_ladder(&network));
}

/// Alice, her proxy, Bob's proxy, Bob, who has registered.
struct Trapezoid {
    network: Network,
    alice: NodeId<UserAgent>,
    bob: NodeId<UserAgent>,
    proxies: [NodeId<Proxy>; 2],
    bobs_link: FlowId,
}

impl Trapezoid {
    /// With the proxies that ask Alice for credentials.
    fn new(atlanta_asks: bool, biloxi_asks: bool) -> Self {
        let mut network = Network::new();
        let mut atlanta = server("ss1.atlanta.example.com", ATLANTA);
        if atlanta_asks {
            atlanta = atlanta
                .with_user("alice", "zanzibar")
                .with_proxy_authentication(ProxyAuthentication::OutsideDialogs);
        }
        let mut biloxi = server("ss2.biloxi.example.com", BILOXI);
        if biloxi_asks {
            // it knows the users of both domains, and is asked in the name of its own
            biloxi = server("ss2.biloxi.example.com", ATLANTA)
                .with_domain(BILOXI.parse().unwrap())
                .with_user("alice", "zanzibar")
                .with_user("bob", "zanzibar")
                .with_proxy_authentication(ProxyAuthentication::OutsideDialogs);
        }
        let alice = network.add("alice", alice());
        let atlanta = network.add("atlanta", Proxy::new(atlanta, [2; 32]));
        let biloxi = network.add("biloxi", Proxy::new(biloxi, [3; 32]));
        let bob = network.add("bob", bob());
        connect(&mut network, alice, atlanta);
        let bobs_link = connect(&mut network, biloxi, bob);
        peer(&mut network, (atlanta, ATLANTA), (biloxi, BILOXI));
        network.with(bob, |bob, now| bob.core_mut().register(now));
        network.settle().unwrap();
        network.clear_records();
        Self { network, alice, bob, proxies: [atlanta, biloxi], bobs_link }
    }

    fn call(&mut self) -> CallKey {
        let target = "sip:bob@biloxi.example.com".parse().unwrap();
        let call = self
            .network
            .with(self.alice, |alice, now| alice.core_mut().invite(&target, &alices(), now))
            .unwrap();
        self.network.settle().unwrap();
        call
    }

    fn ring(&mut self) {
        self.network.with(self.bob, |bob, now| on_call(bob, |core, call| core.ring(call, now))).unwrap();
        self.network.settle().unwrap();
    }

    fn accept(&mut self) {
        self.network
            .with(self.bob, |bob, now| on_call(bob, |core, call| core.accept(call, Some(bobs()), now)))
            .unwrap();
        self.network.settle().unwrap();
    }

    fn reject(&mut self, status: StatusCode) {
        self.network
            .with(self.bob, |bob, now| on_call(bob, |core, call| core.reject(call, status, now)))
            .unwrap();
        self.network.settle().unwrap();
    }

    fn bob_hangs_up(&mut self) {
        self.network.with(self.bob, |bob, now| on_call(bob, |core, call| core.hang_up(call, now)));
        self.network.settle().unwrap();
    }

    fn ladder(&self) -> String {
        let participants = ["alice", "atlanta", "biloxi", "bob"];
        Ladder::new(self.network.records()).participants(&participants).to_string()
    }

    /// Everything but the registration comes to an end by itself.
    fn assert_nothing_is_left(&mut self) {
        self.network.run_for(Duration::from_secs(40)).unwrap();
        for proxy in self.proxies {
            assert!(self.network.with(proxy, |proxy, _| proxy.is_idle()));
        }
        for user_agent in [self.alice, self.bob] {
            assert!(self.network.with(user_agent, |user_agent, _| user_agent.core().is_idle()));
        }
    }
}

// RFC 3665 §3.2: as there.
#[test]
fn rfc3665_3_2_session_establishment_through_two_proxies() {
    let mut world = Trapezoid::new(true, false);
    world.call();
    world.ring();
    world.accept();
    world.bob_hangs_up();
    insta::assert_snapshot!(world.ladder());
    world.assert_nothing_is_left();
}

// RFC 3665 §3.3: as there. Credentials for both proxies are in the last INVITE.
#[test]
fn rfc3665_3_3_session_with_multiple_proxy_authentication() {
    let mut world = Trapezoid::new(true, true);
    world.call();
    world.accept();
    insta::assert_snapshot!(world.ladder());
    let invites = world.network.records().iter().filter(|record| {
        record.from == "alice"
            && matches!(&record.message, Message::Request(request) if request.method().as_str() == "INVITE")
    });
    let credentials = |message: &Message| {
        message.headers().iter().filter(|field| field.name() == HeaderName::ProxyAuthorization).count()
    };
    let counts: Vec<usize> = invites.map(|record| credentials(&record.message)).collect();
    assert_eq!(counts, [0, 1, 2]);
    world.bob_hangs_up();
    world.assert_nothing_is_left();
}

/// Alice with two proxies, of which the first one says nothing, and Bob, who rings and answers.
fn call_by_way_of_the_second_proxy(second: ProxyConfig) -> (Network, [NodeId<UserAgent>; 2]) {
    let mut network = Network::new();
    let mut alices_config = config("alice", ATLANTA, "zanzibar", 1);
    alices_config.flows = 2;
    let alice = network.add("alice", UserAgent::new(alices_config));
    let dead = network.add("proxy 1", ScriptedPeer::answering(|_| Vec::new()));
    let proxy = network.add("proxy 2", Proxy::new(second, [3; 32]));
    let bob = network.add("bob", bob());
    connect(&mut network, alice, dead);
    connect(&mut network, alice, proxy);
    connect(&mut network, bob, proxy);
    call_bob(&mut network, alice, bob);
    network.run_for(Duration::from_secs(33)).unwrap();
    (network, [alice, bob])
}

// RFC 3665 §3.4: as there, and Bob hangs up.
#[test]
fn rfc3665_3_4_session_with_proxy_failure() {
    let second = server("ss2.biloxi.example.com", ATLANTA)
        .with_domain(BILOXI.parse().unwrap())
        .with_user("alice", "zanzibar")
        .with_user("bob", "zanzibar")
        .with_proxy_authentication(ProxyAuthentication::OutsideDialogs);
    let (mut network, [alice, bob]) = call_by_way_of_the_second_proxy(second);
    ring_and_accept(&mut network, bob);
    network.with(bob, |bob, now| on_call(bob, |core, call| core.hang_up(call, now)));
    network.settle().unwrap();
    let participants = ["alice", "proxy 1", "proxy 2", "bob"];
    insta::assert_snapshot!(Ladder::new(network.records()).participants(&participants));
    network.run_for(Duration::from_secs(40)).unwrap();
    for user_agent in [alice, bob] {
        assert!(network.with(user_agent, |user_agent, _| user_agent.core().is_idle()));
    }
}

// RFC 3665 §3.6: as there, the offer in the 200 and the answer in the ACK; but that Alice, who has one connection, reaches
// the redirect server through her proxy.
#[test]
fn rfc3665_3_6_session_via_redirect_and_proxy_servers() {
    let mut network = Network::new();
    let alice = network.add("alice", alice());
    let atlanta = network.add("atlanta", Proxy::new(server("ss1.atlanta.example.com", ATLANTA), [2; 32]));
    let redirect = network.add(
        "redirect",
        ScriptedPeer::answering(|message| match message {
            Message::Request(request) if request.method().as_str() == "INVITE" => {
                let Message::Response(mut moved) =
                    answer(request, StatusCode::MOVED_TEMPORARILY, "53fHlqlQ2")
                else {
                    return Vec::new();
                };
                let contact = "<sip:bob@chicago.example.com>";
                moved.headers_mut().push_text(&HeaderName::Contact, contact).unwrap();
                vec![moved.into()]
            }
            _ => Vec::new(),
        }),
    );
    let chicago = network.add("chicago", Proxy::new(server("ss3.chicago.example.com", CHICAGO), [3; 32]));
    let bob = network.add("bob", user_agent("bob", CHICAGO, "zanzibar", 4));
    connect(&mut network, alice, atlanta);
    connect(&mut network, bob, chicago);
    peer(&mut network, (atlanta, ATLANTA), (redirect, BILOXI));
    peer(&mut network, (atlanta, ATLANTA), (chicago, CHICAGO));
    register(&mut network, bob);
    let target = "sip:bob@biloxi.example.com".parse().unwrap();
    let no_offer = CallOptions::default();
    let call =
        network.with(alice, |alice, now| alice.core_mut().invite_with(&target, &no_offer, now)).unwrap();
    network.settle().unwrap();
    ring_and_accept(&mut network, bob);
    network.with(alice, |alice, now| alice.core_mut().answer(call, alices(), now)).unwrap();
    network.settle().unwrap();
    network.with(bob, |bob, now| on_call(bob, |core, call| core.hang_up(call, now)));
    network.settle().unwrap();
    let participants = ["alice", "atlanta", "redirect", "chicago", "bob"];
    insta::assert_snapshot!(Ladder::new(network.records()).participants(&participants));
    let described = network.records().iter().filter(|record| !record.message.body().is_empty());
    let labels: Vec<String> = described.map(|record| record.label()).collect();
    assert_eq!(labels, ["200 OK (INVITE)", "200 OK (INVITE)", "200 OK (INVITE)", "ACK", "ACK", "ACK"]);
}

// RFC 3665 §3.7: as there, but through one proxy all along. Bob has another address, Alice answers, and hangs up later.
#[test]
fn rfc3665_3_7_session_with_re_invite() {
    let mut network = Network::new();
    let alice = network.add("alice", alice());
    let proxy = network.add("biloxi", Proxy::new(server("ss2.biloxi.example.com", BILOXI), [3; 32]));
    let bob = network.add("bob", bob());
    connect(&mut network, alice, proxy);
    connect(&mut network, bob, proxy);
    let call = call_bob(&mut network, alice, bob);
    network.settle().unwrap();
    ring_and_accept(&mut network, bob);
    let moved = description("192.0.2.205");
    network.with(bob, |bob, now| on_call(bob, |core, call| core.offer(call, moved, now))).unwrap();
    network.settle().unwrap();
    network.with(alice, |alice, now| alice.core_mut().answer(call, alices(), now)).unwrap();
    network.settle().unwrap();
    network.with(alice, |alice, now| alice.core_mut().hang_up(call, now));
    network.settle().unwrap();
    insta::assert_snapshot!(Ladder::new(network.records()).participants(&["alice", "biloxi", "bob"]));
}

// RFC 3665 §3.9: as there.
#[test]
fn rfc3665_3_9_unsuccessful_busy() {
    let mut world = Trapezoid::new(false, false);
    world.call();
    world.reject(StatusCode::BUSY_HERE);
    insta::assert_snapshot!(world.ladder());
    world.assert_nothing_is_left();
}

// RFC 3665 §3.10: as there, with 408 where the RFC's proxy says 480: RFC 3261 §16.7 asks for 408 upon timer B.
#[test]
fn rfc3665_3_10_unsuccessful_no_response_from_user_agent() {
    let mut world = Trapezoid::new(false, false);
    world.network.partition(world.bobs_link, Direction::There);
    world.call();
    world.network.run_for(Duration::from_secs(40)).unwrap();
    insta::assert_snapshot!(world.ladder());
    world.assert_nothing_is_left();
}

// RFC 3665 §3.11: as there.
#[test]
fn rfc3665_3_11_unsuccessful_temporarily_unavailable() {
    let mut world = Trapezoid::new(false, false);
    world.call();
    world.ring();
    world.reject(StatusCode::TEMPORARILY_UNAVAILABLE);
    insta::assert_snapshot!(world.ladder());
    world.assert_nothing_is_left();
}

const ATLANTA: &str = "atlanta.example.com";
const BILOXI: &str = "biloxi.example.com";
const CHICAGO: &str = "chicago.example.com";
