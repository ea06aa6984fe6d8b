//! A user agent that is registered over two flows at once, of which one at a time is cut or swallowed (RFC 5626 §4.2, §4.4,
//! §5.3; AC-2, AC-32).

use crate::agent::Agent;
use crate::arguments::Arguments;
use crate::evidence::Evidence;
use crate::miss::{Miss, ensure};
use crate::pair::{establish, register};
use crate::survival::{end, is_interrupted, is_resumed, server_of, until};
use crate::trace::Trace;
use sip_testbed::{Relay, RelayCut, RelayFault};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Alice on two flows, each through a relay; her peer; and a device of hers that is not registered and only asks.
struct World<'a> {
    arguments: &'a Arguments,
    trace: Trace,
    alice: Agent,
    bob: Agent,
    observer: Agent,
    relays: [Relay; 2],
}

/// What happens to a flow.
#[derive(Clone, Copy)]
enum Loss {
    Reset,
    /// Nothing comes through any more, and nobody says so.
    BlackHole,
}

impl Loss {
    fn strike(self, relay: &Relay) {
        match self {
            Self::Reset => {
                relay.set(RelayFault::Refuse);
                relay.cut(RelayCut::Reset);
            }
            Self::BlackHole => relay.set(RelayFault::BlackHole),
        }
    }
}

/// Plays everything.
pub(crate) async fn play(
    arguments: &Arguments,
    is_behind_edge: bool,
    evidence: &mut Evidence,
) -> Result<(), Miss> {
    let trace = evidence.trace();
    let begin = World::begin(arguments, trace);
    let mut world =
        evidence.step("alice registers over two flows, and the registrar has both", begin).await?;
    evidence.step("bob calls her, and she rings once", world.ring_once()).await?;
    // the first flow carries her calls; when it is back, the calls are on it again
    let rounds = [
        (Loss::Reset, "its flow is reset"),
        (Loss::BlackHole, "its flow falls silent"),
        (Loss::Reset, "its flow is reset again"),
    ];
    for (loss, round) in rounds {
        // an edge does not tell its registrar of silence, which may try that flow first each time
        if is_behind_edge && matches!(loss, Loss::BlackHole) {
            continue;
        }
        let took = evidence.slow_step(&format!("a call goes on when {round}"), world.survive(loss)).await?;
        println!("       resumed over the other flow {took:?} after the loss");
        if !is_behind_edge {
            evidence.slow_step("the registrar finds out", world.until_bound(&[2])).await?;
        }
        evidence
            .slow_step(
                "meanwhile bob calls her, and she rings once by the flow that is left",
                world.ring_once(),
            )
            .await?;
        evidence.slow_step("the flow comes back under its number", world.come_back()).await?;
    }
    // of silence the server hears when an answer stays away, and an ACK has none: what it had lost would not come again
    let name = "bob calls her when the other flow is reset, and she rings once by the first";
    let took = evidence.slow_step(name, world.ring_once_by_the_first()).await?;
    println!("       answered and ended {took:?} after the loss");
    evidence.slow_step("that flow comes back under its number", world.come_back()).await?;
    evidence.step("she unregisters both", world.unregister()).await
}

impl<'a> World<'a> {
    async fn begin(arguments: &'a Arguments, trace: Trace) -> Result<Self, Miss> {
        let (scheme, port) = server_of(&arguments.server)?;
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let relays = [Relay::start(server).await?, Relay::start(server).await?];
        let servers: Vec<String> =
            relays.iter().map(|relay| format!("{scheme}:{}", relay.local_addr().port())).collect();
        let alice = Agent::connect_flows(arguments, &trace, "alice", ALICE.parse()?, &servers).await?;
        let bob = register(arguments, &trace, "bob").await?;
        let password = crate::agent::password("alice");
        let observer = Agent::connect(arguments, &trace, "alice", &password).await?;
        alice.handle.register().await?;
        let world = Self { arguments, trace, alice, bob, observer, relays };
        world.until_bound(&[1, 2]).await?;
        Ok(world)
    }

    /// The reg-ids that the registrar has, when they have become these.
    async fn until_bound(&self, expected: &[u32]) -> Result<(), Miss> {
        let begin = Instant::now();
        loop {
            let bindings = self.observer.handle.bindings().await?;
            let mut found: Vec<u32> = bindings.iter().filter_map(|binding| binding.reg_id).collect();
            found.sort_unstable();
            let are_named = bindings.iter().all(|binding| binding.instance.as_deref() == Some(ALICE));
            if found == expected && bindings.len() == expected.len() && are_named {
                return Ok(());
            }
            ensure(begin.elapsed() < PATIENCE, || format!("the registrar has {found:?}, not {expected:?}"))?;
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// A call of bob's, which reaches alice by one flow only, and which she ends.
    async fn ring_once(&mut self) -> Result<(), Miss> {
        let (calling, called) = establish(self.arguments, &self.bob, &mut self.alice).await?;
        end(called, calling).await?;
        let rung = self.trace.count("alice", "< INVITE");
        ensure(rung == 1, || format!("alice got {rung} INVITE requests"))
    }

    /// A call of alice's whose flow is cut for good goes on over the other one, without a REGISTER there, and is ended
    /// by bob; of a reset the registrar need not know by then.
    async fn survive(&mut self, loss: Loss) -> Result<Duration, Miss> {
        let (mut calling, called) = establish(self.arguments, &self.alice, &mut self.bob).await?;
        let begin = Instant::now();
        let [first, _] = &self.relays;
        loss.strike(first);
        until(&mut calling, is_interrupted).await?;
        until(&mut calling, is_resumed).await?;
        let took = begin.elapsed();
        let registers = self.trace.count("alice", "> REGISTER");
        ensure(registers == 0, || format!("alice sent {registers} REGISTER requests"))?;
        if matches!(loss, Loss::BlackHole) {
            // before it knows, it may send her BYE where nobody hears it
            self.until_bound(&[2]).await?;
        }
        end(called, calling).await?;
        Ok(took)
    }

    /// A call of bob's right after the other flow is lost: whichever the registrar tries first, she rings by this one.
    async fn ring_once_by_the_first(&mut self) -> Result<Duration, Miss> {
        let [_, second] = &self.relays;
        Loss::Reset.strike(second);
        let begin = Instant::now();
        self.ring_once().await?;
        Ok(begin.elapsed())
    }

    async fn come_back(&self) -> Result<(), Miss> {
        for relay in &self.relays {
            relay.set(RelayFault::None);
        }
        // behind an edge the registrar may have both all the time
        while self.trace.count("alice", "> REGISTER") == 0 {
            sleep(Duration::from_millis(20)).await;
        }
        // a call would begin on the other flow before the answer
        self.trace.require("alice", &["> REGISTER", "< 200"]).await?;
        self.until_bound(&[1, 2]).await
    }

    async fn unregister(self) -> Result<(), Miss> {
        self.alice.handle.unregister().await?;
        self.until_bound(&[]).await?;
        for agent in [self.alice, self.bob, self.observer] {
            agent.handle.close().await;
        }
        Ok(())
    }
}

const ALICE: &str = "urn:uuid:00000000-0000-4000-8000-00000002f105";

/// How long the registrar may take to hear of it: of silence by its own pings.
const PATIENCE: Duration = Duration::from_secs(20);
