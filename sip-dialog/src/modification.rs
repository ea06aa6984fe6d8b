//! Changing a session that stands: re-INVITE and UPDATE of both ends, glare and hold. RFC 3261 §14, RFC 3311 §5,
//! RFC 6337 §3 to §5.

mod incoming;
mod outgoing;
mod progress;
mod provisional;
mod re_invite;
mod recovery;
pub(crate) mod session_timer;
#[cfg(feature = "serde")]
mod snapshot;
mod target;

pub(crate) use outgoing::Refusal;
pub(crate) use progress::{Pracked, Progress};

use crate::info;
use crate::outbox::Outbox;
use crate::peer::Capabilities;
use crate::session_body::description;
use crate::{
    Carrier, Dialog, Direction, EndCause, EndKind, EndedBy, Hold, IdentityPolicy, Meaning, OfferAnswer,
    OfferAnswerError, SessionDescription, SessionEvent, SessionSettings, Side,
};
use incoming::Incoming;
use outgoing::{Unanswered, UnderWay, Wanted};
use re_invite::ReInvite;
use recovery::Recovery;
use session_timer::{Intervals, SessionTimer};
use sip_clock::{FewTimers, Instant};
use sip_message::{Body, Headers, KeptRequest, Request, Response, StatusCode};
use std::sync::Arc;

/// Offer and answer of one dialog from its INVITE on, and the requests that change what they agreed.
///
/// ```text
///               offer, hold, resume            2xx: ACK; 3xx-6xx, none: as it was
///   Settled ──────────────────────▶ UnderWay ─────────────────────────────────────▶ Settled
///     │  ▲                             │ 491
///     │  │ the peer's offer did it     ▼         timer, by role
///     │  └───────────────────────── Backing off ───────────────▶ UnderWay
///     │ re-INVITE, UPDATE arrives              answer: 2xx                  ACK
///     └─────────────────────────────▶ Incoming ───────────▶ (until ACK) ──────────▶ Settled
///                                       │ decline, CANCEL: as it was               ▲
///                                       └──────────────────────────────────────────┘
/// ```
/// What a re-INVITE may bring before its 2xx stands at `ReInvite`.
// In this order in memory, for what each message needs stands at the beginning: see `Usage`.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Modification {
    timers: FewTimers<ChangeTimer>,
    settings: Arc<SessionSettings>,
    /// Whether this end made the Call-ID: it waits longer after 491.
    owns_call_id: bool,
    recovery: Recovery,
    exchange: OfferAnswer,
    /// What the user wants of this end, and what the peer said last.
    hold: Hold,
    /// Whether the description of this end that went out last holds.
    stated: bool,
    /// What the last complete exchange made of it.
    agreed: Hold,
    /// What the application knows of it.
    told: Hold,
    /// Whether the application has taken part in an exchange after that of the INVITE.
    has_told: bool,
    /// The directions of the application's last description, whatever was made of them.
    wish: Vec<Direction>,
    /// Whether versions were raised here, so that those of the application must be watched.
    edited: bool,
    wanted: Option<Wanted>,
    under_way: Option<Box<UnderWay>>,
    incoming: Option<Incoming>,
    /// The re-INVITE of the peer that waits.
    re_invite: Option<Box<ReInvite>>,
    /// What an INVITE of the peer was told before its final response.
    progress: Option<Box<Progress>>,
    /// The offer that this end asked for and has not answered.
    unanswered: Option<Box<Unanswered>>,
    /// The number of the last request of the peer whose Contact is the target.
    targeted: u32,
    /// Whether what is wanted was refused with 491 once.
    has_collided: bool,
    /// Whether what is wanted was refused and mended once.
    is_second_try: bool,
    peer: Capabilities,
    /// Whether the peer has shown that it does not serve UPDATE, whatever it said.
    is_update_useless: bool,
    /// How long the session lives without refresh, if that is limited.
    session: Option<SessionTimer>,
    intervals: Intervals,
    /// The ACK of the last re-INVITE, repeated verbatim.
    ack: Option<Box<(u32, KeptRequest)>>,
    /// Whether the peer of a request that waits has to be told that its new target is known.
    is_move_due: bool,
}

