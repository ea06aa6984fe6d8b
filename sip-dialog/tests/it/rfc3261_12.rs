//! Dialogs as their sessions use them: the requirements of RFC 3261 §12.

use crate::messages::{NOW, answer, client, outputs, server};
use crate::table::{of_callee, of_caller, response};
use crate::world::{contact, invite};
use sip_dialog::{
    Dialog, DialogId, EndKind, Failure, Input, InviteSession, Output, SessionEvent, SessionSettings,
};
use sip_message::{
    Body, CSeq, CallId, Contact, From, HeaderName, Headers, Method, NameAddr, RSeq, Request, Require,
    Response, Route, StatusCode, To,
};
use sip_uri::Uri;

pub(crate) fn with(mut invite: Request, name: HeaderName, value: &str) -> Request {
    invite.headers_mut().push_text(&name, value).unwrap();
    invite
}

/// An INVITE to this URI.
fn to_uri(uri: &str) -> Request {
    let mut sent = Request::new(Method::Invite, &uri.parse().unwrap());
    *sent.headers_mut() = invite("alice", true).headers().clone();
    let body = Body::sdp("alice");
    sent.set_body(&body.content_type, body.bytes);
    sent
}

fn contact_uri(headers: &Headers) -> String {
    let Contact::Addr(contact) = headers.required().unwrap() else { panic!("a star") };
    contact.uri.to_string()
}

pub(crate) fn answers(session: &mut InviteSession) -> Vec<Response> {
    let response = |output| match output {
        Output::Response { response, .. } => Some(response),
        _ => None,
    };
    outputs(session).into_iter().filter_map(response).collect()
}

pub(crate) fn requests(session: &mut InviteSession) -> Vec<Request> {
    let request = |output| match output {
        Output::Request(request) | Output::Ack(request) => Some(request),
        _ => None,
    };
    outputs(session).into_iter().filter_map(request).collect()
}

/// A caller whose INVITE was answered.
pub(crate) fn established() -> InviteSession {
    let mut session = client(invite("alice", true));
    session.handle(Input::Response(response(&session, 200, "tag-bob", 1, Method::Invite, "bob")), NOW);
    drop(outputs(&mut session));
    session
}

/// A callee whose answer was acknowledged.
pub(crate) fn acknowledged() -> InviteSession {
    let mut session = server(&invite("alice", true));
    session.accept(Some(Body::sdp("bob")), NOW).unwrap();
    session.handle(Input::Request(of_caller(Method::Ack)), NOW);
    drop(outputs(&mut session));
    session
}

pub(crate) fn sent(session: &mut InviteSession) -> Request {
    session.message(Body::text("hello")).unwrap();
    requests(session).pop().unwrap()
}

// rfc3261#12.1.1/1-2, type=test
#[test]
fn record_route_goes_back_as_it_came() {
    let routed = with(
        invite("alice", true),
        HeaderName::RecordRoute,
        "<sip:p3.example.com;lr;odd=%41>;unknown=\"x, y\" ,  <sip:p2.example.com>",
    );
    let routed = with(routed, HeaderName::RecordRoute, "<sip:p1.example.com;lr>;last");
    let mut session = server(&routed);
    session.provisional(StatusCode::RINGING, None, NOW).unwrap();
    session.accept(Some(Body::sdp("bob")), NOW).unwrap();
    let fields = |headers: &Headers| -> Vec<String> {
        let fields = headers.iter().filter(|field| field.name() == HeaderName::RecordRoute);
        fields.map(|field| field.text().unwrap().to_string()).collect()
    };
    let answers = answers(&mut session);
    assert_eq!(answers.len(), 2);
    for response in answers {
        assert_eq!(fields(response.headers()), fields(routed.headers()));
    }
}

// rfc3261#12.1.1/3, type=test
#[test]
fn every_response_that_makes_the_dialog_has_a_contact() {
    let mut session = server(&invite("alice", true));
    session.provisional(StatusCode::RINGING, None, NOW).unwrap();
    session.accept(Some(Body::sdp("bob")), NOW).unwrap();
    let contacts: Vec<String> =
        answers(&mut session).iter().map(|response| contact_uri(response.headers())).collect();
    assert_eq!(contacts, ["sip:bob@ua.example.com"; 2]);
}

