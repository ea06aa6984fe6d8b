//! Where the session description of a message is: its body, or a part of it (RFC 3261 §7.4.1, RFC 5621 §4); AC-45.

use crate::SessionDescription;
use bytes::Bytes;
use sip_message::{Body, BodyPart, ContentType, Headers, Limits};

/// The session description that a received message carries: its body, or the part of a body of several parts that is
/// for the session, however deep. A body without type is taken for one (RFC 3261 §13.2.1), a body of another type is
/// not: its sender has let it be passed over (§8.2.3).
///
/// ```
/// use sip_dialog::session_body;
/// use sip_message::{Body, Message};
///
/// let text = "INVITE sip:bob@example.com SIP/2.0\r\nContent-Type: multipart/mixed;boundary=\"b 1\"\r\n\r\n\
///     --b 1\r\nContent-Type: application/rs-metadata+xml\r\nContent-Disposition: recording-session\r\n\r\n<r/>\r\n\
///     --b 1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--b 1--\r\n";
/// let message = Message::parse(text.into())?;
/// assert_eq!(session_body(message.headers(), message.body()), Some(Body::sdp("v=0\r\n")));
/// # Ok::<_, sip_message::ParseMessageError>(())
/// ```
#[must_use]
pub fn session_body(headers: &Headers, bytes: &Bytes) -> Option<Body> {
    let whole = Body::received(headers, bytes, ContentType::sdp)?;
    if !is_multipart(&whole) {
        return whole.content_type.is("application", "sdp").then_some(whole);
    }
    described(&BodyPart::received(headers, bytes)?)
}

/// The description in a body of this end, which may have other parts beside it.
pub(crate) fn description(body: &Body) -> SessionDescription {
    let part = if is_multipart(body) { described(&BodyPart::from(body.clone())) } else { None };
    SessionDescription::new(part.map_or_else(|| body.bytes.clone(), |part| part.bytes))
}

fn described(part: &BodyPart) -> Option<Body> {
    part.session_description(&Limits::default()).map(|part| part.body())
}

fn is_multipart(body: &Body) -> bool {
    body.content_type.media_type.eq_ignore_ascii_case("multipart")
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip_message::Message;

    fn found(content_type: &str, body: &str) -> Option<Body> {
        let text =
            format!("INVITE sip:bob@example.com SIP/2.0\r\nContent-Type: {content_type}\r\n\r\n{body}");
        let message = Message::parse(text.into()).unwrap();
        session_body(message.headers(), message.body())
    }

    #[test]
    fn ac45_a_body_with_parameters_is_a_description() {
        let body = found("application/sdp;charset=UTF-8", "v=0\r\n").unwrap();
        assert_eq!(body.bytes, "v=0\r\n");
    }

    #[test]
    fn a_body_of_another_type_is_no_description() {
        assert_eq!(found("text/plain", "hello"), None);
    }

    #[test]
    fn ac45_parts_are_found_with_lf_preamble_and_nesting() {
        let inner = "--in\nContent-Type: application/sdp\n\nv=0\n--in--\n";
        let outer = format!(
            "preamble\n--out\nContent-Type: text/plain\n\nhello\n--out\nContent-Type: multipart/alternative;boundary=in\n\n\
             {inner}\n--out--\n"
        );
        assert_eq!(found("multipart/mixed;boundary=out", &outer).unwrap().bytes, "v=0");
    }

    #[test]
    fn ac45_parts_without_a_description_are_none() {
        let parts = "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n";
        assert_eq!(found("multipart/mixed;boundary=b", parts), None);
        assert_eq!(found("multipart/mixed", "no boundary"), None);
    }

    #[test]
    fn ac45_the_description_beside_other_parts_of_this_end_counts() {
        let parts = "--b\r\nContent-Type: application/sdp\r\n\r\nv=0 a\r\n--b\r\n\r\nmore\r\n--b--\r\n";
        let mut content_type = ContentType::new("multipart", "mixed");
        content_type.params.set("boundary", Some("b"));
        let body = Body { content_type, bytes: parts.into() };
        assert_eq!(description(&body), SessionDescription::from("v=0 a"));
        assert_eq!(description(&Body::sdp("v=0 b")), SessionDescription::from("v=0 b"));
    }
}
