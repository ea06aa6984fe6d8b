//! What an application answers at once leaves in one go with what goes before it, counted in what the socket gives at a
//! time (RFC 7118 §4.2: one message is one frame, RFC 6455 §5.2 how long it is).

use sip_testbed::Testbed;
use sip_ua::{ApplicationSdp, Event, UserAgent};
use std::sync::mpsc::{Receiver, Sender, channel};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

#[expect(clippy::disallowed_methods, reason = "this side plays the application and the network")]
fn spawn<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> tokio::task::JoinHandle<T> {
    tokio::spawn(task)
}

/// A relay for one client in front of the testbed: its URL, and how many frames came at a time.
async fn counting(testbed: &Testbed) -> (String, Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let server = testbed.local_addr();
    let (counts, counted) = channel();
    spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        relay(client, TcpStream::connect(server).await.unwrap(), counts).await;
    });
    (url, counted)
}

async fn relay(client: TcpStream, server: TcpStream, counts: Sender<usize>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    spawn(async move { copy(&mut from_server, &mut to_client).await });
    let mut buffer = vec![0; 65536];
    while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
        counts.send(frames(&buffer[..length])).unwrap();
        to_server.write_all(&buffer[..length]).await.unwrap();
    }
}

/// How many whole text frames of a client these are; none in what is no frame.
fn frames(mut bytes: &[u8]) -> usize {
    let mut count = 0;
    while let [0x81, length, more @ ..] = bytes {
        let (length, more) = match length & 0x7f {
            126 => (usize::from(more[0]) << 8 | usize::from(more[1]), &more[2..]),
            length => (usize::from(length), more),
        };
        // the mask stands in front
        bytes = more.get(4 + length..).unwrap();
        count += 1;
    }
    count
}

#[tokio::test]
async fn ringing_goes_with_an_answer_at_once_and_an_ack_with_a_bye() {
    let testbed = Testbed::builder().open().start().await.unwrap();
    let (alices_url, from_alice) = counting(&testbed).await;
    let (bobs_url, from_bob) = counting(&testbed).await;
    let (alice, _events) =
        UserAgent::builder(&testbed.aor("alice")).server(&alices_url).connect().await.unwrap();
    let (bob, mut bobs) = UserAgent::builder(&testbed.aor("bob")).server(&bobs_url).connect().await.unwrap();
    bob.register().await.unwrap();
    let answering = spawn(async move {
        while let Some(event) = bobs.next().await {
            if let Event::IncomingCall(call) = event {
                call.accept(ApplicationSdp::new(SDP).0).await.unwrap().ended().await;
                return;
            }
        }
    });
    let mut call = alice.call("bob", ApplicationSdp::new(SDP).0).await.unwrap();
    call.established().await.unwrap();
    call.hang_up().await.unwrap();
    answering.await.unwrap();
    let told = |counts: &Receiver<usize>| counts.try_iter().filter(|count| *count > 0).collect::<Vec<_>>();
    // INVITE, then ACK and BYE
    assert_eq!(told(&from_alice), [1, 2]);
    // REGISTER, then 180 and 200 to the INVITE, then 200 to the BYE
    assert_eq!(told(&from_bob), [1, 2, 1]);
}

#[tokio::test]
async fn a_telephone_rings_before_its_user_answers() {
    let testbed = Testbed::builder().open().start().await.unwrap();
    let (url, from_bob) = counting(&testbed).await;
    let (alice, _events) =
        UserAgent::builder(&testbed.aor("alice")).server(&testbed.url()).connect().await.unwrap();
    let (bob, mut bobs) = UserAgent::builder(&testbed.aor("bob")).server(&url).connect().await.unwrap();
    bob.register().await.unwrap();
    let mut call = alice.call("bob", ApplicationSdp::new(SDP).0).await.unwrap();
    while !matches!(call.next().await.unwrap(), sip_ua::CallEvent::Progress { status } if status.code() == 180)
    {
    }
    let ringing = std::iter::from_fn(|| from_bob.try_recv().ok()).filter(|count| *count > 0).count();
    // REGISTER and 180
    assert_eq!(ringing, 2);
    while !matches!(bobs.next().await.unwrap(), Event::IncomingCall(_)) {}
}
