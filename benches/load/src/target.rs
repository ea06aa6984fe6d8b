//! What the figures must be.

use crate::client::Found;
use crate::phase::{Phase, Work, as_float};
use crate::stack::{Pairing, Stack};

/// A figure that is judged.
#[derive(Clone, PartialEq, Debug)]
pub struct Target {
    /// What was measured.
    pub what: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// How much; `None` where the run did not measure it.
    pub measured: Option<f64>,
    /// The most it may be.
    pub at_most: f64,
    /// How much rsipstack takes for the same in the same run.
    pub rsipstack: Option<f64>,
}

impl Target {
    /// Whether it was met; `None` without a measurement.
    #[must_use]
    pub fn met(&self) -> Option<bool> {
        self.measured.map(|measured| measured <= self.at_most)
    }

    /// The part of what rsipstack takes.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        Some(self.measured? / self.rsipstack?)
    }
}

/// The targets, of what was found.
#[must_use]
pub fn all(found: &[(Pairing, Found)]) -> Vec<Target> {
    let at = |client, server| {
        let pairing = Pairing::new(client, server);
        found.iter().find(|(known, _)| *known == pairing).map(|(_, found)| found)
    };
    let best = |client, server, work, part: fn(&Phase) -> f64| {
        at(client, server).and_then(|found| found.best(work)).map(part)
    };
    let (ours, theirs) = (Stack::Ours, Stack::Rsipstack);
    let target = |what, unit, at_most, [measured, rsipstack]: [Option<f64>; 2]| Target {
        what,
        unit,
        measured,
        at_most,
        rsipstack,
    };
    let register = |phase: &Phase| phase.client;
    let serve = |phase: &Phase| phase.server;
    let end = |phase: &Phase| phase.client / 2.0;
    let refresh = Work::Refresh;
    let agent = [best(ours, ours, refresh, register), best(theirs, ours, refresh, register)];
    let server = [best(ours, ours, refresh, serve), best(ours, theirs, refresh, serve)];
    let ends = [best(ours, ours, Work::Call, end), best(theirs, ours, Work::Call, end)];
    let caller = [best(ours, theirs, Work::Call, register), best(theirs, theirs, Work::Call, register)];
    let with_mimalloc = |work, part: fn(&Phase) -> f64| {
        let pairing = Pairing::new(ours, ours).with_mimalloc();
        let found = found.iter().find(|(known, _)| *known == pairing);
        [found.and_then(|(_, found)| found.best(work)).map(part), None]
    };
    let memory = [ours, theirs].map(|client| at(client, ours).map(|found| found.memory[0]));
    let is_own = |pairing: &Pairing| pairing.client == ours && pairing.server == ours;
    let own = found.iter().filter(|(pairing, _)| is_own(pairing));
    let failures: usize = own.map(|(_, found)| found.failed()).sum();
    vec![
        target("REGISTER, user agent", "us", 15.0, agent),
        target("REGISTER, server", "us", 15.0, server),
        target("call, each of its two user agents", "us", 40.0, ends),
        target("call, caller alone, rsipstack answers", "us", 40.0, caller),
        target("REGISTER, user agent, mimalloc", "us", 15.0, with_mimalloc(refresh, register)),
        target("REGISTER, server, mimalloc", "us", 15.0, with_mimalloc(refresh, serve)),
        target("call, each of its two, mimalloc", "us", 40.0, with_mimalloc(Work::Call, end)),
        target("memory of a registered user agent", "B", 16.0 * 1024.0, memory),
        target("failures", "", 0.0, [Some(as_float(failures)), None]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_judged_against_what_the_own_user_agents_found() {
        let found = Found::read("refresh 10 0 5 5 1 1 14 16\ncall 10 0 5 5 1 1 90 50\nmemory 1000 2000\n");
        let with_mimalloc =
            Found::read("refresh 10 0 5 5 1 1 14 15\ncall 10 0 5 5 1 1 90 50\nmemory 1000 2000\n");
        let of_peer = Found::read("refresh 10 0 5 5 1 1 28 16\n");
        let targets = all(&[
            (Pairing::new(Stack::Ours, Stack::Ours), found),
            (Pairing::new(Stack::Ours, Stack::Ours).with_mimalloc(), with_mimalloc),
            (Pairing::new(Stack::Rsipstack, Stack::Ours), of_peer),
        ]);
        let met: Vec<_> = targets.iter().map(Target::met).collect();
        let without = [Some(true), Some(false), Some(false), None];
        let with_mimalloc = [Some(true), Some(true), Some(false)];
        assert_eq!(met, [&without[..], &with_mimalloc, &[Some(true); 2]].concat());
        assert_eq!(targets.first().and_then(Target::ratio), Some(0.5));
    }
}
