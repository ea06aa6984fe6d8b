//! Several usages of one dialog, RFC 5057: what becomes of the others is nothing to the call.

use crate::messages::{NOW, outputs};
use crate::rfc3261_12::{acknowledged, answers, established, requests};
use crate::table::{challenge, of_callee, of_caller, response};
use crate::world::{Act, World};
use sip_dialog::{Failure, Input, InviteError, InviteSession, Output, SessionEvent, SessionState};
use sip_message::{Allow, Body, CSeq, HeaderName, Headers, Method, Request, StatusCode};

fn event(package: &str) -> Headers {
    let mut fields = Headers::new();
    fields.push_text(&HeaderName::Event, package).unwrap();
    fields
}

/// Subscribes inside the dialog and returns the request.
fn subscribe(session: &mut InviteSession) -> Request {
    let cseq = session.send(Method::Subscribe, &event("talk"), None).unwrap();
    let mut sent = requests(session);
    let request = sent.remove(0);
    assert_eq!((sent.len(), request.headers().required()), (0, Ok(cseq)));
    request
}

/// The session stands, and what it tells is the outcome of the SUBSCRIBE with this number alone.
fn outcome(session: &mut InviteSession, number: u32) -> Result<StatusCode, Failure> {
    assert_eq!(session.state(), SessionState::Established);
    let told = outputs(session);
    let [Output::Event(SessionEvent::Answered { cseq, outcome })] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(*cseq, CSeq::new(number, Method::Subscribe));
    outcome.as_ref().map(|response| response.status()).map_err(|failure| *failure)
}

// rfc5057#5.1
#[test]
fn a_refused_subscribe_does_not_end_the_call() {
    for status in [200, 403, 405, 408, 480, 481, 489, 500, 501, 503, 603] {
        let mut session = established();
        let request = subscribe(&mut session);
        assert_eq!(request.headers().raw(&HeaderName::Event), Some(&b"talk"[..]));
        assert!(request.headers().contains(&HeaderName::Contact), "a subscription needs a target");
        let answer = response(&session, status, "tag-bob", 2, Method::Subscribe, "");
        session.handle(Input::Response(answer), NOW);
        assert_eq!(outcome(&mut session, 2), Ok(StatusCode::new(status).unwrap()));
    }
}

// rfc5057#5.2
#[test]
fn a_subscribe_without_answer_does_not_end_the_call() {
    for failure in [Failure::Timeout, Failure::Transport] {
        let mut session = established();
        subscribe(&mut session);
        let cseq = CSeq::new(2, Method::Subscribe);
        session.handle(Input::Failed { cseq, remote_tag: "tag-bob".into(), failure }, NOW);
        assert_eq!(outcome(&mut session, 2), Err(failure));
    }
}

#[test]
fn ac29_a_challenged_subscribe_goes_out_again() {
    let mut session = established();
    subscribe(&mut session);
    challenge(&mut session, NOW, CSeq::new(2, Method::Subscribe));
    let again = requests(&mut session);
    assert_eq!(again[0].headers().required(), Ok(CSeq::new(3, Method::Subscribe)));
    assert_eq!(again[0].headers().raw(&HeaderName::Event), Some(&b"talk"[..]));
    session.handle(Input::Response(response(&session, 202, "tag-bob", 3, Method::Subscribe, "")), NOW);
    assert_eq!(outcome(&mut session, 2), Ok(StatusCode::ACCEPTED), "named as the verb did");
}

#[test]
fn fields_of_the_dialog_are_not_for_others_to_say() {
    let mut session = established();
    let mut fields = event("talk");
    for (name, value) in [
        (HeaderName::CallId, "another"),
        (HeaderName::Route, "<sip:elsewhere.example;lr>"),
        (HeaderName::CSeq, "77 SUBSCRIBE"),
        (HeaderName::Accept, "text/plain"),
        (HeaderName::Accept, "text/html"),
    ] {
        fields.push_text(&name, value).unwrap();
    }
    session.send(Method::Subscribe, &fields, Some(Body::text("x"))).unwrap();
    let request = &requests(&mut session)[0];
    let headers = request.headers();
    assert_eq!((headers.count(&HeaderName::CallId), headers.count(&HeaderName::CSeq)), (1, 1));
    assert_eq!(headers.required(), Ok(CSeq::new(2, Method::Subscribe)));
    assert_eq!((headers.count(&HeaderName::Accept), request.body().as_ref()), (2, &b"x"[..]));
}

