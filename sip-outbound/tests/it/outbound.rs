//! One flow of RFC 5626, and what the 2xx says of GRUU (RFC 5627), Service-Route (RFC 3608) and keep-alives.

use super::{World, config, secs};
use sip_message::{Contact, HeaderName, Request, StatusCode, Supported};
use sip_outbound::{BindingMatch, InstanceId, RegistrationConfig, RegistrationEvent, RegistrationFailure};

/// RFC 5626 §9.
const INSTANCE: &str = "urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF";

fn instance() -> InstanceId {
    INSTANCE.parse().unwrap()
}

fn outbound() -> RegistrationConfig {
    config().with_outbound(&instance(), 1)
}

fn contact(request: &Request) -> String {
    let raw = request.headers().raw(&HeaderName::Contact).unwrap();
    String::from_utf8_lossy(raw).into_owned()
}

fn supported(request: &Request) -> Vec<String> {
    request.headers().list::<Supported>().map(|tag| tag.unwrap().0).collect()
}

// rfc5626#4.2.1, rfc5627#4.1, rfc3327#5.1
#[test]
fn the_contact_names_the_instance_and_the_flow() {
    let mut world = World::new(outbound());
    let request = world.register();
    let expected =
        format!("<sip:k3j@d8f3.invalid;transport=ws>;+sip.instance=\"<{INSTANCE}>\";reg-id=1;expires=600");
    assert_eq!(contact(&request), expected);
    assert_eq!(supported(&request), ["path", "outbound", "gruu"]);
    let plain = World::new(config()).register();
    assert_eq!(supported(&plain), ["path"]);
    let named = World::new(config().with_instance(&instance())).register();
    assert_eq!(supported(&named), ["path", "gruu"]);
}

#[test]
fn the_2xx_tells_of_outbound_gruu_and_keep_alives() {
    let mut world = World::new(outbound());
    let request = world.register();
    // the registrar rewrote the host, as some do
    let own = format!(
        "<sip:k3j@203.0.113.7:4711>;+sip.instance=\"<{INSTANCE}>\";reg-id=1;expires=300;\
         pub-gruu=\"sip:bob@biloxi.com;gr={INSTANCE}\";temp-gruu=\"sip:tgruu.7hs==jd7vnzga5w7fajsc7@biloxi.com;gr\""
    );
    let fields = [
        ("Contact", "<sip:other@elsewhere.example>;expires=60"),
        ("Contact", own.as_str()),
        ("Require", "outbound"),
        ("Flow-Timer", "120"),
        ("Service-Route", "<sip:edge.biloxi.com;lr>"),
    ];
    world.answer(&request, StatusCode::OK, &fields);
    let RegistrationEvent::Registered { expires, binding, .. } = world.event() else { panic!("registered") };
    assert_eq!((expires, binding), (secs(300), BindingMatch::Instance));
    assert!(world.registration.is_outbound());
    assert_eq!(world.registration.flow_timer(), Some(secs(120)));
    assert_eq!(world.registration.service_route().len(), 1);
    let gruu = world.registration.gruu();
    assert_eq!(gruu.public.as_ref().unwrap().to_string(), format!("sip:bob@biloxi.com;gr={INSTANCE}"));
    assert_eq!(gruu.temporary.as_ref().unwrap().user().unwrap(), "tgruu.7hs==jd7vnzga5w7fajsc7");
    // and a later 2xx without them takes them away
    world.elapse();
    let refresh = world.request();
    world.accept(&refresh, 300);
    assert!(!world.registration.is_outbound());
    assert_eq!(world.registration.gruu(), &sip_outbound::Gruu::default());
    assert_eq!(world.registration.flow_timer(), None);
}

// rfc5627#4.2, type=test
/// A temporary GRUU is refreshed in time for a REGISTER that gets no answer, or halfway.
#[test]
fn a_registration_with_a_temporary_gruu_is_refreshed_before_it_can_lapse() {
    for (granted, with_gruu, without) in [(600, 540, 540), (100, 68, 90), (60, 30, 54)] {
        for (gruu, expected) in [(";temp-gruu=\"sip:tgruu.7hs@biloxi.com;gr\"", with_gruu), ("", without)] {
            let mut world = World::new(outbound());
            let request = world.register();
            let own = format!(
                "<sip:k3j@203.0.113.7>;+sip.instance=\"<{INSTANCE}>\";reg-id=1;expires={granted}{gruu}"
            );
            world.answer(&request, StatusCode::OK, &[("Contact", &own), ("Require", "outbound")]);
            assert_eq!(world.elapse(), secs(expected), "{granted} {gruu}");
        }
    }
}

/// P17, rfc5626#4.2.1.
#[test]
fn p17_a_439_is_followed_by_a_plain_registration() {
    let mut world = World::new(outbound());
    let request = world.register();
    world.answer(&request, StatusCode::FIRST_HOP_LACKS_OUTBOUND_SUPPORT, &[]);
    let plain = world.request();
    assert!(!contact(&plain).contains("reg-id"), "{}", contact(&plain));
    assert!(contact(&plain).contains(INSTANCE));
    assert_eq!(supported(&plain), ["path", "gruu"]);
    world.accept(&plain, 600);
    assert!(matches!(world.event(), RegistrationEvent::Registered { .. }));
    // it stays plain
    world.elapse();
    assert!(!contact(&world.request()).contains("reg-id"));
}

#[test]
fn a_439_to_a_plain_registration_stops_it() {
    let mut world = World::new(config());
    let request = world.register();
    world.answer(&request, StatusCode::FIRST_HOP_LACKS_OUTBOUND_SUPPORT, &[]);
    assert_eq!(world.failure(), (RegistrationFailure::NoOutbound, None));
}

/// rfc5626#4.3, §11.5.
#[test]
fn a_430_is_tried_again_later() {
    let mut world = World::new(outbound());
    let request = world.register();
    world.answer(&request, StatusCode::FLOW_FAILED, &[]);
    let (cause, retry_in) = world.failure();
    assert_eq!(cause, RegistrationFailure::Unavailable { status: StatusCode::FLOW_FAILED });
    assert!(retry_in.is_some());
}

/// rfc5626#4.2.1: the same instance and reg-id after a restart, so that the registrar replaces the binding.
#[test]
fn ac11_a_restart_uses_the_same_key() {
    let key = |seed| {
        let request = World::seeded(outbound(), seed).register();
        let Contact::Addr(contact) = request.headers().required::<Contact>().unwrap() else {
            panic!("address")
        };
        let param = |name| contact.params.get(name).unwrap().to_owned();
        (param("+sip.instance"), param("reg-id"))
    };
    assert_eq!(key(1), key(2));
}
