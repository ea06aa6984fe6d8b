//! Two edges in front of one registrar, over real sockets: RFC 5626 §4.2, §4.4, §5, RFC 5627; AC-6, AC-32, AC-40.
#![expect(clippy::disallowed_methods, reason = "real sockets, real time")]

use crate::survival::in_call;
use sip_dialog::{EndKind, EndedBy};
use sip_message::{Contact, FlowTimer, Message, Method, Path, Route, StatusCode};
use sip_outbound::{RegistrationEvent, RegistrationFailure, Server};
use sip_testbed::{Messages, PASSWORD, Testbed};
use sip_ua::core::RequestFailure;
use sip_ua::{CallEvent, Event, Events, RegisterError, RequestError, UserAgent};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// A registrar and its edges.
struct World {
    registrar: Testbed,
    edges: [Testbed; 2],
}

impl World {
    async fn start() -> Self {
        let registrar = Testbed::start().await.unwrap();
        let edge = async || Testbed::builder().edge_of(&registrar.url()).start().await.unwrap();
        let edges = [edge().await, edge().await];
        Self { registrar, edges }
    }

    /// With a flow to each edge.
    async fn agent(&self, user: &str, number: u8) -> (UserAgent, Events) {
        let servers = self.edges.iter().map(|edge| Server::new(edge.url()));
        let instance = format!("urn:uuid:00000000-0000-1000-8000-0000000000{number:02x}");
        let builder = UserAgent::builder(&self.registrar.aor(user)).servers(servers).password(PASSWORD);
        let (ua, mut events) = builder.instance(instance.parse().unwrap()).flows(2).connect().await.unwrap();
        ua.register().await.unwrap();
        for _ in 0..2 {
            while !matches!(
                events.next().await,
                Some(Event::Registration(RegistrationEvent::Registered { .. }))
            ) {}
        }
        (ua, events)
    }
}

fn requests(messages: &mut Messages, method: &Method) -> Vec<Message> {
    let records = messages.drain().into_iter().map(|record| record.message);
    records.filter(|message| message.as_request().is_some_and(|request| request.method() == method)).collect()
}

// rfc5626#4.2, type=test
#[tokio::test]
async fn each_flow_is_registered_by_its_edge_and_messages_arrive_by_one_of_them() {
    let world = World::start().await;
    let mut wire = world.registrar.messages();
    let (alice, _events) = world.agent("alice", 1).await;
    let (bob, mut bobs) = world.agent("bob", 2).await;
    let registers = requests(&mut wire, &Method::Register);
    let paths: Vec<String> = registers
        .iter()
        .map(|register| register.headers().required::<Path>().unwrap().0.uri.to_string())
        .collect();
    assert!(paths.iter().all(|path| path.ends_with("@edge.example.test;transport=ws;lr;ob")), "{paths:?}");
    alice.message("bob", "one way").await.unwrap();
    while !matches!(bobs.next().await, Some(Event::Message(_))) {}
    assert_eq!(requests(&mut wire, &Method::Message).len(), 2, "one in, one out");
    alice.close().await;
    bob.close().await;
}

/// The edge of the caller's flow is gone, or that of the callee's, which may be the same one; whoever hangs up is heard.
#[tokio::test]
async fn ac40_a_call_goes_on_when_one_of_two_edges_is_gone() {
    for killed in 0..2 {
        let World { registrar, edges } = World::start().await;
        let mut wire = registrar.messages();
        let world = World { registrar, edges };
        let (alice, _events) = world.agent("alice", 1).await;
        let (_bob, mut bobs) = world.agent("bob", 2).await;
        let (mut outgoing, mut answered) = in_call(&alice, &mut bobs).await;
        let begin = Instant::now();
        let World { registrar, edges: [first, second] } = world;
        let left = if killed == 0 {
            first.shutdown().await;
            second
        } else {
            second.shutdown().await;
            first
        };
        // Only those whose flow was lost are interrupted; the calls of both are well again afterwards.
        let resumed = async |call: &mut sip_ua::Call| {
            let is_lost = matches!(
                tokio::time::timeout(Duration::from_millis(500), call.next()).await,
                Ok(Some(CallEvent::Interrupted))
            );
            if is_lost {
                while !matches!(call.next().await, Some(CallEvent::Resumed)) {}
            }
            is_lost
        };
        let lost = tokio::join!(resumed(&mut outgoing), resumed(&mut answered));
        println!("edge {killed} gone: interrupted {lost:?}, settled {:?} later", begin.elapsed());
        assert!(lost.0 || lost.1, "somebody was there");
        assert_eq!(answered.hang_up().await.unwrap().kind, EndKind::HungUp);
        let cause = outgoing.ended().await;
        assert_eq!((cause.by, cause.kind), (EndedBy::Remote, EndKind::HungUp), "bob's BYE reaches alice");
        let acks = requests(&mut wire, &Method::Ack);
        assert!(acks.len() >= 2, "the ACK of each INVITE is passed on");
        drop((registrar, left));
    }
}

