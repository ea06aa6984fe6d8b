//! The one place that reads a clock, sleeps, starts tasks and connects: tokio. In a page it is `browser.rs`.

#[cfg(feature = "registration")]
use super::KeepError;
use crate::wire::WireMessage;
use futures::future::BoxFuture;
use sip_clock::Instant;
use std::future::Future;
use std::sync::Arc;
#[cfg(feature = "registration")]
use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
};

pub(crate) use sip_transport_ws::native::{ConnectError, ConnectOptions, FlowTimer, WsConnection, connect};

/// A future that another task may own.
pub(crate) type Task<T> = BoxFuture<'static, T>;
/// Called with every message, in both directions.
pub(crate) type Trace = Arc<dyn Fn(&WireMessage) + Send + Sync>;

/// A monotonic clock whose origin is its creation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: tokio::time::Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { origin: tokio::time::Instant::now() }
    }

    pub(crate) fn now(self) -> Instant {
        Instant::ZERO + self.origin.elapsed()
    }

    /// Completes at `deadline`; never when there is none.
    pub(crate) async fn sleep_until(self, deadline: Option<Instant>) {
        match deadline {
            Some(at) => tokio::time::sleep_until(self.origin + at.duration_since(Instant::ZERO)).await,
            None => std::future::pending().await,
        }
    }
}

/// What is kept in this file; `None` when there is no such file yet.
#[cfg(feature = "registration")]
pub(crate) fn kept(path: &str) -> Result<Option<String>, KeepError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => Err(KeepError::SomethingElse),
        Err(_) => Err(KeepError::Unreadable),
    }
}

/// Keeps a text in this file, which must not be there.
#[cfg(feature = "registration")]
pub(crate) fn keep(path: &str, text: &str) -> Result<(), KeepError> {
    let written = File::create_new(path).and_then(|mut file| writeln!(file, "{text}"));
    written.map_err(|_| KeepError::Unwritable)
}

/// What sets the pace of the keep-alives of a connection.
pub(crate) fn flow_timer(connection: &WsConnection) -> FlowTimer {
    connection.flow_timer()
}

/// Completes when there is a network again, which nobody tells here.
pub(crate) async fn back_online() {
    std::future::pending().await
}

/// Completes when every other task that can go on has done so.
#[cfg(feature = "call")]
pub(crate) async fn others_first() {
    tokio::task::yield_now().await;
}

/// Starts a task that nobody waits for; it ends when the channels it serves are closed.
#[expect(clippy::disallowed_methods, reason = "this is the runtime module the rule points to")]
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}
