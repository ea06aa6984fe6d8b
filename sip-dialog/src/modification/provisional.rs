//! Reliable provisional responses to a re-INVITE of this end, which may answer its offer or make the one it asked for:
//! RFC 3262 §4 and §5, RFC 6337 §3.1 and §4.3; RFC 6141 §3.4, when the re-INVITE fails after that.

use super::outgoing::{UnderWay, Wanted};
use super::recovery::Agreement;
use super::{ChangeTimer, Modification};
use crate::outbox::Outbox;
use crate::reliable::{Arrival, ReliableResponses};
use crate::{Carrier, Meaning, OfferAnswerError, Output, SessionEvent, Side};
use sip_clock::Instant;
use sip_message::{Body, Method, RAck, Response};
use std::mem;

/// What reliable provisional responses have made of a re-INVITE so far.
#[derive(Debug, Default)]
pub(super) struct EarlyExchange {
    order: ReliableResponses,
    stage: Stage,
    /// What was agreed before the re-INVITE.
    before: Option<Agreement>,
}

/// How far the exchange of a re-INVITE is before its final response.
///
/// ```text
///            answer arrives: PRACK                200 to PRACK
///   Silent ────────────────────────▶ Agreed ──────────────────────▶ Acknowledged
///     │                                ▲
///     │ offer arrives                  │ answer of the application: PRACK
///     └──────────────▶ Asked ──────────┘
/// ```
#[derive(Debug, Default)]
enum Stage {
    #[default]
    Silent,
    /// The response with this number made an offer, which its PRACK has to answer.
    Asked(RAck),
    /// The PRACK of the response with this number, to the INVITE with that, has no 2xx yet.
    Agreed(u32, u32),
    /// Each end may begin another exchange.
    Acknowledged,
}

impl Stage {
    const fn agreed(rack: &RAck) -> Self {
        Self::Agreed(rack.rseq, rack.cseq.number)
    }
}

impl UnderWay {
    /// Whether both descriptions have been exchanged before the final response.
    pub(super) fn has_agreed(&self) -> bool {
        matches!(self.stage(), Some(Stage::Agreed(..) | Stage::Acknowledged))
    }

    /// Whether the peer may make an offer in the meantime.
    // rfc6337#4.3 (UAS-IcU)
    pub(super) fn is_open_to_offers(&self) -> bool {
        self.method != Method::Invite || matches!(self.stage(), Some(Stage::Acknowledged))
    }

    fn stage(&self) -> Option<&Stage> {
        self.early.as_ref().map(|early| &early.stage)
    }
}

impl Modification {
    /// Takes a provisional response to the request with this number in its order.
    pub(crate) fn arrival(&mut self, number: u32, response: &Response) -> Arrival {
        let is_meant = |change: &&mut UnderWay| change.number == number && change.method == Method::Invite;
        match self.under_way.as_deref_mut().filter(is_meant) {
            Some(change) => change.early.get_or_insert_default().order.take(response),
            None => Arrival::Plain,
        }
    }

    /// Takes what the next reliable response to the re-INVITE says, which has the number in `rack`.
    pub(crate) fn hear(&mut self, rack: &RAck, body: Option<&Body>) -> Result<Meaning, OfferAnswerError> {
        let before = self.agreement();
        let meaning = self.transfer(Side::Remote, Carrier::ReliableProvisional, body);
        if let (Ok(Meaning::Offer | Meaning::Answer), Some(early)) = (meaning, self.early()) {
            early.before = Some(before);
            early.stage = Stage::agreed(rack);
        }
        meaning
    }

    /// A reliable provisional response has answered the offer of this end; before, the peer had said `before`.
    pub(crate) fn tell_early(&mut self, body: Option<Body>, before: Option<&Body>, outbox: &mut Outbox) {
        let is_silent = self.under_way.as_deref().is_some_and(UnderWay::is_silent);
        self.tell_answer(is_silent, body, before, outbox);
    }

    /// The application is asked for the answer to the offer of the response with this number.
    pub(crate) fn ask_early(&mut self, rack: RAck, body: Option<Body>, now: Instant, outbox: &mut Outbox) {
        if let Some(early) = self.early() {
            early.stage = Stage::Asked(rack);
            self.timers.set(ChangeTimer::Answer, now + self.settings.patience());
            self.has_told = true;
            outbox.event(SessionEvent::Reoffered { body });
        }
    }

