//! Opening a connection from a page (RFC 7118 §4.1).

use super::connection::WsConnection;
use super::shared::Socket;
use super::timer::timer;
use crate::{KeepAliveMode, KeepAliveOptions, ServerUrl};
use futures::future::{Either, select};
use sip_message::Limits;
use std::pin::pin;
use std::time::Duration;

/// How to connect. `ConnectOptions::default()` suits a public server.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// The time for everything up to the end of the handshake: 10 s.
    pub timeout: Duration,
    /// What a received message may measure: 64 KiB.
    pub limits: Limits,
    /// How the connection is kept alive: a double CRLF after 25 s of silence, 10 s for the answer. Pings are sent as
    /// CRLF too, since pages cannot send WebSocket pings; a server that answers none of the first two is left alone.
    pub keep_alive: KeepAliveOptions,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        let keep_alive = KeepAliveOptions { mode: KeepAliveMode::Crlf, ..KeepAliveOptions::default() };
        Self { timeout: Duration::from_secs(10), limits: Limits::default(), keep_alive }
    }
}

/// Why [`connect`] failed; pages are not told more.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The browser does not try: a `ws:` server from an `https:` page, or a port that is blocked.
    #[error("the browser does not open {url}")]
    Blocked {
        /// The address of the server.
        url: String,
    },
    /// No connection, or the server refused the handshake or the sub-protocol.
    #[error("no connection to {url}")]
    Failed {
        /// The address of the server.
        url: String,
    },
    /// The server agreed on no sub-protocol.
    #[error("the server did not agree on the sub-protocol \"sip\"")]
    Subprotocol,
    /// The time was over.
    #[error("no connection in time")]
    Timeout,
}

/// Opens a connection with the browser's WebSocket, offering the sub-protocol `sip`.
///
/// # Errors
/// [`ConnectError`], as far as the browser tells.
pub async fn connect(url: &ServerUrl, options: &ConnectOptions) -> Result<WsConnection, ConnectError> {
    let text = url.to_string();
    let mut socket =
        Socket::open(&text, options.limits).map_err(|()| ConnectError::Blocked { url: text.clone() })?;
    let is_open = match select(pin!(socket.opened()), timer(options.timeout)).await {
        Either::Left((is_open, _)) => is_open,
        Either::Right(((), _)) => return Err(ConnectError::Timeout),
    };
    if !is_open {
        return Err(ConnectError::Failed { url: text });
    }
    if !socket.has_subprotocol() {
        return Err(ConnectError::Subprotocol);
    }
    Ok(WsConnection::new(socket, url.is_secure(), options.keep_alive))
}
