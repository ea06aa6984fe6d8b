//! What RFC 3261 §8 asks of any user agent, client and server, whatever the method.

use crate::peer::{Peer, cseq, request, response};
use sip_dialog::{EndKind, SessionEvent};
use sip_message::{
    Accept, AcceptEncoding, Allow, Body, CSeq, CallId, Contact, From, Header, HeaderName, MaxForwards,
    Message, Method, NameAddr, Request, Response, Route, StatusCode, Supported, To, Unsupported, Via,
};
use sip_ua::core::{CallKey, Event, RequestFailure};
use sip_uri::{Scheme, Uri};

const BOB: &str = "sip:bob@example.test";

fn uri(text: &str) -> Uri {
    text.parse().unwrap()
}

fn invite_to(alice: &mut Peer, target: &str) -> (CallKey, Request) {
    let target = uri(target);
    let call = alice.act(|core, now| core.invite(&target, &Body::sdp("v=0\r\n"), now)).unwrap();
    (call, alice.sent_request())
}

fn options_to(alice: &mut Peer, target: &str) -> Request {
    let target = uri(target);
    alice.act(|core, now| core.options(&target, now));
    alice.sent_request()
}

/// One request of each kind that begins something.
fn initial_requests(alice: &mut Peer) -> Vec<Request> {
    let (_, invite) = invite_to(alice, BOB);
    let options = options_to(alice, BOB);
    alice.act(|core, now| core.message(&uri(BOB), Body::text("hi"), now));
    let message = alice.sent_request();
    alice.act(|core, now| core.register(now));
    vec![invite, options, message, alice.sent_request()]
}

fn receive(text: &str) -> Response {
    let mut alice = Peer::connected();
    alice.receive_text(text);
    alice.sent_response()
}

fn ok_with_contact(invite: &Request) -> Response {
    let mut ok = response(invite, StatusCode::OK);
    ok.headers_mut().push_text(&HeaderName::Contact, "<sip:bob@y.invalid;transport=ws>").unwrap();
    ok
}

/// A call of Bob.
fn incoming(alice: &mut Peer, extra: &str) -> CallKey {
    alice.receive_text(&request("INVITE", &format!("Content-Type: application/sdp\n{extra}"), "v=0\n"));
    match alice.events.pop() {
        Some(Event::IncomingCall { call, .. }) => call,
        other => panic!("{other:?}"),
    }
}

/// A request of Bob in the dialog that `response` of Alice made.
fn in_dialog(method: &str, number: u32, extra: &str, response: &Response) -> String {
    let To(to) = response.headers().required().unwrap();
    let to = format!("To: <sip:alice@example.test>;tag={}", to.tag().unwrap());
    request(method, extra, "")
        .replace("To: <sip:alice@example.test>", &to)
        .replace(&format!("CSeq: 1 {method}"), &format!("CSeq: {number} {method}"))
        .replace(&format!("bob{method}"), &format!("bob{method}{number}"))
}

/// A call of Bob that Alice has accepted, and her 200.
fn accepted(alice: &mut Peer) -> (CallKey, Response) {
    let call = incoming(alice, "");
    alice.act(|core, now| core.accept(call, Some(Body::sdp("v=0\r\n")), now)).unwrap();
    let ok = alice.sent_response();
    alice.receive_text(&in_dialog("ACK", 1, "", &ok));
    alice.events.clear();
    (call, ok)
}

// rfc3261#8.1.1/1, rfc3261#8.1.1.5/1-3, rfc3261#8.1.1.6/1-2, rfc3261#8.1.1.7/1-2, type=test
#[test]
fn every_request_has_the_six_fields_that_all_requests_need() {
    for request in initial_requests(&mut Peer::connected()) {
        let headers = request.headers();
        headers.required::<To>().unwrap();
        headers.required::<From>().unwrap();
        headers.required::<CallId>().unwrap();
        let CSeq { number, method } = headers.required().unwrap();
        assert_eq!(method, *request.method());
        assert!(number < 1 << 31);
        assert_eq!(headers.required(), Ok(MaxForwards(70)));
        let via: Via = headers.required().unwrap();
        assert_eq!((via.protocol.as_str(), via.transport.as_str()), ("SIP/2.0", "WS"));
    }
}

