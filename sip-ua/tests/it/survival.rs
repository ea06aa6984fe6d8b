//! A call whose sockets are cut under it: AC-6 over real connections.
#![expect(clippy::disallowed_methods, reason = "real sockets, real time")]

use sip_dialog::{EndKind, EndedBy};
use sip_message::StatusCode;
use sip_outbound::{BackOff, RegistrationEvent};
use sip_testbed::{PASSWORD, Testbed};
use sip_ua::{
    ApplicationSdp, Call, CallEvent, ConnectError, Event, Events, HangUpError, KeepError, UserAgent,
};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

/// How a relay ends its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// With FIN.
    Clean,
    /// With RST.
    Reset,
}

/// Something between a client and its server that can be cut.
struct Relay {
    address: SocketAddr,
    /// How many times it was cut, and how.
    cuts: watch::Sender<Option<Cut>>,
    /// While it holds true, connections are refused by closing them at once.
    closed: watch::Sender<bool>,
}

impl Relay {
    async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cuts, is_cut) = watch::channel(None);
        let (closed, is_closed) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !*is_closed.borrow() {
                    tokio::spawn(relay(client, server, is_cut.clone()));
                }
            }
        });
        Self { address, cuts, closed }
    }

    fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    fn cut(&self, cut: Cut) {
        self.cuts.send_replace(Some(cut));
    }
}

async fn relay(mut client: TcpStream, server: SocketAddr, mut cuts: watch::Receiver<Option<Cut>>) {
    let mut server = TcpStream::connect(server).await.unwrap();
    cuts.mark_unchanged();
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = cuts.changed() => {}
    }
    if *cuts.borrow() == Some(Cut::Reset) {
        client.set_zero_linger().unwrap();
        server.set_zero_linger().unwrap();
    }
}

/// As long as after a connection that was good for ten seconds.
const BACK_OFF: BackOff = BackOff { base: Duration::from_millis(100), maximum: Duration::from_millis(200) };

async fn agent(testbed: &Testbed, user: &str, url: &str, patience: Duration) -> (UserAgent, Events) {
    let builder = UserAgent::builder(&testbed.aor(user)).server(url).password(PASSWORD);
    let (ua, events) = builder.reconnect(Some(BACK_OFF)).patience(patience).connect().await.unwrap();
    ua.register().await.unwrap();
    (ua, events)
}

/// A call that stands at both ends.
pub(crate) async fn in_call(alice: &UserAgent, bobs: &mut Events) -> (Call, Call) {
    let media = || ApplicationSdp::new(SDP).0;
    let mut outgoing = alice.call("bob", media()).await.unwrap();
    let incoming = loop {
        if let Some(Event::IncomingCall(call)) = bobs.next().await {
            break call;
        }
    };
    let mut answered = incoming.accept(media()).await.unwrap();
    outgoing.established().await.unwrap();
    answered.established().await.unwrap();
    (outgoing, answered)
}

async fn until_resumed(call: &mut Call) {
    assert!(matches!(call.next().await, Some(CallEvent::Interrupted)));
    assert!(matches!(call.next().await, Some(CallEvent::Resumed)));
}

#[tokio::test]
async fn ac6_a_call_survives_the_cut_of_either_socket() {
    let testbed = Testbed::start().await.unwrap();
    let relays = [Relay::start(testbed.local_addr()).await, Relay::start(testbed.local_addr()).await];
    let patience = Duration::from_secs(60);
    let (alice, _events) = agent(&testbed, "alice", &relays[0].url(), patience).await;
    let (_bob, mut bobs) = agent(&testbed, "bob", &relays[1].url(), patience).await;
    let (mut outgoing, mut answered) = in_call(&alice, &mut bobs).await;
    for cut in [Cut::Clean, Cut::Reset] {
        for (relay, call) in relays.iter().zip([&mut outgoing, &mut answered]) {
            let begin = Instant::now();
            relay.cut(cut);
            until_resumed(call).await;
            let elapsed = begin.elapsed();
            println!("{cut:?} cut to Resumed: {elapsed:?}");
            // A registrar sees no more than one REGISTER in 10 s from a connection that never was good.
            assert!(elapsed < Duration::from_secs(11), "{elapsed:?}");
        }
    }
    assert_eq!(answered.hang_up().await.unwrap().kind, EndKind::HungUp);
    let cause = outgoing.ended().await;
    assert_eq!((cause.by, cause.kind), (EndedBy::Remote, EndKind::HungUp), "bob's BYE reaches alice");
}

