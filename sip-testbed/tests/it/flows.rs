//! A user agent with two flows to two edges in front of one registrar: RFC 5626 §4.2, §5.1, §5.3, §7, RFC 3327; AC-32, AC-40.

use sip_dialog::SessionEvent;
use sip_message::{Body, CSeq, CallId, HeaderName, Message, Method, Request};
use sip_testbed::sim::{Latency, Network, NodeId, UserAgent};
use sip_testbed::{FlowProfile, Proxy, ProxyConfig, Record};
use sip_transaction::FlowId;
use sip_ua::core::{CallKey, Config, Event, GruuUse};
use std::time::Duration;

const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";

/// Alice has a flow to each edge, Bob one to the second.
struct World {
    network: Network,
    home: NodeId<Proxy>,
    edges: [NodeId<Proxy>; 2],
    /// The links between the edges and the registrar, or the edge before it.
    trunks: [FlowId; 2],
    /// That edge, and its link to the registrar.
    inner: Option<(NodeId<Proxy>, FlowId)>,
    alice: NodeId<UserAgent>,
    /// Those of alice.
    flows: [FlowId; 2],
    bob: NodeId<UserAgent>,
    bobs_flow: FlowId,
}

fn user_agent(user: &str, seed: u8, flows: u32, gruu: GruuUse) -> UserAgent {
    let mut config = Config::new(format!("sip:{user}@example.test").parse().unwrap(), [seed; 32]);
    let instance = format!("urn:uuid:00000000-0000-1000-8000-AABBCCDDEE{seed:02X}");
    config.instance = Some(instance.parse().unwrap());
    (config.flows, config.gruu) = (flows, gruu);
    UserAgent::new(config)
}

fn latency() -> Latency {
    Latency::both(Duration::from_millis(10))
}

/// The profile of a link to an edge.
fn to(name: &str) -> FlowProfile {
    FlowProfile::tcp().with_domain(name.parse().unwrap())
}

/// The profile of a link to the registrar.
fn to_home() -> FlowProfile {
    let home = FlowProfile::tcp().with_domain("home.example.test".parse().unwrap());
    home.with_domain("example.test".parse().unwrap())
}

impl World {
    /// `names` are what the edges write into Path and Record-Route.
    fn new(names: [&str; 2]) -> Self {
        let (mut network, home, edges) = Self::servers(names);
        let mut trunk = |number: usize| {
            network.connect_as(edges[number], home, (to_home(), to(names[number])), latency())
        };
        let trunks = [trunk(0), trunk(1)];
        if names[0] != names[1] {
            network.connect_as(edges[0], edges[1], (to(names[1]), to(names[0])), latency());
        }
        Self::phones(network, (home, edges), (trunks, None), GruuUse::Public)
    }

    /// Both edges have one name and are in front of a third one. Nobody has told the servers, which are connected to, who is
    /// in front of them.
    fn nested() -> Self {
        Self::nested_with(GruuUse::Public)
    }

    /// The same; the phones show this GRUU.
    fn nested_with(gruu: GruuUse) -> Self {
        let (mut network, home, edges) = Self::servers(["outer.example.test", "outer.example.test"]);
        let config = ProxyConfig::new("sip:inner.example.test".parse().unwrap());
        let config = config.with_home("example.test".parse().unwrap());
        let config = config.with_flow_timer(Duration::from_secs(50));
        let inner = network.add("inner", Proxy::new(config, [5; 32]));
        let mut link = |from, to| network.connect_as(from, to, (to_home(), FlowProfile::ws()), latency());
        let to_registrar = link(inner, home);
        let trunks = edges.map(|edge| link(edge, inner));
        Self::phones(network, (home, edges), (trunks, Some((inner, to_registrar))), gruu)
    }

