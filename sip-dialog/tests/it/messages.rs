//! What the messages of a session carry: RFC 3261 §8.2.6.2, §12.1.1, §13.2.2.4, §13.3.1.4, §14.2.

use crate::rfc3261_12::acknowledged;
use crate::table::{of_callee, of_caller, response};
use crate::world::{contact, invite};
use sip_clock::Instant;
use sip_dialog::{
    DtmfMode, EndKind, EndedBy, Input, InviteError, InviteSession, Output, SessionEvent, SessionSettings,
    SessionState, Tone,
};
use sip_message::{
    Body, CSeq, Expires, HeaderName, Message, Method, RAck, RSeq, RecordRoute, Request, Require, Response,
    RetryAfter, StatusCode,
};
use std::time::Duration;

pub(crate) const NOW: Instant = Instant::ZERO;

pub(crate) fn client(invite: Request) -> InviteSession {
    let mut session = InviteSession::client(invite, SessionSettings::default(), NOW).unwrap();
    drop(outputs(&mut session));
    session
}

pub(crate) fn server(invite: &Request) -> InviteSession {
    InviteSession::server(invite, "tag-bob".into(), contact("bob"), SessionSettings::default(), NOW).unwrap()
}

fn routed_invite() -> Request {
    let mut invite = invite("alice", true);
    for hop in ["sip:p2.example.com;lr", "sip:p1.example.com;lr"] {
        let hop = sip_message::NameAddr::new(hop.parse().unwrap());
        invite.headers_mut().push(&RecordRoute(hop));
    }
    invite
}

pub(crate) fn outputs(session: &mut InviteSession) -> Vec<Output> {
    std::iter::from_fn(|| session.poll_output()).collect()
}

pub(crate) fn text(message: &Message) -> String {
    String::from_utf8(message.to_bytes().to_vec()).unwrap().replace('\r', "")
}

pub(crate) fn texts(session: &mut InviteSession) -> String {
    let message = |output| -> Option<Message> {
        match output {
            Output::Request(request) | Output::Ack(request) => Some(request.into()),
            Output::Response { response, .. } | Output::Retransmit(response) => Some(response.into()),
            Output::Cancel { .. } | Output::Repeat { .. } | Output::Event(_) => None,
        }
    };
    outputs(session)
        .into_iter()
        .filter_map(message)
        .map(|message| text(&message))
        .collect::<Vec<_>>()
        .join("\n~\n")
}

pub(crate) fn answer(session: &mut InviteSession, request: Request) -> Response {
    session.handle(Input::Request(request), NOW);
    match outputs(session).swap_remove(0) {
        Output::Response { response, .. } => response,
        other => panic!("{other:?}"),
    }
}

#[test]
fn answers_of_the_callee() {
    let mut session = server(&routed_invite());
    session.provisional(StatusCode::TRYING, None, NOW).unwrap();
    session.provisional(StatusCode::RINGING, None, NOW).unwrap();
    session.accept(Some(Body::sdp("v=0")), NOW).unwrap();
    session.handle(Input::Request(of_caller(Method::Ack)), NOW);
    session.hang_up(NOW);
    insta::assert_snapshot!(texts(&mut session));
}

#[test]
fn requests_of_the_caller() {
    let mut session = client(invite("alice", true));
    let mut success = response(&session, 200, "tag-bob", 1, Method::Invite, "bob");
    success.headers_mut().copy_from(routed_invite().headers(), &HeaderName::RecordRoute);
    session.handle(Input::Response(success), NOW);
    session.message(Body::text("hello")).unwrap();
    session.hang_up(NOW);
    insta::assert_snapshot!(texts(&mut session));
}

// rfc3261#13.2.1/9, rfc3261#13.2.2/9, rfc3261#13.2.2/11, type=test
#[test]
fn ac26_the_ack_of_a_repeated_success_is_the_same_to_the_byte() {
    let mut session = client(invite("alice", false));
    let success = response(&session, 200, "tag-bob", 1, Method::Invite, "offer");
    session.handle(Input::Response(success.clone()), NOW);
    session.answer(Body::sdp("answer"), NOW).unwrap();
    let first = texts(&mut session);
    assert!(first.contains("answer"));
    session.message(Body::text("in between")).unwrap();
    drop(outputs(&mut session));
    session.handle(Input::Response(success), NOW);
    assert_eq!(texts(&mut session), first);
}

