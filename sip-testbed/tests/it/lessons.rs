//! What every new stack has had to learn, each lesson once, by whole user agents: credentials per account, reuse of Contact
//! and flow, replies over WebSocket, the removal of transactions, addresses behind a NAT.

use crate::support::{config, from_alice, values};
use sip_auth::Account;
use sip_message::{Authorization, Body, HeaderName, Message, Method, ProxyAuthorization};
use sip_testbed::sim::{Direction, Latency, Network, NodeId, ScriptedPeer, UserAgent};
use sip_testbed::{FlowProfile, Proxy, ProxyAuthentication, ProxyConfig, Record};
use sip_transaction::FlowId;
use sip_ua::core::{Config, Usage};
use std::net::SocketAddr;
use std::time::Duration;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n";

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

    fn phone(&mut self, user: &str, change: impl Fn(&mut Config)) -> NodeId<UserAgent> {
        let seed = user.bytes().next().unwrap();
        let mut config = Config::new(format!("sip:{user}@example.test").parse().unwrap(), [seed; 32]);
        change(&mut config);
        self.network.add(user, UserAgent::new(config))
    }

    /// Connects and registers, over a link that the proxy sees so.
    fn register(&mut self, phone: NodeId<UserAgent>, profile: FlowProfile, seen: FlowProfile) -> FlowId {
        let latency = Latency::both(Duration::from_millis(10));
        let flow = self.network.connect_as(phone, self.proxy, (profile, seen), latency);
        self.network.with(phone, |phone, now| phone.core_mut().register(now));
        self.network.settle().unwrap();
        assert!(self.network.with(phone, |phone, _| phone.core().is_registered()));
        flow
    }

    fn message(&mut self, from: NodeId<UserAgent>, to: &str) {
        let target = format!("sip:{to}@example.test").parse().unwrap();
        self.network.with(from, |phone, now| phone.core_mut().message(&target, Body::text("hi"), now));
        self.network.settle().unwrap();
    }

    /// A call from one to the other, which is up when this is over.
    fn call(&mut self, from: NodeId<UserAgent>, to: NodeId<UserAgent>, user: &str) {
        let target = format!("sip:{user}@example.test").parse().unwrap();
        let invite = |phone: &mut UserAgent, now| phone.core_mut().invite(&target, &Body::sdp(SDP), now);
        self.network.with(from, invite).unwrap();
        self.network.settle().unwrap();
        let call = self.network.with(to, |phone, _| phone.incoming_call()).expect("it rings");
        let accept = |phone: &mut UserAgent, now| phone.core_mut().accept(call, Some(Body::sdp(SDP)), now);
        self.network.with(to, accept).unwrap();
        self.network.settle().unwrap();
    }

    fn hang_up(&mut self, phone: NodeId<UserAgent>) {
        self.network.with(phone, |phone, now| {
            let calls: Vec<_> = phone.core().calls().collect();
            calls.into_iter().for_each(|call| phone.core_mut().hang_up(call, now));
        });
        self.network.settle().unwrap();
    }

    /// The messages that `name` has sent.
    fn sent(&self, name: &str) -> impl Iterator<Item = &Record> {
        self.network.records().iter().filter(move |record| record.from == name)
    }
}

fn ws() -> FlowProfile {
    FlowProfile::ws()
}

/// The user names in the credentials of a message.
fn users(message: &Message) -> Vec<String> {
    let headers = message.headers();
    let own = headers.list::<Authorization>().map(|field| field.unwrap().0);
    let all = own.chain(headers.list::<ProxyAuthorization>().map(|field| field.unwrap().0));
    all.map(|credentials| credentials.get("username").unwrap().to_owned()).collect()
}

