//! The opening handshake of RFC 6455 §4 with the sub-protocol rules of RFC 7118 §4.1, both sides.
//!
//! tokio-tungstenite has a handshake of its own, which can neither tolerate a missing sub-protocol nor tell a client
//! why it is refused; its parts are used here.

use super::accept_error::HandshakeRefusal;
use super::admission::{Admission, HandshakeRequest};
use super::connect_error::{ConnectError, HandshakeFailure};
use super::handshake_headers::HandshakeHeaders;
use super::http_head::{read_head, write_all};
use super::tls;
use crate::{SUBPROTOCOL, ServerUrl};
use std::io::{self, ErrorKind};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::handshake::machine::TryParse;
use tokio_tungstenite::tungstenite::handshake::{client, derive_accept_key, server};
use tokio_tungstenite::tungstenite::http::HeaderMap;

/// What is agreed on when the handshake is over.
pub(super) struct Agreed {
    /// Whether both sides named the sub-protocol `sip`.
    pub(super) subprotocol: bool,
    /// Bytes that came after the head: the first frames.
    pub(super) tail: Vec<u8>,
}

/// Why the server side gives up.
pub(super) enum ServerFailure {
    Broken(ErrorKind),
    Refused(HandshakeRefusal),
}

/// The client's side.
pub(super) async fn client<S>(
    stream: &mut S,
    url: &ServerUrl,
    headers: &HandshakeHeaders,
) -> Result<Agreed, ConnectError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let key = client::generate_key();
    // a server that does not take the request may have said why, which is read below
    let written = write_all(stream, &request(url, &key, headers)).await;
    let (head, tail) = match read_head(stream).await {
        Ok(Some(head)) => head,
        Ok(None) => return Err(ConnectError::Handshake(HandshakeFailure::TooBig)),
        Err(error) => return Err(broken(url, error)),
    };
    written.map_err(|error| broken(url, error))?;
    let Ok(Some((_, response))) = client::Response::try_parse(&head) else {
        return Err(ConnectError::Handshake(HandshakeFailure::NotHttp));
    };
    if response.status().as_u16() != 101 {
        return Err(ConnectError::Refused { status: response.status().as_u16() });
    }
    check_upgrade(response.headers(), &key).map_err(ConnectError::Handshake)?;
    Ok(Agreed { subprotocol: check_subprotocol(response.headers())?, tail })
}

/// The server's side; a client that is refused is told why.
pub(super) async fn server<S>(stream: &mut S, admission: &Admission) -> Result<Agreed, ServerFailure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let read = read_head(stream).await.map_err(|error| ServerFailure::Broken(error.kind()))?;
    let answer = match read {
        Some((head, tail)) => check_request(&head, admission).map(|accept| (accept, tail)),
        None => Err(HandshakeRefusal::TooBig),
    };
    let text = match &answer {
        Ok((accept, _)) => acceptance(accept),
        Err(refusal) => refusal_text(*refusal, admission),
    };
    write_all(stream, &text).await.map_err(|error| ServerFailure::Broken(error.kind()))?;
    match answer {
        Ok((_, tail)) => Ok(Agreed { subprotocol: true, tail }),
        Err(refusal) => {
            // the refusal stands, whether the client waits for the end of the connection or not
            let _ = stream.shutdown().await;
            Err(ServerFailure::Refused(refusal))
        }
    }
}

/// The request of RFC 7118 §4.1, without an `Origin`, which browsers add, unless it is among `headers`.
fn request(url: &ServerUrl, key: &str, headers: &HandshakeHeaders) -> String {
    let (path, authority, headers) = (url.path(), url.authority(), headers.lines());
    format!(
        "GET {path} HTTP/1.1\r\nHost: {authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\nSec-WebSocket-Version: 13\r\n\
         {headers}\r\n"
    )
}

