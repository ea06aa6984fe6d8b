//! A participant that does what a test tells it: it sends given messages and answers as a closure says.

use super::Node;
use sip_clock::Instant;
use sip_message::Message;
use sip_transaction::FlowId;
use std::collections::VecDeque;
use std::fmt;

/// A peer without a protocol stack, for what no sane peer would do, and for tests of one side alone.
///
/// ```
/// use sip_message::{Message, StatusCode};
/// use sip_testbed::sim::ScriptedPeer;
///
/// let always_busy = ScriptedPeer::answering(|message| match message {
///     Message::Request(request) => vec![request.response(StatusCode::BUSY_HERE).into()],
///     Message::Response(_) => Vec::new(),
/// });
/// assert!(always_busy.received().is_empty());
/// ```
#[derive(Default)]
pub struct ScriptedPeer {
    received: Vec<Message>,
    outgoing: VecDeque<(FlowId, Message)>,
    answer: Option<Box<Answer>>,
}

/// What a peer answers to a message.
type Answer = dyn FnMut(&Message) -> Vec<Message>;

impl ScriptedPeer {
    /// A peer that says nothing unasked.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A peer that sends what `answer` makes of each message, at once and where it came from.
    #[must_use]
    pub fn answering(answer: impl FnMut(&Message) -> Vec<Message> + 'static) -> Self {
        Self { answer: Some(Box::new(answer)), ..Self::default() }
    }

    /// Sends `message` on `flow`.
    pub fn send(&mut self, flow: FlowId, message: impl Into<Message>) {
        self.outgoing.push_back((flow, message.into()));
    }

    /// All that has arrived, oldest first.
    #[must_use]
    pub fn received(&self) -> &[Message] {
        &self.received
    }
}

impl Node for ScriptedPeer {
    fn handle_message(&mut self, flow: FlowId, message: Message, _now: Instant) {
        if let Some(answer) = &mut self.answer {
            self.outgoing.extend(answer(&message).into_iter().map(|answer| (flow, answer)));
        }
        self.received.push(message);
    }

    fn handle_timeout(&mut self, _now: Instant) {}

    fn poll_transmit(&mut self) -> Option<(FlowId, Message)> {
        self.outgoing.pop_front()
    }

    fn next_timeout(&self) -> Option<Instant> {
        None
    }
}

impl fmt::Debug for ScriptedPeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedPeer").field("received", &self.received).finish_non_exhaustive()
    }
}
