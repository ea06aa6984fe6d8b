//! The steps of a scenario, each printed with the messages it took.

use crate::miss::Miss;
use crate::trace::Trace;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// What one step may take; on the loopback each takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a step may take in which something is started or waited for on purpose.
const LONG_PATIENCE: Duration = Duration::from_secs(60);

/// Plays steps and prints them.
#[derive(Default)]
pub(crate) struct Evidence {
    trace: Trace,
    steps: Vec<Step>,
}

/// A step that was played.
struct Step {
    name: String,
    took: Duration,
    came_about: bool,
}

impl Evidence {
    /// Plays one step and prints whether it came about and which messages it took.
    pub(crate) async fn step<T, F>(&mut self, name: &str, work: F) -> Result<T, Miss>
    where
        F: Future<Output = Result<T, Miss>>,
    {
        self.step_within(PATIENCE, name, work).await
    }

    /// The same for a step in which something is started or waited for on purpose.
    pub(crate) async fn slow_step<T, F>(&mut self, name: &str, work: F) -> Result<T, Miss>
    where
        F: Future<Output = Result<T, Miss>>,
    {
        self.step_within(LONG_PATIENCE, name, work).await
    }

    /// The steps with their times.
    pub(crate) fn table(&self) -> String {
        let row = |step: &Step| {
            let verdict = if step.came_about { "ok" } else { "MISS" };
            format!("{verdict:4} {:>8.1} ms  {}\n", step.took.as_secs_f64() * 1000.0, step.name)
        };
        self.steps.iter().map(row).collect()
    }

    async fn step_within<T, F>(&mut self, patience: Duration, name: &str, work: F) -> Result<T, Miss>
    where
        F: Future<Output = Result<T, Miss>>,
    {
        let begin = Instant::now();
        let result = match timeout(patience, work).await {
            Ok(result) => result,
            Err(_) => Err(Miss::new(format!("nothing came of it in {patience:?}"))),
        };
        let (name_of_step, came_about) = (name.to_owned(), result.is_ok());
        self.steps.push(Step { name: name_of_step, took: begin.elapsed(), came_about });
        println!("{} {name}", if result.is_ok() { "ok  " } else { "MISS" });
        for line in self.trace.take() {
            println!("       {line}");
        }
        result.map_err(|miss| miss.during(name))
    }

    /// Where user agents note their messages; emptied after each step.
    pub(crate) fn trace(&self) -> Trace {
        self.trace.clone()
    }

    /// How many steps were played.
    pub(crate) fn steps(&self) -> usize {
        self.steps.len()
    }
}
