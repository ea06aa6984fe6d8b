//! The one timer of a driver: what a core calls its next timeout (RFC 3261 §17, its timers), on the clock of the platform.

use super::platform::{Clock, Task};
use sip_clock::Instant;
use std::time::Duration;

/// Rings no later than it was last set to. It may ring early: most deadlines move away again before they come, and
/// nothing is due then.
#[derive(Default)]
pub(super) struct Alarm(Option<(Instant, Task<()>)>);

/// An alarm that would ring for nothing within this time is put off: the repetition of a 2xx (RFC 3261 §13.3.1.4), which
/// the ACK makes needless, would wake each callee once more when all that it needs is far away in memory again.
const SOON: Duration = Duration::from_secs(1);

impl Alarm {
    /// Rings at `deadline` at the latest; when there is none it may stay as it is.
    pub(super) fn set(&mut self, deadline: Option<Instant>, now: Instant, clock: Clock) {
        let soon = now + SOON;
        let rings_for_nothing = |at: Instant| at <= soon && deadline.is_none_or(|deadline| deadline > soon);
        match (&self.0, deadline) {
            (Some((at, _)), _) if rings_for_nothing(*at) => self.0 = None,
            (Some((at, _)), Some(deadline)) if *at <= deadline => return,
            (Some(_) | None, _) => {}
        }
        if let Some(deadline) = deadline {
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    /// How long an alarm rings after it was set to these deadlines, in milliseconds, at once.
    async fn rings_after(deadlines: &[Option<u64>]) -> Option<u128> {
        let (clock, begun) = (Clock::start(), tokio::time::Instant::now());
        let mut alarm = Alarm::default();
        for deadline in deadlines {
            let deadline = deadline.map(|millis| Instant::ZERO + Duration::from_millis(millis));
            alarm.set(deadline, clock.now(), clock);
            assert!(alarm.ring().now_or_never().is_none(), "it is waited for between");
        }
        let day = Duration::from_secs(24 * 60 * 60);
        tokio::time::timeout(day, alarm.ring()).await.ok().map(|()| begun.elapsed().as_millis())
    }

    #[tokio::test(start_paused = true)]
    async fn it_rings_at_the_earliest_deadline_unless_that_is_void_and_soon() {
        for (deadlines, rings) in [
            (vec![Some(500), Some(200)], Some(200)),
            (vec![Some(500), Some(900)], Some(500)),
            // a 2xx has its ACK
            (vec![Some(500), Some(32_000)], Some(32_000)),
            (vec![Some(500), None], None),
            // too far away to be worth the while
            (vec![Some(32_000), Some(64_000)], Some(32_000)),
            (vec![Some(32_000), None], Some(32_000)),
            (vec![], None),
        ] {
            let rung = rings_after(&deadlines).await;
            assert_eq!(rung.map(|millis| millis / 10), rings.map(|millis| millis / 10), "{deadlines:?}");
        }
    }
}
