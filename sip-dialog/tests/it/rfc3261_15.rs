//! Ending a session: the requirements of RFC 3261 §15.

use crate::messages::{NOW, answer, client, outputs, server};
use crate::rfc3261_12::{acknowledged, answers, established, requests, with};
use crate::table::{of_callee, of_caller, response};
use crate::world::invite;
use sip_dialog::{EndKind, Failure, Input, InviteSession, Output, SessionEvent};
use sip_message::{Body, CSeq, From, HeaderName, Method, RAck, RSeq, StatusCode, To};
use std::time::Duration;

fn methods(session: &mut InviteSession) -> Vec<Method> {
    requests(session).iter().map(|request| request.method().clone()).collect()
}

fn statuses(session: &mut InviteSession) -> Vec<u16> {
    answers(session).iter().map(|response| response.status().code()).collect()
}

// rfc3261#15/1, rfc3261#15.1.2/3-5, type=test
#[test]
fn a_bye_is_answered_200_and_ends_the_session() {
    for (mut session, bye) in
        [(established(), of_callee(Method::Bye)), (acknowledged(), of_caller(Method::Bye))]
    {
        session.handle(Input::Request(bye), NOW);
        let said = outputs(&mut session);
        let [Output::Response { response, .. }, Output::Event(SessionEvent::Ended(cause))] = said.as_slice()
        else {
            panic!("{said:?}")
        };
        assert_eq!((response.status(), cause.kind), (StatusCode::OK, EndKind::HungUp));
    }
}

// rfc3261#15/2, type=test
#[test]
fn without_a_dialog_there_is_no_bye() {
    let mut calling = client(invite("alice", true));
    calling.hang_up(NOW);
    assert!(outputs(&mut calling).is_empty());
    let mut refused = client(invite("alice", true));
    refused.handle(Input::Response(response(&refused, 486, "tag-bob", 1, Method::Invite, "")), NOW);
    refused.hang_up(NOW);
    assert!(methods(&mut refused).is_empty());
}

// rfc3261#15/3, type=test
#[test]
fn a_callee_that_has_not_answered_refuses_and_sends_no_bye() {
    let mut session = server(&invite("alice", true));
    session.provisional(StatusCode::RINGING, None, NOW).unwrap();
    drop(outputs(&mut session));
    session.hang_up(NOW);
    let said = outputs(&mut session);
    let [Output::Response { response, .. }, Output::Event(_)] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(response.status(), StatusCode::TEMPORARILY_UNAVAILABLE);
}

/// A callee whose UPDATE, sent before its answer, is in flight.
fn updating() -> InviteSession {
    let invite = with(invite("alice", true), HeaderName::Allow, "UPDATE");
    let mut session = server(&with(invite, HeaderName::Require, "100rel"));
    session.provisional(StatusCode::RINGING, None, NOW).unwrap();
    let RSeq(rseq) = answers(&mut session)[0].headers().required().unwrap();
    let rack = RAck { rseq, cseq: CSeq::new(1, Method::Invite) };
    session.handle(Input::Request(of_caller(Method::Prack).with(&rack)), NOW);
    drop(outputs(&mut session));
    let id = session.dialog_ids().next().unwrap().clone();
    session.update(&id, None).unwrap();
    assert_eq!(methods(&mut session), [Method::Update]);
    session
}

fn lose_dialog(session: &mut InviteSession) {
    let mut gone = response(session, 481, "", 1, Method::Update, "");
    let dialog = session.dialogs().next().unwrap();
    gone.headers_mut().set(&From(dialog.local().clone()));
    gone.headers_mut().set(&To(dialog.remote().clone()));
    session.handle(Input::Response(gone), NOW);
}

// rfc3261#15/3, type=test
#[test]
fn a_callee_that_learns_early_that_the_dialog_is_gone_sends_no_bye() {
    let mut session = updating();
    lose_dialog(&mut session);
    let said = outputs(&mut session);
    assert!(!said.iter().any(|output| matches!(output, Output::Request(_))), "{said:?}");
    assert!(session.has_ended());
}

// rfc3261#15/4, type=test
#[test]
fn a_callee_that_has_answered_sends_bye_after_the_ack() {
    let hung_up = || {
        let mut session = server(&invite("alice", true));
        session.accept(Some(Body::sdp("bob")), NOW).unwrap();
        session.hang_up(NOW);
        session
    };
    let lost = || {
        let mut session = updating();
        session.accept(Some(Body::sdp("bob")), NOW).unwrap();
        lose_dialog(&mut session);
        session
    };
    for make in [&hung_up as &dyn Fn() -> InviteSession, &lost] {
        let mut session = make();
        assert!(methods(&mut session).is_empty());
        session.handle(Input::Request(of_caller(Method::Ack)), NOW);
        assert_eq!(methods(&mut session), [Method::Bye]);

        let mut session = make();
        while session.next_timeout().is_some_and(|at| at < NOW + Duration::from_secs(32)) {
            let at = session.next_timeout().unwrap();
            session.handle(Input::Timeout, at);
        }
        assert!(methods(&mut session).is_empty());
        session.handle(Input::Timeout, NOW + Duration::from_secs(32));
        assert_eq!(methods(&mut session), [Method::Bye]);
    }
}

