//! RFC 3261 §10.3, rule by rule.

use crate::support::{Core, authorized, config, register, seconds, to, values};
use sip_message::{Message, Request};
use sip_testbed::{FlowProfile, RegistrationLimits};
use sip_transaction::FlowId;

const CONTACT: &str = "Contact: <sip:a@a.invalid;transport=ws>";

/// The Contact values of the answer to `request`, which must be a 200.
fn contacts(core: &mut Core, request: Request) -> String {
    let response = core.ask(request);
    assert_eq!(response.status().code(), 200, "{response:?}");
    values(&response.into(), "Contact")
}

fn bindings_of_alice(core: &mut Core, cseq: u32) -> String {
    contacts(core, register("alice", cseq, ""))
}

#[test]
fn an_open_registrar_binds_without_asking() {
    let mut core = Core::new(config());
    assert_eq!(
        contacts(&mut core, register("alice", 1, CONTACT)),
        "<sip:a@a.invalid;transport=ws>;expires=3600"
    );
    assert_eq!(bindings_of_alice(&mut core, 2), "<sip:a@a.invalid;transport=ws>;expires=3600");
}

// rfc3261#22.2/1, type=test
#[test]
fn a_user_is_challenged_and_bound_with_the_right_password() {
    let mut core = Core::new(config().with_user("alice", "secret"));
    let first = register("alice", 1, CONTACT);
    let challenge = core.ask(first.clone());
    assert_eq!(challenge.status().code(), 401);
    let message = Message::Response(challenge.clone());
    assert!(values(&message, "WWW-Authenticate").contains("realm=\"example.test\""));
    assert!(values(&message, "To").contains(";tag="));
    assert_eq!(core.status(authorized(&first, &challenge, "alice", "secret")), 200);
}

#[test]
fn a_wrong_password_is_challenged_again() {
    let mut core = Core::new(config().with_user("alice", "secret"));
    let first = register("alice", 1, CONTACT);
    let challenge = core.ask(first.clone());
    assert_eq!(core.status(authorized(&first, &challenge, "alice", "wrong")), 401);
    assert_eq!(core.status(authorized(&first, &challenge, "mallory", "secret")), 401);
}

// rfc3261#22/1, type=test
#[test]
fn nobody_registers_for_somebody_else() {
    let mut core = Core::new(config().with_user("alice", "secret").with_user("bob", "hush"));
    let first = register("bob", 1, CONTACT);
    let challenge = core.ask(first.clone());
    assert_eq!(core.status(authorized(&first, &challenge, "alice", "secret")), 403);
}

#[test]
fn only_users_of_its_domain_are_registered() {
    let mut core = Core::new(config());
    let mut foreign = register("alice", 1, CONTACT);
    foreign.headers_mut().set(&to("<sip:alice@elsewhere.test>"));
    assert_eq!(core.status(foreign), 404);
}

#[test]
fn expires_of_the_contact_wins_over_the_field_over_the_default() {
    let mut core = Core::new(config());
    let lines = "Contact: <sip:a@a.invalid>;expires=60, <sip:b@b.invalid>\nExpires: 120";
    assert_eq!(
        contacts(&mut core, register("alice", 1, lines)),
        "<sip:a@a.invalid>;expires=60\n<sip:b@b.invalid>;expires=120"
    );
}

#[test]
fn a_long_expiration_is_cut() {
    let mut core = Core::new(config());
    let lines = "Contact: <sip:a@a.invalid>;expires=86400";
    assert_eq!(contacts(&mut core, register("alice", 1, lines)), "<sip:a@a.invalid>;expires=3600");
}

#[test]
fn a_brief_expiration_gets_423_with_the_least_one() {
    let mut core = Core::new(config());
    let response = core.ask(register("alice", 1, "Contact: <sip:a@a.invalid>;expires=5"));
    assert_eq!(response.status().code(), 423);
    assert_eq!(values(&response.into(), "Min-Expires"), "10");
}

#[test]
fn a_refused_request_binds_nothing() {
    let mut core = Core::new(config());
    let lines = "Contact: <sip:a@a.invalid>, <sip:b@b.invalid>;expires=5";
    assert_eq!(core.status(register("alice", 1, lines)), 423);
    assert_eq!(bindings_of_alice(&mut core, 2), "");
}

#[test]
fn expires_zero_removes_one_binding() {
    let mut core = Core::new(config());
    core.ask(register("alice", 1, "Contact: <sip:a@a.invalid>, <sip:b@b.invalid>"));
    let left = contacts(&mut core, register("alice", 2, "Contact: <sip:a@a.invalid>;expires=0"));
    assert_eq!(left, "<sip:b@b.invalid>;expires=3600");
}

