//! An answer to what cannot be parsed as a request, if its header fields still tell whom to answer (RFC 3261
//! §16.3 step 1, §21.4.1).

use crate::{CSeq, CallId, From, Message, Method, Request, Response, StatusCode, To, Via};
use bytes::{Bytes, BytesMut};

/// The 400 (Bad Request) owed for bytes that [`Message::parse`] refused, without a To tag of ours.
///
/// `None` for a response, an ACK, or noise that does not say whom to answer (RFC 3261 §16.3 step 1, §21.4.1).
///
/// ```
/// let bytes = "OPTIONS sip:bob@b.example and more SIP/2.0\r\n\
///     Via: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\n\
///     From: <sip:alice@a.example>;tag=1\r\nTo: <sip:bob@b.example>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n";
/// if sip_message::Message::parse(bytes.into()).is_err() {
///     let response = sip_message::answer_to_malformed(bytes.as_bytes()).unwrap();
///     assert_eq!(response.status().code(), 400);
/// }
/// assert!(sip_message::answer_to_malformed(b"noise").is_none());
/// ```
#[must_use]
pub fn answer_to_malformed(bytes: &[u8]) -> Option<Response> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end + 1)?;
    // rfc3261#17.1.1.3: nothing answers an ACK; rfc3261#18.1.2: a response is never answered.
    if line.starts_with(b"SIP/") || line.starts_with(b"ACK ") {
        return None;
    }
    let request = headed(rest)?;
    let headers = request.headers();
    headers.list::<Via>().next()?.ok()?;
    headers.required::<From>().ok()?;
    headers.required::<To>().ok()?;
    headers.required::<CallId>().ok()?;
    let cseq: CSeq = headers.required().ok()?;
    if cseq.method == Method::Ack {
        return None;
    }
    let mut response = request.response(StatusCode::BAD_REQUEST);
    // rfc3261#21.4.1: with another first line it could be read; the phrase is legal
    let _legal = response.set_reason("Bad Request-Line");
    Some(response)
}

/// A request with the header fields in `rest`, so that a response to it can be made.
fn headed(rest: &[u8]) -> Option<Request> {
    let mut whole = BytesMut::from(&b"OPTIONS sip:unknown.invalid SIP/2.0\r\n"[..]);
    whole.extend_from_slice(rest);
    match Message::parse(Bytes::from(whole)).ok()? {
        Message::Request(request) => Some(request),
        Message::Response(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_start_line(line: &str, method: &str) -> String {
        format!(
            "{line}\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\nFrom: <sip:a@a.example>;tag=1\r\n\
             To: <sip:b@b.example>\r\nCall-ID: 1\r\nCSeq: 1 {method}\r\n\r\n"
        )
    }

    #[test]
    fn a_request_with_a_broken_start_line_gets_400_with_its_identifiers() {
        let response = answer_to_malformed(with_start_line("OPTIONS", "OPTIONS").as_bytes()).unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(response.reason(), "Bad Request-Line");
        assert_eq!(response.headers().required::<CallId>().unwrap(), CallId("1".to_owned()));
    }

    #[test]
    fn an_ack_a_response_and_noise_get_nothing() {
        assert!(answer_to_malformed(with_start_line("ACK", "ACK").as_bytes()).is_none());
        assert!(answer_to_malformed(with_start_line("SIP/2.0 abc", "OPTIONS").as_bytes()).is_none());
        assert!(answer_to_malformed(b"\0\0\0\n").is_none());
    }
}
