//! Servers found in the DNS: RFC 3263 §4, RFC 7118 §5.5, with a scripted resolver and with name servers on loopback; AC-66.
#![allow(clippy::disallowed_methods, reason = "real sockets, real time")]

use sip_outbound::{Answer, BackOff, Naptr, Question, RegistrationEvent, Srv};
use sip_testbed::{PASSWORD, Testbed};
use sip_ua::{
    ConnectError, Event, Events, HostNames, LookupError, LookupFailure, Records, Resolver, UserAgent,
};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Knows what it is told, and what it was asked.
#[derive(Clone, Default)]
struct Script {
    naptr: BTreeMap<&'static str, Vec<Naptr>>,
    srv: BTreeMap<&'static str, Vec<Srv>>,
    addresses: BTreeMap<&'static str, Vec<IpAddr>>,
    /// What becomes of questions about anything else.
    otherwise: Option<LookupFailure>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Script {
    fn note(&self, question: String) {
        self.asked.lock().unwrap().push(question);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    const fn failure(&self) -> LookupFailure {
        match self.otherwise {
            Some(failure) => failure,
            None => LookupFailure::NoRecords,
        }
    }
}

#[async_trait::async_trait]
impl Resolver for Script {
    async fn answer(&self, question: &Question) -> Result<Answer, LookupFailure> {
        match question {
            Question::Naptr(name) => {
                self.note(format!("NAPTR {name}"));
                self.naptr.get(name.as_str()).cloned().map(Answer::Naptr).ok_or(self.failure())
            }
            Question::Srv(name) => {
                self.note(format!("SRV {name}"));
                self.srv.get(name.as_str()).cloned().map(Answer::Srv).ok_or(self.failure())
            }
        }
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, LookupFailure> {
        self.note(format!("A/AAAA {host}"));
        self.addresses.get(host).cloned().ok_or(self.failure())
    }
}

fn srv(priority: u16, port: u16, target: &str) -> Srv {
    Srv { priority, weight: 1, port, target: target.to_owned() }
}

fn d2w() -> Naptr {
    let (service, replacement) = ("SIP+D2W".to_owned(), "_sip._ws.example.test".to_owned());
    Naptr { order: 1, preference: 1, flags: "s".to_owned(), service, replacement }
}

/// Two edges of `example.test`, of which only the second one can be reached.
fn two_edges(port: u16) -> Script {
    let loopback = vec!["127.0.0.1".parse().unwrap()];
    Script {
        naptr: BTreeMap::from([("example.test", vec![d2w()])]),
        srv: BTreeMap::from([(
            "_sip._ws.example.test",
            vec![srv(20, port, "edge2.example.test."), srv(10, 9, "edge1.example.test.")],
        )]),
        addresses: BTreeMap::from([
            ("edge1.example.test", loopback.clone()),
            ("edge2.example.test", loopback),
        ]),
        ..Script::default()
    }
}

// rfc3263#4.1, rfc3263#4.2
#[tokio::test]
async fn rfc3263_the_servers_of_the_domain_are_tried_in_the_order_of_naptr_and_srv() {
    let testbed = Testbed::start().await.unwrap();
    let script = two_edges(testbed.local_addr().port());
    let builder = UserAgent::builder(&testbed.aor("alice")).password(PASSWORD).resolver(script.clone());
    let (alice, _events) = builder.connect().await.unwrap();
    alice.register().await.unwrap();
    let expected = [
        "NAPTR example.test",
        "SRV _sip._ws.example.test",
        "A/AAAA edge1.example.test",
        "A/AAAA edge2.example.test",
    ];
    assert_eq!(script.asked(), expected);
}

#[tokio::test]
async fn a_server_that_is_named_is_looked_up_by_the_resolver() {
    let testbed = Testbed::start().await.unwrap();
    let script = two_edges(0);
    let url = format!("ws://edge2.example.test:{}", testbed.local_addr().port());
    let builder = UserAgent::builder(&testbed.aor("alice")).password(PASSWORD).server(&url);
    let (alice, _events) = builder.resolver(script.clone()).connect().await.unwrap();
    alice.register().await.unwrap();
    assert_eq!(script.asked(), ["A/AAAA edge2.example.test"]);
}

#[tokio::test]
async fn the_proxy_of_the_configuration_is_looked_for_before_the_domain() {
    let script = Script::default();
    let builder = UserAgent::builder("sip:alice@example.test").resolver(script.clone());
    let outcome = builder
        .configure(|config| {
            let proxy = "sip:edge.example.test;transport=ws;lr".parse().unwrap();
            config.route_set.push(sip_message::NameAddr::new(proxy));
        })
        .connect()
        .await;
    assert!(matches!(outcome, Err(ConnectError::Lookup(_))));
    assert_eq!(script.asked(), ["SRV _sip._ws.edge.example.test", "A/AAAA edge.example.test"]);
}

#[tokio::test]
async fn a_domain_that_is_named_is_looked_for_in_place_of_the_address_of_record() {
    let testbed = Testbed::start().await.unwrap();
    let script = two_edges(testbed.local_addr().port());
    let builder = UserAgent::builder("sip:alice@elsewhere.test").resolver(script.clone());
    let (_alice, _events) = builder.domain("example.test").connect().await.unwrap();
    assert_eq!(script.asked()[..2], ["NAPTR example.test", "SRV _sip._ws.example.test"]);
    let script = Script::default();
    let builder = UserAgent::builder("sip:alice@elsewhere.test").resolver(script.clone());
    assert!(builder.domain("sips:example.test").connect().await.is_err());
    assert_eq!(script.asked(), ["NAPTR example.test", "SRV _sips._ws.example.test", "A/AAAA example.test"]);
    let outcome =
        UserAgent::builder("sip:alice@elsewhere.test").resolver(script).domain("a b").connect().await;
    assert!(matches!(outcome, Err(ConnectError::Domain(_))));
}

#[tokio::test]
async fn errors_say_which_lookup_failed() {
    // the domain says that it has no such service
    let mut script = two_edges(0);
    script.srv.insert("_sip._ws.example.test", vec![srv(0, 0, ".")]);
    let outcome = UserAgent::builder("sip:alice@example.test").resolver(script).connect().await;
    let Err(ConnectError::Locate(error)) = outcome else { panic!("located") };
    assert_eq!(error.lookups, []);
    assert_eq!(
        error.to_string(),
        "sip:alice@example.test names no server that can be reached over WebSocket"
    );
    // it has no address
    let outcome = UserAgent::builder("sip:alice@example.test").resolver(Script::default()).connect().await;
    let Err(ConnectError::Lookup(error)) = outcome else { panic!("connected") };
    let LookupError { records, ref name, failure, .. } = error;
    assert_eq!(
        (records, name.as_str(), failure),
        (Records::Address, "example.test", LookupFailure::NoRecords)
    );
    assert_eq!(error.to_string(), "A/AAAA of example.test: no such records");
}

/// Says nothing to some questions, and to SRV only when all of them are there.
#[derive(Clone)]
struct Silent {
    script: Script,
    /// What of `NAPTR`, `SRV` and `A/AAAA` has no answer.
    silent: Vec<&'static str>,
    services: Arc<tokio::sync::Barrier>,
}

impl Silent {
    fn new(script: Script, silent: &[&'static str]) -> Self {
        let services = if cfg!(feature = "tls") { 2 } else { 1 };
        Self { script, silent: silent.to_vec(), services: Arc::new(tokio::sync::Barrier::new(services)) }
    }

    async fn ponder(&self, records: &str) {
        if self.silent.contains(&records) {
            std::future::pending().await
        }
    }
}

#[async_trait::async_trait]
impl Resolver for Silent {
    async fn answer(&self, question: &Question) -> Result<Answer, LookupFailure> {
        match question {
            Question::Naptr(_) => self.ponder("NAPTR").await,
            Question::Srv(_) => {
                self.services.wait().await;
                self.ponder("SRV").await;
            }
        }
        self.script.answer(question).await
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, LookupFailure> {
        self.ponder("A/AAAA").await;
        self.script.addresses(host).await
    }
}

/// All questions together have five seconds, and those of one step are put at the same time.
#[tokio::test(start_paused = true)]
async fn rfc3263_a_dead_name_server_is_told_in_the_time_of_one_look_up() {
    for (limit, expected) in [(None, 5000), (Some(800), 800)] {
        let script = Silent::new(Script::default(), &["NAPTR", "SRV", "A/AAAA"]);
        let mut builder = UserAgent::builder("sip:alice@example.test").resolver(script);
        if let Some(limit) = limit {
            builder = builder.locate_within(Duration::from_millis(limit));
        }
        let begin = tokio::time::Instant::now();
        let Err(error @ ConnectError::Locate(_)) = builder.connect().await else { panic!("located") };
        let expected = Duration::from_millis(expected);
        assert!(
            (expected..expected + Duration::from_millis(10)).contains(&begin.elapsed()),
            "{:?}",
            begin.elapsed()
        );
        let shown = error.to_string();
        assert!(
            shown.starts_with("the servers of sip:alice@example.test are not to be found; NAPTR of"),
            "{shown}"
        );
        assert!(shown.ends_with("A/AAAA of example.test: no answer in time"), "{shown}");
    }
}

// rfc3263#4.1, type=test
/// A name server in between that knows nothing of NAPTR costs half of the time, and nothing else.
#[tokio::test]
async fn rfc3263_without_naptr_the_records_of_all_services_are_asked_for_at_once() {
    let testbed = Testbed::start().await.unwrap();
    let script = Silent::new(two_edges(testbed.local_addr().port()), &["NAPTR"]);
    let builder = UserAgent::builder(&testbed.aor("alice")).password(PASSWORD).resolver(script);
    let (alice, _events) = builder.locate_within(Duration::from_millis(400)).connect().await.unwrap();
    alice.register().await.unwrap();
}

/// With silent name servers a domain may still have an address, in `/etc/hosts` for instance.
#[tokio::test]
async fn rfc3263_a_domain_of_which_only_the_address_is_known_is_its_own_server() {
    let mut script = Silent::new(Script::default(), &["NAPTR", "SRV"]);
    script.script.addresses = BTreeMap::from([("example.test", vec!["127.0.0.1".parse().unwrap()])]);
    let builder = UserAgent::builder("sip:alice@example.test").resolver(script);
    let outcome = builder.locate_within(Duration::from_millis(40)).connect().await;
    assert!(matches!(outcome, Err(ConnectError::Connection(_))), "nobody listens there: {outcome:?}");
}

/// The address of a server that is named is looked up in that time, too.
#[tokio::test(start_paused = true)]
async fn a_server_whose_address_nobody_tells_is_given_up() {
    let script = Silent::new(Script::default(), &["A/AAAA"]);
    let builder = UserAgent::builder("sip:alice@example.test").server("ws://edge.example.test");
    let begin = tokio::time::Instant::now();
    let outcome = builder.resolver(script).connect().await;
    assert!(matches!(outcome, Err(ConnectError::Lookup(_))), "{outcome:?}");
    assert_eq!(begin.elapsed().as_secs(), 5);
}

/// Says where the one server of `example.test` is today, or that it does not know.
#[derive(Clone)]
struct Moving {
    port: Arc<Mutex<Result<u16, LookupFailure>>>,
    asked: Arc<AtomicUsize>,
}

impl Moving {
    fn new(port: u16) -> Self {
        Self { port: Arc::new(Mutex::new(Ok(port))), asked: Arc::default() }
    }

    fn say(&self, port: Result<u16, LookupFailure>) {
        *self.port.lock().unwrap() = port;
    }
}

#[async_trait::async_trait]
impl Resolver for Moving {
    async fn answer(&self, question: &Question) -> Result<Answer, LookupFailure> {
        match question {
            Question::Naptr(_) => Ok(Answer::Naptr(vec![d2w()])),
            Question::Srv(_) => {
                self.asked.fetch_add(1, Ordering::SeqCst);
                let port = *self.port.lock().unwrap();
                Ok(Answer::Srv(vec![srv(1, port?, "edge.example.test.")]))
            }
        }
    }

    async fn addresses(&self, _host: &str) -> Result<Vec<IpAddr>, LookupFailure> {
        Ok(vec!["127.0.0.1".parse().unwrap()])
    }
}

async fn until_registered(events: &mut Events) {
    while !matches!(events.next().await, Some(Event::Registration(RegistrationEvent::Registered { .. }))) {}
}

// rfc3263#4.3, type=test
#[tokio::test]
async fn ac66_a_server_that_has_moved_in_the_dns_is_found_after_the_loss_of_its_connection() {
    let old = Testbed::start().await.unwrap();
    let resolver = Moving::new(old.local_addr().port());
    let builder = UserAgent::builder(&old.aor("alice")).password(PASSWORD).resolver(resolver.clone());
    let (alice, mut events) = builder.connect().await.unwrap();
    alice.register().await.unwrap();
    until_registered(&mut events).await;
    assert_eq!(resolver.asked.load(Ordering::SeqCst), 1);
    let new = Testbed::start().await.unwrap();
    resolver.say(Ok(new.local_addr().port()));
    let begin = Instant::now();
    old.shutdown().await;
    until_registered(&mut events).await;
    println!("at the new server after {:?}", begin.elapsed());
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    assert!(resolver.asked.load(Ordering::SeqCst) <= 3, "once for the loss, once for a failed attempt");
    alice.message("alice", "here").await.unwrap();
}

#[tokio::test]
async fn ac66_without_an_answer_of_the_dns_the_servers_of_before_are_tried_again() {
    let testbed = Testbed::start().await.unwrap();
    let port = testbed.local_addr().port();
    let resolver = Moving::new(port);
    let back_off = BackOff { base: Duration::from_millis(10), maximum: Duration::from_millis(100) };
    let builder = UserAgent::builder(&testbed.aor("alice")).password(PASSWORD).resolver(resolver.clone());
    let (alice, mut events) = builder.reconnect(Some(back_off)).connect().await.unwrap();
    alice.register().await.unwrap();
    until_registered(&mut events).await;
    resolver.say(Err(LookupFailure::Timeout));
    testbed.shutdown().await;
    let _testbed = Testbed::builder().port(port).start().await.unwrap();
    until_registered(&mut events).await;
    assert!(resolver.asked.load(Ordering::SeqCst) >= 2);
}

#[tokio::test]
async fn ac66_the_operating_system_knows_addresses_and_no_services() {
    let answer = HostNames.answer(&Question::Srv("_sip._ws.example.test".to_owned())).await;
    assert_eq!(answer, Err(LookupFailure::NoRecords));
    let addresses = HostNames.addresses("localhost").await.unwrap();
    assert!(!addresses.is_empty() && addresses.iter().all(IpAddr::is_loopback), "{addresses:?}");
    let testbed = Testbed::start().await.unwrap();
    let url = format!("ws://localhost:{}", testbed.local_addr().port());
    let builder = UserAgent::builder(&testbed.aor("alice")).server(&url).resolver(HostNames);
    let (alice, _events) = builder.password(PASSWORD).connect().await.unwrap();
    alice.register().await.unwrap();
}

#[cfg(feature = "dns")]
mod by_hickory {
    use super::*;
    use hickory_resolver::proto::op::{Message, ResponseCode};
    use hickory_resolver::proto::rr::rdata;
    use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
    use sip_ua::HickoryResolver;
    use std::net::{Ipv4Addr, SocketAddr};
    use tokio::net::UdpSocket;

    fn name(text: &str) -> Name {
        Name::from_ascii(text).unwrap()
    }

    fn bytes(text: &str) -> Box<[u8]> {
        text.as_bytes().into()
    }

    /// What the zone has; `None` for a server that fails.
    fn zone(asked: &Name, kind: RecordType, port: u16) -> Option<Vec<RData>> {
        let asked = asked.to_ascii().to_lowercase();
        Some(match (asked.as_str(), kind) {
            ("example.test.", RecordType::NAPTR) => {
                let next = name("_sip._ws.example.test.");
                vec![RData::NAPTR(rdata::NAPTR::new(1, 1, bytes("s"), bytes("SIP+D2W"), bytes(""), next))]
            }
            ("_sip._ws.example.test.", RecordType::SRV) => {
                vec![RData::SRV(rdata::SRV::new(1, 1, port, name("edge.example.test.")))]
            }
            ("edge.example.test.", RecordType::A) => vec![RData::A(rdata::A(Ipv4Addr::LOCALHOST))],
            (other, _) if other.ends_with("broken.test.") => return None,
            _ => Vec::new(),
        })
    }

    /// A name server of the zone on loopback.
    #[expect(clippy::disallowed_methods, reason = "real sockets")]
    async fn name_server(port: u16) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut buffer = [0; 1500];
            while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
                let query = Message::from_vec(&buffer[..length]).unwrap();
                let answer = answer(&query, port).to_vec().unwrap();
                socket.send_to(&answer, client).await.unwrap();
            }
        });
        address
    }

    fn answer(query: &Message, port: u16) -> Message {
        let question = &query.queries[0];
        let mut response = query.clone().into_response();
        response.metadata.recursion_available = true;
        match zone(question.name(), question.query_type(), port) {
            Some(records) => {
                let record = |data| Record::from_rdata(question.name().clone(), 60, data);
                response.answers = records.into_iter().map(record).collect();
            }
            None => response.metadata.response_code = ResponseCode::ServFail,
        }
        response
    }

    #[tokio::test]
    async fn rfc3263_a_user_agent_finds_its_server_by_the_records_of_its_domain() {
        let testbed = Testbed::start().await.unwrap();
        let server = name_server(testbed.local_addr().port()).await;
        let resolver = HickoryResolver::new(&[server]).unwrap();
        let builder = UserAgent::builder(&testbed.aor("alice")).password(PASSWORD).resolver(resolver);
        let (alice, _events) = builder.connect().await.unwrap();
        alice.register().await.unwrap();
    }

    #[tokio::test]
    async fn its_failures_are_told_apart() {
        let server = name_server(0).await;
        let resolver = HickoryResolver::new(&[server]).unwrap();
        let absent = resolver.addresses("nobody.example.test").await;
        assert_eq!(absent, Err(LookupFailure::NoRecords));
        let broken = resolver.answer(&Question::Srv("_sip._ws.broken.test".to_owned())).await;
        assert_eq!(broken, Err(LookupFailure::ServerFailed));
        let malformed = resolver.addresses(&"a".repeat(300)).await;
        assert_eq!(malformed, Err(LookupFailure::BadName));
        assert!(matches!(HickoryResolver::new(&[]), Err(LookupFailure::Unreachable)));
    }
}
