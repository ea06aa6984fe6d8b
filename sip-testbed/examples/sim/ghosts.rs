//! Ghosts: phones that ring on although nobody waits any more, since the CANCEL found their connection lost. RFC 3261 §9.2,
//! §12.2.1.2; AC-8.

use crate::call_log::CallLog;
use sip_clock::Instant;
use std::collections::BTreeMap;
use std::time::Duration;

/// When each phone was connected.
#[derive(Default)]
pub(crate) struct Presence {
    changes: BTreeMap<String, Vec<(Instant, bool)>>,
}

impl Presence {
    /// A phone is connected from now on, or not.
    pub(crate) fn note(&mut self, phone: &str, at: Instant, is_connected: bool) {
        self.changes.entry(phone.to_owned()).or_default().push((at, is_connected));
    }

    /// Since when a phone was connected at that moment; `None` when it was not.
    fn connected_since(&self, phone: &str, moment: Instant) -> Option<Instant> {
        let changes = self.changes.get(phone).map(Vec::as_slice).unwrap_or_default();
        let last = changes.iter().rev().find(|(at, _)| *at <= moment);
        match last {
            None => Some(Instant::ZERO),
            Some((at, true)) => Some(*at),
            Some((_, false)) => None,
        }
    }

    /// Whether a phone was connected all the time between.
    fn is_connected(&self, phone: &str, from: Instant, until: Instant) -> bool {
        self.connected_since(phone, until).is_some_and(|since| since <= from)
    }
}

/// The ends of a call that rang in vain, for longer than it takes to find out.
pub(crate) fn of_call(call_id: &str, ends: &[(String, CallLog)], presence: &Presence) -> Vec<String> {
    let Some((caller, waits)) = ends.iter().find(|(_, log)| log.is_caller) else { return Vec::new() };
    let Some(settled) = waits.settled_at else { return Vec::new() };
    let is_ghost = |(callee, log): &&(String, CallLog)| {
        let has_rung = !log.is_caller && !log.accepted;
        let Some(end) = log.ended_at.filter(|_| has_rung) else { return false };
        let Some(back) = presence.connected_since(callee, end).zip(log.back_since(end)) else { return false };
        let back = back.0.max(back.1);
        // a caller who is away as well can be asked nothing, nor before it is registered again
        let is_there = presence.is_connected(caller, back_by(back, REGISTERED), back + FOUND_OUT);
        // nor does one say CANCEL whose INVITE got lost
        let is_told = settled <= back || waits.has_left();
        is_there && is_told && end > settled.max(back) + FOUND_OUT
    };
    let ghosts = ends.iter().filter(is_ghost);
    ghosts.map(|(callee, _)| format!("call {call_id}: {callee} rings on for nobody")).collect()
}

fn back_by(moment: Instant, span: Duration) -> Instant {
    Instant::ZERO + moment.duration_since(Instant::ZERO).saturating_sub(span)
}

/// What a question and its answer, or a CANCEL, take at most where transactions succeed, and a connection of which nobody
/// knows yet that it is dead; and that no PRACK comes, which takes 64·T1 (RFC 3262 §3).
const FOUND_OUT: Duration = Duration::from_secs(40);
/// A registration is put off no longer than this while calls wait for it (AC-12).
const REGISTERED: Duration = Duration::from_secs(20);
