//! The connection under a user agent, over real sockets: how its loss shows (AC-1, AC-2, AC-3), and that nothing leaves
//! by another way while it is up (AC-40, P23).
#![expect(clippy::disallowed_methods, reason = "real sockets, real time")]

use crate::peer::response;
use futures::{SinkExt, StreamExt};
use sip_message::{Body, CSeq, HeaderName, Message, Method, Request, StatusCode};
use sip_outbound::{Answer, BackOff, Question, RegistrationEvent};
use sip_testbed::{PASSWORD, Relay, RelayCut, RelayFault, Testbed};
use sip_transport_ws::native::{ConnectOptions, ListenOptions, WsConnection, WsListener};
use sip_transport_ws::{KeepAliveMode, KeepAliveOptions};
use sip_ua::{ApplicationSdp, Direction, Event, Events, LookupFailure, Renegotiation, Resolver, UserAgent};
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
const BACK_OFF: BackOff = BackOff { base: Duration::from_millis(100), maximum: Duration::from_millis(200) };

/// How a connection ends under the user agent.
#[derive(Clone, Copy, Debug)]
enum End {
    Closed,
    Reset,
    /// Nothing comes through any more, and nobody says so.
    Silent,
}

/// REGISTER requests and their final answers in the order of the wire.
type Wire = Arc<Mutex<Vec<&'static str>>>;

async fn next(events: &mut Events) -> Event {
    let next = tokio::time::timeout(Duration::from_secs(20), events.next()).await;
    next.expect("an event comes").expect("the user agent is open")
}

const fn is_registered(event: &Event) -> bool {
    matches!(event, Event::Registration(RegistrationEvent::Registered { is_refresh: false, .. }))
}

const fn is_registering(event: &Event) -> bool {
    matches!(event, Event::Registration(RegistrationEvent::Registering))
}

/// Alice behind `relay`, who finds silence within 300 ms, and what she says to her registrar.
async fn alice(testbed: &Testbed, relay: &Relay) -> (UserAgent, Events, Wire) {
    let (interval, timeout) = (Duration::from_millis(100), Duration::from_millis(200));
    let keep_alive = KeepAliveOptions { mode: KeepAliveMode::WsPing, interval, timeout };
    let wire = Wire::default();
    let seen = Arc::clone(&wire);
    let connecting = Duration::from_millis(500);
    let (ua, events) = UserAgent::builder(&testbed.aor("alice"))
        .server(&format!("ws://{}", relay.local_addr()))
        .password(PASSWORD)
        .connect_options(ConnectOptions { keep_alive, timeout: connecting, ..ConnectOptions::default() })
        .reconnect(Some(BACK_OFF))
        .trace(move |wire| {
            let cseq = wire.message.headers().required::<CSeq>().unwrap();
            let line = match (wire.direction, &wire.message) {
                (Direction::Sent, Message::Request(_)) => "REGISTER",
                (Direction::Received, Message::Response(_)) => "answer",
                _ => return,
            };
            if cseq.method == Method::Register {
                seen.lock().unwrap().push(line);
            }
        })
        .connect()
        .await
        .unwrap();
    (ua, events, wire)
}

