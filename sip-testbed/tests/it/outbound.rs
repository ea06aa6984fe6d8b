//! Outbound registrations of whole user agents at the testbed's registrar: RFC 5626 §4.2, §6; AC-11.

use sip_message::{Body, HeaderName, Method};
use sip_testbed::sim::{Latency, Network, NodeId, UserAgent};
use sip_testbed::{FlowProfile, Proxy, ProxyConfig};
use sip_ua::core::Config;
use std::time::Duration;

const INSTANCE: &str = "urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF";

fn bob(run: u8) -> UserAgent {
    let mut config = Config::new("sip:bob@example.test".parse().unwrap(), [run; 32]);
    config.instance = Some(INSTANCE.parse().unwrap());
    UserAgent::new(config)
}

fn connect(network: &mut Network, phone: NodeId<UserAgent>, proxy: NodeId<Proxy>) {
    network.connect(phone, proxy, FlowProfile::ws(), Latency::both(Duration::from_millis(10)));
}

/// The first run of bob vanishes without a word; the second takes the place of its binding, so that a call rings once.
#[test]
fn ac11_a_restarted_user_agent_leaves_no_ghost() {
    let mut network = Network::new();
    let config = ProxyConfig::new("sip:proxy.example.test".parse().unwrap());
    let proxy =
        network.add("proxy", Proxy::new(config.with_domain("example.test".parse().unwrap()), [9; 32]));
    for (name, run) in [("bob, first run", 1), ("bob, second run", 2)] {
        let phone = network.add(name, bob(run));
        connect(&mut network, phone, proxy);
        network.with(phone, |phone, now| phone.core_mut().register(now));
        network.settle().unwrap();
        assert!(network.with(phone, |phone, _| phone.core().is_registered()));
    }
    let alice =
        network.add("alice", UserAgent::new(Config::new("sip:alice@example.test".parse().unwrap(), [3; 32])));
    connect(&mut network, alice, proxy);
    network.clear_records();
    let target = "sip:bob@example.test".parse().unwrap();
    network.with(alice, |alice, now| alice.core_mut().invite(&target, &Body::sdp("v=0\r\n"), now)).unwrap();
    network.settle().unwrap();
    let rung: Vec<_> = network
        .records()
        .iter()
        .filter(|record| record.from == "proxy" && record.label() == Method::Invite.as_str())
        .map(|record| record.to.clone())
        .collect();
    assert_eq!(rung, ["bob, second run"]);
}

/// The registrar of the testbed does outbound, and says so.
#[test]
fn the_registration_is_a_flow_of_rfc5626() {
    let mut network = Network::new();
    let config = ProxyConfig::new("sip:proxy.example.test".parse().unwrap());
    let proxy =
        network.add("proxy", Proxy::new(config.with_domain("example.test".parse().unwrap()), [9; 32]));
    let phone = network.add("bob", bob(1));
    connect(&mut network, phone, proxy);
    network.with(phone, |phone, now| phone.core_mut().register(now));
    network.settle().unwrap();
    let answer = &network.records().last().unwrap().message;
    let value = |name: HeaderName| String::from_utf8_lossy(answer.headers().raw(&name).unwrap()).into_owned();
    assert_eq!(value(HeaderName::Require), "outbound");
    assert!(value(HeaderName::Contact).contains("reg-id=1"), "{}", value(HeaderName::Contact));
}
