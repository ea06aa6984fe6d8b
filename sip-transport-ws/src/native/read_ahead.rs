//! A byte stream that asks the socket for a whole message though there is little room for it: a WebSocket reads into a
//! small buffer of its own until it knows how long a frame is (RFC 6455 §5.2), and each question costs a system call.

use super::stream::AnyStream;
use bytes::Bytes;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The most that is read ahead: one or two messages.
const PIECE: usize = 2048;

/// TCP or TLS, and what came from it for which there was no room.
pub(super) struct ReadAhead {
    stream: AnyStream,
    /// Keeps no memory when nothing is ahead.
    ahead: Bytes,
}

impl ReadAhead {
    pub(super) const fn new(stream: AnyStream) -> Self {
        Self { stream, ahead: Bytes::new() }
    }

    /// Pending, with the task to be woken, where there is nothing to read.
    pub(super) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<()> {
        if self.ahead.is_empty() { self.stream.poll_readable(context) } else { Poll::Ready(()) }
    }
}

impl AsyncRead for ReadAhead {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.ahead.is_empty() {
            let now = this.ahead.split_to(this.ahead.len().min(room.remaining()));
            room.put_slice(&now);
            if this.ahead.is_empty() {
                this.ahead = Bytes::new();
            }
            return Poll::Ready(Ok(()));
        }
        let mut piece = [MaybeUninit::uninit(); PIECE];
        let mut piece = ReadBuf::uninit(&mut piece);
        ready!(Pin::new(&mut this.stream).poll_read(context, &mut piece))?;
        let (now, later) = piece.filled().split_at(piece.filled().len().min(room.remaining()));
        room.put_slice(now);
        this.ahead = Bytes::copy_from_slice(later);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ReadAhead {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::stream::ByteStream;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    impl ByteStream for DuplexStream {}

    /// A stream on which this has come.
    async fn holding(bytes: &[u8]) -> ReadAhead {
        let (mut far, near) = duplex(65536);
        far.write_all(bytes).await.unwrap();
        ReadAhead::new(Box::new(near))
    }

    #[tokio::test]
    async fn what_was_read_ahead_comes_next() {
        let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(5000).collect();
        let mut stream = holding(&bytes).await;
        let mut read = Vec::new();
        for room in [100, 3000, 700, 1, 5000].into_iter().cycle() {
            let mut buffer = vec![0; room];
            let length = stream.read(&mut buffer).await.unwrap();
            read.extend_from_slice(&buffer[..length]);
            if length == 0 || read.len() == bytes.len() {
                break;
            }
        }
        assert_eq!(read, bytes);
    }

    #[tokio::test]
    async fn little_room_does_not_mean_another_question() {
        let mut stream = holding(&[7; 1500]).await;
        assert_eq!(stream.read(&mut [0; 300]).await.unwrap(), 300);
        assert_eq!(stream.ahead.len(), 1200);
        assert_eq!(stream.read(&mut [0; 2000]).await.unwrap(), 1200);
        assert!(stream.ahead.is_empty());
    }

    #[tokio::test]
    async fn the_end_is_the_end() {
        let mut stream = holding(&[]).await;
        assert_eq!(stream.read(&mut [0; 10]).await.unwrap(), 0);
    }
}
