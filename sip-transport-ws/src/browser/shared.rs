//! The browser's WebSocket and what its events leave behind for the tasks that wait (HTML Standard, WebSockets).

use crate::{CloseCode, Payload, ReceiveError, SUBPROTOCOL};
use bytes::Bytes;
use js_sys::{ArrayBuffer, Uint8Array};
use sip_message::{Framing, Limits, Message, ParseOptions};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::ErrorKind;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{BinaryType, CloseEvent, Event, MessageEvent, WebSocket};

/// A socket with its listeners; dropped, it is closed and hears nothing more.
pub(super) struct Socket {
    socket: WebSocket,
    state: Rc<RefCell<State>>,
    /// Kept for as long as the browser may call them.
    _listeners: Listeners,
}

/// The closures that the browser calls.
struct Listeners {
    open: Closure<dyn FnMut(Event)>,
    message: Closure<dyn FnMut(MessageEvent)>,
    close: Closure<dyn FnMut(CloseEvent)>,
}

/// What has happened and was not taken yet.
struct State {
    limits: Limits,
    phase: Phase,
    arrived: VecDeque<Arrival>,
    close: Option<(CloseCode, String)>,
    waker: Option<Waker>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Opening,
    Open,
    Closed,
}

/// One thing that came.
pub(super) enum Arrival {
    Message(Message),
    /// The peer wants a pong.
    Ping,
    /// A sign of life without content.
    Pong,
    Error(ReceiveError),
}

/// How many messages may wait: a page that is so far behind does not catch up.
const WAITING: usize = 1024;

impl Socket {
    /// Begins to connect; `Err` when the browser refuses to try.
    pub(super) fn open(url: &str, limits: Limits) -> Result<Self, ()> {
        let socket = WebSocket::new_with_str(url, SUBPROTOCOL).map_err(|_| ())?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let state = Rc::new(RefCell::new(State {
            limits,
            phase: Phase::Opening,
            arrived: VecDeque::new(),
            close: None,
            waker: None,
        }));
        let listeners = Listeners::new(&state);
        socket.set_onopen(Some(listeners.open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(listeners.message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(listeners.close.as_ref().unchecked_ref()));
        Ok(Self { socket, state, _listeners: listeners })
    }

    /// Waits until the handshake is over; whether it succeeded.
    pub(super) async fn opened(&mut self) -> bool {
        poll_fn(|cx| {
            let mut state = self.state.borrow_mut();
            match state.phase {
                Phase::Opening => {
                    state.waker = Some(cx.waker().clone());
                    Poll::Pending
                }
                Phase::Open => Poll::Ready(true),
                Phase::Closed => Poll::Ready(false),
            }
        })
        .await
    }

    pub(super) fn has_subprotocol(&self) -> bool {
        self.socket.protocol().eq_ignore_ascii_case(SUBPROTOCOL)
    }

    /// The next thing that came; `None` when the connection is closed and everything was taken.
    pub(super) fn poll_arrival(&mut self, cx: &Context<'_>) -> Poll<Option<Arrival>> {
        let mut state = self.state.borrow_mut();
        if let Some(arrival) = state.arrived.pop_front() {
            return Poll::Ready(Some(arrival));
        }
        if state.phase == Phase::Closed {
            return Poll::Ready(None);
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Hands text or binary to the browser, which keeps it until it has left; whether the connection is open.
    pub(super) fn send(&self, bytes: &[u8]) -> bool {
        if self.state.borrow().phase != Phase::Open {
            return false;
        }
        // rfc7118#4.2/2-3: what is not UTF-8 throughout goes out as a binary frame
        let sent = match std::str::from_utf8(bytes) {
            Ok(text) => self.socket.send_with_str(text),
            Err(_) => self.socket.send_with_u8_array(bytes),
        };
        sent.is_ok()
    }

    /// How many bytes the browser still has to send.
    pub(super) fn buffered(&self) -> u32 {
        self.socket.buffered_amount()
    }

    pub(super) fn is_open(&self) -> bool {
        self.state.borrow().phase == Phase::Open
    }

    /// Sends a close frame. Pages may only use code 1000 and those from 3000 on, so every other one becomes 1000.
    pub(super) fn close(&self, code: CloseCode, reason: &str) {
        let code = if code.code() >= 3000 { code } else { CloseCode::NORMAL };
        // a reason that is too long or a socket that is closed: there is nobody to tell
        let _ = self.socket.close_with_code_and_reason(code.code(), reason);
    }

    pub(super) fn close_reason(&self) -> Option<(CloseCode, String)> {
        self.state.borrow().close.clone()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // closing a socket that is closed does nothing
        let _ = self.socket.close();
    }
}

impl Listeners {
    fn new(state: &Rc<RefCell<State>>) -> Self {
        let (on_open, on_message, on_close) = (Rc::clone(state), Rc::clone(state), Rc::clone(state));
        Self {
            open: Closure::new(move |_: Event| on_open.borrow_mut().opened()),
            message: Closure::new(move |event: MessageEvent| on_message.borrow_mut().received(&event)),
            close: Closure::new(move |event: CloseEvent| on_close.borrow_mut().closed(&event)),
        }
    }
}

impl State {
    fn opened(&mut self) {
        self.phase = Phase::Open;
        self.wake();
    }

    fn received(&mut self, event: &MessageEvent) {
        if self.phase != Phase::Open {
            return;
        }
        let arrival = match payload(event) {
            Some(bytes) if bytes.len() > self.limits.message => {
                self.phase = Phase::Closed;
                Arrival::Error(ReceiveError::TooBig { limit: self.limits.message })
            }
            Some(_) if self.arrived.len() >= WAITING => {
                self.phase = Phase::Closed;
                Arrival::Error(ReceiveError::Overrun { limit: WAITING })
            }
            Some(bytes) => read(bytes, self.limits),
            None => return,
        };
        self.arrived.push_back(arrival);
        self.wake();
    }

    fn closed(&mut self, event: &CloseEvent) {
        // an error event tells nothing more, and a close event follows it
        if self.phase == Phase::Open && !event.was_clean() {
            let kind = ErrorKind::UnexpectedEof;
            self.arrived.push_back(Arrival::Error(ReceiveError::Lost { kind }));
        }
        self.phase = Phase::Closed;
        let code = CloseCode::new(event.code()).unwrap_or(CloseCode::NORMAL);
        self.close = event.was_clean().then(|| (code, event.reason()));
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// The bytes of a text or binary message; anything else a browser does not deliver here.
fn payload(event: &MessageEvent) -> Option<Bytes> {
    let data = event.data();
    match data.as_string() {
        Some(text) => Some(Bytes::from(text)),
        None => data.dyn_into::<ArrayBuffer>().ok().map(|buffer| Uint8Array::new(&buffer).to_vec().into()),
    }
}

// rfc7118#4.1/3, rfc7118#5/2-3: one frame is one message, whatever Content-Length says
fn read(bytes: Bytes, limits: Limits) -> Arrival {
    match Payload::of(&bytes) {
        Payload::Ping => Arrival::Ping,
        Payload::Pong => Arrival::Pong,
        Payload::Message => {
            let options = ParseOptions::from(limits).with_framing(Framing::WebSocket);
            match Message::parse_with(bytes.clone(), options) {
                Ok(message) => Arrival::Message(message),
                Err(error) => Arrival::Error(ReceiveError::Malformed { error, bytes }),
            }
        }
    }
}
