//! One waker for the two halves of a split connection.

use futures::task::AtomicWaker;
use std::sync::Arc;
use std::task::{Wake, Waker};

/// The tasks that read and write a connection.
///
/// The reading half writes too (it answers keep-alives), and the socket remembers one writer only. So every write is
/// polled with a waker that wakes both tasks, and neither can take the other's wake-up away.
#[derive(Default)]
pub(super) struct Wakers {
    pub(super) reader: AtomicWaker,
    pub(super) writer: AtomicWaker,
}

impl Wakers {
    /// The waker that wakes both.
    pub(super) fn both(self: &Arc<Self>) -> Waker {
        Waker::from(Arc::clone(self))
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
