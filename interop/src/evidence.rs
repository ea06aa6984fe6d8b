//! The steps of a scenario, each printed with the messages it took.

use crate::miss::Miss;
use crate::trace::Trace;
use std::time::Duration;
use tokio::time::timeout;

/// What one step may take; on the loopback each takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Plays steps and prints them.
#[derive(Default)]
pub(crate) struct Evidence {
    trace: Trace,
    steps: usize,
}

impl Evidence {
    /// Plays one step and prints whether it came about and which messages it took.
    pub(crate) async fn step<T, F>(&mut self, name: &str, work: F) -> Result<T, Miss>
    where
        F: Future<Output = Result<T, Miss>>,
    {
        let result = match timeout(PATIENCE, work).await {
            Ok(result) => result,
            Err(_) => Err(Miss::new(format!("nothing came of it in {PATIENCE:?}"))),
        };
        self.steps += 1;
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
    pub(crate) const fn steps(&self) -> usize {
        self.steps
    }
}
