//! Connecting through an HTTP proxy: the CONNECT of RFC 9110 §9.3.6, as RFC 6455 §4.1 asks for.

use super::connect_error::{ConnectError, HandshakeFailure, ProxyFailure};
use super::handshake_headers::{HandshakeHeaders, InvalidHandshakeHeader};
use super::http_head::{read_head, read_status, write_all};
use crate::ServerUrl;
use std::io::{self, ErrorKind};
use tokio::io::{AsyncRead, AsyncWrite};

/// An HTTP proxy that lets TCP connections through. It resolves the name of the server.
///
/// ```
/// # use sip_transport_ws::native::HttpProxy;
/// let proxy = HttpProxy::new("proxy.example.com", 3128).with_basic("alice", "secret")?;
/// # Ok::<(), sip_transport_ws::native::InvalidHandshakeHeader>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpProxy {
    host: String,
    port: u16,
    headers: HandshakeHeaders,
}

impl HttpProxy {
    /// The proxy at a host name or address (IPv6 without brackets).
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port, headers: HandshakeHeaders::default() }
    }

    /// Shows the proxy HTTP Basic credentials (RFC 7617 §2); they travel in clear.
    ///
    /// # Errors
    /// When the user name has a colon or either has control characters.
    pub fn with_basic(mut self, username: &str, password: &str) -> Result<Self, InvalidHandshakeHeader> {
        self.headers = self.headers.with_proxy_basic(username, password)?;
        Ok(self)
    }

    /// The host of the proxy.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port of the proxy.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Asks the proxy for a way to the server; the stream then leads there.
    pub(super) async fn open<S>(&self, stream: &mut S, url: &ServerUrl) -> Result<(), ConnectError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let failed = |failure| ConnectError::Proxy { host: self.host.clone(), failure };
        let broken = |error: io::Error| failed(ProxyFailure::Handshake(HandshakeFailure::from(error)));
        let target = url.target();
        let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{}\r\n", self.headers.lines());
        write_all(stream, &request).await.map_err(broken)?;
        let (head, tail) = read_head(stream)
            .await
            .map_err(broken)?
            .ok_or_else(|| failed(ProxyFailure::Handshake(HandshakeFailure::TooBig)))?;
        match read_status(&head) {
            // nobody behind the proxy speaks before we do
            Some(200..=299) if tail.is_empty() => Ok(()),
            Some(200..=299) => Err(broken(ErrorKind::InvalidData.into())),
            Some(status) => Err(failed(ProxyFailure::Refused { status })),
            None => Err(failed(ProxyFailure::Handshake(HandshakeFailure::NotHttp))),
        }
    }
}
