//! The stream of all messages that a testbed sees.

use crate::record::Record;
use futures::Stream;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Every message from the moment of the call to [`Testbed::messages`](super::Testbed::messages), as a `Stream`.
///
/// It ends when the testbed has stopped. What is not read is kept, so read it or drop it.
#[derive(Debug)]
pub struct Messages {
    receiver: mpsc::UnboundedReceiver<Record>,
}

impl Messages {
    pub(super) const fn new(receiver: mpsc::UnboundedReceiver<Record>) -> Self {
        Self { receiver }
    }

    /// What has been recorded and not read yet, without waiting.
    pub fn drain(&mut self) -> Vec<Record> {
        std::iter::from_fn(|| self.receiver.try_recv().ok()).collect()
    }
}

impl Stream for Messages {
    type Item = Record;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Record>> {
        self.receiver.poll_recv(cx)
    }
}
