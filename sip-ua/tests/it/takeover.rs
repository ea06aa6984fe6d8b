//! Calls that replace or join another one, through the core: RFC 3891, RFC 3911; AC-21.

use crate::peer::{Peer, request, response};
use sip_dialog::SessionEvent;
use sip_message::{
    Body, CallId, Contact, ContentType, From, Header as _, Join, Method, NameAddr, Replaces, Request,
    Response, StatusCode, To,
};
use sip_ua::core::{CallKey, CallOptions, Event, Relation, TakeoverPolicy};

const SDP: &str = "v=0\r\n";

fn outgoing(alice: &mut Peer) -> (CallKey, Request) {
    let bob = "sip:bob@example.test".parse().unwrap();
    let call = alice.act(|core, now| core.invite(&bob, &Body::sdp(SDP), now)).unwrap();
    (call, alice.sent_request())
}

fn from_bob(invite: &Request, status: StatusCode) -> Response {
    let bob = NameAddr::new("sip:bob@y.invalid;transport=ws".parse().unwrap());
    let mut response = response(invite, status).with(&Contact::Addr(bob));
    if status.is_success() {
        response.set_body(&ContentType::sdp(), SDP.into());
    }
    response
}

/// A call of Alice's that stands, and its INVITE.
fn established(alice: &mut Peer) -> (CallKey, Request) {
    let (call, invite) = outgoing(alice);
    alice.receive(from_bob(&invite, StatusCode::OK));
    alice.take_sent();
    alice.events.clear();
    (call, invite)
}

/// The value that names Alice's dialog of `invite`, as Bob would write it.
fn naming(invite: &Request) -> String {
    let (CallId(call), From(from)) =
        (invite.headers().required().unwrap(), invite.headers().required().unwrap());
    format!("{call};to-tag={};from-tag=server", from.tag().unwrap())
}

fn carol(extra: &str) -> String {
    request("INVITE", &format!("{extra}Content-Type: application/sdp\n"), "v=0\n")
}

/// What Alice answers to an INVITE with these header fields.
fn answer(alice: &mut Peer, extra: &str) -> StatusCode {
    alice.receive_text(&carol(extra));
    alice.sent_response().status()
}

fn incoming(alice: &mut Peer) -> CallKey {
    match alice.events.pop() {
        Some(Event::IncomingCall { call, .. }) => call,
        other => panic!("{other:?}"),
    }
}

#[test]
fn ac21_an_accepted_call_ends_the_one_it_replaces_by_bye() {
    let mut alice = Peer::connected();
    let (old, invite) = established(&mut alice);
    alice.receive_text(&carol(&format!("Require: replaces\nReplaces: {}\n", naming(&invite))));
    let new = incoming(&mut alice);
    assert_eq!(alice.core.relation(new), Some(Relation::Replaces(old)));
    assert!(alice.take_sent().is_empty(), "nothing happens before the user agrees");
    alice.act(|core, now| core.accept(new, Some(Body::sdp(SDP)), now)).unwrap();
    let lines = alice.start_lines();
    assert_eq!(lines, ["SIP/2.0 200 OK", "BYE sip:bob@y.invalid;transport=ws SIP/2.0"]);
    let ended =
        |event: &Event| matches!(event, Event::Call { call, event: SessionEvent::Ended(_) } if *call == old);
    assert!(alice.events.iter().any(ended));
}

#[test]
fn ac21_a_refused_call_leaves_the_other_one_alone() {
    let mut alice = Peer::connected();
    let (old, invite) = established(&mut alice);
    alice.receive_text(&carol(&format!("Replaces: {}\n", naming(&invite))));
    let new = incoming(&mut alice);
    alice.act(|core, now| core.reject(new, StatusCode::NOT_ACCEPTABLE_HERE, now)).unwrap();
    assert_eq!(alice.sent_response().status(), StatusCode::NOT_ACCEPTABLE_HERE);
    assert!(alice.core.replaces(old).is_some(), "the dialog stands");
}

#[test]
fn ac21_a_call_that_is_still_early_is_replaced_by_cancel() {
    let mut alice = Peer::connected();
    let (_, invite) = outgoing(&mut alice);
    alice.receive(from_bob(&invite, StatusCode::RINGING));
    alice.events.clear();
    alice.receive_text(&carol(&format!("Replaces: {};early-only\n", naming(&invite))));
    let new = incoming(&mut alice);
    alice.act(|core, now| core.accept(new, Some(Body::sdp(SDP)), now)).unwrap();
    let sent = alice.take_sent();
    assert_eq!(sent[0].start_line(), "SIP/2.0 200 OK");
    assert_eq!(sent[1].as_request().unwrap().method(), &Method::Cancel);
}

#[test]
fn ac21_what_cannot_be_replaced_is_refused() {
    let mut alice = Peer::connected();
    let (old, invite) = established(&mut alice);
    let name = naming(&invite);
    assert_eq!(answer(&mut alice, "Replaces: other;to-tag=1;from-tag=2\n").code(), 481);
    assert_eq!(again(&mut alice, 1, &format!("Replaces: {name};early-only\n")).code(), 486);
    alice.act(|core, now| core.hang_up(old, now));
    alice.take_sent();
    assert_eq!(again(&mut alice, 5, &format!("Replaces: {name}\n")).code(), 603);
    assert!(alice.core.replaces(old).is_none());
}

