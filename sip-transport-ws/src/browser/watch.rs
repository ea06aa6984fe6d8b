//! Keep-alive of one connection on the browser's timers (RFC 5626 §4.4).

use super::timer::timer;
use crate::{KeepAlive, KeepAliveAction, KeepAliveOptions};
use futures::FutureExt;
use gloo_timers::future::TimeoutFuture;
use sip_clock::{Instant, TokenSource};
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

/// The keep-alive machine with a timer.
pub(super) struct Watch {
    keep_alive: KeepAlive,
    origin: web_time::Instant,
    /// With the time at which it fires.
    timer: Option<(Instant, TimeoutFuture)>,
    wish: Rc<RefCell<Wish>>,
}

/// A Flow-Timer that has not been taken over, what its intervals are drawn from, and who is to take it over.
#[derive(Default)]
struct Wish {
    flow_timer: Option<(Option<Duration>, TokenSource)>,
    waker: Option<Waker>,
}

/// Tells the keep-alive of a connection that is used elsewhere, perhaps in two halves, what the server wants of it.
#[derive(Clone)]
pub struct FlowTimer {
    wish: Rc<RefCell<Wish>>,
}

impl FlowTimer {
    /// The server takes the connection for dead when it sees no keep-alive for `limit` (RFC 5626 §4.4); see
    /// [`KeepAlive::set_flow_timer`].
    pub fn set(&self, limit: Option<Duration>, tokens: TokenSource) {
        let mut wish = self.wish.borrow_mut();
        wish.flow_timer = Some((limit, tokens));
        if let Some(waker) = wish.waker.take() {
            waker.wake();
        }
    }
}

impl fmt::Debug for FlowTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowTimer").finish_non_exhaustive()
    }
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
        let mut watch =
            Self { keep_alive, origin: web_time::Instant::now(), timer: None, wish: Rc::default() };
        watch.set();
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
        if let (Some(due), Some((at, _))) = (self.keep_alive.next_timeout(), &self.timer)
            && due < *at
        {
            self.set();
        }
    }

    /// What changes the Flow-Timer from elsewhere.
    pub(super) fn flow_timer(&self) -> FlowTimer {
        FlowTimer { wish: Rc::clone(&self.wish) }
    }

    fn take_wish(&mut self, cx: &Context<'_>) {
        let mut wish = self.wish.borrow_mut();
        wish.waker = Some(cx.waker().clone());
        let Some((limit, tokens)) = wish.flow_timer.take() else { return };
        drop(wish);
        let now = self.now();
        self.keep_alive.set_flow_timer(limit, tokens, now);
        self.set();
    }

    /// What the clock asks for; pending until then.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Due> {
        self.take_wish(cx);
        loop {
            let Some((_, timer)) = &mut self.timer else { return Poll::Pending };
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
        self.timer = self.keep_alive.next_timeout().map(|at| (at, timer(at.duration_since(now))));
    }

    fn now(&self) -> Instant {
        Instant::ZERO + self.origin.elapsed()
    }
}
