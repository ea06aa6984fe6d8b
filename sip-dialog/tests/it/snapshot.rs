//! Sessions that go on in another process, from records whose form stays: AC-10.

use crate::table::{ask, of_callee, respond};
use crate::world::{contact, invite};
use sip_clock::Instant;
use sip_dialog::{
    Dialog, DialogSnapshot, Input, InviteSession, Output, RestoreError, SessionEvent, SessionSettings,
    SessionSnapshot, SessionState, SnapshotError,
};
use sip_message::{Body, CSeq, Method, Request, SessionExpires, Supported};
use std::time::Duration;

const CALLER: &str = include_str!("../vectors/caller_v1.json");
const CALLEE: &str = include_str!("../vectors/callee_v1.json");
const DIALOG: &str = include_str!("../vectors/dialog_v1.json");

fn at(seconds: u64) -> Instant {
    Instant::ZERO + Duration::from_secs(seconds)
}

fn outputs(session: &mut InviteSession) -> Vec<Output> {
    std::iter::from_fn(|| session.poll_output()).collect()
}

fn requests(outputs: &[Output]) -> Vec<String> {
    let request = |output: &Output| match output {
        Output::Request(request) | Output::Ack(request) => Some(numbered(request)),
        _ => None,
    };
    outputs.iter().filter_map(request).collect()
}

fn numbered(request: &Request) -> String {
    let CSeq { number, method } = request.headers().required().unwrap();
    format!("{method} {number}")
}

/// A caller with a key press and a BYE that have no answer, and hold.
fn caller() -> InviteSession {
    let mut session =
        InviteSession::client(invite("alice", true), SessionSettings::default(), at(0)).unwrap();
    respond(&mut session, at(0), 200, "tag-bob", 1, Method::Invite, "v=0\r\n");
    session.hold().unwrap();
    respond(&mut session, at(0), 200, "tag-bob", 2, Method::Invite, "v=0\r\n");
    session.message(Body::text("hello")).unwrap();
    drop(outputs(&mut session));
    session
}

/// A callee whose session has a timer.
fn callee() -> InviteSession {
    let mut invite = invite("alice", true).with(&Supported("timer".to_owned()));
    invite.headers_mut().push(&SessionExpires::new(120_u32));
    let settings = SessionSettings::default();
    let mut session =
        InviteSession::server(&invite, "tag-bob".into(), contact("bob"), settings, at(0)).unwrap();
    session.accept(Some(Body::sdp("v=0\r\n")), at(0)).unwrap();
    ask(&mut session, at(0), Method::Ack);
    drop(outputs(&mut session));
    session
}

fn record(session: &InviteSession, now: Instant) -> String {
    serde_json::to_string_pretty(&session.snapshot(now).unwrap()).unwrap() + "\n"
}

fn restored(text: &str, age: Duration) -> Result<InviteSession, RestoreError> {
    let snapshot: SessionSnapshot = serde_json::from_str(text).unwrap();
    InviteSession::restore(&snapshot, SessionSettings::default(), age, at(0))
}

#[test]
fn ac10_the_form_of_version_1_stays() {
    assert_eq!(record(&caller(), at(10)), CALLER);
    assert_eq!(record(&callee(), at(10)), CALLEE);
    let dialog = caller().dialogs().next().unwrap().snapshot().unwrap();
    assert_eq!(serde_json::to_string_pretty(&dialog).unwrap() + "\n", DIALOG);
    for text in [CALLER, CALLEE] {
        assert_eq!(record(&restored(text, Duration::ZERO).unwrap(), at(0)), text);
    }
}

#[test]
fn ac10_a_session_goes_on_with_its_numbers_and_waits_for_a_flow() {
    let mut session = restored(CALLER, Duration::ZERO).unwrap();
    assert_eq!((session.state(), session.is_interrupted()), (SessionState::Established, true));
    assert!(session.held().local);
    assert!(outputs(&mut session).is_empty());
    session.handle(Input::FlowRestored { contact: contact("elsewhere") }, at(1));
    // The MESSAGE once more, an ACK that may have been lost, the proof.
    assert_eq!(requests(&outputs(&mut session)), ["MESSAGE 4", "ACK 2", "INVITE 5"]);
    respond(&mut session, at(1), 200, "tag-bob", 5, Method::Invite, "v=0\r\n");
    let events = outputs(&mut session);
    assert!(events.iter().any(|output| matches!(output, Output::Event(SessionEvent::Resumed))), "{events:?}");
    session.hang_up(at(2));
    assert_eq!(requests(&outputs(&mut session)), ["BYE 6"]);
}

#[test]
fn ac10_a_session_takes_requests_of_its_dialog() {
    let mut session = restored(CALLER, Duration::ZERO).unwrap();
    session.handle(Input::FlowRestored { contact: contact("elsewhere") }, at(1));
    drop(outputs(&mut session));
    session.handle(Input::Request(of_callee(Method::Bye)), at(2));
    let ended = outputs(&mut session);
    assert!(matches!(ended.as_slice(), [Output::Response { .. }, Output::Event(SessionEvent::Ended(_))]));
}

#[test]
fn ac10_a_bye_without_answer_goes_on() {
    let mut session = caller();
    session.hang_up(at(1));
    drop(outputs(&mut session));
    let mut session = restored(&record(&session, at(1)), Duration::ZERO).unwrap();
    assert!(session.has_ended() && session.is_leaving());
    session.handle(Input::FlowRestored { contact: contact("elsewhere") }, at(1));
    assert_eq!(requests(&outputs(&mut session)), ["MESSAGE 5", "BYE 6"]);
}

