//! Messages on the wire, for traces and ladders, with credentials masked.

use sip_message::{HeaderName, Message};

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum Direction {
    /// From us to the server.
    Sent,
    /// From the server to us.
    Received,
}

/// A message as it went over the wire.
#[derive(Clone, Debug)]
pub struct WireMessage {
    /// Which way it went.
    pub direction: Direction,
    /// The message.
    pub message: Message,
}

impl WireMessage {
    /// The text of the message, as [`to_masked_text`] shows it.
    #[must_use]
    pub fn to_text(&self) -> String {
        to_masked_text(&self.message)
    }
}

/// The text of a message; the values of `Authorization` and `Proxy-Authorization` are masked.
#[must_use]
pub fn to_masked_text(message: &Message) -> String {
    let bytes = message.to_bytes();
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut masked = String::with_capacity(text.len());
    for line in head.split("\r\n") {
        masked.push_str(mask(line));
        masked.push_str("\r\n");
    }
    masked.push_str("\r\n");
    masked.push_str(body);
    masked
}

/// A header line without secrets: a digest response can be guessed at offline.
fn mask(line: &str) -> &str {
    let name = line.split(':').next().unwrap_or_default().trim_end();
    match name.parse::<HeaderName>() {
        Ok(HeaderName::Authorization) => "Authorization: ***",
        Ok(HeaderName::ProxyAuthorization) => "Proxy-Authorization: ***",
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_masked() {
        let text = "REGISTER sip:example.test SIP/2.0\r\nAuthorization: Digest username=\"alice\", response=\"00\"\r\n\
                    Content-Length: 2\r\n\r\nhi";
        let message = Message::parse(text.to_owned().into()).unwrap();
        let shown = WireMessage { direction: Direction::Sent, message }.to_text();
        assert!(shown.contains("Authorization: ***\r\n"), "{shown}");
        assert!(!shown.contains("alice"), "{shown}");
        assert!(shown.ends_with("\r\n\r\nhi"), "{shown}");
    }
}
