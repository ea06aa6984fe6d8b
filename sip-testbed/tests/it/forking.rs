//! RFC 3261 §16.7–§16.10: several branches, their responses, CANCEL, timer C.

use crate::support::{Peer, World, answer, config, from_alice, message, phone, values};
use sip_message::{Message, Request, StatusCode};
use sip_testbed::sim::ScriptedPeer;
use std::time::Duration;

const BOB: &str = "sip:bob@example.test";

/// A world with a caller and bob's two phones.
fn two_phones(desk: ScriptedPeer, mobile: ScriptedPeer) -> (World, Peer, [Peer; 2]) {
    let mut world = World::new(config());
    let desk = world.registered("bob", "desk", desk);
    let mobile = world.registered("bob", "mobile", mobile);
    let alice = world.peer("alice", ScriptedPeer::new());
    (world, alice, [desk, mobile])
}

/// The INVITE that `peer` has received last.
fn invite(world: &mut World, peer: Peer) -> Request {
    let received = world.received(peer);
    let invites = received.into_iter().filter_map(|message| match message {
        Message::Request(request) if request.method().as_str() == "INVITE" => Some(request),
        Message::Request(_) | Message::Response(_) => None,
    });
    invites.last().unwrap()
}

fn cancel(branch: &str) -> Message {
    message(&format!(
        "CANCEL {BOB} SIP/2.0
         Via: SIP/2.0/WS alice.invalid;branch=z9hG4bK{branch}
         Max-Forwards: 70
         From: <sip:alice@example.test>;tag=a1
         To: <sip:bob@example.test>
         Call-ID: call-{branch}
         CSeq: 1 CANCEL"
    ))
}

