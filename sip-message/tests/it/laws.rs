//! Laws that hold for any input: no panic, print ∘ parse = identity, parse ∘ print = identity (RFC 3261 §7).

use crate::describe::{describe, says_its_length};
use bytes::Bytes;
use proptest::prelude::*;
use sip_message::{
    CSeq, Contact, Header, HeaderName, KeptResponse, Message, Method, NameAddr, Params, Reason, Request,
    Response, StatusCode, Subject, Via, Warning,
};

/// Pieces that messages are made of, so that random input gets beyond the start line.
const PIECES: &[&str] = &[
    "INVITE sip:a@b SIP/2.0",
    "SIP/2.0 200 OK",
    "\r\n",
    "\n",
    "\r",
    "\r\n\r\n",
    " ",
    "\t",
    ":",
    ";",
    ",",
    "=",
    "<",
    ">",
    "\"",
    "\\",
    "Via",
    "v",
    "SIP/2.0/WS a;branch=z9hG4bK1",
    "From: \"A\" <sip:a@b>;tag=1",
    "To",
    "Contact: *",
    "m",
    "sip:a@[::1]:5060;lr",
    "<sip:a@b>",
    "CSeq: 1 INVITE",
    "Content-Length: 3",
    "l",
    "WWW-Authenticate: Digest realm=\"",
    "Authorization",
    "Warning: 399 a \"b\"",
    "Retry-After: 5 (a)",
    "(",
    "é",
    "\0",
    "X-Unknown",
    "Supported: a, b",
];

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

/// A header section in which every line is a field or garbage, with its body and a right length.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let start =
        prop::sample::select(vec!["BYE  sip:a@b sip/2.0\n", "SIP/2.0 200 \r\n", "X sip:y SIP/3.0\r\n"]);
    let line = "[ -~é]{1,30}(\r\n|\n|\r)([ \t][ -~]{0,9}\r\n)?";
    (start, prop::collection::vec(line, 0..9), prop::collection::vec(any::<u8>(), 0..30)).prop_map(
        |(start, lines, body)| {
            let head = format!("{start}l: {}\r\n{}\r\n", body.len(), lines.concat());
            [head.into_bytes(), body].concat()
        },
    )
}

fn word() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9.!%*_+`'~-]{1,12}"
}

/// Any text; what cannot stand on a line is left out.
fn text() -> impl Strategy<Value = String> {
    "[^\r\n\0]{0,20}"
}

fn params() -> impl Strategy<Value = Params> {
    prop::collection::vec((word(), prop::option::of(text()), any::<bool>()), 0..4).prop_map(|list| {
        let mut params = Params::new();
        for (name, value, quoted) in list {
            match value {
                Some(value) if quoted => params.set_quoted(&name, &value),
                Some(value) => {
                    params.set(&name, Some(&value.replace(|c: char| !c.is_ascii_alphanumeric(), "x")))
                }
                None => params.set(&name, None),
            }
        }
        params
    })
}

fn name_addr() -> impl Strategy<Value = NameAddr> {
    let uri = "sips?:([a-z0-9.]{1,5}@)?[a-z0-9]{1,5}\\.example(:[1-9][0-9]{3})?(;lr|;transport=ws)?";
    (prop::option::of(text()), uri, params()).prop_map(|(name, uri, params)| NameAddr {
        display_name: name.filter(|name| !name.is_empty()),
        uri: uri.parse().unwrap(),
        params,
    })
}

/// Decoding what was encoded gives the value again, alone and out of a message.
fn holds<H: Header + PartialEq + std::fmt::Debug>(value: &H) {
    assert_eq!(&H::decode(&value.encoded()).unwrap(), value);
    let request = Request::new(Method::Info, &"sip:a@b".parse().unwrap()).with(value).with(value);
    let Message::Request(parsed) = Message::parse(request.to_bytes()).unwrap() else { panic!("a request") };
    let values: Vec<H> = parsed.headers().list().map(Result::unwrap).collect();
    assert_eq!(values.len(), 2);
    assert!(values.iter().all(|parsed| parsed == value));
}

/// A response that is kept and taken out again says and prints the same.
pub(crate) fn is_kept(response: &Response) {
    let kept = KeptResponse::from(response.clone());
    let again = kept.response();
    assert_eq!((again.to_bytes(), kept.status()), (response.to_bytes(), response.status()));
    assert_eq!((again.start_line(), again.body()), (response.start_line(), response.body()));
    assert_eq!(again.headers(), response.clone().sealed().headers());
}

proptest! {
    #[test]
    fn any_bytes_do_no_harm(bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..200), pieces()]) {
        if let Ok(message) = Message::parse(bytes.into()) {
            describe(&message);
            if let Message::Response(response) = &message {
                is_kept(response);
            }
            let printed = message.to_bytes();
            prop_assert!(says_its_length(&Message::parse(printed.clone()).unwrap()));
            prop_assert_eq!(Message::parse(printed.clone()).unwrap().to_bytes(), printed);
        }
    }

    #[test]
    fn print_after_parse_is_identity(bytes in message()) {
        let parsed = Message::parse(bytes.clone().into());
        let Ok(parsed) = parsed else { return Ok(()) };
        prop_assume!(says_its_length(&parsed));
        prop_assert_eq!(parsed.to_bytes(), Bytes::from(bytes));
    }

    #[test]
    fn an_edit_touches_what_it_names(bytes in message()) {
        let parsed = Message::parse(bytes.into()).unwrap();
        let mut edited = parsed.clone();
        edited.headers_mut().push_front(&Subject("x".into()));
        if let Message::Response(response) = &edited {
            is_kept(response);
        }
        edited.headers_mut().pop_front::<Subject>().unwrap();
        prop_assert_eq!(edited.headers(), parsed.headers());
        prop_assert_eq!(edited, parsed);
    }

    #[test]
    fn parse_after_print_is_identity(
        addr in name_addr(), params in params(), word in word(), text in text(), number in any::<u32>(), code in 100_u16..700,
    ) {
        holds(&Contact::Addr(addr.clone()));
        holds(&Reason { protocol: word.clone(), params: params.clone() });
        holds(&Warning { code, agent: word.clone(), text });
        let host = format!("{}.example", "h").parse().unwrap();
        holds(&Via { params, ..Via::new(&word, &host, Some(5060)) });
        let cseq = CSeq::new(number, word.parse().unwrap());
        prop_assert_eq!(CSeq::decode(&cseq.encoded()).unwrap(), cseq);
    }

    #[test]
    fn nothing_forges_a_line(value in any::<String>()) {
        let mut response = Response::new(StatusCode::OK).with(&Subject(value.clone()));
        let refused = response.headers_mut().push_text(&HeaderName::Organization, &value).is_err();
        prop_assert_eq!(refused, value.contains(['\r', '\n', '\0']));
        let parsed = Message::parse(response.to_bytes()).unwrap();
        prop_assert_eq!(parsed.headers().len(), 2 + usize::from(!refused));
        prop_assert_eq!(parsed.headers().raw_lines().count(), 0);
    }
}
