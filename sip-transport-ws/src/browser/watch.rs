//! Keep-alive of one connection on the browser's timers (RFC 5626 §4.4).

use super::timer::timer;
use crate::{KeepAlive, KeepAliveAction, KeepAliveOptions};
use futures::FutureExt;
use gloo_timers::future::TimeoutFuture;
use sip_clock::Instant;
use std::task::{Context, Poll, ready};

/// The keep-alive machine with a timer.
pub(super) struct Watch {
    keep_alive: KeepAlive,
    origin: web_time::Instant,
    timer: Option<TimeoutFuture>,
}

/// What is to be done about a silent server.
#[derive(Clone, Copy)]
pub(super) enum Due {
    /// Send a double CRLF.
    Crlf,
    /// Have a request sent.
    Request,
    /// Take the connection for dead.
    GiveUp,
}

impl Watch {
    pub(super) fn new(options: KeepAliveOptions) -> Self {
        // a page cannot send WebSocket pings
        let keep_alive = KeepAlive::new(options, Instant::ZERO).without_ping_frames();
        let mut watch = Self { keep_alive, origin: web_time::Instant::now(), timer: None };
        watch.set();
        watch
    }

    /// Anything has arrived. The timer is left alone, for it is set again when it fires.
    pub(super) fn handle_received(&mut self) {
        let now = self.now();
        self.keep_alive.handle_received(now);
    }

    /// What the clock asks for; pending until then.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Due> {
        loop {
            let Some(timer) = &mut self.timer else { return Poll::Pending };
            ready!(timer.poll_unpin(cx));
            let now = self.now();
            let action = self.keep_alive.handle_timeout(now);
            self.set();
            match action {
                None => {}
                Some(KeepAliveAction::SendCrlf) => return Poll::Ready(Due::Crlf),
                Some(KeepAliveAction::GiveUp) => return Poll::Ready(Due::GiveUp),
                Some(KeepAliveAction::SendRequest) => return Poll::Ready(Due::Request),
                // never asked for without ping frames
                Some(KeepAliveAction::SendPing) => {}
            }
        }
    }

    fn set(&mut self) {
        let now = self.now();
        self.timer = self.keep_alive.next_timeout().map(|at| timer(at.duration_since(now)));
    }

    fn now(&self) -> Instant {
        Instant::ZERO + self.origin.elapsed()
    }
}
