//! Messages that wait for the connection, sent in order without blocking the driver.

use futures::{Sink, SinkExt};
use sip_message::Message;
use std::collections::VecDeque;
use std::task::{Context, Poll, Waker, ready};

/// How many messages may wait before the driver stops to take on work.
const LIMIT: usize = 256;

/// What has not gone into the sink yet, or has and may still stand there.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: VecDeque<Message>,
    unflushed: bool,
}

impl Outbox {
    /// Whether so much waits that nothing new should be taken on (back-pressure towards peer and application).
    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() >= LIMIT
    }

    /// Hands a message to `sink`, or keeps it until that has room.
    ///
    /// # Errors
    ///
    /// When the connection failed; what is left will never be sent.
    pub(crate) fn push<S: Sink<Message> + Unpin>(
        &mut self,
        message: Message,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        // Nobody waits here; who flushes does.
        let mut context = Context::from_waker(Waker::noop());
        if self.waiting.is_empty() && sink.poll_ready_unpin(&mut context)?.is_ready() {
            self.unflushed = true;
            return sink.start_send_unpin(message);
        }
        self.waiting.push_back(message);
        Ok(())
    }

    /// Whether everything has left.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && !self.unflushed
    }

    /// Moves what waits into `sink`, as far as it takes it.
    ///
    /// # Errors
    ///
    /// When the connection failed; what is left will never be sent.
    pub(crate) fn poll_send<S: Sink<Message> + Unpin>(
        &mut self,
        sink: &mut S,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), S::Error>> {
        while !self.waiting.is_empty() {
            ready!(sink.poll_ready_unpin(context))?;
            if let Some(message) = self.waiting.pop_front() {
                self.unflushed = true;
                sink.start_send_unpin(message)?;
            }
        }
        // A process may have ten thousand user agents that are idle: they keep no room.
        self.waiting = VecDeque::new();
        ready!(sink.poll_flush_unpin(context))?;
        self.unflushed = false;
        Poll::Ready(Ok(()))
    }
}
