//! Calls that outlive their connections: cut, reset, swallowed, and with the server itself (AC-6, AC-11, RFC 5626).

use crate::agent::Agent;
use crate::arguments::Arguments;
use crate::call::ensure_hung_up;
use crate::evidence::Evidence;
use crate::miss::{Miss, ensure};
use crate::pair::{bind, establish};
use crate::server;
use crate::trace::Trace;
use sip_dialog::EndedBy;
use sip_testbed::{Relay, RelayCut, RelayFault, Testbed};
use sip_ua::{Call, CallEvent};
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio::{join, try_join};

/// The two and what their connections run through.
struct World<'a> {
    arguments: &'a Arguments,
    trace: Trace,
    alice: Agent,
    bob: Agent,
    relays: [Relay; 2],
}

/// What happens in the middle of a call.
#[derive(Clone, Copy)]
enum Loss {
    /// The connection of one end.
    Cut(Who, RelayCut),
    /// Bytes of one end are swallowed both ways while its connection stays open.
    BlackHole(Who),
    /// The server is killed and started again after this time.
    Restart(Duration),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Alice,
    Bob,
}

/// Plays everything.
pub(crate) async fn play(arguments: &Arguments, evidence: &mut Evidence) -> Result<(), Miss> {
    let losses =
        [CUTS.as_slice(), &[Loss::Restart(Duration::ZERO), Loss::Cut(Who::Alice, RelayCut::Reset)]].concat();
    survive(arguments, &losses, evidence).await
}

/// Plays the same through an edge of ours: Path with a flow token (RFC 3327, RFC 5626 §5.1), on one connection to the server.
/// While that is away the edge answers 503 and says when to come again (§4.2.1).
pub(crate) async fn play_behind_ours(arguments: &Arguments, evidence: &mut Evidence) -> Result<(), Miss> {
    let edge = Testbed::builder().domain(&arguments.domain).edge_of(&arguments.server).start().await?;
    let arguments = Arguments { server: edge.url(), ..arguments.clone() };
    // first, for who has just lost several connections is more patient with REGISTER (one in ten seconds in the long run)
    let losses = [&[Loss::Restart(AWAY)], CUTS.as_slice()];
    survive(&arguments, &losses.concat(), evidence).await?;
    edge.shutdown().await;
    Ok(())
}

/// How long the server behind an edge stays away.
const AWAY: Duration = Duration::from_secs(6);
/// How soon after its start calls go on: a REGISTER that it missed is repeated ten seconds later, or twenty soon after the
/// first two; and both ends want to show it at once, so that one waits up to four seconds (RFC 3261 §14.1).
const SOON: Duration = Duration::from_secs(20);

/// What may happen to the connection of either end.
const CUTS: [Loss; 4] = [
    Loss::Cut(Who::Alice, RelayCut::Clean),
    Loss::Cut(Who::Bob, RelayCut::Reset),
    Loss::BlackHole(Who::Alice),
    Loss::BlackHole(Who::Bob),
];

async fn survive(arguments: &Arguments, losses: &[Loss], evidence: &mut Evidence) -> Result<(), Miss> {
    let trace = evidence.trace();
    let mut world =
        evidence.step("alice and bob register with reg-id", World::begin(arguments, trace)).await?;
    for loss in losses {
        let (name, step) = (format!("a call survives {loss}"), world.survive(*loss));
        let took = match loss {
            Loss::Cut(..) | Loss::BlackHole(_) => evidence.step(&name, step).await?,
            Loss::Restart(_) => evidence.slow_step(&name, step).await?,
        };
        println!("       resumed {took:?} after the loss was there");
    }
    evidence.step("nobody rings twice", world.ring_once()).await?;
    evidence.step("both unregister", world.unregister()).await
}

impl<'a> World<'a> {
    async fn begin(arguments: &'a Arguments, trace: Trace) -> Result<Self, Miss> {
        let (scheme, port) = server_of(&arguments.server)?;
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let relays = [Relay::start(server).await?, Relay::start(server).await?];
        let [first, second] = &relays;
        let through = |relay: &Relay| {
            let server = format!("{scheme}:{}", relay.local_addr().port());
            Arguments { server, ..arguments.clone() }
        };
        let alice = Agent::connect_lossy(&through(first), &trace, "alice", ALICE.parse()?).await?;
        let bob = Agent::connect_lossy(&through(second), &trace, "bob", BOB.parse()?).await?;
        for agent in [&alice, &bob] {
            bind(arguments, &trace, agent).await?;
            trace.require_part(agent.name, "> REGISTER sip:example.test SIP/2.0 reg-id=1")?;
            trace.require_part(agent.name, "[2 REGISTER] reg-id=1 outbound")?;
        }
        Ok(Self { arguments, trace, alice, bob, relays })
    }

