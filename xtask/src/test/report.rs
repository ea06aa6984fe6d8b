//! What became of each step and how long it took, as a table; its last line counts.

use super::step::{Step, Verdict};
use crate::failure::Failure;
use std::fmt;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The table of steps, filled while they run.
pub(crate) struct Report {
    rows: Vec<Row>,
}

struct Row {
    step: Step,
    state: State,
}

enum State {
    Waiting,
    Running(Instant),
    Done(Result<Verdict, Failure>, Duration),
}

impl Report {
    /// A table in which no step has run.
    pub(crate) fn new(steps: &[Step]) -> Self {
        Self { rows: steps.iter().map(|step| Row { step: *step, state: State::Waiting }).collect() }
    }

    /// The step begins now.
    pub(crate) fn start(&mut self, step: Step) {
        for row in self.rows.iter_mut().filter(|row| row.step == step) {
            row.state = State::Running(stopwatch());
        }
    }

    /// The running step ended with `result`; whether the run may go on.
    pub(crate) fn finish(&mut self, result: Result<Verdict, Failure>) -> bool {
        let goes_on = result.is_ok();
        for row in &mut self.rows {
            if let State::Running(since) = row.state {
                row.state = State::Done(result.clone(), since.elapsed());
            }
        }
        goes_on
    }

    /// Failure when a step failed.
    pub(crate) fn exit_code(&self) -> ExitCode {
        if self.failed().next().is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn failed(&self) -> impl Iterator<Item = (Step, &Failure)> {
        self.rows.iter().filter_map(|row| match &row.state {
            State::Done(Err(failure), _) => Some((row.step, failure)),
            State::Done(Ok(_), _) | State::Waiting | State::Running(_) => None,
        })
    }

    fn passed(&self) -> usize {
        let passed = |row: &&Row| matches!(row.state, State::Done(Ok(Verdict::Passed), _));
        self.rows.iter().filter(passed).count()
    }

    fn total(&self) -> Duration {
        let times = self.rows.iter().map(|row| match row.state {
            State::Done(_, time) => time,
            State::Waiting | State::Running(_) => Duration::ZERO,
        });
        times.sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Row { step, state } in &self.rows {
            let (time, word, why) = match state {
                State::Waiting | State::Running(_) => (Duration::ZERO, "not run", ""),
                State::Done(Ok(Verdict::Passed), time) => (*time, "passed", ""),
                State::Done(Ok(Verdict::Skipped(why)), time) => (*time, "SKIPPED", why.as_str()),
                State::Done(Err(_), time) => (*time, "FAILED", ""),
            };
            let line = format!("{:<12} {:>7.1} s  {word:<7}  {why}", step.name(), time.as_secs_f64());
            writeln!(f, "{}", line.trim_end())?;
        }
        writeln!(f, "{:<12} {:>7.1} s\n", "together", self.total().as_secs_f64())?;
        for (step, failure) in self.failed() {
            writeln!(f, "{} failed: {failure}", step.name())?;
            writeln!(f, "run it alone with: cargo xtask test {}\n", step.name())?;
        }
        writeln!(f, "{} passed, {} failed", self.passed(), self.failed().count())
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a step takes is measured on the real clock")]
fn stopwatch() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(results: Vec<Result<Verdict, Failure>>) -> String {
        let steps = [Step::Format, Step::Deny, Step::Wasm];
        let mut report = Report::new(&steps);
        for (step, result) in steps.into_iter().zip(results) {
            report.start(step);
            if !report.finish(result) {
                break;
            }
        }
        report.to_string()
    }

    #[test]
    fn the_last_line_counts_the_steps() {
        let skipped = Verdict::Skipped("no network".to_owned());
        let shown = shown(vec![Ok(Verdict::Passed), Ok(skipped), Ok(Verdict::Passed)]);
        assert_eq!(shown.lines().last(), Some("2 passed, 0 failed"));
        assert!(shown.contains("SKIPPED  no network"), "{shown}");
    }

    #[test]
    fn a_failure_says_how_to_run_its_step_alone() {
        let shown = shown(vec![Ok(Verdict::Passed), Err(Failure::new("bad licence")), Ok(Verdict::Passed)]);
        assert!(
            shown.contains("deny failed: bad licence\nrun it alone with: cargo xtask test deny\n"),
            "{shown}"
        );
        assert!(shown.contains("wasm             0.0 s  not run\n"), "{shown}");
        assert_eq!(shown.lines().last(), Some("1 passed, 1 failed"));
    }

    #[test]
    fn the_exit_code_tells_failure() {
        let mut report = Report::new(&[Step::Format]);
        report.start(Step::Format);
        assert!(!report.finish(Err(Failure::new("x"))));
        assert_eq!(report.exit_code(), ExitCode::FAILURE);
        assert_eq!(Report::new(&[]).exit_code(), ExitCode::SUCCESS);
    }
}
