//! A request of the page: HTTP/1.1 (RFC 9112) as far as a browser that opens a page of ours asks for it.

use std::io::{self, ErrorKind};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What a page may tell in one line, and a browser in one header field.
const LIMIT: u64 = 64 * 1024;

/// Method, path without its query, and body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) body: String,
}

impl Request {
    /// Reads one.
    ///
    /// # Errors
    /// When it is none, too long, or ends too early.
    pub(super) async fn read(stream: impl AsyncBufRead + Unpin) -> io::Result<Self> {
        let mut stream = stream.take(LIMIT);
        let first = line(&mut stream).await?;
        let mut words = first.split(' ').map(str::to_owned);
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(ErrorKind::InvalidData.into());
        };
        let mut length = 0;
        loop {
            let field = line(&mut stream).await?;
            let Some((name, value)) = field.split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(|_| ErrorKind::InvalidData)?;
            }
        }
        let mut body = Vec::new();
        stream.take(length).read_to_end(&mut body).await?;
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let body = String::from_utf8(body).map_err(|_| ErrorKind::InvalidData)?;
        Ok(Self { method, path, body })
    }
}

async fn line(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<String> {
    let mut line = String::new();
    match stream.read_line(&mut line).await? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        _ => Ok(line.trim_end().to_owned()),
    }
}

/// Answers, and closes the connection.
///
/// # Errors
/// When the browser is gone.
pub(super) async fn answer(
    mut stream: impl AsyncWrite + Unpin,
    status: &str,
    content_type: &str,
    body: &[u8],
) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn method_path_and_body_are_read() {
        let text = "POST /line?x=1 HTTP/1.1\r\nHost: a\r\ncontent-length: 5\r\n\r\nhellomore";
        let request = Request::read(text.as_bytes()).await.unwrap();
        let [method, path, body] = ["POST", "/line", "hello"].map(str::to_owned);
        assert_eq!(request, Request { method, path, body });
    }

    #[tokio::test]
    async fn what_ends_too_early_is_no_request() {
        for text in
            ["", "GET", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"]
        {
            assert!(Request::read(text.as_bytes()).await.is_err(), "{text}");
        }
    }
}