// rfc3261#8.1.1.1/1, rfc3261#8.1.1.2/1,3, rfc3261#8.1.1.3/2, type=test
#[test]
fn a_new_request_goes_to_the_uri_of_its_to_which_has_no_tag_and_bears_a_tag_of_its_own() {
    let mut alice = Peer::connected();
    let tag_of = |request: &Request| {
        let (From(from), To(to)) =
            (request.headers().required().unwrap(), request.headers().required().unwrap());
        assert_eq!((request.request_uri(), to.uri.as_str(), to.tag()), (BOB, BOB, None));
        from.tag().unwrap().to_owned()
    };
    let first = tag_of(&options_to(&mut alice, BOB));
    assert_ne!(first, tag_of(&options_to(&mut alice, BOB)));
}

/// The Request-URI and the Route fields.
fn way(request: &Request) -> String {
    let routes = request.headers().list::<Route>().map(|hop| hop.unwrap().0.uri.to_string());
    format!("{} via {}", request.request_uri(), routes.collect::<Vec<_>>().join(" "))
}

// rfc3261#8.1.1.1/2-3, type=test
#[test]
fn new_requests_go_by_way_of_the_outbound_proxy() {
    let mut alice = Peer::with(|config| config.route_set = vec![NameAddr::new(uri("sip:edge.test;lr"))]);
    let requests = initial_requests(&mut alice);
    let ways: Vec<String> = requests.iter().map(way).collect();
    assert_eq!(ways[..3], ["sip:bob@example.test via sip:edge.test;lr"; 3]);
    assert_eq!(ways[3], "sip:example.test via sip:edge.test;lr");

    let strict = |config: &mut sip_ua::core::Config| {
        config.route_set = ["sip:old.test", "sip:edge.test;lr"].map(|hop| NameAddr::new(uri(hop))).to_vec();
    };
    let options = options_to(&mut Peer::with(strict), BOB);
    assert_eq!(way(&options), "sip:old.test via sip:edge.test;lr sip:bob@example.test");

    let mut alice = Peer::with(|config| config.route_set = vec![NameAddr::new(uri("sips:edge.test;lr"))]);
    alice.act(|core, now| core.options(&uri(BOB), now));
    assert!(alice.take_sent().is_empty(), "the first hop wants TLS");
}

/// RFC 3608 §5.
#[test]
fn a_service_route_takes_the_place_of_the_configured_one_but_for_register() {
    let mut alice = Peer::with(|config| config.route_set = vec![NameAddr::new(uri("sip:edge.test;lr"))]);
    alice.act(|core, now| core.register(now));
    let register = alice.sent_request();
    let mut ok = response(&register, StatusCode::OK);
    let Contact::Addr(mut binding) = register.headers().required().unwrap() else { panic!("no binding") };
    binding.params.set("expires", Some("60"));
    ok.headers_mut().push(&Contact::Addr(binding));
    ok.headers_mut().push_text(&HeaderName::ServiceRoute, "<sip:s1.test;lr>, <sip:s2.test;lr>").unwrap();
    alice.receive(ok);
    let (_, invite) = invite_to(&mut alice, BOB);
    assert_eq!(way(&invite), "sip:bob@example.test via sip:s1.test;lr sip:s2.test;lr");
    alice.receive(ok_with_contact(&invite));
    assert_eq!(
        way(&alice.sent_request()),
        "sip:bob@y.invalid;transport=ws via ",
        "a dialog has its own route set"
    );
    alice.sleep(std::time::Duration::from_secs(59));
    assert_eq!(way(&alice.sent_request()), "sip:example.test via sip:edge.test;lr");
}

// rfc3261#8.1.1.4/3-4, type=test
#[test]
fn each_call_id_is_drawn_anew() {
    let call_ids = |seed: [u8; 32]| {
        let mut alice = Peer::with(|config| config.seed = seed);
        initial_requests(&mut alice).iter().map(|request| request.headers().required().unwrap()).collect()
    };
    let (one, other): (Vec<CallId>, Vec<CallId>) = (call_ids([1; 32]), call_ids([2; 32]));
    let all: Vec<&CallId> = one.iter().chain(&other).collect();
    for (index, call_id) in all.iter().enumerate() {
        assert!(call_id.0.len() >= 16 && !all[..index].contains(call_id), "{all:?}");
    }
}