/// The same with another Call-ID and branch.
fn again(alice: &mut Peer, number: u32, extra: &str) -> StatusCode {
    response_to(alice, number, extra).status()
}

fn response_to(alice: &mut Peer, number: u32, extra: &str) -> Response {
    let text = carol(extra).replace("from-bob", &format!("from-bob-{number}"));
    alice.receive_text(&text.replace("z9hG4bKbob", &format!("z9hG4bKbob{number}")));
    alice.sent_response()
}

// rfc3891#3, rfc3911#4
#[test]
fn ac21_a_400_to_contradictory_replaces_or_join_says_why() {
    let mut alice = Peer::connected();
    let (_, invite) = established(&mut alice);
    let name = naming(&invite);
    let cases = [
        (format!("Replaces: {name}\nReplaces: {name}\n"), "More Than One Replaces"),
        (format!("Join: {name}\nJoin: {name}\n"), "More Than One Join"),
        (format!("Replaces: {name}\nJoin: {name}\n"), "Both Replaces and Join"),
        (format!("Replaces: ;to-tag=1\nJoin: {name}\n"), "Both Replaces and Join"),
        ("Replaces: ;to-tag=1\n".to_owned(), "Bad Replaces Header Field"),
        ("Join: ;to-tag=1\n".to_owned(), "Bad Join Header Field"),
    ];
    for (number, (extra, reason)) in (1..).zip(cases) {
        let refused = response_to(&mut alice, number, &extra);
        assert_eq!((refused.status(), refused.reason()), (StatusCode::BAD_REQUEST, reason), "{extra}");
    }
}

#[test]
fn ac21_the_early_call_of_somebody_else_is_not_given_away() {
    let mut alice = Peer::connected();
    alice.receive_text(&carol(""));
    let ringing = incoming(&mut alice);
    alice.act(|core, now| core.ring(ringing, now)).unwrap();
    let To(to) = alice.sent_response().headers().required().unwrap();
    let name = format!("from-bob;to-tag={};from-tag=bob", to.tag().unwrap());
    assert_eq!(again(&mut alice, 1, &format!("Replaces: {name}\n")).code(), 481);
    let text = carol(&format!("Join: {name}\n")).replace("from-bob\n", "from-carol\n");
    alice.receive_text(&text.replace("z9hG4bKbob", "z9hG4bKcarol"));
    let joining = incoming(&mut alice);
    assert_eq!(alice.core.relation(joining), Some(Relation::Joins(ringing)), "rfc3911#4: joined it may be");
}

#[test]
fn a_policy_refuses_all_that_replace_and_other_requests_may_not() {
    let mut alice = Peer::with(|config| config.takeover = TakeoverPolicy::Refuse);
    let (_, invite) = established(&mut alice);
    assert_eq!(answer(&mut alice, &format!("Replaces: {}\n", naming(&invite))).code(), 403);
    alice.receive_text(&request("OPTIONS", "Replaces: a;to-tag=1;from-tag=2\n", ""));
    assert_eq!(alice.sent_response().status(), StatusCode::BAD_REQUEST);
}

/// The tags are those of the end that gets the INVITE: to-tag is its own, whoever called whom.
#[test]
fn ac21_replaces_has_the_tags_right_in_both_roles_at_both_ends() {
    let mut alice = Peer::connected();
    let (call, invite) = established(&mut alice);
    let replaces = alice.core.replaces(call).unwrap();
    let From(from) = invite.headers().required().unwrap();
    assert_eq!((replaces.to_tag(), replaces.from_tag()), (Some("server"), from.tag()));
    alice.receive_text(&carol(""));
    let call = incoming(&mut alice);
    assert_eq!(
        alice.core.replaces(call).map(|it| it.is_early_only()),
        Some(true),
        "the caller's to give away"
    );
    alice.act(|core, now| core.accept(call, Some(Body::sdp(SDP)), now)).unwrap();
    let To(to) = alice.sent_response().headers().required().unwrap();
    let replaces = alice.core.replaces(call).unwrap();
    assert_eq!((replaces.to_tag(), replaces.from_tag()), (Some("bob"), to.tag()));
}

// rfc3261#8.1.1.9/3,5, type=test
#[test]
fn ac21_a_call_is_made_to_replace_or_to_join() {
    let mut alice = Peer::connected();
    let bob = "sip:bob@example.test".parse().unwrap();
    let value = "call;to-tag=7;from-tag=8";
    let mut made = |options: CallOptions| {
        alice.act(|core, now| core.invite_with(&bob, &options, now)).unwrap();
        alice.sent_request()
    };
    let invite = made(CallOptions::offering(Body::sdp(SDP)).replacing(Replaces::decode(value).unwrap()));
    assert_eq!(invite.headers().required::<Replaces>().unwrap().encoded(), value);
    assert_eq!(invite.headers().raw(&"Require".parse().unwrap()), Some(b"replaces".as_slice()));
    let invite = made(CallOptions::default().joining(Join::decode(value).unwrap()));
    assert_eq!(invite.headers().required::<Join>().unwrap().encoded(), value);
    assert!(invite.body().is_empty(), "AC-23: the peer makes the offer");
}
