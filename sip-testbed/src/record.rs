//! One message as seen on its way between two participants (RFC 3261 §7), with its time.

use sip_clock::Instant;
use sip_message::{CSeq, Message};

/// A message on its way: what a [`Ladder`](crate::Ladder) draws as one arrow.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Record {
    /// When it was sent or received; the origin is the start of the recording side.
    pub at: Instant,
    /// The participant that sent it, by the name the ladder shows.
    pub from: String,
    /// The participant it was sent to.
    pub to: String,
    /// The message as it stands on the wire.
    pub message: Message,
    /// What the network does to it.
    pub fate: Fate,
}

/// What a network does to a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Fate {
    /// It goes its way.
    #[default]
    Sent,
    /// It never arrives.
    Lost,
    /// It arrives twice.
    Doubled,
}

impl Record {
    /// A record of `message`, sent by `from` to `to`.
    #[must_use]
    pub fn new(at: Instant, from: &str, to: &str, message: Message) -> Self {
        Self { at, from: from.to_owned(), to: to.to_owned(), message, fate: Fate::Sent }
    }

    /// The same with what the network does to it.
    #[must_use]
    pub const fn with_fate(mut self, fate: Fate) -> Self {
        self.fate = fate;
        self
    }

    /// What stands on the arrow: the method of a request, `200 OK (INVITE)` for a response; the method is left out
    /// where the reason phrase is long. `LOST` and `TWICE` follow where the network does that.
    #[must_use]
    pub fn label(&self) -> String {
        let label = self.start();
        match self.fate {
            Fate::Sent => label,
            Fate::Lost => format!("{label} LOST"),
            Fate::Doubled => format!("{label} TWICE"),
        }
    }

    fn start(&self) -> String {
        match &self.message {
            Message::Request(request) => request.method().as_str().to_owned(),
            Message::Response(response) => {
                let status = format!("{} {}", response.status().code(), response.reason());
                match response.headers().typed::<CSeq>() {
                    Ok(Some(cseq)) if status.len() <= LONG => format!("{status} ({})", cseq.method.as_str()),
                    Ok(_) | Err(_) => status,
                }
            }
        }
    }
}

/// Longer statuses stand alone: `401 Unauthorized` is not long, `487 Request Terminated` is.
const LONG: usize = 18;