    /// A call that loses its connection, goes on, and is ended by an end that has lost nothing, if there is one.
    async fn survive(&mut self, loss: Loss) -> Result<Duration, Miss> {
        let (mut calling, mut called) = establish(self.arguments, &self.alice, &mut self.bob).await?;
        let begin = Instant::now();
        match loss {
            Loss::Cut(who, cut) => {
                self.relay(who).cut(cut);
                let call = if who == Who::Alice { &mut calling } else { &mut called };
                until(call, is_interrupted).await?;
                until(call, is_resumed).await?;
            }
            Loss::BlackHole(who) => {
                self.relay(who).set(RelayFault::BlackHole);
                let call = if who == Who::Alice { &mut calling } else { &mut called };
                until(call, is_interrupted).await?;
                self.relay(who).set(RelayFault::None);
                until(call, is_resumed).await?;
            }
            Loss::Restart(away) => {
                server::kill().await?;
                try_join!(until(&mut calling, is_interrupted), until(&mut called, is_interrupted))?;
                sleep(away).await;
                server::start().await?;
                let begin = Instant::now();
                try_join!(until(&mut calling, is_resumed), until(&mut called, is_resumed))?;
                ensure(begin.elapsed() < SOON, || format!("resumed {:?} after the start", begin.elapsed()))?;
            }
        }
        let took = begin.elapsed();
        self.check_recovery(loss)?;
        let caller_ends = matches!(loss, Loss::Cut(Who::Bob, _) | Loss::BlackHole(Who::Bob));
        let (local, remote) = if caller_ends { (calling, called) } else { (called, calling) };
        end(local, remote).await?;
        Ok(took)
    }

    /// Who has lost a connection has sent one REGISTER, and once more with credentials; one in ten seconds while the server
    /// was away.
    fn check_recovery(&self, loss: Loss) -> Result<(), Miss> {
        for (who, agent) in [(Who::Alice, &self.alice), (Who::Bob, &self.bob)] {
            let expected = match loss {
                Loss::Cut(lost, _) | Loss::BlackHole(lost) if lost == who => 1..=2,
                Loss::Cut(..) | Loss::BlackHole(_) => 0..=0,
                Loss::Restart(away) => 1..=if away.is_zero() { 2 } else { 3 },
            };
            let registers = self.trace.count(agent.name, "> REGISTER");
            ensure(expected.contains(&registers), || {
                format!("{} sent {registers} REGISTER requests", agent.name)
            })?;
        }
        Ok(())
    }

    /// No binding of a lost connection is left, so each INVITE comes once.
    async fn ring_once(&mut self) -> Result<(), Miss> {
        let (calling, called) = establish(self.arguments, &self.alice, &mut self.bob).await?;
        end(calling, called).await?;
        let (calling, called) = establish(self.arguments, &self.bob, &mut self.alice).await?;
        end(called, calling).await?;
        for agent in [&self.alice, &self.bob] {
            let rung = self.trace.count(agent.name, "< INVITE");
            ensure(rung == 1, || format!("{} got {rung} INVITE requests", agent.name))?;
        }
        Ok(())
    }

    async fn unregister(self) -> Result<(), Miss> {
        for agent in [self.alice, self.bob] {
            agent.handle.unregister().await?;
            self.trace.require(agent.name, &["> REGISTER", "< 200"]).await?;
            agent.handle.close().await;
        }
        Ok(())
    }

    const fn relay(&self, who: Who) -> &Relay {
        let [alices, bobs] = &self.relays;
        match who {
            Who::Alice => alices,
            Who::Bob => bobs,
        }
    }
}

/// One end hangs up, and the other hears of it.
pub(crate) async fn end(mut local: Call, mut remote: Call) -> Result<(), Miss> {
    let (here, there) = join!(local.hang_up(), remote.ended());
    ensure_hung_up("who hung up", EndedBy::Local, &here?)?;
    ensure_hung_up("the other end", EndedBy::Remote, &there)
}

pub(crate) async fn until(call: &mut Call, is_wanted: fn(&CallEvent) -> bool) -> Result<(), Miss> {
    while let Some(event) = call.next().await {
        if is_wanted(&event) {
            return Ok(());
        }
        if let CallEvent::Ended(cause) = event {
            return Err(Miss::new(format!("the call ended: {cause:?}")));
        }
    }
    Err(Miss::new("the call is over"))
}

pub(crate) const fn is_interrupted(event: &CallEvent) -> bool {
    matches!(event, CallEvent::Interrupted)
}

pub(crate) const fn is_resumed(event: &CallEvent) -> bool {
    matches!(event, CallEvent::Resumed)
}

/// Scheme and host of the server's address, and its port.
pub(crate) fn server_of(url: &str) -> Result<(&str, u16), Miss> {
    let (scheme, port) = url.rsplit_once(':').ok_or_else(|| Miss::new(format!("no port in {url}")))?;
    Ok((scheme, port.parse()?))
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut(who, RelayCut::Clean) => write!(f, "the end (FIN) of {who}'s connection"),
            Self::Cut(who, _) => write!(f, "the reset (RST) of {who}'s connection"),
            Self::BlackHole(who) => write!(f, "a black hole in {who}'s connection"),
            Self::Restart(Duration::ZERO) => f.write_str("the kill and restart of the server"),
            Self::Restart(away) => write!(f, "the kill of the server and its start {away:?} later"),
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alice => "alice",
            Self::Bob => "bob",
        })
    }
}

const ALICE: &str = "urn:uuid:00000000-0000-4000-8000-00000000a11c";
const BOB: &str = "urn:uuid:00000000-0000-4000-8000-000000000b0b";
