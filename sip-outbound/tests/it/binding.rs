//! Which binding of a 2xx is ours: AC-12, AC-13, RFC 3261 §10.2.4.

use super::{OWN, World, config};
use sip_message::{NameAddr, StatusCode};
use sip_outbound::{BindingMatch, RegistrationEvent};

/// How the binding was recognised, for how many seconds it was granted, and how many there are.
fn granted(fields: &[(&str, &str)]) -> (BindingMatch, u64, usize) {
    let mut config = config();
    config.contact = NameAddr::new(OWN.parse().unwrap());
    config.contact.params.set_quoted("+sip.instance", "<urn:uuid:1>");
    config.contact.params.set("reg-id", Some("1"));
    let mut world = World::new(config);
    let request = world.register();
    world.answer(&request, StatusCode::OK, fields);
    match world.event() {
        RegistrationEvent::Registered { expires, contacts, binding, .. } => {
            (binding, expires.as_secs(), contacts.len())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn ac12_the_equivalent_uri_comes_first() {
    let contacts = "<sip:other@x.invalid>;expires=7200, <sip:k3j@D8F3.invalid;transport=WS>;expires=60";
    assert_eq!(granted(&[("Contact", contacts)]), (BindingMatch::Uri, 60, 2));
}

// rfc5626#6, type=test
#[test]
fn ac12_of_several_flows_with_one_uri_the_own_one_counts() {
    let contacts = concat!(
        "<sip:k3j@D8F3.invalid;transport=WS>;+sip.instance=\"<urn:uuid:1>\";reg-id=2;expires=0,",
        "<sip:k3j@D8F3.invalid;transport=WS>;+sip.instance=\"<urn:uuid:1>\";reg-id=1;expires=60",
    );
    assert_eq!(granted(&[("Contact", contacts)]), (BindingMatch::Uri, 60, 2));
}

#[test]
fn ac12_then_instance_and_reg_id() {
    let contacts = concat!(
        "<sip:a@192.0.2.1>;+sip.instance=\"<urn:uuid:1>\";reg-id=2;expires=30,",
        "<sip:b@192.0.2.1>;+sip.instance=\"<urn:uuid:1>\";reg-id=1;expires=60,",
        "<sip:k3j@192.0.2.1>;expires=90",
    );
    assert_eq!(granted(&[("Contact", contacts)]), (BindingMatch::Instance, 60, 3));
}

#[test]
fn ac12_then_the_user_part() {
    let contacts = "<sip:other@x.invalid>;expires=7200, <sip:k3j@192.0.2.1:4711>;expires=60";
    assert_eq!(granted(&[("Contact", contacts)]), (BindingMatch::User, 60, 2));
}

#[test]
fn ac12_then_the_only_one() {
    assert_eq!(granted(&[("Contact", "<sip:x@192.0.2.1>;expires=60")]), (BindingMatch::Only, 60, 1));
}

#[test]
fn ac12_else_the_expires_of_the_response() {
    let strangers = ("Contact", "<sip:a@192.0.2.1>;expires=60, <sip:b@192.0.2.1>;expires=50");
    assert_eq!(granted(&[strangers, ("Expires", "120")]), (BindingMatch::Assumed, 120, 2));
    assert_eq!(granted(&[("Expires", "120")]), (BindingMatch::Assumed, 120, 0));
    assert_eq!(granted(&[]), (BindingMatch::Assumed, 600, 0));
}

/// AC-13: contact parameter before header field before what was asked for; the least of several that are ours.
#[test]
fn ac13_the_parameter_comes_before_the_header_field() {
    let own = format!("<{OWN}>");
    let header = ("Expires", "120");
    assert_eq!(granted(&[("Contact", &own), header]).1, 120);
    assert_eq!(granted(&[("Contact", &format!("{own};expires=60")), header]).1, 60);
    assert_eq!(granted(&[("Contact", &own)]).1, 600);
    let twice = format!("{own};expires=90, {own};expires=60");
    assert_eq!(granted(&[("Contact", &twice)]).1, 60);
}

// rfc3261#10.2/10, type=test: a malformed value counts as an hour
#[test]
fn a_malformed_expires_is_an_hour() {
    assert_eq!(granted(&[("Contact", &format!("<{OWN}>;expires=soon"))]).1, 3600);
}

/// One bad Contact of somebody else spoils itself only.
#[test]
fn a_malformed_contact_is_skipped() {
    let contacts = format!("<sip:;;@@>;expires=1, <{OWN}>;expires=60");
    let (binding, seconds, _) = granted(&[("Contact", &contacts)]);
    assert_eq!((binding, seconds), (BindingMatch::Uri, 60));
}
