//! Why a WebSocket connection ends: the status codes of RFC 6455 §7.4.

use std::fmt;

/// The status code of a close frame (RFC 6455 §7.4).
///
/// ```
/// # use sip_transport_ws::CloseCode;
/// assert_eq!(CloseCode::new(1000), Some(CloseCode::NORMAL));
/// assert_eq!(CloseCode::new(1005), None, "1005 is never on the wire");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: the purpose of the connection is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// 1001: the endpoint goes away, as a server that shuts down.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: a frame broke the WebSocket protocol.
    pub const PROTOCOL: Self = Self(1002);
    /// 1007: a text frame was not UTF-8.
    pub const INVALID_DATA: Self = Self(1007);
    /// 1008: the message breaks a policy of the endpoint.
    pub const POLICY: Self = Self(1008);
    /// 1009: the message is too big.
    pub const TOO_BIG: Self = Self(1009);
    /// 1011: the server met an unexpected condition.
    pub const INTERNAL: Self = Self(1011);

    /// The code, or `None` for a number that must not stand in a close frame (RFC 6455 §7.4.1, §7.4.2).
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            // rfc6455#7.4.1: 1004, 1005 and 1006 are reserved; 1015 is for local use
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_never_on_the_wire_are_refused() {
        for code in [0, 999, 1004, 1005, 1006, 1015, 2999, 5000] {
            assert_eq!(CloseCode::new(code), None, "{code}");
        }
        assert_eq!(CloseCode::new(1009).map(CloseCode::code), Some(1009));
    }
}
