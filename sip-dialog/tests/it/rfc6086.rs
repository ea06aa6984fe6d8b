//! INFO packages: who says when which it receives, and what a refusal makes of that. RFC 6086 §4.2, §5.2; AC-22.

use crate::messages::{NOW, answer, client, outputs, server};
use crate::rfc3261_12::{acknowledged, answers, established, requests, with};
use crate::table::{of_callee, of_caller, response};
use crate::world::{contact, invite};
use sip_dialog::{Input, InviteError, InviteSession, ReliableProvisional, SessionEvent, SessionSettings};
use sip_message::{
    Body, CSeq, HeaderName, Headers, Method, RAck, RSeq, Request, Require, Response, StatusCode, Supported,
};

const PACKAGE: &str = "conference";

/// The packages that a message lists; `None` when it says nothing of them.
fn said(headers: &Headers) -> Option<String> {
    headers.raw(&HeaderName::RecvInfo).map(|value| String::from_utf8_lossy(value).into_owned())
}

fn naming(request: Request, packages: &str) -> Request {
    with(request, HeaderName::RecvInfo, packages)
}

fn receives(session: &InviteSession, package: &str) -> bool {
    session.remote_capabilities().is_some_and(|peer| peer.receives_info(package))
}

/// The callee of `invite` that receives one package, and sends reliably where it may.
fn callee(invite: &Request) -> InviteSession {
    let mut settings = SessionSettings::default();
    settings.recv_info = vec![PACKAGE.to_owned()];
    settings.reliable = ReliableProvisional::WhenSupported;
    InviteSession::server(invite, "tag-bob".into(), contact("bob"), settings, NOW).unwrap()
}

/// The same request of the peer with the number after the one before.
fn numbered(mut request: Request, number: u32) -> Request {
    let method = request.method().clone();
    request.headers_mut().set(&CSeq { number, method });
    request
}

fn info(package: &str) -> Request {
    with(of_caller(Method::Info), HeaderName::InfoPackage, package)
}

// rfc6086#5.2.3: the caller always says it
#[test]
fn an_invite_says_which_packages_are_received_also_when_none_is() {
    for packages in [Vec::new(), vec![PACKAGE.to_owned()]] {
        let mut settings = SessionSettings::default();
        settings.recv_info.clone_from(&packages);
        let mut session = InviteSession::client(invite("alice", true), settings, NOW).unwrap();
        let Some(sip_dialog::Output::Request(sent)) = session.poll_output() else { panic!("an INVITE") };
        assert_eq!(said(sent.headers()), Some(packages.concat()));
    }
}

// rfc6086#5.2.3: an answer speaks of packages if its request does, and not otherwise
#[test]
fn a_callee_speaks_of_packages_where_the_invite_does() {
    let reliable = invite("alice", true).with(&Supported("100rel".to_owned()));
    for (asked, expected) in
        [(None, None), (Some(""), Some(PACKAGE.to_owned())), (Some("other"), Some(PACKAGE.to_owned()))]
    {
        let sent = asked.map_or_else(|| reliable.clone(), |packages| naming(reliable.clone(), packages));
        let mut session = callee(&sent);
        session.provisional(StatusCode::RINGING, None, NOW).unwrap();
        let rung: Vec<Response> = answers(&mut session);
        assert!(rung[0].headers().contains(&HeaderName::RSeq));
        assert_eq!(said(rung[0].headers()), expected, "a reliable response to {asked:?}");
        session.accept(Some(Body::sdp("bob")), NOW).unwrap();
        assert_eq!(said(answers(&mut session)[0].headers()), expected, "the 2xx to {asked:?}");
        assert_eq!(receives(&session, "other"), asked == Some("other"));
    }
}

