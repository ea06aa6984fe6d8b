//! Accepting connections as a SIP WebSocket server (RFC 7118 §4.1).

use super::accept_error::{AcceptError, BindError};
use super::admission::Admission;
use super::connection::{Facts, WsConnection};
use super::handshake::{self, Agreed, ServerFailure};
use super::stream::AnyStream;
use super::tls::Acceptor;
use super::tls_options::ServerTls;
use crate::KeepAliveOptions;
use futures::StreamExt;
use futures::future::{AbortHandle, Abortable, BoxFuture};
use futures::stream::FuturesUnordered;
use sip_message::Limits;
use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::Role;

/// How to accept connections.
#[derive(Clone, Debug)]
pub struct ListenOptions {
    /// Certificate and key: with them the listener speaks WSS, without them WS.
    pub tls: Option<ServerTls>,
    /// The time a client has for TLS and handshake: 10 s.
    pub timeout: Duration,
    /// What a received message may measure: 64 KiB, enforced before anything is allocated.
    pub limits: Limits,
    /// Which clients are let in: all of them.
    pub admission: Admission,
    /// How connections are kept alive: not at all, for that is the client's business (RFC 5626 §4.4).
    pub keep_alive: KeepAliveOptions,
    /// How many clients may be in their handshake at a time: 256. For one more the oldest of them is given up, so that
    /// clients that never finish keep nobody out.
    pub handshakes: usize,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self {
            tls: None,
            timeout: Duration::from_secs(10),
            limits: Limits::default(),
            admission: Admission::default(),
            keep_alive: KeepAliveOptions::OFF,
            handshakes: 256,
        }
    }
}

/// A listening socket that gives connections whose handshake is done.
///
/// ```
/// use sip_transport_ws::native::{ConnectOptions, ListenOptions, WsListener, connect};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let mut listener = WsListener::bind("127.0.0.1:0", ListenOptions::default()).await?;
/// let url = format!("ws://{}", listener.local_addr()).parse()?;
/// let options = ConnectOptions::default();
/// let (client, server) = tokio::join!(connect(&url, &options), listener.accept());
/// assert_eq!(client?.local_addr(), server?.peer_addr());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct WsListener {
    socket: TcpListener,
    local: SocketAddr,
    options: Arc<ListenOptions>,
    acceptor: Option<Acceptor>,
    handshakes: FuturesUnordered<BoxFuture<'static, Shaken>>,
    /// By which the handshakes that go on are given up, in the order of their beginning.
    running: BTreeMap<u64, AbortHandle>,
    accepted: u64,
}

/// The number of a handshake and what became of it.
type Shaken = (u64, Result<WsConnection, AcceptError>);

impl WsListener {
    /// Listens on an address; port 0 takes a free one.
    ///
    /// # Errors
    /// [`BindError`] when the address is taken or the certificate cannot be used.
    pub async fn bind(address: impl ToSocketAddrs, options: ListenOptions) -> Result<Self, BindError> {
        let failed = |error: io::Error| BindError::Listen { kind: error.kind() };
        let acceptor = options.tls.as_ref().map(Acceptor::new).transpose().map_err(BindError::Tls)?;
        let socket = TcpListener::bind(address).await.map_err(failed)?;
        let local = socket.local_addr().map_err(failed)?;
        Ok(Self {
            socket,
            local,
            options: Arc::new(options),
            acceptor,
            handshakes: FuturesUnordered::new(),
            running: BTreeMap::new(),
            accepted: 0,
        })
    }

    /// The next connection whose handshake is done. Handshakes go on side by side, so that a slow client holds
    /// nobody up, and only while this is awaited. Cancel-safe.
    ///
    /// # Errors
    /// [`AcceptError`] tells of one client that was not let in; the listener goes on, so call again. After
    /// [`AcceptError::Listener`] wait a moment first.
    pub async fn accept(&mut self) -> Result<WsConnection, AcceptError> {
        poll_fn(|cx| self.poll_accept(cx)).await
    }

    /// The address it listens on.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Whether its connections are WSS.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.acceptor.is_some()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Result<WsConnection, AcceptError>> {
        for _ in 0..ACCEPTED_AT_ONCE {
            match self.socket.poll_accept(cx) {
                Poll::Ready(Ok((stream, peer))) => self.start(stream, peer),
                Poll::Ready(Err(error)) => {
                    return Poll::Ready(Err(AcceptError::Listener { kind: error.kind() }));
                }
                Poll::Pending => return self.poll_handshakes(cx),
            }
        }
        // there may be more waiting: come back after the handshakes had their turn
        cx.waker().wake_by_ref();
        self.poll_handshakes(cx)
    }

    fn poll_handshakes(&mut self, cx: &mut Context<'_>) -> Poll<Result<WsConnection, AcceptError>> {
        match self.handshakes.poll_next_unpin(cx) {
            Poll::Ready(Some((number, result))) => {
                self.running.remove(&number);
                Poll::Ready(result)
            }
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    fn start(&mut self, stream: TcpStream, peer: SocketAddr) {
        while self.running.len() >= self.options.handshakes.max(1) {
            if let Some((_, oldest)) = self.running.pop_first() {
                oldest.abort();
            }
        }
        let number = self.accepted;
        self.accepted += 1;
        let (handle, registration) = AbortHandle::new_pair();
        self.running.insert(number, handle);
        let (acceptor, options) = (self.acceptor.clone(), Arc::clone(&self.options));
        self.handshakes.push(Box::pin(async move {
            let shaking = Abortable::new(shake_hands(stream, peer, acceptor, &options), registration);
            let result = match timeout(options.timeout, shaking).await {
                Ok(Ok(result)) => result,
                Ok(Err(_aborted)) => Err(AcceptError::Crowded { peer }),
                Err(_elapsed) => Err(AcceptError::Timeout { peer }),
            };
            (number, result)
        }));
    }
}

impl fmt::Debug for WsListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WsListener").field("local", &self.local).finish_non_exhaustive()
    }
}

async fn shake_hands(
    tcp: TcpStream,
    peer: SocketAddr,
    acceptor: Option<Acceptor>,
    options: &ListenOptions,
) -> Result<WsConnection, AcceptError> {
    let broken = |error: io::Error| AcceptError::Broken { peer, kind: error.kind() };
    tcp.set_nodelay(true).map_err(broken)?;
    let local = tcp.local_addr().map_err(broken)?;
    let secure = acceptor.is_some();
    let mut stream: AnyStream = match acceptor {
        Some(acceptor) => acceptor.accept(tcp).await.map_err(|failure| AcceptError::Tls { peer, failure })?,
        None => Box::new(tcp),
    };
    let Agreed { subprotocol, tail } =
        handshake::server(&mut stream, &options.admission).await.map_err(|failure| match failure {
            ServerFailure::Broken(kind) => AcceptError::Broken { peer, kind },
            ServerFailure::Refused(refusal) => AcceptError::Refused { peer, refusal },
        })?;
    let facts = Facts { peer, local, secure, role: Role::Server, subprotocol };
    Ok(WsConnection::new(stream, tail, facts, options.limits, options.keep_alive).await)
}

/// New connections per turn, so that a flood of them leaves the handshakes their turns.
const ACCEPTED_AT_ONCE: usize = 32;