    /// Answers the offer of a reliable provisional response, if one waits: what its PRACK carries.
    // rfc3262#5: the answer has no other place
    pub(crate) fn answer_early(&mut self, body: Body) -> Result<(RAck, Body), Body> {
        let Some(rack) = self.take_asked() else { return Err(body) };
        if let Some(early) = self.early() {
            early.stage = Stage::agreed(&rack);
        }
        let body = self.outgoing(body);
        // the offer is open: it was kept for this
        let _answer = self.transfer(Side::Local, Carrier::Prack, Some(&body));
        Ok((rack, body))
    }

    /// Gives up the re-INVITE whose reliable provisional response made an offer that is of no use; false when none waits.
    // rfc6337#2.3: the offer itself cannot be refused
    pub(super) fn cancel_asked(&mut self, outbox: &mut Outbox) -> bool {
        let Some(rack) = self.take_asked() else { return false };
        outbox.push(Output::Cancel { cseq: rack.cseq, reasons: Vec::new() });
        true
    }

    /// Whether an offer of a reliable provisional response waits for the application.
    pub(super) fn is_asked_early(&self) -> bool {
        matches!(self.under_way.as_deref().and_then(UnderWay::stage), Some(Stage::Asked(_)))
    }

    /// The PRACK of this end for the response with this number got its 2xx; that of an earlier one ends nothing.
    // rfc6337#4.3 (UAS-IcU): the PRACK that goes with offer or answer counts
    pub(crate) fn pracked(&mut self, rack: &RAck) {
        if let Some(early) = self.early()
            && matches!(early.stage, Stage::Agreed(rseq, number) if (rseq, number) == (rack.rseq, rack.cseq.number))
        {
            early.stage = Stage::Acknowledged;
        }
    }

    /// The final response came before the answer to the offer that a provisional one made, which is void then.
    pub(super) fn drop_asked(&mut self, change: &UnderWay, outbox: &mut Outbox) {
        if matches!(change.stage(), Some(Stage::Asked(_))) {
            self.timers.stop(&ChangeTimer::Answer);
            outbox.event(SessionEvent::OfferWithdrawn);
        }
        let is_of_peer = matches!(self.exchange.offer(), Some((Side::Remote, _)));
        if is_of_peer && self.exchange.offer_carrier() == Some(Carrier::ReliableProvisional) {
            self.exchange.rollback();
        }
    }

    /// A re-INVITE or an UPDATE with an offer failed: all is as it was before, whatever was agreed on the way. Returns
    /// whether anything was.
    // rfc3261#14.1/5
    pub(super) fn take_back(&mut self, change: &mut UnderWay, outbox: &mut Outbox) -> bool {
        self.drop_asked(change, outbox);
        let has_agreed = change.has_agreed();
        match change.early.take().and_then(|early| early.before) {
            Some(before) if has_agreed => {
                self.put_back(&before);
                self.edited |= self.exchange.revert(before.exchange);
                self.tell(outbox);
            }
            _ => self.exchange.rollback(),
        }
        has_agreed
    }

    /// Makes sure that both ends agree on what is in force, after a refusal that undid what had been agreed already.
    // rfc6141#3.4: by the description from before, in an exchange of its own
    pub(super) fn synchronize(&mut self) {
        self.wanted.get_or_insert(Wanted::Synchronize);
    }

    /// Ends the wait of the application's answer, if there is any.
    fn take_asked(&mut self) -> Option<RAck> {
        let early = self.early().filter(|early| matches!(early.stage, Stage::Asked(_)))?;
        let stage = mem::take(&mut early.stage);
        self.timers.stop(&ChangeTimer::Answer);
        match stage {
            Stage::Asked(rack) => Some(rack),
            Stage::Silent | Stage::Agreed(..) | Stage::Acknowledged => None,
        }
    }

    fn early(&mut self) -> Option<&mut EarlyExchange> {
        self.under_way.as_mut()?.early.as_deref_mut()
    }
}
