//! The tables of chance: what callers, callees and networks do, and how often. To add a habit, add a line.

use crate::deed::Act;
use crate::plan::{Ender, Plan};
use sip_clock::TokenSource;
use sip_dialog::{EarlyMedia, ReliableProvisional, Side};
use sip_message::StatusCode;
use sip_testbed::sim::Conditions;
use sip_ua::core::Config;
use std::time::Duration;

/// Acts with the longest time in milliseconds they are put off, each after the one before.
type Acts = &'static [(u64, Act)];

/// What callees do, by weight.
const REACTIONS: [(u64, Acts); 18] = [
    (6, &[(600, Act::Ring), (4000, Act::Accept)]),
    (3, &[(0, Act::Ring), (0, Act::Accept)]),
    (2, &[(400, Act::Accept)]),
    (2, &[(300, Act::EarlyMedia), (2000, Act::Accept)]),
    (1, &[(300, Act::Ring), (300, Act::EarlyMedia), (500, Act::Ring), (2000, Act::Accept)]),
    (1, &[(0, Act::EarlyMedia), (0, Act::Ring), (0, Act::Accept)]),
    (1, &[(300, Act::EarlyMedia), (500, Act::Update), (500, Act::Refresh), (2000, Act::Accept)]),
    (1, &[(300, Act::EarlyMedia), (2000, BUSY)]),
    (2, &[(300, Act::Ring), (3000, BUSY)]),
    (1, &[(100, BUSY)]),
    (1, &[(300, Act::Ring), (3000, Act::Reject(StatusCode::DECLINE))]),
    (1, &[(300, Act::Ring), (2000, Act::HangUp)]),
    (1, &[(300, Act::Ring), (2000, Act::Accept), (100, Act::HangUp)]),
    (1, &[(1000, Act::Reject(StatusCode::SERVICE_UNAVAILABLE))]),
    (1, &[(300, Act::Redirect("sip:carol@atlanta.test"))]),
    (1, &[(300, Act::Ring), (2000, Act::Redirect("sip:bob@biloxi.test"))]),
    (1, &[(300, Act::EarlyMedia), (2000, Act::Redirect("sip:alice@atlanta.test"))]),
    // Nobody is there: the user agent gives up by itself.
    (2, &[(500, Act::Ring)]),
];

/// What either end does with a call that stands, by weight.
const ACTIVITIES: [(u64, Acts); 18] = [
    (8, &[]),
    (3, &[(2000, Act::Hold), (2000, Act::Resume)]),
    (1, &[(2000, Act::Hold)]),
    (1, &[(1000, Act::Hold), (0, Act::Resume), (0, Act::Hold)]),
    (2, &[(2000, Act::Offer)]),
    (1, &[(100, Act::Offer), (1000, Act::Offer), (1000, Act::Offer)]),
    (1, &[(1000, Act::Offer), (200, Act::Hold), (1000, Act::Offer), (500, Act::Resume)]),
    (1, &[(1000, Act::Press), (200, Act::Press), (200, Act::Press)]),
    (1, &[(2000, Act::Write)]),
    (1, &[(2000, Act::Ask)]),
    (1, &[(500, Act::Ask), (0, Act::Write), (100, Act::Ask)]),
    (1, &[(500, Act::Write), (0, Act::Press), (0, Act::Offer), (0, Act::Write)]),
    (1, &[(500, Act::Hold), (500, Act::Write), (500, Act::HangUp)]),
    (2, &[(2000, Act::Update), (1000, Act::Hold)]),
    (1, &[(500, Act::Update), (500, Act::Offer), (500, Act::Update)]),
    (1, &[(1000, Act::Refresh), (1000, Act::Refresh)]),
    (1, &[(2000, Act::AskOffer)]),
    (1, &[(1000, Act::AskOffer), (500, Act::Hold), (500, Act::Update), (0, Act::Press)]),
];

/// What both ends do at about the same time, by weight.
const CLASHES: [(u64, Act); 6] =
    [(2, Act::Offer), (2, Act::Hold), (2, Act::Update), (1, Act::AskOffer), (1, Act::Write), (1, Act::Ask)];

