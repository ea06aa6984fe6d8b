//! Offer and answer, RFC 3264 and RFC 6337 §2: which message may carry what. RFC 3261 §13.2.1, §14.1, §14.2; RFC 3262
//! §5 (reliable provisional responses, PRACK); RFC 3311 §5.1 (UPDATE).

use crate::SessionDescription;
use std::mem;
use thiserror::Error;

/// One of the two ends of a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a dialog has two ends")]
pub enum Side {
    /// This end.
    Local,
    /// The peer.
    Remote,
}

/// The messages that may carry a session description (RFC 6337 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "closed by RFC 6337 section 2.2")]
pub enum Carrier {
    /// INVITE, in or out of a dialog.
    Invite,
    /// A provisional response to it that is not reliable.
    Provisional,
    /// A reliable provisional response to it (RFC 3262).
    ReliableProvisional,
    /// Its 2xx.
    InviteSuccess,
    /// The ACK of that 2xx.
    Ack,
    /// PRACK.
    Prack,
    /// The 2xx to PRACK.
    PrackSuccess,
    /// UPDATE.
    Update,
    /// The 2xx to UPDATE.
    UpdateSuccess,
}

/// What a message means to offer and answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the table of the type is total")]
pub enum Meaning {
    /// Nothing is exchanged.
    Nothing,
    /// An offer; the other side owes an answer.
    Offer,
    /// An offer, byte for byte what its side said last: nothing is to change (RFC 3264 §8).
    Refresh,
    /// The answer that completes the exchange.
    Answer,
    /// What the answer will be, in a response that may get lost: media may begin (RFC 3261 §13.2.1).
    Preview,
    /// The same description once more in a later message: no new offer.
    Repeated,
    /// A description where none may be; it counts for nothing.
    Ignored,
}

/// Why a message cannot have its place in the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum OfferAnswerError {
    /// An offer while one is open: 491 to a request of the peer, and none may be sent (RFC 3261 §14.1, RFC 3311 §5.2).
    #[error("an offer is open already")]
    OfferPending,
    /// The message had to carry the answer and has none; the offer is void.
    #[error("the answer is missing")]
    AnswerMissing,
    /// The message had to carry the offer that an INVITE without one asked for.
    #[error("the offer is missing")]
    OfferMissing,
}

// rfc3261#13.2.1/13: the procedures of RFC 3264
/// Offer and answer of one dialog, for both of its ends alike; usable alone.
///
/// ```text
///             INVITE, UPDATE, PRACK with SDP           the other side's answer
///   Stable ───────────────────────────────▶ Offered ──────────────────────────▶ Stable
///     │                                       ▲  │
///     │ INVITE without SDP                    │  └─ rollback, answer missing ──▶ Stable, as before
///     ▼                                       │
///   OfferDue ─── reliable 1xx or 2xx with SDP ┘
/// ```
/// The description in force on both sides changes with a complete exchange only: [`Self::rollback`] needs nothing but
/// to forget. A request that is sent again after a challenge is the same offer and changes nothing (AC-29).
///
/// ```
/// use sip_dialog::{Carrier, Meaning, OfferAnswer, Side};
///
/// let mut exchange = OfferAnswer::default();
/// assert_eq!(exchange.transfer(Side::Local, Carrier::Invite, Some(&"v=0 a".into()))?, Meaning::Offer);
/// assert_eq!(exchange.transfer(Side::Remote, Carrier::Provisional, Some(&"v=0 b".into()))?, Meaning::Preview);
/// assert_eq!(exchange.transfer(Side::Remote, Carrier::InviteSuccess, Some(&"v=0 b".into()))?, Meaning::Answer);
/// assert_eq!(exchange.transfer(Side::Local, Carrier::Ack, None)?, Meaning::Nothing);
/// assert_eq!(exchange.current(Side::Remote), Some(&"v=0 b".into()));
/// # Ok::<(), sip_dialog::OfferAnswerError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct OfferAnswer {
    phase: Phase,
    local: Option<SessionDescription>,
    remote: Option<SessionDescription>,
}

#[derive(Clone, Debug, Default)]
enum Phase {
    #[default]
    Stable,
    /// An INVITE without offer: this side makes it.
    OfferDue { from: Side },
    /// The offer of this side has no answer yet.
    Offered {
        by: Side,
        carrier: Carrier,
        offer: SessionDescription,
        /// What the other side announced as its answer.
        preview: Option<SessionDescription>,
    },
}

impl OfferAnswer {
    /// Both descriptions in force, nothing open.
    #[cfg(feature = "serde")]
    pub(crate) const fn restored(
        local: Option<SessionDescription>,
        remote: Option<SessionDescription>,
    ) -> Self {
        Self { phase: Phase::Stable, local, remote }
    }

