//! Ctrl-C, and the wish of the system that the process ends.

use std::future::{Future, pending};
use std::pin::Pin;

/// Somebody presses Ctrl-C or ends the process politely. Whoever waits in a loop makes one before it, for what comes while
/// an event is looked at counts, too.
pub(crate) struct Interruption(Pin<Box<dyn Future<Output = ()>>>);

impl Interruption {
    pub(crate) fn new() -> Self {
        Self(Box::pin(interrupted()))
    }

    /// Completes once; dropping the future before that loses nothing.
    pub(crate) async fn wait(&mut self) {
        self.0.as_mut().await;
    }
}

async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler Ctrl-C ends the process at once, which is what it is for.
    if tokio::signal::ctrl_c().await.is_err() {
        pending::<()>().await;
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::process::{Command, id};
    use std::time::Duration;
    use tokio::signal::unix::{SignalKind, signal};

    #[tokio::test]
    async fn what_comes_between_two_events_is_not_lost() {
        let mut interruption = Interruption::new();
        // an event, while the handler is there already
        tokio::select! {
            biased;
            () = interruption.wait() => panic!("nobody has interrupted yet"),
            () = async {} => {}
        }
        let mut told = signal(SignalKind::terminate()).unwrap();
        assert!(Command::new("kill").args(["-TERM", &id().to_string()]).status().unwrap().success());
        assert!(told.recv().await.is_some(), "it came while nobody waited");
        tokio::time::timeout(Duration::from_secs(10), interruption.wait()).await.unwrap();
    }
}
