//! What a call of ours must come to.

use crate::miss::{Miss, ensure};
use sip_dialog::{EndCause, EndKind, EndedBy};
use sip_ua::RemoteDescriptions;

/// Who ends a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ender {
    Caller,
    Callee,
}

impl Ender {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Caller => "the caller",
            Self::Callee => "the callee",
        }
    }
}

/// The call was hung up, by this end or by the other.
pub(crate) fn ensure_hung_up(agent: &str, by: EndedBy, cause: &EndCause) -> Result<(), Miss> {
    ensure(cause.by == by && cause.kind == EndKind::HungUp, || {
        format!("for {agent} the call ended by {:?}, {:?}", cause.by, cause.kind)
    })
}

/// The other side described a session, in the words expected of it.
pub(crate) fn ensure_described(agent: &str, remote: &RemoteDescriptions, part: &str) -> Result<(), Miss> {
    let body = remote.take().map(|body| String::from_utf8_lossy(&body.bytes).into_owned());
    let body = body.ok_or_else(|| Miss::new(format!("{agent} got no session description")))?;
    ensure(body.contains(part), || format!("{agent} got another session description: {body:?}"))
}
