//! Bindings of all user agents: RFC 3261 §10.2.2, §10.2.3.

use super::{OWN, World, config, cseq, response};
use sip_clock::TokenSource;
use sip_message::{CallId, Expires, From, HeaderName, Method, NameAddr, Request, StatusCode, To};
use sip_outbound::{BindingsRequest, Input, RegisteredContact, RegistrationEvent, RegistrationState};
use std::time::Duration;

const DESK: &str = "sip:bob@192.0.2.7";

fn request(request: &BindingsRequest) -> Request {
    request.to_request(&config(), &mut TokenSource::from_seed(3))
}

fn contacts(request: &Request) -> Vec<String> {
    let fields = request.headers().iter().filter(|field| field.name() == HeaderName::Contact);
    fields.map(|field| field.text().unwrap().to_string()).collect()
}

fn address(text: &str) -> NameAddr {
    NameAddr::new(text.parse().unwrap())
}

#[test]
fn a_fetch_has_no_contact_and_a_call_id_of_its_own() {
    let fetch = request(&BindingsRequest::Fetch);
    assert_eq!((fetch.method(), fetch.request_uri()), (&Method::Register, "sip:biloxi.com"));
    assert!(contacts(&fetch).is_empty() && !fetch.headers().contains(&HeaderName::Expires));
    let own = World::new(config()).register();
    let value = |request: &Request| request.headers().required::<CallId>().unwrap();
    assert_ne!(value(&fetch), value(&own), "its numbers are not those of the registration");
    assert_eq!(cseq(&fetch).number, 1);
    let From(from) = fetch.headers().required().unwrap();
    let To(to) = fetch.headers().required().unwrap();
    assert_eq!(
        (from.uri.to_string(), to.uri.to_string()),
        ("sip:bob@biloxi.com".into(), "sip:bob@biloxi.com".into())
    );
    assert!(from.tag().is_some() && to.tag().is_none());
}

// rfc3261#10.2.2/2, type=test
#[test]
fn the_star_stands_alone_and_with_expires_zero() {
    let all = request(&BindingsRequest::RemoveAll);
    assert_eq!(contacts(&all), ["*"]);
    assert_eq!(all.headers().required::<Expires>(), Ok(Expires(0)));
}

// rfc3261#10.2.2/1, type=test
#[test]
fn each_binding_that_is_to_go_is_named_with_zero_seconds() {
    let mut flow = address(OWN);
    flow.params.set_quoted("+sip.instance", "<urn:uuid:1>");
    flow.params.set("reg-id", Some("2"));
    flow.params.set("expires", Some("540"));
    let some = request(&BindingsRequest::Remove(vec![address(DESK), flow]));
    let expected =
        [format!("<{DESK}>;expires=0"), format!("<{OWN}>;+sip.instance=\"<urn:uuid:1>\";reg-id=2;expires=0")];
    assert_eq!(contacts(&some), expected);
    assert_eq!(some.headers().raw(&HeaderName::Supported), Some(&b"outbound"[..]));
}

#[test]
fn the_answer_tells_preference_lifetime_instance_and_flow_of_each() {
    let fetch = request(&BindingsRequest::Fetch);
    let list = format!(
        "<{OWN}>;+sip.instance=\"<urn:uuid:1>\";reg-id=2;q=0.7;expires=540, <sip:;;@@>;expires=1, <{DESK}>, *"
    );
    let found = RegisteredContact::list(&response(
        &fetch,
        StatusCode::OK,
        &[("Contact", list.as_str()), ("Expires", "120")],
    ));
    let told: Vec<_> = found
        .iter()
        .map(|it| {
            (
                it.contact.uri.to_string(),
                it.q,
                it.expires.map(|it| it.as_secs()),
                it.instance.as_deref(),
                it.reg_id,
            )
        })
        .collect();
    let expected = [
        (OWN.to_owned(), Some(0.7), Some(540), Some("urn:uuid:1"), Some(2)),
        (DESK.to_owned(), None, Some(120), None, None),
    ];
    assert_eq!(told, expected, "what cannot be read is left out");
    let none = RegisteredContact::list(&response(&fetch, StatusCode::OK, &[]));
    assert!(none.is_empty());
}

#[test]
fn a_flow_is_removed_by_its_number_and_anything_else_by_its_uri() {
    let numbered = |uri: &str, reg_id: &str| {
        let mut contact = address(uri);
        contact.params.set_quoted("+sip.instance", "<urn:uuid:1>");
        contact.params.set("reg-id", Some(reg_id));
        contact
    };
    let first = BindingsRequest::Remove(vec![numbered(OWN, "1")]);
    assert!(first.removes(&numbered("sip:else@x.invalid", "1")) && !first.removes(&numbered(OWN, "2")));
    let plain = BindingsRequest::Remove(vec![address("sip:k3j@D8F3.invalid;transport=WS")]);
    assert!(plain.removes(&address(OWN)) && !plain.removes(&address(DESK)));
    assert!(
        BindingsRequest::RemoveAll.removes(&address(DESK)) && !BindingsRequest::Fetch.removes(&address(OWN))
    );
}

#[test]
fn a_registration_that_is_abandoned_sends_nothing_and_ends() {
    for state in 0..4 {
        let mut world = World::new(config());
        let request = world.register();
        match state {
            0 => {}
            1 => world.answer(&request, StatusCode::SERVICE_UNAVAILABLE, &[]),
            2 => world.handle(Input::FlowLost),
            _ => world.accept(&request, 600),
        }
        while world.output().is_some() {}
        world.registration.abandon();
        assert!(matches!(world.event(), RegistrationEvent::Unregistered), "{state}");
        world.assert_quiet();
        assert_eq!(world.registration.state(), RegistrationState::Idle);
        assert_eq!((world.registration.next_timeout(), world.registration.is_registered()), (None, false));
        world.answer(&request, StatusCode::OK, &[]);
        world.handle(Input::FlowRestored);
        world.assert_quiet();
        world.now += Duration::from_secs(3600);
        world.register();
    }
    let mut idle = World::new(config());
    idle.registration.abandon();
    idle.assert_quiet();
}
