//! What a caller can say about parsing: how much is forgiven (RFC 3261 §25.1) and how much is read at most.

use crate::{Limits, Mode};

/// Mode and limits of [`Message::parse_with`](crate::Message::parse_with); either can stand for both.
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
}

impl ParseOptions {
    /// The same limits in another mode.
    #[must_use]
    pub const fn with_mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
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
