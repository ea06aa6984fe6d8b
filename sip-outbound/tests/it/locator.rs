//! Finding servers: RFC 3263 §4, RFC 2782, RFC 7118 §5.5.

use sip_outbound::{Answer, Locator, Naptr, Question, Srv, Transport};

const WEBSOCKET: &[Transport] = &[Transport::Wss, Transport::Ws];
const CLASSIC: &[Transport] = &[Transport::Udp, Transport::Tcp, Transport::Tls];

fn locator(uri: &str, supported: &[Transport]) -> Locator {
    Locator::new(&uri.parse().unwrap(), supported)
}

fn naptr(order: u16, preference: u16, service: &str, replacement: &str) -> Naptr {
    let text = str::to_owned;
    Naptr { order, preference, flags: text("s"), service: text(service), replacement: text(replacement) }
}

fn srv(priority: u16, weight: u16, port: u16, target: &str) -> Srv {
    Srv { priority, weight, port, target: target.to_owned() }
}

/// The result as `priority weight transport host:port`.
fn found(locator: &Locator) -> Vec<String> {
    assert_eq!(locator.poll_question(), None);
    let line = |server: &sip_outbound::Server<sip_outbound::Location>| {
        let place = &server.target;
        format!("{} {} {:?} {}:{}", server.priority, server.weight, place.transport, place.host, place.port)
    };
    locator.servers().iter().map(line).collect()
}

/// The example of RFC 3263 §4.1 and §4.2.
#[test]
fn rfc3263_4_1_example() {
    let mut locator = locator("sip:user@example.com", &[Transport::Tcp, Transport::Udp]);
    assert_eq!(locator.poll_question(), Some(Question::Naptr("example.com".to_owned())));
    locator.handle(Answer::Naptr(vec![
        naptr(50, 50, "SIPS+D2T", "_sips._tcp.example.com."),
        naptr(90, 50, "SIP+D2T", "_sip._tcp.example.com"),
        naptr(100, 50, "SIP+D2U", "_sip._udp.example.com."),
    ]));
    assert_eq!(locator.poll_question(), Some(Question::Srv("_sip._tcp.example.com".to_owned())));
    locator.handle(Answer::Srv(vec![
        srv(0, 2, 5060, "server2.example.com"),
        srv(0, 1, 5060, "server1.example.com."),
    ]));
    assert_eq!(locator.poll_question(), Some(Question::Srv("_sip._udp.example.com".to_owned())));
    locator.handle(Answer::Srv(vec![srv(7, 1, 5062, "server3.example.com")]));
    let expected = [
        "0 2 Tcp server2.example.com:5060",
        "0 1 Tcp server1.example.com:5060",
        "1 1 Udp server3.example.com:5062",
    ];
    assert_eq!(found(&locator), expected);
}

/// rfc3263#4.1: NAPTR first, for it says which services there are; those are asked for at the same time.
#[test]
fn the_services_of_a_step_are_asked_for_at_once() {
    let mut locator = locator("sip:user@example.com", WEBSOCKET);
    assert_eq!(locator.questions().collect::<Vec<_>>(), [Question::Naptr("example.com".to_owned())]);
    locator.handle(Answer::Naptr(Vec::new()));
    let names = ["_sips._ws.example.com", "_sip._ws.example.com"];
    assert_eq!(locator.questions().collect::<Vec<_>>(), names.map(|name| Question::Srv(name.to_owned())));
    locator.handle(Answer::Srv(Vec::new()));
    locator.handle(Answer::Srv(vec![srv(1, 1, 8080, "edge.example.com")]));
    assert_eq!(found(&locator), ["0 1 Ws edge.example.com:8080"]);
}

// rfc7118#5.5
#[test]
fn websocket_servers_have_naptr_services_of_their_own() {
    let mut locator = locator("sip:user@example.com", WEBSOCKET);
    locator.handle(Answer::Naptr(vec![
        naptr(10, 20, "SIP+D2W", "plain.example.com"),
        naptr(10, 10, "sips+d2w", "secure.example.com"),
        naptr(5, 10, "SIP+D2U", "_sip._udp.example.com"),
    ]));
    assert_eq!(locator.poll_question(), Some(Question::Srv("secure.example.com".to_owned())));
    locator.handle(Answer::Srv(vec![srv(20, 0, 443, "b.example.com"), srv(10, 0, 443, "a.example.com")]));
    assert_eq!(locator.poll_question(), Some(Question::Srv("plain.example.com".to_owned())));
    locator.handle(Answer::Srv(vec![]));
    assert_eq!(found(&locator), ["0 0 Wss a.example.com:443", "1 0 Wss b.example.com:443"]);
}

