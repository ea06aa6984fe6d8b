//! What a load saw: counts, failures by their cause, and latencies.

use super::process::Usage;
use hdrhistogram::Histogram;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Everything counted so far.
#[derive(Default)]
pub(super) struct Figures {
    pub(super) registrations: Tally,
    /// Calls that have ended; the latency is that from INVITE to the ACK.
    pub(super) calls: Tally,
    /// Calls that are up.
    pub(super) up: u64,
    /// How long calls were placed, until the last one ended.
    pub(super) calling: Duration,
    last: (u64, u64),
}

/// One kind of attempt.
pub(super) struct Tally {
    latencies: Histogram<u64>,
    failures: BTreeMap<String, u64>,
}

impl Default for Tally {
    fn default() -> Self {
        let latencies = Histogram::new_with_bounds(1, LONGEST, 3).expect("the bounds are in order");
        Self { latencies, failures: BTreeMap::new() }
    }
}

impl Tally {
    pub(super) fn succeeded(&mut self, latency: Duration) {
        self.latencies.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
    }

    pub(super) fn failed(&mut self, cause: &str) {
        *self.failures.entry(cause.to_owned()).or_default() += 1;
    }

    /// The latencies so far, for the live figures.
    fn live(&self) -> String {
        if self.latencies.is_empty() {
            return String::new();
        }
        format!(" p50 {:.1} p99 {:.1} ms", self.percentile(50.0), self.percentile(99.0))
    }

    fn failures(&self) -> u64 {
        self.failures.values().sum()
    }

    /// The latency in milliseconds that this share of the attempts stayed below.
    fn percentile(&self, percent: f64) -> f64 {
        Duration::from_micros(self.latencies.value_at_percentile(percent)).as_secs_f64() * 1000.0
    }

    fn summary(&self, time: Duration, cpu: Option<Duration>) -> Summary {
        let count = self.latencies.len();
        let per_attempt = |cpu: Duration| cpu.as_secs_f64() * 1e6 / count.max(1) as f64;
        Summary {
            succeeded: count,
            failures: self.failures.clone(),
            per_second: if time.is_zero() { 0.0 } else { count as f64 / time.as_secs_f64() },
            p50_ms: self.percentile(50.0),
            p95_ms: self.percentile(95.0),
            p99_ms: self.percentile(99.0),
            max_ms: self.percentile(100.0),
            cpu_us: cpu.filter(|_| count > 0).map(per_attempt),
        }
    }
}

impl Figures {
    /// What happened since the last line.
    pub(super) fn line(&mut self) -> String {
        let (registered, called) = (self.registrations.latencies.len(), self.calls.latencies.len());
        let (registrations, calls) = (registered - self.last.0, called - self.last.1);
        self.last = (registered, called);
        let failed = self.registrations.failures() + self.calls.failures();
        let [registering, calling] = [&self.registrations, &self.calls].map(Tally::live);
        let mut line = format!("registered {registered} (+{registrations}){registering}");
        if called + self.up + self.calls.failures() > 0 {
            line += &format!("  calls up {} ended {called} (+{calls}){calling}", self.up);
        }
        line + &format!("  failed {failed}")
    }

    /// The result, of what was used before, between and after registering and calling.
    pub(super) fn report(&self, registering: Duration, usage: [Usage; 3]) -> Report {
        let [before, between, after] = usage;
        let cpu = |from: Usage, to: Usage| Some(to.cpu?.saturating_sub(from.cpu?));
        let registrations = self.registrations.summary(registering, cpu(before, between));
        let grown = between.memory.zip(before.memory).map(|(now, then)| now.saturating_sub(then));
        let memory_per_agent =
            grown.filter(|_| registrations.succeeded > 0).map(|bytes| bytes / registrations.succeeded);
        let calls = self.calls.summary(self.calling, cpu(between, after));
        Report { registrations, calls, memory_per_agent }
    }
}

/// The result of a load.
#[derive(Serialize)]
pub(super) struct Report {
    registrations: Summary,
    calls: Summary,
    /// Bytes of resident memory that a registered user agent took, rounded down.
    memory_per_agent: Option<u64>,
}

#[derive(Serialize)]
struct Summary {
    succeeded: u64,
    failures: BTreeMap<String, u64>,
    per_second: f64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    /// Microseconds of processor time of this process for each.
    cpu_us: Option<f64>,
}

impl Report {
    pub(super) fn failed(&self) -> u64 {
        self.registrations.failures.values().chain(self.calls.failures.values()).sum()
    }

    pub(super) fn all(&self) -> u64 {
        self.failed() + self.registrations.succeeded + self.calls.succeeded
    }
}

impl Summary {
    fn all(&self) -> u64 {
        self.succeeded + self.failures.values().sum::<u64>()
    }

    fn write(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed: u64 = self.failures.values().sum();
        write!(f, "{name:<14}{:>9}{failed:>9}", self.succeeded)?;
        if self.succeeded > 0 {
            write!(f, "{:>9.0}", self.per_second)?;
            for latency in [self.p50_ms, self.p95_ms, self.p99_ms, self.max_ms] {
                write!(f, "{latency:>9.1}")?;
            }
        }
        if let Some(cpu) = self.cpu_us {
            write!(f, "{cpu:>11.1}")?;
        }
        writeln!(f)?;
        for (cause, count) in &self.failures {
            writeln!(f, "  {count} × {cause}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<14}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>11}",
            "", "ok", "failed", "per s", "p50 ms", "p95 ms", "p99 ms", "max ms", "cpu µs"
        )?;
        for (name, summary) in [("registrations", &self.registrations), ("calls", &self.calls)] {
            if summary.all() > 0 {
                summary.write(name, f)?;
            }
        }
        match self.memory_per_agent {
            Some(bytes) => {
                writeln!(f, "{:.1} KiB of memory for each registered user agent", bytes as f64 / 1024.0)
            }
            None => Ok(()),
        }
    }
}

/// Latencies are kept in microseconds up to an hour.
const LONGEST: u64 = 3_600_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_and_failures_are_told_apart() {
        let mut figures = Figures::default();
        for millis in 1..=100 {
            figures.calls.succeeded(Duration::from_millis(millis));
        }
        figures.calls.failed("486 Busy Here");
        figures.calls.failed("486 Busy Here");
        figures.calling = Duration::from_secs(10);
        let report = figures.report(Duration::ZERO, [Usage::default(); 3]);
        assert_eq!((report.failed(), report.all()), (2, 102));
        let text = report.to_string();
        assert!(text.contains("  2 × 486 Busy Here\n"), "{text}");
        let calls = text.lines().find(|line| line.starts_with("calls")).unwrap();
        let values: Vec<&str> = calls.split_whitespace().collect();
        assert_eq!(values[..4], ["calls", "100", "2", "10"]);
        assert!(!text.contains("registrations"), "what was not tried is not told: {text}");
        let median: f64 = values[4].parse().unwrap();
        assert!((49.5..51.5).contains(&median), "{median}");
    }
}