#[tokio::test]
async fn ac1_a_cut_connection_is_told_replaced_and_registered_in_this_order() {
    for end in [End::Closed, End::Reset, End::Silent] {
        let testbed = Testbed::start().await.unwrap();
        let relay = Relay::start(testbed.local_addr()).await.unwrap();
        let (ua, mut events, wire) = alice(&testbed, &relay).await;
        assert!(!ua.is_registered());
        ua.register().await.unwrap();
        assert!(is_registering(&next(&mut events).await));
        assert!(is_registered(&next(&mut events).await) && ua.is_registered());
        for round in 0..3 {
            let begin = Instant::now();
            match end {
                End::Closed => relay.cut(RelayCut::Clean),
                End::Reset => relay.cut(RelayCut::Reset),
                End::Silent => relay.set(RelayFault::BlackHole),
            }
            let lost = next(&mut events).await;
            assert!(matches!(lost, Event::Disconnected), "{end:?} {round}: {lost:?}");
            assert!(!ua.is_registered(), "{end:?}: not from this moment on");
            assert!(begin.elapsed() < Duration::from_secs(3), "{end:?}: not when the system notices");
            relay.set(RelayFault::None);
            let connected = next(&mut events).await;
            assert!(matches!(connected, Event::Connected), "{end:?} {round}: {connected:?}");
            let begun = next(&mut events).await;
            assert!(is_registering(&begun), "{end:?} {round}: {begun:?}");
            let renewed = next(&mut events).await;
            assert!(is_registered(&renewed) && ua.is_registered(), "{end:?} {round}: {renewed:?}");
        }
        // one event for each regained binding, and no REGISTER before the last one had its answer
        assert!(tokio::time::timeout(Duration::from_millis(300), events.next()).await.is_err(), "{end:?}");
        let mut in_flight = 0;
        for line in wire.lock().unwrap().iter() {
            in_flight += if *line == "REGISTER" { 1 } else { -1 };
            assert!((0..=1).contains(&in_flight), "{end:?} {:?}", wire.lock().unwrap());
        }
    }
}

#[tokio::test]
async fn ac3_whoever_registers_meanwhile_has_the_same_answer_by_one_request() {
    let testbed = Testbed::start().await.unwrap();
    let relay = Relay::start(testbed.local_addr()).await.unwrap();
    let (ua, _events, wire) = alice(&testbed, &relay).await;
    let (one, two, three) = tokio::join!(ua.register(), ua.register(), ua.register());
    let one = one.unwrap();
    assert_eq!((two.unwrap(), three.unwrap()), (one, one));
    assert_eq!(*wire.lock().unwrap(), ["REGISTER", "answer", "REGISTER", "answer"], "one and its challenge");
}

#[tokio::test]
async fn ac3_unregistering_without_a_connection_or_a_registration_is_done_at_once() {
    let testbed = Testbed::start().await.unwrap();
    let relay = Relay::start(testbed.local_addr()).await.unwrap();
    let (ua, mut events, wire) = alice(&testbed, &relay).await;
    let unregister = || tokio::time::timeout(Duration::from_secs(2), ua.unregister());
    unregister().await.expect("there never was a registration").unwrap();
    assert!(wire.lock().unwrap().is_empty());
    ua.register().await.unwrap();
    relay.set(RelayFault::Refuse);
    relay.cut(RelayCut::Reset);
    while !matches!(next(&mut events).await, Event::Disconnected) {}
    let sent = wire.lock().unwrap().len();
    unregister().await.expect("nobody is waited for").unwrap();
    relay.set(RelayFault::None);
    while !matches!(next(&mut events).await, Event::Connected) {}
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(wire.lock().unwrap().len(), sent, "nobody wants the registration any more");
}

/// Several devices of one user: each sees the bindings of all, and may remove them (RFC 3261 §10.2.2, §10.2.3).
#[tokio::test]
async fn bindings_of_all_devices_are_fetched_and_removed() {
    let testbed = Testbed::start().await.unwrap();
    let device = |instance: Option<&str>| {
        let builder = UserAgent::builder(&testbed.aor("bob")).server(&testbed.url()).password(PASSWORD);
        match instance {
            Some(instance) => builder.instance(instance.parse().unwrap()),
            None => builder,
        }
    };
    let (phone, mut phones) =
        device(Some("urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF")).connect().await.unwrap();
    assert_eq!(phone.bindings().await.unwrap(), [], "nobody is registered");
    phone.register().await.unwrap();
    let (desk, mut desks) = device(None).connect().await.unwrap();
    desk.register().await.unwrap();
    let (other, _others) = device(None).connect().await.unwrap();
    let bindings = other.bindings().await.unwrap();
    let told: Vec<_> = bindings.iter().map(|it| (it.instance.as_deref(), it.reg_id)).collect();
    assert_eq!(told, [(Some("urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF"), Some(1)), (None, None)]);
    assert!(bindings.iter().all(|it| it.expires.is_some_and(|it| it <= Duration::from_secs(600))));
    assert!(!other.is_registered(), "who asks is not registered by that");

    // the one of the phone is removed by somebody else; the phone itself does not know
    let left = other.remove_bindings(vec![bindings[0].contact.clone()]).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].contact.uri, bindings[1].contact.uri);
    assert!(phone.is_registered());
    phone.register().await.unwrap();

    // one removes all, its own among them, and knows that
    desk.remove_all_bindings().await.unwrap();
    assert_eq!(other.bindings().await.unwrap(), []);
    while !matches!(next(&mut desks).await, Event::Registration(RegistrationEvent::Unregistered)) {}
    assert!(!desk.is_registered());
    assert!(is_registering(&next(&mut phones).await) && is_registered(&next(&mut phones).await));
    desk.register().await.unwrap();
    assert_eq!(other.bindings().await.unwrap().len(), 1);
}

