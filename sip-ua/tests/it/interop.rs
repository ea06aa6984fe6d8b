//! How a user agent names itself, by default and for servers that want it otherwise: AC-42, AC-43.

use crate::peer::{Peer, request, response};
use crate::registration::{bound, register};
use sip_message::{Body, Contact, HeaderName, Request, StatusCode};
use sip_ua::core::{Config, ContactRewriting, FlowInfo, Input, TransportParam};
use std::net::IpAddr;
use std::time::Duration;

const SDP: &str = "v=0\r\n";

fn field(request: &Request, name: &HeaderName) -> String {
    String::from_utf8_lossy(request.headers().raw(name).unwrap()).into_owned()
}

#[test]
fn ac42_via_and_contact_are_those_of_rfc7118_by_default() {
    for transport in ["WS", "WSS"] {
        let mut alice = Peer::over(transport, |config| config.interop.contact_user = None);
        let sent = register(&mut alice);
        let (via, contact) = (field(&sent, &HeaderName::Via), field(&sent, &HeaderName::Contact));
        let start = format!("SIP/2.0/{transport} ");
        let host = via.strip_prefix(&start).and_then(|rest| rest.split(';').next()).unwrap();
        let label = host.strip_suffix(".invalid").unwrap();
        assert!(label.len() >= 8 && label.chars().all(|sign| sign.is_ascii_alphanumeric()), "{via}");
        assert!(via.contains(";branch=z9hG4bK") && via.split(';').any(|param| param == "rport"), "{via}");
        let user = contact.strip_prefix("<sip:").and_then(|rest| rest.split('@').next()).unwrap();
        assert!(user.len() >= 8 && user.chars().all(|sign| sign.is_ascii_alphanumeric()), "{contact}");
        assert!(contact.starts_with(&format!("<sip:{user}@{host};transport=ws>")), "{contact}");
    }
}

#[test]
fn ac42_one_profile_has_what_servers_want_otherwise() {
    let contact = |change: fn(&mut Config)| {
        let mut alice = Peer::over("WSS", change);
        let sent = register(&mut alice);
        (field(&sent, &HeaderName::Via), field(&sent, &HeaderName::Contact))
    };
    let (_, named) = contact(|config| {
        config.interop.contact_user = Some("alice".to_owned());
        config.interop.contact_host = Some(("phones.example.test".parse().unwrap(), Some(5066)));
    });
    assert!(named.starts_with("<sip:alice@phones.example.test:5066;transport=ws>"), "{named}");
    let (_, secure) = contact(|config| config.interop.transport_param = TransportParam::Wss);
    assert!(secure.contains(".invalid;transport=wss>"), "{secure}");
    let (_, plain) = contact(|config| config.interop.transport_param = TransportParam::None);
    assert!(plain.contains(".invalid>"), "{plain}");
    let (via, _) = contact(|config| config.interop.via_transport = Some("TCP".to_owned()));
    assert!(via.starts_with("SIP/2.0/TCP "), "{via}");
}

#[test]
fn ac42_sips_requests_are_taken_on_secure_connections_whatever_the_profile_says() {
    for (transport, sips_ok, status) in
        [("WS", true, 200), ("WS", false, 416), ("WSS", true, 200), ("WSS", false, 200), ("TLS", false, 200)]
    {
        let mut alice = Peer::over(transport, |config| config.interop.sips_ok = sips_ok);
        alice.receive_text(&request("OPTIONS", "", "").replace("OPTIONS sip:", "OPTIONS sips:"));
        assert_eq!(alice.sent_response().status().code(), status, "{transport} {sips_ok}");
    }
}

/// Alice over UDP at 192.168.7.7, whose server sees her at `seen` and has `server` as its own address.
fn behind_nat(
    rewriting: ContactRewriting,
    server: Option<&str>,
    seen: &[(&str, u16)],
) -> (Peer, Vec<Request>) {
    let mut alice = Peer::over("UDP", |config| {
        config.local_address = Some(("192.168.7.7".parse().unwrap(), Some(5060)));
        config.interop.contact_rewriting = rewriting;
    });
    if let Some(server) = server {
        let server: IpAddr = server.parse().unwrap();
        let flow =
            FlowInfo::new(sip_transaction::FlowId::new(1), "UDP", sip_transaction::Reliability::Unreliable);
        alice.handle(Input::Connected(flow.with_server_address(server)));
    }
    let mut sent = vec![register(&mut alice)];
    for (address, port) in seen {
        let last = sent.last().unwrap();
        let mut accepted = bound(last, 60);
        let via = field(last, &HeaderName::Via).replace(";rport", &format!(";rport={port}"));
        accepted.headers_mut().set_text(&HeaderName::Via, &format!("{via};received={address}")).unwrap();
        alice.receive(accepted);
        assert!(alice.core.is_registered());
        sent.extend(alice.take_sent().iter().filter_map(|message| message.as_request().cloned()));
    }
    (alice, sent)
}

fn contacts(request: &Request) -> Vec<String> {
    let contacts = request.headers().list::<Contact>().map(Result::unwrap);
    contacts
        .map(|contact| match contact {
            Contact::Addr(contact) => {
                let expires = contact.params.get("expires").unwrap();
                format!("{} {expires}", contact.uri.as_sip().unwrap().as_str().replace("sip:alice-desk@", ""))
            }
            Contact::Star => "*".to_owned(),
        })
        .collect()
}