// rfc6086#7.1, table 2: the same in the 2xx to each later request that may change the packages
#[test]
fn later_requests_are_answered_in_the_same_way() {
    for packages in [None, Some("other")] {
        let asking = |method| {
            let request = of_caller(method);
            packages.map_or_else(|| request.clone(), |packages| naming(request.clone(), packages))
        };
        let expected = packages.map(|_| String::new());
        let mut session = acknowledged();
        let updated = answer(&mut session, asking(Method::Update));
        assert_eq!((updated.status(), said(updated.headers())), (StatusCode::OK, expected.clone()));
        session.handle(Input::Request(numbered(asking(Method::Invite), 3)), NOW);
        drop(outputs(&mut session));
        session.answer(Body::sdp("bob 2"), NOW).unwrap();
        let changed = answers(&mut session).remove(0);
        assert_eq!((changed.status(), said(changed.headers())), (StatusCode::OK, expected.clone()));

        let required = with(invite("alice", true), HeaderName::Require, "100rel");
        let mut session = server(&required);
        session.provisional(StatusCode::RINGING, None, NOW).unwrap();
        let RSeq(rseq) = answers(&mut session)[0].headers().required().unwrap();
        let rack = RAck { rseq, cseq: CSeq::new(1, Method::Invite) };
        let pracked = answer(&mut session, asking(Method::Prack).with(&rack));
        assert_eq!((pracked.status(), said(pracked.headers())), (StatusCode::OK, expected));
        assert_eq!(receives(&session, "other"), packages.is_some());
    }
}

// rfc6086#5.2.4
#[test]
fn a_refused_request_leaves_the_packages_as_they_were() {
    let mut session = callee(&naming(invite("alice", true), "first"));
    session.accept(Some(Body::sdp("bob")), NOW).unwrap();
    session.handle(Input::Request(of_caller(Method::Ack)), NOW);
    let second = naming(of_caller(Method::Invite), "second");
    for (number, is_refused) in [(2, true), (3, false)] {
        let mut offer = numbered(second.clone(), number);
        offer.set_body(&Body::sdp("").content_type, format!("alice {number}").into());
        session.handle(Input::Request(offer), NOW);
        assert!(receives(&session, "first") && !receives(&session, "second"), "nothing is agreed yet");
        if is_refused {
            session.decline(StatusCode::NOT_ACCEPTABLE_HERE, NOW).unwrap();
        } else {
            session.answer(Body::sdp("bob 2"), NOW).unwrap();
        }
        drop(outputs(&mut session));
        assert_eq!((receives(&session, "first"), receives(&session, "second")), (is_refused, !is_refused));
    }
    // one that came while another waits is refused at once
    session.handle(Input::Request(numbered(naming(of_caller(Method::Update), "third"), 1)), NOW);
    assert_eq!(answers(&mut session)[0].status(), StatusCode::SERVER_INTERNAL_ERROR);
    assert!(receives(&session, "second"));
}

// rfc6086#4.2.2, rfc6086#5.2.4: neither the list in a 469 nor what another refusal says
#[test]
fn what_a_refusal_lists_does_not_count() {
    let mut session = client(invite("alice", true));
    let mut success = response(&session, 200, "tag-bob", 1, Method::Invite, "bob");
    success.headers_mut().push_text(&HeaderName::RecvInfo, PACKAGE).unwrap();
    success.headers_mut().push_text(&HeaderName::Allow, "INVITE, UPDATE").unwrap();
    session.handle(Input::Response(success), NOW);
    let dialog = session.dialog_id().unwrap().clone();
    assert!(session.info(&dialog, PACKAGE, None).is_ok());
    session.update(&dialog, Some(Body::sdp("alice 2"))).unwrap();
    for (status, method, number) in [(469, Method::Info, 2), (488, Method::Update, 3)] {
        let mut refusal = response(&session, status, "tag-bob", number, method, "");
        refusal.headers_mut().push_text(&HeaderName::RecvInfo, "other").unwrap();
        session.handle(Input::Response(refusal), NOW);
        assert!(receives(&session, PACKAGE) && !receives(&session, "other"), "{status}");
    }
    assert!(!session.has_ended());
    assert_eq!(session.info(&dialog, "other", None), Err(InviteError::NotAllowed));
}

