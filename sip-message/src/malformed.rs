//! An answer to what cannot be parsed as a request, if its header fields still tell whom to answer (RFC 3261
//! §16.3 step 1, §21.4.1).

use crate::{
    CSeq, CallId, From, HeaderName, Message, Method, ParseMessageError, Request, Response, StatusCode, To,
    Via,
};
use bytes::{Bytes, BytesMut};

/// The 400 (Bad Request), or 513 (Message Too Large) for what exceeds a limit, owed for bytes that [`Message::parse`]
/// refused, without a To tag of ours.
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
    let begin = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
    let (_, bytes) = bytes.split_at_checked(begin)?;
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end + 1)?;
    // rfc3261#17.1.1.3: nothing answers an ACK; rfc3261#18.1.2: a response is never answered.
    if line.starts_with(b"SIP/") || line.starts_with(b"ACK ") {
        return None;
    }
    let request = identified(rest)?;
    let headers = request.headers();
    headers.list::<Via>().next()?.ok()?;
    headers.required::<From>().ok()?;
    headers.required::<To>().ok()?;
    headers.required::<CallId>().ok()?;
    let cseq: CSeq = headers.required().ok()?;
    if cseq.method == Method::Ack {
        return None;
    }
    let error = Message::parse(Bytes::copy_from_slice(bytes)).err();
    let mut response =
        request.response(error.as_ref().map_or(StatusCode::BAD_REQUEST, ParseMessageError::status));
    if let Some(reason) = error.as_ref().and_then(reason) {
        // rfc3261#21.4.1: the phrase says what is wrong, and is legal
        let _legal = response.set_reason(reason);
    }
    Some(response)
}

/// What is wrong, where the status does not say it.
const fn reason(error: &ParseMessageError) -> Option<&'static str> {
    match error {
        ParseMessageError::StartLine { .. } => Some("Bad Request-Line"),
        ParseMessageError::Truncated { .. } => Some("Message Breaks Off"),
        ParseMessageError::Empty
        | ParseMessageError::TooLarge { .. }
        | ParseMessageError::LineTooLong { .. }
        | ParseMessageError::TooManyFields { .. }
        | ParseMessageError::Deviates(_) => None,
    }
}

/// A request with the fields of `rest` that a response repeats, whatever the others are.
// rfc3261#8.2.6.2
fn identified(rest: &[u8]) -> Option<Request> {
    let mut whole = BytesMut::from(&b"OPTIONS sip:unknown.invalid SIP/2.0\r\n"[..]);
    let mut is_kept = false;
    // a line without an end is not complete
    for line in rest.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")) {
        if line.trim_ascii().is_empty() {
            break;
        }
        // a folded line belongs to the one before
        is_kept = if line.starts_with(b" ") || line.starts_with(b"\t") { is_kept } else { is_repeated(line) };
        if is_kept {
            whole.extend_from_slice(line);
        }
    }
    whole.extend_from_slice(b"\r\n");
    match Message::parse(whole.freeze()).ok()? {
        Message::Request(request) => Some(request),
        Message::Response(_) => None,
    }
}

/// Whether this is the line of a field that a response repeats.
fn is_repeated(line: &[u8]) -> bool {
    let Some(name) = line.split(|byte| *byte == b':').next() else { return false };
    let name: Option<HeaderName> =
        std::str::from_utf8(name.trim_ascii()).ok().and_then(|name| name.parse().ok());
    matches!(
        name,
        Some(HeaderName::Via | HeaderName::From | HeaderName::To | HeaderName::CallId | HeaderName::CSeq)
    )
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

    fn answer(text: &str) -> Option<(u16, String)> {
        assert!(Message::parse(text.to_owned().into()).is_err());
        let response = answer_to_malformed(text.as_bytes())?;
        assert_eq!(response.headers().count(&HeaderName::Via), 1);
        Some((response.status().code(), response.reason().to_owned()))
    }

    // rfc3261#21.5.7: the limits are ours, and who exceeds them is told so
    #[test]
    fn a_request_beyond_the_limits_gets_513() {
        let whole = with_start_line("OPTIONS sip:b@b.example SIP/2.0", "OPTIONS");
        let too_large = Some((513, "Message Too Large".to_owned()));
        let with = |more: &str| whole.replace("Call-ID", &format!("{more}Call-ID"));
        assert_eq!(answer(&with(&"Subject: x\r\n".repeat(300))), too_large);
        assert_eq!(answer(&with(&format!("Subject: {}\r\n", "x".repeat(9000)))), too_large);
        assert_eq!(answer(&(whole.clone() + &"x".repeat(70_000))), too_large);
        assert_eq!(
            answer(&with(&format!("Via: SIP/2.0/WS {}\r\n", "x".repeat(9000)))),
            None,
            "whose answer it is"
        );
    }

    #[test]
    fn a_request_that_breaks_off_is_told_so_if_it_says_whom_to_answer() {
        let whole = with_start_line("OPTIONS sip:b@b.example SIP/2.0", "OPTIONS");
        let head = whole.strip_suffix("\r\n").unwrap();
        let told = Some((400, "Message Breaks Off".to_owned()));
        assert_eq!(answer(&format!("{head}Subject: hal")), told);
        assert_eq!(answer(&format!("\r\n{head}Subject: hal")), told);
        assert_eq!(answer(head.strip_suffix("NS\r\n").unwrap()), None, "half a CSeq is none");
        let response = head.replace("OPTIONS sip:b@b.example SIP/2.0", "SIP/2.0 200 OK");
        assert_eq!(answer(&format!("\r\n{response}Subject: hal")), None);
    }

    #[test]
    fn a_folded_field_is_repeated_whole() {
        let text = with_start_line("OPTIONS", "OPTIONS").replace("WS a.invalid", "WS\r\n a.invalid");
        let text = text.replace("From:", "Subject: x\r\n\tFrom: y\r\nf :");
        let response = answer_to_malformed(text.as_bytes()).unwrap();
        assert_eq!(response.headers().required::<Via>().unwrap().branch(), Some("z9hG4bK1"));
        assert_eq!(response.headers().required::<From>().unwrap().0.tag(), Some("1"));
    }

    #[test]
    fn an_ack_a_response_and_noise_get_nothing() {
        assert!(answer_to_malformed(with_start_line("ACK", "ACK").as_bytes()).is_none());
        assert!(answer_to_malformed(with_start_line("SIP/2.0 abc", "OPTIONS").as_bytes()).is_none());
        assert!(answer_to_malformed(b"\0\0\0\n").is_none());
    }
}
