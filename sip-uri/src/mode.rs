//! Which grammar a parser follows: the ABNF of RFC 3261 §25.1, what deployed equipment sends, or RFC 2543 §2.

/// Which grammar a parser follows, and how much it forgives (RFC 3261 §25.1).
///
/// Strict and lenient parsing agree on the meaning of every text that both accept.
///
/// ```
/// use sip_uri::{Mode, SipUri};
///
/// assert!(SipUri::parse("sip:alice#1@host_1;;lr", Mode::Strict).is_err());
/// assert!(SipUri::parse("sip:alice#1@host_1;;lr", Mode::Lenient).is_ok());
/// ```
#[expect(clippy::exhaustive_enums, reason = "a parser has these modes and no fourth")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// The grammar of RFC 3261 §25.1 as corrected by RFC 5954, and RFC 3966 for tel.
    Strict,
    /// Also characters that should have been escaped, underscores in hosts, empty parameters, headers and ports,
    /// repeated parameters, and what RFC 2543 had: an empty user and quoted parameter values. Spaces, controls and
    /// angle brackets stay forbidden, and a host is never decoded.
    /// What differs from `Strict` has a name and a place in [`SipUri::deviations`](crate::SipUri::deviations).
    #[default]
    Lenient,
    /// The grammar of RFC 2543 §2 (figures 3 and 4), and RFC 2806 for tel; neither has IPv6 addresses or `sips`.
    Rfc2543,
}
