//! Session timers, asked for by either end: RFC 4028; AC-33.

use crate::messages::{answer, outputs, server};
use crate::rfc3261_12::requests;
use crate::table::of_caller;
use crate::world::{Act, Fate, World, contact, invite};
use sip_clock::Instant;
use sip_dialog::{Input, InviteSession, Output, ReliableProvisional, SessionEvent, SessionSettings, Side};
use sip_message::{
    Body, CSeq, Contact, ContentType, Header as _, HeaderName, Method, MinSe, RAck, RSeq, Request, Require,
    SessionExpires, StatusCode, Supported, To,
};
use std::time::Duration;

const ALICE: usize = 0;
const BOB: usize = 1;

/// Answered at 1 s.
fn call(expires: &'static str) -> World {
    World::new(&["bob"]).expires(expires).at(0, ALICE, Act::Call { offer: true }).at(1000, BOB, Act::Accept)
}

/// The agent `who` asks for 90 s. Answered at 1 s.
fn wanted_by(who: usize) -> World {
    World::new(&["bob"])
        .settings_of(who, |settings| settings.session_interval = Some(90))
        .at(0, ALICE, Act::Call { offer: true })
        .at(1000, BOB, Act::Accept)
}

macro_rules! flows {
    ($($name:ident: $world:expr;)+) => {
        $(#[test] fn $name() { insta::assert_snapshot!($world.run().transcript); })+
    };
}

flows! {
    ac33_the_caller_refreshes: call("90").at(100_000, ALICE, Act::HangUp);
    ac33_the_callee_refreshes: call("90;refresher=uas").at(100_000, ALICE, Act::HangUp);
    // rfc4028#7.2: the answer to an UPDATE of the early dialog, which comes after the 2xx, says nothing of the timer
    ac33_an_update_before_the_answer_leaves_the_timer: call("90;refresher=uas")
        .settings_of(BOB, |settings| settings.reliable = ReliableProvisional::WhenSupported)
        .at(500, BOB, Act::Ring).at(950, BOB, Act::Update(None)).at(100_000, ALICE, Act::HangUp);
    ac33_an_update_that_crosses_the_answer_leaves_the_timer: call("90;refresher=uas")
        .settings_of(BOB, |settings| settings.reliable = ReliableProvisional::WhenSupported)
        .at(500, BOB, Act::Ring).at(970, ALICE, Act::Update(None)).at(100_000, ALICE, Act::HangUp);
    ac33_an_early_offer_that_is_answered_late_leaves_the_timer: call("90")
        .settings_of(BOB, |settings| settings.reliable = ReliableProvisional::WhenSupported)
        .at(400, BOB, Act::EarlyMedia).at(950, BOB, Act::Update(Some("new"))).at(1200, ALICE, Act::AnswerWith("answer"))
        .at(100_000, ALICE, Act::HangUp);
    ac33_an_update_that_overtakes_the_answer_leaves_the_timer: call("90;refresher=uas")
        .settings_of(BOB, |settings| settings.reliable = ReliableProvisional::WhenSupported)
        .at(500, BOB, Act::Ring).fate(4, Fate::Lost).at(1020, BOB, Act::Update(None)).at(100_000, ALICE, Act::HangUp);
    ac33_a_re_invite_is_a_refresh: call("90").talking().at(40_000, ALICE, Act::Hold).at(95_000, ALICE, Act::HangUp);
    ac33_the_other_end_may_offer: call("90").talking().at(40_000, BOB, Act::Hold).at(95_000, ALICE, Act::HangUp);
    ac33_refreshes_without_answer_end_the_call: call("90").fate(3, Fate::Cut);
    ac33_a_peer_that_does_not_refresh_is_left: call("90;refresher=uas").fate(3, Fate::Cut);
    ac33_the_caller_asks: wanted_by(ALICE).at(100_000, ALICE, Act::HangUp);
    ac33_the_callee_asks: wanted_by(BOB).at(100_000, ALICE, Act::HangUp);
    ac33_the_caller_asks_the_callee_to_refresh: wanted_by(ALICE)
        .settings_of(ALICE, |settings| settings.refresher = Some(Side::Remote)).at(60_000, ALICE, Act::HangUp);
    ac33_the_callee_wants_to_refresh: wanted_by(BOB)
        .settings_of(BOB, |settings| settings.refresher = Some(Side::Local)).at(60_000, ALICE, Act::HangUp);
    ac33_a_422_is_answered_with_a_longer_interval_once: wanted_by(ALICE)
        .settings_of(BOB, |settings| settings.min_session_interval = 120)
        .at(80_000, ALICE, Act::HangUp);
    ac33_a_422_to_a_refresh: wanted_by(ALICE)
        .refuses(BOB, "UPDATE", StatusCode::SESSION_INTERVAL_TOO_SMALL, (HeaderName::MinSe, "200"))
        .at(60_000, ALICE, Act::HangUp);
    ac33_a_peer_that_does_not_allow_update_is_re_invited: wanted_by(ALICE).hides(BOB, Method::Update)
        .at(60_000, ALICE, Act::HangUp);
    ac33_p15_silence_on_update_does_not_cut_the_call: call("180").ignores(BOB, "UPDATE")
        .at(200_000, ALICE, Act::HangUp);
    ac33_update_that_is_not_implemented: wanted_by(ALICE)
        .refuses(BOB, "UPDATE", StatusCode::NOT_IMPLEMENTED, (HeaderName::Subject, "none"))
        .at(60_000, ALICE, Act::HangUp);
    ac33_a_refused_refresh_is_tried_again_in_time: wanted_by(ALICE)
        .refuses(BOB, "UPDATE", StatusCode::SERVICE_UNAVAILABLE, (HeaderName::RetryAfter, "5"))
        .at(100_000, ALICE, Act::HangUp);
    ac33_the_callee_shortens_the_interval: call("1000").settings_of(BOB, |settings| settings.session_interval = Some(100))
        .at(60_000, ALICE, Act::HangUp);
    ac33_a_lost_refresh_is_repeated: call("90").fate(3, Fate::Lost).at(60_000, ALICE, Act::HangUp);
}

#[test]
fn ac33_an_interval_that_is_too_small_gets_422() {
    let mut invite = invite("alice", true);
    invite.headers_mut().push_text(&HeaderName::SessionExpires, "89").unwrap();
    let settings = SessionSettings::default();
    let serve = |invite: &Request| {
        InviteSession::server(invite, "b".into(), contact("bob"), settings.clone(), Instant::ZERO)
            .map_err(Box::new)
    };
    assert!(serve(&invite).is_ok(), "a peer that does not know 422 is spared");
    invite.headers_mut().push(&Supported("timer".to_owned()));
    let refusal = serve(&invite).unwrap_err();
    assert_eq!(refusal.status(), StatusCode::SESSION_INTERVAL_TOO_SMALL);
    assert_eq!(refusal.headers().required::<MinSe>().unwrap().seconds, 90);
}

fn asking() -> SessionSettings {
    let mut settings = SessionSettings::default();
    settings.session_interval = Some(90);
    settings
}

#[test]
fn ac33_a_second_422_ends_the_call() {
    let mut session = InviteSession::client(invite("alice", true), asking(), Instant::ZERO).unwrap();
    for (number, least) in [(1, 120_u32), (2, 200)] {
        let Some(Output::Request(sent)) = session.poll_output() else { panic!("an INVITE") };
        assert_eq!(sent.headers().required(), Ok(CSeq { number, method: Method::Invite }));
        let asked: SessionExpires = sent.headers().required().unwrap();
        assert_eq!(asked.seconds, if number == 1 { 90 } else { 120 });
        let refusal = sent.response(StatusCode::SESSION_INTERVAL_TOO_SMALL).with(&MinSe::new(least));
        session.handle(Input::Response(refusal), Instant::ZERO);
    }
    assert!(matches!(session.poll_output(), Some(Output::Event(SessionEvent::Ended(_)))));
}

// rfc4028#7.4: a proxy added the timer that another one found too brief; this end asks for none of its own
#[test]
fn ac33_a_422_to_an_invite_that_asks_for_no_timer_is_answered_with_min_se() {
    let mut session =
        InviteSession::client(invite("alice", true), SessionSettings::default(), Instant::ZERO).unwrap();
    for (number, least) in [(1, None), (2, Some(120_u32))] {
        let Some(Output::Request(sent)) = session.poll_output() else { panic!("an INVITE") };
        assert_eq!(sent.headers().required(), Ok(CSeq { number, method: Method::Invite }));
        assert!(!sent.headers().contains(&HeaderName::SessionExpires));
        assert_eq!(sent.headers().typed::<MinSe>().unwrap().map(|least| least.seconds), least);
        let refusal = sent.response(StatusCode::SESSION_INTERVAL_TOO_SMALL).with(&MinSe::new(120_u32));
        session.handle(Input::Response(refusal), Instant::ZERO);
    }
    assert!(matches!(session.poll_output(), Some(Output::Event(SessionEvent::Ended(_)))));
    let mut session =
        InviteSession::client(invite("alice", true), SessionSettings::default(), Instant::ZERO).unwrap();
    let Some(Output::Request(sent)) = session.poll_output() else { panic!("an INVITE") };
    session.handle(Input::Response(sent.response(StatusCode::SESSION_INTERVAL_TOO_SMALL)), Instant::ZERO);
    assert!(
        matches!(session.poll_output(), Some(Output::Event(SessionEvent::Ended(_)))),
        "it demands nothing"
    );
}

fn expiring(request: Request, value: &str, least: Option<u32>) -> Request {
    let mut request = request.with(&Supported("timer".to_owned()));
    request.headers_mut().push_text(&HeaderName::SessionExpires, value).unwrap();
    if let Some(least) = least {
        request.headers_mut().push(&MinSe::new(least));
    }
    request
}

/// A callee whose caller refreshes every 120 s at the latest, and asks for no less.
fn refreshed_by_caller() -> InviteSession {
    let invite = expiring(invite("alice", true), "120;refresher=uac", Some(110));
    let mut session = server(&invite);
    session.accept(Some(Body::sdp("bob")), Instant::ZERO).unwrap();
    session.handle(Input::Request(of_caller(Method::Ack)), Instant::ZERO);
    drop(outputs(&mut session));
    session
}

// rfc4028#7.4, rfc4028#9: the roles change with a refresh that says so, and Min-SE of the dialog is remembered
#[test]
fn ac33_a_refresh_of_the_peer_may_hand_the_role_over() {
    for (wish, is_ours) in [("uac", false), ("uas", true)] {
        let mut session = refreshed_by_caller();
        assert_eq!(
            session.next_timeout(),
            Some(Instant::ZERO + Duration::from_secs(88)),
            "its BYE is 32 s early"
        );
        let update = expiring(of_caller(Method::Update), &format!("120;refresher={wish}"), None);
        let accepted = answer(&mut session, update);
        let agreed: SessionExpires = accepted.headers().required().unwrap();
        assert_eq!(agreed.encoded(), format!("120;refresher={wish}"));
        let due = Instant::ZERO + Duration::from_secs(if is_ours { 60 } else { 88 });
        assert_eq!(session.next_timeout(), Some(due));
        session.handle(Input::Timeout, due);
        let sent = requests(&mut session).remove(0);
        assert_eq!(*sent.method(), if is_ours { Method::Invite } else { Method::Bye });
        if is_ours {
            assert_eq!(sent.headers().required::<SessionExpires>().unwrap().encoded(), "120;refresher=uac");
            assert_eq!(sent.headers().required::<MinSe>().unwrap().seconds, 110);
        }
    }
}

// rfc4028#9: a network may deliver an UPDATE of the early dialog behind the 2xx and the ACK
#[test]
fn ac33_an_update_that_says_nothing_of_the_timer_leaves_it_and_is_told_so() {
    for (ours, wish, is_ours) in [(None, "uac", false), (Some(300), "uac", false), (Some(300), "uas", true)] {
        let invite = expiring(invite("alice", true), &format!("120;refresher={wish}"), None);
        let mut settings = SessionSettings::default();
        settings.session_interval = ours;
        let mut session =
            InviteSession::server(&invite, "tag-bob".into(), contact("bob"), settings, Instant::ZERO)
                .unwrap();
        session.accept(Some(Body::sdp("bob")), Instant::ZERO).unwrap();
        session.handle(Input::Request(of_caller(Method::Ack)), Instant::ZERO);
        drop(outputs(&mut session));
        let update = of_caller(Method::Update).with(&Supported("timer".to_owned()));
        let accepted = answer(&mut session, update);
        let kept: SessionExpires = accepted.headers().required().unwrap();
        assert_eq!(kept.encoded(), format!("120;refresher={wish}"));
        let due = Instant::ZERO + Duration::from_secs(if is_ours { 60 } else { 88 });
        assert_eq!(session.next_timeout(), Some(due));
    }
}

/// A callee, its UPDATE in the early dialog of a caller that is to refresh every 120 s, and the 2xx after that.
fn updated_early() -> (InviteSession, Request) {
    let now = Instant::ZERO;
    let mut invite = expiring(invite("alice", true), "120;refresher=uac", None);
    invite.headers_mut().push(&Require("100rel".to_owned()));
    invite.headers_mut().push_text(&HeaderName::Allow, "INVITE, ACK, BYE, CANCEL, PRACK, UPDATE").unwrap();
    let mut session = server(&invite);
    session.provisional(StatusCode::SESSION_PROGRESS, Some(Body::sdp("bob")), now).unwrap();
    let rseq = outputs(&mut session).iter().find_map(|output| match output {
        Output::Response { response, .. } => response.headers().typed::<RSeq>().unwrap(),
        _ => None,
    });
    let rack = RAck { rseq: rseq.unwrap().0, cseq: CSeq::new(1, Method::Invite) };
    session.handle(Input::Request(of_caller(Method::Prack).with(&rack)), now);
    let dialog = session.dialog_id().unwrap().clone();
    session.update(&dialog, None).unwrap();
    let early = requests(&mut session).remove(0);
    assert!(!early.headers().contains(&HeaderName::SessionExpires), "there is no session yet");
    session.accept(None, now).unwrap();
    (session, early)
}

// rfc4028#7.2, rfc4028#7.4, rfc3261#22.2: to the peer, who has the 2xx already, it is a request of the session
#[test]
fn ac33_an_early_update_that_is_challenged_keeps_the_timer_when_it_goes_out_after_the_2xx() {
    let (mut session, mut update) = updated_early();
    for _ in 0..2 {
        let cseq = update.headers().required().unwrap();
        session.handle(Input::Challenged { cseq, remote_tag: String::new() }, Instant::ZERO);
        update = requests(&mut session).remove(0);
        let expires: SessionExpires = update.headers().required().unwrap();
        assert_eq!((update.method(), expires.encoded()), (&Method::Update, "120;refresher=uas".to_owned()));
        assert_eq!(update.headers().to_string().matches("Session-Expires").count(), 1);
    }
    // the peer may answer before it has the 2xx, and so say nothing of the timer
    session.handle(Input::Response(update.response(StatusCode::OK)), Instant::ZERO);
    session.handle(Input::Request(of_caller(Method::Ack)), Instant::ZERO);
    drop(outputs(&mut session));
    assert_eq!(session.next_timeout(), Some(Instant::ZERO + Duration::from_secs(88)));
}

// rfc4028#7.2: the most recent 2xx says who refreshes, also one to an UPDATE that is older than the session
#[test]
fn ac33_the_late_answer_to_an_early_update_may_set_the_timer_and_does_not_end_it() {
    for (set, due) in [(Some("120;refresher=uac"), 60), (Some("90;refresher=uas"), 60), (None, 88)] {
        let (mut session, early) = updated_early();
        session.handle(Input::Request(of_caller(Method::Ack)), Instant::ZERO);
        let mut success = early.response(StatusCode::OK);
        if let Some(set) = set {
            success.headers_mut().push_text(&HeaderName::SessionExpires, set).unwrap();
        }
        session.handle(Input::Response(success), Instant::ZERO);
        drop(outputs(&mut session));
        assert_eq!(session.next_timeout(), Some(Instant::ZERO + Duration::from_secs(due)), "{set:?}");
        session.handle(Input::Timeout, Instant::ZERO + Duration::from_secs(due));
        let method = if set == Some("120;refresher=uac") { Method::Update } else { Method::Bye };
        assert_eq!(*requests(&mut session).remove(0).method(), method, "{set:?}");
    }
}

// rfc4028#7.2: the 2xx says who refreshes from now on, or that nobody need to
#[test]
fn ac33_the_answer_to_a_refresh_may_take_the_role_or_end_the_timer() {
    let half = Instant::ZERO + Duration::from_secs(45);
    for (set, due) in
        [(Some("90;refresher=uac"), Some(90)), (Some("90;refresher=uas"), Some(105)), (None, None)]
    {
        let invite = expiring(invite("alice", true), "90;refresher=uas", None);
        let mut session = server(&invite);
        session.accept(Some(Body::sdp("bob")), Instant::ZERO).unwrap();
        session.handle(Input::Request(of_caller(Method::Ack)), Instant::ZERO);
        drop(outputs(&mut session));
        session.handle(Input::Timeout, half);
        let refresh = requests(&mut session).remove(0);
        let mut success = refresh.response(StatusCode::OK);
        success.set_body(&ContentType::sdp(), "alice".into());
        if let Some(set) = set {
            success.headers_mut().push_text(&HeaderName::SessionExpires, set).unwrap();
        }
        session.handle(Input::Response(success), half);
        drop(outputs(&mut session));
        assert_eq!(session.next_timeout(), due.map(|at| Instant::ZERO + Duration::from_secs(at)), "{set:?}");
    }
}

// rfc4028#10: what is refused is not repeated as it was
#[test]
fn ac33_a_change_is_repeated_after_a_422_that_demands_more_and_no_other() {
    for (least, is_repeated) in [(120_u32, false), (121, true)] {
        let mut session = refreshed_by_caller();
        session.offer(Body::sdp("bob 2")).unwrap();
        let sent = requests(&mut session).remove(0);
        assert_eq!(sent.headers().required::<SessionExpires>().unwrap().seconds, 120);
        let refusal = sent.response(StatusCode::SESSION_INTERVAL_TOO_SMALL).with(&MinSe::new(least));
        session.handle(Input::Response(refusal), Instant::ZERO);
        let told = outputs(&mut session);
        match told.as_slice() {
            [Output::Request(again)] if is_repeated => {
                assert_eq!(again.headers().required::<SessionExpires>().unwrap().seconds, least);
                assert_eq!((again.body(), again.method()), (sent.body(), &Method::Invite));
            }
            [Output::Event(SessionEvent::ChangeFailed { status })] if !is_repeated => {
                assert_eq!(*status, StatusCode::SESSION_INTERVAL_TOO_SMALL);
            }
            _ => panic!("{least}: {told:?}"),
        }
    }
}

#[test]
fn ac33_a_peer_that_ignores_the_timer_leaves_it_to_the_caller() {
    let mut session = InviteSession::client(invite("alice", true), asking(), Instant::ZERO).unwrap();
    let Some(Output::Request(sent)) = session.poll_output() else { panic!("an INVITE") };
    let To(to) = sent.headers().required().unwrap();
    let mut success = sent.response(StatusCode::OK).with(&Contact::Addr(contact("bob")));
    success.headers_mut().set(&To(to.with_tag("b")));
    success.set_body(&ContentType::sdp(), "bob".into());
    session.handle(Input::Response(success), Instant::ZERO);
    while session.poll_output().is_some() {}
    session.handle(Input::Timeout, Instant::ZERO + Duration::from_secs(45));
    let Some(Output::Request(refresh)) = session.poll_output() else { panic!("a refresh") };
    assert_eq!(refresh.method(), &Method::Invite);
    assert_eq!(refresh.headers().required::<SessionExpires>().unwrap().encoded(), "90;refresher=uac");
    assert_eq!(refresh.body(), "alice");
}