/// A deadline of a modification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ChangeTimer {
    /// After 491 (RFC 3261 §14.1), or 500 with Retry-After.
    Glare,
    /// The answer in the ACK of this end is due (§13.2.2.4).
    Answer,
    /// The answer to an UPDATE or PRACK is due (RFC 3311 §5.2, RFC 3262 §5).
    Prompt,
    /// A sign is due that a re-INVITE will get its answer (RFC 3261 §13.3.1.1).
    Progress,
    /// The 2xx to the peer's re-INVITE is due again (§13.3.1.4).
    Retransmit,
    /// 64·T1 without its ACK.
    Ack,
    /// The reliable provisional response is due again (RFC 3262 §3).
    Reliable,
    /// 64·T1 after it without PRACK (RFC 3262 §3).
    Prack,
    /// The session is to be refreshed by this end (RFC 4028 §10).
    Refresh,
    /// It was not refreshed (RFC 4028 §10).
    Expired,
    /// A request that waits for the application names a new target (RFC 6141 §4.6).
    Move,
    /// The last answer to a re-INVITE of this end is not waited for any longer, as the dialog is over.
    Farewell,
}

impl Modification {
    #[cfg(test)]
    pub(crate) const OFTEN_USED_UP_TO: usize = std::mem::offset_of!(Self, recovery) + 4;

    pub(crate) fn new(owns_call_id: bool, settings: Arc<SessionSettings>) -> Self {
        Self {
            exchange: OfferAnswer::default(),
            hold: Hold::default(),
            stated: false,
            agreed: Hold::default(),
            told: Hold::default(),
            has_told: false,
            wish: Vec::new(),
            edited: false,
            owns_call_id,
            settings,
            timers: FewTimers::new(),
            wanted: None,
            under_way: None,
            incoming: None,
            re_invite: None,
            targeted: 0,
            progress: None,
            unanswered: None,
            has_collided: false,
            is_second_try: false,
            peer: Capabilities::default(),
            is_update_useless: false,
            session: None,
            intervals: Intervals::default(),
            ack: None,
            recovery: Recovery::default(),
            is_move_due: false,
        }
    }

    /// Takes a message of the exchange as it is sent or received.
    pub(crate) fn transfer(
        &mut self,
        by: Side,
        carrier: Carrier,
        body: Option<&Body>,
    ) -> Result<Meaning, OfferAnswerError> {
        let description = body.map(description);
        let outcome = self.exchange.transfer(by, carrier, description.as_ref());
        if outcome == Ok(Meaning::Answer) {
            let (local, remote) = (self.exchange.current(Side::Local), self.exchange.current(Side::Remote));
            // rfc3264#6.1: the answer to what is not sent does not tell whether this end would receive it
            let mut is_stated = true;
            self.hold = match (by, local, remote) {
                (Side::Local, _, Some(offer)) => {
                    let in_use = offer.direction_in_use();
                    is_stated = in_use.is_some_and(Direction::sends);
                    self.hold.after_offer(in_use)
                }
                (Side::Remote, Some(offer), Some(answer)) => self.hold.after_answer(offer, answer),
                _ => self.hold,
            };
            let local = if is_stated { self.stated } else { self.agreed.local };
            self.agreed = Hold { local, remote: self.hold.remote };
        }
        outcome
    }

    /// What [`Self::transfer`] would say, without doing it.
    pub(crate) fn judge(
        &self,
        by: Side,
        carrier: Carrier,
        body: Option<&Body>,
    ) -> Result<Meaning, OfferAnswerError> {
        let description = body.map(description);
        self.exchange.judge(by, carrier, description.as_ref())
    }

    /// Remembers the directions that the application asked for in `body`.
    pub(crate) fn note_wish(&mut self, body: Option<&Body>) {
        if let Some(body) = body {
            let description = description(body);
            self.wish = description.media_lines().map(|line| line.direction).collect();
        }
    }

    /// What the session was made with.
    pub(crate) fn settings(&self) -> &SessionSettings {
        &self.settings
    }

    /// Whose word about the peer counts.
    pub(crate) fn identity_policy(&self) -> IdentityPolicy {
        self.settings.identity
    }

    /// Whether this end owes the offer that an INVITE without one asked for.
    pub(crate) fn owes_offer(&self) -> bool {
        self.exchange.offer_due() == Some(Side::Local)
    }

    /// The INFO packages that this end receives.
    pub(crate) fn packages(&self) -> &[String] {
        &self.settings.recv_info
    }

