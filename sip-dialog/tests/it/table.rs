//! The whole state × event table of both roles, as the code has it; compare with RFC 3261 §9, §13 and §15.

use crate::world::{cancel_of, contact, describe, invite};
use sip_clock::Instant;
use sip_dialog::{Dialog, Dtmf, DtmfMode, Failure, Input, InviteSession, Output, SessionSettings, Tone};
use sip_message::{
    Body, CSeq, Contact, Message, Method, NameAddr, RAck, RSeq, Request, Require, Response, StatusCode, To,
};
use std::fmt::Write as _;
use std::time::Duration;

pub(crate) type Event = (&'static str, fn(&mut InviteSession, Instant));

const CLIENT_STATES: [(&str, &[&str]); 11] = [
    ("Calling", &[]),
    ("Calling, hung up", &["hang_up"]),
    ("Proceeding", &["180"]),
    ("Proceeding, PRACK out", &["reliable 183"]),
    ("Proceeding, asked by a reliable 183", &["reliable 183, no offer sent"]),
    ("Cancelling", &["180", "hang_up"]),
    ("Offered", &["200 with body, no offer sent"]),
    ("Established", &["200"]),
    ("Ended, BYE out", &["200", "hang_up"]),
    ("Ended by the peer", &["200", "BYE"]),
    ("Terminated", &["486"]),
];

const SERVER_STATES: [(&str, &[&str]); 6] = [
    ("Incoming", &[]),
    ("WaitingForAck", &["accept"]),
    ("WaitingForAck, hung up", &["accept", "hang_up"]),
    ("Established", &["accept", "ACK"]),
    ("Ended, BYE out", &["accept", "ACK", "hang_up"]),
    ("Terminated", &["reject"]),
];

const CLIENT_EVENTS: [Event; 28] = [
    ("100", |session, now| respond(session, now, 100, "", 1, Method::Invite, "")),
    ("180", |session, now| respond(session, now, 180, "tag-bob", 1, Method::Invite, "")),
    ("reliable 183", |session, now| reliable(session, now, 1)),
    ("reliable 183, no offer sent", |session, now| reliable(session, now, 1)),
    ("reliable 183, one ahead", |session, now| reliable(session, now, 3)),
    ("200 (PRACK)", |session, now| respond(session, now, 200, "tag-bob", 2, Method::Prack, "")),
    ("PRACK timed out", |session, now| fail(session, now, cseq(2, Method::Prack), Failure::Timeout)),
    ("200", |session, now| respond(session, now, 200, "tag-bob", 1, Method::Invite, "bob")),
    ("200 with body, no offer sent", |session, now| {
        respond(session, now, 200, "tag-bob", 1, Method::Invite, "bob")
    }),
    ("200 of another fork", |session, now| {
        respond(session, now, 200, "tag-carol", 1, Method::Invite, "carol")
    }),
    ("486", |session, now| respond(session, now, 486, "tag-bob", 1, Method::Invite, "")),
    ("487", |session, now| respond(session, now, 487, "tag-bob", 1, Method::Invite, "")),
    ("challenge", |session, now| challenge(session, now, cseq(1, Method::Invite))),
    ("INVITE timed out", |session, now| fail(session, now, cseq(1, Method::Invite), Failure::Timeout)),
    ("INVITE not sent", |session, now| fail(session, now, cseq(1, Method::Invite), Failure::Transport)),
    ("hang_up", InviteSession::hang_up),
    ("answer", |session, now| {
        let _ = session.answer(Body::sdp("answer"), now);
    }),
    ("dtmf", key),
    ("BYE", |session, now| ask(session, now, Method::Bye)),
    ("INVITE", |session, now| ask(session, now, Method::Invite)),
    ("OPTIONS", |session, now| ask(session, now, Method::Options)),
    ("MESSAGE", |session, now| ask(session, now, Method::Message)),
    ("ACK", |session, now| ask(session, now, Method::Ack)),
    ("200 (BYE)", |session, now| respond(session, now, 200, "tag-bob", 2, Method::Bye, "")),
    ("challenge of BYE", |session, now| challenge(session, now, cseq(2, Method::Bye))),
    ("BYE timed out", |session, now| fail(session, now, cseq(2, Method::Bye), Failure::Timeout)),
    ("timeout", timeout),
    ("redirection", |session, now| {
        let target = "sip:bob@elsewhere.example".parse().unwrap();
        session.handle(Input::Redirected { cseq: cseq(1, Method::Invite), target }, now);
    }),
];

const SERVER_EVENTS: [Event; 19] = [
    ("provisional 180", |session, now| {
        let _ = session.provisional(StatusCode::RINGING, None, now);
    }),
    ("accept", |session, now| {
        let _ = session.accept(Some(Body::sdp("bob")), now);
    }),
    ("reject", |session, now| {
        let _ = session.reject(StatusCode::BUSY_HERE, now);
    }),
    ("hang_up", InviteSession::hang_up),
    ("CANCEL", |session, now| session.handle(Input::Request(cancel_of(&invite("alice", true))), now)),
    ("ACK", |session, now| ask(session, now, Method::Ack)),
    ("dtmf", key),
    ("BYE", |session, now| ask(session, now, Method::Bye)),
    ("INVITE", |session, now| ask(session, now, Method::Invite)),
    ("OPTIONS", |session, now| ask(session, now, Method::Options)),
    ("MESSAGE", |session, now| ask(session, now, Method::Message)),
    ("INFO", |session, now| ask(session, now, Method::Info)),
    ("WATCH", |session, now| ask(session, now, "WATCH".parse().unwrap())),
    ("INVITE failed", |session, now| fail(session, now, cseq(1, Method::Invite), Failure::Transport)),
    ("200 (BYE)", |session, now| respond(session, now, 200, "tag-alice", 1, Method::Bye, "")),
    ("481 (BYE)", |session, now| respond(session, now, 481, "tag-alice", 1, Method::Bye, "")),
    ("challenge of BYE", |session, now| challenge(session, now, cseq(1, Method::Bye))),
    ("BYE timed out", |session, now| fail(session, now, cseq(1, Method::Bye), Failure::Timeout)),
    ("timeout", timeout),
];

#[test]
fn client_table() {
    insta::assert_snapshot!(table(&CLIENT_STATES, &CLIENT_EVENTS, |path| {
        let offers = !path.iter().any(|event| event.contains("no offer"));
        InviteSession::client(invite("alice", offers), SessionSettings::default(), Instant::ZERO).unwrap()
    }));
}

const RELIABLE_STATES: [(&str, &[&str]); 5] = [
    ("Incoming", &[]),
    ("183 out", &["provisional 183"]),
    ("183 out, accepted", &["provisional 183", "accept"]),
    ("Acknowledged", &["provisional 183", "PRACK"]),
    ("Offer in PRACK waits", &["provisional 183", "PRACK with offer"]),
];

const RELIABLE_EVENTS: [Event; 13] = [
    ("provisional 183", |session, now| {
        let _ = session.provisional(StatusCode::SESSION_PROGRESS, Some(Body::sdp("bob")), now);
    }),
    ("provisional 180", SERVER_EVENTS[0].1),
    ("accept", SERVER_EVENTS[1].1),
    ("reject", SERVER_EVENTS[2].1),
    ("hang_up", InviteSession::hang_up),
    ("CANCEL", SERVER_EVENTS[4].1),
    ("PRACK", |session, now| session.handle(Input::Request(prack(RSEQ, "")), now)),
    ("PRACK with offer", |session, now| session.handle(Input::Request(prack(RSEQ, "new")), now)),
    ("PRACK of another", |session, now| session.handle(Input::Request(prack(RSEQ + 1, "")), now)),
    ("answer", CLIENT_EVENTS[16].1),
    ("decline", |session, now| {
        let _ = session.decline(StatusCode::NOT_ACCEPTABLE_HERE, now);
    }),
    ("BYE", SERVER_EVENTS[7].1),
    ("timeout", timeout),
];

/// The first number that chance gives the callee.
const RSEQ: u32 = 639_362_027;

fn prack(rseq: u32, body: &str) -> Request {
    let rack = RAck { rseq, cseq: cseq(1, Method::Invite) };
    let mut request = of_caller(Method::Prack).with(&rack);
    if !body.is_empty() {
        let body = Body::sdp(body.to_owned());
        request.set_body(&body.content_type, body.bytes);
    }
    request
}

#[test]
fn reliable_server_table() {
    insta::assert_snapshot!(table(&RELIABLE_STATES, &RELIABLE_EVENTS, |_| {
        let invite = invite("alice", true).with(&Require("100rel".to_owned()));
        let settings = SessionSettings::default();
        InviteSession::server(&invite, "tag-bob".into(), contact("bob"), settings, Instant::ZERO).unwrap()
    }));
}

#[test]
fn server_table() {
    insta::assert_snapshot!(table(&SERVER_STATES, &SERVER_EVENTS, |_| {
        let invite = invite("alice", true);
        let settings = SessionSettings::default();
        InviteSession::server(&invite, "tag-bob".into(), contact("bob"), settings, Instant::ZERO).unwrap()
    }));
}

pub(crate) fn table(
    states: &[(&str, &[&str])],
    events: &[Event],
    make: impl Fn(&[&str]) -> InviteSession,
) -> String {
    let mut table = String::new();
    for (name, path) in states {
        writeln!(table, "{name}").unwrap();
        for (event, act) in events {
            let mut session = make(path);
            for step in *path {
                let (_, act) = events.iter().find(|(name, _)| name == step).unwrap();
                act(&mut session, Instant::ZERO);
            }
            drop(outputs(&mut session));
            act(&mut session, Instant::ZERO);
            let outputs = outputs(&mut session).join("; ");
            let end = if session.is_terminated() { " (terminated)" } else { "" };
            writeln!(table, "  {event:<30} {:?}{end}  {outputs}", session.state()).unwrap();
        }
    }
    table
}

fn outputs(session: &mut InviteSession) -> Vec<String> {
    std::iter::from_fn(|| session.poll_output()).map(|output| print(&output)).collect()
}

fn print(output: &Output) -> String {
    match output {
        Output::Request(request) => format!("send {}", start(&request.clone().into())),
        Output::Ack(request) => format!("send {}", start(&request.clone().into())),
        Output::Repeat { cseq } => format!("repeat {} {}", cseq.method, cseq.number),
        Output::Cancel { cseq, .. } => format!("cancel {}", cseq.number),
        Output::Response { cseq, response } => format!("{} to {}", response.status().code(), cseq.method),
        Output::Retransmit(response) => format!("again {}", response.status().code()),
        Output::Event(event) => describe(event),
    }
}

fn start(message: &Message) -> String {
    let CSeq { number, method } = message.headers().required().unwrap();
    let To(to) = message.headers().required().unwrap();
    format!("{method} {number} to {}", to.tag().unwrap_or("-"))
}

pub(crate) const fn cseq(number: u32, method: Method) -> CSeq {
    CSeq { number, method }
}

pub(crate) fn fail(session: &mut InviteSession, now: Instant, cseq: CSeq, failure: Failure) {
    let remote_tag = remote_tag(session);
    session.handle(Input::Failed { cseq, remote_tag, failure }, now);
}

pub(crate) fn challenge(session: &mut InviteSession, now: Instant, cseq: CSeq) {
    let remote_tag = remote_tag(session);
    session.handle(Input::Challenged { cseq, remote_tag }, now);
}

fn remote_tag(session: &InviteSession) -> String {
    session.dialog_ids().next().map(|id| id.remote_tag.to_string()).unwrap_or_default()
}

pub(crate) fn key(session: &mut InviteSession, _: Instant) {
    let key = Tone::Key(Dtmf::new('5', Duration::from_millis(100)).unwrap());
    let _ = session.dtmf(&[key], DtmfMode::Info, Instant::ZERO);
}

fn reliable(session: &mut InviteSession, now: Instant, rseq: u32) {
    let response = response(session, 183, "tag-bob", 1, Method::Invite, "bob");
    let response = response.with(&Require("100rel".to_owned())).with(&RSeq(rseq));
    session.handle(Input::Response(response), now);
}

pub(crate) fn timeout(session: &mut InviteSession, _: Instant) {
    if let Some(at) = session.next_timeout() {
        session.handle(Input::Timeout, at);
    }
}

pub(crate) fn respond(
    session: &mut InviteSession,
    now: Instant,
    status: u16,
    tag: &str,
    number: u32,
    method: Method,
    body: &str,
) {
    session.handle(Input::Response(response(session, status, tag, number, method, body)), now);
}

pub(crate) fn response(
    session: &InviteSession,
    status: u16,
    tag: &str,
    number: u32,
    method: Method,
    body: &str,
) -> Response {
    let mut response = invite("alice", true).response(StatusCode::new(status).unwrap());
    let remote = NameAddr::new("sip:bob@example.com".parse().unwrap());
    let local = remote.clone().with_tag(session.local_tag());
    response.headers_mut().set(&sip_message::From(local));
    response.headers_mut().set(&To(if tag.is_empty() { remote } else { remote.with_tag(tag) }));
    response.headers_mut().set(&cseq(number, method));
    response.headers_mut().push(&Contact::Addr(contact("bob")));
    if !body.is_empty() {
        let body = Body::sdp(body.to_owned());
        response.set_body(&body.content_type, body.bytes);
    }
    response
}

/// A request of the peer, whose end of the dialog is made from what this end would have sent it.
pub(crate) fn ask(session: &mut InviteSession, now: Instant, method: Method) {
    let request = if session.is_client() { of_callee(method) } else { of_caller(method) };
    session.handle(Input::Request(request), now);
}

pub(crate) fn of_callee(method: Method) -> Request {
    Dialog::server(&invite("alice", true), "tag-bob", contact("bob")).unwrap().request(method)
}

pub(crate) fn of_caller(method: Method) -> Request {
    let mut success = invite("alice", true).response(StatusCode::OK);
    let to = NameAddr::new("sip:bob@example.com".parse().unwrap()).with_tag("tag-bob");
    success.headers_mut().set(&To(to));
    success.headers_mut().push(&Contact::Addr(contact("bob")));
    let mut dialog = Dialog::client(&invite("alice", true), &success).unwrap();
    if method == Method::Ack { dialog.ack(1) } else { dialog.request(method) }
}
