//! The timer of a browser, which knows whole milliseconds and takes a wait of more than 2³¹ of them for none at all
//! (HTML Standard, timers).

use gloo_timers::future::TimeoutFuture;
use std::time::Duration;

const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Completes when `wait` is over, never before; a wait of more than a day ends after a day.
pub(super) fn timer(wait: Duration) -> TimeoutFuture {
    let millis = wait.min(LONGEST).as_millis().saturating_add(1);
    TimeoutFuture::new(u32::try_from(millis).unwrap_or_default())
}