#[test]
fn a_refused_method_is_told_what_is_allowed() {
    let mut session = server(&invite("alice", true));
    let refusal = answer(&mut session, of_caller(Method::Refer));
    assert_eq!(refusal.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(refusal.headers().contains(&HeaderName::Allow));
    let welcome = answer(&mut session, of_caller(Method::Options));
    assert!(
        welcome.headers().contains(&HeaderName::Allow) && welcome.headers().contains(&HeaderName::Accept)
    );
}

// rfc3261#14.2/1-2, type=test
#[test]
fn a_second_invite_before_the_answer_is_told_to_retry_within_ten_seconds() {
    let mut session = server(&invite("alice", true));
    let refusal = answer(&mut session, of_caller(Method::Invite));
    assert_eq!(refusal.status(), StatusCode::SERVER_INTERNAL_ERROR);
    assert!(refusal.headers().required::<RetryAfter>().unwrap().seconds <= 10);
}

#[test]
fn an_invite_without_contact_is_answered_400_with_a_tag() {
    for contacts in [None, Some("*"), Some("<sip:alice@"), Some("\"Alice <sip:alice@example.com>")] {
        let mut invite = invite("alice", true);
        invite.headers_mut().remove(&HeaderName::Contact);
        if let Some(value) = contacts {
            invite.headers_mut().push_text(&HeaderName::Contact, value).unwrap();
        }
        let settings = SessionSettings::default();
        let refusal =
            InviteSession::server(&invite, "tag-bob".into(), contact("bob"), settings, NOW).unwrap_err();
        assert_eq!(refusal.status(), StatusCode::BAD_REQUEST);
        assert_eq!(refusal.reason(), "Bad Contact Header Field", "{contacts:?}");
        assert!(text(&refusal.into()).contains("tag=tag-bob"));
    }
}

#[test]
fn an_info_whose_package_cannot_be_read_is_told_so() {
    let mut session = acknowledged();
    let mut info = of_caller(Method::Info);
    info.headers_mut().push_text(&HeaderName::InfoPackage, "@").unwrap();
    let refusal = answer(&mut session, info);
    assert_eq!(
        (refusal.status(), refusal.reason()),
        (StatusCode::BAD_REQUEST, "Bad Info-Package Header Field")
    );
}

// RFC 3261 §13.2.2.4: each 2xx gets its ACK, and one bad field is no reason to lose a call
#[test]
fn a_success_whose_contact_cannot_be_read_is_an_answer_all_the_same() {
    for is_early in [false, true] {
        let mut caller = client(invite("alice", true));
        if is_early {
            caller.handle(Input::Response(response(&caller, 180, "tag-bob", 1, Method::Invite, "")), NOW);
            drop(outputs(&mut caller));
        }
        let mut success = response(&caller, 200, "tag-bob", 1, Method::Invite, "bob");
        success.headers_mut().remove(&HeaderName::Contact);
        success.headers_mut().push_text(&HeaderName::Contact, "<sip:bob@").unwrap();
        caller.handle(Input::Response(success), NOW);
        let target = if is_early { "sip:bob@ua.example.com" } else { "sip:bob@example.com" };
        let told = outputs(&mut caller);
        let [Output::Ack(ack), Output::Event(SessionEvent::Established { .. })] = told.as_slice() else {
            panic!("{told:?}")
        };
        assert_eq!(ack.request_uri(), target);
        caller.hang_up(NOW);
        let Some(Output::Request(bye)) = caller.poll_output() else { panic!("BYE") };
        assert_eq!((bye.method(), bye.request_uri()), (&Method::Bye, target));
    }
}

#[test]
fn a_success_whose_route_cannot_be_read_ends_the_call_with_a_typed_cause() {
    let mut caller = client(invite("alice", true));
    let mut success = response(&caller, 200, "tag-bob", 1, Method::Invite, "bob");
    success.headers_mut().push_text(&HeaderName::RecordRoute, "<sip:p@").unwrap();
    caller.handle(Input::Response(success), NOW);
    let told = outputs(&mut caller);
    let [Output::Event(SessionEvent::Ended(cause))] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((cause.kind, cause.by), (EndKind::Malformed, EndedBy::Remote));
    assert!(caller.is_terminated());
}

// rfc3261#13.2.1/4, rfc3261#13.3.1/1, type=test
#[test]
fn expires_cancels_the_call_of_the_caller_and_ends_that_of_the_callee() {
    let limited = invite("alice", true).with(&Expires(20));
    let at = NOW + Duration::from_secs(20);
    let mut caller = client(limited.clone());
    let ringing = response(&caller, 180, "tag-bob", 1, Method::Invite, "");
    caller.handle(Input::Response(ringing), NOW);
    drop(outputs(&mut caller));
    assert_eq!(caller.next_timeout(), Some(at));
    caller.handle(Input::Timeout, at);
    assert!(matches!(outputs(&mut caller).as_slice(), [Output::Cancel { .. }]));
    let mut callee = server(&limited);
    callee.handle(Input::Timeout, at);
    let ended = outputs(&mut callee);
    let [Output::Response { response, .. }, Output::Event(SessionEvent::Ended(cause))] = ended.as_slice()
    else {
        panic!("{ended:?}")
    };
    assert_eq!((response.status(), cause.kind), (StatusCode::REQUEST_TERMINATED, EndKind::NoAnswer));
}

// RFC 3261 §13.2.1: it limits how long the INVITE is valid, not how long the call lasts
#[test]
fn expires_ends_with_the_answer() {
    let limited = invite("alice", true).with(&Expires(20));
    let mut caller = client(limited.clone());
    caller.handle(Input::Response(response(&caller, 200, "tag-bob", 1, Method::Invite, "bob")), NOW);
    let mut callee = server(&limited);
    callee.accept(Some(Body::sdp("bob")), NOW).unwrap();
    callee.handle(Input::Request(of_caller(Method::Ack)), NOW);
    for mut session in [caller, callee] {
        drop(outputs(&mut session));
        let late = NOW + Duration::from_secs(20);
        assert!(session.next_timeout().is_none_or(|at| at > late));
        session.handle(Input::Timeout, late);
        assert!(outputs(&mut session).is_empty());
        assert_eq!(session.state(), SessionState::Established);
    }
}

// RFC 3261 §12.1: a dialog is made by a response with a To tag
#[test]
fn a_provisional_response_without_a_tag_makes_no_dialog() {
    let mut caller = client(invite("alice", true));
    caller.handle(Input::Response(response(&caller, 180, "", 1, Method::Invite, "")), NOW);
    let told = outputs(&mut caller);
    let [Output::Event(SessionEvent::Progress { dialog: None, .. })] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!((caller.dialogs().count(), caller.state()), (0, SessionState::Proceeding));
}

#[test]
fn verbs_of_the_other_role_and_of_the_wrong_class_are_refused() {
    let mut caller = client(invite("alice", true));
    assert_eq!(caller.accept(None, NOW), Err(InviteError::WrongRole));
    assert_eq!(caller.answer(Body::sdp("x"), NOW), Err(InviteError::NoOffer));
    assert_eq!(caller.message(Body::text("x")), Err(InviteError::NotEstablished));
    let mut callee = server(&invite("alice", true));
    assert_eq!(callee.reject(StatusCode::OK, NOW), Err(InviteError::WrongStatus(StatusCode::OK)));
    assert_eq!(callee.provisional(StatusCode::OK, None, NOW), Err(InviteError::WrongStatus(StatusCode::OK)));
    callee.accept(Some(Body::sdp("bob")), NOW).unwrap();
    assert_eq!(callee.accept(None, NOW), Err(InviteError::AlreadyAnswered));
}

// rfc3261#12.2.2/1, type=test
#[test]
fn requests_find_their_session_and_strange_ones_do_not() {
    let mut caller = client(invite("alice", true));
    let ringing = response(&caller, 180, "tag-bob", 1, Method::Invite, "");
    assert!(caller.matches_response(&ringing));
    caller.handle(Input::Response(ringing), NOW);
    drop(outputs(&mut caller));
    assert_eq!(caller.dialog_ids().map(|id| id.remote_tag.as_str()).collect::<Vec<_>>(), ["tag-bob"]);
    assert!(caller.matches_request(&of_callee(Method::Options)));
    assert!(!caller.matches_request(&of_caller(Method::Options)));
    let stranger = answer(&mut caller, of_caller(Method::Options));
    assert_eq!(stranger.status(), StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
}

#[test]
fn a_peer_that_forks_without_end_is_bounded_and_its_success_still_counts() {
    let mut caller = client(invite("alice", true));
    for fork in 0..200 {
        let ringing = response(&caller, 180, &format!("fork-{fork}"), 1, Method::Invite, "");
        caller.handle(Input::Response(ringing), NOW);
    }
    assert_eq!(caller.dialogs().count(), 64);
    drop(outputs(&mut caller));
    for fork in 150..300 {
        let success = response(&caller, 200, &format!("fork-{fork}"), 1, Method::Invite, "bob");
        caller.handle(Input::Response(success), NOW);
    }
    let outputs = outputs(&mut caller);
    assert_eq!(outputs.iter().filter(|output| matches!(output, Output::Ack(_))).count(), 64);
    assert_eq!(outputs.iter().filter(|output| matches!(output, Output::Request(_))).count(), 63);
    let established = |output: &&Output| matches!(output, Output::Event(SessionEvent::Established { .. }));
    assert_eq!(outputs.iter().filter(established).count(), 1);
}

fn reliable(session: &InviteSession, status: u16, rseq: u32, body: &str) -> Response {
    response(session, status, "tag-bob", 1, Method::Invite, body)
        .with(&Require("100rel".to_owned()))
        .with(&RSeq(rseq))
}

fn prack(session: &mut InviteSession) -> (RAck, u32, String) {
    let request = outputs(session).into_iter().find_map(|output| match output {
        Output::Request(request) => Some(request),
        _ => None,
    });
    let request = request.unwrap();
    assert_eq!(*request.method(), Method::Prack);
    let CSeq { number, .. } = request.headers().required().unwrap();
    (request.headers().required().unwrap(), number, String::from_utf8_lossy(request.body()).into_owned())
}

fn rack(rseq: u32) -> RAck {
    RAck { rseq, cseq: CSeq::new(1, Method::Invite) }
}

#[test]
fn ac24_reliable_responses_are_acknowledged_in_order_and_once() {
    let mut caller = client(invite("alice", true));
    for (status, rseq) in [(180, 7), (183, 8)] {
        caller.handle(Input::Response(reliable(&caller, status, rseq, "")), NOW);
        assert_eq!(prack(&mut caller), (rack(rseq), rseq - 5, String::new()));
    }
    for rseq in [8, 7, 10] {
        caller.handle(Input::Response(reliable(&caller, 183, rseq, "")), NOW);
        assert!(outputs(&mut caller).is_empty(), "{rseq}");
    }
}

// RFC 3262 §3: RSeq, CSeq number and method have to be those of a response that is out
#[test]
fn ac24_a_prack_of_another_response_or_invite_acknowledges_nothing() {
    let required = invite("alice", true).with(&Require("100rel".to_owned()));
    let mut session = server(&required);
    session.provisional(StatusCode::RINGING, None, NOW).unwrap();
    let [Output::Response { response, .. }] = &outputs(&mut session)[..] else { panic!("one response") };
    let RSeq(rseq) = response.headers().required().unwrap();
    let meant = CSeq::new(1, Method::Invite);
    let strange = [
        (rseq + 1, meant.clone()),
        (rseq, CSeq::new(2, Method::Invite)),
        (rseq, CSeq::new(1, Method::Update)),
    ];
    for (rseq, cseq) in strange {
        let prack = of_caller(Method::Prack).with(&RAck { rseq, cseq });
        assert_eq!(answer(&mut session, prack).status(), StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
    }
    let prack = of_caller(Method::Prack).with(&RAck { rseq, cseq: meant });
    assert_eq!(answer(&mut session, prack).status(), StatusCode::OK);
}

// AC-26: by Call-ID, tags and CSeq
#[test]
fn ac26_the_ack_of_another_dialog_or_invite_confirms_nothing() {
    let mut session = server(&invite("alice", true));
    session.accept(Some(Body::sdp("bob")), NOW).unwrap();
    let mut of_another_end = of_caller(Method::Ack);
    of_another_end.headers_mut().set_tag(&HeaderName::From, "tag-carol").unwrap();
    let mut of_another_invite = of_caller(Method::Ack);
    of_another_invite.headers_mut().set(&CSeq::new(2, Method::Ack));
    for ack in [of_another_end, of_another_invite] {
        session.handle(Input::Request(ack), NOW);
        assert_eq!(session.state(), SessionState::WaitingForAck);
    }
    session.handle(Input::Request(of_caller(Method::Ack)), NOW);
    assert_eq!(session.state(), SessionState::Established);
}

#[test]
fn ac24_a_repeated_response_is_acknowledged_again_if_the_first_prack_failed() {
    let mut caller = client(invite("alice", true));
    caller.handle(Input::Response(reliable(&caller, 183, 1, "bob")), NOW);
    let (_, number, _) = prack(&mut caller);
    let cseq = CSeq { number, method: Method::Prack };
    caller.handle(
        Input::Failed { cseq, remote_tag: "tag-bob".into(), failure: sip_dialog::Failure::Timeout },
        NOW,
    );
    assert!(outputs(&mut caller).is_empty(), "a lost PRACK ends nothing");
    caller.handle(Input::Response(reliable(&caller, 183, 1, "bob")), NOW);
    assert_eq!(prack(&mut caller).0, rack(1));
}

#[test]
fn ac16_a_reliable_answer_is_told_once_and_the_success_without_sdp_keeps_it() {
    let mut caller = client(invite("alice", true));
    caller.handle(Input::Response(reliable(&caller, 183, 1, "bob")), NOW);
    let told = outputs(&mut caller);
    assert!(told.iter().any(
        |output| matches!(output, Output::Event(SessionEvent::Progress { body: Some(body), .. }) if *body == Body::sdp("bob"))
    ));
    caller.handle(Input::Response(response(&caller, 200, "tag-bob", 1, Method::Invite, "")), NOW);
    let up = outputs(&mut caller);
    assert!(
        up.iter().any(|output| matches!(output, Output::Event(SessionEvent::Established { body: None })))
    );
}

#[test]
fn ac23_the_offer_of_a_reliable_response_is_answered_in_prack() {
    let mut caller = client(invite("alice", false));
    caller.handle(Input::Response(reliable(&caller, 183, 1, "offer")), NOW);
    let asked = outputs(&mut caller);
    assert!(matches!(asked.as_slice(), [Output::Event(SessionEvent::Offered { .. })]), "{asked:?}");
    caller.answer(Body::sdp("answer"), NOW).unwrap();
    assert_eq!(prack(&mut caller), (rack(1), 2, "answer".to_owned()));
    assert_eq!(caller.answer(Body::sdp("again"), NOW), Err(InviteError::NoOffer));
    caller.handle(Input::Response(response(&caller, 200, "tag-bob", 1, Method::Invite, "")), NOW);
    let up = outputs(&mut caller);
    assert!(matches!(up.first(), Some(Output::Ack(_))), "{up:?}");
    assert!(matches!(up.last(), Some(Output::Event(SessionEvent::Established { body: None }))), "{up:?}");
}

#[test]
fn ac22_a_key_press_is_told_and_other_info_is_refused() {
    let mut callee = server(&invite("alice", true));
    callee.accept(Some(Body::sdp("bob")), NOW).unwrap();
    callee.handle(Input::Request(of_caller(Method::Ack)), NOW);
    drop(outputs(&mut callee));
    let key = sip_dialog::Dtmf::new('5', Duration::from_millis(100)).unwrap();
    let mut info = of_caller(Method::Info);
    info.set_body(&key.to_body().content_type, key.to_body().bytes);
    callee.handle(Input::Request(info.clone()), NOW);
    let told = outputs(&mut callee);
    assert!(
        matches!(told.as_slice(), [Output::Event(SessionEvent::Dtmf(dtmf)), Output::Response { .. }] if *dtmf == key)
    );
    info.set_body(&sip_message::ContentType::text_plain(), "5".into());
    assert_eq!(answer(&mut callee, info.clone()).status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    info.headers_mut().push_text(&HeaderName::InfoPackage, "conference").unwrap();
    let refusal = answer(&mut callee, info);
    assert_eq!(refusal.status(), StatusCode::BAD_INFO_PACKAGE);
    assert_eq!(refusal.headers().raw(&HeaderName::RecvInfo), Some(b"".as_slice()), "rfc6086#4.2.2");
}

#[test]
fn ac22_an_info_without_answer_ends_nothing() {
    let mut caller = client(invite("alice", true));
    caller.handle(Input::Response(response(&caller, 200, "tag-bob", 1, Method::Invite, "bob")), NOW);
    let pound = sip_dialog::Dtmf::new('#', Duration::from_millis(100)).unwrap();
    caller.dtmf(&[Tone::Key(pound)], DtmfMode::Info, NOW).unwrap();
    drop(outputs(&mut caller));
    let cseq = CSeq { number: 2, method: Method::Info };
    caller.handle(
        Input::Failed { cseq, remote_tag: "tag-bob".into(), failure: sip_dialog::Failure::Timeout },
        NOW,
    );
    let told = outputs(&mut caller);
    assert!(
        matches!(told.as_slice(), [Output::Event(SessionEvent::DtmfFailed { unsent: 0, .. })]),
        "{told:?}"
    );
    assert!(!caller.has_ended());
}

#[test]
fn a_success_to_invite_with_the_number_of_a_bye_does_not_answer_the_bye() {
    let mut caller = client(invite("alice", true));
    caller.handle(Input::Response(response(&caller, 200, "tag-bob", 1, Method::Invite, "bob")), NOW);
    caller.hang_up(NOW);
    caller.handle(Input::Response(response(&caller, 200, "tag-bob", 2, Method::Invite, "")), NOW);
    assert!(caller.is_busy());
    caller.handle(Input::Response(response(&caller, 200, "tag-bob", 2, Method::Bye, "")), NOW);
    assert!(!caller.is_busy());
}
