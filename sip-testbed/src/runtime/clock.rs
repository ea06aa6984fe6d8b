//! The one clock of a running testbed: real time as microseconds since its start.

use sip_clock::Instant;
use std::time::Duration;

/// Maps the time of tokio to [`Instant`] and back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    start: tokio::time::Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { start: tokio::time::Instant::now() }
    }

    pub(super) fn now(self) -> Instant {
        Instant::ZERO + self.start.elapsed()
    }

    /// The real time of `at`.
    pub(super) fn real(self, at: Instant) -> tokio::time::Instant {
        self.start + Duration::from_micros(at.as_micros())
    }
}
