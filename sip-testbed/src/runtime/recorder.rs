//! Who is told of each message: the callback of the builder, and the streams.

use super::messages::Messages;
use crate::record::Record;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// Called with each message.
pub(super) type OnMessage = dyn Fn(&Record) + Send + Sync;

/// Shared by the testbed, which adds streams, and its driver, which feeds them.
#[derive(Clone, Default)]
pub(super) struct Recorder {
    on_message: Option<Arc<OnMessage>>,
    streams: Arc<Mutex<Vec<mpsc::UnboundedSender<Record>>>>,
}

impl Recorder {
    pub(super) fn new(on_message: Option<Arc<OnMessage>>) -> Self {
        Self { on_message, streams: Arc::default() }
    }

    /// A new stream.
    pub(super) fn stream(&self) -> Messages {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.streams().push(sender);
        Messages::new(receiver)
    }

    /// Tells all who listen what `record` gives; streams that nobody holds any more are forgotten.
    pub(super) fn record(&self, record: impl FnOnce() -> Record) {
        if self.on_message.is_none() && self.streams().is_empty() {
            return;
        }
        let record = record();
        if let Some(on_message) = &self.on_message {
            on_message(&record);
        }
        self.streams().retain(|stream| stream.send(record.clone()).is_ok());
    }

    /// Ends all streams.
    pub(super) fn end(&self) {
        self.streams().clear();
    }

    fn streams(&self) -> MutexGuard<'_, Vec<mpsc::UnboundedSender<Record>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}
