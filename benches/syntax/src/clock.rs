//! How long something takes.

use crate::peer::Task;
use std::time::{Duration, Instant};

/// How carefully is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How many times all subjects are measured in turn; the median counts.
    pub rounds: usize,
    /// For how long one input is repeated in a round; the fastest batch counts.
    pub per_round: Duration,
}

impl Effort {
    /// For figures that are published.
    pub const FULL: Self = Self { rounds: 7, per_round: Duration::from_millis(6) };
    /// To see that everything works.
    pub const SMOKE: Self = Self { rounds: 1, per_round: Duration::from_micros(300) };
}

/// The length of a batch: long for the clock, short for the scheduler.
const BATCH: Duration = Duration::from_micros(100);

/// The nanoseconds that `task` takes once: the fastest of the batches that fit into `effort.per_round`.
#[must_use]
pub fn fastest(task: &Task<'_>, effort: Effort) -> f64 {
    let times = calibrated(task);
    let mut fastest = Duration::MAX;
    let mut spent = Duration::ZERO;
    while spent < effort.per_round {
        let batch = timed(task, times);
        fastest = fastest.min(batch);
        spent += batch.max(Duration::from_nanos(1));
    }
    nanoseconds(fastest) / as_float(times)
}

/// The middle of the values; the mean of the two in the middle where they are even in number.
#[must_use]
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2).copied().unwrap_or(f64::NAN);
    let lower = values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN);
    f64::midpoint(lower, upper)
}

/// How often the task fits into a batch.
fn calibrated(task: &Task<'_>) -> usize {
    let mut times = 1;
    while timed(task, times) < BATCH / 2 && times < 1 << 24 {
        times *= 2;
    }
    times
}

fn timed(task: &Task<'_>, times: usize) -> Duration {
    let start = now();
    task(times);
    now().duration_since(start)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is about the real clock")]
fn now() -> Instant {
    Instant::now()
}

fn nanoseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn as_float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median(&mut [3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&mut [4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert!(median(&mut []).is_nan());
    }
}
