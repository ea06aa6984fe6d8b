//! A session whose flow is lost, in every state of both roles: AC-6 to AC-9.

use crate::messages::outputs;
use crate::table::{Event, ask, challenge, cseq, fail, key, of_caller, respond, table, timeout};
use crate::world::{contact, invite};
use sip_clock::Instant;
use sip_dialog::{Failure, Input, InviteSession, Output, ReliableProvisional, SessionSettings};
use sip_message::{Body, Method, StatusCode, Supported};

const CLIENT_STATES: [(&str, &[&str]); 19] = [
    ("Calling", &["lost"]),
    ("Calling, hung up", &["hang_up", "lost"]),
    ("Proceeding", &["180", "lost"]),
    ("Proceeding, hung up without flow", &["180", "lost", "hang_up"]),
    ("Cancelling", &["180", "hang_up", "lost"]),
    ("INVITE repeated", &["180", "lost", "restored"]),
    ("Established", &["200", "lost"]),
    ("Established, key pressed before", &["200", "key", "lost"]),
    ("Established, key repeated", &["200", "key", "lost", "restored", "200 (INVITE 3)", "lost"]),
    ("Established, key pressed without flow", &["200", "lost", "key"]),
    ("Established, held without flow", &["200", "lost", "hold"]),
    ("Established, re-INVITE out", &["200", "hold", "lost"]),
    ("Recovering", &["200", "lost", "restored"]),
    ("Recovering, glare", &["200", "lost", "restored", "491 (INVITE 2)"]),
    ("Recovering after a re-INVITE", &["200", "hold", "lost", "restored"]),
    ("Resumed", &["200", "lost", "restored", "200 (INVITE 2)"]),
    ("Ended, BYE out", &["200", "hang_up", "lost"]),
    ("Ended, BYE waits", &["200", "lost", "hang_up"]),
    ("Ended, BYE repeated", &["200", "hang_up", "lost", "restored"]),
];

const CLIENT_EVENTS: [Event; 25] = [
    ("lost", lost),
    ("restored", restored),
    ("given up", given_up),
    ("reachable", reachable),
    ("hang_up", InviteSession::hang_up),
    ("key", key),
    ("hold", hold),
    ("timeout", timeout),
    ("180", |session, now| respond(session, now, 180, "tag-bob", 1, Method::Invite, "")),
    ("200", |session, now| respond(session, now, 200, "tag-bob", 1, Method::Invite, "bob")),
    ("486", |session, now| respond(session, now, 486, "tag-bob", 1, Method::Invite, "")),
    ("200 (INVITE 2)", |session, now| respond(session, now, 200, "tag-bob", 2, Method::Invite, "bob")),
    ("200 (INVITE 3)", |session, now| respond(session, now, 200, "tag-bob", 3, Method::Invite, "bob")),
    ("200 (INVITE 4)", |session, now| respond(session, now, 200, "tag-bob", 4, Method::Invite, "bob")),
    ("480 (INVITE 2)", |session, now| respond(session, now, 480, "tag-bob", 2, Method::Invite, "")),
    ("481 (INVITE 2)", |session, now| respond(session, now, 481, "tag-bob", 2, Method::Invite, "")),
    ("408 (INVITE 2)", |session, now| respond(session, now, 408, "tag-bob", 2, Method::Invite, "")),
    ("488 (INVITE 2)", |session, now| respond(session, now, 488, "tag-bob", 2, Method::Invite, "")),
    ("491 (INVITE 2)", |session, now| respond(session, now, 491, "tag-bob", 2, Method::Invite, "")),
    ("challenge of INVITE 2", |session, now| challenge(session, now, cseq(2, Method::Invite))),
    ("INVITE 2 timed out", |session, now| fail(session, now, cseq(2, Method::Invite), Failure::Timeout)),
    ("200 (BYE 3)", |session, now| respond(session, now, 200, "tag-bob", 3, Method::Bye, "")),
    ("BYE 3 timed out", |session, now| fail(session, now, cseq(3, Method::Bye), Failure::Timeout)),
    ("INVITE", |session, now| ask(session, now, Method::Invite)),
    ("BYE", |session, now| ask(session, now, Method::Bye)),
];

