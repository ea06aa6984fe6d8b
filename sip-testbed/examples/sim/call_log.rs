//! What became of a call at one end, as its user has seen it.

use crate::plan::Plan;
use sip_dialog::{EndCause, EndKind, EndedBy, Hold};
use sip_message::StatusCode;

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
}

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
        }
    }

    /// Whether this end has ended the call, by a verb or what came of one.
    pub(crate) fn has_left(&self) -> bool {
        self.hung_up || self.ends.first().is_some_and(|end| end.by == EndedBy::Local)
    }

    /// Whether a 2xx went out: the user accepted, and no CANCEL came while that waited for a PRACK.
    pub(crate) fn has_accepted(&self) -> bool {
        let is_cancelled = |end: &EndCause| {
            end.by == EndedBy::Remote && matches!(end.kind, EndKind::Cancelled | EndKind::AnsweredElsewhere)
        };
        self.accepted && !self.ends.first().is_some_and(is_cancelled)
    }

    /// Whether the call stands.
    pub(crate) fn is_up(&self) -> bool {
        self.established > 0 && self.ends.is_empty()
    }
}