#[test]
fn a_star_removes_all_bindings() {
    let mut core = Core::new(config());
    core.ask(register("alice", 1, "Contact: <sip:a@a.invalid>, <sip:b@b.invalid>"));
    assert_eq!(contacts(&mut core, register("alice", 2, "Contact: *\nExpires: 0")), "");
    assert_eq!(bindings_of_alice(&mut core, 3), "");
}

#[test]
fn a_star_stands_alone_and_with_expires_zero() {
    let mut core = Core::new(config());
    core.ask(register("alice", 1, CONTACT));
    let wrong = ["Contact: *", "Contact: *\nExpires: 60", "Contact: *, <sip:b@b.invalid>\nExpires: 0"];
    for (cseq, lines) in (2..).zip(wrong) {
        assert_eq!(core.status(register("alice", cseq, lines)), 400, "{lines}");
    }
    assert!(bindings_of_alice(&mut core, 9).starts_with("<sip:a@a.invalid;transport=ws>"));
}

#[test]
fn an_older_request_of_the_same_user_agent_fails() {
    let mut core = Core::new(config());
    core.ask(register("alice", 5, CONTACT));
    assert_eq!(core.status(register("alice", 4, "Contact: <sip:a@a.invalid;transport=ws>;expires=0")), 500);
    assert_eq!(core.status(register("alice", 3, "Contact: *\nExpires: 0")), 500);
    assert_eq!(bindings_of_alice(&mut core, 6), "<sip:a@a.invalid;transport=ws>;expires=3600");
}

#[test]
fn another_call_id_may_use_any_number() {
    let mut core = Core::new(config());
    core.ask(register("alice", 5, CONTACT));
    let mut restarted = register("alice", 1, "Contact: <sip:a@a.invalid;transport=ws>;expires=60");
    restarted.headers_mut().set(&sip_message::CallId("another".to_owned()));
    assert_eq!(contacts(&mut core, restarted), "<sip:a@a.invalid;transport=ws>;expires=60");
}

#[test]
fn a_binding_expires() {
    let mut core = Core::new(config());
    core.ask(register("alice", 1, "Contact: <sip:a@a.invalid>;expires=60"));
    core.now = seconds(40);
    assert_eq!(bindings_of_alice(&mut core, 2), "<sip:a@a.invalid>;expires=20");
    core.now = seconds(61);
    core.proxy.handle_timeout(core.now);
    assert_eq!(bindings_of_alice(&mut core, 3), "");
    core.proxy.handle_timeout(seconds(200));
    assert_eq!(core.proxy.next_timeout(), None);
}

// AC-41
#[test]
fn ac41_a_binding_goes_with_its_connection() {
    let mut core = Core::new(config());
    core.proxy.handle_flow_opened(FlowId::new(2), FlowProfile::ws());
    core.send(2, register("alice", 1, CONTACT));
    core.proxy.handle_flow_closed(FlowId::new(2), core.now);
    assert_eq!(bindings_of_alice(&mut core, 2), "");
}

#[test]
fn a_required_extension_must_be_known() {
    let mut core = Core::new(config());
    let response = core.ask(register("alice", 1, "Require: outbound, teleport\nContact: <sip:a@a.invalid>"));
    assert_eq!(response.status().code(), 420);
    assert_eq!(values(&response.into(), "Unsupported"), "teleport");
}

#[test]
fn the_same_instance_and_reg_id_take_the_place_of_their_old_binding() {
    let mut core = Core::new(config());
    let lines = |host: &str| {
        format!(
            "Supported: outbound\nContact: <sip:a@{host}.invalid>;+sip.instance=\"<urn:uuid:1>\";reg-id=1"
        )
    };
    core.ask(register("alice", 1, &lines("one")));
    let mut again = register("alice", 1, &lines("two"));
    again.headers_mut().set(&sip_message::CallId("after-restart".to_owned()));
    core.now = seconds(40);
    let response = core.ask(again);
    assert_eq!(values(&response.clone().into(), "Require"), "outbound");
    assert_eq!(
        values(&response.into(), "Contact"),
        "<sip:a@two.invalid>;+sip.instance=\"<urn:uuid:1>\";reg-id=1;expires=3600"
    );
}

#[test]
fn the_number_of_bindings_is_limited() {
    let mut limits = RegistrationLimits::default();
    limits.bindings = 2;
    let mut core = Core::new(config().with_registration_limits(limits));
    core.ask(register("alice", 1, "Contact: <sip:a@a.invalid>, <sip:b@b.invalid>"));
    assert_eq!(core.status(register("alice", 2, "Contact: <sip:c@c.invalid>")), 403);
}
