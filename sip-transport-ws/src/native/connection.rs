//! One WebSocket connection as a `Stream` and a `Sink` of SIP messages (RFC 7118 §4.2, §5, §6).

use super::foreign_error::{receive_error, send_error};
use super::read_ahead::ReadAhead;
use super::stream::AnyStream;
use super::wakers::Wakers;
use super::watch::{Control, FlowTimer, Watch};
use crate::{CloseCode, KeepAliveOptions, Payload, ReceiveError, SendError};
use bytes::Bytes;
use futures::{Sink, SinkExt, Stream, StreamExt};
use sip_message::{Framing, Limits, Message, ParseOptions};
use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite;
use tungstenite::protocol::frame::Utf8Bytes;
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};

/// A connection to a peer, client or server side: a `Stream` of received messages and a `Sink` of messages to send.
///
/// Keep-alives are answered, and sent, while the stream is polled and never show; a peer that answers none ends the
/// stream with [`ReceiveError::Silent`]. A message that cannot be parsed is an item
/// ([`ReceiveError::Malformed`]) and the stream goes on; every other error is its last item. The stream ends with
/// `None` after a close frame. Receiving is cancel-safe. The sink takes the next message only when the socket took the
/// one before, so nothing piles up. `futures::StreamExt::split` gives the two halves to two tasks.
///
/// A dropped connection is closed without a close frame; [`close`](Self::close) says goodbye.
pub struct WsConnection {
    socket: WebSocketStream<ReadAhead>,
    facts: Facts,
    limits: Limits,
    wakers: Arc<Wakers>,
    write_waker: Waker,
    watch: Watch,
    control: Control,
    /// Whether the socket was asked for a frame and had not all of one.
    drained: bool,
    ended: bool,
    close: Option<(CloseCode, String)>,
}

/// What is known about a connection when it is up.
#[derive(Clone, Copy)]
pub(super) struct Facts {
    pub(super) peer: SocketAddr,
    pub(super) local: SocketAddr,
    pub(super) secure: bool,
    pub(super) role: Role,
    /// Whether both sides named the sub-protocol `sip`.
    pub(super) subprotocol: bool,
}

impl WsConnection {
    /// A connection after its handshake; `tail` came behind it.
    pub(super) async fn new(
        stream: AnyStream,
        tail: Vec<u8>,
        facts: Facts,
        limits: Limits,
        keep_alive: KeepAliveOptions,
    ) -> Self {
        let config = Some(config(limits.message));
        let stream = ReadAhead::new(stream);
        let socket = WebSocketStream::from_partially_read(stream, tail, facts.role, config).await;
        let wakers = Arc::new(Wakers::default());
        let write_waker = wakers.both();
        Self {
            socket,
            facts,
            limits,
            wakers,
            write_waker,
            watch: Watch::new(keep_alive),
            control: Control::default(),
            drained: false,
            ended: false,
            close: None,
        }
    }

