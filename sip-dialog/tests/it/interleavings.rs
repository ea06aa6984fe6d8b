//! AC-25: all interleavings of hang-up, answer and hang-up of the callee, with each message lost, doubled or the last
//! that passes. The world itself checks that sessions end once, say nothing afterwards, and are not stuck.

use crate::world::{Act, Fate, World};
use sip_message::StatusCode;

/// Around the instants at which messages leave and arrive.
const INSTANTS: [u64; 8] = [10, 60, 90, 110, 160, 190, 210, 800];
const ANSWERS: [u64; 4] = [55, 80, 105, 155];
const PACKETS: usize = 9;

fn answers() -> Vec<Act> {
    vec![Act::Accept, Act::Reject(StatusCode::BUSY_HERE), Act::Ring]
}

fn optional(instants: &[u64]) -> Vec<Option<u64>> {
    instants.iter().copied().map(Some).chain([None]).collect()
}

fn scenario(offer: bool, answer: &Act, answered: u64, alice: Option<u64>, bob: Option<u64>) -> World {
    let mut world = World::new(&["bob"]).at(0, 0, Act::Call { offer });
    world = world.at(52, 1, Act::Ring).at(answered, 1, answer.clone());
    if let Some(at) = alice {
        world = world.at(at, 0, Act::HangUp);
    }
    if let Some(at) = bob {
        world = world.at(at, 1, Act::HangUp);
    }
    world
}

/// Both ends of a call whose messages came through in the end agree on it.
fn agree(world: &World, label: &str) {
    let (alice, bob) = (world.alice(), world.bob());
    assert_eq!(
        alice.ends.len(),
        bob.ends.len(),
        "{label}: one end thinks the call goes on\n{}",
        world.transcript
    );
    if alice.ends.is_empty()
        && bob.session.as_ref().is_some_and(|session| session.state() != sip_dialog::SessionState::Incoming)
    {
        assert_eq!((alice.established, bob.established), (1, 1), "{label}");
    }
}

fn every_race(mut check: impl FnMut(&dyn Fn() -> World, &str)) {
    for answer in answers() {
        for answered in ANSWERS {
            for alice in optional(&INSTANTS) {
                for bob in optional(&INSTANTS) {
                    let label = format!("{answer:?} at {answered}, alice hangs up {alice:?}, bob {bob:?}");
                    check(&|| scenario(true, &answer, answered, alice, bob), &label);
                }
            }
        }
    }
}

#[test]
fn ac25_every_race_ends_once_and_alike_without_faults() {
    every_race(|world, label| agree(&world().run(), label));
}

#[test]
fn ac25_every_race_ends_once_and_alike_with_one_message_lost_or_doubled() {
    every_race(|world, label| {
        for packet in 0..PACKETS {
            for fate in [Fate::Lost, Fate::Twice] {
                let label = format!("{label}, packet {packet} {fate:?}");
                agree(&world().fate(packet, fate).run(), &label);
            }
        }
    });
}

#[test]
fn ac25_every_race_ends_when_the_connection_is_cut() {
    every_race(|world, _| {
        for packet in 0..PACKETS {
            world().fate(packet, Fate::Cut).run();
        }
    });
}

#[test]
fn two_faults_in_a_call_that_is_hung_up_by_both() {
    for first in 0..PACKETS {
        for second in first + 1..PACKETS + 3 {
            for fates in [(Fate::Lost, Fate::Lost), (Fate::Lost, Fate::Twice), (Fate::Twice, Fate::Lost)] {
                for (alice, bob) in
                    [(Some(210), Some(240)), (Some(110), None), (None, Some(170)), (None, None)]
                {
                    let world = scenario(true, &Act::Accept, 105, alice, bob);
                    let world = world.fate(first, fates.0).fate(second, fates.1).run();
                    agree(&world, &format!("{first} {second} {fates:?} {alice:?} {bob:?}"));
                }
            }
        }
    }
}

#[test]
fn a_delayed_offer_survives_one_fault() {
    for answered in [Some(300), Some(900), None] {
        for alice in optional(&INSTANTS) {
            for packet in 0..PACKETS {
                for fate in [Fate::Lost, Fate::Twice] {
                    let mut world = scenario(false, &Act::Accept, 105, alice, None).fate(packet, fate);
                    if let Some(at) = answered {
                        world = world.at(at, 0, Act::Answer);
                    }
                    agree(&world.run(), &format!("{answered:?} {alice:?} {packet} {fate:?}"));
                }
            }
        }
    }
}

#[test]
fn ac15_every_fork_but_one_is_closed_whatever_is_lost() {
    for packet in 0..14 {
        for fate in [Fate::Lost, Fate::Twice] {
            for carol in [100, 130, 149, 151, 190, 700] {
                let world = World::new(&["bob", "carol"]).at(0, 0, Act::Call { offer: true });
                let world = world.at(52, 1, Act::Ring).at(54, 2, Act::Ring);
                let world = world.at(100, 1, Act::Accept).at(carol, 2, Act::Accept).fate(packet, fate).run();
                let ended: Vec<usize> = world.agents.iter().map(|agent| agent.ends.len()).collect();
                assert_eq!(
                    ended.iter().sum::<usize>(),
                    1,
                    "{packet} {fate:?} {carol}: {ended:?}\n{}",
                    world.transcript
                );
                assert_eq!(ended[0], 0);
            }
        }
    }
}
