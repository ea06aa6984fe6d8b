//! GRUUs and Flow-Timer of the registrar, and an edge alone: RFC 5627 §5 and §6.1, RFC 5626 §5.4 and §6.

use crate::support::{Core, config, from_alice, register, values};
use sip_testbed::{FlowProfile, ProxyConfig};
use sip_transaction::FlowId;
use std::time::Duration;

const INSTANCE: &str = "+sip.instance=\"<urn:uuid:1>\"";

/// The Contact values of the answer to a REGISTER with these lines.
fn told_contacts(config: ProxyConfig, lines: &str) -> String {
    values(&Core::new(config).ask(register("alice", 1, lines)).into(), "Contact")
}

// rfc5627#5.1, type=test
// rfc5627#5.2, type=test
#[test]
fn a_public_gruu_is_told_to_who_supports_it_and_names_an_instance() {
    let asked = format!("Supported: gruu\nContact: <sip:alice@a.invalid>;{INSTANCE};pub-gruu=\"sip:mine\"");
    let gruu = "pub-gruu=\"sip:alice@example.test;gr=urn:uuid:1\"";
    assert!(told_contacts(config().with_gruu(), &asked).contains(gruu));
    assert!(!told_contacts(config(), &asked).contains("gruu"));
    for unasked in [
        format!("Contact: <sip:alice@a.invalid>;{INSTANCE};pub-gruu=\"sip:mine\""),
        "Supported: gruu\nContact: <sip:alice@a.invalid>".to_owned(),
    ] {
        let told = told_contacts(config().with_gruu(), &unasked);
        assert!(!told.contains("gruu"), "{told}");
    }
}

// rfc5627#5.1, type=test
#[test]
fn a_contact_that_leads_back_to_its_address_is_refused() {
    for circle in ["sip:alice@example.test", "sip:alice@example.test;gr=urn:uuid:1"] {
        let lines = format!("Supported: gruu\nContact: <{circle}>;{INSTANCE}");
        assert_eq!(Core::new(config().with_gruu()).status(register("alice", 1, &lines)), 403);
    }
}

// rfc5627#6.1, type=test
#[test]
fn a_gruu_leads_to_its_instance_only_and_to_nobody_while_that_is_away() {
    let mut core = Core::new(config().with_gruu());
    core.proxy.handle_flow_opened(FlowId::new(2), FlowProfile::ws());
    core.status(register("bob", 1, &format!("Contact: <sip:one@b.invalid>;{INSTANCE}")));
    let other = register("bob", 2, "Contact: <sip:two@b.invalid>;+sip.instance=\"<urn:uuid:2>\"");
    core.send(2, other);
    let targets = |core: &mut Core, instance: &str, branch: &str| {
        let uri = format!("sip:bob@example.test;gr=urn:uuid:{instance}");
        let sent = core.send(1, from_alice("MESSAGE", &uri, branch));
        sent.iter().map(|(flow, message)| (*flow, message.start_line())).collect::<Vec<_>>()
    };
    assert_eq!(targets(&mut core, "1", "a"), [(1, "MESSAGE sip:one@b.invalid SIP/2.0".to_owned())]);
    assert_eq!(targets(&mut core, "2", "b"), [(2, "MESSAGE sip:two@b.invalid SIP/2.0".to_owned())]);
    assert_eq!(targets(&mut core, "3", "c"), [(1, "SIP/2.0 480 Temporarily Unavailable".to_owned())]);
}

// rfc5626#6, type=test
#[test]
fn a_flow_timer_is_told_only_to_who_registers_a_flow() {
    let timed = || config().with_flow_timer(Duration::from_secs(90));
    let told =
        |lines: &str| values(&Core::new(timed()).ask(register("alice", 1, lines)).into(), "Flow-Timer");
    let contact = format!("Contact: <sip:alice@a.invalid>;{INSTANCE}");
    assert_eq!(told(&format!("Supported: outbound\n{contact};reg-id=1")), "90");
    assert_eq!(told(&format!("Supported: outbound\n{contact}")), "");
    assert_eq!(told(&format!("{contact};reg-id=1")), "");
}

#[test]
fn an_edge_without_a_way_to_its_registrar_answers_503() {
    let edge = ProxyConfig::new("sip:edge.example.test".parse().unwrap());
    let mut core = Core::new(edge.with_home("example.test".parse().unwrap()));
    assert_eq!(core.status(register("alice", 1, "Contact: <sip:alice@a.invalid>")), 503);
    let home = FlowProfile::tcp().with_domain("example.test".parse().unwrap());
    core.proxy.handle_flow_opened(FlowId::new(2), home);
    let sent = core.send(1, register("alice", 2, "Contact: <sip:alice@a.invalid>"));
    assert_eq!(sent.iter().map(|(flow, _)| *flow).collect::<Vec<_>>(), [2]);
}
