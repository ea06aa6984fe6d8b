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
        let Some(there) = presence.connected_since(callee, end).zip(log.back_since(end)) else {
            return false;
        };
        let back = there.0.max(there.1);
        let start = settled.max(back);
        // one whose INVITE got lost says no CANCEL: it is only found out by a callee that was away in this call, and asks again
        let is_told = settled <= back || waits.has_left();
        let asks_again = there.1 > Instant::ZERO;
        let within = if is_told { FOUND_OUT } else { ASKED_AGAIN + FOUND_OUT };
        // a caller who is away as well can be asked nothing, nor before it is registered again
        let until = if is_told { back + FOUND_OUT } else { start + within };
        let is_there = presence.is_connected(caller, back_by(back, REGISTERED), until);
        is_there && (is_told || asks_again) && end > start + within
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
/// How often a callee that was away asks, as long as it rings.
const ASKED_AGAIN: Duration = Duration::from_secs(60);
/// A registration is put off no longer than this while calls wait for it (AC-12).
const REGISTERED: Duration = Duration::from_secs(20);
