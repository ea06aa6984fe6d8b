//! The one timer of a driver: what a core calls its next timeout (RFC 3261 §17, its timers), on the clock of the platform.

use super::platform::{Clock, Task};
use sip_clock::Instant;

/// Rings no later than it was last set to. It may ring early: most deadlines move away again before they come, and
/// nothing is due then.
#[derive(Default)]
pub(super) struct Alarm(Option<(Instant, Task<()>)>);

impl Alarm {
    /// Rings at `deadline` at the latest; when there is none it may stay as it is.
    pub(super) fn set(&mut self, deadline: Option<Instant>, clock: Clock) {
        let Some(deadline) = deadline else { return };
        if self.0.as_ref().is_none_or(|(at, _)| deadline < *at) {
            self.0 = Some((deadline, Box::pin(clock.sleep_until(Some(deadline)))));
        }
    }

    /// Waits for the time that is set, for ever without one. Cancel-safe.
    pub(super) async fn ring(&mut self) {
        match &mut self.0 {
            Some((_, sleep)) => sleep.await,
            None => std::future::pending().await,
        }
        self.0 = None;
    }
}