// rfc3261#8.1.1.8/1-2, type=test
#[test]
fn an_invite_has_the_contact_that_is_registered() {
    let mut alice = Peer::connected();
    let contact = |request: &Request| {
        let contacts: Vec<Contact> = request.headers().list().collect::<Result<_, _>>().unwrap();
        assert_eq!(contacts.len(), 1);
        contacts[0].addr().unwrap().uri.to_string()
    };
    let requests = initial_requests(&mut alice);
    assert_eq!(contact(&requests[0]), contact(&requests[3]));
    assert!(contact(&requests[0]).starts_with("sip:alice-desk@"));
}

// rfc3261#8.1.1.2/2, rfc3261#8.1.1.8/3, rfc3261#8.1.2/3-4, rfc7118#9.2/1, type=test
#[test]
fn a_sips_target_wants_a_sips_contact_and_a_secure_connection() {
    const SECURE: &str = "sips:bob@example.test";
    let mut alice = Peer::over("WSS", |config| config.aor = "sips:alice@example.test".parse().unwrap());
    let (_, invite) = invite_to(&mut alice, SECURE);
    alice.act(|core, now| core.register(now));
    let register = alice.sent_request();
    for request in [&invite, &register] {
        let contact: Contact = request.headers().required().unwrap();
        assert_eq!(contact.addr().unwrap().uri.as_sip().unwrap().scheme(), Scheme::Sips);
    }
    alice.receive(ok_with_contact(&invite));
    assert_eq!(alice.sent_request().method(), &Method::Ack);

    let mut alice = Peer::connected();
    alice.act(|core, now| core.options(&uri(SECURE), now));
    alice.act(|core, now| core.invite(&uri(SECURE), &Body::sdp("v=0\r\n"), now)).unwrap();
    assert!(alice.take_sent().is_empty(), "nothing leaves in the clear");
    let [
        Event::Answered { outcome: Err(RequestFailure::Transport), .. },
        Event::Call { event: SessionEvent::Ended(cause), .. },
    ] = &alice.events[..]
    else {
        panic!("{:?}", alice.events)
    };
    assert_eq!(cause.kind, EndKind::TransportLost);
    assert!(alice.core.is_idle());
}

// rfc3261#8.1.1.9/1-2, type=test
#[test]
fn an_invite_names_the_extensions_that_its_server_may_use() {
    let (_, invite) = invite_to(&mut Peer::connected(), BOB);
    let tags: Vec<String> = invite.headers().list::<Supported>().flatten().map(|tag| tag.0).collect();
    // RFC 3262 and RFC 4028
    assert_eq!(tags, ["100rel", "timer", "replaces", "join"]);
    assert!(!invite.headers().contains(&HeaderName::Require));
}

// rfc3261#8.1.3.1/1, type=test
#[test]
fn no_response_is_as_good_as_a_408() {
    let mut alice = Peer::connected();
    invite_to(&mut alice, BOB);
    alice.sleep(std::time::Duration::from_secs(40));
    assert_eq!(ended_with(&alice), Some(StatusCode::REQUEST_TIMEOUT));
}

// rfc3261#8.1.3.1/2, type=test
#[test]
fn a_lost_connection_is_as_good_as_a_503() {
    let mut alice = Peer::with(|config| config.patience = std::time::Duration::ZERO);
    invite_to(&mut alice, BOB);
    alice.disconnect();
    alice.sleep(std::time::Duration::ZERO);
    assert_eq!(ended_with(&alice), Some(StatusCode::SERVICE_UNAVAILABLE));
}

fn ended_with(alice: &Peer) -> Option<StatusCode> {
    match alice.events.last() {
        Some(Event::Call { event: SessionEvent::Ended(cause), .. }) => cause.status,
        other => panic!("{other:?}"),
    }
}

