//! The INVITE session of either role: what the user agent holds, RFC 3261 §13 to §15.

mod matching;
mod name;
mod requests;
mod role;
#[cfg(feature = "serde")]
mod snapshot;

use crate::answer;
use crate::invite_client::{self, InviteClient};
use crate::invite_server::InviteServer;
use crate::modification::session_timer::too_brief;
use crate::outbox::Outbox;
use crate::secure_contact;
use crate::{
    Capabilities, Dialog, DialogError, DialogId, DtmfMode, EndKind, Hold, Input, InviteError, Output,
    SessionSettings, SessionState, Tone, Undelivered,
};
use name::Name;
use role::Role;
use sip_clock::Instant;
use sip_message::{Body, CSeq, NameAddr, Reason, Request, Response, StatusCode};
use std::sync::Arc;

/// One call, from INVITE until nothing is owed to the peer any more.
///
/// The caller's session holds all dialogs that forks of its INVITE make; the first 2xx wins, later ones get ACK and
/// BYE. It outlives its [`crate::SessionEvent::Ended`] while a BYE is unanswered or a 2xx may come again.
///
/// Methods are of four kinds: getters; [`Self::handle`] for what network and clock did; verbs, which are what the
/// user wants; [`Self::poll_output`] and [`Self::next_timeout`] for what must happen now and later. After each
/// `handle` and each verb, poll until `None`.
///
/// Messages find their session by Call-ID and local tag, which are constant ([`Self::call_id`],
/// [`Self::local_tag`]); the session itself answers 481 to a request whose remote tag it does not know.
// In this order in memory, for each message needs what stands at the beginning, and there may be very many sessions.
#[derive(Debug)]
#[repr(C)]
pub struct InviteSession {
    name: Name,
    outbox: Outbox,
    role: Role,
}

impl InviteSession {
    /// Calls: emits `invite`, which is complete but for its Via.
    ///
    /// It needs To without tag, From with tag, Call-ID, CSeq and Contact, which becomes a SIPS URI if the Request-URI
    /// or the first Route is one. Without a body the peer makes the offer:
    /// see [`Self::answer`]. An Expires field limits how long the call may ring (RFC 3261 §13.2.1).
    ///
    /// # Errors
    /// The field of `invite` that is missing or malformed.
    pub fn client(
        invite: Request,
        settings: impl Into<Arc<SessionSettings>>,
        now: Instant,
    ) -> Result<Self, DialogError> {
        let name = Name::of_call(&invite)?;
        let mut outbox = Outbox::default();
        let invite = secure_contact::secured(invite);
        let client = InviteClient::new(invite, settings.into(), now, &mut outbox)?;
        Ok(Self { name, role: Role::Client(client), outbox })
    }

    /// Is called: `invite` came outside of any dialog. `local_tag` goes into To of the answers, `contact` is where
    /// this end wants to be reached.
    ///
    /// Nothing is emitted before a verb, for the transaction layer sends 100 by itself; but a call that is neither
    /// answered nor rung sends 183 each minute.
    ///
    /// # Errors
    /// The answer owed to the peer: 400 when `invite` can make no dialog, 422 when it asks for a session timer below 90 s
    /// (RFC 4028 §9).
    pub fn server(
        invite: &Request,
        local_tag: String,
        contact: NameAddr,
        settings: impl Into<Arc<SessionSettings>>,
        now: Instant,
    ) -> Result<Self, Response> {
        let settings = settings.into();
        if let Some(mut response) = too_brief(invite, &settings) {
            answer::tag(&mut response, &local_tag);
            return Err(response);
        }
        let refusal = |error: DialogError| {
            let bad = || invite.response(StatusCode::BAD_REQUEST);
            let mut response = error.field().map_or_else(bad, |name| answer::bad_field(invite, name));
            answer::tag(&mut response, &local_tag);
            response
        };
        let server =
            InviteServer::new(invite.clone(), &local_tag, contact, settings, now).map_err(refusal)?;
        let name = Name::new(&server.dialog().id().call_id, &local_tag);
        Ok(Self { name, role: Role::Server(server), outbox: Outbox::default() })
    }

