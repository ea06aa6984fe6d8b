//! Raw peers and shorthand.

use bytes::Bytes;
use futures::StreamExt;
use sip_message::Message;
use sip_transport_ws::ServerUrl;
use sip_transport_ws::native::{ConnectOptions, ListenOptions, WsConnection, WsListener, connect};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The handshake of RFC 7118 §8.1 F1, byte for byte.
pub(crate) const RFC7118_REQUEST: &str = "GET / HTTP/1.1\r\n\
    Host: proxy.example.com\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Origin: https://www.example.com\r\n\
    Sec-WebSocket-Protocol: sip\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";

/// The answer of RFC 7118 §8.1 F2, byte for byte.
pub(crate) const RFC7118_ANSWER: &str = "HTTP/1.1 101 Switching Protocols\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
    Sec-WebSocket-Protocol: sip\r\n\r\n";

pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CONTINUATION: u8 = 0x0;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const WS_PONG: u8 = 0xA;

pub(crate) fn options() -> Bytes {
    Bytes::from_static(
        b"OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\n\
          Max-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=1\r\nTo: <sip:example.com>\r\n\
          Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
    )
}

pub(crate) fn message(bytes: impl Into<Bytes>) -> Message {
    Message::parse(bytes.into()).unwrap()
}

pub(crate) async fn listen() -> (WsListener, ServerUrl) {
    listen_with(ListenOptions::default()).await
}

pub(crate) async fn listen_with(options: ListenOptions) -> (WsListener, ServerUrl) {
    let listener = WsListener::bind("127.0.0.1:0", options).await.unwrap();
    let scheme = if listener.is_secure() { "wss" } else { "ws" };
    let url = format!("{scheme}://localhost:{}", listener.local_addr().port()).parse().unwrap();
    (listener, url)
}

/// Both ends of a connection, both ours: client, server.
pub(crate) async fn pair() -> (WsConnection, WsConnection) {
    let (mut listener, url) = listen().await;
    let options = ConnectOptions::default();
    let (client, server) = tokio::join!(connect(&url, &options), listener.accept());
    (client.unwrap(), server.unwrap())
}

/// The next message, and nothing else.
pub(crate) async fn next(connection: &mut WsConnection) -> Bytes {
    connection.next().await.unwrap().unwrap().to_bytes()
}

/// A raw client whose handshake is done, and our server side of the connection.
pub(crate) async fn raw_client() -> (Raw, WsConnection) {
    raw_client_with(ListenOptions::default()).await
}

pub(crate) async fn raw_client_with(options: ListenOptions) -> (Raw, WsConnection) {
    let (mut listener, _) = listen_with(options).await;
    let address = listener.local_addr();
    let client = async {
        let mut raw = Raw(TcpStream::connect(address).await.unwrap());
        raw.write(RFC7118_REQUEST.as_bytes()).await;
        raw.expect(RFC7118_ANSWER.as_bytes()).await;
        raw
    };
    let (raw, accepted) = tokio::join!(client, listener.accept());
    (raw, accepted.unwrap())
}

/// A raw server that answers the handshake with `answer` (where `{accept}` stands for the right key), and what our
/// client makes of it.
pub(crate) async fn raw_server(
    answer: &str,
    options: &ConnectOptions,
) -> (Raw, Result<WsConnection, sip_transport_ws::native::ConnectError>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: ServerUrl = format!("ws://{}/sip?a=b", listener.local_addr().unwrap()).parse().unwrap();
    let server = async {
        let mut raw = Raw(listener.accept().await.unwrap().0);
        let request = raw.head().await;
        let line = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
        let accept = derive_accept_key(line.as_bytes());
        raw.write(answer.replace("{accept}", &accept).as_bytes()).await;
        if answer.is_empty() {
            raw.0.shutdown().await.unwrap();
        }
        raw
    };
    tokio::join!(server, connect(&url, options))
}

/// A TCP connection on which a test writes and expects bytes.
pub(crate) struct Raw(pub(crate) TcpStream);

impl Raw {
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// One frame, masked with zeroes as a client's.
    pub(crate) async fn frame(&mut self, opcode: u8, fin: bool, payload: &[u8]) {
        self.write(&masked_frame(opcode, fin, payload)).await;
    }

    pub(crate) async fn expect(&mut self, bytes: &[u8]) {
        let mut found = vec![0; bytes.len()];
        self.0.read_exact(&mut found).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&found), String::from_utf8_lossy(bytes));
    }

    /// One short frame as a server sends it.
    pub(crate) async fn expect_frame(&mut self, opcode: u8, payload: &[u8]) {
        self.expect(&[&[0x80 | opcode, u8::try_from(payload.len()).unwrap()], payload].concat()).await;
    }

    /// A close frame with this code, and no reason.
    pub(crate) async fn expect_close(&mut self, code: u16) {
        self.expect_frame(CLOSE, &code.to_be_bytes()).await;
    }

    pub(crate) async fn expect_end(&mut self) {
        assert_eq!(self.0.read(&mut [0]).await.unwrap(), 0);
    }

    /// Everything up to the empty line.
    pub(crate) async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    /// Everything up to the end of the connection.
    pub(crate) async fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).await.unwrap();
        rest
    }
}

fn masked_frame(opcode: u8, fin: bool, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![(u8::from(fin) << 7) | opcode];
    match u16::try_from(payload.len()) {
        Ok(length @ ..126) => frame.push(0x80 | length.to_le_bytes()[0]),
        Ok(length) => {
            frame.push(0x80 | 126);
            frame.extend(length.to_be_bytes());
        }
        Err(_) => {
            frame.push(0x80 | 127);
            frame.extend(u64::try_from(payload.len()).unwrap().to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}
