//! A bounded queue for values of any size: each is boxed while it waits, since tokio's queues keep room for 32 of them
//! from the beginning, and a process may have ten thousand user agents that are mostly idle.

use std::fmt;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// The sending half.
pub(crate) struct Sender<T>(mpsc::Sender<Box<T>>);

/// A sending half that does not keep the queue open.
pub(crate) struct WeakSender<T>(mpsc::WeakSender<Box<T>>);

/// The receiving half.
pub(crate) struct Receiver<T>(mpsc::Receiver<Box<T>>);

/// The value was not taken: nobody receives, or the queue is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NotQueued;

/// A queue in which so many values may wait.
pub(crate) fn queue<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = mpsc::channel(capacity);
    (Sender(sender), Receiver(receiver))
}

impl<T> Sender<T> {
    /// Waits for room.
    pub(crate) async fn send(&self, value: T) -> Result<(), NotQueued> {
        self.0.send(Box::new(value)).await.map_err(|_| NotQueued)
    }

    /// Takes the value only when there is room.
    pub(crate) fn try_send(&self, value: T) -> Result<(), NotQueued> {
        self.0.try_send(Box::new(value)).map_err(|_| NotQueued)
    }

    /// How many values find room now.
    #[cfg(feature = "call")]
    pub(crate) fn room(&self) -> usize {
        self.0.capacity()
    }

    pub(crate) fn downgrade(&self) -> WeakSender<T> {
        WeakSender(self.0.downgrade())
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> WeakSender<T> {
    /// A sending half, unless the queue is closed.
    pub(crate) fn upgrade(&self) -> Option<Sender<T>> {
        self.0.upgrade().map(Sender)
    }
}

impl<T> Receiver<T> {
    /// The next value; `None` when nobody sends any more. Cancel-safe.
    pub(crate) async fn recv(&mut self) -> Option<T> {
        self.0.recv().await.map(|value| *value)
    }

    pub(crate) fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.0.poll_recv(context).map(|value| value.map(|value| *value))
    }

    /// A value that waits.
    #[cfg(feature = "call")]
    pub(crate) fn try_recv(&mut self) -> Option<T> {
        self.0.try_recv().ok().map(|value| *value)
    }

    /// Takes no further values; those that wait can be received.
    #[cfg(feature = "call")]
    pub(crate) fn close(&mut self) {
        self.0.close();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}