/// What may go by on the loopback between the cut of a connection and the event that tells that the call goes on.
const AT_ONCE: Duration = Duration::from_millis(300);

/// From the cut of a connection that is seconds old, with the waits that user agents have by default, to `Resumed`.
async fn time_to_resume(testbed: &Testbed, cut: Cut) -> Duration {
    let relay = Relay::start(testbed.local_addr()).await;
    let connect = async |user: &str, url: &str| {
        let builder = UserAgent::builder(&testbed.aor(user)).server(url).password(PASSWORD);
        let (ua, events) = builder.connect().await.unwrap();
        ua.register().await.unwrap();
        (ua, events)
    };
    let (alice, _events) = connect("alice", &relay.url()).await;
    let (bob, mut bobs) = connect("bob", &testbed.url()).await;
    let (mut outgoing, mut answered) = in_call(&alice, &mut bobs).await;
    let begin = Instant::now();
    relay.cut(cut);
    until_resumed(&mut outgoing).await;
    let elapsed = begin.elapsed();
    assert_eq!(answered.hang_up().await.unwrap().kind, EndKind::HungUp);
    assert_eq!(outgoing.ended().await.by, EndedBy::Remote);
    alice.close().await;
    bob.close().await;
    elapsed
}

/// A machine that is busy with other things for a moment gets a second and a third try.
#[tokio::test]
async fn ac6_a_call_goes_on_at_once_after_the_cut_of_a_registered_connection() {
    let testbed = Testbed::start().await.unwrap();
    for cut in [Cut::Clean, Cut::Reset] {
        let mut times = Vec::new();
        while times.len() < 3 && times.iter().all(|time| *time >= AT_ONCE) {
            times.push(time_to_resume(&testbed, cut).await);
        }
        println!("{cut:?} cut to Resumed: {times:?}");
        assert!(times.iter().any(|time| *time < AT_ONCE), "{cut:?}: {times:?}");
    }
}

/// No keep-alive has noticed yet that nothing comes through the old connection any more: the application knows better.
#[tokio::test]
async fn ac6_a_call_goes_on_at_once_when_the_address_of_its_machine_has_changed() {
    let testbed = Testbed::builder().open().start().await.unwrap();
    let mut wire = testbed.messages();
    let patience = Duration::from_secs(60);
    let (alice, _events) = agent(&testbed, "alice", &testbed.url(), patience).await;
    let (_bob, mut bobs) = agent(&testbed, "bob", &testbed.url(), patience).await;
    let (mut outgoing, mut answered) = in_call(&alice, &mut bobs).await;
    wire.drain();
    alice.network_changed().await;
    let begin = Instant::now();
    until_resumed(&mut outgoing).await;
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(answered.hang_up().await.unwrap().kind, EndKind::HungUp);
    assert_eq!(outgoing.ended().await.by, EndedBy::Remote);
    let sent = wire.drain();
    let count = |method: &str| {
        sent.iter().filter(|record| record.from == "alice" && record.label() == method).count()
    };
    assert_eq!((count("REGISTER"), count("INVITE")), (1, 1), "one of each");
}

/// The first process ends without a word; the next one takes the place of its binding, since both are of one installation.
#[tokio::test]
async fn ac11_an_instance_that_is_kept_leaves_no_ghost_after_a_restart() {
    let testbed = Testbed::start().await.unwrap();
    let place = std::env::temp_dir().join(format!("sip-ua-instance-{}", std::process::id()));
    let place = place.to_str().unwrap();
    let start = async || {
        let builder = UserAgent::builder(&testbed.aor("alice")).server(&testbed.url()).password(PASSWORD);
        let (ua, events) = builder.instance_kept_in(place).connect().await?;
        ua.register().await.unwrap();
        Ok::<_, ConnectError>((ua, events))
    };
    let (first, _events) = start().await.unwrap();
    let named = first.bindings().await.unwrap()[0].instance.clone();
    assert!(named.as_deref().is_some_and(|instance| instance.starts_with("urn:uuid:")), "{named:?}");
    let (second, _more) = start().await.unwrap();
    let bindings = second.bindings().await.unwrap();
    assert_eq!(bindings.iter().map(|binding| binding.instance.clone()).collect::<Vec<_>>(), [named]);
    // what is not ours is not touched
    std::fs::write(place, "my letters").unwrap();
    let refused = start().await.map(drop).unwrap_err();
    assert!(matches!(refused, ConnectError::Instance { error: KeepError::SomethingElse, .. }), "{refused}");
    assert_eq!(std::fs::read_to_string(place).unwrap(), "my letters");
    std::fs::remove_file(place).unwrap();
    let builder = UserAgent::builder(&testbed.aor("alice")).server(&testbed.url());
    let refused = builder.instance_kept_in("/no/such/folder/instance").connect().await.map(drop).unwrap_err();
    assert!(matches!(refused, ConnectError::Instance { error: KeepError::Unwritable, .. }), "{refused}");
}