    /// The registrar and two edges of these names.
    fn servers(names: [&str; 2]) -> (Network, NodeId<Proxy>, [NodeId<Proxy>; 2]) {
        let mut network = Network::new();
        let home = ProxyConfig::new("sip:home.example.test".parse().unwrap()).with_gruu();
        let home =
            network.add("home", Proxy::new(home.with_domain("example.test".parse().unwrap()), [9; 32]));
        let mut edge = |number: usize| {
            let config = ProxyConfig::new(format!("sip:{}", names[number]).parse().unwrap());
            let config = config.with_home("example.test".parse().unwrap());
            let config = config.with_flow_timer(Duration::from_secs(100 + number as u64));
            let seed = u8::try_from(number).unwrap();
            network.add(&format!("edge{}", number + 1), Proxy::new(config, [seed; 32]))
        };
        let edges = [edge(0), edge(1)];
        (network, home, edges)
    }

    /// Alice has a flow to each edge, Bob one to the second, and all are registered.
    fn phones(
        mut network: Network,
        (home, edges): (NodeId<Proxy>, [NodeId<Proxy>; 2]),
        (trunks, inner): ([FlowId; 2], Option<(NodeId<Proxy>, FlowId)>),
        gruu: GruuUse,
    ) -> Self {
        let alice = network.add("alice", user_agent("alice", 1, 2, gruu));
        let bob = network.add("bob", user_agent("bob", 2, 1, gruu));
        let mut link = |phone, edge| network.connect(phone, edge, FlowProfile::ws(), latency());
        let flows = [link(alice, edges[0]), link(alice, edges[1])];
        let bobs_flow = link(bob, edges[1]);
        let mut world = Self { network, home, edges, trunks, inner, alice, flows, bob, bobs_flow };
        for phone in [alice, bob] {
            world.network.with(phone, |phone, now| phone.core_mut().register(now));
        }
        world.settle();
        world
    }

    fn apart() -> Self {
        Self::new(["edge1.example.test", "edge2.example.test"])
    }

    fn settle(&mut self) {
        self.network.settle().unwrap();
    }

    fn registered(&mut self) -> Vec<u32> {
        self.network.with(self.alice, |alice, _| alice.core().registered_flows().collect())
    }

    /// A call that stands, by `caller`; gives it at both ends, that of alice first.
    fn call(&mut self, caller: NodeId<UserAgent>) -> [CallKey; 2] {
        let (callee, name) = if caller == self.alice { (self.bob, "bob") } else { (self.alice, "alice") };
        let target = format!("sip:{name}@example.test").parse().unwrap();
        let invite = |phone: &mut UserAgent, now| phone.core_mut().invite(&target, &Body::sdp(SDP), now);
        let outgoing = self.network.with(caller, invite).unwrap();
        self.settle();
        let incoming = self.network.with(callee, |phone, _| phone.incoming_call()).expect("it rings");
        let accept =
            |phone: &mut UserAgent, now| phone.core_mut().accept(incoming, Some(Body::sdp(SDP)), now);
        self.network.with(callee, accept).unwrap();
        self.settle();
        if caller == self.alice { [outgoing, incoming] } else { [incoming, outgoing] }
    }

    /// The way to the registrar is lost, whose edges then close all that they had from clients; these come back at once.
    fn lose_registrar(&mut self) {
        let to_registrar = self.inner.map(|(_, flow)| flow);
        let clients = self.flows.into_iter().chain([self.bobs_flow]);
        for flow in to_registrar.into_iter().chain(self.trunks).chain(clients) {
            self.network.disconnect(flow);
        }
        self.network.run_for(Duration::from_millis(100)).unwrap();
        if let Some((inner, _)) = self.inner {
            let ends = || (to_home(), FlowProfile::ws());
            self.trunks = self.edges.map(|edge| self.network.connect_as(edge, inner, ends(), latency()));
        }
        let mut link = |phone, edge| self.network.connect(phone, edge, FlowProfile::ws(), latency());
        self.flows = [link(self.alice, self.edges[0]), link(self.alice, self.edges[1])];
        self.bobs_flow = link(self.bob, self.edges[1]);
    }

