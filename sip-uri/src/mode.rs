//! How much a parser forgives: the ABNF of RFC 3261 §25.1, or what RFC 2543 and deployed equipment send.

/// How much a parser forgives.
///
/// Both modes agree on the meaning of every text that both accept.
///
/// ```
/// use sip_uri::{Mode, SipUri};
///
/// assert!(SipUri::parse("sip:alice#1@host_1;;lr", Mode::Strict).is_err());
/// assert!(SipUri::parse("sip:alice#1@host_1;;lr", Mode::Lenient).is_ok());
/// ```
#[expect(clippy::exhaustive_enums, reason = "a parser has these modes and no third")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// The grammar of RFC 3261 §25.1 as corrected by RFC 5954, and RFC 3966 for tel.
    Strict,
    /// Also characters that should have been escaped, underscores in hosts, empty parameters, headers and ports, and
    /// repeated parameters. Spaces, controls, quotes and angle brackets stay forbidden, and a host is never decoded.
    #[default]
    Lenient,
}
