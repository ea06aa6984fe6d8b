//! Messages out of a byte stream: TCP and TLS (RFC 3261 §7.5, §18.3, RFC 5626 §4.4.1).

use crate::framing::{self, DeclaredLength};
use crate::headers::Lines;
use crate::{Limits, Mode, ParseMessageError, ParseOptions, StatusCode};
use bytes::{Bytes, BytesMut};
use thiserror::Error;

/// Cuts a byte stream into messages and keep-alives (RFC 3261 §18.3).
///
/// It reads Content-Length with the very code that [`Message::parse`](crate::Message::parse) reads it with, so that
/// both always agree on where a message ends; where a peer could read another length, the stream is refused.
///
/// Bytes go in by [`push`](Self::push), frames come out of [`next_frame`](Self::next_frame) until it has none. Work
/// is linear in the bytes, however they are cut up; what is held back is bounded by [`Limits::message`].
///
/// ```
/// use sip_message::{Message, Mode, StreamFrame, StreamFramer};
///
/// let mut framer = StreamFramer::new(Mode::Lenient);
/// framer.push(b"\r\n\r\nSIP/2.0 200 OK\r\nContent-Le");
/// assert_eq!(framer.next_frame(), Ok(Some(StreamFrame::Ping)));
/// assert_eq!(framer.next_frame(), Ok(None));
/// framer.push(b"ngth: 2\r\n\r\nhi\r\n");
/// let Ok(Some(StreamFrame::Message(bytes))) = framer.next_frame() else { unreachable!() };
/// assert_eq!(Message::parse(bytes)?.body(), "hi");
/// assert_eq!(framer.next_frame(), Ok(Some(StreamFrame::Pong)));
/// # Ok::<_, sip_message::ParseMessageError>(())
/// ```
#[derive(Debug)]
pub struct StreamFramer {
    buffer: BytesMut,
    options: ParseOptions,
    /// Up to where no line end was found yet.
    searched: usize,
    /// The length of the message at the front, once its header section is there.
    length: Option<usize>,
    /// Whether the bytes before the buffer were one CRLF of a keep-alive.
    half_ping: bool,
    failed: Option<FrameError>,
}

/// What stands at the front of a stream (RFC 3261 §18.3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "every frame must be handled")]
pub enum StreamFrame {
    /// The bytes of one message, for [`Message::parse_with`](crate::Message::parse_with).
    Message(Bytes),
    /// A double CRLF, to be answered by one CRLF (RFC 5626 §4.4.1).
    Ping,
    /// A single CRLF, the answer to a ping.
    Pong,
}

/// Why a stream cannot be cut into messages any further: the peer's fault, and the connection has to be closed (RFC
/// 3261 §18.3).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The message is, or says to be, larger than [`Limits::message`].
    #[error("message of more than {limit} bytes")]
    TooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// No Content-Length, which a stream needs (RFC 3261 §18.3). Only [`Mode::Strict`] minds; else there is no body.
    #[error("no Content-Length on a stream")]
    LengthMissing,
    /// A Content-Length that is no number (RFC 3261 §20.14).
    #[error("malformed Content-Length")]
    LengthMalformed,
    /// More than one Content-Length, also when they agree (RFC 3261 §7.3.1).
    #[error("several Content-Length fields")]
    LengthRepeated,
    /// The header section breaks a limit.
    #[error(transparent)]
    Head(#[from] ParseMessageError),
}

impl FrameError {
    /// The status owed before the connection is closed, where an answer is possible: 513 for what is too large, else
    /// 400 (RFC 3261 §21.5.7, §21.4.1).
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge { .. } => StatusCode::MESSAGE_TOO_LARGE,
            Self::LengthMissing | Self::LengthMalformed | Self::LengthRepeated => StatusCode::BAD_REQUEST,
            Self::Head(error) => error.status(),
        }
    }
}

