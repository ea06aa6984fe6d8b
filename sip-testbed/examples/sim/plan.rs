//! What both ends of a call have agreed upon beforehand: who ends it when, and whether they step on each other's toes.
//! Both draw it from the Call-ID, which both know.

use crate::habits;
use sip_clock::TokenSource;
use std::time::Duration;

/// The plan for a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Plan {
    pub(crate) ender: Ender,
    /// How long the call stands.
    pub(crate) after: Duration,
    /// When both ends change the session at about the same time, if they do (RFC 3261 §14.1).
    pub(crate) clash: Option<Duration>,
}

/// Who hangs up a call that stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ender {
    Caller,
    Callee,
    /// Both at about the same time, so that two BYEs cross.
    Both,
}

impl Plan {
    /// The plan for the call with this Call-ID.
    pub(crate) fn of(call_id: &str) -> Self {
        // FNV-1a: the same in every process.
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let seed = call_id.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
        habits::plan(&mut TokenSource::from_seed(seed))
    }

    /// Whether the caller, or else the callee, ends the call.
    pub(crate) fn is_ended_by(self, caller: bool) -> bool {
        match self.ender {
            Ender::Both => true,
            Ender::Caller => caller,
            Ender::Callee => !caller,
        }
    }
}