const SERVER_STATES: [(&str, &[&str]); 16] = [
    ("Incoming", &["lost"]),
    ("Ringing", &["ring", "lost"]),
    ("Ringing, accepted without flow", &["ring", "lost", "accept"]),
    ("Ringing, rejected without flow", &["ring", "lost", "reject"]),
    ("Ringing again", &["ring", "lost", "restored"]),
    ("Ringing again, caller waits", &["ring", "lost", "restored", "200 (OPTIONS 1)"]),
    ("Ringing again, lost again", &["ring", "lost", "restored", "lost"]),
    ("Ringing again, accepted", &["ring", "lost", "restored", "accept"]),
    ("WaitingForAck", &["accept", "lost"]),
    ("WaitingForAck, hung up", &["accept", "lost", "hang_up"]),
    ("WaitingForAck, 2xx repeated", &["accept", "lost", "restored"]),
    ("Established", &["accept", "ACK", "lost"]),
    ("Recovering", &["accept", "ACK", "lost", "restored"]),
    ("Ended, BYE out", &["accept", "ACK", "hang_up", "lost"]),
    ("Ended, BYE waits", &["accept", "ACK", "lost", "hang_up"]),
    ("Ended by the peer", &["accept", "ACK", "BYE"]),
];

const SERVER_EVENTS: [Event; 21] = [
    ("lost", lost),
    ("restored", restored),
    ("given up", given_up),
    ("reachable", reachable),
    ("hang_up", InviteSession::hang_up),
    ("ring", |session, now| {
        let _ = session.provisional(StatusCode::RINGING, None, now);
    }),
    ("accept", |session, now| {
        let _ = session.accept(Some(Body::sdp("bob")), now);
    }),
    ("reject", |session, now| {
        let _ = session.reject(StatusCode::BUSY_HERE, now);
    }),
    ("key", key),
    ("timeout", timeout),
    ("ACK", |session, now| ask(session, now, Method::Ack)),
    ("BYE", |session, now| ask(session, now, Method::Bye)),
    ("200 (INVITE 1)", |session, now| respond(session, now, 200, "tag-alice", 1, Method::Invite, "alice")),
    ("INVITE failed", |session, now| fail(session, now, cseq(1, Method::Invite), Failure::Transport)),
    ("200 (OPTIONS 1)", |session, now| respond(session, now, 200, "tag-alice", 1, Method::Options, "")),
    ("405 (OPTIONS 1)", |session, now| respond(session, now, 405, "tag-alice", 1, Method::Options, "")),
    ("408 (OPTIONS 1)", |session, now| respond(session, now, 408, "tag-alice", 1, Method::Options, "")),
    ("481 (OPTIONS 1)", |session, now| respond(session, now, 481, "tag-alice", 1, Method::Options, "")),
    ("501 (OPTIONS 1)", |session, now| respond(session, now, 501, "tag-alice", 1, Method::Options, "")),
    ("OPTIONS 1 timed out", |session, now| fail(session, now, cseq(1, Method::Options), Failure::Timeout)),
    ("challenge of OPTIONS 1", |session, now| challenge(session, now, cseq(1, Method::Options))),
];

fn lost(session: &mut InviteSession, now: Instant) {
    session.handle(Input::FlowLost, now);
}

fn restored(session: &mut InviteSession, now: Instant) {
    session.handle(Input::FlowRestored { contact: contact("elsewhere") }, now);
}

fn reachable(session: &mut InviteSession, now: Instant) {
    session.handle(Input::Reachable, now);
}

fn given_up(session: &mut InviteSession, now: Instant) {
    session.handle(Input::GivenUp, now);
}

fn hold(session: &mut InviteSession, _: Instant) {
    let _ = session.hold();
}

#[test]
fn ac6_to_ac9_client_table() {
    insta::assert_snapshot!(table(&CLIENT_STATES, &CLIENT_EVENTS, |_| {
        InviteSession::client(invite("alice", true), SessionSettings::default(), Instant::ZERO).unwrap()
    }));
}