    /// Sends a close frame. The stream then gives what the peer still sends and ends with the peer's answer.
    ///
    /// # Errors
    /// [`SendError`] when the connection is gone already.
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), SendError> {
        let frame = close_frame(code, reason);
        self.socket.send(tungstenite::Message::Close(Some(frame))).await.map_err(|error| send_error(&error))
    }

    /// The address of the peer; that of the last HTTP proxy or load balancer where there is one (RFC 7118 §5.3).
    #[must_use]
    pub const fn peer_addr(&self) -> SocketAddr {
        self.facts.peer
    }

    /// The local address.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.facts.local
    }

    /// Whether TLS is below: `WSS` in the Via of a request, else `WS` (RFC 7118 §5.1).
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.facts.secure
    }

    /// Whether both sides named the sub-protocol `sip`. A server that named none is tolerated unless
    /// [`require_subprotocol`](super::ConnectOptions::require_subprotocol) is set.
    #[must_use]
    pub const fn is_subprotocol_agreed(&self) -> bool {
        self.facts.subprotocol
    }

    /// Code and reason of the peer's close frame, once it came; 1005 in RFC 6455 terms (no code) counts as
    /// [`CloseCode::NORMAL`].
    #[must_use]
    pub fn close_reason(&self) -> Option<(CloseCode, &str)> {
        self.close.as_ref().map(|(code, reason)| (*code, reason.as_str()))
    }

    /// Hands out what changes the keep-alive of this connection while it is in use.
    #[must_use]
    pub fn flow_timer(&self) -> FlowTimer {
        Watch::flow_timer(&self.wakers)
    }

    /// Handles one WebSocket message; `None` when it is of no interest above.
    fn receive(&mut self, frame: tungstenite::Message) -> Option<Item> {
        let item = self.receive_frame(frame);
        self.watch.handle_received();
        item
    }

    fn receive_frame(&mut self, frame: tungstenite::Message) -> Option<Item> {
        match frame {
            // rfc7118#4.2/1: text and binary are both accepted
            tungstenite::Message::Text(text) => self.receive_payload(text.into()),
            tungstenite::Message::Binary(bytes) => self.receive_payload(bytes),
            // tungstenite answers pings itself, and wants the answer flushed
            tungstenite::Message::Ping(_) => {
                self.control.answered();
                None
            }
            tungstenite::Message::Pong(_) | tungstenite::Message::Frame(_) => None,
            tungstenite::Message::Close(frame) => {
                self.receive_close(frame);
                Some(None)
            }
        }
    }

    fn receive_payload(&mut self, bytes: Bytes) -> Option<Item> {
        match Payload::of(&bytes) {
            // rfc7118#6
            Payload::Ping => {
                self.control.answer();
                None
            }
            Payload::Pong => {
                self.watch.handle_pong();
                None
            }
            // rfc7118#4.1/3, rfc7118#5/2-3: one frame is one message, whatever Content-Length says
            Payload::Message => {
                let options = ParseOptions::from(self.limits).with_framing(Framing::WebSocket);
                let parsed = Message::parse_with(bytes.clone(), options);
                Some(Some(parsed.map_err(|error| ReceiveError::Malformed { error, bytes })))
            }
        }
    }

    fn receive_close(&mut self, frame: Option<CloseFrame>) {
        let code = frame.as_ref().and_then(|frame| CloseCode::new(frame.code.into()));
        let reason = frame.map(|frame| frame.reason.to_string()).unwrap_or_default();
        self.close = Some((code.unwrap_or(CloseCode::NORMAL), reason));
        self.ended = true;
        // the answer to the close frame is queued; if it cannot go out at once, the peer sees the end of TCP
        let _ = self.socket.poll_flush_unpin(&mut Context::from_waker(&self.write_waker));
    }

    /// Ends the stream after an error, with the close code that names it (RFC 6455 §7.1.7).
    fn fail(&mut self, error: &tungstenite::Error) -> ReceiveError {
        self.ended = true;
        let error = receive_error(error, self.limits.message);
        let code = match error {
            ReceiveError::TooBig { .. } => CloseCode::TOO_BIG,
            ReceiveError::NotUtf8 => CloseCode::INVALID_DATA,
            ReceiveError::Protocol => CloseCode::PROTOCOL,
            ReceiveError::Lost { .. }
            | ReceiveError::Malformed { .. }
            | ReceiveError::Overrun { .. }
            | ReceiveError::Idle
            | ReceiveError::Silent => return error,
        };
        let mut context = Context::from_waker(&self.write_waker);
        let frame = tungstenite::Message::Close(Some(close_frame(code, "")));
        if self.socket.start_send_unpin(frame).is_ok() {
            let _ = self.socket.poll_flush_unpin(&mut context);
        }
        error
    }

    /// Moves keep-alives on, as far as the socket takes them; a broken socket shows when it is read.
    fn poll_control(&mut self) {
        let mut context = Context::from_waker(&self.write_waker);
        while self.control.is_due() && self.socket.poll_ready_unpin(&mut context).is_ready() {
            if let Some(frame) = self.control.take() {
                let _ = self.socket.start_send_unpin(frame);
            }
        }
        if self.control.is_flushing() && self.socket.poll_flush_unpin(&mut context).is_ready() {
            self.control.flushed();
        }
    }

    /// The next frame. A task is often woken for something else, and then the socket need not be asked again, whose
    /// buffer is written to each time.
    fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<tungstenite::Result<tungstenite::Message>>> {
        if self.drained {
            ready!(self.socket.get_ref().poll_readable(cx));
        }
        let frame = self.socket.poll_next_unpin(cx);
        self.drained = frame.is_pending();
        frame
    }

    /// Pings a silent peer; gives up one that stays silent.
    fn poll_watch(&mut self, cx: &mut Context<'_>) -> Option<ReceiveError> {
        while let Poll::Ready(action) = self.watch.poll(&self.wakers, cx) {
            if let Err(error) = self.control.ping(action) {
                self.ended = error.is_fatal();
                return Some(error);
            }
        }
        None
    }
}

impl Stream for WsConnection {
    type Item = Result<Message, ReceiveError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        this.wakers.reader.register(cx.waker());
        while !this.ended {
            if let Some(error) = this.poll_watch(cx) {
                return Poll::Ready(Some(Err(error)));
            }
            this.poll_control();
            match ready!(this.poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Some(item) = this.receive(frame) {
                        return Poll::Ready(item);
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(this.fail(&error)))),
                None => this.ended = true,
            }
        }
        Poll::Ready(None)
    }
}

