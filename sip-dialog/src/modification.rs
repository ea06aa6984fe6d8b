//! Changing a session that stands: re-INVITE and UPDATE of both ends, glare and hold. RFC 3261 §14, RFC 3311 §5,
//! RFC 6337 §3 to §5.

mod incoming;
pub(crate) mod session_timer;

use crate::outbox::Outbox;
use crate::spread::spread;
use crate::{
    Carrier, Dialog, Direction, EndCause, EndKind, EndedBy, Hold, InviteError, Meaning, OfferAnswer,
    OfferAnswerError, Output, SessionDescription, SessionEvent, SessionSettings, Side, answer,
};
use incoming::Incoming;
use session_timer::SessionTimer;
use sip_clock::{Instant, TimerTable};
use sip_message::{Body, ContentType, Method, Request, Response, StatusCode};
use std::time::Duration;

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
#[derive(Debug)]
pub(crate) struct Modification {
    exchange: OfferAnswer,
    /// What the user wants of this end, and what the peer said last.
    hold: Hold,
    /// Whether the description of this end that went out last holds.
    stated: bool,
    /// What the last complete exchange made of it.
    agreed: Hold,
    /// What the application knows of it.
    told: Hold,
    /// The directions of the application's last description, whatever was made of them.
    wish: Vec<Direction>,
    /// Whether versions were raised here, so that those of the application must be watched.
    edited: bool,
    /// Whether this end made the Call-ID: it waits longer after 491.
    owns_call_id: bool,
    settings: SessionSettings,
    timers: TimerTable<ChangeTimer>,
    wanted: Option<Wanted>,
    under_way: Option<UnderWay>,
    incoming: Option<Incoming>,
    /// How long the session lives without refresh, if that is limited.
    session: Option<SessionTimer>,
    /// The ACK of the last re-INVITE, repeated verbatim.
    ack: Option<(u32, Request)>,
}

/// A deadline of a modification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ChangeTimer {
    /// After 491 (RFC 3261 §14.1).
    Glare,
    /// The 2xx to the peer's re-INVITE is due again (§13.3.1.4).
    Retransmit,
    /// 64·T1 without its ACK.
    Ack,
    /// The session is to be refreshed by this end (RFC 4028 §10).
    Refresh,
    /// It was not refreshed (RFC 4028 §10).
    Expired,
}

/// What this end wants changed.
#[derive(Debug)]
enum Wanted {
    /// The application's description.
    Offer(Body),
    /// The directions that hold asks for.
    Hold,
    /// Nothing but more time (RFC 4028 §7.4).
    Refresh,
}

#[derive(Debug)]
struct UnderWay {
    number: u32,
    wanted: Wanted,
}

impl Modification {
    pub(crate) fn new(owns_call_id: bool, settings: SessionSettings) -> Self {
        Self {
            exchange: OfferAnswer::default(),
            hold: Hold::default(),
            stated: false,
            agreed: Hold::default(),
            told: Hold::default(),
            wish: Vec::new(),
            edited: false,
            owns_call_id,
            settings,
            timers: TimerTable::new(),
            wanted: None,
            under_way: None,
            incoming: None,
            session: None,
            ack: None,
        }
    }

