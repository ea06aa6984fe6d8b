//! What a timer costs: comparisons of keys, which no other load of the machine disturbs.

use crate::clock::as_float;
use sip_clock::{Instant, TimerTable};
use std::cmp::Ordering;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static COMPARISONS: AtomicUsize = AtomicUsize::new(0);

/// A key that counts how often it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Counted(usize);

impl Ord for Counted {
    fn cmp(&self, other: &Self) -> Ordering {
        COMPARISONS.fetch_add(1, Relaxed);
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Counted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// How often keys are compared to arm, move and run off one timer while `count` others are armed for the same instant, on
/// average: where instants differ, they decide alone.
#[must_use]
pub fn comparisons(count: usize) -> f64 {
    let mut timers = TimerTable::new();
    for key in 0..count {
        timers.set(Counted(2 * key), LATER);
    }
    let before = COMPARISONS.load(Relaxed);
    for turn in 0..SAMPLES {
        let key = Counted(2 * (turn * count / SAMPLES) + 1);
        timers.set(key, LATER);
        timers.set(key, Instant::ZERO);
        assert_eq!(timers.pop_expired(Instant::ZERO), Some(key));
    }
    as_float(COMPARISONS.load(Relaxed) - before) / as_float(SAMPLES)
}

const SAMPLES: usize = 1_000;

const LATER: Instant = Instant::from_micros(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_times_the_timers_costs_little_more() {
        let (few, many) = (comparisons(100), comparisons(100_000));
        assert!(few > 10.0 && many / few < 2.75, "{few} {many}");
    }
}