    /// Takes a message that `by` sent, with its session description if it has one.
    ///
    /// # Errors
    /// [`OfferAnswerError`]. After [`OfferAnswerError::OfferPending`] all is as before, after the others the open
    /// exchange is void.
    pub fn transfer(
        &mut self,
        by: Side,
        carrier: Carrier,
        description: Option<&SessionDescription>,
    ) -> Result<Meaning, OfferAnswerError> {
        let outcome = self.judge(by, carrier, description);
        match outcome {
            Ok(Meaning::Offer | Meaning::Refresh) => {
                if let Some(offer) = description.cloned() {
                    self.phase = Phase::Offered { by, carrier, offer, preview: None };
                }
            }
            Ok(Meaning::Answer) => self.complete(by, description),
            Ok(Meaning::Preview) => {
                if let Phase::Offered { preview, .. } = &mut self.phase {
                    *preview = description.cloned();
                }
            }
            Ok(Meaning::Nothing) if carrier == Carrier::Invite => {
                self.phase = Phase::OfferDue { from: by.other() };
            }
            Err(OfferAnswerError::AnswerMissing | OfferAnswerError::OfferMissing) => self.rollback(),
            Ok(Meaning::Nothing | Meaning::Repeated | Meaning::Ignored)
            | Err(OfferAnswerError::OfferPending) => {}
        }
        outcome
    }

    /// What [`Self::transfer`] would say, without doing it.
    ///
    /// # Errors
    /// As [`Self::transfer`].
    pub fn judge(
        &self,
        by: Side,
        carrier: Carrier,
        description: Option<&SessionDescription>,
    ) -> Result<Meaning, OfferAnswerError> {
        match description {
            Some(description) => self.judge_full(by, carrier, description),
            None => self.judge_empty(by, carrier),
        }
    }

    /// The open offer failed: the message that carried it was refused, cancelled or lost. What was in force before
    /// still is (RFC 3261 §14.1, RFC 3311 §5.1, RFC 6337 §3.4).
    pub fn rollback(&mut self) {
        self.phase = Phase::Stable;
    }

    /// What was in force `before` is so again, and an open offer stays open. The description of this end gets a version above
    /// all that went out since (RFC 3264 §8); returns whether it did.
    pub(crate) fn revert(&mut self, before: Self) -> bool {
        let raised = self.renewed(&before).filter(|_| self.local != before.local);
        let is_raised = raised.as_ref() != before.local.as_ref() && raised.is_some();
        self.local = raised.or(before.local);
        self.remote = before.remote;
        is_raised
    }

    /// What this end said `before`, in a version above all that went out since (RFC 3264 §8).
    pub(crate) fn renewed(&self, before: &Self) -> Option<SessionDescription> {
        let (local, last) = (before.local.as_ref()?, self.local.as_ref()?);
        let newest = local.version().max(last.version()).unwrap_or_default();
        Some(local.with_version(newest.saturating_add(1)))
    }

    /// What this side said in the last complete exchange.
    #[must_use]
    pub const fn current(&self, side: Side) -> Option<&SessionDescription> {
        match side {
            Side::Local => self.local.as_ref(),
            Side::Remote => self.remote.as_ref(),
        }
    }

    /// The open offer and whose it is.
    #[must_use]
    pub const fn offer(&self) -> Option<(Side, &SessionDescription)> {
        match &self.phase {
            Phase::Offered { by, offer, .. } => Some((*by, offer)),
            Phase::Stable | Phase::OfferDue { .. } => None,
        }
    }

    /// What the side that owes the answer to the open offer announced as such, in a response that may get lost.
    #[must_use]
    pub const fn preview(&self) -> Option<&SessionDescription> {
        match &self.phase {
            Phase::Offered { preview, .. } => preview.as_ref(),
            Phase::Stable | Phase::OfferDue { .. } => None,
        }
    }

    /// The message that carried the open offer.
    #[must_use]
    pub const fn offer_carrier(&self) -> Option<Carrier> {
        match &self.phase {
            Phase::Offered { carrier, .. } => Some(*carrier),
            Phase::Stable | Phase::OfferDue { .. } => None,
        }
    }

    /// The side that owes the offer which an INVITE without one asked for.
    #[must_use]
    pub const fn offer_due(&self) -> Option<Side> {
        match &self.phase {
            Phase::OfferDue { from } => Some(*from),
            Phase::Stable | Phase::Offered { .. } => None,
        }
    }