impl Sink<Message> for WsConnection {
    type Error = SendError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.get_mut().poll_write(cx, |socket, cx| socket.poll_ready_unpin(cx))
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        let bytes = message.to_bytes();
        // rfc7118#4.2/2-3: what is not UTF-8 throughout goes out as a binary frame
        let frame = match Utf8Bytes::try_from(bytes.clone()) {
            Ok(text) => tungstenite::Message::Text(text),
            Err(_) => tungstenite::Message::Binary(bytes),
        };
        self.get_mut().socket.start_send_unpin(frame).map_err(|error| send_error(&error))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.get_mut().poll_write(cx, |socket, cx| socket.poll_flush_unpin(cx))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.get_mut().poll_write(cx, |socket, cx| socket.poll_close_unpin(cx))
    }
}

impl WsConnection {
    fn poll_write<F>(&mut self, cx: &Context<'_>, write: F) -> Poll<Result<(), SendError>>
    where
        F: FnOnce(&mut WebSocketStream<ReadAhead>, &mut Context<'_>) -> Poll<Result<(), tungstenite::Error>>,
    {
        self.wakers.writer.register(cx.waker());
        let result = write(&mut self.socket, &mut Context::from_waker(&self.write_waker));
        result.map_err(|error| send_error(&error))
    }
}

impl fmt::Debug for WsConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WsConnection")
            .field("peer", &self.facts.peer)
            .field("secure", &self.facts.secure)
            .finish_non_exhaustive()
    }
}

/// What is received: a message or an error, or the end of the stream.
type Item = Option<Result<Message, ReceiveError>>;

/// The socket's buffers: small, since a server has one pair per user agent, as has a process of many user agents. So many
/// bytes are read at a time, all of which are written to before: most messages come in one piece, and a buffer of less than
/// 1 KiB is renewed with no more than its frame needs. `message` bounds one message and one of its frames, checked against
/// the declared length before anything is allocated.
fn config(message: usize) -> WebSocketConfig {
    const READ: usize = 1000;
    const WRITE: usize = 1536;
    WebSocketConfig::default()
        .read_buffer_size(READ)
        .write_buffer_size(WRITE)
        .max_message_size(Some(message))
        .max_frame_size(Some(message))
}

/// A close frame; its reason is cut to the 123 bytes that fit (RFC 6455 §5.5).
fn close_frame(code: CloseCode, reason: &str) -> CloseFrame {
    let mut end = reason.len().min(123);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let reason = reason.get(..end).unwrap_or_default();
    CloseFrame { code: code.code().into(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::stream::ByteStream;
    use std::collections::VecDeque;
    use std::io;
    use std::sync::Mutex;
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    /// A stream that knows what has come, as a socket does, and how often it was asked for it.
    #[derive(Clone, Default)]
    struct Socket(Arc<Mutex<(VecDeque<Vec<u8>>, usize)>>);

    impl Socket {
        fn holds(&self, bytes: &[u8]) {
            self.0.lock().unwrap().0.push_back(bytes.to_vec());
        }

        fn asked(&self) -> usize {
            self.0.lock().unwrap().1
        }
    }

    impl ByteStream for Socket {
        fn poll_readable(&self, _context: &mut Context<'_>) -> Poll<()> {
            if self.0.lock().unwrap().0.is_empty() { Poll::Pending } else { Poll::Ready(()) }
        }
    }

    impl AsyncRead for Socket {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            room: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let mut state = self.0.lock().unwrap();
            state.1 += 1;
            let Some(bytes) = state.0.pop_front() else { return Poll::Pending };
            room.put_slice(&bytes);
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Socket {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// A client whose server has sent nothing yet.
    async fn client(socket: Socket) -> WsConnection {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 9));
        let facts =
            Facts { peer: nowhere, local: nowhere, secure: false, role: Role::Client, subprotocol: true };
        let keep_alive = KeepAliveOptions::default();
        WsConnection::new(Box::new(socket), Vec::new(), facts, Limits::default(), keep_alive).await
    }

    #[tokio::test]
    async fn a_socket_that_said_that_it_is_empty_is_not_asked_again() {
        let socket = Socket::default();
        let mut connection = client(socket.clone()).await;
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..3 {
            assert!(connection.poll_next_unpin(&mut context).is_pending());
        }
        assert_eq!(socket.asked(), 1);
        // half of a frame (RFC 6455 §5.2), and nothing more
        let text = "OPTIONS sip:x SIP/2.0\r\n\r\n".as_bytes();
        let frame = [&[0x81, u8::try_from(text.len()).unwrap()], text].concat();
        let (half, other) = frame.split_at(9);
        socket.holds(half);
        for _ in 0..3 {
            assert!(connection.poll_next_unpin(&mut context).is_pending());
        }
        assert_eq!(socket.asked(), 3, "that half, and for more");
        socket.holds(other);
        assert!(matches!(connection.poll_next_unpin(&mut context), Poll::Ready(Some(Ok(_)))));
        assert_eq!(socket.asked(), 4);
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let frame = close_frame(CloseCode::POLICY, &"é".repeat(100));
        assert_eq!(frame.reason.as_str(), "é".repeat(61));
    }
}
