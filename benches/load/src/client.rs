//! The process of the user agents: they connect, register, refresh and call, and it tells what each took.

use crate::ours;
use crate::phase::{Phase, Work, measure};
use crate::process::Served;
use crate::size::Size;
use crate::stack::{Pairing, Stack};
use crate::usage::Usage;
use std::time::Duration;

/// User agents of one stack, by their number.
pub trait Fleet {
    /// Opens the connection of a user agent.
    fn connect(&self, agent: usize) -> impl Future<Output = Result<(), String>>;
    /// Registers it, or refreshes its registration.
    fn register(&self, agent: usize) -> impl Future<Output = Result<(), String>>;
    /// Has it call `callee` and hang up when the call is up.
    fn call(&self, agent: usize, callee: usize) -> impl Future<Output = Result<(), String>>;
}

/// What the process of the user agents found.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Found {
    /// Each phase; that of the refreshes and calls as often as it was repeated.
    pub phases: Vec<Phase>,
    /// Bytes of resident memory for each registered user agent, at the client and at the server.
    pub memory: [f64; 2],
}

/// Does everything and prints what it took, a line each.
///
/// # Errors
/// When this program was built without the stack.
pub async fn run(pairing: Pairing, size: Size, server: Served) -> Result<(), String> {
    match pairing.client {
        Stack::Ours => all(&ours::Phones::new(pairing, size, server), pairing, size, server.pid).await,
        #[cfg(feature = "peers")]
        Stack::Rsipstack => {
            all(&crate::rsipstack::Phones::new(pairing, size, server), pairing, size, server.pid).await;
        }
        #[cfg(not(feature = "peers"))]
        Stack::Rsipstack => return Err("built without rsipstack".to_owned()),
    }
    Ok(())
}

async fn all(fleet: &impl Fleet, pairing: Pairing, size: Size, server: u32) {
    let before = [Usage::of(std::process::id()), Usage::of(server)];
    let told = |phase: Phase| println!("{}", phase.line());
    told(measure(Work::Connect, size.agents, server, |agent| fleet.connect(agent)).await);
    told(measure(Work::Register, size.agents, server, |agent| fleet.register(agent)).await);
    tokio::time::sleep(SETTLED).await;
    let after = [Usage::of(std::process::id()), Usage::of(server)];
    let [client, server_memory] = [(0, before, after), (1, before, after)].map(
        |(side, before, after): (usize, [Usage; 2], [Usage; 2])| {
            let resident = |usage: [Usage; 2]| usage.get(side).map_or(0, |usage| usage.resident);
            resident(after).saturating_sub(resident(before)) / u64::try_from(size.agents.max(1)).unwrap_or(1)
        },
    );
    println!("memory {client} {server_memory}");
    for _ in 0..size.refreshes {
        told(measure(Work::Refresh, size.agents, server, |agent| fleet.register(agent)).await);
    }
    if pairing.digest {
        return;
    }
    let pairs = (size.agents / 2).max(1);
    for _ in 0..size.rounds {
        let call = |number: usize| {
            let caller = 2 * (number % pairs);
            fleet.call(caller, caller + 1)
        };
        told(measure(Work::Call, size.calls, server, call).await);
    }
}

/// Until what the registrations left behind is gone.
const SETTLED: Duration = Duration::from_millis(500);

impl Found {
    /// What the lines of such a process tell.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let phases = text.lines().filter_map(Phase::read).collect();
        let line = text.lines().find_map(|line| line.strip_prefix("memory "));
        let mut bytes =
            line.into_iter().flat_map(|line| line.split(' ')).filter_map(|word| word.parse().ok());
        let memory = [bytes.next().unwrap_or(f64::NAN), bytes.next().unwrap_or(f64::NAN)];
        Self { phases, memory }
    }

    /// The phase of this work that took the least processor time: what disturbs one only makes it longer.
    #[must_use]
    pub fn best(&self, work: Work) -> Option<&Phase> {
        let of_work = self.phases.iter().filter(|phase| phase.work == work);
        of_work.min_by(|one, other| (one.client + one.server).total_cmp(&(other.client + other.server)))
    }

    /// How much failed in all phases.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.phases.iter().map(|phase| phase.failed).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_round_counts_and_every_failure() {
        let text = "refresh 10 1 5 5 1 1 30 30\nmemory 1000 2000\nrefresh 11 2 5 5 1 1 20 30\n";
        let found = Found::read(text);
        assert_eq!(found.best(Work::Refresh).unwrap().done, 11);
        assert_eq!((found.failed(), found.memory), (3, [1000.0, 2000.0]));
        assert_eq!(found.best(Work::Call), None);
    }
}
