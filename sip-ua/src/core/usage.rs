//! What a user agent holds: the sizes of its tables, which must all return to nothing (RFC 3261 §17, RFC 6026 §7).

use super::{Core, Owner};

/// How much is going on in a [`Core`]: the number of entries in each of its tables.
///
/// All are zero again 64·T1 after the last call and request ended; a registration is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Client and server transactions.
    pub transactions: usize,
    /// Requests of ours that wait for their final response, or for credentials.
    pub requests: usize,
    /// Requests outside of any dialog that the application waits for.
    pub exchanges: usize,
    /// MESSAGE requests that the application has not answered.
    pub messages: usize,
    /// Calls, also those that are over but still owe something to the peer.
    pub calls: usize,
    /// Why challenges were not answered, as far as the application does not know yet.
    pub challenges: usize,
    /// Requests that were redirected and may be sent elsewhere yet.
    pub redirections: usize,
}

impl Core {
    /// How much is going on.
    #[must_use]
    pub fn usage(&self) -> Usage {
        Usage {
            transactions: self.transactions.len(),
            requests: self.pending.len() + self.undeliverable.len() + self.questions.len(),
            exchanges: self.exchanges.len(),
            messages: self.messages.len(),
            #[cfg(feature = "call")]
            calls: self.calls.len(),
            #[cfg(not(feature = "call"))]
            calls: 0,
            challenges: self.auth_errors.keys().filter(|owner| is_counted(owner)).count(),
            redirections: self.targets.len(),
        }
    }

    /// How many received messages were dropped because they could neither be answered nor matched: bytes that are no
    /// message, and messages without a Via, or responses without a `CSeq`, that can be read (RFC 3261 §8.1.3.3, §8.2.6).
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.unreadable.saturating_add(self.transactions.dropped())
    }

    /// Whether nothing is going on: no transaction, no call, no unanswered request.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.usage() == Usage::default()
    }

    /// Whether a request of ours waits for its final response or for credentials, or a 2xx of ours for its ACK.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        #[cfg(feature = "call")]
        if self.calls.is_busy() {
            return true;
        }
        !self.pending.is_empty() || self.questions.len() > 0
    }
}

/// A registration goes on, and so may what it knows of its challenges.
const fn is_counted(owner: &Owner) -> bool {
    match owner {
        #[cfg(feature = "registration")]
        Owner::Registration(_) => false,
        #[cfg(feature = "call")]
        Owner::Call(_) | Owner::Answer(_) => true,
        Owner::Exchange(_) => true,
    }
}