impl StreamFramer {
    /// A framer for a new connection.
    #[must_use]
    pub fn new(options: impl Into<ParseOptions>) -> Self {
        Self {
            buffer: BytesMut::new(),
            options: options.into(),
            searched: 0,
            length: None,
            half_ping: false,
            failed: None,
        }
    }

    /// Takes bytes in the order they were received in.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The frame at the front, `None` until all of it is there.
    ///
    /// # Errors
    /// [`FrameError`], from then on always the same: nothing behind the fault can be trusted.
    pub fn next_frame(&mut self) -> Result<Option<StreamFrame>, FrameError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let outcome = self.advance();
        if let Err(error) = &outcome {
            self.failed = Some(error.clone());
            self.buffer.clear();
        }
        outcome
    }

    /// How many bytes wait for the rest of their frame.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.buffer.len()
    }

    fn advance(&mut self) -> Result<Option<StreamFrame>, FrameError> {
        if let Some(keep_alive) = self.keep_alive() {
            return Ok(Some(keep_alive));
        }
        let Limits { message: limit, .. } = self.options.limits;
        if self.length.is_none() {
            self.length = self.head_end().map(|end| self.message_length(end)).transpose()?;
        }
        match self.length {
            Some(length) if length > limit => Err(FrameError::TooLarge { limit }),
            Some(length) if length <= self.buffer.len() => Ok(Some(self.cut(length))),
            None if self.buffer.len() > limit => Err(FrameError::TooLarge { limit }),
            Some(_) | None => Ok(None),
        }
    }

    /// Takes a keep-alive or a stray line end off the front.
    fn keep_alive(&mut self) -> Option<StreamFrame> {
        // rfc3261#7.5 line ends before a start line are passed over; rfc5626#4.4.1 they may be keep-alives
        loop {
            match self.buffer.get(..) {
                Some([b'\r', b'\n', b'\r', b'\n', ..]) => {
                    self.buffer = self.buffer.split_off(4);
                    return Some(StreamFrame::Ping);
                }
                Some([b'\r', b'\n', b'\r'] | [b'\r']) => return None,
                Some([b'\r', b'\n', ..]) => {
                    self.buffer = self.buffer.split_off(2);
                    self.half_ping = !self.half_ping;
                    return Some(if self.half_ping { StreamFrame::Pong } else { StreamFrame::Ping });
                }
                Some([b'\r' | b'\n', ..]) => {
                    self.buffer = self.buffer.split_off(1);
                }
                Some(_) | None => return None,
            }
        }
    }

    /// Where the header section ends, its empty line included, once that is certain.
    fn head_end(&mut self) -> Option<usize> {
        loop {
            let (end, next) = framing::whole_line_end(&self.buffer, self.searched)?;
            // Until the next line has begun, this line end is looked at again.
            self.searched = end;
            let (blank, behind) = framing::whole_line_end(&self.buffer, next).unwrap_or((usize::MAX, 0));
            if blank == next {
                return Some(behind);
            }
            if next >= self.buffer.len() || self.buffer.get(next..) == Some(b"\r") {
                return None;
            }
            self.searched = next;
        }
    }

    /// The length of the message whose header section ends at `end`.
    fn message_length(&self, end: usize) -> Result<usize, FrameError> {
        let head = self.buffer.get(..end).unwrap_or_default();
        let (_, next) = framing::line(head, 0);
        let declared = framing::head(head, next, &self.options.limits, &mut Lines::new())?.length;
        match declared {
            // rfc3261#18.3 a stream needs Content-Length
            DeclaredLength::Absent if self.options.mode == Mode::Strict => Err(FrameError::LengthMissing),
            DeclaredLength::Absent => Ok(end),
            DeclaredLength::Once(length) => Ok(end.saturating_add(length)),
            DeclaredLength::Malformed => Err(FrameError::LengthMalformed),
            DeclaredLength::Repeated(_) | DeclaredLength::Conflict => Err(FrameError::LengthRepeated),
        }
    }

    fn cut(&mut self, length: usize) -> StreamFrame {
        self.length = None;
        self.searched = 0;
        self.half_ping = false;
        StreamFrame::Message(self.buffer.split_to(length).freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(framer: &mut StreamFramer, bytes: &[u8]) -> Result<Vec<StreamFrame>, FrameError> {
        framer.push(bytes);
        std::iter::from_fn(|| framer.next_frame().transpose()).take(20).collect()
    }

    fn refusal(text: &str) -> FrameError {
        let mut framer = StreamFramer::new(Mode::Lenient);
        let error = frames(&mut framer, text.as_bytes()).unwrap_err();
        assert_eq!(frames(&mut framer, b"SIP/2.0 200 OK\r\nl: 0\r\n\r\n"), Err(error.clone()));
        assert_eq!(framer.pending(), 0);
        error
    }

    #[test]
    fn messages_come_out_whole_however_the_stream_is_cut() {
        let one = "SIP/2.0 200 OK\r\nl: 4\r\n\r\n\r\n\r\n";
        let two = "BYE sip:a SIP/2.0\nContent-Length:\r\n 0\n\n";
        let stream = format!("{one}{two}");
        let expected = [one, two].map(|text| StreamFrame::Message(text.into()));
        for size in [1, 2, 3, 7, 100] {
            let mut framer = StreamFramer::new(Mode::Lenient);
            let chunks = stream.as_bytes().chunks(size);
            let found: Vec<_> = chunks.flat_map(|chunk| frames(&mut framer, chunk).unwrap()).collect();
            assert_eq!(found, expected, "{size}");
        }
    }

    #[test]
    fn keep_alives_are_told_apart() {
        let mut framer = StreamFramer::new(Mode::Lenient);
        assert_eq!(frames(&mut framer, b"\r\n"), Ok(vec![StreamFrame::Pong]));
        assert_eq!(frames(&mut framer, b"\r\n"), Ok(vec![StreamFrame::Ping]));
        assert_eq!(frames(&mut framer, b"\r\n\r"), Ok(vec![]));
        assert_eq!(frames(&mut framer, b"\n"), Ok(vec![StreamFrame::Ping]));
        assert_eq!(frames(&mut framer, b"\n\n"), Ok(vec![]));
        assert_eq!(framer.pending(), 0);
    }

    #[test]
    fn a_length_that_could_be_read_twice_is_refused() {
        let with = |fields: &str| refusal(&format!("SIP/2.0 200 OK\r\n{fields}\r\n\r\n"));
        assert_eq!(with("l: 1\r\nContent-Length: 2"), FrameError::LengthRepeated);
        assert_eq!(with("l: 1\r\nContent-Length: 1"), FrameError::LengthRepeated);
        for length in ["-1", "+1", "1x", "", "1, 1", "0x10", "99999999999999999999999"] {
            assert_eq!(with(&format!("l: {length}")), FrameError::LengthMalformed, "{length}");
        }
    }

    #[test]
    fn strict_streams_need_a_length() {
        let text = b"SIP/2.0 200 OK\r\n\r\n";
        let mut strict = StreamFramer::new(Mode::Strict);
        assert_eq!(frames(&mut strict, text), Err(FrameError::LengthMissing));
        let mut lenient = StreamFramer::new(Mode::Lenient);
        assert_eq!(frames(&mut lenient, text).unwrap().len(), 1);
    }

    #[test]
    fn nothing_is_held_back_beyond_the_limit() {
        assert_eq!(refusal("SIP/2.0 200 OK\r\nl: 70000\r\n\r\n"), FrameError::TooLarge { limit: 65536 });
        assert_eq!(refusal(&"x".repeat(65537)).status().code(), 513);
        let long = format!("SIP/2.0 200 OK\r\ns: {}\r\n\r\n", "x".repeat(9000));
        assert!(matches!(refusal(&long), FrameError::Head(ParseMessageError::LineTooLong { .. })));
    }
}
