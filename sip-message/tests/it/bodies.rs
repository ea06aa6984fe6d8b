//! Laws of bodies and typed values: what was put together is taken apart again (RFC 2046 §5.1), no input does harm, and
//! a value that was read is printed so that it is read the same (RFC 3261 §20).

use bytes::Bytes;
use proptest::prelude::*;
use sip_message::{
    Body, BodyPart, ContentDisposition, ContentId, ContentType, HeaderName, Headers, Limits, Message,
    Multipart, SipFrag,
};

/// Pieces of multipart bodies, so that random input has delimiters where they count and where they do not.
const BODY_PIECES: &[&str] = &[
    "--b",
    "--b--",
    "--bb",
    "\r\n",
    "\n",
    "\r",
    " ",
    "Content-Type: multipart/alternative;boundary=b",
    "c: application/sdp",
    "Content-Disposition: session;handling=optional",
    "Content-ID: <1@a>",
    ":",
    "v=0",
    "\0",
    "--",
    "-",
];

/// Pieces of header field values.
const VALUE_PIECES: &[&str] = &[
    "a",
    "x-1",
    "0",
    "17",
    "4294967296",
    "1.5",
    ".",
    "*",
    "<",
    ">",
    "<sip:a@b>",
    "sip:a@b;c",
    "tel:+1",
    "urn:x:y",
    ";",
    ",",
    "=",
    "\"",
    "\\",
    "\"a b\"",
    "/",
    "(",
    ")",
    " ",
    "\t",
    "@",
    ":",
    "a/b",
    "SIP/2.0/WS",
    "INVITE",
    "é",
    "%41",
    "[::1]",
    "~",
    "Sat, 13 Nov 2010 23:29:00 GMT",
    "ab30317f1a784dc48ff824d0d3715d86",
    "true",
    "q=0.5",
    "tag=",
    "Digest",
    "realm=\"r\"",
];

fn body_bytes() -> impl Strategy<Value = Bytes> {
    prop::collection::vec(prop::sample::select(BODY_PIECES), 0..30).prop_map(|pieces| pieces.concat().into())
}

fn value_text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(VALUE_PIECES), 0..9).prop_map(|pieces| pieces.concat())
}

fn part() -> impl Strategy<Value = BodyPart> {
    let bytes = prop_oneof![prop::collection::vec(any::<u8>(), 0..60).prop_map(Bytes::from), body_bytes()];
    (bytes, "[a-z]{1,5}", any::<bool>()).prop_map(|(bytes, word, named)| {
        let part = BodyPart::new(&ContentType::new("x", &word), bytes);
        if named { part.with(&ContentId(word.clone())).with(&ContentDisposition::new(word)) } else { part }
    })
}

proptest! {
    #[test]
    fn what_was_put_together_is_taken_apart_again(parts in prop::collection::vec(part(), 0..5), deep in 0_usize..4) {
        let multipart = parts.iter().cloned().fold(Multipart::new("mixed"), Multipart::with_part);
        let mut body = multipart.to_body();
        for _ in 0..deep {
            body = Multipart::new("mixed").with_part(body.into()).to_body();
        }
        for _ in 0..deep {
            let outer = Multipart::parse(&body, &Limits::default()).unwrap();
            prop_assert_eq!(outer.parts().len(), 1);
            body = outer.parts()[0].body();
        }
        let parsed = Multipart::parse(&body, &Limits::default()).unwrap();
        prop_assert_eq!(parsed.parts(), &parts[..]);
        prop_assert!(parsed.is_closed() && parsed.preamble().is_empty() && parsed.epilogue().is_empty());
    }

    #[test]
    fn any_body_does_no_harm(bytes in body_bytes()) {
        let mut content_type = ContentType::new("multipart", "alternative");
        content_type.params.set("boundary", Some("b"));
        let part = BodyPart::from(Body { content_type, bytes: bytes.clone() });
        let limits = Limits::default();
        if let Ok(multipart) = part.multipart(&limits) {
            let sum: usize = multipart.parts().iter().map(|part| part.bytes().len()).sum();
            prop_assert!(sum + multipart.preamble().len() + multipart.epilogue().len() <= bytes.len());
        }
        let found = part.session_description(&limits);
        prop_assert!(found.is_none_or(|found| found.content_type().is("application", "sdp")));
        let is_sdp = |part: &BodyPart| part.content_type().is("application", "sdp");
        prop_assert!(part.not_understood(&limits, is_sdp).is_none_or(|part| !is_sdp(&part)));
    }

    #[test]
    fn any_fragment_does_no_harm(bytes in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..80).prop_map(Bytes::from),
        body_bytes(),
        value_text().prop_map(|text| format!("SIP/2.0 200 OK\r\nVia: {text}").into()),
    ]) {
        if let Ok(fragment) = SipFrag::parse(bytes.clone()) {
            prop_assert_eq!(fragment.to_body().bytes, bytes);
            prop_assert_eq!(fragment.message().is_some(), fragment.status().is_some() || fragment.method().is_some());
        }
    }

    #[test]
    fn a_value_that_was_read_is_printed_to_be_read_the_same(
        name in prop::sample::select(HeaderName::all()), text in value_text(),
    ) {
        let field = |text: &str| {
            let mut headers = Headers::new();
            headers.push_text(&name, text).unwrap();
            headers.iter().next().unwrap().values()
        };
        for value in field(&text).into_iter().flatten().flatten() {
            prop_assert_eq!(field(&value), Some(vec![Ok(value)]), "{}: {}", name, text);
        }
    }
}

#[test]
fn bodies_are_bytes_end_to_end() {
    let bytes: Vec<u8> = (0..=255).cycle().take(4096).collect();
    let body = Multipart::new("mixed")
        .with_part(BodyPart::new(&ContentType::new("x", "y"), bytes.clone()))
        .to_body();
    let request = sip_message::Request::new(sip_message::Method::Info, &"sip:a@b".parse().unwrap());
    let mut request = request;
    request.set_body(&body.content_type, body.bytes);
    let received = Message::parse(request.to_bytes()).unwrap();
    let part = BodyPart::received(received.headers(), received.body()).unwrap();
    assert_eq!(part.multipart(&Limits::default()).unwrap().parts()[0].bytes(), &bytes);
}
