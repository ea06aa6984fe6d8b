//! RFC 2046 §5.1, RFC 5621: a body of several parts that is put together again has the same parts.

use bytes::Bytes;
use sip_message::{Body, BodyPart, ContentType, Header, Limits, Multipart};

/// The first line is a Content-Type, the rest the body.
pub(super) fn check(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (first, rest) = data.split_at(end);
    let Ok(first) = std::str::from_utf8(first.trim_ascii()) else { return };
    let Ok(content_type) = ContentType::decode(first) else { return };
    let body = Body { content_type, bytes: Bytes::copy_from_slice(rest.get(1..).unwrap_or_default()) };
    parts(&body, 0);
}

fn parts(body: &Body, depth: usize) {
    let limits = Limits::default();
    let Ok(multipart) = Multipart::parse(body, &limits) else { return };
    assert!(multipart.parts().len() <= limits.body_parts);
    assert!(multipart.parts().iter().map(|part| part.bytes().len()).sum::<usize>() <= body.bytes.len());
    let again =
        Multipart::parse(&multipart.to_body(), &limits).expect("what was put together can be taken apart");
    let bytes =
        |multipart: &Multipart| multipart.parts().iter().map(BodyPart::bytes).cloned().collect::<Vec<_>>();
    assert_eq!(bytes(&again), bytes(&multipart));
    for part in multipart.parts() {
        let _ = (part.content_id(), part.disposition(), part.session_description(&limits));
        if depth < limits.nesting {
            parts(&part.body(), depth + 1);
        }
    }
}
