//! Opening a connection as a SIP WebSocket client (RFC 7118 §4.1).

use super::connect_error::{ConnectError, ConnectStep};
use super::connection::{Facts, WsConnection};
use super::handshake_headers::HandshakeHeaders;
use super::http_proxy::HttpProxy;
use super::stream::AnyStream;
use super::tls_options::TlsOptions;
use super::{handshake, tls};
use crate::{KeepAliveOptions, ServerUrl};
use sip_message::Limits;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::protocol::Role;

/// How to connect. `ConnectOptions::default()` suits a public server.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// The time for all steps together: 10 s.
    pub timeout: Duration,
    /// What a received message may measure: 64 KiB, enforced before anything is allocated.
    pub limits: Limits,
    /// What a `wss:` connection trusts: the roots of the platform.
    pub tls: TlsOptions,
    /// Header fields to add to the handshake: cookies, credentials, an Origin. None by default.
    pub headers: HandshakeHeaders,
    /// The addresses of the host, where they are known already: then it is not looked up. Empty by default; a proxy looks
    /// the host up itself.
    pub addresses: Vec<IpAddr>,
    /// An HTTP proxy to go through. None by default; the environment is not asked.
    pub proxy: Option<HttpProxy>,
    /// How the connection is kept alive: a ping frame after 25 s of silence, 10 s for the answer.
    pub keep_alive: KeepAliveOptions,
    /// Whether a server that does not name the sub-protocol `sip` in its answer is refused, as RFC 7118 §4.1 has it.
    /// By default it is tolerated: see
    /// [`is_subprotocol_agreed`](WsConnection::is_subprotocol_agreed).
    pub require_subprotocol: bool,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            limits: Limits::default(),
            tls: TlsOptions::default(),
            headers: HandshakeHeaders::default(),
            addresses: Vec::new(),
            proxy: None,
            keep_alive: KeepAliveOptions::default(),
            require_subprotocol: false,
        }
    }
}

/// Opens a connection: resolves the host, opens TCP (without Nagle's delay), TLS for `wss:`, and shakes hands. With a
/// proxy, TCP goes to the proxy, which resolves the host.
///
/// The addresses of the host are tried in the order of the resolver or of the options, each with its share of the time.
///
/// # Errors
/// [`ConnectError`] names the step that failed.
///
/// ```no_run
/// use sip_transport_ws::native::{ConnectOptions, connect};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let url = "wss://sip-ws.example.com".parse()?;
/// let connection = connect(&url, &ConnectOptions::default()).await?;
/// assert!(connection.is_secure());
/// # Ok(())
/// # }
/// ```
pub async fn connect(url: &ServerUrl, options: &ConnectOptions) -> Result<WsConnection, ConnectError> {
    let deadline = Instant::now() + options.timeout;
    let (host, port) =
        options.proxy.as_ref().map_or((url.host(), url.port()), |proxy| (proxy.host(), proxy.port()));
    let addresses = match options.addresses.as_slice() {
        known @ [_, ..] if options.proxy.is_none() => {
            known.iter().map(|address| SocketAddr::new(*address, port)).collect()
        }
        _ => within(deadline, ConnectStep::Resolve, resolve(host, port)).await?,
    };
    let mut tcp = open_tcp(host, &addresses, deadline).await?;
    let (peer, local) = addresses_of(&tcp)?;
    if let Some(proxy) = &options.proxy {
        within(deadline, ConnectStep::Proxy, proxy.open(&mut tcp, url)).await?;
    }
    let mut stream = open_tls(tcp, url, options, deadline).await?;
    let shaking = handshake::client(&mut stream, url, &options.headers);
    let agreed = within(deadline, ConnectStep::Handshake, shaking).await?;
    if options.require_subprotocol && !agreed.subprotocol {
        return Err(ConnectError::Subprotocol { named: None });
    }
    let facts =
        Facts { peer, local, secure: url.is_secure(), role: Role::Client, subprotocol: agreed.subprotocol };
    Ok(WsConnection::new(stream, agreed.tail, facts, options.limits, options.keep_alive).await)
}

async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, ConnectError> {
    let failed = |kind| ConnectError::Resolve { host: host.to_owned(), kind };
    let found = lookup_host((host, port)).await;
    let addresses: Vec<_> = found.map_err(|error| failed(error.kind()))?.collect();
    if addresses.is_empty() { Err(failed(ErrorKind::NotFound)) } else { Ok(addresses) }
}

/// Tries one address after the other; a silent one takes only its share of the time from the rest.
async fn open_tcp(
    host: &str,
    addresses: &[SocketAddr],
    deadline: Instant,
) -> Result<TcpStream, ConnectError> {
    let mut last = ConnectError::Resolve { host: host.to_owned(), kind: ErrorKind::NotFound };
    for (tried, address) in addresses.iter().enumerate() {
        let left = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        let share = deadline.saturating_duration_since(Instant::now()) / left;
        match within(Instant::now() + share, ConnectStep::Tcp, open_one(*address)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn open_one(address: SocketAddr) -> Result<TcpStream, ConnectError> {
    let opened = TcpStream::connect(address).await;
    let opened = opened.and_then(|stream| stream.set_nodelay(true).map(|()| stream));
    opened.map_err(|error| ConnectError::Tcp { address, kind: error.kind() })
}

fn addresses_of(stream: &TcpStream) -> Result<(SocketAddr, SocketAddr), ConnectError> {
    let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
    let failed = |error: io::Error| ConnectError::Tcp { address: unknown, kind: error.kind() };
    Ok((stream.peer_addr().map_err(failed)?, stream.local_addr().map_err(failed)?))
}

async fn open_tls(
    tcp: TcpStream,
    url: &ServerUrl,
    options: &ConnectOptions,
    deadline: Instant,
) -> Result<AnyStream, ConnectError> {
    if !url.is_secure() {
        return Ok(Box::new(tcp));
    }
    within(deadline, ConnectStep::Tls, tls::connect(tcp, url.host(), &options.tls)).await
}

async fn within<T, F>(deadline: Instant, step: ConnectStep, work: F) -> Result<T, ConnectError>
where
    F: Future<Output = Result<T, ConnectError>>,
{
    match timeout_at(deadline, work).await {
        Ok(result) => result,
        Err(_) => Err(ConnectError::Timeout { step }),
    }
}
