//! RFC 3261 §7: a message prints what it was parsed from, an edit touches what it names and nothing else, and a more
//! lenient mode reads the same message.

use bytes::Bytes;
use sip_message::{
    CSeq, CallId, Contact, From, HeaderName, Limits, MaxForwards, Message, Mode, ParseOptions, Route,
    Subject, To, Via,
};
use sipx_sip::parse_datagram;

/// `data` is a datagram.
pub(super) fn check(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    let [strict, lenient, salvaged] = [Mode::Strict, Mode::Lenient, Mode::Salvage]
        .map(|mode| Message::parse_with(bytes.clone(), mode).ok());
    if let Some(strict) = &strict {
        assert_eq!(Some(strict), lenient.as_ref(), "lenient reads what strict reads");
        same_as_sipx(strict, &bytes);
        typed_strictly(strict);
    }
    if let Some(lenient) = lenient {
        views_agree(&lenient);
        assert_eq!(Some(&lenient), salvaged.as_ref(), "salvage reads what lenient reads");
    }
    if let Some(message) = salvaged {
        for deviation in message.deviations() {
            assert!(deviation.span.start <= deviation.span.end, "{deviation:?}");
            assert!(deviation.span.end <= bytes.len(), "{deviation:?}");
        }
        laws(message);
    }
}

/// What strict mode takes has no value that cannot be read.
fn typed_strictly(message: &Message) {
    for deviation in message.deviations() {
        assert!(deviation.kind.is_read_in(Mode::Strict), "{deviation:?}");
    }
    for field in message.headers().iter() {
        let mut values = field.values().into_iter().flatten();
        assert!(values.all(|value| value.is_ok()), "{}", field.name());
    }
}

/// What is read in place is what is read as values of their own.
fn views_agree(message: &Message) {
    let headers = message.headers();
    let Ok(essentials) = headers.essentials() else { return };
    assert_eq!(Ok(essentials.via.to_via()), headers.required::<Via>());
    assert_eq!(Ok(essentials.from.to_name_addr()), headers.required::<From>().map(|From(addr)| addr));
    assert_eq!(Ok(essentials.to.to_name_addr()), headers.required::<To>().map(|To(addr)| addr));
    assert_eq!(Ok(CallId(essentials.call_id.to_owned())), headers.required::<CallId>());
    assert_eq!(Ok(essentials.cseq), headers.required::<CSeq>());
    assert_eq!(Ok(essentials.max_forwards), headers.typed::<MaxForwards>());
    let routes: Vec<_> = essentials.routes.iter().map(|route| Ok(Route(route.to_name_addr()))).collect();
    assert_eq!(routes, headers.list::<Route>().collect::<Vec<_>>());
    let contacts = headers.list::<Contact>().filter(|contact| !matches!(contact, Ok(Contact::Star)));
    let viewed: Vec<_> =
        essentials.contacts.iter().map(|contact| Ok(Contact::Addr(contact.to_name_addr()))).collect();
    assert_eq!(viewed, contacts.collect::<Vec<_>>());
}

fn laws(message: Message) {
    let printed = message.to_bytes();
    let again = Message::parse_with(printed.clone(), forgiving()).expect("what was printed can be read");
    assert_eq!(again.to_bytes(), printed, "printing what was printed changes nothing");
    assert_eq!(again.body(), message.body());
    assert_eq!(again.start_line(), message.start_line());
    for field in message.headers().iter() {
        assert!(!field.name_text().is_empty());
        let _ = (field.name(), field.text());
    }
    edited(message);
}

fn edited(mut message: Message) {
    let before = names(&message);
    message.headers_mut().push(&Subject("edited".to_owned()));
    let again = Message::parse_with(message.to_bytes(), forgiving()).expect("what was edited can be read");
    let mut after = names(&again);
    let place = again.headers().iter().position(|field| field.value() == b"edited");
    assert_eq!(after.remove(place.expect("the edit is there")), HeaderName::Subject);
    let length = |names: &[HeaderName]| names.iter().filter(|n| **n == HeaderName::ContentLength).count();
    let without_length = |names: &[HeaderName]| {
        names.iter().filter(|name| **name != HeaderName::ContentLength).cloned().collect::<Vec<_>>()
    };
    assert_eq!(without_length(&after), without_length(&before));
    assert!(length(&after) >= 1);
    assert_eq!(again.body(), message.body());
}

fn names(message: &Message) -> Vec<HeaderName> {
    message.headers().iter().map(|field| field.name()).collect()
}

/// What is printed may have one field and some bytes more than what was received.
fn forgiving() -> ParseOptions {
    let mut limits = Limits::default();
    limits.message *= 2;
    limits.header_fields += 2;
    limits.line += 64;
    ParseOptions::from(limits).with_mode(Mode::Salvage)
}

/// Where both parsers accept a message, they read the same fields and the same body.
fn same_as_sipx(message: &Message, bytes: &Bytes) {
    let Ok(other) = parse_datagram(bytes.clone(), &sipx_sip::Limits::datagram()) else { return };
    assert_eq!(message.body(), other.body());
    assert_eq!(message.headers().len(), other.headers().len());
    for (own, other) in message.headers().iter().zip(other.headers().iter()) {
        let trimmed = other.raw_value().trim_ascii();
        assert_eq!(own.value(), trimmed, "{}", own.name_text());
    }
    match (message, &other) {
        (Message::Request(own), sipx_sip::Message::Request(other)) => {
            assert_eq!(own.method().as_str().as_bytes(), other.method.as_bytes());
        }
        (Message::Response(own), sipx_sip::Message::Response(other)) => {
            assert_eq!(own.status().code(), other.status.code());
        }
        _ => panic!("a request is no response"),
    }
}
