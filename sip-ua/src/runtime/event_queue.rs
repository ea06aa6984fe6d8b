//! A bounded queue of call events in which the two that matter always find room. Events wait boxed, as in every
//! [queue](super::queue).

use super::queue::{Receiver, Sender, queue};

/// How many events may wait before progress is dropped.
const CAPACITY: usize = 32;
/// Established and ended: each call has at most one of either.
const MILESTONES: usize = 2;

/// The sending half: progress may be dropped when nobody reads, milestones never are.
#[derive(Debug)]
pub(crate) struct EventSender<T> {
    sender: Sender<T>,
    /// How many places are kept for milestones to come.
    kept: usize,
}

/// A queue with its places for milestones kept free.
pub(crate) fn event_queue<T>() -> (EventSender<T>, Receiver<T>) {
    let (sender, receiver) = queue(CAPACITY + MILESTONES);
    (EventSender { sender, kept: MILESTONES }, receiver)
}

impl<T> EventSender<T> {
    /// Queues an event that may be dropped when too many wait; `false` when it was.
    pub(crate) fn progress(&self, event: T) -> bool {
        self.sender.room() > self.kept && self.sender.try_send(event).is_ok()
    }

    /// Queues an event that must arrive as long as somebody listens.
    pub(crate) fn milestone(&mut self, event: T) {
        self.kept = self.kept.saturating_sub(1);
        self.progress(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milestones_find_room_in_a_full_queue() {
        let (mut sender, mut receiver) = event_queue();
        let accepted = (0..100).filter(|n| sender.progress(*n)).count();
        assert_eq!(accepted, CAPACITY);
        sender.milestone(1000);
        sender.milestone(1001);
        let mut received = Vec::new();
        while let Some(event) = receiver.try_recv() {
            received.push(event);
        }
        assert_eq!(received[CAPACITY..], [1000, 1001]);
    }
}
