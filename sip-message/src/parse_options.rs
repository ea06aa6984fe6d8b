//! What a caller can say about parsing: how much is forgiven (RFC 3261 §25.1), how much is read at most, and what ends
//! a message (§18.3, RFC 7118 §5).

use crate::{Limits, Mode};

/// What ends a message that came in one piece: the length it gives, or the piece (RFC 3261 §18.3, RFC 7118 §5).
///
/// ```
/// # use sip_message::{Framing, Message, ParseOptions};
/// let frame = "SIP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nhello";
/// assert_eq!(Message::parse(frame.into())?.body(), "he");
/// let options = ParseOptions::default().with_framing(Framing::WebSocket);
/// assert_eq!(Message::parse_with(frame.into(), options)?.body(), "hello");
/// # Ok::<_, sip_message::ParseMessageError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Framing {
    /// Content-Length ends the body, and what stands behind is thrown away (RFC 3261 §18.3, for UDP). A length beyond
    /// the datagram is passed over.
    #[default]
    Datagram,
    /// The WebSocket message ends the body, whatever Content-Length says, which nobody needs there (RFC 7118 §5). A
    /// wrong one is a deviation, and is corrected when the message is printed.
    WebSocket,
}

/// Mode, limits and framing of [`Message::parse_with`](crate::Message::parse_with); mode or limits can stand for all
/// (RFC 3261 §25.1).
///
/// ```
/// # use sip_message::{Limits, Mode, ParseOptions};
/// assert_eq!(ParseOptions::from(Mode::Strict).limits, Limits::default());
/// assert_eq!(ParseOptions::from(&Limits::default()).mode, Mode::Lenient);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseOptions {
    /// How much is forgiven.
    pub mode: Mode,
    /// How much is read at most.
    pub limits: Limits,
    /// What ends the body.
    pub framing: Framing,
}

impl ParseOptions {
    /// The same limits in another mode.
    #[must_use]
    pub const fn with_mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// The same mode and limits for another framing.
    #[must_use]
    pub const fn with_framing(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }
}

impl From<Mode> for ParseOptions {
    fn from(mode: Mode) -> Self {
        Self { mode, ..Self::default() }
    }
}

impl From<&Limits> for ParseOptions {
    fn from(limits: &Limits) -> Self {
        Self { limits: *limits, ..Self::default() }
    }
}

impl From<Limits> for ParseOptions {
    fn from(limits: Limits) -> Self {
        Self::from(&limits)
    }
}