// rfc3261#12.1.1/5, type=test
#[test]
fn a_secure_request_or_way_back_makes_the_contact_of_the_callee_secure() {
    let contact_of = |invite: Request| {
        let mut session = server(&invite);
        session.accept(Some(Body::sdp("bob")), NOW).unwrap();
        contact_uri(answers(&mut session)[0].headers())
    };
    let mut secure_caller = invite("alice", true);
    secure_caller.headers_mut().remove(&HeaderName::Contact);
    let secure_caller = with(secure_caller, HeaderName::Contact, "<sips:alice@ua.example.com>");
    let route = |invite: Request, uri: &str| with(invite, HeaderName::RecordRoute, &format!("<{uri};lr>"));
    assert_eq!(contact_of(invite("alice", true)), "sip:bob@ua.example.com");
    for invite in [
        to_uri("sips:bob@example.com"),
        secure_caller.clone(),
        route(invite("alice", true), "sips:p1.example.com"),
    ] {
        assert_eq!(contact_of(invite), "sips:bob@ua.example.com");
    }
    assert_eq!(contact_of(route(secure_caller, "sip:p1.example.com")), "sip:bob@ua.example.com");
}

// rfc3261#12.1.2/2, rfc3261#12.2.1.1/19-21, type=test
#[test]
fn a_secure_target_or_route_makes_the_contact_of_the_caller_secure() {
    let routed = with(invite("alice", true), HeaderName::Route, "<sips:p1.example.com;lr>");
    for invite in [to_uri("sips:bob@example.com"), routed] {
        let mut session = InviteSession::client(invite, SessionSettings::default(), NOW).unwrap();
        let sent = requests(&mut session).remove(0);
        assert_eq!(contact_uri(sent.headers()), "sips:alice@ua.example.com");
        session.handle(Input::Response(response(&session, 200, "tag-bob", 1, Method::Invite, "bob")), NOW);
        drop(outputs(&mut session));
        session.offer(Body::sdp("alice 2")).unwrap();
        let again = requests(&mut session).remove(0);
        assert_eq!(contact_uri(again.headers()), "sips:alice@ua.example.com");
    }
}

// rfc3261#12.1.1/7, rfc3261#12.1.2/3, type=test
#[test]
fn nothing_in_the_dialog_changes_what_names_it() {
    let named = |dialog: &Dialog| {
        (dialog.id().clone(), dialog.local().clone(), dialog.remote().clone(), dialog.is_secure())
    };
    let mut dialog = Dialog::server(&to_uri("sips:bob@example.com"), "b", contact("bob")).unwrap();
    let before = named(&dialog);
    let mut strange = of_caller(Method::Info);
    strange.headers_mut().set(&CSeq::new(9, Method::Info));
    strange.headers_mut().set(&From(NameAddr::new("sip:mallory@example.org".parse().unwrap())));
    dialog.handle_request(&strange).unwrap();
    dialog.handle_target_refresh(response_of("sip:bob@192.0.2.77").headers()).unwrap();
    dialog.confirm();
    drop(dialog.request(Method::Bye));
    assert_eq!(named(&dialog), before);
}

fn response_of(contact: &str) -> Response {
    let mut response = Response::new(StatusCode::OK);
    response.headers_mut().push(&Contact::Addr(NameAddr::new(contact.parse().unwrap())));
    response
}

// rfc3261#12.1.1/9, rfc3261#12.1.2/5, rfc3261#12.2.1.1/12-13, type=test
#[test]
fn without_record_route_requests_go_straight_to_the_target() {
    for (mut session, target) in
        [(established(), "sip:bob@ua.example.com"), (acknowledged(), "sip:alice@ua.example.com")]
    {
        assert!(session.dialogs().all(|dialog| dialog.route_set().is_empty()));
        let request = sent(&mut session);
        assert_eq!(request.request_uri(), target);
        assert!(request.headers().list::<Route>().next().is_none());
    }
}

// rfc3261#12.1.1/16, rfc3261#12.2.1.1/5, type=test
#[test]
fn a_caller_without_a_tag_has_its_dialog() {
    let mut old = invite("alice", true);
    old.headers_mut().set(&From(NameAddr::new("sip:alice@example.com".parse().unwrap())));
    let untagged = |method: Method| {
        let mut request = of_caller(method);
        request.headers_mut().set(&From(NameAddr::new("sip:alice@example.com".parse().unwrap())));
        request
    };
    let mut session = server(&old);
    session.accept(Some(Body::sdp("bob")), NOW).unwrap();
    session.handle(Input::Request(untagged(Method::Ack)), NOW);
    drop(outputs(&mut session));
    assert_eq!(answer(&mut session, untagged(Method::Options)).status(), StatusCode::OK);
    let To(to) = sent(&mut session).headers().required().unwrap();
    assert_eq!((to.uri.to_string().as_str(), to.tag()), ("sip:alice@example.com", None));
}

