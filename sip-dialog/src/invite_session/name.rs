//! What all messages of a session have in common: the Call-ID and the tag of this end, RFC 3261 §12.

use std::fmt;

/// Call-ID and local tag in one block of memory, where each message that comes is compared with both.
pub(super) struct Name {
    text: Box<str>,
    call_id: usize,
}

impl Name {
    pub(super) fn new(call_id: &str, local_tag: &str) -> Self {
        Self { text: [call_id, local_tag].concat().into(), call_id: call_id.len() }
    }

    pub(super) fn call_id(&self) -> &str {
        self.text.get(..self.call_id).unwrap_or_default()
    }

    pub(super) fn local_tag(&self) -> &str {
        self.text.get(self.call_id..).unwrap_or_default()
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Name").field(&self.call_id()).field(&self.local_tag()).finish()
    }
}
