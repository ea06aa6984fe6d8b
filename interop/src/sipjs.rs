//! One user agent of ours and one SIP.js: messages and calls in both directions, ended from each side.

use crate::agent::{Agent, password};
use crate::arguments::Arguments;
use crate::call::{Ender, ensure_described, ensure_hung_up};
use crate::evidence::Evidence;
use crate::miss::Miss;
use crate::pair::register;
use crate::peer::Peer;
use crate::trace::Trace;
use sip_dialog::EndedBy;
use sip_ua::Call;
use std::path::Path;
use tokio::process::Command;
use tokio::{join, try_join};

/// Plays everything.
pub(crate) async fn play(arguments: &Arguments, script: &Path, evidence: &mut Evidence) -> Result<(), Miss> {
    let trace = evidence.trace();
    let mut alice = evidence.step("alice (ours) registers", register(arguments, &trace, "alice")).await?;
    let mut bob = evidence.step("bob (SIP.js) registers", start(arguments, &trace, script)).await?;
    let message = message_out(arguments, &trace, &alice, &mut bob);
    evidence.step("alice sends bob a message", message).await?;
    let message = message_in(arguments, &trace, &mut alice, &mut bob);
    evidence.step("bob sends alice a message", message).await?;
    for ender in [Ender::Caller, Ender::Callee] {
        let name = format!("alice calls bob, {} hangs up", ender.name());
        evidence.step(&name, call_out(arguments, &trace, &alice, &mut bob, ender)).await?;
    }
    for ender in [Ender::Caller, Ender::Callee] {
        let name = format!("bob calls alice, {} hangs up", ender.name());
        evidence.step(&name, call_in(&trace, &mut alice, &mut bob, ender)).await?;
    }
    evidence.step("both unregister", unregister(&trace, alice, bob)).await
}

async fn start(arguments: &Arguments, trace: &Trace, script: &Path) -> Result<Peer, Miss> {
    let mut node = Command::new("node");
    node.arg(script).args([&arguments.server, &arguments.domain, "bob", &password("bob")]);
    let mut bob = Peer::start("bob", trace.clone(), &mut node)?;
    bob.require("registered 200").await?;
    Ok(bob)
}

async fn message_out(
    arguments: &Arguments,
    trace: &Trace,
    alice: &Agent,
    bob: &mut Peer,
) -> Result<(), Miss> {
    let target = arguments.aor("bob");
    let send = async { Ok(alice.handle.message(&target, "Grüße aus Rust").await?) };
    try_join!(send, bob.require("message alice 200 Grüße aus Rust"))?;
    trace.require("alice", &["> MESSAGE", "< 407", "> MESSAGE", "< 200"]).await
}

async fn message_in(
    arguments: &Arguments,
    trace: &Trace,
    alice: &mut Agent,
    bob: &mut Peer,
) -> Result<(), Miss> {
    bob.tell("message alice Grüße aus JavaScript").await?;
    alice.require_message(&arguments.aor("bob"), "Grüße aus JavaScript").await?;
    bob.require("message alice 200 Grüße aus JavaScript").await?;
    trace.require("alice", &["< MESSAGE", "> 200"]).await
}

async fn call_out(
    arguments: &Arguments,
    trace: &Trace,
    alice: &Agent,
    bob: &mut Peer,
    ender: Ender,
) -> Result<(), Miss> {
    let (offer, answered) = alice.media();
    let mut call = alice.handle.call(&arguments.aor("bob"), offer).await?;
    let up = async { call.established().await.map_err(|cause| Miss::new(format!("{cause:?}"))) };
    let answer = async {
        bob.require("incoming alice").await?;
        bob.require("sdp o=alice 1 1 IN IP4 127.0.0.1").await?;
        bob.require("established").await
    };
    try_join!(up, answer)?;
    ensure_described("alice", &answered, "o=- 1 ")?;
    trace.require("alice", &["> INVITE", "< 180", "< 200", "> ACK"]).await?;
    match ender {
        Ender::Caller => alice_ends(trace, &mut call, bob).await,
        Ender::Callee => bob_ends(trace, &mut call, bob).await,
    }
}

async fn call_in(trace: &Trace, alice: &mut Agent, bob: &mut Peer, ender: Ender) -> Result<(), Miss> {
    bob.tell("call alice").await?;
    let incoming = alice.incoming_call().await?;
    let (answer, offered) = alice.media();
    let up = async {
        let mut call = incoming.accept(answer).await?;
        call.established().await.map_err(|cause| Miss::new(format!("{cause:?}")))?;
        Ok(call)
    };
    let (mut call, ()) = try_join!(up, bob.require("established"))?;
    ensure_described("alice", &offered, "o=- 1 ")?;
    trace.require("alice", &["< INVITE", "> 180", "> 200", "< ACK"]).await?;
    match ender {
        Ender::Caller => bob_ends(trace, &mut call, bob).await,
        Ender::Callee => alice_ends(trace, &mut call, bob).await,
    }
}

async fn alice_ends(trace: &Trace, call: &mut Call, bob: &mut Peer) -> Result<(), Miss> {
    let (cause, ended) = join!(call.hang_up(), bob.require("ended"));
    ended?;
    ensure_hung_up("alice", EndedBy::Local, &cause?)?;
    trace.require("alice", &["> BYE", "< 200"]).await
}

async fn bob_ends(trace: &Trace, call: &mut Call, bob: &mut Peer) -> Result<(), Miss> {
    bob.tell("bye").await?;
    let (cause, confirmed) = join!(call.ended(), bob.require("bye 200"));
    confirmed?;
    ensure_hung_up("alice", EndedBy::Remote, &cause)?;
    trace.require("alice", &["< BYE", "> 200"]).await
}

async fn unregister(trace: &Trace, alice: Agent, mut bob: Peer) -> Result<(), Miss> {
    alice.handle.unregister().await?;
    trace.require("alice", &["> REGISTER", "< 200"]).await?;
    alice.handle.close().await;
    bob.tell("quit").await?;
    bob.require("unregistered").await?;
    bob.ended().await
}
