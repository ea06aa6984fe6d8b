//! What became of a call at one end, as its user has seen it.

use crate::plan::Plan;
use sip_clock::Instant;
use sip_dialog::{EndCause, EndKind, EndedBy, Hold};
use sip_message::{Message, Method, StatusCode};
use std::time::Duration;

/// The history of a call at one end.
#[derive(Clone, Debug)]
pub(crate) struct CallLog {
    /// What both ends know the call by.
    pub(crate) call_id: String,
    pub(crate) plan: Plan,
    pub(crate) is_caller: bool,
    pub(crate) accepted: bool,
    pub(crate) rejected: Option<StatusCode>,
    /// The user of this end wanted it over before it was.
    pub(crate) hung_up: bool,
    pub(crate) established: u32,
    /// Who holds the call, as this end was told last.
    pub(crate) held: Hold,
    /// The version of the last session description of this end.
    pub(crate) version: u32,
    /// How many MESSAGEs and OPTIONS in the dialog have no outcome yet.
    pub(crate) unanswered: i32,
    /// How it ended: there must be exactly one.
    pub(crate) ends: Vec<EndCause>,
    pub(crate) ended_at: Option<Instant>,
    /// When this end had its answer, or no use for one any more.
    pub(crate) settled_at: Option<Instant>,
    /// From when to when its connection was lost, as this end was told.
    outages: Vec<(Instant, Option<Instant>)>,
}

/// 64·T1.
const ACK_WAIT: Duration = Duration::from_secs(32);
/// The longest session interval that these users ask for.
const SESSION: Duration = Duration::from_secs(300);

impl CallLog {
    pub(crate) fn new(call_id: String, is_caller: bool) -> Self {
        Self {
            plan: Plan::of(&call_id),
            call_id,
            is_caller,
            accepted: false,
            rejected: None,
            hung_up: false,
            established: 0,
            held: Hold::default(),
            version: 1,
            unanswered: 0,
            ends: Vec::new(),
            ended_at: None,
            settled_at: None,
            outages: Vec::new(),
        }
    }

    /// Whether this end has ended the call, by a verb or what came of one.
    pub(crate) fn has_left(&self) -> bool {
        self.hung_up || self.ends.first().is_some_and(|end| end.by == EndedBy::Local)
    }

    /// Until when this end waited in vain, and how long: for the ACK of its 2xx (RFC 3261 §13.3.1.4), or for the
    /// refresh of the session (RFC 4028 §10), so that time alone ended the call.
    fn starved(&self) -> Option<(Instant, Duration)> {
        let (end, at) = (self.ends.first().filter(|end| end.by == EndedBy::Network)?, self.ended_at?);
        let awaits_ack = !self.is_caller && self.accepted && self.established == 0;
        match end.kind {
            // or of one to a re-INVITE (§14.2)
            EndKind::Timeout if awaits_ack || self.established > 0 => Some((at, ACK_WAIT)),
            EndKind::SessionExpired => Some((at, SESSION)),
            _ => None,
        }
    }

    /// Whether this end has ended it for want of a message of its peer that could not come, since the connection of one
    /// of the `ends` was lost meanwhile.
    pub(crate) fn has_starved(&self, ends: &[(String, Self)]) -> bool {
        self.starved().is_some_and(|(until, wait)| {
            let is_away = |(lost, back): &(Instant, Option<Instant>)| {
                *lost < until && back.is_none_or(|back| back + wait > until)
            };
            ends.iter().any(|(_, log)| log.outages.iter().any(is_away))
        })
    }

    /// Its connection is lost.
    pub(crate) fn lose(&mut self, now: Instant) {
        self.regain(now);
        self.outages.push((now, None));
    }

    /// The peer has answered on another one.
    pub(crate) fn regain(&mut self, now: Instant) {
        if let Some((_, back)) = self.outages.last_mut() {
            back.get_or_insert(now);
        }
    }

    /// Since when its connection is there, as this end was told; `None` when it was not at that moment.
    pub(crate) fn back_since(&self, moment: Instant) -> Option<Instant> {
        match self.outages.iter().rev().find(|(lost, _)| *lost <= moment) {
            None => Some(Instant::ZERO),
            Some((_, back)) => back.filter(|back| *back <= moment),
        }
    }

    /// Whether a 2xx went out: the user accepted, and no CANCEL came while that waited for a PRACK.
    pub(crate) fn has_accepted(&self) -> bool {
        // a BYE that says "elsewhere" is for one whose 2xx came second
        let is_bye = |end: &EndCause| matches!(&end.message, Some(Message::Request(request)) if *request.method() == Method::Bye);
        let is_cancelled = |end: &EndCause| {
            end.by == EndedBy::Remote
                && match end.kind {
                    EndKind::Cancelled => true,
                    EndKind::AnsweredElsewhere => !is_bye(end),
                    _ => false,
                }
        };
        self.accepted && !self.ends.first().is_some_and(is_cancelled)
    }

    /// Whether the call stands.
    pub(crate) fn is_up(&self) -> bool {
        self.established > 0 && self.ends.is_empty()
    }
}