// rfc3261#8.1.3.2/1-2, type=test
#[test]
fn an_unknown_final_response_counts_as_the_x00_of_its_class() {
    for class in [2, 3, 4, 5, 6] {
        for code in [class * 100, class * 100 + 98] {
            let mut alice = Peer::connected();
            let options = options_to(&mut alice, BOB);
            alice.receive(response(&options, StatusCode::new(code).unwrap()));
            let Some(Event::Answered { outcome, .. }) = alice.events.pop() else { panic!("{code}") };
            assert_eq!(outcome.is_ok(), class == 2, "{code}");

            let (_, invite) = invite_to(&mut alice, BOB);
            let mut answer = ok_with_contact(&invite);
            if class != 2 {
                answer.headers_mut().remove(&HeaderName::Contact);
            }
            answer = Response::new(StatusCode::new(code).unwrap()).with_fields_of(&answer);
            alice.receive(answer);
            assert_eq!(alice.sent_request().method(), &Method::Ack);
            let is_established =
                matches!(alice.events[..], [Event::Call { event: SessionEvent::Established { .. }, .. }]);
            assert_eq!(is_established, class == 2, "{code}");
        }
    }
}

/// So that a response can be given another status.
trait WithFieldsOf {
    fn with_fields_of(self, other: &Response) -> Self;
}

impl WithFieldsOf for Response {
    fn with_fields_of(mut self, other: &Response) -> Self {
        for field in other.headers().iter() {
            self.headers_mut().push_text(&field.name(), &field.text().unwrap()).unwrap();
        }
        self
    }
}

// rfc3261#8.1.3.2/3-4, type=test
#[test]
fn an_unknown_provisional_response_counts_as_183() {
    let mut alice = Peer::connected();
    let (_, invite) = invite_to(&mut alice, BOB);
    alice.receive(response(&invite, StatusCode::TRYING));
    assert!(alice.events.is_empty());
    for code in [183, 142] {
        let mut progress = response(&invite, StatusCode::new(code).unwrap());
        progress.set_body(&sip_message::ContentType::sdp(), "v=0\r\n".into());
        alice.receive(progress);
        let Some(Event::Call { event: SessionEvent::Progress { status, body: Some(_), .. }, .. }) =
            alice.events.pop()
        else {
            panic!("{code}")
        };
        assert_eq!(status.code(), code);
    }
}

// rfc3261#8.1.3.3/1, rfc3261#18.1.2/1, type=test
#[test]
fn a_response_for_somebody_else_is_dropped() {
    let mut alice = Peer::connected();
    let options = options_to(&mut alice, BOB);
    let ok = response(&options, StatusCode::OK);
    let (mut forwarded, mut foreign) = (ok.clone(), ok.clone());
    let top: Via = foreign.headers_mut().pop_front().unwrap().unwrap();
    forwarded.headers_mut().push_front(&top);
    foreign.headers_mut().push_front(&Via { host: "other.invalid".parse().unwrap(), ..top });
    alice.receive(forwarded);
    alice.receive(foreign);
    assert!(alice.events.is_empty());
    alice.receive(ok);
    assert!(matches!(alice.events[..], [Event::Answered { outcome: Ok(_), .. }]));
}

// rfc3261#18.1.1/7,9,15, rfc7118#5.3/4, type=test
#[test]
fn the_response_comes_on_the_connection_of_its_request_with_or_without_received() {
    let mut alice = Peer::connected();
    for received in [None, Some("192.0.2.1")] {
        let options = options_to(&mut alice, BOB);
        let mut ok = response(&options, StatusCode::OK);
        let mut via: Via = ok.headers_mut().pop_front().unwrap().unwrap();
        assert!(via.host.to_string().ends_with(".invalid"));
        if let Some(address) = received {
            via.params.set("received", Some(address));
        }
        ok.headers_mut().push_front(&via);
        alice.receive(ok);
        assert!(matches!(alice.events.pop(), Some(Event::Answered { outcome: Ok(_), .. })));
    }
}

// rfc3261#8.1.3.5/1,6, rfc3261#22.2/2,4, rfc3261#22.3/4, type=test
#[test]
fn a_challenged_request_is_sent_again_with_the_next_cseq_and_nothing_else_changed() {
    for status in [StatusCode::UNAUTHORIZED, StatusCode::PROXY_AUTHENTICATION_REQUIRED] {
        let mut alice = Peer::connected();
        let first = options_to(&mut alice, BOB);
        alice.receive(crate::peer::challenge(&first, status, "n1"));
        let second = alice.sent_request();
        assert_eq!(cseq(&second), cseq(&first) + 1);
        for name in [HeaderName::To, HeaderName::From, HeaderName::CallId] {
            assert_eq!(second.headers().raw(&name), first.headers().raw(&name));
        }
        assert_ne!(second.headers().raw(&HeaderName::Via), first.headers().raw(&HeaderName::Via));
    }
}

