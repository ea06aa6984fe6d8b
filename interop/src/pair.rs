//! Two user agents of ours: registration, messages, calls that either side ends, and what bad input gets.

use crate::agent::{Agent, password};
use crate::arguments::Arguments;
use crate::call::{Ender, ensure_described, ensure_hung_up};
use crate::evidence::Evidence;
use crate::miss::{Miss, ensure};
use crate::trace::Trace;
use sip_dialog::{EndKind, EndedBy};
use sip_message::StatusCode;
use sip_transport_ws::native::{self, ConnectOptions, TlsFailure};
use sip_ua::{Call, ConnectError, RegisterError, RequestError};
use tokio::{join, try_join};

/// Plays everything.
pub(crate) async fn play(arguments: &Arguments, evidence: &mut Evidence) -> Result<(), Miss> {
    let trace = evidence.trace();
    let name = format!("alice registers at {}", arguments.server);
    let mut alice = evidence.step(&name, register(arguments, &trace, "alice")).await?;
    let mut bob = evidence.step("bob registers", register(arguments, &trace, "bob")).await?;
    // the first request of each is challenged; the credentials then go along with every further one
    let challenged = ["> INVITE", "< 407", "> ACK", "> INVITE", "< 180", "< 200", "> ACK"];
    let authorized = ["> INVITE", "< 180", "< 200", "> ACK"];
    for (ender, wire) in [(Ender::Caller, &challenged[..]), (Ender::Callee, &authorized)] {
        let name = format!("alice calls bob, {} hangs up", ender.name());
        let call = call(arguments, &trace, (&alice, &mut bob), ender);
        evidence
            .step(&name, async {
                call.await?;
                trace.require("alice", wire).await
            })
            .await?;
    }
    let message = message(arguments, &trace, &bob, &mut alice, &["> MESSAGE", "< 407", "> MESSAGE", "< 200"]);
    evidence.step("bob sends alice a message", message).await?;
    let message = self::message(arguments, &trace, &alice, &mut bob, &["> MESSAGE", "< 200"]);
    evidence.step("alice sends bob a message", message).await?;
    let unknown = call_to_nobody(arguments, &trace, &alice);
    evidence.step("a call to an unknown user is refused", unknown).await?;
    evidence.step("a message to an unknown user is refused", message_to_nobody(arguments, &alice)).await?;
    evidence.step("a wrong password is told and not repeated", wrong_password(arguments, &trace)).await?;
    if arguments.root.is_some() {
        evidence.step("an unknown root is told", unknown_root(arguments, &trace)).await?;
    }
    evidence.step("both unregister", unregister(&trace, alice, bob)).await
}

/// Registers: 401 with the algorithm expected of the server, then 200.
pub(crate) async fn register(
    arguments: &Arguments,
    trace: &Trace,
    name: &'static str,
) -> Result<Agent, Miss> {
    let agent = Agent::connect(arguments, trace, name, &password(name)).await?;
    bind(arguments, trace, &agent).await?;
    Ok(agent)
}

/// Registers an agent that is connected.
pub(crate) async fn bind(arguments: &Arguments, trace: &Trace, agent: &Agent) -> Result<(), Miss> {
    let name = agent.name;
    let lifetime = agent.handle.register().await?;
    ensure(!lifetime.is_zero(), || "the registration has no lifetime".to_owned())?;
    trace.require(name, &["> REGISTER", "< 401", "> REGISTER", "< 200"]).await?;
    trace.require_part(name, &format!("Digest {}", arguments.algorithm))
}

async fn message(
    arguments: &Arguments,
    trace: &Trace,
    sender: &Agent,
    receiver: &mut Agent,
    wire: &[&str],
) -> Result<(), Miss> {
    let text = "Grüße über WebSocket";
    let (target, from, receiver_name) =
        (arguments.aor(receiver.name), arguments.aor(sender.name), receiver.name);
    let send = async { Ok(sender.handle.message(&target, text).await?) };
    try_join!(send, receiver.require_message(&from, text))?;
    trace.require(sender.name, wire).await?;
    trace.require(receiver_name, &["< MESSAGE", "> 200"]).await
}

