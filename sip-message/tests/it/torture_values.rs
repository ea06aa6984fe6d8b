//! The valid messages of RFC 4475 and RFC 5118, field by field: what each test of the RFC says must be read.

use sip_message::{
    CSeq, CallId, Contact, ContentLength, ContentType, From, Header, HeaderName, MaxForwards, Message,
    Method, NameAddr, Request, Response, Route, Subject, To, Via,
};
use sip_uri::{Host, SipUri, Uri};
use std::fs;
use std::path::Path;

fn message(name: &str) -> Message {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name);
    Message::parse(fs::read(path).unwrap().into()).unwrap()
}

fn request(name: &str) -> Request {
    message(&format!("rfc4475/{name}.dat")).as_request().unwrap().clone()
}

fn response(name: &str) -> Response {
    message(&format!("rfc4475/{name}.dat")).as_response().unwrap().clone()
}

fn ipv6(name: &str) -> Request {
    message(&format!("rfc5118/{name}.dat")).as_request().unwrap().clone()
}

fn get<H: Header>(request: &Request) -> H {
    request.headers().required().unwrap()
}

fn all<H: Header>(request: &Request) -> Vec<H> {
    request.headers().list().map(Result::unwrap).collect()
}

fn sip(uri: &Uri) -> SipUri {
    let Uri::Sip(uri) = uri else { panic!("no SIP URI: {uri}") };
    uri.clone()
}

fn to(request: &Request) -> NameAddr {
    get::<To>(request).0
}

fn from(request: &Request) -> NameAddr {
    get::<From>(request).0
}

fn contact(request: &Request) -> NameAddr {
    get::<Contact>(request).addr().unwrap().clone()
}

#[test]
fn wsinv() {
    let request = request("wsinv");
    assert_eq!(request.request_uri(), "sip:vivekg@chair-dnrc.example.com;unknownparam");
    assert_eq!(
        (to(&request).uri.as_str(), to(&request).tag()),
        ("sip:vivekg@chair-dnrc.example.com", Some("1918181833n"))
    );
    assert_eq!(from(&request).display_name.as_deref(), Some("J Rosenberg \\\""));
    assert_eq!(
        (from(&request).uri.as_str(), from(&request).tag()),
        ("sip:jdrosen@example.com", Some("98asjd8"))
    );
    assert_eq!(get::<MaxForwards>(&request).0, 68);
    assert_eq!(get::<CallId>(&request).0, "wsinv.ndaksdj@192.0.2.1");
    assert_eq!(get::<ContentLength>(&request).0, 150);
    assert_eq!(get::<CSeq>(&request), CSeq::new(9, Method::Invite));
    assert_eq!(get::<Subject>(&request).0, "");
    let hops = all::<Via>(&request);
    let hops: Vec<_> =
        hops.iter().map(|via| (via.transport.as_str(), via.host.to_string(), via.branch())).collect();
    assert_eq!(
        hops,
        [
            ("UDP", "192.0.2.2".into(), Some("390skdjuw")),
            ("TCP", "spindle.example.com".into(), Some("z9hG4bK9ikj8")),
            ("UDP", "192.168.255.111".into(), Some("z9hG4bK30239")),
        ]
    );
    let unknown =
        |name: &str| request.headers().raw(&name.parse::<HeaderName>().unwrap()).map(<[u8]>::to_vec);
    assert_eq!(
        unknown("NewFangledHeader"),
        Some(b"newfangled value\r\n continued newfangled value".to_vec())
    );
    let odd = b";;,,;;,;".to_vec();
    assert_eq!(unknown("UnknownHeaderWithUnusualValue"), Some(odd));
    assert_eq!(get::<ContentType>(&request), ContentType::sdp());
    let routes = all::<Route>(&request);
    assert_eq!(routes[0].0.uri.as_str(), "sip:services.example.com;lr;unknownwith=value;unknown-no-value");
    let contacts = all::<Contact>(&request);
    assert_eq!(contacts[0].addr().unwrap().display_name.as_deref(), Some("Quoted string \"\""));
    assert_eq!(contacts[0].addr().unwrap().uri.as_str(), "sip:jdrosen@example.com");
    let params: Vec<_> = contacts[0].params().unwrap().iter().collect();
    assert_eq!(params, [("newparam", Some("newvalue")), ("secondparam", None), ("q", Some("0.33"))]);
    assert_eq!(request.body().len(), 150);
}

