//! A bounded queue between the tasks of a user agent: small and made with one allocation, since a process may have ten
//! thousand user agents that are mostly idle, and each call has one. Each value is boxed while it waits.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// The sending half.
pub(crate) struct Sender<T>(Arc<Shared<T>>);

/// A sending half that does not keep the queue open.
pub(crate) struct WeakSender<T>(Arc<Shared<T>>);

/// The receiving half.
pub(crate) struct Receiver<T>(Arc<Shared<T>>);

/// The value was not taken: nobody receives, or the queue is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NotQueued;

/// What both halves see. Wakers are woken, and wakers and values dropped, outside of the lock, for they may use the queue.
struct Shared<T>(Mutex<State<T>>);

struct State<T> {
    values: VecDeque<Box<T>>,
    capacity: usize,
    /// Sending halves that keep the queue open.
    senders: usize,
    /// Takes no further values.
    is_closed: bool,
    /// Waits for a value.
    receiver: Option<Waker>,
    /// Wait for room; all are woken when there is some, and those that find none wait again.
    waiting: Vec<Waker>,
}

/// A queue in which so many values may wait.
pub(crate) fn queue<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let state = State {
        values: VecDeque::new(),
        capacity,
        senders: 1,
        is_closed: false,
        receiver: None,
        waiting: Vec::new(),
    };
    let shared = Arc::new(Shared(Mutex::new(state)));
    (Sender(shared.clone()), Receiver(shared))
}

impl<T> Shared<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        // Nothing panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes no further values; who waits for room hears of it.
    fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        let waiting = mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// A value that waits, whose place is free then.
    fn pop(mut state: MutexGuard<'_, State<T>>) -> Option<T> {
        let value = state.values.pop_front()?;
        let waiting = mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
        Some(*value)
    }

    fn push(mut state: MutexGuard<'_, State<T>>, value: Box<T>) {
        state.values.push_back(value);
        let receiver = state.receiver.take();
        drop(state);
        if let Some(receiver) = receiver {
            receiver.wake();
        }
    }
}

impl<T> State<T> {
    fn is_full(&self) -> bool {
        self.values.len() >= self.capacity
    }
}

impl<T> Sender<T> {
    /// Waits for room. Cancel-safe: a value that found none is dropped.
    pub(crate) fn send(&self, value: T) -> impl Future<Output = Result<(), NotQueued>> {
        // Boxed at once: futures keep a place for each value that they have.
        let mut value = Some(Box::new(value));
        poll_fn(move |context| self.poll_send(&mut value, context))
    }

    fn poll_send(&self, value: &mut Option<Box<T>>, context: &Context<'_>) -> Poll<Result<(), NotQueued>> {
        let mut state = self.0.state();
        if state.is_closed {
            return Poll::Ready(Err(NotQueued));
        }
        if state.is_full() {
            if !state.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                state.waiting.push(context.waker().clone());
            }
            return Poll::Pending;
        }
        if let Some(value) = value.take() {
            Shared::push(state, value);
        }
        Poll::Ready(Ok(()))
    }

    /// Takes the value only when there is room.
    pub(crate) fn try_send(&self, value: T) -> Result<(), NotQueued> {
        let value = Box::new(value);
        let state = self.0.state();
        if state.is_closed || state.is_full() {
            drop(state);
            return Err(NotQueued);
        }
        Shared::push(state, value);
        Ok(())
    }

    /// Takes the value even when there is no room: for a last word, of which each sender has one.
    ///
    /// # Errors
    ///
    /// When nobody receives: the value.
    #[cfg(feature = "call")]
    pub(crate) fn send_beyond(&self, value: T) -> Result<(), T> {
        let state = self.0.state();
        if state.is_closed {
            drop(state);
            return Err(value);
        }
        Shared::push(state, Box::new(value));
        Ok(())
    }

    /// How many values find room now.
    #[cfg(feature = "call")]
    pub(crate) fn room(&self) -> usize {
        let state = self.0.state();
        state.capacity.saturating_sub(state.values.len())
    }

    pub(crate) fn downgrade(&self) -> WeakSender<T> {
        WeakSender(self.0.clone())
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.state().senders += 1;
        Self(self.0.clone())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.senders -= 1;
        let receiver = if state.senders == 0 { state.receiver.take() } else { None };
        drop(state);
        if let Some(receiver) = receiver {
            receiver.wake();
        }
    }
}

impl<T> WeakSender<T> {
    /// A sending half, unless the last one is gone.
    pub(crate) fn upgrade(&self) -> Option<Sender<T>> {
        let mut state = self.0.state();
        if state.senders == 0 {
            return None;
        }
        state.senders += 1;
        drop(state);
        Some(Sender(self.0.clone()))
    }
}

impl<T> Receiver<T> {
    /// The next value; `None` when nobody sends any more. Cancel-safe.
    pub(crate) async fn recv(&mut self) -> Option<T> {
        poll_fn(|context| self.poll_recv(context)).await
    }

