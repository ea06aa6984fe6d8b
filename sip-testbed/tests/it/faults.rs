//! What the server does wrong on command, alone and before whole user agents: a storm of 503, wrong nonces, dead contacts.

use crate::support::{Core, authorized, config, register, values};
use sip_auth::Account;
use sip_message::{Body, Message, Method, StatusCode};
use sip_testbed::sim::{Cut, Latency, Network, NodeId, UserAgent};
use sip_testbed::{FlowProfile, Proxy, ProxyConfig, ProxyFault};
use sip_transaction::FlowId;
use sip_ua::core::{Config, Event};
use std::time::Duration;

#[test]
fn an_overloaded_server_refuses_everything_and_says_when_to_come_again() {
    let mut core = Core::new(config());
    core.proxy.set_fault(ProxyFault::Overload { retry_after: Some(30) }, core.now);
    let refused = core.ask(register("alice", 1, "Contact: <sip:a@a.invalid>"));
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(values(&Message::Response(refused), "Retry-After"), "30");
    core.proxy.set_fault(ProxyFault::Overload { retry_after: None }, core.now);
    let refused = core.ask(register("alice", 2, "Contact: <sip:a@a.invalid>"));
    assert_eq!(values(&Message::Response(refused), "Retry-After"), "");
    core.proxy.set_fault(ProxyFault::None, core.now);
    assert_eq!(core.status(register("alice", 3, "Contact: <sip:a@a.invalid>")), 200);
}

#[test]
fn wrong_nonces_are_good_credentials_that_are_challenged_again() {
    for stale in [true, false] {
        let mut core = Core::new(config().with_user("alice", "secret"));
        let first = register("alice", 1, "Contact: <sip:a@a.invalid>");
        let challenge = core.ask(first.clone());
        core.proxy.set_fault(ProxyFault::WrongNonces { stale }, core.now);
        let again = core.ask(authorized(&first, &challenge, "alice", "secret"));
        assert_eq!(again.status(), StatusCode::UNAUTHORIZED);
        let text = values(&Message::Response(again.clone()), "WWW-Authenticate");
        assert_eq!(text.contains("stale=true"), stale, "{text}");
        core.proxy.set_fault(ProxyFault::None, core.now);
        let second = register("alice", 2, "Contact: <sip:a@a.invalid>");
        assert_eq!(core.status(authorized(&second, &again, "alice", "secret")), 200);
    }
}

struct World {
    network: Network,
    proxy: NodeId<Proxy>,
}

impl World {
    fn new(config: ProxyConfig) -> Self {
        let mut network = Network::new();
        let proxy = network.add("proxy", Proxy::new(config, [9; 32]));
        Self { network, proxy }
    }

    fn phone(&mut self, name: &str, user: &str, change: impl Fn(&mut Config)) -> (NodeId<UserAgent>, FlowId) {
        let seed = u8::try_from(name.len()).unwrap();
        let mut config = Config::new(format!("sip:{user}@example.test").parse().unwrap(), [seed; 32]);
        config.accounts = vec![Account::password(user, "secret")];
        change(&mut config);
        let phone = self.network.add(name, UserAgent::new(config));
        let flow = self.connect(phone);
        self.network.with(phone, |phone, now| phone.core_mut().register(now));
        self.network.settle().unwrap();
        (phone, flow)
    }

    fn connect(&mut self, phone: NodeId<UserAgent>) -> FlowId {
        let latency = Latency::both(Duration::from_millis(10));
        self.network.connect(phone, self.proxy, FlowProfile::ws(), latency)
    }

    fn fail(&mut self, fault: ProxyFault) {
        self.network.with(self.proxy, |proxy, now| proxy.set_fault(fault, now));
    }

    fn is_registered(&mut self, phone: NodeId<UserAgent>) -> bool {
        self.network.with(phone, |phone, _| phone.core().is_registered())
    }

    /// How many requests of this method `name` has sent.
    fn sent(&self, name: &str, method: &Method) -> usize {
        let records = self.network.records().iter();
        records.filter(|record| record.from == name && record.label() == method.as_str()).count()
    }
}

