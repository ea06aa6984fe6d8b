//! What one WebSocket message carries: a SIP message or a keep-alive of RFC 5626 §3.5.1 (RFC 7118 §5, §6).

/// What a CRLF keep-alive sends: a double CRLF (RFC 5626 §3.5.1).
pub const PING: &str = "\r\n\r\n";

/// The answer to a [`Payload::Ping`]: one CRLF (RFC 5626 §3.5.1).
pub const PONG: &str = "\r\n";

/// What the payload of a WebSocket text or binary message is.
///
/// ```
/// # use sip_transport_ws::Payload;
/// assert_eq!(Payload::of(b"\r\n\r\n"), Payload::Ping);
/// assert_eq!(Payload::of(b"\r\n"), Payload::Pong);
/// assert_eq!(Payload::of(b"OPTIONS sip:example.com SIP/2.0\r\n\r\n"), Payload::Message);
/// ```
#[expect(clippy::exhaustive_enums, reason = "every payload must be handled")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Payload {
    /// A double CRLF (or more of it): the peer wants [`PONG`] back.
    Ping,
    /// A single CRLF, or nothing at all: the answer to a ping of ours, otherwise without meaning.
    Pong,
    /// Anything else is meant to be one SIP message, whole (RFC 7118 §5).
    Message,
}

impl Payload {
    /// Tells keep-alives from messages, whether the frame was text or binary.
    #[must_use]
    pub fn of(payload: &[u8]) -> Self {
        // rfc7118#6, rfc5626#3.5.1
        if !payload.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            Self::Message
        } else if payload.len() >= 2 * PONG.len() {
            Self::Ping
        } else {
            Self::Pong
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_line_ends_are_keep_alives() {
        assert_eq!(Payload::of(b""), Payload::Pong);
        assert_eq!(Payload::of(b"\r\n\r\n\r\n"), Payload::Ping);
        assert_eq!(Payload::of(b"\0"), Payload::Message);
    }

    #[test]
    fn a_message_after_blank_lines_is_a_message() {
        assert_eq!(Payload::of(b"\r\n\r\nSIP/2.0 200 OK\r\n\r\n"), Payload::Message);
    }
}