    /// Whether no exchange is open, so that either side may begin one.
    #[must_use]
    pub const fn is_stable(&self) -> bool {
        matches!(self.phase, Phase::Stable)
    }

    /// The message has a description.
    fn judge_full(
        &self,
        by: Side,
        carrier: Carrier,
        description: &SessionDescription,
    ) -> Result<Meaning, OfferAnswerError> {
        let again = if self.current(by) == Some(description) { Meaning::Repeated } else { Meaning::Ignored };
        match (&self.phase, carrier) {
            // rfc3264#4: one offer at a time; rfc3261#14.1, rfc3311#5.1
            (Phase::Stable, Carrier::Invite | Carrier::Update | Carrier::Prack) => Ok(match again {
                Meaning::Repeated => Meaning::Refresh,
                _ => Meaning::Offer,
            }),
            // rfc3261#13.2.1/5
            (Phase::OfferDue { from }, Carrier::ReliableProvisional | Carrier::InviteSuccess)
                if *from == by =>
            {
                Ok(Meaning::Offer)
            }
            (Phase::Offered { by: other, carrier: asked, .. }, _)
                if *other != by && is_answered_by(*asked, carrier) =>
            {
                Ok(Meaning::Answer)
            }
            (Phase::Offered { by: other, carrier: Carrier::Invite, .. }, Carrier::Provisional)
                if *other != by =>
            {
                Ok(Meaning::Preview)
            }
            // the same reliable offer in the next response, before its PRACK
            (
                Phase::Offered { by: own, offer, .. },
                Carrier::ReliableProvisional | Carrier::InviteSuccess,
            ) if *own == by && offer == description => Ok(Meaning::Repeated),
            (
                Phase::OfferDue { .. } | Phase::Offered { .. },
                Carrier::Invite | Carrier::Update | Carrier::Prack,
            ) => Err(OfferAnswerError::OfferPending),
            // rfc3261#13.2.1/10: what comes after the answer is no offer
            (
                Phase::Stable | Phase::OfferDue { .. } | Phase::Offered { .. },
                Carrier::Provisional
                | Carrier::ReliableProvisional
                | Carrier::InviteSuccess
                | Carrier::Ack
                | Carrier::PrackSuccess
                | Carrier::UpdateSuccess,
            ) => Ok(again),
        }
    }

    /// The message has no description.
    fn judge_empty(&self, by: Side, carrier: Carrier) -> Result<Meaning, OfferAnswerError> {
        match (&self.phase, carrier) {
            (Phase::OfferDue { .. } | Phase::Offered { .. }, Carrier::Invite) => {
                Err(OfferAnswerError::OfferPending)
            }
            (Phase::OfferDue { from }, Carrier::InviteSuccess) if *from == by => {
                Err(OfferAnswerError::OfferMissing)
            }
            // the answer went ahead in a provisional response (AC-16)
            (
                Phase::Offered { by: other, carrier: Carrier::Invite, preview: Some(_), .. },
                Carrier::InviteSuccess,
            ) if *other != by => Ok(Meaning::Answer),
            (Phase::Offered { by: other, carrier: asked, .. }, _)
                if *other != by
                    && is_answered_by(*asked, carrier)
                    && carrier != Carrier::ReliableProvisional =>
            {
                Err(OfferAnswerError::AnswerMissing)
            }
            (Phase::Stable | Phase::OfferDue { .. } | Phase::Offered { .. }, _) => Ok(Meaning::Nothing),
        }
    }

    fn complete(&mut self, answerer: Side, answer: Option<&SessionDescription>) {
        let Phase::Offered { offer, preview, .. } = mem::take(&mut self.phase) else { return };
        let answer = answer.cloned().or(preview);
        (self.local, self.remote) = match answerer {
            Side::Local => (answer, Some(offer.detached())),
            Side::Remote => (Some(offer), answer.map(SessionDescription::detached)),
        };
    }
}

impl Side {
    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Local => Self::Remote,
            Self::Remote => Self::Local,
        }
    }
}

