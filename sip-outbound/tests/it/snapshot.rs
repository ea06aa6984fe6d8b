//! A registration that goes on in another process: AC-10, AC-11.

use super::{World, at, config, cseq};
use sip_clock::TokenSource;
use sip_message::CallId;
use sip_outbound::{
    Input, Registration, RegistrationEvent, RegistrationSnapshot, RegistrationState, RestoreError,
};

const RECORD: &str = "{\"version\":1,\"call_id\":\"call-1\",\"tag\":\"tag-1\",\"sequence\":7,\"requested\":900,\
                      \"wanted\":true}";

fn restored(text: &str) -> Result<Registration, RestoreError> {
    let snapshot: RegistrationSnapshot = serde_json::from_str(text).unwrap();
    Registration::restore(config(), &snapshot, &mut TokenSource::from_seed(2), at(5000))
}

#[test]
fn ac10_the_form_of_version_1_stays() {
    let registration = restored(RECORD).unwrap();
    assert_eq!(serde_json::to_string(&registration.snapshot()).unwrap(), RECORD);
}

#[test]
fn ac10_a_registration_goes_on_with_its_call_id_and_the_next_number() {
    let mut before = World::new(config());
    let request = before.register();
    before.accept(&request, 600);
    let text = serde_json::to_string(&before.registration.snapshot()).unwrap();
    let mut world = World { registration: restored(&text).unwrap(), now: at(5000) };
    assert_eq!(world.registration.state(), RegistrationState::NoFlow);
    world.assert_quiet();
    world.handle(Input::FlowRestored);
    let again = world.request();
    assert_eq!(again.headers().required::<CallId>(), request.headers().required::<CallId>());
    assert_eq!(cseq(&again).number, cseq(&request).number + 1);
    world.accept(&again, 600);
    assert!(matches!(world.event(), RegistrationEvent::Registered { .. }));
}

#[test]
fn ac10_what_was_given_up_stays_so() {
    let mut world =
        World { registration: restored(&RECORD.replace("true", "false")).unwrap(), now: at(5000) };
    world.handle(Input::FlowRestored);
    world.assert_quiet();
    assert_eq!(cseq(&world.register()).number, 8);
}

#[test]
fn ac10_other_versions_and_damage_are_told_apart() {
    let error = |text: &str| restored(text).unwrap_err();
    assert_eq!(error(&RECORD.replace("\"version\":1", "\"version\":9")), RestoreError::UnknownVersion(9));
    assert_eq!(error("{}"), RestoreError::UnknownVersion(0));
    assert_eq!(error("{\"version\":1}"), RestoreError::NoCallId);
}
