//! The byte stream below a connection: TCP, or TLS over TCP.

use tokio::io::{AsyncRead, AsyncWrite};

/// TCP or TLS, told apart nowhere above.
pub(super) trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// A byte stream of either kind.
pub(super) type AnyStream = Box<dyn ByteStream>;