#[test]
fn ac6_to_ac9_server_table() {
    insta::assert_snapshot!(table(&SERVER_STATES, &SERVER_EVENTS, |_| {
        let (invite, settings) = (invite("alice", true), SessionSettings::default());
        InviteSession::server(&invite, "tag-bob".into(), contact("bob"), settings, Instant::ZERO).unwrap()
    }));
}

// rfc3262#5, type=test
/// To an INVITE without offer even who sends reliable responses rings unreliably: that is repeated, and the caller asked.
#[test]
fn ac8_a_ring_without_the_offer_that_is_owed_is_repeated_on_the_next_flow() {
    let now = Instant::ZERO;
    let (invite, mut settings) =
        (invite("alice", false).with(&Supported("100rel".to_owned())), SessionSettings::default());
    settings.reliable = ReliableProvisional::WhenSupported;
    let mut session =
        InviteSession::server(&invite, "tag-bob".into(), contact("bob"), settings, now).unwrap();
    session.provisional(StatusCode::RINGING, None, now).unwrap();
    lost(&mut session, now);
    drop(outputs(&mut session));
    restored(&mut session, now);
    let sent = outputs(&mut session).into_iter().filter_map(|output| match output {
        Output::Response { response, .. } => Some(response.status().code().to_string()),
        Output::Request(request) => Some(request.method().to_string()),
        _ => None,
    });
    assert_eq!(sent.collect::<Vec<_>>(), ["180", "OPTIONS"]);
}

/// The ACK of a 2xx goes out again on the next flow as long as the dialog stands, and not for one that is over.
#[test]
fn ac26_nothing_is_repeated_for_a_dialog_that_is_over() {
    for (is_over, sent) in [(false, 2), (true, 0)] {
        let now = Instant::ZERO;
        let mut session =
            InviteSession::client(invite("alice", true), SessionSettings::default(), now).unwrap();
        respond(&mut session, now, 200, "tag-bob", 1, Method::Invite, "bob");
        if is_over {
            session.hang_up(now);
            respond(&mut session, now, 200, "tag-bob", 2, Method::Bye, "");
        }
        drop(outputs(&mut session));
        lost(&mut session, now);
        restored(&mut session, now);
        let is_sent = |output: &Output| matches!(output, Output::Ack(_) | Output::Request(_));
        assert_eq!(outputs(&mut session).iter().filter(|output| is_sent(output)).count(), sent, "{is_over}");
    }
}

// rfc3261#13.3.1.4, rfc3261#14.2: a re-INVITE that came again past the end of its transaction
#[test]
fn ac9_a_copy_of_an_accepted_re_invite_gets_its_2xx_again_after_this_end_has_left() {
    let now = Instant::ZERO;
    let re_invite = of_caller(Method::Invite);
    let statuses = |session: &mut InviteSession| {
        let status = |output: &Output| match output {
            Output::Response { response, .. } => Some(response.status().code()),
            _ => None,
        };
        outputs(session).iter().filter_map(status).collect::<Vec<_>>()
    };
    for (is_acknowledged, answer) in [(false, 200), (true, 481)] {
        let (invite, settings) = (invite("alice", true), SessionSettings::default());
        let mut session =
            InviteSession::server(&invite, "tag-bob".into(), contact("bob"), settings, now).unwrap();
        session.accept(Some(Body::sdp("bob")), now).unwrap();
        ask(&mut session, now, Method::Ack);
        session.handle(Input::Request(re_invite.clone()), now);
        session.answer(Body::sdp("bob"), now).unwrap();
        if is_acknowledged {
            let mut ack = of_caller(Method::Ack);
            ack.headers_mut().set(&cseq(2, Method::Ack));
            session.handle(Input::Request(ack), now);
        }
        session.hang_up(now);
        lost(&mut session, now);
        restored(&mut session, now);
        drop(outputs(&mut session));
        session.handle(Input::Request(re_invite.clone()), now);
        assert_eq!(statuses(&mut session), [answer], "{is_acknowledged}");
    }
}
