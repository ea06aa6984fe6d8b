//! What must hold of registrations: one REGISTER in flight (RFC 3261 §10.2), and no binding of a lost connection is left
//! (RFC 5626 §4.2, §6; AC-1, AC-11).

use crate::phone::{ENDED, LOST};
use crate::world::{LineEnd, World};
use sip_clock::Instant;
use sip_message::{CSeq, Message, Method};
use sip_testbed::{Fate, Record};
use sip_transaction::FlowId;
use std::time::Duration;

/// What does not hold when every connection is back: each phone is registered, and its registrar knows it by the one
/// connection that it has.
pub(crate) fn of_end(world: &mut World) -> Vec<String> {
    let mut violations = Vec::new();
    let now = world.network.now();
    for (name, phone) in world.phones.clone() {
        let Some((proxy, flow)) = world.lines.iter().find_map(|line| match line.end {
            LineEnd::Proxy(proxy) if line.phone == phone => Some((proxy, line.flow)),
            LineEnd::Proxy(_) | LineEnd::Phone(_) => None,
        }) else {
            continue;
        };
        let (aor, is_registered) = world
            .network
            .with(phone, |phone, _| (phone.address().clone(), phone.agent().core().is_registered()));
        if !is_registered {
            violations.push(format!("{name} is not registered"));
        }
        let bindings = world.network.with(proxy, |proxy, _| proxy.bindings(&aor, now));
        let own = bindings.iter().filter(|(_, bound)| *bound == flow).count();
        if own != 1 {
            violations.push(format!("{name} has {own} bindings on its connection"));
        }
        let live = |bound: &FlowId| world.lines.iter().any(|line| line.flow == *bound);
        let ghosts = bindings.iter().filter(|(_, bound)| !live(bound)).count();
        if ghosts > 0 {
            violations.push(format!("{ghosts} ghosts are bound to {aor}"));
        }
    }
    violations
}

/// What does not hold of the whole history.
pub(crate) fn of_history(world: &mut World) -> Vec<String> {
    // the answer that the network lost may have come once more, from a stranger
    if world.is_spoofed {
        return Vec::new();
    }
    let mut violations = Vec::new();
    for (name, phone) in world.phones.clone() {
        let diary = world.network.with(phone, |phone, _| phone.diary().to_vec());
        let losses = diary.iter().filter(|(_, text)| text == LOST || text == ENDED).map(|(at, _)| *at);
        let records =
            world.network.records().iter().filter(|record| record.from == name || record.to == name);
        let mut steps: Vec<(Instant, Step)> = losses.map(|at| (at, Step::Lost)).collect();
        steps.extend(records.filter_map(|record| Some((record.at, step(record, &name)?))));
        // at one instant the loss comes first: what it makes the phone send comes after it
        steps.sort_by_key(|(at, step)| (*at, !matches!(step, Step::Lost)));
        violations
            .extend(in_flight(&steps).map(|at: Instant| format!("{name}: two REGISTERs in flight at {at}")));
    }
    violations
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Lost,
    Sent(u32),
    /// It was answered, or the answer was on its way.
    Answered(u32),
}

fn step(record: &Record, phone: &str) -> Option<Step> {
    let cseq: CSeq = record.message.headers().typed().ok().flatten()?;
    match &record.message {
        _ if cseq.method != Method::Register => None,
        Message::Request(_) if record.from == phone => Some(Step::Sent(cseq.number)),
        Message::Response(response) if record.to == phone && response.status().is_final() => {
            (record.fate != Fate::Lost).then_some(Step::Answered(cseq.number))
        }
        Message::Request(_) | Message::Response(_) => None,
    }
}

/// When a REGISTER was sent before the one before had an answer, lost its connection, or timed out.
fn in_flight(steps: &[(Instant, Step)]) -> Option<Instant> {
    let mut open: Option<(u32, Instant)> = None;
    let mut lost = None;
    // what was answered may be on its way once more
    let mut done = 0;
    for (at, step) in steps {
        match step {
            // its repetition at the instant of the loss went out before it
            Step::Lost => {
                done = open.take().map_or(done, |(waiting, _)| done.max(waiting));
                lost = Some(*at);
            }
            Step::Answered(number) => {
                done = done.max(*number);
                open = open.filter(|(waiting, _)| waiting != number);
            }
            Step::Sent(number) if *number <= done => {}
            Step::Sent(number) => match open {
                Some((waiting, _)) if waiting == *number => {}
                // one that was due at the instant of the loss may have gone out before it, and be lost with it
                Some((_, since)) if lost != Some(since) && *at < since + TIMEOUT => return Some(*at),
                Some(_) | None => open = Some((*number, *at)),
            },
        }
    }
    None
}

/// 64·T1: Timer F (RFC 3261 §17.1.2.2).
const TIMEOUT: Duration = Duration::from_secs(32);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(seconds)
    }

    #[test]
    fn two_registers_in_flight_are_seen() {
        let sent = |second, number| (at(second), Step::Sent(number));
        assert_eq!(in_flight(&[sent(0, 1), sent(1, 1), sent(2, 2)]), Some(at(2)));
        for between in [Step::Lost, Step::Answered(1)] {
            assert_eq!(in_flight(&[sent(0, 1), (at(1), between), sent(2, 2)]), None);
        }
        assert_eq!(in_flight(&[sent(0, 1), (at(1), Step::Lost), sent(2, 2), sent(3, 3)]), Some(at(3)));
        assert_eq!(in_flight(&[sent(0, 1), (at(1), Step::Answered(1)), sent(2, 1), sent(3, 2)]), None);
        assert_eq!(in_flight(&[sent(0, 1), (at(1), Step::Lost), sent(1, 1), sent(2, 2)]), None);
        assert_eq!(in_flight(&[sent(0, 1), sent(32, 2)]), None);
        assert_eq!(in_flight(&[sent(0, 1), (at(9), Step::Lost), sent(9, 2), sent(12, 3)]), None);
        assert_eq!(in_flight(&[(at(9), Step::Lost), sent(9, 2), sent(12, 3), sent(13, 4)]), Some(at(13)));
    }
}