    /// Takes what happened.
    pub fn handle(&mut self, input: Input, now: Instant) {
        let strange = matches!(&input, Input::Response(response) if !self.matches_response(response));
        if self.is_terminated() || strange {
            return;
        }
        let is_meant = !matches!(&input, Input::Request(request) if !self.matches_request(request));
        match (&mut self.role, input) {
            // the dialogs of a caller differ in their remote tags only
            (Role::Client(_), Input::Request(request)) if !is_meant => {
                invite_client::refuse(&request, &mut self.outbox);
            }
            (Role::Client(client), input) => client.handle(input, now, &mut self.outbox),
            (Role::Server(server), input) => server.handle(input, now, &mut self.outbox),
        }
    }

    /// The next thing to do; `None` when there is nothing for now.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outbox.pop()
    }

    /// When to hand in [`Input::Timeout`] at the latest.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        match &self.role {
            Role::Client(client) => client.next_timeout(),
            Role::Server(server) => server.next_timeout(),
        }
    }

    /// Callee, or the end whose peer's re-INVITE waits: sends a provisional response; 100 carries neither tag nor body. It
    /// is repeated every minute.
    ///
    /// When it is reliable (RFC 3262; [`SessionSettings::reliable`]), it waits for the PRACK of the one before, its
    /// description is the answer, or the offer when the INVITE had none, and [`crate::SessionEvent::Changed`] brings the
    /// answer to that. Without PRACK the call is refused with 504 after 64·T1.
    ///
    /// To a re-INVITE a description is reliable whenever the peer supports that: once it is acknowledged, both ends have
    /// agreed, and either may change more by UPDATE before [`Self::accept`] (RFC 6141 §3.1). Without PRACK only the re-INVITE
    /// is refused, and the session is as it was.
    ///
    /// # Errors
    /// [`InviteError`] when the call or the re-INVITE has a final answer or has ended, or `status` is not 100 to 199, or
    /// the offer that has to come first is missing.
    pub fn provisional(
        &mut self,
        status: StatusCode,
        body: Option<Body>,
        now: Instant,
    ) -> Result<(), InviteError> {
        match self.role.re_invited() {
            Some(usage) => usage.ring(status, body, now, &mut self.outbox),
            None => self.role.server()?.provisional(status, body, now, &mut self.outbox),
        }
    }

    /// Callee: answers 200, with the answer to the offer of the INVITE or, if that had none, with an offer. The 200
    /// is repeated until the ACK, which makes the session [`SessionState::Established`]. It is held back until the PRACK
    /// of a reliable provisional response with a description has come. `body` may be left out when a provisional
    /// response has said it already. A re-INVITE that waits is accepted in the same way.
    ///
    /// # Errors
    /// [`InviteError`] when the call has a final answer or has ended: the peer's CANCEL may have been faster; or when
    /// `body` is due and missing.
    pub fn accept(&mut self, body: Option<Body>, now: Instant) -> Result<(), InviteError> {
        match self.role.re_invited() {
            Some(usage) => usage.accept(body, now, &mut self.outbox),
            None => self.role.server()?.accept(body, now, &mut self.outbox),
        }
    }

    /// Callee: refuses with `status`. 486 or 480 concern this device only, 603 and 600 stop all that ring.
    ///
    /// # Errors
    /// [`InviteError`] when the call has a final answer or has ended, or `status` is below 300.
    pub fn reject(&mut self, status: StatusCode, now: Instant) -> Result<(), InviteError> {
        self.role.server()?.reject(status, now, &mut self.outbox)
    }

    /// Callee: names other addresses where the user can be reached, in a 3xx, 302 as a rule (RFC 3261 §13.3.1.2).
    ///
    /// # Errors
    /// [`InviteError`] when the call has a final answer or has ended, or `status` is not 300 to 399.
    pub fn redirect(
        &mut self,
        status: StatusCode,
        targets: Vec<NameAddr>,
        now: Instant,
    ) -> Result<(), InviteError> {
        self.role.server()?.redirect(status, targets, now, &mut self.outbox)
    }

    /// Answers the offer of [`crate::SessionEvent::Offered`], in the ACK and within 64·T1 (RFC 3261 §13.2.2.4) or, when
    /// a reliable provisional response made it, in PRACK (RFC 3262 §5), or
    /// that of [`crate::SessionEvent::Reoffered`], in a 2xx. When the peer asked for an offer, this makes it.
    ///
    /// The body goes out as it is, but for directions: they become what offer and hold allow (RFC 3264 §6.1).
    ///
    /// # Errors
    /// [`InviteError`] when no offer waits.
    pub fn answer(&mut self, body: Body, now: Instant) -> Result<(), InviteError> {
        match &mut self.role {
            Role::Client(client) if client.owes_answer() => client.answer(body, now, &mut self.outbox),
            Role::Client(client) => client.asked()?.answer(body, now, &mut self.outbox),
            Role::Server(server) => server.answer_offer(body, now, &mut self.outbox),
        }
    }

    /// Refuses the offer of [`crate::SessionEvent::Reoffered`] with `status`, 488 as a rule; the session goes on as
    /// it was (RFC 3261 §14.2). When a description went out reliably before, both ends use it already: then an UPDATE takes
    /// it back, which the peer may refuse, and the re-INVITE is accepted (RFC 6141 §3.3); only a peer that serves no UPDATE
    /// gets `status`. An offer in PRACK can only be answered by taking nothing of it, so a call that still rings
    /// is refused with `status` (RFC 6337 §2.3).
    ///
    /// # Errors
    /// [`InviteError`] when no such offer waits, or `status` is below 300.
    pub fn decline(&mut self, status: StatusCode, now: Instant) -> Result<(), InviteError> {
        match &mut self.role {
            Role::Client(client) => client.decline(status, now, &mut self.outbox),
            Role::Server(server) => server.decline(status, now, &mut self.outbox),
        }
    }

    /// Offers `body` in a re-INVITE (RFC 3261 §14.1). [`crate::SessionEvent::Changed`] or
    /// [`crate::SessionEvent::ChangeFailed`] tells the outcome; after a first 491 it is sent once more by itself (AC-14).
    ///
    /// # Errors
    /// [`InviteError`] unless the session is established and no offer is open.
    pub fn offer(&mut self, body: Body) -> Result<(), InviteError> {
        self.role.established()?.offer(body, &mut self.outbox)
    }

    /// Asks the peer for a full offer, in a re-INVITE without one (RFC 3261 §14.1). Its offer comes as
    /// [`crate::SessionEvent::Reoffered`], and [`Self::answer`] goes out in the ACK, within 64·T1. To decline or miss
    /// it ends the session: the offer has been accepted by then (§13.2.2.4). When a reliable provisional response made the
    /// offer, the answer goes out in PRACK, and to decline or miss it cancels the re-INVITE (RFC 3262 §5).
    ///
    /// # Errors
    /// [`InviteError`] unless the session is established and no offer is open.
    pub fn ask_offer(&mut self) -> Result<(), InviteError> {
        self.role.established()?.ask(&mut self.outbox)
    }

    /// Sends an UPDATE in `dialog`, an early one or that of the session that stands (RFC 3311 §5.1): with an offer, or
    /// without for what else it tells the peer. [`crate::SessionEvent::Changed`] or
    /// [`crate::SessionEvent::ChangeFailed`] tells the outcome; after 491 it is sent once more by itself, and where
    /// the peer turns out not to serve it, or to need its user (504), a standing session sends the offer in a re-INVITE.
    ///
    /// # Errors
    /// [`InviteError::NotAllowed`] when the peer has not said that it serves UPDATE, [`InviteError::OfferPending`] while
    /// an offer is open, others when there is no such dialog yet or any more.
    pub fn update(&mut self, dialog: &DialogId, body: Option<Body>) -> Result<(), InviteError> {
        let usage = match &mut self.role {
            Role::Client(client) => client.named(dialog),
            Role::Server(server) => server.named(dialog),
        };
        usage?.update(body, &mut self.outbox)
    }

    /// What the peer has said that it can do, in the dialog of the session or, before there is one, in any.
    #[must_use]
    pub fn remote_capabilities(&self) -> Option<&Capabilities> {
        match &self.role {
            Role::Client(client) => client.remote_capabilities(),
            Role::Server(server) => Some(server.remote_capabilities()),
        }
    }

    /// Who the peer is, by the policy of [`SessionSettings::identity`] (AC-71); `None` for a caller without a dialog, who
    /// knows only whom it called. [`crate::SessionEvent::RemoteIdentity`] tells of changes.
    #[must_use]
    pub fn remote_identity(&self) -> Option<NameAddr> {
        match &self.role {
            Role::Client(client) => client.remote_identity(),
            Role::Server(server) => Some(server.remote_identity()),
        }
    }

    /// Puts the call on hold: offers the last description again without receiving (AC-17). While an offer is open
    /// it waits for its end. [`crate::SessionEvent::Hold`] tells when it is done.
    ///
    /// # Errors
    /// [`InviteError`] unless the session is established.
    pub fn hold(&mut self) -> Result<(), InviteError> {
        self.role.established()?.set_hold(true, &mut self.outbox);
        Ok(())
    }

    /// Ends the hold of this end: the directions that the application asked for last, cut by the hold of the peer.
    ///
    /// # Errors
    /// [`InviteError`] unless the session is established.
    pub fn resume(&mut self) -> Result<(), InviteError> {
        self.role.established()?.set_hold(false, &mut self.outbox);
        Ok(())
    }

    /// Ends the call in whatever way its state demands; legal in every state, any number of times (AC-25).
    ///
    /// Caller: before a provisional response it waits for one, then cancels; when a 2xx was faster, ACK and BYE.
    /// Callee: 480 before an answer; after it, BYE as soon as the ACK has come or is given up. Else BYE.
    pub fn hang_up(&mut self, now: Instant) {
        match &mut self.role {
            Role::Client(client) => client.hang_up(now, &mut self.outbox),
            Role::Server(server) => server.hang_up(now, &mut self.outbox),
        }
    }

    /// The same, and says why: `reasons` go into CANCEL or BYE (RFC 3326 §2), and with `kind`, such as
    /// [`EndKind::MediaFailed`], into the [`crate::EndCause`] of this end. What was said first counts.
    pub fn hang_up_with(&mut self, kind: Option<EndKind>, reasons: Vec<Reason>, now: Instant) {
        self.outbox.say_why(kind, reasons);
        self.hang_up(now);
    }

    /// Presses keys, such as those of [`Dtmf::sequence`](crate::Dtmf::sequence), after those that wait already (AC-22).
    /// In INFO each waits for the answer to the one before; as RTP events [`crate::SessionEvent::PressKey`] tells when
    /// each is due. Whatever an answer says, or when none comes, the call goes on: see
    /// [`crate::SessionEvent::DtmfFailed`].
    ///
    /// # Errors
    /// [`InviteError`] unless the session is established.
    pub fn dtmf(&mut self, tones: &[Tone], mode: DtmfMode, now: Instant) -> Result<(), InviteError> {
        self.role.established()?.dtmf(tones, mode, now, &mut self.outbox);
        Ok(())
    }

    /// Holds back the keys that wait, or lets them go on.
    ///
    /// # Errors
    /// [`InviteError`] unless the session is established.
    pub fn pause_dtmf(&mut self, paused: bool, now: Instant) -> Result<(), InviteError> {
        self.role.established()?.pause_dtmf(paused, now, &mut self.outbox);
        Ok(())
    }

    /// Forgets the keys that wait.
    ///
    /// # Errors
    /// [`InviteError`] unless the session is established.
    pub fn clear_dtmf(&mut self) -> Result<(), InviteError> {
        self.role.established()?.clear_dtmf();
        Ok(())
    }

    /// Sends an INFO of a package in `dialog`, an early one or that of the session that stands, and returns its CSeq
    /// (RFC 6086 §4.2.1); [`crate::SessionEvent::InfoAnswered`] tells the outcome.
    ///
    /// # Errors
    /// [`InviteError::NotAllowed`] when the peer has not said that it receives the package, others when there is no such
    /// dialog yet or any more.
    pub fn info(
        &mut self,
        dialog: &DialogId,
        package: &str,
        body: Option<Body>,
    ) -> Result<CSeq, InviteError> {
        let usage = match &mut self.role {
            Role::Client(client) => client.named(dialog),
            Role::Server(server) => server.named(dialog),
        };
        usage?.info(package, body, &mut self.outbox)
    }

    /// Chooses the offer of the re-INVITE that [`crate::SessionEvent::Recovering`] announces: a restart of ICE, or what
    /// is in force when `None`.
    ///
    /// # Errors
    /// [`InviteError`] unless the session is established and asks for it.
    pub fn recover(&mut self, offer: Option<Body>) -> Result<(), InviteError> {
        self.role.established()?.choose_recovery(offer, &mut self.outbox)
    }

    /// Who holds the call, as agreed with the peer.
    #[must_use]
    pub fn held(&self) -> Hold {
        match &self.role {
            Role::Client(client) => client.hold(),
            Role::Server(server) => server.hold(),
        }
    }

    /// The Call-ID of the INVITE and of every dialog of this session.
    #[must_use]
    pub fn call_id(&self) -> &str {
        &self.name.call_id
    }

    /// The tag this end chose, the same in every dialog of this session.
    #[must_use]
    pub fn local_tag(&self) -> &str {
        &self.name.local_tag
    }

    /// The dialogs of this session: the caller has one per fork, and none before a response.
    pub fn dialogs(&self) -> impl Iterator<Item = &Dialog> {
        let (client, server) = match &self.role {
            Role::Client(client) => (Some(client.dialogs()), None),
            Role::Server(server) => (None, Some(server.dialog())),
        };
        client.into_iter().flatten().chain(server)
    }

    /// What names the dialog of the session that stands or, before it does, its first one.
    #[must_use]
    pub fn dialog_id(&self) -> Option<&DialogId> {
        let winner = match &self.role {
            Role::Client(client) => client.winner(),
            Role::Server(_) => None,
        };
        let mut ids = self.dialog_ids();
        match winner {
            Some(winner) => ids.find(|id| id.remote_tag == winner),
            None => ids.next(),
        }
    }

    /// What names the dialogs of this session.
    pub fn dialog_ids(&self) -> impl Iterator<Item = &DialogId> {
        self.dialogs().map(Dialog::id)
    }

    /// Where the session stands.
    #[must_use]
    pub fn state(&self) -> SessionState {
        match &self.role {
            Role::Client(client) => client.state(),
            Role::Server(server) => server.state(),
        }
    }

    /// Whether this end called.
    #[must_use]
    pub const fn is_client(&self) -> bool {
        matches!(self.role, Role::Client(_))
    }

    /// Whether [`crate::SessionEvent::Ended`] was emitted.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        self.outbox.has_ended()
    }

    /// Whether the flow is lost and no other one there.
    #[must_use]
    pub const fn is_interrupted(&self) -> bool {
        match &self.role {
            Role::Client(client) => client.is_interrupted(),
            Role::Server(server) => server.is_interrupted(),
        }
    }

    /// Whether a BYE of this end has no answer yet, or could not be sent.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        match &self.role {
            Role::Client(client) => client.is_leaving(),
            Role::Server(server) => server.is_leaving(),
        }
    }

    /// Why the peer may not know that the session is over: the BYE got no response, or neither a 2xx nor 481.
    #[must_use]
    pub const fn undelivered(&self) -> Option<Undelivered> {
        self.outbox.undelivered()
    }

    /// Whether requests of this session still wait for their final response: what a program that closes should let
    /// happen. A session that has ended and waits for nothing but late 2xx is not busy.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        match &self.role {
            Role::Client(client) => client.is_busy(),
            Role::Server(server) => server.is_busy(),
        }
    }

    /// Whether the session owes nothing and can be dropped: no timeout, no further output, every input ignored.
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        match &self.role {
            Role::Client(client) => client.is_terminated(),
            Role::Server(server) => server.is_terminated(),
        }
    }
}
