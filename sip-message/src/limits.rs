//! Limits that a sender cannot exceed, enforced before anything is allocated by its claims (RFC 3261 §21.5.7). This is the
//! one place for all of them.

/// Sizes beyond which a message is refused (RFC 3261 §21.5.7).
///
/// ```
/// # use sip_message::{Limits, Message};
/// let mut limits = Limits::default();
/// limits.header_fields = 1;
/// assert!(Message::parse_with("SIP/2.0 200 OK\r\nl: 0\r\ns: x\r\n\r\n".into(), &limits).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the whole message, 64 KiB by default: the largest datagram, and more than any SDP of a browser.
    pub message: usize,
    /// Header lines, 256 by default: ten times what long Via and Route lists need.
    pub header_fields: usize,
    /// Bytes of the start line or of one header field with its folds, 8 KiB by default: room for a signed Identity.
    pub line: usize,
    /// Parts of one `multipart` body, 64 by default: an offer comes with a handful.
    pub body_parts: usize,
    /// How deep `multipart` bodies are taken apart within each other, 8 by default: three are met. Nothing else nests:
    /// comments within comments are counted, not recursed into, and take a stack of no depth.
    pub nesting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message: 64 * 1024, header_fields: 256, line: 8 * 1024, body_parts: 64, nesting: 8 }
    }
}
