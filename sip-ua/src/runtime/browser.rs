//! The one place that reads a clock, sleeps, starts tasks and connects: the browser. Elsewhere it is `tokio.rs`.

#[cfg(feature = "registration")]
use super::KeepError;
use crate::wire::WireMessage;
use futures::future::LocalBoxFuture;
use gloo_timers::future::TimeoutFuture;
use sip_clock::Instant;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::EventTarget;

pub(crate) use sip_transport_ws::browser::{ConnectError, ConnectOptions, FlowTimer, WsConnection, connect};

/// A future that another task may own.
pub(crate) type Task<T> = LocalBoxFuture<'static, T>;
/// Called with every message, in both directions.
pub(crate) type Trace = Arc<dyn Fn(&WireMessage)>;

/// A day: a browser takes a wait of more than 2³¹ ms for none at all.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A monotonic clock whose origin is its creation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: web_time::Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { origin: web_time::Instant::now() }
    }

    pub(crate) fn now(self) -> Instant {
        Instant::ZERO + self.origin.elapsed()
    }

    /// Completes at `deadline`; never when there is none. A page in the background may find its timers late.
    pub(crate) async fn sleep_until(self, deadline: Option<Instant>) {
        let Some(deadline) = deadline else { return std::future::pending().await };
        loop {
            let left = deadline.duration_since(self.now());
            if left.is_zero() {
                return;
            }
            // rounded up, so that the deadline has come when the timer fires
            let wait = left.min(LONGEST).as_millis().saturating_add(1);
            TimeoutFuture::new(u32::try_from(wait).unwrap_or(u32::MAX)).await;
        }
    }
}

/// What the page keeps under this key; `None` when that is nothing yet.
#[cfg(feature = "registration")]
pub(crate) fn kept(key: &str) -> Result<Option<String>, KeepError> {
    storage()?.get_item(key).map_err(|_| KeepError::Unreadable)
}

/// Keeps a text under this key.
#[cfg(feature = "registration")]
pub(crate) fn keep(key: &str, text: &str) -> Result<(), KeepError> {
    storage()?.set_item(key, text).map_err(|_| KeepError::Unwritable)
}

/// The local storage, which a worker does not have, nor a page whose user forbids it (HTML Standard, `localStorage`).
#[cfg(feature = "registration")]
fn storage() -> Result<web_sys::Storage, KeepError> {
    let storage = web_sys::window().and_then(|window| window.local_storage().ok().flatten());
    storage.ok_or(KeepError::Unreadable)
}

/// What sets the pace of the keep-alives of a connection.
pub(crate) fn flow_timer(connection: &WsConnection) -> FlowTimer {
    connection.flow_timer()
}

/// Completes when the browser finds a network again (HTML Standard, event `online`).
pub(crate) async fn back_online() {
    let (heard, hearing) = oneshot::channel::<()>();
    let Some(_listening) = Listening::to("online", move || drop(heard)) else {
        return std::future::pending().await;
    };
    // there is nothing to hear but that it is gone
    let _ = hearing.await;
}

/// A listener to an event of the page; dropped, it hears nothing more.
struct Listening {
    name: &'static str,
    page: EventTarget,
    listener: Closure<dyn FnMut()>,
}

impl Listening {
    /// Calls `then` at the first such event; `None` where there are no events.
    fn to(name: &'static str, then: impl FnOnce() + 'static) -> Option<Self> {
        let page: EventTarget = js_sys::global().dyn_into().ok()?;
        let listener = Closure::once(then);
        page.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref()).ok()?;
        Some(Self { name, page, listener })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let listener = self.listener.as_ref().unchecked_ref();
        // one that was never added is no loss
        let _ = self.page.remove_event_listener_with_callback(self.name, listener);
    }
}

/// Completes at once: a page has one user agent, and its browser gathers by itself what is sent at a time.
#[cfg(feature = "call")]
pub(crate) async fn others_first() {}

/// Starts a task that nobody waits for; it ends when the channels it serves are closed.
pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) {
    spawn_local(task);
}