#[test]
fn intmeth() {
    let request = request("intmeth");
    assert_eq!(request.method().as_str(), "!interesting-Method0123456789_*+`.%indeed'~");
    let uri = sip(&request.uri().unwrap());
    assert_eq!(uri.raw_user(), Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"));
    assert_eq!(uri.password().as_deref(), Some("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"));
    assert_eq!(uri.raw_host(), "example.com");
    assert_eq!(get::<Via>(&request).branch(), Some("z9hG4bK-.!%66*_+`'~"));
    assert_eq!(to(&request).display_name.as_deref(), Some("BEL:\u{7} NUL:\0 DEL:\u{7f}"));
    assert_eq!(to(&request).uri.as_str(), "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com");
    assert_eq!(from(&request).display_name.as_deref(), Some("token1~` token2'+_ token3*%!.-"));
    assert_eq!(from(&request).tag(), Some("_token~1'+`*%!-."));
    let param = from(&request).params.get("fromParam''~+*_!.-%").map(str::to_owned);
    assert_eq!(
        param.as_deref(),
        Some("\u{440}\u{430}\u{431}\u{43e}\u{442}\u{430}\u{44e}\u{449}\u{438}\u{439}")
    );
    assert_eq!(get::<CallId>(&request).0, "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
    assert_eq!(get::<CSeq>(&request).number, 139_122_385);
    assert_eq!(&get::<CSeq>(&request).method, request.method());
    assert_eq!(get::<MaxForwards>(&request).0, 255);
}

#[test]
fn esc01() {
    let request = request("esc01");
    let uri = sip(&request.uri().unwrap());
    assert_eq!(uri.user().as_deref(), Some("sips:user@example.com"));
    assert_eq!(
        (uri.raw_host(), request.request_uri()),
        ("example.net", "sip:sips%3Auser%40example.com@example.net")
    );
    assert_eq!(sip(&to(&request).uri).user().as_deref(), Some("user"));
    assert_eq!(sip(&from(&request).uri).user().as_deref(), Some("I have spaces"));
    let contact = contact(&request);
    assert!(sip(&contact.uri).param("lr").is_some());
    let value = sip(&contact.uri).param("name").unwrap().value.unwrap().into_owned();
    assert_eq!(value, "value%41");
    assert!(sip(&contact.uri).is_equivalent(&sip(&contact.uri)));
}

#[test]
fn escnull() {
    let request = request("escnull");
    assert_eq!(sip(&from(&request).uri).user().as_deref(), Some("null-\0-null"));
    assert_eq!(sip(&to(&request).uri).user().as_deref(), Some("null-\0-null"));
    let users: Vec<_> = all::<Contact>(&request)
        .iter()
        .map(|contact| sip(&contact.addr().unwrap().uri).user().unwrap().into_owned())
        .collect();
    assert_eq!(users, ["\0", "\0\0"]);
}

#[test]
fn esc02() {
    let request = request("esc02");
    assert_eq!(request.method().as_str(), "RE%47IST%45R");
    assert_ne!(request.method(), &Method::Register);
    assert_eq!(request.request_uri(), "sip:registrar.example.com");
    assert_eq!(to(&request).display_name.as_deref(), Some("%Z%45"));
    assert_eq!(from(&request).display_name.as_deref(), Some("%Z%45"));
    assert_eq!(from(&request).tag(), Some("f232jadfj23"));
    let contacts: Vec<_> =
        all::<Contact>(&request).iter().map(|contact| contact.addr().unwrap().uri.to_string()).collect();
    assert_eq!(contacts, ["sip:alias1@host1.example.com", "sip:alias3@host3.example.com"]);
    assert_eq!(request.headers().count(&"C%6Fntact".parse().unwrap()), 1);
}

#[test]
fn lwsdisp() {
    let request = request("lwsdisp");
    assert_eq!(from(&request).display_name.as_deref(), Some("caller"));
    assert_eq!((from(&request).uri.as_str(), from(&request).tag()), ("sip:caller@example.com", Some("323")));
}

#[test]
fn longreq() {
    let request = request("longreq");
    assert_eq!(all::<Via>(&request).len(), 34);
    let uri = sip(&to(&request).uri);
    assert_eq!(uri.raw_user().map(str::len), Some("user".len()));
    assert!(to(&request).display_name.unwrap().starts_with("I have a user name of extremeextreme"));
    assert_eq!(from(&request).tag().map(str::len), Some(155));
    assert_eq!(get::<CallId>(&request).0.len(), 141);
    assert_eq!(get::<CSeq>(&request), CSeq::new(3_882_340, Method::Invite));
    assert_eq!(contact(&request).uri.to_string().len(), 137);
}

#[test]
fn dblreq() {
    let request = request("dblreq");
    assert_eq!((request.method(), request.body().len()), (&Method::Register, 0));
    assert_eq!(to(&request).uri.as_str(), "sip:j.user@example.com");
    assert!(request.to_bytes().ends_with(b"Content-Length: 0\r\n\r\n"));
}

#[test]
fn semiuri() {
    let uri = sip(&request("semiuri").uri().unwrap());
    assert_eq!((uri.user().as_deref(), uri.raw_host()), (Some("user;par=u@example.net"), "example.com"));
    assert_eq!(uri.params().count(), 0);
}

#[test]
fn transports() {
    let transports: Vec<_> =
        all::<Via>(&request("transports")).into_iter().map(|via| via.transport).collect();
    assert_eq!(transports, ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]);
}

#[test]
fn mpart01() {
    let request = request("mpart01");
    let content_type = get::<ContentType>(&request);
    assert_eq!((&*content_type.media_type, &*content_type.subtype), ("multipart", "mixed"));
    assert_eq!(content_type.params.get("boundary"), Some("7a9cbec02ceef655"));
    assert_eq!(request.body().len(), get::<ContentLength>(&request).0 as usize);
    assert_eq!(request.body().iter().filter(|byte| **byte == 0).count(), 2);
}

#[test]
fn reasons() {
    let odd = response("unreason");
    assert_eq!(odd.status().code(), 200);
    assert_eq!(
        odd.reason(),
        "= 2**3 * 5**2 \u{43d}\u{43e} \u{441}\u{442}\u{43e} \u{434}\u{435}\u{432}\u{44f}\u{43d}\u{43e}\u{441}\u{442}\u{43e} \
         \u{434}\u{435}\u{432}\u{44f}\u{442}\u{44c} - \u{43f}\u{440}\u{43e}\u{441}\u{442}\u{43e}\u{435}"
    );
    let none = response("noreason");
    assert_eq!((none.status().code(), none.reason()), (100, ""));
    assert!(none.to_bytes().starts_with(b"SIP/2.0 100 \r\n"));
}

#[test]
fn contact_parameters_and_uri_parameters() {
    let outside = contact(&request("cparam01"));
    assert!(outside.params.contains("unknownparam") && sip(&outside.uri).params().count() == 0);
    let inside = contact(&request("cparam02"));
    assert!(inside.params.is_empty() && sip(&inside.uri).param("unknownparam").is_some());
    let escaped = contact(&request("regescrt"));
    let headers: Vec<_> =
        sip(&escaped.uri).headers().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(headers, ["Route=<sip:sip.example.com>"]);
    let inferred = contact(&request("regbadct"));
    assert_eq!(inferred.uri.as_str(), "sip:user@example.com?Route=%3Csip:sip.example.com%3E");
}

#[test]
fn what_is_ignored_of_bad_request_uris() {
    for (name, expected) in [
        ("ltgtruri", "sip:user@example.com"),
        ("lwsruri", "sip:user@example.com;lr"),
        ("lwsstart", "sip:user@example.com"),
        ("trws", "sip:remote-target@example.com"),
    ] {
        assert_eq!(request(name).uri().unwrap().as_str(), expected);
    }
}

#[test]
fn rfc_2543_syntax() {
    let request = request("inv2543");
    assert_eq!((get::<Via>(&request).branch(), from(&request).tag()), (None, None));
    assert_eq!((get::<CSeq>(&request).number, request.body().len()), (56, 105));
    assert!(!request.headers().contains(&HeaderName::ContentLength));
    let Message::Request(badbranch) = message("rfc4475/badbranch.dat") else { panic!("a request") };
    assert!(!get::<Via>(&badbranch).is_rfc3261_branch());
}

#[test]
fn ipv6_references() {
    let good = ipv6("ipv6-good");
    assert_eq!(sip(&good.uri().unwrap()).host(), &"[2001:db8::10]".parse::<Host>().unwrap());
    assert_eq!(get::<Via>(&good).host, "[2001:db8::9:1]".parse().unwrap());
    let uri = sip(&ipv6("port-ambiguous").uri().unwrap());
    assert_eq!((uri.host(), uri.port()), (&"[2001:db8::10:5070]".parse::<Host>().unwrap(), None));
    let uri = sip(&ipv6("port-unambiguous").uri().unwrap());
    assert_eq!((uri.host(), uri.port()), (&"[2001:db8::10]".parse::<Host>().unwrap(), Some(5070)));
    for name in ["via-received-param-with-delim", "via-received-param-no-delim"] {
        let via = get::<Via>(&ipv6(name));
        let received = via.received().unwrap().trim_matches(['[', ']']);
        assert_eq!(
            received.parse::<std::net::Ipv6Addr>().unwrap(),
            "2001:db8::9:255".parse::<std::net::Ipv6Addr>().unwrap()
        );
    }
    assert!(ipv6("ipv6-bad").uri().is_err());
    let hosts: Vec<_> =
        all::<Via>(&ipv6("mult-ip-in-header")).iter().map(|via| via.host.to_string()).collect();
    assert_eq!(hosts, ["[2001:db8::9:1]", "192.0.2.1", "[2001:db8::9:255]"]);
    for name in ["ipv6-bug-abnf-3-colons", "ipv6-correct-abnf-2-colons"] {
        assert_eq!(sip(&ipv6(name).uri().unwrap()).host(), &"[2001:db8::192.0.2.1]".parse::<Host>().unwrap());
    }
    assert!(matches!(get::<Via>(&ipv6("ipv4-mapped-ipv6")).host, Host::V6(_)));
}
