//! An answer to what cannot be parsed as a request, if its header fields still tell whom to answer (RFC 3261
//! §16.3 step 1, §21.4.1).

use bytes::{Bytes, BytesMut};
use sip_message::{CSeq, CallId, From, Message, Method, Request, Response, StatusCode, To, Via};

/// 400 (Bad Request); `None` for a response, an ACK, or plain noise.
pub(crate) fn response(bytes: &[u8]) -> Option<Response> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end + 1)?;
    // rfc3261#17.1.1.3: nothing answers an ACK; rfc3261#18.1.2: a response is never answered.
    if line.starts_with(b"SIP/") || line.starts_with(b"ACK ") {
        return None;
    }
    let request = with_start_line(rest)?;
    let headers = request.headers();
    headers.list::<Via>().next()?.ok()?;
    headers.required::<From>().ok()?;
    headers.required::<To>().ok()?;
    headers.required::<CallId>().ok()?;
    let cseq: CSeq = headers.required().ok()?;
    if cseq.method == Method::Ack {
        return None;
    }
    Some(request.response(StatusCode::BAD_REQUEST))
}

/// A request with the header fields in `rest`, so that a response to it can be made.
fn with_start_line(rest: &[u8]) -> Option<Request> {
    let mut whole = BytesMut::from(&b"OPTIONS sip:unknown.invalid SIP/2.0\r\n"[..]);
    whole.extend_from_slice(rest);
    match Message::parse(Bytes::from(whole)).ok()? {
        Message::Request(request) => Some(request),
        Message::Response(_) => None,
    }
}
