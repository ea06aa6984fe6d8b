//! What must hold after every history, whatever the network did.

use crate::call_log::CallLog;
use crate::ghosts::{self, Presence};
use crate::phone::Phone;
use crate::world::{Kind, World};
use sip_dialog::{EndKind, EndedBy, Hold};
use sip_testbed::sim::Node;
use sip_testbed::{BrokenRule, Record, Referee};
use std::collections::{BTreeMap, BTreeSet};

/// All that does not hold in `world`.
pub(crate) fn of(world: &mut World, presence: &Presence, referee: &mut Referee) -> Vec<String> {
    let mut violations = Vec::new();
    let mut calls: BTreeMap<String, Vec<(String, CallLog)>> = BTreeMap::new();
    for (name, id) in world.phones.clone() {
        world.network.with(id, |phone, _| {
            violations.extend(of_phone(&name, phone));
            for call in phone.calls() {
                calls.entry(call.call_id.clone()).or_default().push((name.clone(), call.clone()));
            }
        });
    }
    for (name, id) in world.proxies.clone() {
        if !world.network.with(id, |proxy, _| proxy.is_idle()) {
            violations.push(format!("{name} still has transactions"));
        }
    }
    if world.is_fair {
        // without a connection a call is over before it has a name
        let named = calls.iter().filter(|(call_id, _)| !call_id.is_empty());
        // who wants a call over while the other end is away may not hear that it is
        let loses_connections = world.kind == Kind::Survival;
        for (call_id, ends) in named {
            violations.extend(of_call(call_id, ends, loses_connections));
            if loses_connections {
                violations.extend(ghosts::of_call(call_id, ends, presence));
            }
        }
    }
    // What a stranger has put on the wire may have been answered.
    if !world.is_spoofed {
        let records = world.network.records();
        let breaches = referee.breaches(records).into_iter().filter(|breach| {
            !records.get(breach.record).is_some_and(|record| is_forgotten(world, record, &breach.rule))
        });
        violations.extend(breaches.map(|breach| breach.to_string()));
    }
    let messages = world.network.records().len();
    let most = MOST_MESSAGES * (1 + calls.values().map(Vec::len).sum::<usize>());
    if messages > most {
        violations.push(format!("{messages} messages for {} calls", calls.len()));
    }
    violations
}

/// Whether a rule is broken only because a server has begun another process.
// rfc3261#17.2: its transactions ended with the last one, so that a request which comes again is another one to it;
// rfc3261#17.1.1.3: what it refuses now gets its ACK, whatever was sent before
fn is_forgotten(world: &World, record: &Record, rule: &BrokenRule) -> bool {
    match rule {
        BrokenRule::SecondFinal | BrokenRule::LateProvisional => world.is_restarted(&record.from, record.at),
        BrokenRule::AckInTransaction => world.is_restarted(&record.to, record.at),
        _ => false,
    }
}

fn of_phone(name: &str, phone: &Phone) -> Vec<String> {
    let mut violations = Vec::new();
    for call in phone.calls() {
        let number = &call.call_id;
        if call.ends.len() != 1 {
            violations.push(format!("{name}: call {number} ended {} times", call.ends.len()));
        }
        if call.unanswered < 0 {
            violations.push(format!("{name}: call {number} has more answers than messages"));
        }
        if call.established > 1 {
            violations.push(format!("{name}: call {number} was established {} times", call.established));
        }
    }
    if phone.answers().any(|answers| answers != 1) {
        violations
            .push(format!("{name}: a request was answered {:?} times", phone.answers().collect::<Vec<_>>()));
    }
    if !phone.agent().core().is_idle() {
        violations.push(format!("{name}: still holds {:?}", phone.agent().core().usage()));
    }
    if let Some(at) = phone.next_timeout() {
        violations.push(format!("{name}: a timer still runs, until {at:?}"));
    }
    violations
}