/// AC-4: a storm never stops the loop, never makes it faster than one in ten seconds, and is survived.
#[test]
fn ac4_a_user_agent_outlasts_a_storm_of_503() {
    let mut world = World::new(config());
    world.fail(ProxyFault::Overload { retry_after: None });
    let (phone, _) = world.phone("alice", "alice", |_| {});
    world.network.run_for(Duration::from_secs(600)).unwrap();
    let tries = world.sent("alice", &Method::Register);
    assert!((3..=60).contains(&tries), "{tries} in ten minutes");
    assert!(!world.is_registered(phone));
    world.fail(ProxyFault::None);
    world.network.run_for(Duration::from_secs(1800)).unwrap();
    assert!(world.is_registered(phone));
}

/// A server that never takes its own nonces: no more than a few requests per attempt, then a typed end.
#[test]
fn wrong_nonces_stop_a_registration_after_the_permitted_tries() {
    for stale in [true, false] {
        let mut world = World::new(config().with_user("alice", "secret"));
        world.fail(ProxyFault::WrongNonces { stale });
        let (phone, _) = world.phone("alice", "alice", |_| {});
        world.network.run_for(Duration::from_secs(60)).unwrap();
        let tries = world.sent("alice", &Method::Register);
        assert!(tries <= 5, "{tries} tries, stale: {stale}");
        let told = world.network.with(phone, |phone, _| phone.take_events());
        let is_told = |event: &Event| matches!(event, Event::Registration { authentication: Some(_), .. });
        assert!(told.iter().any(is_told), "{told:?}");
    }
}

/// The contact of a lost connection rings nobody and hurts nobody: the call reaches the one that lives.
#[test]
fn ac11_dead_contacts_hinder_no_call() {
    let mut world = World::new(config());
    world.fail(ProxyFault::DeadContacts);
    let (_, dead) = world.phone("bob's first phone", "bob", |_| {});
    world.network.cut(dead, Cut::Clean);
    world.network.settle().unwrap();
    let (phone, _) = world.phone("bob", "bob", |_| {});
    let (alice, _) = world.phone("alice", "alice", |_| {});
    let target = "sip:bob@example.test".parse().unwrap();
    world
        .network
        .with(alice, |alice, now| alice.core_mut().invite(&target, &Body::sdp("v=0\r\n"), now))
        .unwrap();
    world.network.run_for(Duration::from_secs(1)).unwrap();
    let call = world.network.with(phone, |phone, _| phone.incoming_call()).expect("the living phone rings");
    world
        .network
        .with(phone, |phone, now| phone.core_mut().accept(call, Some(Body::sdp("v=0\r\n")), now))
        .unwrap();
    world.network.run_for(Duration::from_secs(300)).unwrap();
    let calls = world.network.with(alice, |alice, _| alice.core().calls().count());
    assert_eq!(calls, 1, "the call stands");
    assert!(world.network.with(world.proxy, |proxy, _| proxy.is_idle()), "the dead branch has ended");
}

/// One that registers with its instance takes the place of its own ghost even then (RFC 5626 §6), and when the fault
/// ends the ghosts of others go.
#[test]
fn ac11_an_instance_replaces_its_own_dead_contact() {
    let mut world = World::new(config());
    world.fail(ProxyFault::DeadContacts);
    let instance = |config: &mut Config| {
        config.instance = Some("urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF".parse().unwrap());
    };
    let (_, ghost) = world.phone("a stranger", "bob", |_| {});
    let (phone, lost) = world.phone("bob", "bob", instance);
    for flow in [ghost, lost] {
        world.network.cut(flow, Cut::Reset);
    }
    world.network.settle().unwrap();
    world.connect(phone);
    world.network.settle().unwrap();
    let bindings = |world: &World| {
        let mut answers = world.network.records().iter().filter(|record| record.to == "bob");
        let last = answers.rfind(|record| record.label().starts_with("200 OK")).unwrap();
        values(&last.message, "Contact").lines().count()
    };
    assert_eq!(bindings(&world), 2, "its own binding and the ghost of the stranger");
    world.fail(ProxyFault::None);
    world.network.with(phone, |phone, now| phone.core_mut().register(now));
    world.network.run_for(Duration::from_secs(30)).unwrap();
    assert_eq!(bindings(&world), 1);
}
