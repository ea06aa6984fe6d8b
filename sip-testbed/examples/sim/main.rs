//! `cargo xtask sim`: random histories of calls in random networks, each judged by what must always hold.
//!
//! One seed is one history. Only the figures at the end know of a clock; the histories have none.

mod call_log;
mod deed;
mod habits;
mod history;
mod phone;
mod plan;
mod verdict;
mod world;

use history::History;
use sip_testbed::Referee;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// What the command line asks for.
struct Wish {
    seeds: u64,
    first: u64,
    minutes: Option<u64>,
    /// One history only, shown.
    one: bool,
}

#[derive(Default)]
struct Figures {
    histories: u64,
    calls: u64,
    messages: u64,
    violations: u64,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match Wish::read(&arguments) {
        Ok(wish) => run(&wish),
        Err(what) => {
            eprintln!("error: {what}\n\nUsage: sim [--seeds N] [--minutes M] [--seed S] [--from S]");
            ExitCode::from(2)
        }
    }
}

impl Wish {
    fn read(arguments: &[String]) -> Result<Self, String> {
        let mut wish = Self { seeds: 2000, first: 1, minutes: None, one: false };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let value = words.next().and_then(|value| value.parse().ok());
            let value: u64 = value.ok_or_else(|| format!("{word} needs a number"))?;
            match word.as_str() {
                "--seeds" => wish.seeds = value,
                "--from" => wish.first = value,
                "--minutes" => (wish.minutes, wish.seeds) = (Some(value), u64::MAX),
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
    let mut figures = Figures::default();
    let mut referee = Referee::new();
    for seed in (wish.first..).take(usize::try_from(wish.seeds).unwrap_or(usize::MAX)) {
        if end.is_some_and(|end| clock() >= end) || figures.violations >= MOST_VIOLATIONS {
            break;
        }
        judge(seed, wish.one, &mut referee, &mut figures);
    }
    figures.print(clock() - start);
    if figures.violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs the history of one seed; a violation is shown with all that led to it, the first one with its ladder.
fn judge(seed: u64, is_shown: bool, referee: &mut Referee, figures: &mut Figures) {
    figures.histories += 1;
    let mut history = match History::run(seed, referee) {
        Ok(history) => history,
        Err(error) => {
            figures.violations += 1;
            return println!("seed {seed}: {error}");
        }
    };
    figures.calls += u64::from(history.calls);
    figures.messages += u64::try_from(history.world.network.records().len()).unwrap_or(0);
    if seed.is_multiple_of(REPEATED) || is_shown {
        let again = History::run(seed, referee).map(|again| again.transcript());
        if again != Ok(history.transcript()) {
            history.violations.push("the same seed gave another history".to_owned());
        }
    }
    for violation in &history.violations {
        println!("seed {seed}: {violation}");
    }
    if is_shown || (figures.violations == 0 && !history.violations.is_empty()) {
        println!(
            "\nThe history of seed {seed}, shown again by `cargo xtask sim --seed {seed}`:\n\n{}",
            history.report()
        );
    }
    figures.violations += u64::from(!history.violations.is_empty());
}

impl Figures {
    fn print(&self, taken: Duration) {
        let seconds = taken.as_secs_f64().max(0.001);
        let per_second = |count: u64| count as f64 / seconds;
        println!(
            "{} histories in {seconds:.1} s ({:.0} per second), {} calls ({:.0} per second), {} messages, \
             {} violations",
            self.histories,
            per_second(self.histories),
            self.calls,
            per_second(self.calls),
            self.messages,
            self.violations
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
        History::run(seed, &mut Referee::new()).expect("it comes to rest")
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
    fn a_report_shows_the_ladder_and_what_the_users_did() {
        let report = run(1).report();
        assert!(report.contains("INVITE") && report.contains(": Call {"), "{report}");
    }
}