// rfc5626#4.5, type=test
/// The server accepts, answers 200 and cuts.
#[tokio::test]
async fn ac4_a_server_that_cuts_each_registered_connection_is_asked_ever_more_rarely() {
    let testbed = Testbed::start().await.unwrap();
    let relay = Relay::start(testbed.local_addr()).await;
    let base = Duration::from_millis(40);
    let builder = UserAgent::builder(&testbed.aor("alice")).server(&relay.url()).password(PASSWORD);
    let back_off = BackOff { base, maximum: Duration::from_secs(60) };
    let (alice, mut events) = builder.reconnect(Some(back_off)).connect().await.unwrap();
    alice.register().await.unwrap();
    let mut waits = Vec::new();
    for cut in [Cut::Clean, Cut::Reset, Cut::Clean, Cut::Reset, Cut::Clean] {
        while !matches!(events.next().await, Some(Event::Registration(RegistrationEvent::Registered { .. })))
        {
        }
        let begin = Instant::now();
        relay.cut(cut);
        while !matches!(events.next().await, Some(Event::Connected)) {}
        waits.push(begin.elapsed());
    }
    println!("waits {waits:?}");
    assert!(waits[0] < AT_ONCE * 3, "{waits:?}");
    for (wait, failures) in waits[1..].iter().zip(0..) {
        assert!(*wait >= base * 2u32.pow(failures), "{waits:?}");
    }
}

/// Both ends lose the server; the next one at the same address knows nothing of the call.
#[tokio::test]
async fn ac6_a_call_survives_the_restart_of_its_server() {
    let testbed = Testbed::start().await.unwrap();
    let (port, url) = (testbed.local_addr().port(), testbed.url());
    let patience = Duration::from_secs(60);
    let (alice, _events) = agent(&testbed, "alice", &url, patience).await;
    let (_bob, mut bobs) = agent(&testbed, "bob", &url, patience).await;
    let (mut outgoing, mut answered) = in_call(&alice, &mut bobs).await;
    testbed.shutdown().await;
    assert!(matches!(outgoing.next().await, Some(CallEvent::Interrupted)));
    assert!(matches!(answered.next().await, Some(CallEvent::Interrupted)));
    let _testbed = Testbed::builder().port(port).start().await.unwrap();
    assert!(matches!(outgoing.next().await, Some(CallEvent::Resumed)));
    assert!(matches!(answered.next().await, Some(CallEvent::Resumed)));
    assert_eq!(outgoing.hang_up().await.unwrap().kind, EndKind::HungUp);
    assert_eq!(answered.ended().await.by, EndedBy::Remote);
}

#[tokio::test]
async fn a_hang_up_without_connection_waits_for_the_next_one_or_fails() {
    let testbed = Testbed::start().await.unwrap();
    let relay = Relay::start(testbed.local_addr()).await;
    let (alice, _events) = agent(&testbed, "alice", &relay.url(), Duration::from_millis(600)).await;
    let (_bob, mut bobs) = agent(&testbed, "bob", &testbed.url(), Duration::from_secs(60)).await;
    let (mut outgoing, mut answered) = in_call(&alice, &mut bobs).await;
    relay.cut(Cut::Reset);
    assert!(matches!(outgoing.next().await, Some(CallEvent::Interrupted)));
    assert_eq!(outgoing.hang_up().await.unwrap().kind, EndKind::HungUp);
    assert_eq!(answered.ended().await.by, EndedBy::Remote, "the BYE has arrived before hang_up is done");

    let (mut outgoing, _answered) = in_call(&alice, &mut bobs).await;
    relay.closed.send_replace(true);
    relay.cut(Cut::Reset);
    assert!(matches!(outgoing.next().await, Some(CallEvent::Interrupted)));
    assert_eq!(outgoing.hang_up().await.unwrap_err(), HangUpError::Transport);
    assert_eq!(outgoing.hang_up().await.unwrap_err(), HangUpError::Transport, "asked again, told again");
}

