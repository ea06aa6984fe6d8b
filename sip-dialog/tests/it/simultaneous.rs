//! All pairs of changes that both ends begin at about the same time, each message lost or doubled once: RFC 3261 §14,
//! RFC 3311 §5.2, RFC 5407 §3.3; AC-14, AC-19.

use crate::world::{Act, Fate, World};
use sip_dialog::SessionState;

const ALICE: usize = 0;
const BOB: usize = 1;

/// When Bob begins, after Alice at 2 s: before hers is under way, at the same instant, while it is under way, after it
/// arrived, after its answer left.
const BEGINNINGS: [u64; 7] = [1930, 1990, 2000, 2020, 2050, 2080, 2130];

fn changes(name: &str) -> Vec<Act> {
    let text: &'static str = match name {
        "alice" => "o=- 1 7 IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\n",
        _ => "o=- 1 8 IN IP4 192.0.2.2\r\nm=audio 4000 RTP/AVP 0\r\n",
    };
    vec![Act::Offer(text), Act::Update(Some(text)), Act::Update(None), Act::AskOffer, Act::Hold]
}

fn every_pair(mut check: impl FnMut(&dyn Fn() -> World, &str)) {
    for first in changes("alice") {
        for second in changes("bob") {
            for begins in BEGINNINGS {
                let label = format!("{first:?} against {second:?} at {begins}");
                let world = || {
                    World::new(&["bob"])
                        .talking()
                        .at(0, ALICE, Act::Call { offer: true })
                        .at(1000, BOB, Act::Accept)
                        .at(2000, ALICE, first.clone())
                        .at(begins, BOB, second.clone())
                };
                check(&world, &label);
            }
        }
    }
}

/// Both sessions stand, nothing is under way, and the two ends agree on who holds.
fn assert_converged(world: &World, label: &str) {
    let sessions = [ALICE, BOB].map(|who| world.agents[who].session.as_ref());
    let [Some(alice), Some(bob)] = sessions else {
        panic!("{label}: the session did not survive\n{}", world.transcript);
    };
    for session in [alice, bob] {
        assert_eq!(session.state(), SessionState::Established, "{label}\n{}", world.transcript);
        assert!(!session.is_busy(), "{label}: something is under way\n{}", world.transcript);
    }
    let (here, there) = (alice.held(), bob.held());
    assert_eq!(
        (here.local, here.remote),
        (there.remote, there.local),
        "{label}: who holds?\n{}",
        world.transcript
    );
}

#[test]
fn ac14_every_pair_of_changes_converges() {
    every_pair(|world, label| assert_converged(&world().run(), label));
}

#[test]
fn ac14_every_pair_of_changes_converges_with_one_message_lost_or_doubled() {
    every_pair(|world, label| {
        for packet in 3..13 {
            for fate in [Fate::Lost, Fate::Twice] {
                let label = format!("{label}, packet {packet} {fate:?}");
                assert_converged(&world().fate(packet, fate).run(), &label);
            }
        }
    });
}