#[test]
fn ac43_rport_is_asked_for_on_every_transport() {
    for transport in ["UDP", "TCP", "TLS", "WS", "WSS"] {
        let mut alice = Peer::over(transport, |_| {});
        let via = field(&register(&mut alice), &HeaderName::Via);
        assert!(via.split(';').any(|param| param == "rport"), "{via}");
    }
}

#[test]
fn ac43_a_public_address_becomes_the_contact_once_for_each_change() {
    let seen = [("203.0.113.9", 4711); 2];
    let (mut alice, sent) = behind_nat(ContactRewriting::AddressAndPort, None, &seen);
    assert_eq!(sent.len(), 2, "one REGISTER more");
    assert_eq!(contacts(&sent[0]), ["192.168.7.7:5060 600"]);
    assert_eq!(contacts(&sent[1]), ["203.0.113.9:4711 600", "192.168.7.7:5060 0"]);
    // and whoever is called from now on is told the same
    alice.sleep(Duration::from_secs(55));
    let refresh = alice.sent_request();
    assert_eq!(contacts(&refresh), ["203.0.113.9:4711 600"]);
    alice.receive(bound(&refresh, 60));
    let bob = "sip:bob@example.test".parse().unwrap();
    alice.act(|core, now| core.invite(&bob, &Body::sdp(SDP), now)).unwrap();
    assert!(field(&alice.sent_request(), &HeaderName::Contact).contains("203.0.113.9:4711"));
}

#[test]
fn ac43_a_private_address_counts_in_the_network_of_a_private_server_only() {
    let seen = [("10.1.2.3", 4711)];
    for (server, count) in [(None, 1), (Some("203.0.113.1"), 1), (Some("10.0.0.1"), 2)] {
        let (_, sent) = behind_nat(ContactRewriting::AddressAndPort, server, &seen);
        assert_eq!(sent.len(), count, "{server:?}");
    }
}

#[test]
fn ac43_a_change_of_the_port_alone_is_followed_if_it_is_to_be() {
    let seen = [("203.0.113.9", 4711), ("203.0.113.9", 4712)];
    let after = |rewriting| {
        let (mut alice, _) = behind_nat(rewriting, None, &seen);
        alice.sleep(Duration::from_secs(55));
        let last = alice.take_sent().pop().unwrap();
        contacts(last.as_request().unwrap()).remove(0)
    };
    assert_eq!(after(ContactRewriting::AddressAndPort), "203.0.113.9:4712 600");
    assert_eq!(after(ContactRewriting::Address), "203.0.113.9:4711 600");
    assert_eq!(after(ContactRewriting::Never), "192.168.7.7:5060 600");
}

/// A server that sees another address each time cannot cause more than one REGISTER in ten seconds.
#[test]
fn ac43_an_address_that_flaps_makes_no_flood() {
    let seen: Vec<(&str, u16)> = (1..40).map(|port| ("203.0.113.9", port)).collect();
    let mut alice = Peer::over("UDP", |config| {
        config.local_address = Some(("192.168.7.7".parse().unwrap(), Some(5060)));
    });
    let (mut sent, mut next) = (0, Some(register(&mut alice)));
    let mut ports = seen.iter();
    for _ in 0..300 {
        if let (Some(last), Some((address, port))) = (next.take(), ports.next()) {
            sent += 1;
            let mut accepted = bound(&last, 600);
            let via = field(&last, &HeaderName::Via).replace(";rport", &format!(";rport={port}"));
            accepted.headers_mut().set_text(&HeaderName::Via, &format!("{via};received={address}")).unwrap();
            alice.receive(accepted);
        }
        let requests = alice.take_sent();
        assert!(requests.len() <= 1);
        next = requests.first().and_then(|message| message.as_request()).cloned();
        if next.is_none() {
            alice.sleep(Duration::from_secs(1));
        }
    }
    let allowed = 2 + alice.now.duration_since(sip_clock::Instant::ZERO).as_secs() / 10;
    assert!(sent <= allowed, "{sent} of {allowed}");
}

/// The flow is the route: over WebSocket no address that anybody sees changes the Contact (P18).
#[test]
fn ac43_over_websocket_the_contact_stays() {
    let mut alice = Peer::connected();
    let first = register(&mut alice);
    let mut accepted = bound(&first, 60);
    let via = field(&first, &HeaderName::Via).replace(";rport", ";rport=4711");
    accepted.headers_mut().set_text(&HeaderName::Via, &format!("{via};received=203.0.113.9")).unwrap();
    alice.receive(accepted);
    assert!(alice.take_sent().is_empty());
}

#[test]
fn ac27_the_algorithm_is_named_where_a_server_wants_that() {
    for names_algorithm in [false, true] {
        let mut alice = Peer::with(|config| config.interop.names_algorithm = names_algorithm);
        alice.act(|core, now| core.register(now));
        let register = alice.sent_request();
        let mut challenge = response(&register, StatusCode::UNAUTHORIZED);
        let text = "Digest realm=\"example.test\", nonce=\"n\"";
        challenge.headers_mut().push_text(&HeaderName::WwwAuthenticate, text).unwrap();
        alice.receive(challenge);
        let again = alice.sent_request();
        let credentials: sip_message::Authorization = again.headers().required().unwrap();
        assert_eq!(credentials.0.get("algorithm"), names_algorithm.then_some("MD5"));
    }
}
