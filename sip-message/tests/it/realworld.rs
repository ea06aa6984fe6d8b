//! Messages that deployed equipment sent (`vectors/realworld/index.tsv` says who and what is odd): what is read out of
//! each, and the deviation that names the oddity (RFC 3261 §8.1.3, §16: what can be understood is to be used).

use sip_message::DeviationKind::{
    AddressWithoutBrackets, AuthParamQuoting, BytesBehindBody, ContentLengthRepeated, DisplayNameNotToken,
    ParamValueEmpty, ReasonCharacters, ReasonSpaceMissing, StartLineSpace, UriHashInUser, UriHost, UriParam,
};
use sip_message::{
    Contact, DeviationKind, From, Header, HeaderName, Message, Method, Mode, NameAddr, ParseMessageError,
    ProxyAuthenticate, RecordRoute, RetryAfter, Route, To, Via, WwwAuthenticate,
};
use sip_uri::{SipUri, Uri};
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/realworld")
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(folder().join(format!("{name}.sip"))).unwrap()
}

/// The message, after checking that it has these deviations and no others, and that strict mode agrees.
fn read(name: &str, expected: &[DeviationKind]) -> Message {
    let message = Message::parse(bytes(name).into()).unwrap();
    let kinds: Vec<_> = message.deviations().into_iter().map(|deviation| deviation.kind).collect();
    assert_eq!(kinds, expected, "{name}");
    let strict = Message::parse_with(bytes(name).into(), Mode::Strict);
    let refused = expected.iter().find(|kind| !kind.is_read_in(Mode::Strict));
    match (strict, refused) {
        (Ok(_), None) => {}
        (Err(ParseMessageError::Deviates(deviation)), Some(kind)) => assert_eq!(deviation.kind, *kind),
        (outcome, _) => panic!("{name}: {outcome:?}"),
    }
    message
}

fn all<H: Header>(message: &Message) -> Vec<H> {
    message.headers().list().map(Result::unwrap).collect()
}

fn contacts(message: &Message) -> Vec<Contact> {
    all(message)
}

fn address(contact: &Contact) -> SipUri {
    sip(contact.addr().unwrap())
}

fn sip(addr: &NameAddr) -> SipUri {
    let Uri::Sip(uri) = &addr.uri else { panic!("no SIP URI: {addr}") };
    uri.clone()
}

fn from(message: &Message) -> NameAddr {
    message.headers().required::<From>().unwrap().0
}

#[test]
fn every_input_is_listed_and_tested() {
    let tests = include_str!("realworld.rs");
    let index = include_str!("../vectors/realworld/index.tsv");
    let listed: Vec<_> = index.lines().skip(1).map(|line| line.split('.').next().unwrap()).collect();
    for name in &listed {
        assert!(tests.contains(&format!("(\"{name}\"")), "{name}");
    }
    let files = fs::read_dir(folder()).unwrap().filter(|entry| {
        entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "sip")
    });
    assert_eq!(files.count(), listed.len());
}

#[test]
fn contact_lists_survive_their_odd_elements() {
    let message = read("C01", &[UriHashInUser, UriHashInUser]);
    let list = contacts(&message);
    assert_eq!((list.len(), list[0].expires()), (3, Some(600)));
    assert_eq!(address(&list[2]).raw_user(), Some("PBX#1000#905448737777"));

    let list = contacts(&read("C03", &[DisplayNameNotToken]));
    assert_eq!(list.len(), 2);
    assert_eq!((list[1].addr().unwrap().display_name.as_deref(), list[1].expires()), (None, Some(30)));

    let list = contacts(&read("C05", &[]));
    assert_eq!((list.len(), list[0].expires()), (1, Some(3600)));
    let instance = "<urn:uuid:d8d542fb-570f-44ea-accb-efb8387408e0>";
    assert_eq!(list[0].params().unwrap().get("+sip.instance"), Some(instance));

    let list = contacts(&read("C09", &[]));
    assert_eq!((list.len(), list[0].expires()), (2, Some(111)));

    let list = contacts(&read("C11", &[UriParam]));
    let param = address(&list[0]).param("app-imei").unwrap().value.unwrap_or_default().into_owned();
    assert_eq!((list.len(), param.as_str()), (1, ""));
}

#[test]
fn a_uri_is_not_guessed_out_of_a_quoted_parameter() {
    let list = contacts(&read("C07", &[]));
    assert_eq!(address(&list[0]).as_str(), "sip:p66640t1741@10.106.171.88:5094");
    assert_eq!(list[0].params().unwrap().get("+g.3gpp.accesstype"), Some("cellular"));
}

