//! The one place that reads a clock, sleeps and starts tasks: tokio.

use sip_clock::Instant;
use std::future::Future;

/// A monotonic clock whose origin is its creation.
#[derive(Debug)]
pub(crate) struct Clock {
    origin: tokio::time::Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { origin: tokio::time::Instant::now() }
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::ZERO + self.origin.elapsed()
    }

    /// Completes at `deadline`; never when there is none.
    pub(crate) async fn sleep_until(&self, deadline: Option<Instant>) {
        match deadline {
            Some(at) => tokio::time::sleep_until(self.origin + at.duration_since(Instant::ZERO)).await,
            None => std::future::pending().await,
        }
    }
}

/// Starts a task that nobody waits for; it ends when the channels it serves are closed.
#[expect(clippy::disallowed_methods, reason = "this is the runtime module the rule points to")]
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}