// rfc3261#13.2.1/6,9,11: INVITE and 2xx, 2xx and ACK; the others came with RFC 3262 and RFC 3311
/// Whether an offer in `offer` may be answered in `answer` (RFC 6337 §2.2, table 1).
const fn is_answered_by(offer: Carrier, answer: Carrier) -> bool {
    matches!(
        (offer, answer),
        (Carrier::Invite, Carrier::ReliableProvisional | Carrier::InviteSuccess)
            | (Carrier::InviteSuccess, Carrier::Ack)
            | (Carrier::ReliableProvisional, Carrier::Prack)
            | (Carrier::Prack, Carrier::PrackSuccess)
            | (Carrier::Update, Carrier::UpdateSuccess)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fmt::Write as _;

    type Step = (Side, Carrier, Option<&'static str>);

    const CARRIERS: [Carrier; 9] = [
        Carrier::Invite,
        Carrier::Provisional,
        Carrier::ReliableProvisional,
        Carrier::InviteSuccess,
        Carrier::Ack,
        Carrier::Prack,
        Carrier::PrackSuccess,
        Carrier::Update,
        Carrier::UpdateSuccess,
    ];

    const AGREED: [Step; 2] =
        [(Side::Local, Carrier::Invite, Some("a")), (Side::Remote, Carrier::InviteSuccess, Some("b"))];

    fn after(steps: &[Step]) -> OfferAnswer {
        let mut exchange = OfferAnswer::default();
        for step in steps {
            let _ = take(&mut exchange, *step);
        }
        exchange
    }

    fn take(exchange: &mut OfferAnswer, (by, carrier, text): Step) -> Result<Meaning, OfferAnswerError> {
        exchange.transfer(by, carrier, text.map(SessionDescription::from).as_ref())
    }

    /// RFC 6337 §2.2, tables 1 and 2: the local side has sent the offer, the remote side speaks.
    // rfc3261#13.2.1/5-6,9-11,13, type=test
    #[test]
    fn table_of_messages() {
        let states: [(&str, &[Step]); 7] = [
            ("Stable, a and b in force", &AGREED),
            ("OfferDue from the sender", &[(Side::Local, Carrier::Invite, None)]),
            ("Offered to the sender in INVITE", &[(Side::Local, Carrier::Invite, Some("a"))]),
            (
                "Offered to the sender in INVITE, b announced",
                &[(Side::Local, Carrier::Invite, Some("a")), (Side::Remote, Carrier::Provisional, Some("b"))],
            ),
            ("Offered to the sender in UPDATE", &[(Side::Local, Carrier::Update, Some("a"))]),
            (
                "Offered to the sender in 2xx",
                &[(Side::Remote, Carrier::Invite, None), (Side::Local, Carrier::InviteSuccess, Some("a"))],
            ),
            (
                "Offered by the sender in a reliable 1xx",
                &[
                    (Side::Local, Carrier::Invite, None),
                    (Side::Remote, Carrier::ReliableProvisional, Some("b")),
                ],
            ),
        ];
        let mut table = String::new();
        for (name, path) in states {
            writeln!(table, "{name}").unwrap();
            for carrier in CARRIERS {
                let outcome = |text| match take(&mut after(path), (Side::Remote, carrier, text)) {
                    Ok(meaning) => format!("{meaning:?}"),
                    Err(error) => format!("{error:?}!"),
                };
                let (same, other, none) = (outcome(Some("b")), outcome(Some("x")), outcome(None));
                let carrier = format!("{carrier:?}");
                writeln!(table, "  {carrier:<20} b: {same:<14} x: {other:<14} none: {none}").unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }

    /// RFC 6337 §2.2, table 1: the six patterns, and whether one may begin a session.
    const PATTERNS: [(Carrier, Carrier, bool); 6] = [
        (Carrier::Invite, Carrier::InviteSuccess, true),
        (Carrier::InviteSuccess, Carrier::Ack, true),
        (Carrier::Invite, Carrier::ReliableProvisional, true),
        (Carrier::ReliableProvisional, Carrier::Prack, true),
        (Carrier::Prack, Carrier::PrackSuccess, false),
        (Carrier::Update, Carrier::UpdateSuccess, false),
    ];

    /// What has to come before an offer of the remote side in this message.
    fn before_offer(carrier: Carrier, is_first: bool) -> OfferAnswer {
        let mut exchange = if is_first { OfferAnswer::default() } else { after(&AGREED) };
        if matches!(carrier, Carrier::InviteSuccess | Carrier::ReliableProvisional) {
            take(&mut exchange, (Side::Local, Carrier::Invite, None)).unwrap();
        }
        exchange
    }

    #[test]
    fn rfc6337_2_2_only_the_six_patterns_complete_an_exchange() {
        for (offer, _, may_begin) in PATTERNS {
            for is_first in [false, true].into_iter().take(1 + usize::from(may_begin)) {
                for answer in CARRIERS {
                    let mut exchange = before_offer(offer, is_first);
                    assert_eq!(take(&mut exchange, (Side::Remote, offer, Some("o"))), Ok(Meaning::Offer));
                    let outcome = take(&mut exchange, (Side::Local, answer, Some("x")));
                    let is_pattern = PATTERNS.iter().any(|(one, other, _)| (*one, *other) == (offer, answer));
                    assert_eq!(
                        outcome == Ok(Meaning::Answer),
                        is_pattern,
                        "{offer:?} and {answer:?}: {outcome:?}"
                    );
                    assert_eq!(exchange.is_stable(), is_pattern, "{offer:?} and {answer:?}");
                }
            }
        }
    }

    #[test]
    fn rfc6337_2_2_no_other_message_makes_an_offer() {
        for carrier in CARRIERS {
            let outcome = take(&mut after(&AGREED), (Side::Remote, carrier, Some("o")));
            let is_request = matches!(carrier, Carrier::Invite | Carrier::Update | Carrier::Prack);
            assert_eq!(
                outcome,
                Ok(if is_request { Meaning::Offer } else { Meaning::Ignored }),
                "{carrier:?}"
            );
        }
    }

    #[test]
    fn rfc6337_2_2_one_exchange_at_a_time() {
        for (offer, ..) in PATTERNS {
            for by in [Side::Local, Side::Remote] {
                for second in [Carrier::Invite, Carrier::Update, Carrier::Prack] {
                    let mut exchange = before_offer(offer, false);
                    take(&mut exchange, (Side::Remote, offer, Some("o"))).unwrap();
                    let is_answer = by == Side::Local && is_answered_by(offer, second);
                    let expected =
                        if is_answer { Ok(Meaning::Answer) } else { Err(OfferAnswerError::OfferPending) };
                    let outcome = take(&mut exchange, (by, second, Some("x")));
                    assert_eq!(outcome, expected, "{offer:?}, then {second:?} of {by:?}");
                    assert_eq!(exchange.offer().is_none(), is_answer);
                }
            }
        }
    }

    #[test]
    fn ac19_a_failed_offer_leaves_what_was_agreed() {
        let mut exchange = after(&AGREED);
        take(&mut exchange, (Side::Local, Carrier::Invite, Some("a2"))).unwrap();
        exchange.rollback();
        assert!(exchange.is_stable());
        assert_eq!(exchange.current(Side::Local), Some(&"a".into()));
        assert_eq!(exchange.current(Side::Remote), Some(&"b".into()));
    }

    #[test]
    fn ac23_sdp_in_an_ack_after_a_finished_exchange_is_ignored() {
        let mut exchange = after(&AGREED);
        assert_eq!(take(&mut exchange, (Side::Local, Carrier::Ack, Some("z"))), Ok(Meaning::Ignored));
        assert_eq!(
            take(&mut exchange, (Side::Remote, Carrier::InviteSuccess, Some("b"))),
            Ok(Meaning::Repeated)
        );
        assert_eq!(exchange.current(Side::Local), Some(&"a".into()));
    }

    #[test]
    fn ac16_a_2xx_without_sdp_confirms_what_was_announced() {
        let announced = [
            (Side::Local, Carrier::Invite, Some("a")),
            (Side::Remote, Carrier::Provisional, Some("b")),
            (Side::Remote, Carrier::InviteSuccess, None),
        ];
        assert_eq!(after(&announced).current(Side::Remote), Some(&"b".into()));
    }

    fn step() -> impl Strategy<Value = Step> {
        let side = prop_oneof![Just(Side::Local), Just(Side::Remote)];
        let text = prop_oneof![Just(None), Just(Some("a")), Just(Some("b")), Just(Some("c"))];
        (side, proptest::sample::select(&CARRIERS), text)
    }

    proptest! {
        #[test]
        fn both_ends_see_the_same(steps in proptest::collection::vec(step(), 0..30)) {
            let (mut here, mut there) = (OfferAnswer::default(), OfferAnswer::default());
            for (by, carrier, text) in steps {
                let outcome = take(&mut here, (by, carrier, text));
                prop_assert_eq!(outcome, take(&mut there, (by.other(), carrier, text)));
                prop_assert_eq!(here.current(Side::Local), there.current(Side::Remote));
                prop_assert_eq!(here.is_stable(), there.is_stable());
            }
        }

        #[test]
        fn what_is_in_force_changes_with_an_answer_only(steps in proptest::collection::vec(step(), 0..30)) {
            let mut exchange = OfferAnswer::default();
            for step in steps {
                let before = (exchange.current(Side::Local).cloned(), exchange.current(Side::Remote).cloned());
                let outcome = take(&mut exchange, step);
                let now = (exchange.current(Side::Local).cloned(), exchange.current(Side::Remote).cloned());
                prop_assert!(before == now || outcome == Ok(Meaning::Answer));
                prop_assert!(outcome != Ok(Meaning::Answer) || exchange.is_stable());
            }
        }
    }
}