#[test]
fn a_session_makes_its_own_requests_itself() {
    for method in
        ["INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "PRACK", "INFO", "MESSAGE", "OPTIONS", "REGISTER"]
    {
        let sent = established().send(method.parse().unwrap(), &Headers::new(), None);
        assert_eq!(sent, Err(InviteError::OwnMethod), "{method}");
    }
}

// rfc5057#5.1, rfc3261#8.2.1/3-4
#[test]
fn a_usage_that_is_not_served_is_refused_and_the_call_goes_on() {
    for (mut session, request) in [
        (established(), of_callee as fn(Method) -> Request),
        (acknowledged(), of_caller as fn(Method) -> Request),
    ] {
        for method in [Method::Subscribe, Method::Refer] {
            let mut request = request(method);
            request.headers_mut().push_text(&HeaderName::Event, "refer").unwrap();
            session.handle(Input::Request(request), NOW);
            let answered = answers(&mut session);
            assert_eq!(answered[0].status(), StatusCode::METHOD_NOT_ALLOWED);
            assert!(
                answered[0].headers().list::<Allow>().flatten().any(|Allow(method)| method == Method::Invite)
            );
            assert_eq!(session.state(), SessionState::Established);
        }
        // rfc6665#4.1.3: there is no such subscription
        let mut notify = request(Method::Notify);
        notify.headers_mut().push_text(&HeaderName::Event, "refer").unwrap();
        session.handle(Input::Request(notify), NOW);
        assert_eq!(answers(&mut session)[0].status(), StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
        assert_eq!(session.state(), SessionState::Established);
    }
}

/// A MESSAGE is of no usage (§5.3): that it is not served, or lost, says nothing of the call.
#[test]
fn a_message_without_answer_does_not_end_the_call() {
    let world = World::new(&["bob"]).at(0, 0, Act::Call { offer: true }).at(1000, 1, Act::Accept);
    let world = world.ignores(1, "MESSAGE").at(2000, 0, Act::Message).at(40_000, 0, Act::HangUp);
    insta::assert_snapshot!(world.run().transcript);
}

/// Asks the peer to call somebody else.
fn refer(session: &mut InviteSession) -> u32 {
    let mut fields = Headers::new();
    fields.push_text(&HeaderName::ReferTo, "<sip:carol@example.com>").unwrap();
    let cseq = session.send(Method::Refer, &fields, None).unwrap();
    assert_eq!(requests(session).len(), 1);
    cseq.number
}

/// What a NOTIFY with this number and these fields gets, and whether the application is told.
fn notified(session: &mut InviteSession, number: u32, event: &str, state: &str) -> (u16, bool) {
    let mut notify = of_callee(Method::Notify);
    notify.headers_mut().set(&CSeq::new(number, Method::Notify));
    notify.headers_mut().push_text(&HeaderName::Event, event).unwrap();
    notify.headers_mut().push_text(&HeaderName::SubscriptionState, state).unwrap();
    session.handle(Input::Request(notify), NOW);
    let told = outputs(session);
    let status = told.iter().find_map(|output| match output {
        Output::Response { response, .. } => Some(response.status().code()),
        _ => None,
    });
    let is_told = told.iter().any(|output| matches!(output, Output::Event(SessionEvent::Notified(_))));
    (status.unwrap(), is_told)
}

fn refer_answered(session: &mut InviteSession, status: u16, number: u32, refer_sub: &str) {
    let mut answer = response(session, status, "tag-bob", number, Method::Refer, "");
    if !refer_sub.is_empty() {
        answer.headers_mut().push_text(&HeaderName::ReferSub, refer_sub).unwrap();
    }
    session.handle(Input::Response(answer), NOW);
    drop(outputs(session));
}

const ACTIVE: &str = "active;expires=60";
const OVER: &str = "terminated;reason=noresource";

// rfc3515#2.4.4, rfc6665#4.1.2.4, type=test
#[test]
fn what_a_refer_comes_to_is_told_until_its_subscription_is_terminated() {
    let mut session = established();
    assert_eq!(notified(&mut session, 1, "refer", ACTIVE), (481, false), "nothing was asked for");
    let number = refer(&mut session);
    assert_eq!(notified(&mut session, 2, "refer", ACTIVE), (200, true), "faster than the 202");
    refer_answered(&mut session, 202, number, "");
    assert_eq!(notified(&mut session, 3, "refer;id=77", ACTIVE), (200, true), "there is only one");
    assert_eq!(notified(&mut session, 4, "refer", OVER), (200, true));
    assert_eq!(notified(&mut session, 5, "refer", OVER), (481, false));
    assert_eq!(session.state(), SessionState::Established);
}

// rfc3515#2.4.4, rfc4488#4, type=test
#[test]
fn p14_a_refer_that_is_refused_or_silent_leaves_no_subscription() {
    for (status, refer_sub) in
        [(403, ""), (405, ""), (481, ""), (603, ""), (200, "false"), (202, "false;x=1")]
    {
        let mut session = established();
        let number = refer(&mut session);
        refer_answered(&mut session, status, number, refer_sub);
        assert_eq!(notified(&mut session, 1, "refer", ACTIVE), (481, false), "{status}");
        assert_eq!(session.state(), SessionState::Established);
    }
    for failure in [Failure::Timeout, Failure::Transport] {
        let mut session = established();
        let cseq = CSeq::new(refer(&mut session), Method::Refer);
        session.handle(Input::Failed { cseq, remote_tag: "tag-bob".into(), failure }, NOW);
        drop(outputs(&mut session));
        assert_eq!(notified(&mut session, 1, "refer", ACTIVE), (481, false));
    }
}

// rfc3515#2.4.6, type=test
#[test]
fn several_refers_are_told_apart_by_their_numbers() {
    let mut session = established();
    let first = refer(&mut session);
    let second = refer(&mut session);
    refer_answered(&mut session, 202, first, "true");
    challenge(&mut session, NOW, CSeq::new(second, Method::Refer));
    assert_eq!(requests(&mut session).len(), 1);
    let again = second + 1;
    refer_answered(&mut session, 202, again, "");
    assert_eq!(notified(&mut session, 1, &format!("refer;id={second}"), OVER), (481, false));
    assert_eq!(notified(&mut session, 2, &format!("refer;id={again}"), OVER), (200, true));
    assert_eq!(notified(&mut session, 3, "refer", OVER), (200, true), "without id the first is meant");
    assert_eq!(notified(&mut session, 4, &format!("refer;id={first}"), OVER), (481, false));
}
