//! One waker for the two halves of a split connection, and what others want of it.

use futures::task::AtomicWaker;
use sip_clock::TokenSource;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};
use std::time::Duration;

/// The tasks that read and write a connection.
///
/// The reading half writes too (it answers keep-alives), and the socket remembers one writer only. So every write is
/// polled with a waker that wakes both tasks, and neither can take the other's wake-up away.
#[derive(Default)]
pub(super) struct Wakers {
    pub(super) reader: AtomicWaker,
    pub(super) writer: AtomicWaker,
    wish: Mutex<Option<Box<Wish>>>,
}

/// A Flow-Timer that has not been taken over (RFC 5626 §4.4), and what its intervals are drawn from.
pub(super) type Wish = (Option<Duration>, TokenSource);

impl Wakers {
    /// The waker that wakes both.
    pub(super) fn both(self: &Arc<Self>) -> Waker {
        Waker::from(Arc::clone(self))
    }

    /// Leaves a wish for the half that reads.
    pub(super) fn wish(&self, wish: Wish) {
        *self.wish.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(wish));
        self.reader.wake();
    }

    /// What was wished last and not taken yet.
    pub(super) fn take_wish(&self) -> Option<Box<Wish>> {
        self.wish.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.reader.wake();
        self.writer.wake();
    }
}
