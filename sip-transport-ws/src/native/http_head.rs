//! Reading and writing the heads of HTTP/1.1 messages (RFC 9112 §2), for the handshakes with servers and proxies.

use std::io::{self, ErrorKind};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Bytes of one HTTP head; browsers with all their cookies stay below.
const MAX_HEAD: usize = 16 * 1024;

/// Reads up to the empty line: the head and what came after it. `None` when the head is over [`MAX_HEAD`].
pub(super) async fn read_head<S: AsyncRead + Unpin>(
    stream: &mut S,
) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
    const END: &[u8] = b"\r\n\r\n";
    let mut head = Vec::with_capacity(1024);
    while head.len() <= MAX_HEAD {
        let searched = head.len().saturating_sub(END.len() - 1);
        if stream.read_buf(&mut head).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let fresh = head.get(searched..).unwrap_or_default();
        if let Some(at) = fresh.windows(END.len()).position(|window| window == END) {
            let tail = head.split_off(searched + at + END.len());
            return Ok(Some((head, tail)));
        }
    }
    Ok(None)
}

/// The status of a response; `None` when it is not HTTP/1. Proxies often answer as HTTP/1.0.
pub(super) fn read_status(head: &[u8]) -> Option<u16> {
    match head.strip_prefix(b"HTTP/1.")? {
        [b'0' | b'1', b' ', digits @ ..] => {
            let (digits, rest) = digits.split_first_chunk::<3>()?;
            let ends = matches!(rest.first(), Some(b' ' | b'\r'));
            let status = std::str::from_utf8(digits).ok()?.parse().ok()?;
            (ends && digits.iter().all(u8::is_ascii_digit)).then_some(status)
        }
        _ => None,
    }
}

pub(super) async fn write_all<S: AsyncWrite + Unpin>(stream: &mut S, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes()).await?;
    stream.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_three_digits_of_http_1() {
        assert_eq!(read_status(b"HTTP/1.1 200 OK\r\n\r\n"), Some(200));
        assert_eq!(read_status(b"HTTP/1.0 407\r\n\r\n"), Some(407));
        for head in
            ["HTTP/2 200 OK\r\n", "HTTP/1.1 20 OK\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 +20 OK\r\n", ""]
        {
            assert_eq!(read_status(head.as_bytes()), None, "{head}");
        }
    }
}