/// What becomes of the peer's offer in a call that stands, by weight.
const ANSWERS: [(u64, Acts); 12] = [
    (8, &[(0, Act::Answer)]),
    (8, &[(1000, Act::Answer)]),
    (2, &[(0, Act::Decline)]),
    (2, &[(1000, Act::Decline)]),
    (1, &[(300, Act::Progress), (2000, Act::Answer)]),
    (2, &[(300, Act::AnswerEarly), (2000, Act::Conclude)]),
    (1, &[(300, Act::Progress), (300, Act::AnswerEarly), (0, Act::Answer)]),
    (2, &[(300, Act::AnswerEarly), (2000, Act::Decline)]),
    (1, &[(0, Act::AnswerEarly), (0, Act::Decline)]),
    (1, &[(300, Act::AnswerEarly), (1000, Act::Update), (1000, Act::Answer)]),
    (1, &[(300, Act::AnswerEarly), (1000, Act::Update), (500, Act::Hold), (500, Act::Decline)]),
    (1, &[(300, Act::AnswerEarly), (1000, Act::HangUp)]),
];

/// Who ends a call that stands, by weight, and after how many milliseconds at most.
const ENDERS: [(u64, Ender, u64); 8] = [
    (3, Ender::Caller, 5000),
    (3, Ender::Callee, 5000),
    (2, Ender::Both, 3000),
    (1, Ender::Caller, 0),
    (1, Ender::Callee, 0),
    (1, Ender::Both, 200),
    (1, Ender::Callee, 15_000),
    // Long enough for session timers.
    (1, Ender::Both, 90_000),
];

/// When callers give up, by weight: milliseconds at most, or never.
const PATIENCE: [(u64, Option<u64>); 4] = [(6, None), (2, Some(6000)), (2, Some(800)), (1, Some(100))];

/// The plan of a call.
pub(crate) fn plan(chance: &mut TokenSource) -> Plan {
    let (_, ender, longest) = *pick(&ENDERS, |entry| entry.0, chance);
    let clash = (chance.below(5) == 0).then(|| millis(2000, chance));
    Plan { ender, after: millis(longest, chance), clash }
}

/// When the caller gives up, from the start of the call on.
pub(crate) fn patience(chance: &mut TokenSource) -> Option<Duration> {
    let longest = pick(&PATIENCE, |entry| entry.0, chance).1?;
    Some(millis(longest, chance))
}

/// What a callee will do, and how long after the call came in.
pub(crate) fn reactions(chance: &mut TokenSource) -> Vec<(Duration, Act)> {
    let acts = pick(&REACTIONS, |entry| entry.0, chance).1;
    put_off(acts, chance)
}

/// What an end of a call that stands will do, and how long after it was established.
pub(crate) fn activities(chance: &mut TokenSource) -> Vec<(Duration, Act)> {
    let acts = pick(&ACTIVITIES, |entry| entry.0, chance).1;
    put_off(acts, chance)
}

/// What an end does when both do something.
pub(crate) fn clash(chance: &mut TokenSource) -> Act {
    pick(&CLASHES, |entry| entry.0, chance).1
}

/// What becomes of the peer's offer, and when.
pub(crate) fn answers_to_offer(chance: &mut TokenSource) -> Vec<(Duration, Act)> {
    let acts = pick(&ANSWERS, |entry| entry.0, chance).1;
    put_off(acts, chance)
}

/// How a user agent is set up: what it asks of sessions and registrations, and what it allows.
pub(crate) fn set_up(config: &mut Config, chance: &mut TokenSource) {
    config.expires = *draw(&[600, 600, 60, 15], chance);
    config.session_interval = *draw(&[None, None, Some(90), Some(300)], chance);
    config.min_session_interval = *draw(&[90, 90, 200], chance);
    config.refresher = *draw(&[None, Some(Side::Local), Some(Side::Remote)], chance);
    config.reliable = *draw(&[ReliableProvisional::WhenRequired, ReliableProvisional::WhenSupported], chance);
    config.follows_redirections = chance.below(4) > 0;
    config.early_media = *draw(&[EarlyMedia::FirstFork, EarlyMedia::Off, EarlyMedia::All], chance);
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

/// One of a list.
fn draw<'a, T>(list: &'a [T], chance: &mut TokenSource) -> &'a T {
    pick(list, |_| 1, chance)
}

fn per_mille(most: u64, chance: &mut TokenSource) -> u16 {
    // Half of all links are without the fault.
    let drawn = if chance.below(2) == 0 { 0 } else { chance.below(most + 1) };
    u16::try_from(drawn).unwrap_or(u16::MAX)
}

fn put_off(acts: Acts, chance: &mut TokenSource) -> Vec<(Duration, Act)> {
    let mut after = Duration::ZERO;
    let put_off = |(longest, act): &(u64, Act)| {
        after += millis(*longest, chance);
        (after, *act)
    };
    acts.iter().map(put_off).collect()
}

const BUSY: Act = Act::Reject(StatusCode::BUSY_HERE);