// rfc3261#15.1.1/1, type=test
#[test]
fn the_session_is_over_when_bye_goes_out() {
    for mut session in [established(), acknowledged()] {
        session.hang_up(NOW);
        let said = outputs(&mut session);
        let [Output::Request(bye), Output::Event(SessionEvent::Ended(_))] = said.as_slice() else {
            panic!("{said:?}")
        };
        assert_eq!(*bye.method(), Method::Bye);
    }
}

// rfc3261#15.1.1/1, type=test
#[test]
fn of_challenged_requests_only_bye_goes_out_again_once_it_is_sent() {
    let mut session = acknowledged();
    let message = session.message(Body::text("hello")).unwrap();
    session.hang_up(NOW);
    let sent = requests(&mut session);
    let [_, bye] = sent.as_slice() else { panic!("{sent:?}") };
    let bye: CSeq = bye.headers().required().unwrap();
    // a MESSAGE with a higher number than the BYE would make the peer answer 500 to that
    for cseq in [bye.clone(), message] {
        session.handle(Input::Challenged { cseq, remote_tag: "tag-alice".into() }, NOW);
    }
    let sent = requests(&mut session);
    let [again] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(again.headers().required(), Ok(CSeq::new(bye.number + 1, Method::Bye)));
}

#[test]
fn a_challenge_after_the_bye_of_the_peer_leaves_nothing_behind() {
    for (mut session, bye, tag) in [
        (established(), of_callee(Method::Bye), "tag-bob"),
        (acknowledged(), of_caller(Method::Bye), "tag-alice"),
    ] {
        session.offer(Body::sdp("again")).unwrap();
        let sent = requests(&mut session);
        let [invite] = sent.as_slice() else { panic!("{sent:?}") };
        let cseq: CSeq = invite.headers().required().unwrap();
        session.handle(Input::Request(bye), NOW);
        assert!(session.is_busy(), "the INVITE still has its final response to come");
        drop(outputs(&mut session));
        session.handle(Input::Challenged { cseq, remote_tag: tag.into() }, NOW);
        // the caller still waits for a 2xx of another fork
        let rests = session.next_timeout().filter(|_| session.is_client());
        rests.into_iter().for_each(|at| session.handle(Input::Timeout, at));
        assert!(session.is_terminated() && outputs(&mut session).is_empty());
    }
}

// rfc3261#15.1.1/2, type=test
#[test]
fn whatever_becomes_of_bye_the_dialog_is_over() {
    let cseq = CSeq::new(1, Method::Bye);
    let response = |session: &InviteSession, status| {
        let mut response = response(session, status, "", 1, Method::Bye, "");
        let dialog = session.dialogs().next().unwrap();
        response.headers_mut().set(&From(dialog.local().clone()));
        response.headers_mut().set(&To(dialog.remote().clone()));
        Input::Response(response)
    };
    let outcomes: [&dyn Fn(&InviteSession) -> Input; 4] = [
        &|session| response(session, 481),
        &|session| response(session, 408),
        &|_| Input::Failed { cseq: cseq.clone(), remote_tag: "tag-alice".into(), failure: Failure::Timeout },
        &|session| response(session, 200),
    ];
    for outcome in outcomes {
        let mut session = acknowledged();
        session.hang_up(NOW);
        drop(outputs(&mut session));
        let input = outcome(&session);
        session.handle(input, NOW);
        assert!(session.is_terminated() && outputs(&mut session).is_empty());
    }
}

// rfc3261#15.1.2/1, type=test
#[test]
fn a_bye_of_another_dialog_gets_481() {
    let mut session = acknowledged();
    let mut stranger = of_caller(Method::Bye);
    let From(from) = stranger.headers().required().unwrap();
    stranger.headers_mut().set(&From(from.with_tag("somebody")));
    assert_eq!(answer(&mut session, stranger).status(), StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
    assert!(!session.has_ended());
}

// rfc3261#15.1.2/2, type=test
#[test]
fn a_bye_out_of_order_is_refused_as_any_request() {
    let mut session = acknowledged();
    let mut later = of_caller(Method::Options);
    later.headers_mut().set(&CSeq::new(9, Method::Options));
    assert_eq!(answer(&mut session, later).status(), StatusCode::OK);
    assert_eq!(answer(&mut session, of_caller(Method::Bye)).status(), StatusCode::SERVER_INTERNAL_ERROR);
    assert!(!session.has_ended());
}

// rfc3261#15.1.2/6-7, type=test
#[test]
fn requests_that_wait_when_bye_comes_get_487() {
    let mut ringing = server(&invite("alice", true));
    ringing.handle(Input::Request(of_caller(Method::Bye)), NOW);
    let mut answered = statuses(&mut ringing);
    answered.sort_unstable();
    assert_eq!(answered, [200, 487]);

    let mut asked = acknowledged();
    let mut change = of_caller(Method::Invite);
    let body = Body::sdp("alice 2");
    change.set_body(&body.content_type, body.bytes);
    asked.handle(Input::Request(change), NOW);
    assert!(statuses(&mut asked).is_empty());
    let mut bye = of_caller(Method::Bye);
    bye.headers_mut().set(&CSeq::new(3, Method::Bye));
    asked.handle(Input::Request(bye), NOW);
    let mut answered = statuses(&mut asked);
    answered.sort_unstable();
    assert_eq!(answered, [200, 487]);
}