// rfc6086#4.2.2
#[test]
fn a_package_that_is_received_is_told_and_another_one_gets_469() {
    let mut session = callee(&naming(invite("alice", true), ""));
    session.accept(Some(Body::sdp("bob")), NOW).unwrap();
    session.handle(Input::Request(of_caller(Method::Ack)), NOW);
    drop(outputs(&mut session));
    let refusal = answer(&mut session, info("other"));
    assert_eq!(refusal.status(), StatusCode::BAD_INFO_PACKAGE);
    assert_eq!(said(refusal.headers()).as_deref(), Some(PACKAGE));
    session.handle(Input::Request(numbered(info("Conference"), 3)), NOW);
    let told = outputs(&mut session);
    let [sip_dialog::Output::Response { response, .. }, sip_dialog::Output::Event(event)] = told.as_slice()
    else {
        panic!("{told:?}")
    };
    assert_eq!((response.status(), said(response.headers())), (StatusCode::OK, None));
    assert!(matches!(event, SessionEvent::Info { .. }));
}

// rfc6086#4.2.1, rfc6086#4.3.1
#[test]
fn an_info_names_one_package_and_what_its_body_is() {
    let mut session = established();
    session.handle(Input::Request(naming(of_callee(Method::Update), PACKAGE)), NOW);
    drop(outputs(&mut session));
    let dialog = session.dialog_id().unwrap().clone();
    for body in [None, Some(Body::text("x"))] {
        session.info(&dialog, PACKAGE, body.clone()).unwrap();
        let sent = requests(&mut session).remove(0);
        assert_eq!(sent.headers().raw(&HeaderName::InfoPackage), Some(PACKAGE.as_bytes()));
        let disposition = sent.headers().raw(&HeaderName::ContentDisposition);
        assert_eq!(disposition, body.map(|_| "Info-Package".as_bytes()));
        assert_eq!(said(sent.headers()), None, "INFO itself lists none");
    }
}

// rfc6086#4.2.2: who was told of no package may send none
#[test]
fn a_package_that_was_not_announced_gets_469() {
    let mut session = callee(&invite("alice", true));
    session.accept(Some(Body::sdp("bob")), NOW).unwrap();
    session.handle(Input::Request(of_caller(Method::Ack)), NOW);
    drop(outputs(&mut session));
    let refusal = answer(&mut session, info(PACKAGE));
    assert_eq!(refusal.status(), StatusCode::BAD_INFO_PACKAGE);
    assert_eq!(said(refusal.headers()).as_deref(), Some(""));
}

// rfc6086#4.2.1: forks are told apart
#[test]
fn each_fork_has_packages_of_its_own() {
    let mut session = client(invite("alice", true));
    for (tag, packages) in [("tag-bob", PACKAGE), ("tag-carol", "other")] {
        let mut rung = response(&session, 183, tag, 1, Method::Invite, "").with(&RSeq(1));
        rung.headers_mut().push(&Require("100rel".to_owned()));
        rung.headers_mut().push_text(&HeaderName::RecvInfo, packages).unwrap();
        session.handle(Input::Response(rung), NOW);
    }
    let forks: Vec<_> = session.dialog_ids().cloned().collect();
    assert!(session.info(&forks[0], PACKAGE, None).is_ok());
    assert_eq!(session.info(&forks[1], PACKAGE, None), Err(InviteError::NotAllowed));
}

#[test]
fn of_a_message_that_says_nothing_the_packages_stay() {
    let mut session = established();
    session.handle(Input::Request(naming(of_callee(Method::Update), PACKAGE)), NOW);
    session.handle(Input::Request(numbered(of_callee(Method::Update), 2)), NOW);
    assert!(receives(&session, PACKAGE));
    session.handle(Input::Request(numbered(naming(of_callee(Method::Update), ""), 3)), NOW);
    assert!(!receives(&session, PACKAGE));
}