// rfc3261#8.2/2-3, rfc3261#8.2.1/1-4, type=test
#[test]
fn the_method_is_looked_at_first_and_a_refused_request_changes_nothing() {
    let mut alice = Peer::connected();
    let text = request("DANCE", "Require: magic\n", "").replace("sip:alice-desk@", "sip:carol@");
    alice.receive_text(&text);
    let refusal = alice.sent_response();
    assert_eq!(refusal.status(), StatusCode::METHOD_NOT_ALLOWED);
    let allowed: Vec<String> =
        refusal.headers().list::<Allow>().flatten().map(|Allow(it)| it.to_string()).collect();
    assert_eq!(allowed.join(" "), "OPTIONS INVITE ACK CANCEL BYE UPDATE INFO PRACK MESSAGE NOTIFY");

    let text = request("INVITE", "Require: magic\n", "");
    alice.receive_text(&text.replace("sip:alice-desk@", "sip:carol@"));
    assert_eq!(alice.sent_response().status(), StatusCode::NOT_FOUND, "the addressee before the extensions");
    alice.receive_text(&text.replace("bobINVITE", "bobAGAIN").replace("from-bob", "from-bob-again"));
    assert_eq!(alice.sent_response().status(), StatusCode::BAD_EXTENSION);
    alice.sleep(std::time::Duration::from_secs(40));
    assert!(alice.events.is_empty() && alice.core.is_idle());
}

// rfc3261#8.2/1, type=test
#[test]
fn an_accepted_bye_ends_the_call() {
    let mut alice = Peer::connected();
    let (_, ok) = accepted(&mut alice);
    alice.receive_text(&in_dialog("BYE", 2, "", &ok));
    assert_eq!(alice.sent_response().status(), StatusCode::OK);
    assert!(matches!(alice.events[..], [Event::Call { event: SessionEvent::Ended(_), .. }]));
}

// rfc3261#8.2.2/1-2, type=test
#[test]
fn unknown_header_fields_and_bad_ones_that_are_not_needed_are_ignored() {
    let extra = "X-Mood: ;;;\nDate: yesterday\nExpires: soon\nTimestamp: x\nSubject\t: \u{fffd}\n";
    let text = request("OPTIONS", extra, "").replace("Max-Forwards: 69", "Max-Forwards: many");
    assert_eq!(receive(&text).status(), StatusCode::OK);
}

// rfc3261#8.2.2.1/1, type=test
#[test]
fn the_address_in_to_may_be_anybody_s() {
    for address in ["<tel:+358-555-1234567>", "<sip:nobody@elsewhere.test>", "<urn:service:sos>"] {
        let text = request("OPTIONS", "", "").replace("<sip:alice@example.test>", address);
        assert_eq!(receive(&text).status(), StatusCode::OK, "{address}");
    }
}

// rfc3261#8.2.2.1/3-4, type=test
#[test]
fn the_request_uri_must_be_ours_and_of_a_scheme_we_know() {
    let answer = |uri: &str| {
        receive(&request("OPTIONS", "", "").replacen("sip:alice-desk@x.invalid;transport=ws", uri, 1))
            .status()
    };
    assert_eq!(answer("urn:service:sos"), StatusCode::UNSUPPORTED_URI_SCHEME);
    assert_eq!(answer("sip:carol@x.invalid"), StatusCode::NOT_FOUND);
    assert_eq!(answer("sip:alice@example.test"), StatusCode::OK);
}

