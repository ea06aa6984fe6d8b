//! GRUUs and Flow-Timer of the registrar, and an edge alone: RFC 5627 §5 and §6.1, RFC 5626 §5.4 and §6.

use crate::support::{Core, config, from_alice, register, values};
use sip_message::{CallId, Contact, Request, Response};
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

/// A registrar to which bob's two phones register, each on a flow of its own.
struct Phones {
    core: Core,
    cseq: u32,
}

impl Phones {
    fn new() -> Self {
        let mut core = Core::new(config().with_gruu());
        core.proxy.handle_flow_opened(FlowId::new(2), FlowProfile::ws());
        Self { core, cseq: 0 }
    }

    /// Phone `number` registers on its flow and is told its temporary GRUU.
    fn register(&mut self, number: u64, call_id: &str, expires: u32) -> Option<String> {
        let contact =
            format!("<sip:bob@b{number}.invalid>;+sip.instance=\"<urn:uuid:{number}>\";expires={expires}");
        let response = self.send(number, call_id, &format!("Supported: gruu\nContact: {contact}"));
        let contacts = response.headers().list::<Contact>().map(Result::unwrap);
        let own = contacts.filter_map(|contact| match contact {
            Contact::Addr(address) if address.uri.to_string().contains(&format!("b{number}")) => {
                Some(address)
            }
            Contact::Addr(_) | Contact::Star => None,
        });
        own.last()?.params.get("temp-gruu").map(str::to_owned)
    }

    fn send(&mut self, flow: u64, call_id: &str, lines: &str) -> Response {
        self.cseq += 1;
        let mut register: Request = register("bob", self.cseq, lines);
        register.headers_mut().set(&CallId(call_id.to_owned()));
        let sent = self.core.send(flow, register);
        sent.last().and_then(|(_, message)| message.as_response()).unwrap().clone()
    }

    /// Where a request to `uri` goes: the host of its contact, or the status that it gets.
    fn reached(&mut self, uri: &str) -> String {
        self.cseq += 1;
        let sent = self.core.send(1, from_alice("MESSAGE", uri, &format!("m{}", self.cseq)));
        let [(_, message)] = &sent[..] else { panic!("{sent:?}") };
        let line = message.start_line();
        line.split([' ', '@']).nth(if line.starts_with("SIP") { 1 } else { 2 }).unwrap().to_owned()
    }
}

// rfc5627#5.1, type=test
// rfc5627#5.2, type=test
#[test]
fn each_register_makes_a_temporary_gruu_and_all_of_them_lead_to_their_phone() {
    let mut phones = Phones::new();
    let first = phones.register(1, "one", 60).unwrap();
    let other = phones.register(2, "two", 60).unwrap();
    let second = phones.register(1, "one", 60).unwrap();
    assert!(first != second && second != other);
    assert!([&first, &second, &other].iter().all(|gruu| !gruu.contains("bob")), "{first}");
    assert_eq!(
        [&first, &second, &other].map(|gruu| phones.reached(gruu)),
        ["b1.invalid", "b1.invalid", "b2.invalid"]
    );
    let forged = first.replacen("tgruu.", "tgruu.a", 1);
    assert_eq!([&forged, "sip:bob@example.test;gr"].map(|gruu| phones.reached(gruu)), ["404", "404"]);
}

// rfc5627#5.1, type=test
#[test]
fn another_call_id_makes_the_temporary_gruus_from_before_void() {
    let mut phones = Phones::new();
    let before = phones.register(1, "one", 60).unwrap();
    let other = phones.register(2, "two", 60).unwrap();
    let after = phones.register(1, "three", 60).unwrap();
    assert_eq!(
        [&before, &after, &other].map(|gruu| phones.reached(gruu)),
        ["404", "b1.invalid", "b2.invalid"]
    );
}