#[test]
fn a_sips_uri_is_served_by_secure_transports_only() {
    let mut locator = locator("sips:user@example.com", &[Transport::Ws, Transport::Wss]);
    locator.handle(Answer::Naptr(vec![naptr(1, 1, "SIP+D2W", "plain.example.com")]));
    assert_eq!(locator.poll_question(), Some(Question::Srv("_sips._ws.example.com".to_owned())));
    locator.handle(Answer::Srv(vec![]));
    assert_eq!(found(&locator), ["0 1 Wss example.com:443"]);
    assert!(found(&self::locator("sips:user@example.com;transport=ws", &[Transport::Ws])).is_empty());
}

#[test]
fn what_the_uri_says_is_not_asked() {
    let place = |uri: &str, supported| found(&locator(uri, supported));
    assert_eq!(place("sip:192.0.2.1", CLASSIC), ["0 1 Udp 192.0.2.1:5060"]);
    assert_eq!(place("sips:[2001:db8::1]", CLASSIC), ["0 1 Tls 2001:db8::1:5061"]);
    assert_eq!(place("sip:a@example.com:8080;transport=ws", WEBSOCKET), ["0 1 Ws example.com:8080"]);
    assert_eq!(place("sip:a@example.com;maddr=192.0.2.7;transport=tcp", CLASSIC), ["0 1 Tcp 192.0.2.7:5060"]);
    assert_eq!(place("sip:example.com.:5070", CLASSIC), ["0 1 Udp example.com:5070"]);
}

#[test]
fn a_named_transport_is_looked_up_by_srv() {
    let mut locator = locator("sip:example.com;transport=TCP", CLASSIC);
    assert_eq!(locator.poll_question(), Some(Question::Srv("_sip._tcp.example.com".to_owned())));
    locator.handle(Answer::Srv(vec![srv(1, 1, 6000, "a.example.com")]));
    assert_eq!(found(&locator), ["0 1 Tcp a.example.com:6000"]);
}

#[test]
fn a_transport_that_is_not_there_finds_nothing() {
    assert!(found(&locator("sip:example.com;transport=sctp", CLASSIC)).is_empty());
    assert!(found(&locator("sip:example.com;transport=ws", CLASSIC)).is_empty());
    assert!(found(&locator("sip:example.com", &[])).is_empty());
}

/// Without NAPTR each transport is tried by its SRV records, and without those the domain at the default port.
#[test]
fn without_records_the_domain_itself_is_the_server() {
    let mut locator = locator("sip:example.com", WEBSOCKET);
    locator.handle(Answer::Naptr(vec![]));
    for name in ["_sips._ws.example.com", "_sip._ws.example.com"] {
        assert_eq!(locator.poll_question(), Some(Question::Srv(name.to_owned())));
        locator.handle(Answer::Srv(vec![]));
    }
    assert_eq!(found(&locator), ["0 1 Wss example.com:443"]);
}

/// RFC 2782: the root as target.
#[test]
fn a_domain_that_offers_no_service_has_no_server() {
    let mut locator = locator("sip:example.com;transport=ws", WEBSOCKET);
    locator.handle(Answer::Srv(vec![srv(0, 0, 0, ".")]));
    assert!(found(&locator).is_empty());
}

#[test]
fn answers_that_were_not_asked_for_change_nothing() {
    let mut locator = locator("sip:example.com;transport=ws", WEBSOCKET);
    locator.handle(Answer::Naptr(vec![naptr(1, 1, "SIP+D2W", "evil.example.com")]));
    assert_eq!(found(&locator), ["0 1 Ws example.com:80"]);
    locator.handle(Answer::Srv(vec![srv(1, 1, 1, "evil.example.com")]));
    assert_eq!(found(&locator), ["0 1 Ws example.com:80"]);
}
