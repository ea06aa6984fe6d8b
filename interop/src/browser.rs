//! A user agent of ours in Chromium, and a native one, at the testbed: registration, messages, calls from both sides, a
//! call whose connection is cut under the page, and one that goes on after the page is loaded anew.

mod chromium;
mod page;
mod request;
mod site;

use crate::agent::{Agent, password};
use crate::arguments::{Arguments, Scenario};
use crate::call::{ensure_described, ensure_hung_up};
use crate::evidence::Evidence;
use crate::miss::Miss;
use crate::pair::register;
use crate::trace::Trace;
use chromium::Chromium;
use page::Page;
use sip_dialog::EndedBy;
use sip_testbed::{Relay, RelayCut, RelayFault, Testbed};
use sip_ua::Call;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout};
use tokio::{join, try_join};

/// What `/page.js` says of itself in the trace.
const ALICE: &str = "alice";
const BOB: &str = "bob";

/// The wire of a user agent that goes on over another connection: a REGISTER, then one re-INVITE for its call.
const RECOVERY: [&str; 6] = ["> REGISTER", "< 200", "> INVITE", "< 200", "> ACK", "= resumed"];

/// Serves the page in `folder` to `program` and plays everything.
pub(crate) async fn play(folder: &Path, program: &str) -> Result<usize, Miss> {
    let mut evidence = Evidence::default();
    let testbed = Testbed::builder().user(ALICE, &password(ALICE)).user(BOB, &password(BOB)).start().await?;
    let relay = Relay::start(testbed.local_addr()).await?;
    let mut page = Page::serve(ALICE, &folder.join("site"), evidence.trace()).await?;
    let query = [
        ("server", format!("ws://{}", relay.local_addr())),
        ("aor", testbed.aor(ALICE)),
        ("password", password(ALICE)),
    ];
    let chromium = Chromium::start(program, folder, &page.url(&query))?;
    let arguments = Arguments {
        scenario: Scenario::Pair,
        server: testbed.url(),
        domain: testbed.domain().to_owned(),
        algorithm: ALGORITHM.to_owned(),
        root: None,
    };
    let played = scenes(&arguments, &relay, &mut page, &mut evidence).await;
    print!("\n{}", evidence.table());
    if played.is_err() {
        chromium.show_log();
    }
    played.map(|()| evidence.steps())
}

/// Attempts come after 1 to 2, 3 to 6, 7 to 14 and 15 to 30 s, so that one is far when it ends.
const OUTAGE: Duration = Duration::from_secs(15);

/// Less than is left until that attempt, mostly.
const SOON: Duration = Duration::from_secs(2);

/// So long a connection lasts that another short one before it is forgotten.
const LASTING: Duration = Duration::from_secs(10);

/// From the cut of a registered connection to the line that tells that the call goes on.
const AT_ONCE: Duration = Duration::from_millis(300);

/// What the testbed asks for first.
const ALGORITHM: &str = "SHA-256";

