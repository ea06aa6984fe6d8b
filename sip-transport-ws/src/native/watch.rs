//! Keep-alive of one connection on tokio's clock, and the control frames that wait to go out.

use super::wakers::Wakers;
use crate::{KeepAlive, KeepAliveAction, KeepAliveOptions, PING, PONG, ReceiveError};
use sip_clock::{Instant, TokenSource};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Sleep;
use tokio_tungstenite::tungstenite;
use tungstenite::protocol::frame::Utf8Bytes;

/// The keep-alive machine with a timer.
pub(super) struct Watch {
    keep_alive: KeepAlive,
    origin: tokio::time::Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

/// Tells the keep-alive of a connection that is used elsewhere, perhaps in two halves, what the server wants of it.
#[derive(Clone)]
pub struct FlowTimer(Arc<Wakers>);

impl FlowTimer {
    /// The server takes the connection for dead when it sees no keep-alive for `limit` (RFC 5626 §4.4); see
    /// [`KeepAlive::set_flow_timer`].
    pub fn set(&self, limit: Option<Duration>, tokens: TokenSource) {
        self.0.wish((limit, tokens));
    }
}

impl fmt::Debug for FlowTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowTimer").finish_non_exhaustive()
    }
}

impl Watch {
    pub(super) fn new(options: KeepAliveOptions) -> Self {
        let mut watch = Self {
            keep_alive: KeepAlive::new(options, Instant::ZERO),
            origin: tokio::time::Instant::now(),
            timer: None,
        };
        watch.timer = watch.deadline().map(|at| Box::pin(tokio::time::sleep_until(at)));
        watch
    }

    /// Anything has arrived. A timer that is early is left alone, for it is set again when it fires.
    pub(super) fn handle_received(&mut self) {
        let now = self.now();
        self.keep_alive.handle_received(now);
        self.hasten();
    }

    /// A single CRLF has arrived.
    pub(super) fn handle_pong(&mut self) {
        let now = self.now();
        self.keep_alive.handle_pong(now);
        self.hasten();
    }

    fn hasten(&mut self) {
        if let (Some(at), Some(timer)) = (self.deadline(), &mut self.timer)
            && at < timer.deadline()
        {
            timer.as_mut().reset(at);
        }
    }

    /// What changes the Flow-Timer from elsewhere.
    pub(super) fn flow_timer(wakers: &Arc<Wakers>) -> FlowTimer {
        FlowTimer(Arc::clone(wakers))
    }

    fn take_wish(&mut self, wakers: &Wakers) {
        let Some(wish) = wakers.take_wish() else { return };
        let (limit, tokens) = *wish;
        let now = self.now();
        self.keep_alive.set_flow_timer(limit, tokens, now);
        if let (Some(at), Some(timer)) = (self.deadline(), &mut self.timer) {
            timer.as_mut().reset(at);
        }
    }

    /// What the clock asks for; pending until then.
    pub(super) fn poll(&mut self, wakers: &Wakers, cx: &mut Context<'_>) -> Poll<KeepAliveAction> {
        self.take_wish(wakers);
        loop {
            let Some(timer) = &mut self.timer else { return Poll::Pending };
            std::task::ready!(timer.as_mut().poll(cx));
            let now = self.now();
            let action = self.keep_alive.handle_timeout(now);
            let deadline = self.deadline();
            match (deadline, &mut self.timer) {
                (Some(at), Some(timer)) => timer.as_mut().reset(at),
                _ => self.timer = None,
            }
            if let Some(action) = action {
                return Poll::Ready(action);
            }
        }
    }

    fn now(&self) -> Instant {
        Instant::ZERO + self.origin.elapsed()
    }

    fn deadline(&self) -> Option<tokio::time::Instant> {
        self.keep_alive.next_timeout().map(|at| self.origin + at.duration_since(Instant::ZERO))
    }
}

/// Control frames of ours that have not left yet: at most one of a kind, so that a flood of pings costs nothing.
#[derive(Default)]
pub(super) struct Control {
    pong: bool,
    ping: Option<tungstenite::Message>,
    is_flushing: bool,
}

impl Control {
    /// A double CRLF wants its answer.
    pub(super) const fn answer(&mut self) {
        self.pong = true;
    }

    /// The socket has an answer that is to be flushed.
    pub(super) const fn answered(&mut self) {
        self.is_flushing = true;
    }

    /// Queues the ping that `action` asks for; an error is for the owner of the connection.
    pub(super) fn ping(&mut self, action: KeepAliveAction) -> Result<(), ReceiveError> {
        self.ping = Some(match action {
            KeepAliveAction::SendPing => tungstenite::Message::Ping(bytes::Bytes::new()),
            KeepAliveAction::SendCrlf => tungstenite::Message::Text(Utf8Bytes::from_static(PING)),
            KeepAliveAction::SendRequest => return Err(ReceiveError::Idle),
            KeepAliveAction::GiveUp => return Err(ReceiveError::Silent),
        });
        Ok(())
    }

    /// Whether a frame waits to be sent.
    pub(super) const fn is_due(&self) -> bool {
        self.pong || self.ping.is_some()
    }

    /// The next frame; it has to be flushed.
    pub(super) fn take(&mut self) -> Option<tungstenite::Message> {
        self.is_flushing = true;
        if std::mem::take(&mut self.pong) {
            return Some(tungstenite::Message::Text(Utf8Bytes::from_static(PONG)));
        }
        self.ping.take()
    }

    /// Whether a frame has been handed over and not flushed.
    pub(super) const fn is_flushing(&self) -> bool {
        self.is_flushing
    }

    /// Everything has left.
    pub(super) const fn flushed(&mut self) {
        self.is_flushing = false;
    }
}