// rfc5627#5.3, type=test
#[test]
fn the_end_of_a_registration_makes_its_temporary_gruus_void() {
    for end in ["removed", "all removed", "expired"] {
        let mut phones = Phones::new();
        let gruus = [phones.register(1, "one", 60).unwrap(), phones.register(1, "one", 60).unwrap()];
        match end {
            "removed" => assert_eq!(phones.register(1, "one", 0), None),
            "all removed" => drop(phones.send(1, "one", "Expires: 0\nContact: *")),
            _ => phones.core.now += Duration::from_secs(60),
        }
        assert_eq!(gruus.each_ref().map(|gruu| phones.reached(gruu)), ["404", "404"], "{end}");
        let public = phones.reached("sip:bob@example.test;gr=urn:uuid:1");
        assert_eq!(public, "480", "the public one is only without its phone");
        let again = phones.register(1, "one", 60).unwrap();
        assert_eq!([&again, &gruus[0]].map(|gruu| phones.reached(gruu)), ["b1.invalid", "404"], "{end}");
    }
}

/// A connection that is lost ends no registration: who comes back with the same Call-ID is found as before.
#[test]
fn a_temporary_gruu_outlives_the_connection_of_its_phone() {
    for (call_id, reached) in [("two", "b2.invalid"), ("three", "404")] {
        let mut phones = Phones::new();
        let gruu = phones.register(2, "two", 60).unwrap();
        phones.core.proxy.handle_flow_closed(FlowId::new(2), phones.core.now);
        assert_eq!(phones.reached(&gruu), "480");
        phones.core.proxy.handle_flow_opened(FlowId::new(2), FlowProfile::ws());
        phones.register(2, call_id, 60);
        assert_eq!(phones.reached(&gruu), reached);
    }
    let mut phones = Phones::new();
    let gruu = phones.register(2, "two", 60).unwrap();
    phones.core.proxy.handle_flow_closed(FlowId::new(2), phones.core.now);
    drop(phones.send(1, "other", "Expires: 0\nContact: *"));
    assert_eq!(phones.reached(&gruu), "404", "and who removes all bindings removes that, too");
}

// rfc5627#5.1, type=test
/// The flows of an instance have one GRUU, whatever their Call-IDs; one of them that begins anew makes it void.
#[test]
fn the_flows_of_an_instance_share_their_temporary_gruus() {
    let mut phones = Phones::new();
    let flow = |phones: &mut Phones, reg_id: u64, call_id: &str| {
        let contact = format!("<sip:bob@flow{reg_id}.invalid>;{INSTANCE};reg-id={reg_id}");
        let response = phones.send(
            reg_id,
            call_id,
            &format!("Supported: gruu, outbound\nContact: {contact};expires=60"),
        );
        values(&response.into(), "Contact").split('"').find(|text| text.contains("tgruu")).unwrap().to_owned()
    };
    let (first, second) = (flow(&mut phones, 1, "one"), flow(&mut phones, 2, "two"));
    assert_eq!([&first, &second].map(|gruu| phones.reached(gruu)), ["flow2.invalid", "flow2.invalid"]);
    phones.core.proxy.handle_flow_closed(FlowId::new(2), phones.core.now);
    assert_eq!(phones.core.outputs().len(), 2, "what had no answer yet goes to the other flow");
    assert_eq!([&first, &second].map(|gruu| phones.reached(gruu)), ["flow1.invalid", "flow1.invalid"]);
    let third = flow(&mut phones, 1, "three");
    assert_eq!([&first, &second, &third].map(|gruu| phones.reached(gruu)), ["404", "404", "flow1.invalid"]);
}

// rfc5627#5.1, type=test
#[test]
fn a_contact_that_is_a_temporary_gruu_of_its_own_address_is_refused() {
    let mut phones = Phones::new();
    let gruu = phones.register(1, "one", 60).unwrap();
    let contact = format!("Contact: <{gruu}>;+sip.instance=\"<urn:uuid:3>\"");
    assert_eq!(phones.send(1, "three", &contact).status().code(), 403);
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