// rfc3261#8.2.2.3/1-2, type=test
#[test]
fn an_unknown_extension_is_refused_inside_a_dialog_too() {
    let mut alice = Peer::connected();
    let (_, ok) = accepted(&mut alice);
    for (number, method) in [(2, "INVITE"), (3, "INFO"), (4, "MESSAGE")] {
        alice.receive_text(&in_dialog(method, number, "Require: timer, magic\n", &ok));
        let refusal = alice.sent_response();
        assert_eq!(refusal.status(), StatusCode::BAD_EXTENSION, "{method}");
        let unsupported: Vec<String> =
            refusal.headers().list::<Unsupported>().flatten().map(|Unsupported(tag)| tag).collect();
        assert_eq!(unsupported, ["magic"]);
    }
    assert!(alice.events.is_empty());
}

// rfc3261#8.2.2.3/4, type=test
#[test]
fn require_in_cancel_and_ack_is_ignored() {
    let mut alice = Peer::connected();
    incoming(&mut alice, "");
    let for_invite = |method: &str| {
        request(method, "Require: magic\nProxy-Require: magic\n", "")
            .replace(&format!("bob{method}"), "bobINVITE")
    };
    alice.receive_text(&for_invite("CANCEL"));
    let lines: Vec<String> = alice.take_sent().iter().map(Message::start_line).collect();
    assert_eq!(lines, ["SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"]);
    alice.receive_text(&for_invite("ACK"));
    assert!(alice.take_sent().is_empty() && alice.core.is_idle());
}

// rfc3261#8.2.2.3/5, type=test
#[test]
fn the_ack_of_a_2xx_requires_no_more_than_its_invite() {
    let mut alice = Peer::connected();
    let (_, invite) = invite_to(&mut alice, BOB);
    alice.receive(ok_with_contact(&invite));
    let ack = alice.sent_request();
    for name in [HeaderName::Require, HeaderName::ProxyRequire] {
        assert!(!invite.headers().contains(&name) && !ack.headers().contains(&name));
    }
}