    /// It is there again, and has forgotten all.
    fn find_registrar(&mut self) {
        let mut link =
            |edge, profile| self.network.connect_as(edge, self.home, (to_home(), profile), latency());
        match self.inner {
            Some((inner, _)) => self.inner = Some((inner, link(inner, FlowProfile::ws()))),
            None => {
                let [first, second] = self.edges;
                self.trunks = [link(first, to("edge1.example.test")), link(second, to("edge2.example.test"))];
            }
        }
    }

    fn hang_up(&mut self, phone: NodeId<UserAgent>, call: CallKey) {
        self.network.with(phone, |phone, now| phone.core_mut().hang_up(call, now));
        self.settle();
    }

    /// `who` hangs up, and the call is over at both ends.
    fn ends(&mut self, who: &str, [outgoing, incoming]: [CallKey; 2]) {
        let (alice, bob) = (self.alice, self.bob);
        match who {
            "alice" => self.hang_up(alice, outgoing),
            _ => self.hang_up(bob, incoming),
        }
        let is_ended = |event: &SessionEvent| matches!(event, SessionEvent::Ended(_));
        let both = self.is(alice, outgoing, is_ended) && self.is(bob, incoming, is_ended);
        assert!(both, "{:#?}", self.arrows());
    }

    fn is(&mut self, phone: NodeId<UserAgent>, call: CallKey, meant: impl Fn(&SessionEvent) -> bool) -> bool {
        let is_meant =
            |event: &Event| matches!(event, Event::Call { call: of, event } if *of == call && meant(event));
        self.network.with(phone, |phone, _| phone.events().iter().any(is_meant))
    }

    /// The requests of this method between two nodes.
    fn requests(&self, from: &str, to: &str, method: &Method) -> Vec<Request> {
        let between = |record: &&Record| record.from == from && record.to == to;
        let requests =
            self.network.records().iter().filter(between).filter_map(|record| record.message.as_request());
        requests.filter(|request| request.method() == method).cloned().collect()
    }

    /// What goes over the wires when alice is called and only her second edge knows that her flow to it is dead.
    fn called_by_one_flow(&mut self) -> Vec<String> {
        self.network.clear_records();
        let [_, second] = self.flows;
        self.network.notice(self.edges[1], second);
        self.settle();
        let bob = self.bob;
        self.call(bob);
        self.arrows()
    }

    /// The messages as `alice -> edge1 INVITE`.
    fn arrows(&self) -> Vec<String> {
        let arrow = |record: &Record| format!("{} -> {} {}", record.from, record.to, record.label());
        self.network.records().iter().map(arrow).collect()
    }
}

fn value(message: &Message, name: &HeaderName) -> String {
    let values: Vec<_> = message.headers().iter().filter(|field| field.name() == *name).collect();
    values.iter().map(|field| field.text().unwrap().to_string()).collect::<Vec<_>>().join("\n")
}

// rfc5626#4.2, rfc5626#5.1, rfc3327#5.2
#[test]
fn each_flow_is_registered_by_its_own_reg_id_with_the_path_of_its_edge() {
    let mut world = World::apart();
    assert_eq!(world.registered(), [1, 2]);
    for (edge, reg_id) in [("edge1", 1), ("edge2", 2)] {
        let [register] = &world.requests("alice", edge, &Method::Register)[..] else {
            panic!("one REGISTER")
        };
        let contact = value(&register.clone().into(), &HeaderName::Contact);
        assert!(contact.contains(&format!("reg-id={reg_id}")), "{contact}");
        let forwarded = world.requests(edge, "home", &Method::Register);
        let path = value(&forwarded[0].clone().into(), &HeaderName::Path);
        assert!(path.ends_with(&format!("@{edge}.example.test;lr;ob>")), "{path}");
    }
}

// rfc5626#7
#[test]
fn a_user_agent_with_two_flows_rings_once() {
    let mut world = World::apart();
    let bob = world.bob;
    world.call(bob);
    let rung = ["edge1", "edge2"].map(|edge| world.requests(edge, "alice", &Method::Invite).len());
    assert_eq!(rung.iter().sum::<usize>(), 1, "{rung:?}");
}

