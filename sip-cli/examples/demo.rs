//! The main job in one go: two user agents register, chat and call through a testbed, and the messages that
//! went over the wire are drawn as a ladder diagram. `cargo xtask demo` runs it.

use sip_testbed::{Ladder, PASSWORD, Record, Testbed};
use sip_ua::{ApplicationSdp, CallEvent, Event, Events, UserAgent};
use std::error::Error;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let with_messages = std::env::args().any(|argument| argument == "--messages");
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(demo(with_messages))
}

async fn demo(with_messages: bool) -> Outcome<()> {
    let testbed = Testbed::start().await?;
    println!("A registrar and proxy for {} listens on {}.", testbed.domain(), testbed.url());
    let mut messages = testbed.messages();
    let (bob, events) = agent(&testbed, "bob").await?;
    let (alice, _) = agent(&testbed, "alice").await?;

    bob.register().await?;
    println!("Bob is registered.");
    alice.register().await?;
    println!("Alice is registered.");
    let bobs_side = tokio::task::LocalSet::new();
    let answering =
        bobs_side.spawn_local(async move { answer(events).await.map_err(|error| error.to_string()) });
    bobs_side.run_until(alices_side(&alice)).await?;
    bobs_side.run_until(answering).await??;
    alice.close().await;
    bob.close().await;
    testbed.shutdown().await;

    show(&messages.drain(), with_messages);
    Ok(())
}

async fn agent(testbed: &Testbed, user: &str) -> Outcome<(UserAgent, Events)> {
    let builder = UserAgent::builder(&testbed.aor(user)).server(&testbed.url()).password(PASSWORD);
    Ok(builder.connect().await?)
}

async fn alices_side(alice: &UserAgent) -> Outcome<()> {
    alice.message("bob", "Hello Bob, may I call you?").await?;
    println!("Alice knows that her message has arrived.");
    let (offer, _) = ApplicationSdp::new(&sdp("alice", 49170));
    let mut call = alice.call("bob", offer).await?;
    while let Some(event) = call.next().await {
        match event {
            CallEvent::Progress { status } => {
                println!("Alice hears: {} {}.", status.code(), status.default_reason());
            }
            CallEvent::Established => {
                println!("The call is up; Alice hangs up.");
                println!("Alice's call ended: {}.", call.hang_up().await?);
                return Ok(());
            }
            CallEvent::Ended(cause) => return Err(cause.into()),
            _ => {}
        }
    }
    Err("the call vanished".into())
}

async fn answer(mut events: Events) -> Outcome<()> {
    while let Some(event) = events.next().await {
        match event {
            Event::Message(message) => println!("Bob reads: {:?}.", message.text()),
            Event::IncomingCall(incoming) => {
                println!("Bob's phone rings; Bob answers.");
                let (answer, _) = ApplicationSdp::new(&sdp("bob", 49172));
                let cause = incoming.accept(answer).await?.ended().await;
                println!("Bob's call ended: {cause}.");
                return Ok(());
            }
            _ => {}
        }
    }
    Err("Bob's user agent was closed".into())
}

fn show(records: &[Record], with_messages: bool) {
    let ladder = Ladder::new(records).participants(&["alice", "testbed", "bob"]);
    println!("\nWhat went over the wire:\n");
    println!("{}", ladder.with_messages(with_messages));
    if !with_messages {
        println!("`cargo xtask demo --messages` prints every message in full.");
    }
}

fn sdp(user: &str, port: u16) -> String {
    format!(
        "v=0\r\no={user} 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
    )
}