async fn call(
    arguments: &Arguments,
    trace: &Trace,
    (caller, callee): (&Agent, &mut Agent),
    ender: Ender,
) -> Result<(), Miss> {
    let (mut calling, mut called) = establish(arguments, caller, callee).await?;
    let (caller_cause, callee_cause) = match ender {
        Ender::Caller => {
            let (caller, callee) = join!(calling.hang_up(), called.ended());
            (caller?, callee)
        }
        Ender::Callee => {
            let (caller, callee) = join!(calling.ended(), called.hang_up());
            (caller, callee?)
        }
    };
    let (caller_by, callee_by) = match ender {
        Ender::Caller => (EndedBy::Local, EndedBy::Remote),
        Ender::Callee => (EndedBy::Remote, EndedBy::Local),
    };
    ensure_hung_up(caller.name, caller_by, &caller_cause)?;
    ensure_hung_up(callee.name, callee_by, &callee_cause)?;
    trace.require(callee.name, &["< INVITE", "> 180", "> 200", "< ACK"]).await?;
    let (sender, receiver) = match ender {
        Ender::Caller => (caller.name, callee.name),
        Ender::Callee => (callee.name, caller.name),
    };
    trace.require(sender, &["> BYE", "< 200"]).await?;
    trace.require(receiver, &["< BYE", "> 200"]).await
}

/// A call that is up on both sides.
pub(crate) async fn establish(
    arguments: &Arguments,
    caller: &Agent,
    callee: &mut Agent,
) -> Result<(Call, Call), Miss> {
    let (offer, answered) = caller.media();
    let (answer, offered) = callee.media();
    let target = arguments.aor(callee.name);
    let invite = async { Ok(caller.handle.call(&target, offer).await?) };
    let (mut calling, incoming) = try_join!(invite, callee.incoming_call())?;
    let established = async { calling.established().await.map_err(|cause| Miss::new(format!("{cause:?}"))) };
    let accept = async {
        let mut called = incoming.accept(answer).await?;
        called.established().await.map_err(|cause| Miss::new(format!("{cause:?}")))?;
        Ok(called)
    };
    let ((), called) = try_join!(established, accept)?;
    ensure_described(caller.name, &answered, &format!("o={} ", callee.name))?;
    ensure_described(callee.name, &offered, &format!("o={} ", caller.name))?;
    Ok((calling, called))
}

async fn call_to_nobody(arguments: &Arguments, trace: &Trace, caller: &Agent) -> Result<(), Miss> {
    let (media, _answered) = caller.media();
    let mut call = caller.handle.call(&arguments.aor("nobody"), media).await?;
    match call.established().await {
        Ok(()) => Err(Miss::new("the call came up")),
        Err(cause) if cause.kind == EndKind::Refused(StatusCode::NOT_FOUND) => {
            trace.require(caller.name, &["> INVITE", "< 404", "> ACK"]).await
        }
        Err(cause) => Err(Miss::new(format!("the call ended with {:?}", cause.kind))),
    }
}

async fn message_to_nobody(arguments: &Arguments, sender: &Agent) -> Result<(), Miss> {
    match sender.handle.message(&arguments.aor("nobody"), "anybody there?").await {
        Err(RequestError::Failed(failure)) if failure.to_string().contains("404") => Ok(()),
        other => Err(Miss::new(format!("the message came to {other:?}"))),
    }
}

async fn wrong_password(arguments: &Arguments, trace: &Trace) -> Result<(), Miss> {
    let carol = Agent::connect(arguments, trace, "carol", "not the password").await?;
    match carol.handle.register().await {
        Err(RegisterError::Authentication(_)) => {}
        other => return Err(Miss::new(format!("the registration came to {other:?}"))),
    }
    let tries = trace.count("carol", "> REGISTER");
    ensure((2..=3).contains(&tries), || format!("{tries} REGISTER requests"))
}

/// AC-70: with the platform's roots only, the private root is unknown.
async fn unknown_root(arguments: &Arguments, trace: &Trace) -> Result<(), Miss> {
    let options = ConnectOptions::default();
    match Agent::connect_error(arguments, trace, "carol", options).await? {
        ConnectError::Connection(native::ConnectError::Tls {
            failure: TlsFailure::UnknownIssuer, ..
        }) => Ok(()),
        other => Err(Miss::new(format!("another error: {other}"))),
    }
}

async fn unregister(trace: &Trace, alice: Agent, bob: Agent) -> Result<(), Miss> {
    for agent in [alice, bob] {
        agent.handle.unregister().await?;
        trace.require(agent.name, &["> REGISTER", "< 200"]).await?;
        agent.handle.close().await;
    }
    Ok(())
}