// rfc5626#5.3.1, rfc5626#7
#[test]
fn ac32_a_flow_that_is_dead_at_its_edge_gets_430_and_the_call_rings_by_the_other() {
    let mut world = World::apart();
    let arrows = world.called_by_one_flow();
    assert!(arrows.contains(&"edge2 -> home 430 Flow Failed (INVITE)".to_owned()), "{arrows:#?}");
    assert!(arrows.contains(&"edge1 -> alice INVITE".to_owned()), "{arrows:#?}");
    assert!(!arrows.iter().any(|arrow| arrow.starts_with("edge2 -> bob 4")), "{arrows:#?}");
}

#[test]
fn ac40_a_call_lives_on_its_flow_while_that_is_up() {
    let mut world = World::apart();
    let alice = world.alice;
    let [call, _] = world.call(alice);
    world.hang_up(alice, call);
    assert_eq!(world.requests("alice", "edge1", &Method::Bye).len(), 1);
    assert!(world.requests("alice", "edge2", &Method::Bye).is_empty());
}

/// The flow is cut, the edge is well: the call goes on by the other flow at once, and what the peer sends arrives.
#[test]
fn ac40_a_call_whose_flow_is_cut_goes_on_by_the_other_flow_at_once() {
    for who in ["alice", "bob"] {
        let mut world = World::apart();
        let alice = world.alice;
        let [outgoing, incoming] = world.call(alice);
        world.network.clear_records();
        let cut_at = world.network.now();
        world.network.disconnect(world.flows[0]);
        world.settle();
        assert!(
            world.is(alice, outgoing, |event| matches!(event, SessionEvent::Resumed)),
            "{:#?}",
            world.arrows()
        );
        assert_eq!(world.requests("alice", "edge2", &Method::Invite).len(), 1, "one re-INVITE");
        assert!(world.network.now() - cut_at < Duration::from_millis(500));
        assert!(world.requests("alice", "edge2", &Method::Register).is_empty(), "that flow is registered");
        assert_eq!(world.registered(), [2]);
        world.ends(who, [outgoing, incoming]);
    }
}

/// AC-1, AC-11: the flow that comes back registers once, as the flow it was; the call stays where it is.
#[test]
fn ac11_a_flow_that_comes_back_is_registered_again_under_its_number() {
    let mut world = World::apart();
    let alice = world.alice;
    let first = world.requests("alice", "edge1", &Method::Register).remove(0);
    let [outgoing, _] = world.call(alice);
    world.network.disconnect(world.flows[0]);
    world.settle();
    world.network.run_for(Duration::from_secs(60)).unwrap();
    world.network.clear_records();
    world.network.connect(alice, world.edges[0], FlowProfile::ws(), latency());
    world.settle();
    let [again] = &world.requests("alice", "edge1", &Method::Register)[..] else { panic!("one REGISTER") };
    let call_id = |request: &Request| request.headers().required::<CallId>().unwrap();
    assert_eq!(call_id(again), call_id(&first));
    let number = |request: &Request| request.headers().required::<CSeq>().unwrap().number;
    assert!(number(again) > number(&first));
    assert!(value(&again.clone().into(), &HeaderName::Contact).contains("reg-id=1"));
    assert_eq!(world.registered(), [1, 2]);
    assert!(world.requests("alice", "edge1", &Method::Invite).is_empty(), "the call is not moved twice");
    world.hang_up(alice, outgoing);
    assert_eq!(world.requests("alice", "edge2", &Method::Bye).len(), 1);
}

/// An edge dies with all its flows; the edges share one name, so that either can serve the dialogs of the other.
#[test]
fn ac40_a_call_outlives_its_edge() {
    for who in ["alice", "bob"] {
        let mut world = World::new(["edge.example.test", "edge.example.test"]);
        let alice = world.alice;
        let [outgoing, incoming] = world.call(alice);
        world.network.clear_records();
        world.network.disconnect(world.flows[0]);
        world.network.disconnect(world.trunks[0]);
        world.settle();
        assert!(
            world.is(alice, outgoing, |event| matches!(event, SessionEvent::Resumed)),
            "{:#?}",
            world.arrows()
        );
        world.ends(who, [outgoing, incoming]);
    }
}