/// Who holds a call is the same for both ends, unless one of them waits for the other's answer; two callees of a fork are no
/// ends of one call, and one of them hears of the end before the other. To be asked at any moment of a history in which nothing
/// was lost for good.
pub(crate) fn of_moment(world: &mut World) -> Vec<String> {
    let mut standing: BTreeMap<String, Vec<(String, bool, Hold)>> = BTreeMap::new();
    let mut waiting = BTreeSet::new();
    for (name, id) in world.phones.clone() {
        world.network.with(id, |phone, _| {
            let is_waiting = phone.agent().core().is_waiting();
            for call in phone.calls().filter(|call| call.is_up()) {
                standing.entry(call.call_id.clone()).or_default().push((
                    name.clone(),
                    call.is_caller,
                    call.held,
                ));
                if is_waiting {
                    waiting.insert(call.call_id.clone());
                }
            }
        });
    }
    let disagree = |(call_id, ends): (String, Vec<(String, bool, Hold)>)| match ends.as_slice() {
        [(_, true, one), (_, false, other)] | [(_, false, other), (_, true, one)]
            if (one.local, one.remote) != (other.remote, other.local) =>
        {
            Some(format!("call {call_id}: {ends:?} disagree on hold"))
        }
        _ => None,
    };
    standing.into_iter().filter(|(call_id, _)| !waiting.contains(call_id)).filter_map(disagree).collect()
}

/// Both ends of a call agree on its fate, when nothing was lost for good.
fn of_call(call_id: &str, ends: &[(String, CallLog)], loses_connections: bool) -> Vec<String> {
    let mut violations = Vec::new();
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            violations.push(format!("call {call_id}: {what}"));
        }
    };
    let callees: Vec<&CallLog> = ends.iter().map(|(_, log)| log).filter(|log| !log.is_caller).collect();
    let Some(caller) = ends.iter().map(|(_, log)| log).find(|log| log.is_caller) else {
        demand(false, "nobody made it");
        return violations;
    };
    // Before the caller has its answer a call may fail: a server says 480 where the connection to the callee is lost
    // before it rings (RFC 5626 §5.3), and passes no 2xx on after 64·T1 (RFC 6026 §8.3).
    if loses_connections && caller.established == 0 {
        return violations;
    }
    let talked = caller.established > 0;
    let accepted = callees.iter().any(|callee| callee.has_accepted());
    demand(!talked || accepted, "the caller talks to nobody");
    demand(talked || caller.hung_up || !accepted, "a callee accepted, the caller heard nothing of it");
    // A callee whose 2xx got no ACK within 64·T1 ends the session (RFC 3261 §13.3.1.4), and so does who got no refresh
    // (RFC 4028 §10): the one whose connection was lost meanwhile could send neither, and hears of it by BYE or 481.
    let has_left = |log: &CallLog| log.has_left() || (loses_connections && log.has_starved(ends));
    let is_wanted = loses_connections && callees.iter().copied().chain([caller]).any(has_left);
    for end in callees.iter().copied().chain([caller]).filter_map(|log| log.ends.first()) {
        let is_network = end.by == EndedBy::Network && !is_wanted;
        demand(!is_network, "the network ended it, which lost nothing for good");
    }
    if let Some(end) = caller.ends.first().filter(|end| end.by == EndedBy::Remote) {
        match end.kind {
            EndKind::HungUp => demand(
                callees.iter().any(|callee| callee.has_accepted() && has_left(callee)),
                "the caller heard a BYE that no callee sent",
            ),
            // A request of the caller was faster than the BYE: 481.
            EndKind::DialogLost => demand(
                callees.iter().any(|callee| has_left(callee)),
                "the caller lost the dialog that no callee had left",
            ),
            _ => demand(!accepted, "the caller heard a refusal of an accepted call"),
        }
    }
    for callee in callees {
        let Some(end) = callee.ends.first() else { continue };
        let is_by_caller = end.by == EndedBy::Remote && end.kind == EndKind::HungUp;
        demand(!is_by_caller || has_left(caller) || talked, "a callee heard a BYE that no caller sent");
        let is_cancelled = end.by == EndedBy::Remote && end.kind == EndKind::Cancelled;
        let is_beaten = ends.iter().filter(|(_, log)| log.accepted || log.rejected.is_some()).count() > 0;
        demand(!is_cancelled || caller.hung_up || is_beaten, "a callee heard a CANCEL that nobody sent");
        demand(callee.established == 0 || talked || caller.hung_up, "a callee talks to nobody");
    }
    violations
}

/// More messages for one end of a call are a loop.
const MOST_MESSAGES: usize = 400;
