//! Client and server of RFC 7118 on tokio: [`connect()`] and [`WsListener`], both giving a [`WsConnection`], which is a
//! `Stream` and a `Sink` of SIP messages.
//!
//! No type of tokio-tungstenite, rustls or tokio shows here; certificates are handed in as PEM or DER bytes.

mod accept_error;
mod admission;
mod certificate_date;
mod connect;
mod connect_error;
mod connection;
mod fingerprint;
mod foreign_error;
mod handshake;
mod handshake_headers;
mod http_head;
mod http_proxy;
mod listener;
mod read_ahead;
#[cfg(feature = "tls")]
mod server_check;
mod stream;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "tls_absent.rs"]
mod tls;
mod tls_failure;
mod tls_options;
mod wakers;
mod watch;

pub use accept_error::{AcceptError, BindError, HandshakeRefusal};
pub use admission::{Admission, HandshakeRequest};
pub use certificate_date::CertificateDate;
pub use connect::{ConnectOptions, connect};
pub use connect_error::{ConnectError, ConnectStep, HandshakeFailure, ProxyFailure};
pub use connection::WsConnection;
pub use fingerprint::{Fingerprint, ParseFingerprintError};
pub use handshake_headers::{HandshakeHeaders, InvalidHandshakeHeader};
pub use http_proxy::HttpProxy;
pub use listener::{ListenOptions, WsListener};
pub use tls_failure::TlsFailure;
pub use tls_options::{Identity, ServerTls, TlsOptions};
pub use watch::FlowTimer;