async fn scenes(
    arguments: &Arguments,
    relay: &Relay,
    page: &mut Page,
    evidence: &mut Evidence,
) -> Result<(), Miss> {
    let trace = evidence.trace();
    evidence.slow_step("the page is loaded and connects", page.require("connected")).await?;
    evidence.step("alice (in the page) registers", register_page(page, &trace)).await?;
    let mut bob = evidence.step("bob (native) registers", register(arguments, &trace, BOB)).await?;
    evidence.step("alice sends bob a message", message_out(arguments, page, &mut bob, &trace)).await?;
    evidence.step("bob sends alice a message", message_in(arguments, page, &bob, &trace)).await?;
    evidence
        .step("alice calls bob and hangs up", async {
            let mut call = call_out(page, &mut bob).await?;
            alice_ends(page, &mut call, &trace).await
        })
        .await?;
    evidence
        .step("bob calls alice and hangs up", async {
            let mut call = call_in(arguments, page, &bob).await?;
            bob_ends(page, &mut call, &trace).await
        })
        .await?;
    for (cut, how, age) in [(RelayCut::Reset, "RST", Duration::ZERO), (RelayCut::Clean, "FIN", LASTING)] {
        let mut call = evidence.step("alice calls bob", call_out(page, &mut bob)).await?;
        tokio::time::sleep(age).await;
        outlive_cut(evidence, (cut, how), relay, page).await?;
        evidence.step("bob hangs up, which reaches alice", bob_ends(page, &mut call, &trace)).await?;
    }
    let mut call = evidence.step("bob calls alice", call_in(arguments, page, &bob)).await?;
    evidence
        .slow_step("the call outlives a server that falls silent", outlive_silence(relay, page, &trace))
        .await?;
    evidence.step("bob hangs up, which reaches alice", bob_ends(page, &mut call, &trace)).await?;
    let mut call = evidence.step("alice calls bob", call_out(page, &mut bob)).await?;
    evidence.slow_step("there is no network for a while", lose_network(relay, page)).await?;
    evidence.step("back online, the call goes on at once", find_network(relay, page, &trace)).await?;
    evidence.step("bob hangs up, which reaches alice", bob_ends(page, &mut call, &trace)).await?;
    let mut call = evidence.step("bob calls alice", call_in(arguments, page, &bob)).await?;
    evidence.slow_step("the call outlives a reload of the page", outlive_reload(page, &trace)).await?;
    evidence.step("bob hangs up, which reaches the new page", bob_ends(page, &mut call, &trace)).await?;
    evidence.step("bob sends the new page a message", message_in(arguments, page, &bob, &trace)).await?;
    evidence.step("a server that is not there is told", no_server(page)).await?;
    evidence.step("both unregister", unregister(page, bob, &trace)).await
}

async fn register_page(page: &mut Page, trace: &Trace) -> Result<(), Miss> {
    page.tell("register").await?;
    page.require("registered").await?;
    trace.require(ALICE, &["> REGISTER", "< 401", "> REGISTER", "< 200", "= registered"]).await
}

async fn message_out(
    arguments: &Arguments,
    page: &mut Page,
    bob: &mut Agent,
    trace: &Trace,
) -> Result<(), Miss> {
    page.tell("message bob Grüße aus der Seite").await?;
    bob.require_message(&arguments.aor(ALICE), "Grüße aus der Seite").await?;
    page.require("message sent").await?;
    trace.require(ALICE, &["> MESSAGE", "< 200"]).await
}

async fn message_in(arguments: &Arguments, page: &mut Page, bob: &Agent, trace: &Trace) -> Result<(), Miss> {
    bob.handle.message(&arguments.aor(ALICE), "Grüße an die Seite").await?;
    page.require("message bob Grüße an die Seite").await?;
    trace.require(ALICE, &["< MESSAGE", "> 200"]).await
}

async fn call_out(page: &mut Page, bob: &mut Agent) -> Result<Call, Miss> {
    page.tell("call bob").await?;
    let incoming = bob.incoming_call().await?;
    let (answer, offered) = bob.media();
    let up = async {
        let mut call = incoming.accept(answer).await?;
        call.established().await.map_err(|cause| Miss::new(format!("{cause:?}")))?;
        Ok(call)
    };
    let (call, ()) = try_join!(up, is_up(page))?;
    ensure_described(BOB, &offered, "o=page ")?;
    Ok(call)
}

async fn call_in(arguments: &Arguments, page: &mut Page, bob: &Agent) -> Result<Call, Miss> {
    let (offer, answered) = bob.media();
    let mut call = bob.handle.call(&arguments.aor(ALICE), offer).await?;
    let up = async { call.established().await.map_err(|cause| Miss::new(format!("{cause:?}"))) };
    let there = async {
        page.require("incoming bob").await?;
        is_up(page).await
    };
    try_join!(up, there)?;
    ensure_described(BOB, &answered, "o=page ")?;
    Ok(call)
}

async fn is_up(page: &mut Page) -> Result<(), Miss> {
    page.require("sdp o=bob 1 1 IN IP4 127.0.0.1").await?;
    page.require("established").await
}

