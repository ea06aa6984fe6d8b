//! Calls that replace or join another one: RFC 3891 §3 and §4, RFC 3911 §4; AC-21.

use crate::core::{CallKey, Core, inspection};
use sip_clock::Instant;
use sip_dialog::{EndKind, InviteSession, Takeover};
use sip_message::{Join, Replaces, Request, Response, StatusCode};

/// What an incoming call wants with one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 3891 and RFC 3911")]
pub enum Relation {
    /// To take its place: to accept it ends that call (RFC 3891 §3).
    Replaces(CallKey),
    /// To become part of it: to accept it is to mix both (RFC 3911 §4).
    Joins(CallKey),
}

/// Whether incoming calls may replace or join others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum TakeoverPolicy {
    /// The application is shown which call is meant, and accepts when whoever calls is authorized (RFC 3891 §3).
    #[default]
    Ask,
    /// Nobody is: such calls get 403.
    Refuse,
}

impl Core {
    /// What an incoming call wants with one that is there.
    #[must_use]
    pub fn relation(&self, call: CallKey) -> Option<Relation> {
        self.calls.records.get(call)?.relation
    }

    /// What Replaces of an INVITE to the peer of `call` says, so that it takes the place of this call there
    /// (RFC 3891 §4): for the Refer-To of an attended transfer. `None` when there is no such dialog yet, or none that
    /// may be replaced.
    #[must_use]
    pub fn replaces(&self, call: CallKey) -> Option<Replaces> {
        self.calls.peek(call)?.replaces()
    }

    /// What Replaces or Join of an INVITE mean here; the response that refuses it when they mean nothing.
    pub(super) fn related(&self, invite: &Request) -> Result<Option<Relation>, Response> {
        let headers = invite.headers();
        let bad = |reason: &str| Err(inspection::bad(invite, reason));
        let (mut replaces, mut joins) = (headers.list::<Replaces>(), headers.list::<Join>());
        let relation = match (replaces.next(), joins.next()) {
            (None, None) => return Ok(None),
            // rfc3891#3, rfc3911#4: both contradict each other
            (Some(_), Some(_)) => return bad("Both Replaces and Join"),
            (Some(Ok(replaces)), None) => {
                let (call, takeover) = self.taken_over(replaces.to_tag(), |it| it.replaced_by(&replaces));
                admitted(takeover).map(|()| call.map(Relation::Replaces))
            }
            (None, Some(Ok(join))) => {
                let (call, takeover) = self.taken_over(join.to_tag(), |it| it.joined_by(&join));
                admitted(takeover).map(|()| call.map(Relation::Joins))
            }
            (Some(Err(_)), None) => return bad("Bad Replaces Header Field"),
            (None, Some(Err(_))) => return bad("Bad Join Header Field"),
        };
        // rfc3891#3, rfc3911#4: one and no more
        if replaces.next().is_some() {
            return bad("More Than One Replaces");
        }
        if joins.next().is_some() {
            return bad("More Than One Join");
        }
        let relation = match self.config.takeover {
            TakeoverPolicy::Ask => relation,
            TakeoverPolicy::Refuse => relation.and(Err(StatusCode::FORBIDDEN)),
        };
        relation.map_err(|status| invite.response(status))
    }

    /// An incoming call was accepted: the one it replaces is over.
    pub(super) fn end_replaced(&mut self, call: CallKey, now: Instant) {
        let Some(record) = self.calls.records.get_mut(call) else { return };
        if let Some(Relation::Replaces(replaced)) = record.relation.take() {
            // rfc3891#3: BYE, or CANCEL while it is early
            self.hang_up_with(replaced, Some(EndKind::Replaced), Vec::new(), now);
        }
    }

    /// The call that is meant by our tag, and what `judge` says of it.
    fn taken_over(
        &self,
        to_tag: Option<&str>,
        judge: impl Fn(&InviteSession) -> Takeover,
    ) -> (Option<CallKey>, Takeover) {
        let tag = to_tag.unwrap_or_default();
        let call = self.calls.find(tag, |session| judge(session) != Takeover::NotMeant);
        let session = call.and_then(|call| self.calls.peek(call));
        (call, session.map_or(Takeover::NotMeant, judge))
    }
}

const fn admitted(takeover: Takeover) -> Result<(), StatusCode> {
    match takeover {
        Takeover::Allowed => Ok(()),
        Takeover::Refused(status) => Err(status),
        // rfc3891#3, rfc3911#4: no match
        Takeover::NotMeant => Err(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST),
    }
}