// rfc3261#15.1.1/2, type=test
#[tokio::test]
async fn a_hang_up_that_the_server_cannot_pass_on_says_so() {
    let testbed = Testbed::start().await.unwrap();
    let relay = Relay::start(testbed.local_addr()).await;
    let patience = Duration::from_secs(60);
    let (alice, _events) = agent(&testbed, "alice", &testbed.url(), patience).await;
    let (_bob, mut bobs) = agent(&testbed, "bob", &relay.url(), patience).await;
    let (mut outgoing, mut answered) = in_call(&alice, &mut bobs).await;
    relay.closed.send_replace(true);
    relay.cut(Cut::Reset);
    assert!(matches!(answered.next().await, Some(CallEvent::Interrupted)));
    let error = outgoing.hang_up().await.unwrap_err();
    assert_eq!(error, HangUpError::Refused(StatusCode::TEMPORARILY_UNAVAILABLE));
    assert_eq!(outgoing.hang_up().await.unwrap_err(), error, "asked again, told again");
}

/// A rolling restart: one process stops without a word, the next one goes on with its calls.
#[cfg(feature = "serde")]
#[tokio::test]
async fn ac10_a_call_goes_on_in_another_user_agent() {
    let testbed = Testbed::start().await.unwrap();
    let patience = Duration::from_secs(60);
    let (alice, events) = agent(&testbed, "alice", &testbed.url(), patience).await;
    let (_bob, mut bobs) = agent(&testbed, "bob", &testbed.url(), patience).await;
    let (outgoing, mut answered) = in_call(&alice, &mut bobs).await;
    let snapshot = alice.suspend().await.unwrap();
    drop((outgoing, events));
    let text = serde_json::to_string(&snapshot).unwrap();

    let builder = UserAgent::builder(&testbed.aor("alice")).server(&testbed.url()).password(PASSWORD);
    let snapshot = serde_json::from_str(&text).unwrap();
    let begin = Instant::now();
    let (alice, mut events) = builder.restore(snapshot, Duration::from_millis(10)).connect().await.unwrap();
    let restored = loop {
        if let Some(Event::RestoredCall(call)) = events.next().await {
            break call;
        }
    };
    assert_eq!(restored.dialog().remote().uri.to_string(), testbed.aor("bob"));
    let mut outgoing = restored.resume(ApplicationSdp::new(SDP).0).await;
    assert!(matches!(outgoing.next().await, Some(CallEvent::Resumed)));
    println!("connect to Resumed: {:?}", begin.elapsed());
    assert_eq!(outgoing.hang_up().await.unwrap().kind, EndKind::HungUp);
    assert_eq!(answered.ended().await.by, EndedBy::Remote);
    alice.close().await;
}

#[cfg(feature = "serde")]
#[tokio::test]
async fn ac10_a_restored_call_that_nobody_wants_is_hung_up() {
    let testbed = Testbed::start().await.unwrap();
    let patience = Duration::from_secs(60);
    let (alice, _events) = agent(&testbed, "alice", &testbed.url(), patience).await;
    let (_bob, mut bobs) = agent(&testbed, "bob", &testbed.url(), patience).await;
    let (_outgoing, mut answered) = in_call(&alice, &mut bobs).await;
    let snapshot = alice.suspend().await.unwrap();
    let builder = UserAgent::builder(&testbed.aor("alice")).server(&testbed.url()).password(PASSWORD);
    let (_alice, mut events) = builder.restore(snapshot, Duration::ZERO).connect().await.unwrap();
    while !matches!(events.next().await, Some(Event::RestoredCall(_))) {}
    assert_eq!(answered.ended().await.by, EndedBy::Remote);
}