#[test]
fn ac10_a_question_of_this_end_alone_is_not_kept() {
    let mut session = restored(CALLER, Duration::ZERO).unwrap();
    session.handle(Input::FlowRestored { contact: contact("elsewhere") }, at(1));
    respond(&mut session, at(1), 200, "tag-bob", 5, Method::Invite, "v=0\r\n");
    drop(outputs(&mut session));
    session.handle(Input::Reachable, at(2));
    assert_eq!(requests(&outputs(&mut session)), ["OPTIONS 6"]);
    let mut session = restored(&record(&session, at(2)), Duration::ZERO).unwrap();
    session.handle(Input::FlowRestored { contact: contact("elsewhere") }, at(3));
    // nobody is told of it then, since nobody has asked
    assert_eq!(requests(&outputs(&mut session)), ["MESSAGE 7", "ACK 5", "INVITE 8"]);
}

#[test]
fn ac10_the_session_timer_counts_the_time_between() {
    // 120 s, of which 10 went by; whoever refreshes, without a flow nothing is gained by a BYE that comes early
    let left = |age| restored(CALLEE, Duration::from_secs(age)).unwrap().next_timeout().unwrap();
    assert_eq!(left(0), at(110));
    assert_eq!(left(60), at(50));
    assert_eq!(left(600), at(0));
    let mut session = restored(CALLEE, Duration::from_secs(600)).unwrap();
    session.handle(Input::Timeout, at(0));
    assert!(session.has_ended());
}

#[test]
fn ac10_a_dialog_alone_goes_on_with_the_next_number() {
    let snapshot: DialogSnapshot = serde_json::from_str(DIALOG).unwrap();
    let mut dialog = Dialog::restore(&snapshot).unwrap();
    assert_eq!(dialog.snapshot().as_ref(), Ok(&snapshot));
    assert_eq!(numbered(&dialog.request(Method::Bye)), "BYE 4");
}

#[test]
fn ac10_other_versions_and_damage_are_told_apart() {
    let other = CALLER.replace("\"version\": 1", "\"version\": 7");
    assert_eq!(restored(&other, Duration::ZERO).unwrap_err(), RestoreError::UnknownVersion(7));
    let strange = r#"{ "version": 2, "made": "of something else" }"#;
    assert_eq!(restored(strange, Duration::ZERO).unwrap_err(), RestoreError::UnknownVersion(2));
    let poor = r#"{ "version": 1 }"#;
    assert_eq!(restored(poor, Duration::ZERO).unwrap_err(), RestoreError::Malformed("session"));
    let damaged =
        CALLER.replace("\"sip:bob@ua.example.com\",\n    \"route_set\"", "\"::\",\n    \"route_set\"");
    assert_ne!(damaged, CALLER);
    assert_eq!(restored(&damaged, Duration::ZERO).unwrap_err(), RestoreError::Malformed("remote_target"));
}

// AC-10, AC-51: damaged on purpose or not, it never becomes a message that says something else
#[test]
fn ac10_what_messages_are_found_by_is_checked() {
    let damage = |field: &str, found: &str, other: &str| {
        let line = format!("\"{field}\": \"{found}\"");
        assert!(DIALOG.contains(&line), "{line}");
        let damaged = DIALOG.replace(&line, &format!("\"{field}\": \"{other}\""));
        let snapshot: DialogSnapshot = serde_json::from_str(&damaged).unwrap();
        Dialog::restore(&snapshot).unwrap_err()
    };
    for other in ["", "call 1", "call-1\\r\\nEvil: 1"] {
        assert_eq!(damage("call_id", "call-1", other), RestoreError::Malformed("call_id"), "{other}");
    }
    for other in ["", "tag-carol", "tag-bob\\r\\nEvil: 1"] {
        assert_eq!(damage("local_tag", "tag-alice", other), RestoreError::Malformed("local_tag"), "{other}");
        assert_eq!(damage("remote_tag", "tag-bob", other), RestoreError::Malformed("remote_tag"), "{other}");
    }
}

#[test]
fn ac10_only_what_is_confirmed_has_a_record() {
    let mut session =
        InviteSession::client(invite("alice", true), SessionSettings::default(), at(0)).unwrap();
    assert_eq!(session.snapshot(at(0)).unwrap_err(), SnapshotError::NotConfirmed);
    respond(&mut session, at(0), 180, "tag-bob", 1, Method::Invite, "");
    assert_eq!(session.snapshot(at(0)).unwrap_err(), SnapshotError::NotConfirmed);
    assert_eq!(session.dialogs().next().unwrap().snapshot().unwrap_err(), SnapshotError::NotConfirmed);
    respond(&mut session, at(0), 486, "tag-bob", 1, Method::Invite, "");
    assert_eq!(session.snapshot(at(0)).unwrap_err(), SnapshotError::NotConfirmed);
}

#[test]
fn ac71_who_the_peer_is_outlives_the_process() {
    let named = |session: &InviteSession| session.remote_identity().map(|address| address.to_string());
    let mut first = invite("alice", true);
    let asserted = "\"Front desk\" <sip:desk@example.com>";
    first.headers_mut().push_text(&sip_message::HeaderName::PAssertedIdentity, asserted).unwrap();
    let settings = SessionSettings::default();
    let mut session =
        InviteSession::server(&first, "tag-bob".into(), contact("bob"), settings, at(0)).unwrap();
    session.accept(Some(Body::sdp("v=0\r\n")), at(0)).unwrap();
    ask(&mut session, at(0), Method::Ack);
    drop(outputs(&mut session));
    assert_eq!(named(&session).as_deref(), Some(asserted));
    let text = record(&session, at(0));
    let again = restored(&text, Duration::ZERO).unwrap();
    assert_eq!(named(&again), named(&session));
    assert_eq!(record(&again, at(0)), text);
    // a record of before names who the dialog does
    assert_eq!(named(&restored(CALLEE, Duration::ZERO).unwrap()), named(&callee()));
}