// rfc3261#12.1.2/12, rfc3261#12.2.1.1/5, type=test
#[test]
fn a_callee_without_a_tag_has_its_dialog() {
    let mut session = client(invite("alice", true));
    session.handle(Input::Response(response(&session, 200, "", 1, Method::Invite, "bob")), NOW);
    let ack = requests(&mut session).remove(0);
    for request in [ack, sent(&mut session)] {
        let To(to) = request.headers().required().unwrap();
        assert_eq!((to.uri.to_string().as_str(), to.tag()), ("sip:bob@example.com", None));
    }
    let mut bye = of_callee(Method::Bye);
    bye.headers_mut().set(&From(NameAddr::new("sip:bob@example.com".parse().unwrap())));
    assert_eq!(answer(&mut session, bye).status(), StatusCode::OK);
}

// rfc3261#12.1.1/17-18, rfc3261#12.1.2/13-14, rfc3261#12.2.1.1/1-4, rfc3261#12.2.1.1/6, type=test
#[test]
fn requests_bear_the_addresses_and_names_of_the_dialog() {
    let alice = ("sip:alice@example.com", "tag-alice");
    let bob = ("sip:bob@example.com", "tag-bob");
    for (mut session, local, remote) in [(established(), alice, bob), (acknowledged(), bob, alice)] {
        let request = sent(&mut session);
        let (From(from), To(to)) =
            (request.headers().required().unwrap(), request.headers().required().unwrap());
        assert_eq!((from.uri.to_string().as_str(), from.tag().unwrap()), local);
        assert_eq!((to.uri.to_string().as_str(), to.tag().unwrap()), remote);
        assert_eq!(request.headers().required(), Ok(CallId("call-1".to_owned())));
        let id = DialogId::of_request(&request).unwrap();
        assert_eq!((id.local_tag.as_str(), id.remote_tag.as_str()), (remote.1, local.1));
    }
}

// rfc3261#12.2.1.1/7-11, type=test
#[test]
fn numbers_go_up_by_one_from_that_of_the_invite_or_from_a_small_one() {
    for (mut session, first) in [(established(), 2), (acknowledged(), 1)] {
        for number in first..first + 3 {
            let request = sent(&mut session);
            assert_eq!(request.headers().required(), Ok(CSeq::new(number, Method::Message)));
        }
    }
}

// rfc3261#12.2.2/2, rfc3261#12.2.2/4-5, type=test
#[test]
fn the_first_number_of_the_peer_may_be_any_and_later_ones_may_leave_gaps() {
    let mut session = established();
    let mut status_of = |number| {
        let mut request = of_callee(Method::Options);
        request.headers_mut().set(&CSeq::new(number, Method::Options));
        answer(&mut session, request).status()
    };
    assert_eq!(status_of(4711), StatusCode::OK);
    assert_eq!(status_of(4900), StatusCode::OK);
    assert_eq!(status_of(4899), StatusCode::SERVER_INTERNAL_ERROR, "rfc3261#12.2.2/3");
}

// rfc3261#12.2.1.2/1, type=test
#[test]
fn the_success_of_a_re_invite_moves_the_target() {
    let mut session = established();
    session.offer(Body::sdp("alice 2")).unwrap();
    drop(outputs(&mut session));
    let mut success = response(&session, 200, "tag-bob", 2, Method::Invite, "bob 2");
    success.headers_mut().set(&Contact::Addr(contact("bob-elsewhere")));
    session.handle(Input::Response(success), NOW);
    let ack = requests(&mut session).remove(0);
    assert_eq!(ack.request_uri(), "sip:bob-elsewhere@ua.example.com");
    assert_eq!(sent(&mut session).request_uri(), "sip:bob-elsewhere@ua.example.com");
}

// rfc3261#12.2.2/6, type=test
#[test]
fn a_target_refresh_of_the_peer_moves_the_target() {
    for method in [Method::Invite, Method::Update] {
        let mut session = acknowledged();
        let mut refresh = of_caller(method.clone());
        refresh.headers_mut().set(&Contact::Addr(contact("alice-elsewhere")));
        if method == Method::Invite {
            let body = Body::sdp("alice");
            refresh.set_body(&body.content_type, body.bytes);
        }
        assert_eq!(answer(&mut session, refresh).status(), StatusCode::OK, "{method}");
        let target: Uri = "sip:alice-elsewhere@ua.example.com".parse().unwrap();
        assert!(session.dialogs().all(|dialog| *dialog.remote_target() == target), "{method}");
    }
}

/// Whether the session has ended since the peer has lost the dialog, and BYE went out.
fn has_left(session: &mut InviteSession) -> bool {
    let told = outputs(session);
    let is_lost = |output: &Output| match output {
        Output::Event(SessionEvent::Ended(cause)) => cause.kind == EndKind::DialogLost,
        _ => false,
    };
    let is_bye =
        |output: &Output| matches!(output, Output::Request(request) if *request.method() == Method::Bye);
    told.iter().any(is_lost) && told.iter().any(is_bye)
}

