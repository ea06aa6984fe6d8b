//! One WebSocket connection of a page as a `Stream` and a `Sink` of SIP messages (RFC 7118 §4.2, §5, §6).

use super::shared::{Arrival, Socket};
use super::watch::{Due, FlowTimer, Watch};
use crate::{CloseCode, KeepAliveOptions, PING, PONG, ReceiveError, SendError};
use futures::{FutureExt, Sink, Stream};
use gloo_timers::future::TimeoutFuture;
use sip_message::Message;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A connection to a server: a `Stream` of received messages and a `Sink` of messages to send.
///
/// Keep-alives are answered, and sent, while the stream is polled and never show; a server that answered them
/// and does so no more ends the stream with [`ReceiveError::Silent`]. A message that cannot be parsed is an item ([`ReceiveError::Malformed`]) and
/// the stream goes on; every other error is its last item. The sink takes the next message only while the browser has
/// less than 64 KiB to send, so nothing piles up. Dropped, the connection is closed.
pub struct WsConnection {
    socket: Socket,
    is_secure: bool,
    watch: Watch,
    is_ended: bool,
    /// Runs while the browser has too much to send.
    drain: Option<TimeoutFuture>,
}

/// So much may wait in the browser.
const BUFFERED: u32 = 64 * 1024;
/// How often a full buffer is looked at, since no event tells, in milliseconds.
const DRAIN: u32 = 20;

impl WsConnection {
    pub(super) fn new(socket: Socket, is_secure: bool, keep_alive: KeepAliveOptions) -> Self {
        Self { socket, is_secure, watch: Watch::new(keep_alive), is_ended: false, drain: None }
    }

    /// Sends a close frame. The stream then gives what the server still sends and ends with its answer. Of the codes
    /// below 3000 pages may use 1000 only, which stands for the others.
    ///
    /// # Errors
    /// [`SendError`] when the connection is gone already.
    #[expect(clippy::unused_async, reason = "the same surface as that of the module native")]
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), SendError> {
        if !self.socket.is_open() {
            return Err(SendError::Closed);
        }
        self.socket.close(code, reason);
        Ok(())
    }

    /// Whether TLS is below: `WSS` in the Via of a request, else `WS` (RFC 7118 §5.1).
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// What tells the keep-alive the Flow-Timer of a registrar, also when the connection has been split.
    #[must_use]
    pub fn flow_timer(&self) -> FlowTimer {
        self.watch.flow_timer()
    }

    /// Code and reason of the server's close frame, once it came.
    #[must_use]
    pub fn close_reason(&self) -> Option<(CloseCode, String)> {
        self.socket.close_reason()
    }

    fn poll_watch(&mut self, cx: &mut Context<'_>) -> Option<ReceiveError> {
        while let Poll::Ready(due) = self.watch.poll(cx) {
            match due {
                Due::Crlf => {
                    // a socket that does not take it shows its end when it is read
                    let _ = self.socket.send(PING.as_bytes());
                }
                Due::Request => return Some(ReceiveError::Idle),
                Due::GiveUp => return Some(ReceiveError::Silent),
            }
        }
        None
    }

    fn take(&mut self, arrival: Arrival) -> Option<Result<Message, ReceiveError>> {
        match arrival {
            Arrival::Message(message) => Some(Ok(message)),
            // rfc7118#6
            Arrival::Ping => {
                let _ = self.socket.send(PONG.as_bytes());
                None
            }
            Arrival::Pong => {
                self.watch.handle_pong();
                None
            }
            Arrival::Error(error) => {
                self.is_ended = error.is_fatal();
                Some(Err(error))
            }
        }
    }

    /// Ready when the browser has little enough to send, or nothing at all.
    fn poll_drained(&mut self, limit: u32, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        loop {
            if !self.socket.is_open() {
                return Poll::Ready(Err(SendError::Closed));
            }
            if self.socket.buffered() <= limit {
                self.drain = None;
                return Poll::Ready(Ok(()));
            }
            let drain = self.drain.get_or_insert_with(|| TimeoutFuture::new(DRAIN));
            ready!(drain.poll_unpin(cx));
            self.drain = None;
        }
    }
}

impl Stream for WsConnection {
    type Item = Result<Message, ReceiveError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while !this.is_ended {
            if let Some(error) = this.poll_watch(cx) {
                this.is_ended = error.is_fatal();
                return Poll::Ready(Some(Err(error)));
            }
            match ready!(this.socket.poll_arrival(cx)) {
                Some(arrival) => {
                    let item = this.take(arrival);
                    this.watch.handle_received();
                    if let Some(item) = item {
                        return Poll::Ready(Some(item));
                    }
                }
                None => this.is_ended = true,
            }
        }
        Poll::Ready(None)
    }
}

impl Sink<Message> for WsConnection {
    type Error = SendError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.get_mut().poll_drained(BUFFERED, cx)
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        if self.socket.send(&message.to_bytes()) { Ok(()) } else { Err(SendError::Closed) }
    }

    /// What was handed to the browser leaves without further help.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let this = self.get_mut();
        if !this.socket.is_open() {
            return Poll::Ready(Ok(()));
        }
        ready!(this.poll_drained(0, cx))?;
        this.socket.close(CloseCode::NORMAL, "");
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for WsConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WsConnection").field("secure", &self.is_secure).finish_non_exhaustive()
    }
}
