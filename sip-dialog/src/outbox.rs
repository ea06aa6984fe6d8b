//! The output queue of a session, which lets one end through and no second.

use crate::{EndCause, EndKind, Output, SessionEvent, Undelivered};
use sip_message::{KeptRequest, Reason};
use std::collections::VecDeque;

/// What a session has to say, in order.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Output>,
    ended: bool,
    undelivered: Option<Undelivered>,
    /// How this end hangs up, if it says more than that it does.
    farewell: Option<Box<Farewell>>,
}

/// What this end says when it hangs up.
#[derive(Clone, Debug, Default)]
struct Farewell {
    kind: Option<EndKind>,
    reasons: Vec<Reason>,
}

/// How many outputs wait at a time, mostly: by itself the queue would make room for more.
const USUAL: usize = 2;

impl Outbox {
    /// The outbox of a session that comes from another process.
    #[cfg(feature = "serde")]
    pub(crate) fn restored(ended: bool) -> Self {
        Self { ended, ..Self::default() }
    }

    pub(crate) fn push(&mut self, output: Output) {
        if self.queue.capacity() == 0 {
            self.queue.reserve_exact(USUAL);
        }
        self.queue.push_back(output);
    }

    /// Sends an ACK as it was sent before, if there was one.
    pub(crate) fn push_ack(&mut self, ack: Option<&KeptRequest>) {
        if let Some(ack) = ack {
            self.push(Output::Ack(ack.request()));
        }
    }

    /// Tells the application, unless the session has ended.
    pub(crate) fn event(&mut self, event: SessionEvent) {
        if !self.ended {
            self.push(Output::Event(event));
        }
    }

    /// This end hangs up for a reason: the first one counts.
    pub(crate) fn say_why(&mut self, kind: Option<EndKind>, reasons: Vec<Reason>) {
        if !self.ended && (kind.is_some() || !reasons.is_empty()) {
            self.farewell.get_or_insert_with(|| Box::new(Farewell { kind, reasons }));
        }
    }

    /// What CANCEL and BYE of this end say (RFC 3326 §2).
    pub(crate) fn reasons(&self) -> &[Reason] {
        self.farewell.as_ref().map_or(&[], |farewell| farewell.reasons.as_slice())
    }

    /// The same of a session that ends by `cause`, which speaks where the application has not.
    pub(crate) fn reasons_for(&self, cause: &EndCause) -> Vec<Reason> {
        if self.reasons().is_empty() {
            cause.farewell().into_iter().collect()
        } else {
            self.reasons().to_vec()
        }
    }

    /// Tells the application that the session ended, the first time only (AC-25).
    pub(crate) fn end(&mut self, cause: EndCause) {
        let cause = match self.farewell.as_deref() {
            Some(farewell) => cause.explained(farewell.kind, &farewell.reasons),
            None => cause,
        };
        self.event(SessionEvent::Ended(cause));
        self.ended = true;
    }

    pub(crate) fn pop(&mut self) -> Option<Output> {
        let output = self.queue.pop_front();
        if output.is_none() {
            // A call stands for long and says little: its queue gives its room back.
            self.queue = VecDeque::new();
        }
        output
    }

    /// The peer did not take a BYE.
    pub(crate) const fn fail_farewell(&mut self, why: Undelivered) {
        self.undelivered = Some(why);
    }

    /// Why the peer did not take a BYE.
    pub(crate) const fn undelivered(&self) -> Option<Undelivered> {
        self.undelivered
    }

    pub(crate) const fn has_ended(&self) -> bool {
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EndedBy;

    #[test]
    fn the_second_end_is_not_told() {
        let mut outbox = Outbox::default();
        outbox.end(EndCause::new(EndedBy::Local, EndKind::HungUp));
        outbox.end(EndCause::new(EndedBy::Remote, EndKind::HungUp));
        outbox.event(SessionEvent::Established { body: None });
        assert!(
            matches!(outbox.pop(), Some(Output::Event(SessionEvent::Ended(cause))) if cause.by == EndedBy::Local)
        );
        assert!(outbox.pop().is_none());
    }
}