// rfc3261#12.2.1.2/2, type=test
#[test]
fn a_peer_that_has_lost_the_dialog_is_left() {
    let mut session = established();
    drop(sent(&mut session));
    let lost = response(&session, 481, "tag-bob", 2, Method::Message, "");
    session.handle(Input::Response(lost), NOW);
    assert!(has_left(&mut session));
}

/// AC-7: what is of no usage, or a change that fails, is no reason (RFC 5057 §5.3, AC-19); the re-INVITE that asks whether
/// the session goes on is.
// rfc3261#12.2.1.2/2-3, type=test
#[test]
fn ac7_a_peer_that_is_silent_when_asked_after_a_lost_flow_is_left() {
    for is_answered in [true, false] {
        let mut session = established();
        session.handle(Input::FlowLost, NOW);
        session.handle(Input::FlowRestored { contact: contact("alice") }, NOW);
        drop(outputs(&mut session));
        session.handle(
            match is_answered {
                true => Input::Response(response(&session, 408, "tag-bob", 2, Method::Invite, "")),
                false => {
                    let (cseq, remote_tag) = (CSeq::new(2, Method::Invite), "tag-bob".to_owned());
                    Input::Failed { cseq, remote_tag, failure: Failure::Timeout }
                }
            },
            NOW,
        );
        assert!(has_left(&mut session), "{is_answered}");
    }
}

// rfc3261#12.2.1.1/7-9, type=test
#[test]
fn each_dialog_of_a_fork_numbers_its_requests_without_gaps() {
    let reliable = |session: &InviteSession, tag: &str| {
        let response = response(session, 183, tag, 1, Method::Invite, "");
        response.with(&Require("100rel".to_owned())).with(&RSeq(7))
    };
    let named = |request: &Request| {
        let To(to) = request.headers().required().unwrap();
        let CSeq { number, .. } = request.headers().required().unwrap();
        (number, to.tag().unwrap().to_owned())
    };
    let mut session = client(invite("alice", true));
    for tag in ["tag-bob", "tag-carol"] {
        session.handle(Input::Response(reliable(&session, tag)), NOW);
    }
    let [(2, bob), (2, carol)] = &requests(&mut session).iter().map(named).collect::<Vec<_>>()[..] else {
        panic!("two PRACKs")
    };
    assert_eq!((bob.as_str(), carol.as_str()), ("tag-bob", "tag-carol"));

    // the same number in both: each outcome finds its own
    let cseq = CSeq::new(2, Method::Prack);
    session.handle(Input::Challenged { cseq: cseq.clone(), remote_tag: "tag-carol".to_owned() }, NOW);
    let [(3, carol)] = &requests(&mut session).iter().map(named).collect::<Vec<_>>()[..] else {
        panic!("one PRACK again")
    };
    assert_eq!(carol, "tag-carol");
    session.handle(Input::Response(response(&session, 200, "tag-bob", 2, Method::Prack, "")), NOW);
    session.handle(Input::Response(reliable(&session, "tag-bob")), NOW);
    assert!(requests(&mut session).is_empty(), "that of bob did not fail");
    let failure = Failure::Timeout;
    session.handle(
        Input::Failed { cseq: CSeq::new(3, Method::Prack), remote_tag: "tag-carol".into(), failure },
        NOW,
    );
    session.handle(Input::Response(reliable(&session, "tag-carol")), NOW);
    assert_eq!(requests(&mut session).iter().map(named).collect::<Vec<_>>(), [(4, "tag-carol".to_owned())]);
}

#[test]
fn options_inside_the_dialog_learn_what_the_peer_can_do() {
    let mut session = established();
    let cseq = session.options().unwrap();
    let asked = requests(&mut session);
    let [options] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((options.method(), options.headers().required()), (&Method::Options, Ok(cseq.clone())));
    let mut success = response(&session, 200, "tag-bob", cseq.number, Method::Options, "");
    success.headers_mut().push_text(&HeaderName::Allow, "INVITE, ACK, BYE, CANCEL, UPDATE").unwrap();
    session.handle(Input::Response(success), NOW);
    let told = outputs(&mut session);
    let [Output::Event(SessionEvent::Answered { cseq: known, outcome: Ok(response) })] = told.as_slice()
    else {
        panic!("{told:?}")
    };
    assert_eq!((known, response.status()), (&cseq, StatusCode::OK));
    assert!(
        session.update(&session.dialog_id().unwrap().clone(), None).is_ok(),
        "it says that it serves UPDATE"
    );
    assert!(
        client(invite("alice", true)).options().is_err(),
        "before the answer there is no dialog to ask in"
    );
}
