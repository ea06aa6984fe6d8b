//! What a call of the simulated world carries in its SDP: its number, and who will end it when.

use sip_message::Body;
use std::time::Duration;

/// The plan for a call, known to both ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Offer {
    /// Names the call in one history, at all ends.
    pub(crate) number: u32,
    pub(crate) ender: Ender,
    /// How long the call stands.
    pub(crate) after: Duration,
}

/// Who hangs up a call that stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ender {
    Caller,
    Callee,
    /// Both at about the same time, so that two BYEs cross.
    Both,
}

impl Offer {
    /// The offer in which the plan is written.
    pub(crate) fn body(self) -> Body {
        let ender = match self.ender {
            Ender::Caller => "caller",
            Ender::Callee => "callee",
            Ender::Both => "both",
        };
        sdp(&format!("{} {ender} {}", self.number, self.after.as_millis()))
    }

    /// The answer to any offer.
    pub(crate) fn answer() -> Body {
        sdp("-")
    }

    /// Reads the plan; a body without one gives a call that both ends end at once.
    pub(crate) fn read(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let line = text.lines().find_map(|line| line.strip_prefix("s=")).unwrap_or_default();
        let mut words = line.split_whitespace();
        let number = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        let ender = match words.next() {
            Some("caller") => Ender::Caller,
            Some("callee") => Ender::Callee,
            _ => Ender::Both,
        };
        let millis = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        Self { number, ender, after: Duration::from_millis(millis) }
    }
}

fn sdp(session_name: &str) -> Body {
    Body::sdp(format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns={session_name}\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
         m=audio 49170 RTP/AVP 0\r\n"
    ))
}
