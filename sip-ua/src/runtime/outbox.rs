//! Messages that wait for the connection, sent in order without blocking the driver.

use futures::Sink;
use sip_message::Message;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// How many messages may wait before the driver stops to take on work.
const LIMIT: usize = 256;

/// A sink and what has not gone into it yet.
#[derive(Debug)]
pub(crate) struct Outbox<S> {
    sink: S,
    waiting: VecDeque<Message>,
    unflushed: bool,
}

impl<S: Sink<Message> + Unpin> Outbox<S> {
    pub(crate) fn new(sink: S) -> Self {
        Self { sink, waiting: VecDeque::new(), unflushed: false }
    }

    /// Whether so much waits that nothing new should be taken on (back-pressure towards peer and application).
    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() >= LIMIT
    }

    pub(crate) fn push(&mut self, message: Message) {
        self.waiting.push_back(message);
    }

    /// Whether everything has left.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && !self.unflushed
    }

    /// Sends what waits. Cancel-safe: what was not sent stays in the outbox.
    ///
    /// # Errors
    ///
    /// When the connection failed; what is left will never be sent.
    pub(crate) async fn send(&mut self) -> Result<(), S::Error> {
        poll_fn(|context| self.poll_send(context)).await
    }

    /// Closes the connection.
    pub(crate) async fn close(&mut self) {
        // A connection that cannot be closed any more is closed.
        let _ = poll_fn(|context| Pin::new(&mut self.sink).poll_close(context)).await;
    }

    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        while !self.waiting.is_empty() {
            ready!(Pin::new(&mut self.sink).poll_ready(context))?;
            if let Some(message) = self.waiting.pop_front() {
                self.unflushed = true;
                Pin::new(&mut self.sink).start_send(message)?;
            }
        }
        ready!(Pin::new(&mut self.sink).poll_flush(context))?;
        self.unflushed = false;
        Poll::Ready(Ok(()))
    }
}