    /// Takes a message of the exchange as it is sent or received.
    pub(crate) fn transfer(
        &mut self,
        by: Side,
        carrier: Carrier,
        body: Option<&Body>,
    ) -> Result<Meaning, OfferAnswerError> {
        let description = body.map(|body| SessionDescription::new(body.bytes.clone()));
        let outcome = self.exchange.transfer(by, carrier, description.as_ref());
        if outcome == Ok(Meaning::Answer) {
            self.hold = match (by, self.exchange.current(Side::Local), self.exchange.current(Side::Remote)) {
                (Side::Local, _, Some(offer)) => self.hold.after_offer(offer),
                (Side::Remote, Some(offer), Some(answer)) => self.hold.after_answer(offer, answer),
                _ => self.hold,
            };
            self.agreed = Hold { local: self.stated, remote: self.hold.remote };
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
        let description = body.map(|body| SessionDescription::new(body.bytes.clone()));
        self.exchange.judge(by, carrier, description.as_ref())
    }

    /// Remembers the directions that the application asked for in `body`.
    pub(crate) fn note_wish(&mut self, body: Option<&Body>) {
        if let Some(body) = body {
            let description = SessionDescription::new(body.bytes.clone());
            self.wish = description.media().iter().map(|line| line.direction).collect();
        }
    }

    /// What the peer said in the last complete exchange.
    pub(crate) fn remote_description(&self) -> Option<Body> {
        self.exchange.current(Side::Remote).map(|sdp| Body::sdp(sdp.bytes().clone()))
    }

    /// The application's description as it goes out: its directions cut to what the offer and hold allow.
    pub(crate) fn outgoing(&mut self, body: Body) -> Body {
        if !body.content_type.is("application", "sdp") {
            return body;
        }
        self.note_wish(Some(&body));
        self.stated = self.hold.local;
        let description = SessionDescription::new(body.bytes);
        let offer: Option<Vec<Direction>> = match self.exchange.offer() {
            Some((Side::Remote, offer)) => Some(offer.media().iter().map(|line| line.effective()).collect()),
            Some((Side::Local, _)) | None => None,
        };
        let hold = self.hold;
        let edited = description.redirected(|number, stated| match &offer {
            Some(offer) => hold.answered(stated, offer.get(number).copied().unwrap_or_default()),
            None => hold.offered(stated),
        });
        self.edited |= edited != description;
        Body { content_type: body.content_type, bytes: self.after_current(edited).bytes().clone() }
    }

    /// The application wants to offer `body`.
    pub(crate) fn want_offer(&mut self, body: Body) -> Result<(), InviteError> {
        if self.is_busy() {
            return Err(InviteError::OfferPending);
        }
        self.wanted = Some(Wanted::Offer(body));
        Ok(())
    }

    /// The user wants hold or its end; what is open is finished first.
    pub(crate) fn want_hold(&mut self, hold: bool) {
        self.hold.local = hold;
        let is_kept = matches!(self.wanted, Some(Wanted::Offer(_)));
        if !is_kept {
            self.wanted = (hold != self.agreed.local || self.is_busy()).then_some(Wanted::Hold);
        }
        if self.wanted.is_none() {
            self.timers.stop(&ChangeTimer::Glare);
        }
    }

    /// The request that is due now, if any: what is wanted and can begin.
    pub(crate) fn next_request(&mut self, dialog: &mut Dialog) -> Option<Request> {
        let is_free = self.under_way.is_none() && self.incoming.is_none() && self.exchange.is_stable();
        if !is_free || self.timers.get(&ChangeTimer::Glare).is_some() {
            return None;
        }
        let wanted = self.wanted.take()?;
        let body = match &wanted {
            Wanted::Offer(body) => self.outgoing(body.clone()),
            Wanted::Hold => self.redirected()?,
            Wanted::Refresh => self.unchanged()?,
        };
        let _offer = self.transfer(Side::Local, Carrier::Invite, Some(&body));
        let mut request = dialog.request(Method::Invite);
        answer::allow(request.headers_mut());
        self.prolong(&mut request);
        request.set_body(&body.content_type, body.bytes);
        let number = dialog.local_sequence().unwrap_or_default();
        self.under_way = Some(UnderWay { number, wanted });
        Some(request)
    }

    /// The 2xx to the re-INVITE with this number: ACK, and what was agreed.
    pub(crate) fn succeed(
        &mut self,
        dialog: &mut Dialog,
        number: u32,
        response: &Response,
        now: Instant,
        outbox: &mut Outbox,
    ) {
        // rfc3261#12.2.1.2: an unreadable Contact leaves the target
        let _target = dialog.handle_target_refresh(response.headers());
        let ack = dialog.ack(number);
        self.ack = Some((number, ack.clone()));
        outbox.push(Output::Ack(ack));
        let Some(change) = self.under_way.take_if(|change| change.number == number) else { return };
        self.agree_as_client(response, now);
        let before = self.remote_description();
        let body = Body::received(response.headers(), response.body(), ContentType::sdp);
        match self.transfer(Side::Remote, Carrier::InviteSuccess, body.as_ref()) {
            Ok(Meaning::Answer) => {
                let is_news = !matches!(change.wanted, Wanted::Refresh) || body != before;
                if is_news {
                    outbox.event(SessionEvent::Changed { body });
                }
                self.tell(outbox);
            }
            Ok(_) | Err(_) => self.give_up(response.status(), outbox),
        }
    }

    /// The 2xx came again: so does its ACK.
    pub(crate) fn acknowledge_again(&self, number: u32, outbox: &mut Outbox) {
        if let Some((_, ack)) = self.ack.as_ref().filter(|(known, _)| *known == number) {
            outbox.push(Output::Ack(ack.clone()));
        }
    }

    /// The request with this number failed with `status`; the session is as it was (RFC 3261 §14.1; AC-19).
    pub(crate) fn fail(
        &mut self,
        dialog: &Dialog,
        number: u32,
        status: StatusCode,
        now: Instant,
        outbox: &mut Outbox,
    ) {
        let Some(UnderWay { wanted, .. }) = self.under_way.take_if(|change| change.number == number) else {
            return;
        };
        self.exchange.rollback();
        if matches!(wanted, Wanted::Refresh) && status != StatusCode::REQUEST_PENDING {
            return self.miss_refresh(status, now);
        }
        if status == StatusCode::REQUEST_PENDING {
            self.wanted.get_or_insert(wanted);
            self.timers.set(ChangeTimer::Glare, now + self.back_off(dialog, number));
        } else {
            self.give_up(status, outbox);
        }
    }

    /// A challenged request goes out again with another number; offer and answer stay (AC-29).
    pub(crate) fn renumber(&mut self, from: u32, to: u32) {
        if let Some(change) = self.under_way.as_mut().filter(|change| change.number == from) {
            change.number = to;
        }
    }

    /// Does what is due; `Some` when that ends the session.
    pub(crate) fn handle_timeout(&mut self, now: Instant, outbox: &mut Outbox) -> Option<EndCause> {
        while let Some(timer) = self.timers.pop_expired(now) {
            match timer {
                ChangeTimer::Glare => {}
                ChangeTimer::Retransmit => self.retransmit(now, outbox),
                ChangeTimer::Ack => return self.miss_ack(),
                ChangeTimer::Refresh => self.want_refresh(),
                ChangeTimer::Expired => {
                    return Some(EndCause::new(EndedBy::Network, EndKind::SessionExpired));
                }
            }
        }
        None
    }

    /// The dialog is over: nothing is wanted or due, and a request that waits for an answer gets 487.
    pub(crate) fn close(&mut self, outbox: &mut Outbox) {
        // rfc3261#15.1.2
        self.withdraw(StatusCode::REQUEST_TERMINATED, outbox);
        self.incoming = None;
        self.under_way = None;
        self.wanted = None;
        self.session = None;
        self.timers = TimerTable::new();
    }

    /// Whether the re-INVITE with this number, of either end, is remembered.
    pub(crate) fn knows(&self, number: u32) -> bool {
        self.ack.as_ref().is_some_and(|(known, _)| *known == number) || self.has_received(number)
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
        Some(Body::sdp(offer.bytes().clone()))
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
                if description.with_version(old) == *current { current.clone() } else { next }
            }
            _ => description,
        }
    }

    fn give_up(&mut self, status: StatusCode, outbox: &mut Outbox) {
        if self.wanted.is_none() {
            self.hold.local = self.agreed.local;
        }
        outbox.event(SessionEvent::ChangeFailed { status });
    }

    fn back_off(&self, dialog: &Dialog, number: u32) -> Duration {
        // rfc3261#14.1: 2.1 to 4 s for the owner of the Call-ID, else up to 2 s, in steps of 10 ms
        let range = if self.owns_call_id { 210..=400 } else { 0..=200 };
        Duration::from_millis(10).saturating_mul(spread(dialog.id(), number, range))
    }
}