/// The registrar is away for a while: its edges let go of their clients, who are back at once, and say 503 until it is there
/// again. The flow to a live edge has not failed, so nobody waits for half a minute.
// rfc5626#4.2.1, type=test
#[test]
fn ac4_a_call_goes_on_soon_after_the_registrar_is_back_behind_its_edges() {
    for (away, who) in [(5, "alice"), (5, "bob"), (10, "bob"), (25, "alice")] {
        for nested in [false, true] {
            let mut world = if nested { World::nested() } else { World::apart() };
            let (alice, bob) = (world.alice, world.bob);
            let call = world.call(alice);
            world.network.run_for(Duration::from_secs(60)).unwrap();
            world.network.clear_records();
            world.lose_registrar();
            world.network.run_for(Duration::from_secs(away)).unwrap();
            assert!(!world.is(alice, call[0], |event| matches!(event, SessionEvent::Resumed)));
            assert_eq!(world.registered(), []);
            world.find_registrar();
            world.network.run_for(Duration::from_secs(15)).unwrap();
            assert_eq!(world.registered(), [1, 2], "{away} {nested} {:#?}", world.arrows());
            let is_resumed = |event: &SessionEvent| matches!(event, SessionEvent::Resumed);
            assert!(world.is(alice, call[0], is_resumed), "{away} {nested} {:#?}", world.arrows());
            assert!(world.is(bob, call[1], is_resumed), "{away} {nested} {:#?}", world.arrows());
            let registers = world.requests("bob", "edge2", &Method::Register).len();
            assert!((2..=4).contains(&registers), "{registers} in {away} s");
            world.ends(who, call);
        }
    }
}

/// Edges with one name are told apart by the flow of the dialog, which an ACK needs most: nobody answers it.
#[test]
fn an_ack_goes_by_the_edge_of_its_callee_though_both_have_one_name() {
    let mut world = World::new(["edge.example.test", "edge.example.test"]);
    let alice = world.alice;
    world.call(alice);
    assert_eq!(world.requests("home", "edge1", &Method::Ack).len(), 0, "{:#?}", world.arrows());
    assert_eq!(world.requests("edge2", "bob", &Method::Ack).len(), 1, "{:#?}", world.arrows());
}

/// The edge follows a client that comes back to it: a request for the dialogs of before, which names the flow that is gone,
/// arrives, and an INVITE that rang meanwhile rings on.
#[test]
fn ac40_a_client_that_comes_back_to_its_edge_is_reached_in_its_dialogs() {
    for nested in [false, true] {
        let mut world = if nested { World::nested() } else { World::apart() };
        let (alice, bob) = (world.alice, world.bob);
        let lose_and_come_back = |world: &mut World| {
            world.network.disconnect(world.bobs_flow);
            world.network.run_for(Duration::from_secs(2)).unwrap();
            world.bobs_flow = world.network.connect(bob, world.edges[1], FlowProfile::ws(), latency());
            world.settle();
        };
        let call = world.call(alice);
        lose_and_come_back(&mut world);
        assert!(
            world.is(bob, call[1], |event| matches!(event, SessionEvent::Resumed)),
            "{:#?}",
            world.arrows()
        );
        world.ends("alice", call);

        let target = "sip:bob@example.test".parse().unwrap();
        let invite = |phone: &mut UserAgent, now| phone.core_mut().invite(&target, &Body::sdp(SDP), now);
        let outgoing = world.network.with(alice, invite).unwrap();
        world.settle();
        let incoming = world.network.with(bob, |bob, _| bob.incoming_call()).expect("it rings");
        world.network.with(bob, |bob, now| bob.core_mut().ring(incoming, now)).unwrap();
        world.settle();
        lose_and_come_back(&mut world);
        world
            .network
            .with(bob, |bob, now| bob.core_mut().accept(incoming, Some(Body::sdp(SDP)), now))
            .unwrap();
        world.settle();
        let is_up = |event: &SessionEvent| matches!(event, SessionEvent::Established { .. });
        assert!(world.is(alice, outgoing, is_up) && world.is(bob, incoming, is_up), "{:#?}", world.arrows());
        world.ends("bob", [outgoing, incoming]);
    }
}

