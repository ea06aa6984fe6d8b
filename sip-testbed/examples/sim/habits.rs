//! The tables of chance: what callers, callees and networks do, and how often. To add a habit, add a line.

use crate::offer::{Ender, Offer};
use crate::phone::Deed;
use sip_clock::TokenSource;
use sip_message::StatusCode;
use sip_testbed::sim::Conditions;
use sip_ua::core::CallKey;
use std::time::Duration;

/// Makes a deed of a call that has come in.
pub(crate) type Reaction = fn(CallKey) -> Deed;

/// What callees do, by weight: deeds with the longest time they are put off, each after the one before.
const REACTIONS: [(u64, &[(u64, Reaction)]); 10] = [
    (6, &[(600, Deed::Ring), (4000, Deed::Accept)]),
    (3, &[(0, Deed::Ring), (0, Deed::Accept)]),
    (2, &[(400, Deed::Accept)]),
    (2, &[(300, Deed::Ring), (3000, busy)]),
    (1, &[(100, busy)]),
    (1, &[(300, Deed::Ring), (3000, decline)]),
    (1, &[(300, Deed::Ring), (2000, Deed::HangUp)]),
    (1, &[(300, Deed::Ring), (2000, Deed::Accept), (100, Deed::HangUp)]),
    (1, &[(1000, unavailable)]),
    // Nobody is there: the user agent gives up by itself.
    (1, &[(500, Deed::Ring)]),
];

/// Who ends a call that stands, by weight, and after how many milliseconds at most.
const ENDERS: [(u64, Ender, u64); 6] = [
    (3, Ender::Caller, 5000),
    (3, Ender::Callee, 5000),
    (2, Ender::Both, 3000),
    (1, Ender::Caller, 0),
    (1, Ender::Callee, 0),
    (1, Ender::Both, 200),
];

/// When callers give up, by weight: milliseconds at most, or never.
const PATIENCE: [(u64, Option<u64>); 4] = [(6, None), (2, Some(6000)), (2, Some(800)), (1, Some(100))];

/// The plan of a new call.
pub(crate) fn offer(number: u32, chance: &mut TokenSource) -> Offer {
    let (_, ender, longest) = *pick(&ENDERS, |entry| entry.0, chance);
    Offer { number, ender, after: millis(longest, chance) }
}

/// When the caller gives up, from the start of the call on.
pub(crate) fn patience(chance: &mut TokenSource) -> Option<Duration> {
    let longest = pick(&PATIENCE, |entry| entry.0, chance).1?;
    Some(millis(longest, chance))
}

/// What a callee will do, and how long after the call came in.
pub(crate) fn reactions(chance: &mut TokenSource) -> Vec<(Duration, Reaction)> {
    let mut after = Duration::ZERO;
    let reactions = pick(&REACTIONS, |entry| entry.0, chance).1;
    let put_off = |(longest, reaction): &(u64, Reaction)| {
        after += millis(*longest, chance);
        (after, *reaction)
    };
    reactions.iter().map(put_off).collect()
}

/// What a user says to a message.
pub(crate) fn message_answer(chance: &mut TokenSource) -> StatusCode {
    if chance.below(5) == 0 { StatusCode::DECLINE } else { StatusCode::OK }
}

/// Links on which every transaction succeeds in the end, as far as that can be said of chance.
pub(crate) fn fair_weather(chance: &mut TokenSource) -> Conditions {
    Conditions::new(Duration::from_millis(1 + chance.below(120)))
        .with_jitter(millis(60, chance))
        .with_loss(per_mille(25, chance))
        .with_duplication(per_mille(200, chance))
        .with_reordering(per_mille(200, chance))
}

/// Links on which transactions may fail.
pub(crate) fn foul_weather(chance: &mut TokenSource) -> Conditions {
    fair_weather(chance).with_jitter(millis(400, chance)).with_loss(per_mille(500, chance))
}

/// Up to `longest` milliseconds, in steps of a tenth.
pub(crate) fn millis(longest: u64, chance: &mut TokenSource) -> Duration {
    Duration::from_micros(100 * chance.below(longest * 10 + 1))
}

/// An entry of a table by weight.
pub(crate) fn pick<'a, T>(table: &'a [T], weight: impl Fn(&T) -> u64, chance: &mut TokenSource) -> &'a T {
    let mut left = chance.below(table.iter().map(&weight).sum());
    let chosen = table.iter().find(|entry| {
        let is_here = left < weight(entry);
        left = left.saturating_sub(weight(entry));
        is_here
    });
    chosen.expect("a table has entries and their weights add up")
}

fn per_mille(most: u64, chance: &mut TokenSource) -> u16 {
    // Half of all links are without the fault.
    let drawn = if chance.below(2) == 0 { 0 } else { chance.below(most + 1) };
    u16::try_from(drawn).unwrap_or(u16::MAX)
}

const fn busy(call: CallKey) -> Deed {
    Deed::Reject(call, StatusCode::BUSY_HERE)
}

const fn decline(call: CallKey) -> Deed {
    Deed::Reject(call, StatusCode::DECLINE)
}

const fn unavailable(call: CallKey) -> Deed {
    Deed::Reject(call, StatusCode::SERVICE_UNAVAILABLE)
}
