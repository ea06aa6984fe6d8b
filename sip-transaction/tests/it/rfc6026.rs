//! The changes of RFC 6026 §7 as flows, on unreliable and reliable transports alike: 2xx to INVITE in the Accepted states
//! with timers L and M. That a broken flow ends no server transaction (§7.1, figure 2) is in `transport`; that a proxy
//! forwards nothing stray (§7.3) needs a proxy, here such a response is told apart.

use crate::world::{World, answer, request_with_branch};
use insta::assert_snapshot;
use sip_message::{Method, Response, To};
use sip_transaction::ClientId;
use sip_transaction::Reliability::{Reliable, Unreliable};
use std::time::Duration;

/// The transcript, which must be the same on both.
fn on_both_transports(scenario: impl Fn(&mut World)) -> String {
    let [unreliable, reliable] = [Unreliable, Reliable].map(|reliability| {
        let mut world = World::new(reliability);
        scenario(&mut world);
        world.wait_until_idle();
        assert!(world.layer.is_empty());
        world.transcript
    });
    assert_eq!(unreliable, reliable);
    unreliable
}

fn half_a_second(world: &mut World) {
    world.wait(Duration::from_millis(500));
}

/// The answer of the callee with this tag.
fn answer_of(world: &World, id: ClientId, status: u16, tag: &str) -> Response {
    let request = world.asked(id);
    let mut response = answer(request, status);
    let To(to) = request.headers().required().unwrap();
    response.headers_mut().set(&To(to.with_tag(tag)));
    response
}

/// Figure 1: an INVITE that comes again is absorbed, each 2xx of the user goes out, each ACK goes to the user, those with
/// a branch of their own too; nothing happens at L but the end.
// rfc6026#7.1/1-6, type=test
#[test]
fn rfc6026_7_1_the_server_in_accepted() {
    let transcript = on_both_transports(|world| {
        world.receive(request_with_branch("INVITE", "z9hG4bK1"));
        world.respond(180);
        world.respond(200);
        for _ in 0..2 {
            half_a_second(world);
            world.receive(request_with_branch("INVITE", "z9hG4bK1"));
            world.respond(200);
        }
        world.receive(request_with_branch("ACK", "z9hG4bK1"));
        world.receive(request_with_branch("ACK", "z9hG4bK2"));
    });
    assert_snapshot!(transcript);
}

/// After L the transaction is forgotten: what comes with its branch is new.
// rfc6026#7.1/5-6, type=test
#[test]
fn rfc6026_7_1_the_server_after_timer_l() {
    let transcript = on_both_transports(|world| {
        world.receive(request_with_branch("INVITE", "z9hG4bK1"));
        world.respond(200);
        world.wait_until_idle();
        world.receive(request_with_branch("ACK", "z9hG4bK1"));
        world.receive(request_with_branch("INVITE", "z9hG4bK1"));
        world.respond(200);
    });
    assert_snapshot!(transcript);
}

/// Figure 3: the 2xx again and those of other branches of a fork go to the user, late failures and provisional responses
/// to nobody; the machine sends no ACK.
// rfc6026#7.2/1-5, type=test
#[test]
fn rfc6026_7_2_the_client_in_accepted() {
    let transcript = on_both_transports(|world| {
        let id = world.request(Method::Invite);
        world.answered(id, 180);
        for (status, tag) in
            [(200, "bob"), (200, "bob"), (200, "carol"), (180, "dave"), (603, "dave"), (299, "erin")]
        {
            let response = answer_of(world, id, status, tag);
            world.receive(response);
            half_a_second(world);
        }
    });
    assert_snapshot!(transcript);
}

/// The first response may be the 2xx; after M another one matches nothing.
// rfc6026#7.2/1,4-5, rfc6026#7.3/1, type=test
#[test]
fn rfc6026_7_2_the_client_after_timer_m() {
    let transcript = on_both_transports(|world| {
        let id = world.request(Method::Invite);
        let late = answer_of(world, id, 200, "carol");
        world.answered(id, 200);
        world.wait_until_idle();
        world.receive(late);
    });
    assert_snapshot!(transcript);
}