/// Two accounts of one realm in one process, with other passwords, at work at the same time.
#[test]
fn lesson_credentials_are_kept_per_account() {
    let config = config().with_user("alice", "zanzibar").with_user("bob", "ulan bator");
    let mut world = World::new(config.with_proxy_authentication(ProxyAuthentication::Always));
    let account = |user: &'static str, password: &'static str| {
        move |config: &mut Config| config.accounts = vec![Account::password(user, password)]
    };
    let alice = world.phone("alice", account("alice", "zanzibar"));
    let bob = world.phone("bob", account("bob", "ulan bator"));
    world.register(alice, ws(), ws());
    world.register(bob, ws(), ws());
    for _ in 0..3 {
        world.message(alice, "bob");
        world.message(bob, "alice");
    }
    world.call(alice, bob, "bob");
    world.hang_up(bob);
    for user in ["alice", "bob"] {
        let named: Vec<String> = world.sent(user).flat_map(|record| users(&record.message)).collect();
        assert!(named.len() >= 5 && named.iter().all(|name| name == user), "{user}: {named:?}");
        let refused = world.sent("proxy").filter(|record| record.to == user);
        let challenges = refused.filter(|record| record.label().starts_with("40")).count();
        assert!(challenges <= 4, "{user} is challenged {challenges} times");
    }
    // and who has the password of somebody else is not let in by it
    let mallory = world.phone("alice", account("alice", "ulan bator"));
    let latency = Latency::both(Duration::from_millis(10));
    world.network.connect(mallory, world.proxy, ws(), latency);
    world.network.with(mallory, |phone, now| phone.core_mut().register(now));
    world.network.settle().unwrap();
    assert!(!world.network.with(mallory, |phone, _| phone.core().is_registered()));
}

/// One Contact and one flow for the registration, its refreshes, calls and answers; the same Contact on the next flow.
#[test]
fn lesson_contact_and_flow_are_used_again() {
    let mut world = World::new(config());
    let (alice, bob) = (world.phone("alice", |_| {}), world.phone("bob", |_| {}));
    world.register(alice, ws(), ws());
    let flow = world.register(bob, ws(), ws());
    world.call(alice, bob, "bob");
    world.network.run_for(Duration::from_secs(1200)).unwrap();
    world.hang_up(alice);
    world.network.disconnect(flow);
    world.network.run_for(Duration::from_secs(30)).unwrap();
    world.register(bob, ws(), ws());
    world.call(alice, bob, "bob");
    let bare = |text: &str| text.split(['<', '>']).nth(1).unwrap().to_owned();
    let mut contacts: Vec<String> = world
        .sent("bob")
        .map(|record| values(&record.message, "Contact"))
        .filter(|contact| !contact.is_empty())
        .map(|contact| bare(&contact))
        .collect();
    assert!(contacts.len() >= 5, "REGISTER, refreshes, 180, 200, REGISTER, 180, 200: {contacts:?}");
    contacts.dedup();
    assert_eq!(contacts.len(), 1, "{contacts:?}");
    let aor = "sip:bob@example.test".parse().unwrap();
    let bindings = world.network.with(world.proxy, |proxy, now| proxy.bindings(&aor, now));
    assert_eq!(bindings.len(), 1, "{bindings:?}");
    assert!(world.sent("bob").all(|record| record.to == "proxy"));
}

/// Two clients with the same names behind one address: each gets the answers to what it asked, and no other.
#[test]
fn lesson_a_reply_goes_to_the_websocket_that_asked() {
    let mut world = World::new(config());
    let address: SocketAddr = "203.0.113.9:4711".parse().unwrap();
    let mut peers = Vec::new();
    for name in ["one", "two"] {
        let node = world.network.add(name, ScriptedPeer::new());
        let latency = Latency::both(Duration::from_millis(10));
        let flow = world.network.connect(node, world.proxy, ws().with_peer(address), latency);
        peers.push((node, flow));
    }
    // all the questions are there before the first answer, with the same Via host and sent-by
    for round in 0..5 {
        for (index, (node, flow)) in peers.iter().enumerate() {
            let branch = format!("{round}{index}");
            let ask = from_alice("OPTIONS", "sip:example.test", &branch);
            world.network.with(*node, |node, _| node.send(*flow, ask));
        }
    }
    world.network.settle().unwrap();
    for (index, (node, _)) in peers.iter().enumerate() {
        let received = world.network.with(*node, |node, _| node.received().to_vec());
        let calls: Vec<String> = received.iter().map(|answer| values(answer, "Call-ID")).collect();
        let own: Vec<String> = (0..5).map(|round| format!("call-{round}{index}")).collect();
        assert_eq!(calls, own);
    }
}

