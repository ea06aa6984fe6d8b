//! The byte stream below a connection: TCP, or TLS over TCP.

use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// TCP or TLS, told apart nowhere above.
pub(super) trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {
    /// Pending, with the task to be woken, where it is known without a system call that there is nothing to read.
    fn poll_readable(&self, _context: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

impl ByteStream for TcpStream {
    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<()> {
        // An error is for who reads.
        self.poll_read_ready(context).map(drop)
    }
}

/// A byte stream of either kind.
pub(super) type AnyStream = Box<dyn ByteStream>;