    pub(crate) fn poll_recv(&mut self, context: &Context<'_>) -> Poll<Option<T>> {
        let mut state = self.0.state();
        if state.values.is_empty() && state.senders > 0 && !state.is_closed {
            if !state.receiver.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
                let former = state.receiver.replace(context.waker().clone());
                drop(state);
                drop(former);
            }
            return Poll::Pending;
        }
        Poll::Ready(Shared::pop(state))
    }

    /// A value that waits.
    pub(crate) fn try_recv(&mut self) -> Option<T> {
        Shared::pop(self.0.state())
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.0.close();
        let mut state = self.0.state();
        // A waker keeps the memory of its task, and senders may stay for long.
        let left = (mem::take(&mut state.values), state.receiver.take());
        drop(state);
        drop(left);
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use futures::task::noop_waker;
    use std::any::Any;
    use std::task::Wake;

    /// What a future gives at once.
    fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
        future.now_or_never()
    }

    #[test]
    fn values_come_in_order_and_the_end_behind_them() {
        let (sender, mut receiver) = queue(2);
        assert_eq!(at_once(receiver.recv()), None);
        assert_eq!(sender.try_send(1), Ok(()));
        assert_eq!(sender.clone().try_send(2), Ok(()));
        assert_eq!(sender.try_send(3), Err(NotQueued));
        drop(sender);
        let received: Vec<_> = (0..3).map(|_| at_once(receiver.recv()).unwrap()).collect();
        assert_eq!(received, [Some(1), Some(2), None]);
    }

    #[test]
    fn who_finds_no_room_waits_for_it() {
        let (sender, mut receiver) = queue(1);
        assert_eq!(sender.try_send(1), Ok(()));
        let mut waiting = std::pin::pin!(sender.send(2));
        let waker = noop_waker();
        let mut context = Context::from_waker(&waker);
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        assert_eq!(at_once(receiver.recv()), Some(Some(1)));
        assert_eq!(waiting.as_mut().poll(&mut context), Poll::Ready(Ok(())));
        assert_eq!(at_once(receiver.recv()), Some(Some(2)));
    }

    #[test]
    fn what_lies_in_a_queue_that_nobody_reads_is_dropped_with_it() {
        let (sender, receiver) = queue::<Box<dyn Any>>(4);
        // a value that has a half of its own queue
        assert_eq!(sender.try_send(Box::new(sender.clone())), Ok(()));
        drop(receiver);
        assert_eq!(sender.try_send(Box::new(())), Err(NotQueued));
        assert_eq!(at_once(sender.send(Box::new(()))), Some(Err(NotQueued)));
        assert_eq!(sender.0.state().senders, 1);
    }

    /// A waker that uses the queue when the last of it is dropped, as that of a task does which nothing else keeps.
    struct Holder {
        _sender: Sender<u8>,
    }

    impl Wake for Holder {
        fn wake(self: Arc<Self>) {}
    }

    fn waker_with(sender: &Sender<u8>) -> (Waker, std::sync::Weak<Holder>) {
        let holder = Arc::new(Holder { _sender: sender.clone() });
        let weak = Arc::downgrade(&holder);
        (holder.into(), weak)
    }

    #[test]
    fn a_waker_that_is_wanted_no_more_is_dropped_outside_of_the_lock() {
        let (sender, mut receiver) = queue(1);
        for _ in 0..2 {
            let (waker, _) = waker_with(&sender);
            assert!(receiver.poll_recv(&Context::from_waker(&waker)).is_pending());
        }
        assert_eq!(sender.0.state().senders, 2, "the first one is gone with what it had");
    }

    #[test]
    fn who_receives_no_more_is_not_kept_by_the_senders() {
        let (sender, mut receiver) = queue(1);
        let (waker, holder) = waker_with(&sender);
        assert!(receiver.poll_recv(&Context::from_waker(&waker)).is_pending());
        drop((waker, receiver));
        assert!(holder.upgrade().is_none());
        assert_eq!(sender.try_send(1), Err(NotQueued));
    }

    #[test]
    fn a_weak_half_keeps_no_queue_open() {
        let (sender, mut receiver) = queue::<u8>(1);
        let weak = sender.downgrade();
        drop(weak.upgrade().unwrap());
        drop(sender);
        assert!(weak.upgrade().is_none());
        assert_eq!(at_once(receiver.recv()), Some(None));
    }

    #[tokio::test]
    async fn a_task_that_waits_is_woken() {
        let (sender, mut receiver) = queue(1);
        let fill = async {
            for value in 0..10 {
                sender.send(value).await.unwrap();
            }
        };
        let drain = async {
            let mut values = Vec::new();
            while values.len() < 10 {
                values.extend(receiver.recv().await);
            }
            values
        };
        let ((), values) = tokio::join!(fill, drain);
        assert_eq!(values, (0..10).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_task_that_waits_hears_of_the_end() {
        let (sender, mut receiver) = queue::<u8>(1);
        let (ended, ()) = tokio::join!(receiver.recv(), async { drop(sender) });
        assert_eq!(ended, None);
    }
}