/// While a call rings its answer belongs to the edge that has its INVITE: it waits for that flow.
#[test]
fn a_call_that_rings_waits_for_its_own_flow() {
    let mut world = World::apart();
    let (alice, bob) = (world.alice, world.bob);
    let target = "sip:bob@example.test".parse().unwrap();
    let invite = |phone: &mut UserAgent, now| phone.core_mut().invite(&target, &Body::sdp(SDP), now);
    let outgoing = world.network.with(alice, invite).unwrap();
    world.settle();
    let incoming = world.network.with(bob, |bob, _| bob.incoming_call()).expect("it rings");
    world.network.with(bob, |bob, now| bob.core_mut().ring(incoming, now)).unwrap();
    world.settle();
    world.network.clear_records();
    world.network.disconnect(world.flows[0]);
    world.settle();
    assert!(world.requests("alice", "edge2", &Method::Invite).is_empty());
    world.network.run_for(Duration::from_secs(2)).unwrap();
    world.network.connect(alice, world.edges[0], FlowProfile::ws(), latency());
    world.settle();
    world.network.with(bob, |bob, now| bob.core_mut().accept(incoming, Some(Body::sdp(SDP)), now)).unwrap();
    world.network.run_for(Duration::from_secs(20)).unwrap();
    let is_up = |event: &SessionEvent| matches!(event, SessionEvent::Established { .. });
    assert!(world.is(alice, outgoing, is_up), "{:#?}", world.arrows());
}

/// AC-1: whatever happens to the flows, each has one REGISTER in flight.
#[test]
fn ac01_no_flow_has_two_registers_in_flight() {
    let mut world = World::apart();
    for round in 0..6 {
        let edge = round % 2;
        let flow = world.flows[edge];
        world.network.disconnect(flow);
        world.network.run_for(Duration::from_secs(15)).unwrap();
        world.flows[edge] =
            world.network.connect(world.alice, world.edges[edge], FlowProfile::ws(), latency());
        world.network.with(world.alice, |alice, now| alice.core_mut().register(now));
        world.network.run_for(Duration::from_secs(15)).unwrap();
        assert_eq!(world.registered(), [1, 2], "round {round}");
    }
    let mut open: Vec<(String, u32)> = Vec::new();
    for record in world.network.records() {
        let Ok(CSeq { number, method: Method::Register }) = record.message.headers().required() else {
            continue;
        };
        let call_id = record.message.headers().required::<CallId>().unwrap().0;
        match &record.message {
            Message::Request(_) if record.from == "alice" => {
                assert!(!open.iter().any(|(of, _)| *of == call_id), "two at once");
                open.push((call_id, number));
            }
            Message::Response(response) if record.to == "alice" && response.status().is_final() => {
                open.retain(|(of, _)| *of != call_id);
            }
            Message::Request(_) | Message::Response(_) => {}
        }
    }
}

// rfc3327#5.2, rfc5626#5.1, rfc5626#5.4
/// Both edges are on the Path; the one that the user agent is connected to is the last one of it, says `ob`, and alone tells
/// the Flow-Timer.
#[test]
fn an_edge_behind_an_edge_is_on_the_path_too() {
    let mut world = World::nested();
    assert_eq!(world.registered(), [1, 2]);
    for register in world.requests("inner", "home", &Method::Register) {
        let path = value(&register.into(), &HeaderName::Path);
        let hosts: Vec<&str> = path.split(['\n', ',']).filter_map(|path| path.split('@').nth(1)).collect();
        assert_eq!(hosts, ["inner.example.test;lr>", "outer.example.test;lr;ob>"], "{path}");
    }
    for (number, edge) in ["edge1", "edge2"].into_iter().enumerate() {
        let told = |from: &str, to: &str| {
            let records =
                world.network.records().iter().filter(|record| record.from == from && record.to == to);
            let timers = records.map(|record| value(&record.message, &HeaderName::FlowTimer));
            timers.filter(|timer| !timer.is_empty()).collect::<Vec<_>>()
        };
        assert_eq!(told(edge, "alice"), [format!("{}", 100 + number)]);
        assert_eq!(told("inner", edge), [""; 0]);
    }
}