    /// Those that the peer knows of: a caller always says it, a callee to a peer that does.
    // rfc6086#4.2.2, rfc6086#5.2.3
    pub(crate) fn announced_packages(&self) -> &[String] {
        if self.owns_call_id || self.peer.names_packages() { self.packages() } else { &[] }
    }

    /// Whether both ends have key presses as RTP events (RFC 4733).
    // Inlined, the processor would look at the descriptions for each key, whatever its mode.
    #[inline(never)]
    pub(crate) fn has_telephone_event(&self) -> bool {
        let has = |side| self.exchange.current(side).is_some_and(SessionDescription::has_telephone_event);
        has(Side::Local) && has(Side::Remote)
    }

    /// Whether the application has taken part in an exchange of UPDATE or re-INVITE.
    pub(crate) const fn has_told(&self) -> bool {
        self.has_told
    }

    /// What the peer said it can do.
    pub(crate) const fn peer(&self) -> &Capabilities {
        &self.peer
    }

    /// Takes what a message of the peer says that it can do.
    pub(crate) fn learn(&mut self, headers: &Headers) {
        self.peer.learn(headers);
    }

    /// Takes which INFO packages the peer receives from its response, or from a request of its that was accepted.
    pub(crate) fn learn_packages(&mut self, headers: &Headers) {
        self.peer.learn_packages(headers);
    }

    /// The peer's `request` is accepted by `response`: what it says of INFO packages counts, and is answered.
    pub(super) fn agree_on_packages(&mut self, request: &Request, response: &mut Response) {
        self.learn_packages(request.headers());
        info::announce_in_turn(request.headers(), response.headers_mut(), self.packages());
    }

    /// What the peer said in the last complete exchange.
    pub(crate) fn remote_description(&self) -> Option<Body> {
        self.exchange.current(Side::Remote).map(SessionDescription::to_body)
    }

    /// The answer of this end that an unreliable provisional response announced.
    pub(crate) fn announced(&self) -> Option<Body> {
        self.exchange.preview().map(SessionDescription::to_body)
    }

    /// The answer that takes nothing of the offer in the peer's 2xx, if that made one which is open.
    pub(crate) fn refusal(&self) -> Option<Body> {
        match (self.exchange.offer(), self.exchange.offer_carrier()) {
            (Some((Side::Remote, offer)), Some(Carrier::InviteSuccess)) => Some(offer.refusal().to_body()),
            _ => None,
        }
    }

    /// The application's description as it goes out: its directions cut to what the offer and hold allow.
    pub(crate) fn outgoing(&mut self, body: Body) -> Body {
        if !body.content_type.is("application", "sdp") {
            return body;
        }
        self.stated = self.hold.local;
        let description = SessionDescription::new(body.bytes);
        let offer: Option<Vec<Direction>> = match self.exchange.offer() {
            Some((Side::Remote, offer)) => Some(offer.media_lines().map(|line| line.effective()).collect()),
            Some((Side::Local, _)) | None => None,
        };
        let (hold, wish) = (self.hold, &mut self.wish);
        wish.clear();
        let edited = description.redirected(|number, stated| {
            wish.push(stated);
            match &offer {
                Some(offer) => hold.answered(stated, offer.get(number).copied().unwrap_or_default()),
                None => hold.offered(stated),
            }
        });
        self.edited |= edited != description;
        Body { content_type: body.content_type, bytes: self.after_current(edited).into_bytes() }
    }

