//! A TCP client that says what it likes, in frames of RFC 6455 §5.2 or in none.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// The request of RFC 7118 §4.1.
pub const HANDSHAKE: &str = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";

/// The first byte of a whole text frame, of one that goes on in others, and of one that ends them.
pub const TEXT: u8 = 0x81;
/// A text frame that goes on in others.
pub const TEXT_BEGINS: u8 = 0x01;
/// A frame in the middle of a message.
pub const GOES_ON: u8 = 0x00;

/// One TCP connection.
#[derive(Debug)]
pub struct Raw(TcpStream);

impl Raw {
    /// Connects, attacker by attacker from another address of the loopback network, so that ports suffice.
    ///
    /// # Errors
    /// What the operating system says.
    pub async fn connect(server: SocketAddr, attacker: usize) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        let last = 2 + u8::try_from(attacker % 200).unwrap_or_default();
        socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), 0))?;
        let stream = socket.connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self(stream))
    }

    /// Connects and shakes hands.
    ///
    /// # Errors
    /// What the operating system says.
    pub async fn shake_hands(server: SocketAddr, attacker: usize) -> io::Result<Self> {
        let mut raw = Self::connect(server, attacker).await?;
        raw.write(HANDSHAKE.as_bytes()).await?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(raw.0.read_u8().await?);
        }
        Ok(raw)
    }

    /// Sends bytes.
    ///
    /// # Errors
    /// When the server has closed the connection.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).await
    }

    /// Waits until the server closes the connection, whatever it says before.
    pub async fn closed(&mut self) {
        let mut dropped = [0; 1024];
        while matches!(self.0.read(&mut dropped).await, Ok(1..)) {}
    }
}

/// The head of a frame with this first byte that declares so many bytes, masked with zeroes.
#[must_use]
pub fn frame_head(first: u8, length: u64) -> Vec<u8> {
    let mut head = vec![first];
    match length {
        0..126 => head.push(0x80 | u8::try_from(length).unwrap_or_default()),
        126..65_536 => {
            head.push(0x80 | 126);
            head.extend(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        }
        65_536.. => {
            head.push(0x80 | 127);
            head.extend(length.to_be_bytes());
        }
    }
    head.extend([0; 4]);
    head
}

/// A whole frame.
#[must_use]
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = frame_head(first, payload.len() as u64);
    frame.extend_from_slice(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_in_the_shortest_form() {
        assert_eq!(frame(TEXT, b"hi"), [0x81, 0x82, 0, 0, 0, 0, b'h', b'i']);
        assert_eq!(frame_head(TEXT, 300)[..4], [0x81, 0xFE, 1, 44]);
        assert_eq!(frame_head(TEXT, 65_536)[..10], [0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0]);
    }
}