#[tokio::test]
async fn bindings_are_told_to_nobody_without_the_password() {
    let testbed = Testbed::start().await.unwrap();
    let builder = UserAgent::builder(&testbed.aor("bob")).server(&testbed.url()).password("guess");
    let (mallory, _events) = builder.connect().await.unwrap();
    for outcome in [mallory.bindings().await.map(drop), mallory.remove_all_bindings().await] {
        let failure = outcome.unwrap_err();
        assert!(failure.to_string().starts_with("authentication failed"), "{failure}");
    }
}

/// Knows the server, and counts the questions.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<String>>>);

#[async_trait::async_trait]
impl Resolver for Names {
    async fn answer(&self, question: &Question) -> Result<Answer, LookupFailure> {
        self.0.lock().unwrap().push(format!("{question:?}"));
        Err(LookupFailure::NoRecords)
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, LookupFailure> {
        self.0.lock().unwrap().push(host.to_owned());
        Ok(vec!["127.0.0.1".parse().unwrap()])
    }
}

/// An edge on one port whose fields point anywhere else; what it was asked, in order.
struct Edge {
    port: u16,
    accepted: Arc<AtomicUsize>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Edge {
    async fn start(contact: String, route: String) -> Self {
        let mut listener = WsListener::bind("127.0.0.1:0", ListenOptions::default()).await.unwrap();
        let edge =
            Self { port: listener.local_addr().port(), accepted: Arc::default(), asked: Arc::default() };
        let (accepted, asked) = (Arc::clone(&edge.accepted), Arc::clone(&edge.asked));
        tokio::spawn(async move {
            while let Ok(connection) = listener.accept().await {
                accepted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve(connection, contact.clone(), route.clone(), Arc::clone(&asked)));
            }
        });
        edge
    }
}

async fn serve(mut connection: WsConnection, contact: String, route: String, asked: Arc<Mutex<Vec<String>>>) {
    while let Some(Ok(message)) = connection.next().await {
        let request = match message {
            Message::Request(request) => request,
            Message::Response(response) => {
                asked.lock().unwrap().push(response.start_line());
                continue;
            }
        };
        asked.lock().unwrap().push(request.method().to_string());
        if *request.method() == Method::Ack {
            continue;
        }
        let mut ok = response(&request, StatusCode::OK);
        if *request.method() == Method::Invite {
            ok.headers_mut().push_text(&HeaderName::Contact, &contact).unwrap();
            ok.headers_mut().push_text(&HeaderName::RecordRoute, &route).unwrap();
            ok.set_body(&Body::sdp(SDP).content_type, SDP.into());
        }
        connection.send(ok.into()).await.unwrap();
        if *request.method() == Method::Message {
            // a request whose Via names another place than this connection
            connection.send(question(&request, &contact).into()).await.unwrap();
        }
    }
}

/// An OPTIONS whose answer belongs to the host of `contact`, by its Via.
fn question(message: &Request, contact: &str) -> Request {
    let host = contact.split_once('@').map_or("192.168.1.9:5060", |(_, rest)| rest);
    let host = host.split([';', '>']).next().unwrap_or_default();
    let from = String::from_utf8_lossy(message.headers().raw(&HeaderName::From).unwrap()).into_owned();
    let target = from.split(['<', '>']).nth(1).unwrap();
    let text = format!(
        "OPTIONS {target} SIP/2.0\r\nVia: SIP/2.0/UDP {host};branch=z9hG4bKask\r\nMax-Forwards: 70\r\n\
         From: <sip:edge.example.test>;tag=1\r\nTo: <{target}>\r\nCall-ID: ask\r\nCSeq: 1 OPTIONS\r\n\r\n"
    );
    match Message::parse(text.into()).unwrap() {
        Message::Request(request) => request,
        Message::Response(_) => panic!("a request"),
    }
}

/// A call of alice over an edge with these fields: held, asked in, ended. The methods that the edge saw.
async fn call_over(contact: &str, route: &str) -> Vec<String> {
    let names = Names::default();
    let edge = Edge::start(contact.to_owned(), route.to_owned()).await;
    let (ua, _events) = UserAgent::builder("sip:alice@example.test")
        .server(&format!("ws://edge.example.test:{}", edge.port))
        .resolver(names.clone())
        .connect()
        .await
        .unwrap();
    ua.register().await.unwrap();
    let (media, _) = ApplicationSdp::new(SDP);
    let mut call = ua.call("bob", media).await.unwrap();
    call.established().await.unwrap();
    call.renegotiate(Renegotiation::Offer).await.unwrap();
    ua.message("bob", "still there?").await.unwrap();
    while !edge.asked.lock().unwrap().iter().any(|line| line == "SIP/2.0 200 OK") {
        tokio::task::yield_now().await;
    }
    call.hang_up().await.unwrap();
    assert_eq!(edge.accepted.load(Ordering::Relaxed), 1, "one connection, {contact} {route}");
    assert_eq!(*names.0.lock().unwrap(), ["edge.example.test"], "one name, {contact} {route}");
    edge.asked.lock().unwrap().clone()
}

const WHOLE: [&str; 8] = ["REGISTER", "INVITE", "ACK", "INVITE", "MESSAGE", "ACK", "SIP/2.0 200 OK", "BYE"];

#[tokio::test]
async fn ac40_no_connection_is_opened_and_no_name_looked_up_for_a_dialog_or_a_response() {
    let contacts = [
        "<sip:bob@y.invalid;transport=ws>",
        "<sip:bob@192.168.1.9:5060;transport=udp>",
        "<sip:bob@10.0.0.7:5060>",
        "<sip:bob@[2001:db8::9]:5060;transport=tcp>",
        "<sip:bob@no.such.name.anywhere>",
        "<sip:bob@127.0.0.1:5060;transport=udp>",
    ];
    let routes = ["<sip:gone.invalid;lr>", "<sip:172.16.0.1:5060;transport=udp;lr=on;r2=on>"];
    for contact in contacts {
        for route in routes {
            let mut asked = call_over(contact, route).await;
            let mut whole = WHOLE.map(str::to_owned).to_vec();
            asked.sort();
            whole.sort();
            assert_eq!(asked, whole, "{contact} {route}");
        }
    }
}

/// Contact and Record-Route name a port at which somebody listens, as an edge on 443 names its 5060.
#[tokio::test]
async fn p23_the_port_that_an_edge_names_is_not_dialled() {
    let decoy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = decoy.local_addr().unwrap().port();
    let contact = format!("<sip:bob@127.0.0.1:{port};transport=ws>");
    for params in ["lr", "transport=ws;lr", "transport=tcp;lr=on", "lr;r2=on"] {
        let asked = call_over(&contact, &format!("<sip:127.0.0.1:{port};{params}>")).await;
        assert_eq!(asked.iter().filter(|line| *line == "BYE").count(), 1, "{params}");
    }
    let dialled = tokio::time::timeout(Duration::from_millis(50), decoy.accept()).await;
    assert!(dialled.is_err(), "somebody called at the other port");
}