#[test]
fn parties_are_read_as_they_were_meant() {
    let party = from(&read("F02", &[UriHost]));
    assert_eq!((sip(&party).raw_host(), party.tag()), ("543dc521b9a2", Some("2caf10df")));
    let party = from(&read("F04", &[UriHashInUser]));
    assert_eq!((sip(&party).raw_user(), party.tag()), (Some("#8972010116348137300"), None));
    let party = from(&read("F06", &[]));
    assert_eq!(party.display_name.as_deref(), Some("\u{24b62}"));
    let party = from(&read("F08", &[AddressWithoutBrackets]));
    assert_eq!((party.display_name.as_deref(), party.tag()), (Some("asterisk"), Some("as66d81c75")));
    assert_eq!(sip(&party).as_str(), "sip:asterisk@50.10.1.1");
    let parties: Vec<To> = all(&read("F10", &[]));
    assert_eq!(parties.len(), 1);
    assert_eq!(parties[0].0.display_name.as_deref(), Some("Bond, James Bond"));
    let message = read("F12", &[]);
    let Uri::Sip(uri) = message.as_request().unwrap().uri().unwrap() else { panic!("no SIP URI") };
    assert_eq!((uri.raw_user(), uri.raw_host()), (Some("1234567890;cic=0001"), "example.com"));
    assert_eq!(sip(&from(&read("F14", &[]))).raw_user(), None);
    let To(party) = read("H08", &[ParamValueEmpty]).headers().required().unwrap();
    assert_eq!(party.tag(), None);
}

#[test]
fn start_lines_may_be_sloppy() {
    let reason = |message: &Message| {
        let response = message.as_response().unwrap();
        (response.status().code(), response.reason().to_owned())
    };
    let kept = "Temporarily Unavailable [call Processing Released]".to_owned();
    assert_eq!(reason(&read("S01", &[ReasonCharacters])), (480, kept));
    assert_eq!(reason(&read("S03", &[ReasonSpaceMissing])), (200, String::new()));
    assert_eq!(read("S05", &[StartLineSpace]).as_request().unwrap().method(), &Method::Invite);
}

#[test]
fn hops_and_routes() {
    let hops: Vec<Via> = all(&read("V01", &[]));
    assert_eq!((hops[0].host.to_string().as_str(), hops[0].port), ("10.13.122.71", Some(8080)));
    assert_eq!(all::<Via>(&read("V03", &[])).len(), 2);
    let routes: Vec<RecordRoute> = all(&read("V05", &[]));
    assert_eq!(routes.iter().filter(|route| sip(&route.0).is_loose_router()).count(), 2);
    let routes: Vec<Route> = all(&read("V07", &[]));
    assert_eq!((routes.len(), routes[0].0.params.get("transport")), (1, Some("ws")));
}

#[test]
fn challenges_are_read_however_they_are_quoted() {
    let challenges: Vec<WwwAuthenticate> = all(&read("A02", &[]));
    let algorithms: Vec<_> =
        challenges.iter().map(|challenge| challenge.0.get("algorithm").unwrap()).collect();
    assert_eq!(algorithms, ["SHA-256", "MD5"]);
    let challenges: Vec<ProxyAuthenticate> = all(&read("A04", &[]));
    assert!(challenges[0].0.scheme.eq_ignore_ascii_case("digest"));
    let challenges: Vec<WwwAuthenticate> = all(&read("A06", &[AuthParamQuoting; 3]));
    let get = |name| challenges[0].0.get(name);
    assert_eq!((get("qop"), get("algorithm"), get("stale")), (Some("auth"), Some("MD5"), Some("TRUE")));
}

#[test]
fn bodies_are_as_long_as_their_header_says() {
    assert!(read("B02", &[BytesBehindBody]).body().is_empty());
    assert_eq!(read("B04", &[]).body(), "SIP/2.0 100 Trying\r\n");
    assert_eq!(read("B06", &[]).body(), &b"\x00\x01\x02\r\n\r\n\xff\xfe\x80"[..]);
    let length = bytes("B08").len();
    let refused = Message::parse(bytes("B08").into());
    assert_eq!(refused, Err(ParseMessageError::Truncated { offset: length }));
    let salvaged = Message::parse_with(bytes("B08").into(), Mode::Salvage).unwrap();
    assert_eq!((salvaged.headers().len(), salvaged.body().len()), (1, 0));
}

#[test]
fn other_fields() {
    let message = read("H02", &[ContentLengthRepeated]);
    assert_eq!(message.headers().count(&HeaderName::Supported), 1);
    assert_eq!(contacts(&message).len(), 1);
    let retry: RetryAfter = read("H04", &[]).headers().required().unwrap();
    assert_eq!(retry.seconds, 18000);
    assert_eq!(read("H06", &[]).headers().raw(&HeaderName::SessionExpires), Some(&b"60"[..]));
    assert_eq!(Message::parse(bytes("H10").into()), Err(ParseMessageError::Empty));
}
