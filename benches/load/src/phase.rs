//! One kind of work done many times, and what it took on both sides.

use crate::size::IN_FLIGHT;
use crate::usage::Usage;
use futures::StreamExt;
use std::time::{Duration, Instant};

/// The work of a phase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Work {
    /// TCP connection and WebSocket handshake.
    Connect,
    /// The first REGISTER of each user agent.
    Register,
    /// A later one.
    Refresh,
    /// INVITE, 200, ACK, BYE, 200.
    Call,
}

impl Work {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Connect, Self::Register, Self::Refresh, Self::Call];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Register => "register",
            Self::Refresh => "refresh",
            Self::Call => "call",
        }
    }
}

/// What a phase took.
#[derive(Clone, PartialEq, Debug)]
pub struct Phase {
    /// What was done.
    pub work: Work,
    /// How often it was done.
    pub done: usize,
    /// How often it failed.
    pub failed: usize,
    /// How often it was done in a second.
    pub per_second: f64,
    /// The same for the slowest tenth of the phase.
    pub slowest_tenth: f64,
    /// The latency in milliseconds that 99 of 100 stayed below.
    pub p99: f64,
    /// The longest latency in milliseconds.
    pub max: f64,
    /// Microseconds of processor time of the client for each.
    pub client: f64,
    /// Microseconds of processor time of the server for each.
    pub server: f64,
}

/// Does `count` times what `work` says, some at a time, while the process `server` serves it.
///
/// The first failures are told on standard error.
pub async fn measure<F>(work: Work, count: usize, server: u32, act: impl Fn(usize) -> F) -> Phase
where
    F: Future<Output = Result<(), String>>,
{
    let before = quiet(server).await;
    let begun = now();
    let mut done = Vec::with_capacity(count);
    let mut failed = 0;
    let timed = |index| {
        let act = act(index);
        async move {
            let begun = now();
            act.await.map(|()| begun.elapsed())
        }
    };
    let mut running = futures::stream::iter(0..count).map(timed).buffer_unordered(IN_FLIGHT);
    while let Some(outcome) = running.next().await {
        match outcome {
            Ok(latency) => done.push((begun.elapsed(), latency)),
            Err(error) => {
                failed += 1;
                if failed <= TOLD {
                    eprintln!("{} failed: {error}", work.name());
                }
            }
        }
    }
    drop(running);
    let time = begun.elapsed();
    let after = quiet(server).await;
    summary(work, &done, failed, time, [before, after])
}

const TOLD: usize = 3;

fn summary(
    work: Work,
    done: &[(Duration, Duration)],
    failed: usize,
    time: Duration,
    [before, after]: [[Usage; 2]; 2],
) -> Phase {
    let each = |side: usize| {
        let cpu = |usage: &[Usage; 2]| usage.get(side).map_or(Duration::ZERO, |usage| usage.cpu);
        (cpu(&after) - cpu(&before)).as_secs_f64() * 1e6 / as_float(done.len())
    };
    let mut latencies: Vec<Duration> = done.iter().map(|(_, latency)| *latency).collect();
    latencies.sort();
    let millis = |latency: Option<&Duration>| latency.map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3);
    Phase {
        work,
        done: done.len(),
        failed,
        per_second: as_float(done.len()) / time.as_secs_f64(),
        slowest_tenth: slowest_tenth(done),
        p99: millis(latencies.get(latencies.len() * 99 / 100)),
        max: millis(latencies.last()),
        client: each(0),
        server: each(1),
    }
}

/// How many per second were done in the tenth of the attempts that took longest.
fn slowest_tenth(done: &[(Duration, Duration)]) -> f64 {
    let tenth = (done.len() / 10).max(1);
    let mut begun = Duration::ZERO;
    let mut slowest = f64::INFINITY;
    for chunk in done.chunks_exact(tenth) {
        if let Some((ended, _)) = chunk.last() {
            slowest = slowest.min(as_float(tenth) / (*ended - begun).as_secs_f64());
            begun = *ended;
        }
    }
    slowest
}

/// What both processes have used, once they rest: the kernel counts a thread exactly when it gives its core away.
async fn quiet(server: u32) -> [Usage; 2] {
    tokio::time::sleep(REST).await;
    [Usage::of(std::process::id()), Usage::of(server)]
}

const REST: Duration = Duration::from_millis(50);

#[expect(clippy::disallowed_methods, reason = "a benchmark is about the real clock")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub(crate) fn as_float(count: usize) -> f64 {
    count as f64
}

impl Phase {
    /// One line of text for another process.
    #[must_use]
    pub fn line(&self) -> String {
        let Self { done, failed, per_second, slowest_tenth, p99, max, client, server, work } = self;
        let work = work.name();
        format!("{work} {done} {failed} {per_second} {slowest_tenth} {p99} {max} {client} {server}")
    }

    /// The phase that such a line tells of.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let name = words.next()?;
        let work = Work::ALL.into_iter().find(|work| work.name() == name)?;
        let (done, failed) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let mut number = || words.next()?.parse().ok();
        Some(Self {
            work,
            done,
            failed,
            per_second: number()?,
            slowest_tenth: number()?,
            p99: number()?,
            max: number()?,
            client: number()?,
            server: number()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_shows_in_the_slowest_tenth() {
        let at = |millis| (Duration::from_millis(millis), Duration::from_millis(1));
        let mut done: Vec<_> = (1..=90).map(at).collect();
        done.extend((1001..=1010).map(at));
        let slowest = slowest_tenth(&done);
        assert!((10.0..11.5).contains(&slowest), "{slowest}");
    }

    #[test]
    fn a_phase_is_read_as_it_is_told() {
        let time = Duration::from_secs(1);
        let done = [(time, Duration::from_millis(2))];
        let phase = summary(Work::Refresh, &done, 1, time, [[Usage::default(); 2]; 2]);
        assert_eq!(Phase::read(&phase.line()), Some(phase));
    }
}