/// Whatever way a transaction ends, nothing is left of it 64·T1 later.
#[test]
fn lesson_transactions_are_removed() {
    let mut world = World::new(config().with_user("alice", "secret").with_user("bob", "secret"));
    let account = |config: &mut Config| {
        let user = config.aor.user().unwrap().into_owned();
        config.accounts = vec![Account::password(user, "secret")];
    };
    let (alice, bob) = (world.phone("alice", account), world.phone("bob", account));
    world.register(alice, ws(), ws());
    let flow = world.register(bob, ws(), ws());
    // answered, refused, unknown
    world.message(alice, "bob");
    world.message(alice, "nobody");
    world.call(alice, bob, "bob");
    world.hang_up(alice);
    // cancelled, and rung out
    let target = "sip:bob@example.test".parse().unwrap();
    for wait in [1, 400] {
        let invite = |phone: &mut UserAgent, now| phone.core_mut().invite(&target, &Body::sdp(SDP), now);
        world.network.with(alice, invite).unwrap();
        world.network.run_for(Duration::from_secs(wait)).unwrap();
        world.hang_up(alice);
    }
    // never answered: the other end is silent, then gone
    world.network.partition(flow, Direction::There);
    world.network.partition(flow, Direction::Back);
    world.message(alice, "bob");
    world.network.disconnect(flow);
    world.network.run_for(Duration::from_secs(400)).unwrap();
    for phone in [alice, bob] {
        let usage = world.network.with(phone, |phone, _| phone.core().usage());
        assert_eq!(usage, Usage::default());
    }
    assert!(world.network.with(world.proxy, |proxy, _| proxy.is_idle()));
}

/// Behind one NAT, with one private address: by WebSocket the Contact names nobody's address and each is reached by its
/// connection; by UDP the address that the server sees takes the place of the private one.
#[test]
fn lesson_addresses_behind_a_nat_mislead_nobody() {
    let private = |config: &mut Config| {
        config.local_address = Some(("192.168.7.7".parse().unwrap(), Some(5060)));
        config.interop.contact_user = Some("phone".to_owned());
    };
    let seen = |port: u16| SocketAddr::from(([203, 0, 113, 9], port));
    let mut world = World::new(config());
    let (alice, bob) = (world.phone("alice", |_| {}), world.phone("bob", |_| {}));
    world.register(alice, ws(), ws().with_peer(seen(1)));
    world.register(bob, ws(), ws().with_peer(seen(2)));
    world.call(alice, bob, "bob");
    world.hang_up(bob);
    let text: Vec<String> = ["alice", "bob"]
        .iter()
        .flat_map(|user| world.sent(user))
        .map(|record| values(&record.message, "Contact"))
        .collect();
    assert!(text.iter().all(|contact| contact.is_empty() || contact.contains(".invalid")), "{text:?}");
    assert_eq!(world.sent("alice").filter(|record| record.label() == "REGISTER").count(), 1);

    // the same two by UDP
    let mut world = World::new(config());
    let (alice, bob) = (world.phone("alice", private), world.phone("bob", private));
    world.register(alice, FlowProfile::udp(), FlowProfile::udp().with_peer(seen(1)));
    world.register(bob, FlowProfile::udp(), FlowProfile::udp().with_peer(seen(2)));
    for (user, expected) in [("alice", "sip:phone@203.0.113.9:1"), ("bob", "sip:phone@203.0.113.9:2")] {
        let aor = format!("sip:{user}@example.test").parse().unwrap();
        let bindings = world.network.with(world.proxy, |proxy, now| proxy.bindings(&aor, now));
        let bound: Vec<String> = bindings.iter().map(|(contact, _)| contact.uri.to_string()).collect();
        assert_eq!(bound, [expected], "the private one is gone");
    }
    world.call(alice, bob, "bob");
    world.hang_up(bob);
    let bye = world.sent("proxy").find(|record| record.label() == Method::Bye.as_str()).unwrap();
    assert_eq!(
        (bye.to.as_str(), bye.message.as_request().unwrap().request_uri()),
        ("alice", "sip:phone@203.0.113.9:1")
    );
    assert!(bye.message.headers().raw(&HeaderName::Via).is_some());
}
