//! The REGISTER itself: RFC 3261 §10.2.

use super::{OWN, World, config, cseq, expires};
use sip_message::{CallId, Contact, From, HeaderName, NameAddr, StatusCode, To};
use sip_outbound::{Input, RegistrationEvent, RegistrationState};

// rfc3261#10.2/3,5, rfc3261#10.2.6/1, type=test
#[test]
fn a_register_has_the_fields_of_section_10_2() {
    let mut world = World::new(config());
    let request = world.register();
    insta::assert_snapshot!("register", String::from_utf8(request.to_bytes().to_vec()).unwrap());
    assert_eq!(world.registration.state(), RegistrationState::Registering);
    assert!(!world.registration.is_registered());
}

// rfc3261#10.2/4, type=test
#[test]
fn the_request_uri_has_no_user_but_all_else() {
    let registrar = "sips:bob@registrar.biloxi.com:5061;transport=ws;maddr=192.0.2.1".parse().unwrap();
    let mut world = World::new(config().with_registrar(registrar));
    let uri = "sips:registrar.biloxi.com:5061;transport=ws;maddr=192.0.2.1";
    assert_eq!(world.register().request_uri(), uri);
}

#[test]
fn contact_parameters_go_along() {
    let mut config = config();
    config.contact = NameAddr::new(OWN.parse().unwrap());
    config.contact.params.set("reg-id", Some("1"));
    config.contact.params.set_quoted("+sip.instance", "<urn:uuid:0>");
    let request = World::new(config).register();
    let raw = request.headers().raw(&HeaderName::Contact).unwrap();
    let text = String::from_utf8_lossy(raw);
    assert!(text.contains(";reg-id=1;+sip.instance=\"<urn:uuid:0>\";expires=600"), "{text}");
}

// rfc3261#8.1.1.4/2, rfc3261#10.2/6-7, rfc3261#10.2.4/2-3, type=test
#[test]
fn call_id_and_tag_stay_and_cseq_goes_up_by_one() {
    let mut world = World::new(config());
    let first = world.register();
    world.accept(&first, 600);
    world.event();
    world.elapse();
    let second = world.request();
    world.handle(Input::FlowLost);
    world.now += super::secs(60);
    world.handle(Input::FlowRestored);
    let third = world.request();
    assert_eq!([&first, &second, &third].map(|request| cseq(request).number), [1, 2, 3]);
    for request in [second, third] {
        let headers = request.headers();
        assert_eq!(request.request_uri(), first.request_uri());
        assert_eq!(headers.required::<CallId>().unwrap(), first.headers().required::<CallId>().unwrap());
        assert_eq!(headers.required::<From>().unwrap(), first.headers().required::<From>().unwrap());
        assert_eq!(headers.required::<To>().unwrap().0.tag(), None);
    }
}

#[test]
fn a_challenged_request_is_sent_again_with_the_next_cseq() {
    let mut world = World::new(config());
    let first = world.register();
    world.handle(Input::Challenged { cseq: cseq(&first) });
    let second = world.request();
    assert_eq!((cseq(&second).number, expires(&second)), (2, 600));
    // the challenge of an older request changes nothing
    world.handle(Input::Challenged { cseq: cseq(&first) });
    world.assert_quiet();
    world.accept(&second, 600);
    assert!(matches!(world.event(), RegistrationEvent::Registered { is_refresh: false, .. }));
}

#[test]
fn provisional_and_late_responses_change_nothing() {
    let mut world = World::new(config());
    let first = world.register();
    world.answer(&first, StatusCode::TRYING, &[]);
    world.handle(Input::Challenged { cseq: cseq(&first) });
    let second = world.request();
    world.accept(&first, 600);
    world.assert_quiet();
    assert_eq!(world.registration.state(), RegistrationState::Registering);
    world.accept(&second, 600);
    assert!(world.registration.is_registered());
}

// rfc3261#10.2.2/1-2, type=test
#[test]
fn unregister_asks_for_zero_seconds() {
    let mut world = World::registered(600);
    world.registration.unregister(world.now);
    let request = world.request();
    assert_eq!(expires(&request), 0);
    let raw = request.headers().raw(&HeaderName::Contact).unwrap();
    assert_eq!(String::from_utf8_lossy(raw), format!("<{OWN}>;expires=0"), "it is named, not `*`");
    assert!(!world.registration.is_registered());
    world.handle(Input::Challenged { cseq: cseq(&request) });
    let again = world.request();
    assert_eq!((expires(&again), cseq(&again).number), (0, 3));
    world.answer(&again, StatusCode::OK, &[]);
    assert!(matches!(world.event(), RegistrationEvent::Unregistered));
    assert_eq!(world.registration.state(), RegistrationState::Idle);
    assert_eq!(world.registration.next_timeout(), None);
}

#[test]
fn service_route_is_kept_until_the_next_answer() {
    let mut world = World::new(config());
    let request = world.register();
    let route = ("Service-Route", "<sip:p2.home1.net;lr>, <sip:hsp.home1.net;lr>");
    world.answer(&request, StatusCode::OK, &[route]);
    world.event();
    assert_eq!(world.registration.service_route().len(), 2);
    world.elapse();
    let request = world.request();
    world.accept(&request, 600);
    assert!(world.registration.service_route().is_empty());
}

// rfc3261#10.2/9, type=test
#[test]
fn the_action_of_rfc_2543_is_not_sent() {
    let mut config = config();
    config.contact.params.set("action", Some("proxy"));
    let request = World::new(config).register();
    let raw = request.headers().raw(&HeaderName::Contact).unwrap();
    assert_eq!(String::from_utf8_lossy(raw), format!("<{OWN}>;expires=600"));
}

// rfc3261#10.2/1-2, type=test
#[test]
fn a_record_route_in_the_response_makes_no_route_set() {
    let mut world = World::new(config());
    let request = world.register();
    let contact = format!("<{OWN}>;expires=600");
    let record_route = ("Record-Route", "<sip:p1.biloxi.com;lr>");
    world.answer(&request, StatusCode::OK, &[("Contact", &contact), record_route]);
    world.event();
    assert!(world.registration.service_route().is_empty());
    world.elapse();
    let refresh = world.request();
    assert!(!refresh.headers().contains(&HeaderName::Route));
    assert_eq!(refresh.request_uri(), request.request_uri());
}

// rfc3261#10.2.4/1, type=test
#[test]
fn ac13_bindings_of_other_user_agents_are_not_refreshed() {
    let mut world = World::new(config());
    let request = world.register();
    let contacts = format!("<sip:desk@192.0.2.7>;expires=60, <{OWN}>;expires=600");
    world.answer(&request, StatusCode::OK, &[("Contact", &contacts)]);
    world.event();
    assert_eq!(world.elapse(), super::secs(540), "the time of our own binding");
    let refresh = world.request();
    assert_eq!(refresh.headers().list::<Contact>().count(), 1);
    let raw = refresh.headers().raw(&HeaderName::Contact).unwrap();
    assert_eq!(String::from_utf8_lossy(raw), format!("<{OWN}>;expires=600"));
}