async fn alice_ends(page: &mut Page, call: &mut Call, trace: &Trace) -> Result<(), Miss> {
    page.tell("bye").await?;
    let (cause, confirmed) = join!(call.ended(), page.require("bye confirmed"));
    confirmed?;
    ensure_hung_up(BOB, EndedBy::Remote, &cause)?;
    trace.require(ALICE, &["> BYE", "< 200"]).await
}

async fn bob_ends(page: &mut Page, call: &mut Call, trace: &Trace) -> Result<(), Miss> {
    let (cause, told) = join!(call.hang_up(), page.require("ended Remote HungUp"));
    told?;
    ensure_hung_up(BOB, EndedBy::Local, &cause?)?;
    trace.require(ALICE, &["< BYE", "> 200"]).await
}

/// The call goes on at once; a machine that is busy with other things for a moment gets a second and a third try.
async fn outlive_cut(
    evidence: &mut Evidence,
    (cut, how): (RelayCut, &str),
    relay: &Relay,
    page: &mut Page,
) -> Result<(), Miss> {
    let (trace, name) = (evidence.trace(), format!("the call outlives the cut of its connection by {how}"));
    for rest in [Some(LASTING), Some(LASTING), None] {
        let took = evidence.step(&name, resume(relay, cut, page, &trace)).await?;
        println!("       resumed {:.0} ms after the {how}", took.as_secs_f64() * 1000.0);
        match rest {
            _ if took < AT_ONCE => break,
            Some(rest) => tokio::time::sleep(rest).await,
            None => return Err(Miss::new(format!("{name}, but not within {AT_ONCE:?}"))),
        }
    }
    Ok(())
}

async fn resume(relay: &Relay, cut: RelayCut, page: &mut Page, trace: &Trace) -> Result<Duration, Miss> {
    let begin = Instant::now();
    relay.cut(cut);
    page.require("interrupted").await?;
    page.require("resumed").await?;
    let took = begin.elapsed();
    trace.require(ALICE, &RECOVERY).await?;
    Ok(took)
}

/// Nothing is lost and nobody closes; only keep-alive tells (RFC 5626 §4.4).
async fn outlive_silence(relay: &Relay, page: &mut Page, trace: &Trace) -> Result<(), Miss> {
    relay.set(RelayFault::BlackHole);
    page.require("interrupted").await?;
    relay.set(RelayFault::None);
    page.require("resumed").await?;
    trace.require(ALICE, &RECOVERY).await
}

/// Until the waits between attempts are longer than the patience of the next step.
async fn lose_network(relay: &Relay, page: &mut Page) -> Result<(), Miss> {
    relay.set(RelayFault::Refuse);
    relay.cut(RelayCut::Reset);
    page.require("interrupted").await?;
    tokio::time::sleep(OUTAGE).await;
    Ok(())
}

/// The browser says that it is online, and nobody waits for the next attempt.
async fn find_network(relay: &Relay, page: &mut Page, trace: &Trace) -> Result<(), Miss> {
    relay.set(RelayFault::None);
    page.tell("online").await?;
    let resumed = timeout(SOON, page.require("resumed")).await;
    resumed.map_err(|_| Miss::new("the page waits for the next attempt"))??;
    trace.require(ALICE, &RECOVERY).await
}

async fn outlive_reload(page: &mut Page, trace: &Trace) -> Result<(), Miss> {
    page.tell("reload").await?;
    page.require("connected").await?;
    page.require("restored").await?;
    page.require("resumed").await?;
    trace.require(ALICE, &RECOVERY).await
}

async fn no_server(page: &mut Page) -> Result<(), Miss> {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?;
    page.tell(&format!("try ws://{free}")).await?;
    page.require(&format!("tried no connection to the server: no connection to ws://{free}/")).await
}

async fn unregister(page: &mut Page, bob: Agent, trace: &Trace) -> Result<(), Miss> {
    page.tell("quit").await?;
    page.require("unregistered").await?;
    trace.require(ALICE, &["> REGISTER", "< 200", "= unregistered"]).await?;
    bob.handle.unregister().await?;
    bob.handle.close().await;
    Ok(())
}