/// A registrar that is away is no refusal: its edge tells so, and the user agent comes again.
#[tokio::test]
async fn an_edge_without_its_registrar_answers_503_and_finds_it_again() {
    let registrar = Testbed::start().await.unwrap();
    let (port, url) = (registrar.local_addr().port(), registrar.url());
    let edge = Testbed::builder().edge_of(&url).start().await.unwrap();
    registrar.shutdown().await;
    let builder = UserAgent::builder("sip:alice@example.test").server(&edge.url()).password(PASSWORD);
    let (alice, _events) = builder.connect().await.unwrap();
    let refused = alice.register().await;
    let Err(RegisterError::Refused(RegistrationFailure::Unavailable { status })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    drop(alice);
    let _registrar = Testbed::builder().port(port).start().await.unwrap();
    let begin = Instant::now();
    loop {
        let builder = UserAgent::builder("sip:alice@example.test").server(&edge.url()).password(PASSWORD);
        let (alice, _events) = builder.connect().await.unwrap();
        if alice.register().await.is_ok() {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(10), "the edge does not come back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Passes one connection on to `server`, tells when something comes from the client, and loses everything when told to.
async fn witness(server: SocketAddr) -> (String, mpsc::UnboundedReceiver<Instant>, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let (seen, times) = mpsc::unbounded_channel();
    let (hole, is_hole) = watch::channel(false);
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = TcpStream::connect(server).await.unwrap();
        let (mut up, mut down) = ([0; 4096], [0; 4096]);
        loop {
            tokio::select! {
                Ok(length @ 1..) = client.read(&mut up) => {
                    let _ = seen.send(Instant::now());
                    if !*is_hole.borrow() {
                        server.write_all(&up[..length]).await.unwrap();
                    }
                }
                Ok(length @ 1..) = server.read(&mut down), if !*is_hole.borrow() => {
                    client.write_all(&down[..length]).await.unwrap();
                }
                else => break,
            }
        }
    });
    (url, times, hole)
}

// rfc5626#4.4, type=test
// rfc5626#5.4, type=test
/// By itself the user agent would be silent for 25 s. The server waits two, asks after half a second more, and closes when
/// nothing comes in another half.
#[tokio::test]
async fn a_flow_timer_of_two_seconds_is_kept_and_a_silent_flow_is_given_up() {
    const FLOW_TIMER: Duration = Duration::from_secs(2);
    let testbed = Testbed::builder().flow_timer(FLOW_TIMER).start().await.unwrap();
    let mut wire = testbed.messages();
    let (url, mut times, hole) = witness(testbed.local_addr()).await;
    let connect = async |user: &str, url: &str| {
        let instance = "urn:uuid:00000000-0000-1000-8000-000000000001".parse().unwrap();
        let builder = UserAgent::builder(&testbed.aor(user)).server(url).password(PASSWORD);
        let (ua, events) = builder.instance(instance).connect().await.unwrap();
        ua.register().await.unwrap();
        (ua, events)
    };
    let (_alice, _events) = connect("alice", &url).await;
    let told: Vec<FlowTimer> = wire
        .drain()
        .iter()
        .filter_map(|record| record.message.headers().typed::<FlowTimer>().ok().flatten())
        .collect();
    assert_eq!(told, [FlowTimer(2)]);
    let (bob, _bobs) = connect("bob", &testbed.url()).await;

    while times.try_recv().is_ok() {}
    let mut last = Instant::now();
    for _ in 0..3 {
        let seen = times.recv().await.unwrap();
        assert!(seen - last < FLOW_TIMER + Duration::from_millis(300), "{:?}", seen - last);
        last = seen;
    }
    hole.send_replace(true);
    tokio::time::sleep(FLOW_TIMER * 2).await;
    let refused = tokio::time::timeout(FLOW_TIMER, bob.message("alice", "still there?")).await;
    let Ok(Err(RequestError::Failed(RequestFailure::Refused(response)))) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(response.status(), StatusCode::TEMPORARILY_UNAVAILABLE);
}

// rfc5627#5.2, type=test
// rfc5627#6.1, type=test
/// Alice's Contact in the call is her GRUU, and Bob's requests to it reach her.
#[tokio::test]
async fn a_call_to_and_from_a_gruu_stands_and_ends() {
    let testbed = Testbed::start().await.unwrap();
    let mut wire = testbed.messages();
    let connect = async |user: &str, instance: Option<&str>| {
        let builder = UserAgent::builder(&testbed.aor(user)).server(&testbed.url()).password(PASSWORD);
        let instance = instance.map(|instance| instance.parse().unwrap());
        let builder = match instance {
            Some(instance) => builder.instance(instance),
            None => builder,
        };
        let (ua, events) = builder.connect().await.unwrap();
        ua.register().await.unwrap();
        (ua, events)
    };
    let urn = "urn:uuid:00000000-0000-1000-8000-000000000001";
    let (alice, _events) = connect("alice", Some(urn)).await;
    let (bob, mut bobs) = connect("bob", None).await;
    let (mut outgoing, mut answered) = in_call(&alice, &mut bobs).await;
    let invite = requests(&mut wire, &Method::Invite).remove(0);
    let Contact::Addr(contact) = invite.headers().required().unwrap() else { panic!("a star") };
    let gruu = format!("sip:alice@example.test;gr={urn}");
    assert_eq!(contact.uri.to_string(), gruu);
    assert_eq!(answered.hang_up().await.unwrap().kind, EndKind::HungUp);
    assert_eq!(outgoing.ended().await.by, EndedBy::Remote);
    let byes = requests(&mut wire, &Method::Bye);
    let uris: Vec<String> =
        byes.iter().filter_map(|bye| bye.as_request()).map(|bye| bye.uri().unwrap().to_string()).collect();
    assert_eq!(uris[0], gruu);
    assert!(uris[1].contains(".invalid") && !uris[1].contains("gr="), "{uris:?}");
    assert!(byes[1].headers().list::<Route>().next().is_none());
    bob.message(&gruu, "to this one of her phones").await.unwrap();
}
