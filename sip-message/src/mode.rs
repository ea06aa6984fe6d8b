//! How much of what the ABNF of RFC 3261 §25.1 forbids is read nevertheless.

/// How much a parser forgives. Whatever it forgives it can name: see [`Deviation`](crate::Deviation) (RFC 3261 §25.1).
///
/// Every mode reads what a stricter one reads, and reads it as the same message. Typed values obey the mode as well:
/// see [`Headers::typed`](crate::Headers::typed) and [`Headers::typed_in`](crate::Headers::typed_in).
///
/// ```
/// use sip_message::{Message, Mode};
///
/// let sloppy = "SIP/2.0  200 OK\nl: 0\n\n";
/// assert!(Message::parse_with(sloppy.into(), Mode::Strict).is_err());
/// assert!(Message::parse_with(sloppy.into(), Mode::Lenient).is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a caller decides among these three")]
pub enum Mode {
    /// The grammar of RFC 3261 and nothing else: the first deviation refuses the message. For servers on streams.
    Strict,
    /// Also what RFC 2543 and deployed equipment send; a bad field spoils itself only. For user agents.
    #[default]
    Lenient,
    /// Also messages that break off and request lines without a version. For tools that look at broken traffic.
    Salvage,
}