/// RFC 6455 §4.1, steps 2 to 4 of checking the answer.
fn check_upgrade(headers: &HeaderMap, key: &str) -> Result<(), HandshakeFailure> {
    if !has_token(headers, "upgrade", "websocket") || !has_token(headers, "connection", "upgrade") {
        return Err(HandshakeFailure::NotUpgraded);
    }
    let accept = headers.get("sec-websocket-accept").map(|value| value.as_bytes().trim_ascii());
    if accept == Some(derive_accept_key(key.as_bytes()).as_bytes()) {
        Ok(())
    } else {
        Err(HandshakeFailure::WrongAccept)
    }
}

/// Whether the server named `sip`; naming another one is an error.
fn check_subprotocol(headers: &HeaderMap) -> Result<bool, ConnectError> {
    // rfc7118#4.1/2: the 101 must name "sip"; servers that name nothing are told apart by the caller
    let Some(value) = headers.get("sec-websocket-protocol") else { return Ok(false) };
    if has_token(headers, "sec-websocket-protocol", SUBPROTOCOL) {
        return Ok(true);
    }
    Err(ConnectError::Subprotocol { named: Some(String::from_utf8_lossy(value.as_bytes()).into_owned()) })
}

/// Checks a client's request and gives the value of `Sec-WebSocket-Accept`.
fn check_request(head: &[u8], admission: &Admission) -> Result<String, HandshakeRefusal> {
    let Ok(Some((_, request))) = server::Request::try_parse(head) else {
        return Err(HandshakeRefusal::NotHttp);
    };
    server::create_response(&request).map_err(|error| refusal(&error))?;
    // rfc7118#4.1/1: the client must offer "sip"
    if !has_token(request.headers(), "sec-websocket-protocol", SUBPROTOCOL) {
        return Err(HandshakeRefusal::Subprotocol);
    }
    admission.admit(&HandshakeRequest::new(request.uri(), request.headers()))?;
    let key = request.headers().get("sec-websocket-key").ok_or(HandshakeRefusal::Key)?;
    Ok(derive_accept_key(key.as_bytes()))
}

/// Foreign errors: what is not one of the named header fields is bad HTTP.
fn refusal(error: &Error) -> HandshakeRefusal {
    match error {
        Error::Protocol(
            ProtocolError::MissingConnectionUpgradeHeader | ProtocolError::MissingUpgradeWebSocketHeader,
        ) => HandshakeRefusal::NotWebSocket,
        Error::Protocol(ProtocolError::MissingSecWebSocketVersionHeader) => HandshakeRefusal::Version,
        Error::Protocol(ProtocolError::MissingSecWebSocketKey | ProtocolError::InvalidSecWebSocketKey) => {
            HandshakeRefusal::Key
        }
        _ => HandshakeRefusal::NotHttp,
    }
}

fn acceptance(accept: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
    )
}

fn refusal_text(refusal: HandshakeRefusal, admission: &Admission) -> String {
    let status = match refusal.status() {
        401 => format!("401 Unauthorized\r\nWWW-Authenticate: {}", admission.challenge()),
        403 => "403 Forbidden".to_owned(),
        404 => "404 Not Found".to_owned(),
        426 => "426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13".to_owned(),
        431 => "431 Request Header Fields Too Large".to_owned(),
        _ => "400 Bad Request".to_owned(),
    };
    let body = format!("This is a SIP over WebSocket server (RFC 7118): {refusal}.\n");
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

/// Whether one of the comma-separated tokens of a header field is `token`, in any case.
fn has_token(headers: &HeaderMap, name: &str, token: &str) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|found| found.trim().eq_ignore_ascii_case(token))
}

fn broken(url: &ServerUrl, error: io::Error) -> ConnectError {
    match tls::failure_in(&error) {
        Some(failure) => ConnectError::Tls { host: url.host().to_owned(), failure, found: None },
        None => ConnectError::Handshake(HandshakeFailure::from(error)),
    }
}