// rfc3261#8.2.3/1-2, type=test
#[test]
fn content_of_a_type_that_is_not_understood_gets_415_with_what_is() {
    let status = |extra: &str| receive(&request("INVITE", extra, "hello\n")).status();
    let refusal = receive(&request("INVITE", "Content-Type: text/plain\n", "hello\n"));
    assert_eq!(refusal.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(refusal.headers().required(), Ok(Accept::new("application", "sdp")));
    assert_eq!(status("Content-Type: application/isup\nContent-Disposition: signal\n"), refusal.status());

    let mut alice = Peer::connected();
    let optional = "Content-Type: text/plain\nContent-Disposition: render;handling=optional\n";
    alice.receive_text(&request("INVITE", optional, "hello\n"));
    assert!(matches!(alice.events[..], [Event::IncomingCall { .. }]));
    let mut alice = Peer::connected();
    alice.receive_text(&request("MESSAGE", "Content-Type: text/html\n", "hello\n"));
    assert!(matches!(alice.events[..], [Event::Message { .. }]), "the application's business");
}

/// RFC 5621 §8: a part that may be passed over, and the session description behind it.
const PARTS: &str = "--b\nContent-Type: application/isup\nContent-Disposition: signal;handling=optional\n\nx\n\
    --b\nContent-Type: application/sdp\n\nv=0\nm=audio 9 RTP/AVP 0\n\n--b--\n";

// rfc3261#8.2.3/1, type=test
#[test]
fn of_several_parts_the_session_description_is_taken() {
    const MULTIPART: &str = "multipart/mixed;boundary=b";
    let parts = PARTS.replace('\n', "\r\n");
    let mut alice = Peer::connected();
    let text = request("INVITE", &format!("Content-Type: {MULTIPART}\n"), PARTS);
    let length = |length: usize| format!("Content-Length: {length}");
    alice.receive_text(&text.replace(&length(PARTS.len()), &length(parts.len())));
    assert!(matches!(alice.events.pop(), Some(Event::IncomingCall { .. })));

    let (_, invite) = invite_to(&mut alice, BOB);
    let mut ok = ok_with_contact(&invite);
    let content_type = sip_message::ContentType::decode(MULTIPART).unwrap();
    ok.set_body(&content_type, parts.into());
    alice.receive(ok);
    let Some(Event::Call { event: SessionEvent::Established { body: Some(body) }, .. }) = alice.events.pop()
    else {
        panic!("{:?}", alice.events)
    };
    assert_eq!(body, Body::sdp("v=0\r\nm=audio 9 RTP/AVP 0\r\n"));
}

// rfc3261#8.2.3/1,3, type=test
#[test]
fn a_content_coding_gets_415_with_none() {
    for (method, content_type) in [("INVITE", "application/sdp"), ("MESSAGE", "text/plain")] {
        let extra = format!("Content-Type: {content_type}\nContent-Encoding: gzip\n");
        let refusal = receive(&request(method, &extra, "?\n"));
        assert_eq!(refusal.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(refusal.headers().required::<AcceptEncoding>().unwrap().encoded(), "identity");
        assert!(!refusal.headers().contains(&HeaderName::Accept));
    }
}

// rfc3261#8.2.4/1-2,5-6, type=test
#[test]
fn an_extension_is_applied_only_for_a_caller_that_supports_it() {
    for (extra, is_reliable) in [("", false), ("Supported: 100rel\n", true)] {
        let mut alice = Peer::with(|config| config.reliable = sip_dialog::ReliableProvisional::WhenSupported);
        let call = incoming(&mut alice, extra);
        alice.act(|core, now| core.ring(call, now)).unwrap();
        let ringing = alice.sent_response();
        assert_eq!(ringing.headers().contains(&HeaderName::Require), is_reliable);
        assert_eq!(ringing.headers().contains(&HeaderName::RSeq), is_reliable);
    }
}

// rfc3261#8.2.6.1/1-2, type=test
#[test]
fn a_non_invite_request_gets_its_final_response_at_once() {
    assert_eq!(receive(&request("OPTIONS", "", "")).status(), StatusCode::OK);
    let mut alice = Peer::connected();
    let (_, ok) = accepted(&mut alice);
    for (number, method) in [(2, "OPTIONS"), (3, "MESSAGE"), (4, "INFO"), (5, "BYE")] {
        alice.receive_text(&in_dialog(method, number, "", &ok));
        assert!(alice.sent_response().status().is_final(), "{method}");
    }
}

// rfc3261#8.2.6.2/1-6, type=test
#[test]
fn a_response_repeats_via_from_call_id_cseq_and_the_to_that_has_a_tag() {
    let text = request("BYE", "", "").replace(";branch", ";branch=z9hG4bKbobBYE, SIP/2.0/UDP u.test;branch");
    let text =
        text.replace("To: <sip:alice@example.test>", "To: \"Alice\"  <sip:alice@example.test>;tag=gone");
    let Message::Request(bye) = Message::parse(text.replace('\n', "\r\n").into()).unwrap() else { panic!() };
    let answer = receive(&text);
    for name in [HeaderName::Via, HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::CSeq] {
        assert_eq!(answer.headers().raw(&name), bye.headers().raw(&name), "{name:?}");
    }
}

// rfc3261#8.2.6.2/7-9, type=test
#[test]
fn all_responses_to_an_invite_have_the_same_tag() {
    let mut alice = Peer::connected();
    let call = incoming(&mut alice, "");
    alice.act(|core, now| core.ring(call, now)).unwrap();
    alice.act(|core, now| core.accept(call, Some(Body::sdp("v=0\r\n")), now)).unwrap();
    let tags: Vec<String> = alice
        .take_sent()
        .iter()
        .map(|message| {
            let To(to) = message.headers().required().unwrap();
            assert_eq!(to.uri.as_str(), "sip:alice@example.test");
            to.tag().unwrap().to_owned()
        })
        .collect();
    assert!(tags.len() == 2 && tags[0] == tags[1], "{tags:?}");
}

// rfc3261#9.2/2-3, rfc3261#22.1/9, type=test
#[test]
fn a_cancelled_invite_gets_487_with_the_tag_of_the_200_to_the_cancel() {
    let mut alice = Peer::connected();
    incoming(&mut alice, "");
    alice.receive_text(&request("CANCEL", "", "").replace("bobCANCEL", "bobINVITE"));
    let sent = alice.take_sent();
    let lines: Vec<String> = sent.iter().map(Message::start_line).collect();
    assert_eq!(lines, ["SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"]);
    let [one, other] = [&sent[0], &sent[1]].map(|message| message.headers().required::<To>().unwrap());
    assert_eq!(one, other);
}