    /// Does what is due; `Some` when that ends the session.
    pub(crate) fn handle_timeout(
        &mut self,
        dialog: &mut Dialog,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Option<EndCause> {
        while let Some(timer) = self.timers.pop_expired(now) {
            match timer {
                ChangeTimer::Glare | ChangeTimer::Farewell => {}
                // they begin anew with another flow
                ChangeTimer::Retransmit | ChangeTimer::Ack | ChangeTimer::Reliable | ChangeTimer::Prack
                    if self.is_interrupted() => {}
                ChangeTimer::Answer => match self.miss_answer(outbox) {
                    None => {}
                    cause => return cause,
                },
                ChangeTimer::Progress => self.ring_again(dialog, now, outbox),
                ChangeTimer::Prompt => match self.miss_prompt(outbox) {
                    None => {}
                    cause => return cause,
                },
                ChangeTimer::Retransmit => self.retransmit(now, outbox),
                ChangeTimer::Ack => return self.miss_ack(outbox),
                ChangeTimer::Reliable => self.repeat_progress(now, outbox),
                // rfc3262#3: a 5xx when no PRACK comes
                ChangeTimer::Prack if self.re_invite.is_some() => {
                    self.withdraw_re_invite(StatusCode::SERVER_TIMEOUT, outbox);
                }
                ChangeTimer::Prack => return Some(EndCause::new(EndedBy::Network, EndKind::Timeout)),
                ChangeTimer::Refresh => self.want_refresh(),
                ChangeTimer::Move => self.move_on(dialog, now, outbox),
                ChangeTimer::Expired => {
                    return Some(EndCause::new(EndedBy::Network, EndKind::SessionExpired));
                }
            }
        }
        None
    }

    /// The dialog is over: nothing is wanted, and a request that waits for an answer gets 487. Nothing is due but the ACK
    /// of a 2xx that is out.
    pub(crate) fn close(&mut self, outbox: &mut Outbox) {
        // rfc3261#15.1.2/6-7
        self.withdraw(StatusCode::REQUEST_TERMINATED, outbox);
        self.close_re_invite(outbox);
        let _answer = self.acknowledge_unanswered(outbox);
        self.under_way = None;
        self.wanted = None;
        self.session = None;
        self.close_recovery();
        // rfc3261#13.3.1.4: it is repeated until its ACK comes, or 64·T1, whoever has left
        let due = [ChangeTimer::Retransmit, ChangeTimer::Ack].map(|timer| (timer, self.timers.get(&timer)));
        self.timers.clear();
        for (timer, at) in due {
            if let Some(at) = at {
                self.timers.set(timer, at);
            }
        }
    }

    /// The same when there is no flow any more: a 2xx cannot be repeated, and no ACK can come.
    pub(crate) fn abandon(&mut self, outbox: &mut Outbox) {
        self.close(outbox);
        self.timers.clear();
    }

    /// Waits no longer than 64·T1 for the answer to a re-INVITE of this end in a dialog that is over.
    pub(crate) fn linger(&mut self, now: Instant) {
        self.timers.set(ChangeTimer::Farewell, now + self.settings.patience());
    }

    /// Whether the time that [`Self::linger`] gives is over, or was never given.
    pub(crate) fn is_forgetful(&self) -> bool {
        self.timers.get(&ChangeTimer::Farewell).is_none()
    }

    /// Whether a 2xx of this end waits for its ACK.
    pub(crate) fn awaits_ack(&self) -> bool {
        self.timers.get(&ChangeTimer::Ack).is_some()
    }

    /// Whether the re-INVITE with this number, of either end, is remembered.
    pub(crate) fn knows(&self, number: u32) -> bool {
        self.ack.as_deref().is_some_and(|(known, _)| *known == number) || self.has_received(number)
    }

    /// Whether a 2xx to a re-INVITE of this end was acknowledged.
    pub(crate) const fn has_acknowledged(&self) -> bool {
        self.ack.is_some()
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    pub(crate) const fn held(&self) -> Hold {
        self.told
    }

    /// Tells the application when hold is not what it knew.
    pub(crate) fn tell(&mut self, outbox: &mut Outbox) {
        if self.told != self.agreed {
            self.told = self.agreed;
            outbox.event(SessionEvent::Hold(self.agreed));
        }
    }

    fn is_busy(&self) -> bool {
        self.wanted.is_some()
            || self.under_way.is_some()
            || self.incoming.is_some()
            || self.holds_back()
            || !self.exchange.is_stable()
    }

    /// What this end said last, in the directions that hold and the application's wish make.
    fn redirected(&mut self) -> Option<Body> {
        self.stated = self.hold.local;
        let current = self.exchange.current(Side::Local)?;
        let (hold, wish) = (self.hold, &self.wish);
        let offer =
            current.redirected(|number, stated| hold.offered(wish.get(number).copied().unwrap_or(stated)));
        self.edited |= offer != *current;
        Some(offer.to_body())
    }

    /// Versions raised here must not come again from the application (RFC 3264 §8).
    fn after_current(&self, description: SessionDescription) -> SessionDescription {
        let Some(current) = self.exchange.current(Side::Local).filter(|_| self.edited) else {
            return description;
        };
        match (current.version(), description.version()) {
            (Some(old), Some(new)) if new <= old && description != *current => {
                let next = description.with_version(old.saturating_add(1));
                // nothing but the number differs: the same description
                let same = description.with_version(old);
                if same == *current { same } else { next }
            }
            _ => description,
        }
    }
}
