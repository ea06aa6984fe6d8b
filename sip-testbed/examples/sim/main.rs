//! `cargo xtask sim`: random histories of calls in random networks, each judged by what must always hold.
//!
//! One seed is one history. Only the figures at the end know of a clock; the histories have none.

mod call_log;
mod deed;
mod ghosts;
mod habits;
mod history;
mod phone;
mod plan;
mod registrations;
mod verdict;
mod world;

use history::History;
use sip_testbed::Referee;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use world::Kind;

/// What the command line asks for.
struct Wish {
    seeds: u64,
    first: u64,
    minutes: Option<u64>,
    /// How many histories run at once.
    jobs: usize,
    /// One history only, shown.
    one: bool,
    kind: Kind,
}

#[derive(Default)]
struct Figures {
    histories: u64,
    calls: u64,
    messages: u64,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match Wish::read(&arguments) {
        Ok(wish) => run(&wish),
        Err(what) => {
            eprintln!(
                "error: {what}\n\nUsage: sim [--survival] [--seeds N] [--minutes M] [--seed S] [--from S] [--jobs J]"
            );
            ExitCode::from(2)
        }
    }
}

impl Wish {
    fn read(arguments: &[String]) -> Result<Self, String> {
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        let mut wish = Self { seeds: 2000, first: 1, minutes: None, jobs, one: false, kind: Kind::Any };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            if word == "--survival" {
                wish.kind = Kind::Survival;
                continue;
            }
            let value = words.next().and_then(|value| value.parse().ok());
            let value: u64 = value.ok_or_else(|| format!("{word} needs a number"))?;
            match word.as_str() {
                "--seeds" => wish.seeds = value,
                "--from" => wish.first = value,
                "--minutes" => (wish.minutes, wish.seeds) = (Some(value), u64::MAX),
                "--jobs" => wish.jobs = usize::try_from(value).unwrap_or(1).max(1),
                "--seed" => (wish.first, wish.seeds, wish.one) = (value, 1, true),
                unknown => return Err(format!("`{unknown}` is unknown")),
            }
        }
        Ok(wish)
    }
}

fn run(wish: &Wish) -> ExitCode {
    let start = clock();
    let end = wish.minutes.map(|minutes| start + Duration::from_secs(60 * minutes));
    let (seeds, violations) = (AtomicU64::new(0), AtomicU64::new(0));
    let work = || {
        let mut figures = Figures::default();
        let mut referee = Referee::new();
        loop {
            let seed = seeds.fetch_add(1, Ordering::Relaxed);
            let is_over = seed >= wish.seeds || end.is_some_and(|end| clock() >= end);
            if is_over || violations.load(Ordering::Relaxed) >= MOST_VIOLATIONS {
                return figures;
            }
            judge(wish.first.saturating_add(seed), wish, &mut referee, &mut figures, &violations);
        }
    };
    let mut figures = Figures::default();
    std::thread::scope(|scope| {
        let jobs: Vec<_> = (0..wish.jobs).map(|_| scope.spawn(work)).collect();
        for job in jobs {
            figures.add(&job.join().expect("no history panics"));
        }
    });
    let violations = violations.into_inner();
    figures.print(violations, clock() - start);
    if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs the history of one seed; a violation is shown with all that led to it, the first one with its ladder.
fn judge(seed: u64, wish: &Wish, referee: &mut Referee, figures: &mut Figures, violations: &AtomicU64) {
    let is_shown = wish.one;
    figures.histories += 1;
    let mut history = match History::run(seed, wish.kind, referee) {
        Ok(history) => history,
        Err(error) => {
            violations.fetch_add(1, Ordering::Relaxed);
            return println!("seed {seed}: {error}");
        }
    };
    figures.calls += u64::from(history.calls);
    figures.messages += u64::try_from(history.world.network.records().len()).unwrap_or(0);
    if seed.is_multiple_of(REPEATED) || is_shown {
        let again = History::run(seed, wish.kind, referee).map(|again| again.transcript());
        if again != Ok(history.transcript()) {
            history.violations.push("the same seed gave another history".to_owned());
        }
    }
    let mut said: String =
        history.violations.iter().map(|violation| format!("seed {seed}: {violation}\n")).collect();
    let is_broken = !history.violations.is_empty();
    let is_first = is_broken && violations.fetch_add(1, Ordering::Relaxed) == 0;
    if is_shown || is_first {
        said += &format!(
            "\nThe history of seed {seed}, shown again by `cargo xtask sim{} --seed {seed}`:\n\n{}\n",
            if wish.kind == Kind::Survival { " --survival" } else { "" },
            history.report()
        );
    }
    print!("{said}");
}

impl Figures {
    const fn add(&mut self, other: &Self) {
        self.histories += other.histories;
        self.calls += other.calls;
        self.messages += other.messages;
    }

    fn print(&self, violations: u64, taken: Duration) {
        let seconds = taken.as_secs_f64().max(0.001);
        let per_second = |count: u64| count as f64 / seconds;
        println!(
            "{} histories in {seconds:.1} s ({:.0} per second), {} calls ({:.0} per second), {} messages, \
             {violations} violations",
            self.histories,
            per_second(self.histories),
            self.calls,
            per_second(self.calls),
            self.messages
        );
    }
}

#[expect(clippy::disallowed_methods, reason = "the figures tell how fast the histories ran")]
fn clock() -> Instant {
    Instant::now()
}

/// Every so many histories one is run twice and compared byte for byte.
const REPEATED: u64 = 50;
/// Enough to look at.
const MOST_VIOLATIONS: u64 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seed: u64) -> History {
        run_kind(seed, Kind::Any)
    }

    fn run_kind(seed: u64, kind: Kind) -> History {
        History::run(seed, kind, &mut Referee::new()).expect("it comes to rest")
    }

    #[test]
    fn one_seed_is_one_history_byte_for_byte() {
        for seed in 1..=10 {
            assert_eq!(run(seed).transcript(), run(seed).transcript(), "seed {seed}");
        }
        assert_ne!(run(1).transcript(), run(2).transcript());
    }

    #[test]
    fn the_first_histories_break_no_rule() {
        for seed in 1..=20 {
            assert_eq!(run(seed).violations, [""; 0], "seed {seed}");
        }
    }

    #[test]
    fn ac6_ac11_the_first_histories_of_lost_connections_lose_no_call_and_no_binding() {
        for seed in 1..=20 {
            assert_eq!(run_kind(seed, Kind::Survival).violations, [""; 0], "seed {seed}");
        }
    }

    #[test]
    fn a_report_shows_the_ladder_and_what_the_users_did() {
        let report = run(1).report();
        assert!(report.contains("INVITE") && report.contains(": Call {"), "{report}");
    }
}