#[test]
fn calls_go_both_ways_through_edges_behind_edges() {
    for (caller, who) in [("alice", "alice"), ("alice", "bob"), ("bob", "alice"), ("bob", "bob")] {
        let mut world = World::nested();
        let node = if caller == "alice" { world.alice } else { world.bob };
        world.network.clear_records();
        let call = world.call(node);
        let acks = world.arrows().iter().filter(|arrow| arrow.ends_with(" ACK")).count();
        assert_eq!(acks, 6, "{:#?}", world.arrows());
        world.ends(who, call);
    }
}

// rfc5626#5.3.1, rfc5626#7
#[test]
fn a_flow_that_is_dead_at_its_edge_is_told_through_the_edge_behind() {
    let mut world = World::nested();
    let arrows = world.called_by_one_flow();
    for arrow in ["edge2 -> inner 430 Flow Failed (INVITE)", "inner -> home 430 Flow Failed (INVITE)"] {
        assert!(arrows.contains(&arrow.to_owned()), "{arrows:#?}");
    }
    assert!(arrows.contains(&"edge1 -> alice INVITE".to_owned()), "{arrows:#?}");
}

/// An edge dies with all its flows, and the edge behind it finds the other way.
#[test]
fn ac40_a_call_outlives_an_edge_in_front_of_an_edge() {
    for who in ["alice", "bob"] {
        let mut world = World::nested();
        let alice = world.alice;
        let call = world.call(alice);
        world.network.disconnect(world.flows[0]);
        world.network.disconnect(world.trunks[0]);
        world.settle();
        assert!(
            world.is(alice, call[0], |event| matches!(event, SessionEvent::Resumed)),
            "{:#?}",
            world.arrows()
        );
        world.ends(who, call);
    }
}

// rfc5627#4.4, type=test
/// Neither shows its address-of-record in its Contact; the call lasts for several registrations, outlives an edge, and both
/// ends reach each other by the GRUUs of before.
#[test]
fn ac40_a_call_by_temporary_gruus_goes_on_through_refreshes_and_edges() {
    for (caller, who) in [("alice", "alice"), ("alice", "bob"), ("bob", "alice"), ("bob", "bob")] {
        let mut world = World::nested_with(GruuUse::Temporary);
        let (alice, bob) = (world.alice, world.bob);
        world.network.clear_records();
        let call = world.call(if caller == "alice" { alice } else { bob });
        let of_call = [Method::Invite, Method::Ack];
        let contacts: Vec<String> = world
            .network
            .records()
            .iter()
            .map(|record| &record.message)
            .filter(|message| {
                message.headers().required::<CSeq>().is_ok_and(|cseq| of_call.contains(&cseq.method))
            })
            .map(|message| value(message, &HeaderName::Contact))
            .filter(|contact| !contact.is_empty())
            .collect();
        assert!(contacts.len() >= 2, "{contacts:?}");
        assert!(contacts.iter().all(|contact| contact.starts_with("<sip:tgruu.")), "{contacts:?}");
        world.network.run_for(Duration::from_secs(1800)).unwrap();
        assert!(world.requests("inner", "home", &Method::Register).len() >= 6, "each flow is refreshed");
        world.network.disconnect(world.flows[0]);
        world.network.disconnect(world.trunks[0]);
        world.settle();
        world.network.run_for(Duration::from_secs(1800)).unwrap();
        world.ends(who, call);
    }
}