#[test]
fn the_other_branches_are_cancelled_after_a_200() {
    let ringing = phone("m1", &[StatusCode::RINGING]);
    let (mut world, alice, [desk, _]) = two_phones(phone("d1", &[StatusCode::RINGING]), ringing);
    world.send(alice, from_alice("INVITE", BOB, "1"));
    let ok = answer(&invite(&mut world, desk), StatusCode::OK, "d1");
    world.send(desk, ok);
    insta::assert_snapshot!(world.arrows(), @r"
    alice -> proxy INVITE
    proxy -> alice 100 Trying (INVITE)
    proxy -> desk INVITE
    proxy -> mobile INVITE
    desk -> proxy 180 Ringing (INVITE)
    mobile -> proxy 180 Ringing (INVITE)
    proxy -> alice 180 Ringing (INVITE)
    proxy -> alice 180 Ringing (INVITE)
    desk -> proxy 200 OK (INVITE)
    proxy -> alice 200 OK (INVITE)
    proxy -> mobile CANCEL
    mobile -> proxy 200 OK (CANCEL)
    mobile -> proxy 487 Request Terminated
    proxy -> mobile ACK
    ");
    world.network.run_until_idle().unwrap();
    assert!(world.network.with(world.proxy, |proxy, _| proxy.is_idle()));
}

#[test]
fn every_2xx_to_an_invite_is_forwarded() {
    let (mut world, alice, [desk, mobile]) = two_phones(ScriptedPeer::new(), ScriptedPeer::new());
    world.send(alice, from_alice("INVITE", BOB, "1"));
    let oks = [(desk, "d1"), (mobile, "m1")];
    for (peer, tag) in oks {
        let ok = answer(&invite(&mut world, peer), StatusCode::OK, tag);
        world.send(peer, ok);
    }
    let tags: Vec<String> = world.received(alice).iter().map(|message| values(message, "To")).collect();
    assert_eq!(tags[1..], ["<sip:bob@example.test>;tag=d1", "<sip:bob@example.test>;tag=m1"]);
}

#[test]
fn a_repeated_2xx_is_forwarded_again() {
    let mut world = World::new(config());
    let bob = world.registered("bob", "bob", ScriptedPeer::new());
    let alice = world.peer("alice", ScriptedPeer::new());
    world.send(alice, from_alice("INVITE", BOB, "1"));
    for _ in 0..3 {
        let ok = answer(&invite(&mut world, bob), StatusCode::OK, "b1");
        world.send(bob, ok);
    }
    assert_eq!(world.received(alice).len(), 4);
}

#[test]
fn only_one_2xx_to_another_method_is_forwarded() {
    let (mut world, alice, _) = two_phones(phone("d1", &[StatusCode::OK]), phone("m1", &[StatusCode::OK]));
    world.send(alice, from_alice("MESSAGE", BOB, "1"));
    assert_eq!(world.received(alice).len(), 1);
}

#[test]
fn a_6xx_cancels_the_others_and_goes_back_when_they_have_ended() {
    let ringing = phone("m1", &[StatusCode::RINGING]);
    let (mut world, alice, _) = two_phones(ringing, phone("d1", &[StatusCode::DECLINE]));
    world.send(alice, from_alice("INVITE", BOB, "1"));
    insta::assert_snapshot!(world.arrows(), @r"
    alice -> proxy INVITE
    proxy -> alice 100 Trying (INVITE)
    proxy -> desk INVITE
    proxy -> mobile INVITE
    desk -> proxy 180 Ringing (INVITE)
    mobile -> proxy 603 Decline (INVITE)
    proxy -> alice 180 Ringing (INVITE)
    proxy -> mobile ACK
    proxy -> desk CANCEL
    desk -> proxy 200 OK (CANCEL)
    desk -> proxy 487 Request Terminated
    proxy -> desk ACK
    proxy -> alice 603 Decline (INVITE)
    ");
}

// rfc3261#8.2.6.2: what a proxy says itself has a To tag; found by the simulation.
#[test]
fn a_refusal_made_here_has_a_to_tag() {
    const S: &[StatusCode] = &[StatusCode::SERVICE_UNAVAILABLE];
    let (mut world, alice, _) = two_phones(phone("d1", S), phone("m1", S));
    world.send(alice, from_alice("INVITE", BOB, "1"));
    let received = world.received(alice);
    let refusal = received.last().unwrap();
    assert_eq!(refusal.start_line(), "SIP/2.0 500 Server Internal Error");
    assert!(values(refusal, "To").contains(";tag="), "{}", values(refusal, "To"));
}

#[test]
fn the_best_refusal_goes_back() {
    const S: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
    let cases: [(&'static [StatusCode], &'static [StatusCode], u16); 7] = [
        (&[StatusCode::NOT_FOUND], &[StatusCode::BUSY_EVERYWHERE], 600),
        (&[StatusCode::BUSY_HERE], &[StatusCode::MOVED_TEMPORARILY], 302),
        (&[StatusCode::BUSY_HERE], &[StatusCode::PROXY_AUTHENTICATION_REQUIRED], 407),
        (&[StatusCode::TEMPORARILY_UNAVAILABLE], &[StatusCode::BUSY_HERE], 486),
        (&[StatusCode::NOT_IMPLEMENTED], &[StatusCode::UNSUPPORTED_MEDIA_TYPE], 415),
        (&[S], &[StatusCode::BUSY_HERE], 486),
        // A 503 says nothing about other requests.
        (&[S], &[S], 500),
    ];
    for (one, other, best) in cases {
        let (mut world, alice, _) = two_phones(phone("d1", one), phone("m1", other));
        world.send(alice, from_alice("INVITE", BOB, "1"));
        assert!(
            world.last(alice).starts_with(&format!("SIP/2.0 {best} ")),
            "{} for {best}",
            world.last(alice)
        );
    }
}

// rfc3261#22.3/3,11, type=test
#[test]
fn all_challenges_go_back_together() {
    let asking = |realm: &'static str| {
        ScriptedPeer::answering(move |message| match message {
            Message::Request(request) if request.method().as_str() == "MESSAGE" => {
                let mut response = request.response(StatusCode::UNAUTHORIZED);
                let challenge = format!("Digest realm=\"{realm}\", nonce=\"n\"");
                response.headers_mut().push_text(&"WWW-Authenticate".parse().unwrap(), &challenge).unwrap();
                vec![response.into()]
            }
            Message::Request(_) | Message::Response(_) => Vec::new(),
        })
    };
    let (mut world, alice, _) = two_phones(asking("one"), asking("two"));
    world.send(alice, from_alice("MESSAGE", BOB, "1"));
    let response = world.received(alice).pop().unwrap();
    insta::assert_snapshot!(values(&response, "WWW-Authenticate"), @r#"
    Digest realm="one", nonce="n"
    Digest realm="two", nonce="n"
    "#);
}

#[test]
fn a_cancel_reaches_every_ringing_branch() {
    let ringing = phone("d1", &[StatusCode::RINGING]);
    let (mut world, alice, [_, mobile]) = two_phones(ringing, ScriptedPeer::new());
    world.send(alice, from_alice("INVITE", BOB, "1"));
    world.network.clear_records();
    world.send(alice, cancel("1"));
    // The mobile has sent no 1xx yet: its CANCEL waits for one (RFC 3261 section 9.1).
    let ringing = answer(&invite(&mut world, mobile), StatusCode::RINGING, "m1");
    world.send(mobile, ringing);
    let terminated = answer(&invite(&mut world, mobile), StatusCode::REQUEST_TERMINATED, "m1");
    world.send(mobile, terminated);
    insta::assert_snapshot!(world.arrows(), @r"
    alice -> proxy CANCEL
    proxy -> alice 200 OK (CANCEL)
    proxy -> desk CANCEL
    desk -> proxy 200 OK (CANCEL)
    desk -> proxy 487 Request Terminated
    proxy -> desk ACK
    mobile -> proxy 180 Ringing (INVITE)
    proxy -> alice 180 Ringing (INVITE)
    proxy -> mobile CANCEL
    mobile -> proxy 487 Request Terminated
    proxy -> mobile ACK
    proxy -> alice 487 Request Terminated
    ");
}

#[test]
fn a_cancel_for_nothing_gets_481() {
    let mut world = World::new(config());
    let alice = world.peer("alice", ScriptedPeer::new());
    world.send(alice, cancel("never"));
    assert!(world.last(alice).starts_with("SIP/2.0 481 "));
}

#[test]
fn a_phone_that_answers_despite_the_cancel_wins() {
    let (mut world, alice, [desk, _]) = two_phones(ScriptedPeer::new(), ScriptedPeer::new());
    world.send(alice, from_alice("INVITE", BOB, "1"));
    world.send(alice, cancel("1"));
    let ok = answer(&invite(&mut world, desk), StatusCode::OK, "d1");
    world.send(desk, ok);
    assert_eq!(world.last(alice), "SIP/2.0 200 OK");
}

#[test]
fn a_phone_that_rings_for_ever_is_cancelled_by_timer_c() {
    let config = config().with_timer_c(Duration::from_secs(200));
    let mut world = World::new(config);
    world.registered("bob", "bob", phone("b1", &[StatusCode::RINGING]));
    let alice = world.peer("alice", ScriptedPeer::new());
    world.send(alice, from_alice("INVITE", BOB, "1"));
    world.network.run_for(Duration::from_secs(199)).unwrap();
    assert_eq!(world.last(alice), "SIP/2.0 180 Ringing");
    world.network.run_for(Duration::from_secs(2)).unwrap();
    assert_eq!(world.last(alice), "SIP/2.0 487 Request Terminated");
}

#[test]
fn a_phone_that_ignores_the_cancel_counts_as_timed_out() {
    let ringing = ScriptedPeer::answering(|message| match message {
        Message::Request(request) if request.method().as_str() == "INVITE" => {
            vec![answer(request, StatusCode::RINGING, "b1")]
        }
        Message::Request(_) | Message::Response(_) => Vec::new(),
    });
    let mut world = World::new(config());
    world.registered("bob", "bob", ringing);
    let alice = world.peer("alice", ScriptedPeer::new());
    world.send(alice, from_alice("INVITE", BOB, "1"));
    world.send(alice, cancel("1"));
    world.network.run_for(Duration::from_secs(40)).unwrap();
    assert_eq!(world.last(alice), "SIP/2.0 408 Request Timeout");
}

/// Each CANCEL goes with its INVITE, however many there are and in whatever order they end.
#[test]
fn many_calls_that_are_cancelled_at_once_leave_nothing() {
    const CALLS: usize = 300;
    let (mut world, alice, _) =
        two_phones(phone("d1", &[StatusCode::RINGING]), phone("m1", &[StatusCode::RINGING]));
    for number in 0..CALLS {
        world.send(alice, from_alice("INVITE", BOB, &number.to_string()));
    }
    for number in 0..CALLS {
        world.send(alice, cancel(&number.to_string()));
    }
    world.network.run_for(Duration::from_secs(1)).unwrap();
    let cancelled = world.network.records().iter().filter(|record| record.label() == "CANCEL").count();
    // these phones end their last call with the first CANCEL
    assert_eq!(cancelled, 3 * CALLS - 2, "one to the proxy, one to each phone");
    world.network.run_for(Duration::from_secs(120)).unwrap();
    assert!(world.network.with(world.proxy, |proxy, _| proxy.is_idle()));
}
