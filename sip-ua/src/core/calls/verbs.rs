//! What the application wants of its calls: RFC 3261 §13 to §15.

use super::announce;
use crate::core::{CallKey, Core, FIRST, Owner};
use sip_clock::Instant;
use sip_dialog::{Capabilities, DialogError, DtmfMode, EndKind, InviteError, InviteSession, Tone};
use sip_message::{
    Accept, Body, CSeq, Contact, HeaderName, Headers, Join, Method, NameAddr, Reason, Replaces, Require,
    StatusCode,
};
use sip_uri::Uri;

/// What a call of ours begins with; the default has no offer, so that the peer makes it (RFC 3261 §13.2.1).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// The offer in the INVITE.
    pub offer: Option<Body>,
    /// The call of the target that this one is to take the place of (RFC 3891 §4): see [`Core::replaces`].
    pub replaces: Option<Replaces>,
    /// The call of the target that this one is to become part of (RFC 3911 §5).
    pub join: Option<Join>,
    /// Further header fields of the INVITE.
    pub headers: Headers,
}

impl CallOptions {
    /// A call with this offer.
    #[must_use]
    pub fn offering(offer: Body) -> Self {
        Self { offer: Some(offer), ..Self::default() }
    }

    /// A call that takes the place of another one at the target.
    #[must_use]
    pub fn replacing(self, replaces: Replaces) -> Self {
        Self { replaces: Some(replaces), ..self }
    }

    /// A call that becomes part of another one at the target.
    #[must_use]
    pub fn joining(self, join: Join) -> Self {
        Self { join: Some(join), ..self }
    }

    /// Writes all but the offer into `headers`.
    fn write(&self, headers: &mut Headers) {
        // rfc3261#8.1.1.9/3,5: a target that does not know them would begin a second call
        if let Some(replaces) = &self.replaces {
            headers.push(replaces);
            headers.push(&Require("replaces".to_owned()));
        }
        if let Some(join) = &self.join {
            headers.push(join);
            headers.push(&Require("join".to_owned()));
        }
        let mut copied: Vec<HeaderName> = Vec::new();
        for name in self.headers.iter().map(|field| field.name()) {
            if !copied.contains(&name) {
                headers.copy_from(&self.headers, &name);
                copied.push(name);
            }
        }
    }
}

impl Core {
    /// The calls that are not over, and those that still owe something to their peer; the oldest first.
    pub fn calls(&self) -> impl Iterator<Item = CallKey> {
        self.calls.records.keys().into_iter()
    }

    /// Calls `target` (RFC 3261 §13.2.1); `offer` goes into the INVITE.
    ///
    /// # Errors
    ///
    /// When no INVITE can be made for `target`.
    pub fn invite(&mut self, target: &Uri, offer: &Body, now: Instant) -> Result<CallKey, DialogError> {
        self.invite_with(target, &CallOptions::offering(offer.clone()), now)
    }

    /// Calls `target` with `options`; without an offer, that of the peer comes as
    /// [`Offered`](sip_dialog::SessionEvent::Offered) and is answered by [`answer`](Self::answer).
    ///
    /// # Errors
    ///
    /// When no INVITE can be made for `target`.
    pub fn invite_with(
        &mut self,
        target: &Uri,
        options: &CallOptions,
        now: Instant,
    ) -> Result<CallKey, DialogError> {
        let home = self.flows.best();
        let contact = self.dialog_contact(&self.flow_or_default(home));
        let tag = self.tokens.tag();
        let mut invite = self
            .new_request_from(&self.calls.records.next_tag(tag), Method::Invite, target)
            .with(&Contact::Addr(contact))
            .with(&Accept::new("application", "sdp"));
        announce(invite.headers_mut(), self.is_outbound());
        options.write(invite.headers_mut());
        if let Some(offer) = &options.offer {
            invite.set_body(&offer.content_type, offer.bytes.clone());
        }
        let session = InviteSession::client(invite, self.calls.settings(), now)?;
        let number = self.next_key();
        let key = self.calls.insert(number, session, home.unwrap_or(FIRST));
        self.drive(now);
        Ok(key)
    }

    /// Tells the caller that the user is being alerted (180, RFC 3261 §13.3.1.1).
    ///
    /// # Errors
    ///
    /// When the call is over, answered or not an incoming one, and when the caller requires reliable responses and
    /// asks for an offer, which would have to come first (RFC 3262 §5).
    pub fn ring(&mut self, call: CallKey, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| session.provisional(StatusCode::RINGING, None, now))
    }

    /// Tells the caller anything before the answer, such as 183 with `body` for early media (RFC 3261 §13.3.1.1); when
    /// that goes out reliably (RFC 3262 §3), see [`InviteSession::provisional`] for what `body` is then. A re-INVITE that waits
    /// for the user is told in the same way.
    ///
    /// # Errors
    ///
    /// When the call is over, answered or not an incoming one, and no re-INVITE waits, or `status` is not 100 to 199.
    pub fn progress(
        &mut self,
        call: CallKey,
        status: StatusCode,
        body: Option<Body>,
        now: Instant,
    ) -> Result<(), InviteError> {
        self.command(call, now, |session| session.provisional(status, body, now))
    }

    /// Accepts an incoming call (RFC 3261 §13.3.1.4), or a re-INVITE that waits; `body` is the answer, or the offer when the
    /// INVITE had none.
    ///
    /// # Errors
    ///
    /// When the call is over, answered or not an incoming one.
    pub fn accept(&mut self, call: CallKey, body: Option<Body>, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| session.accept(body, now))?;
        self.end_replaced(call, now);
        Ok(())
    }

    /// Refuses an incoming call with a final status of 300 to 699 (RFC 3261 §13.3.1.3).
    ///
    /// # Errors
    ///
    /// When the call is over, answered or not an incoming one, or for a status below 300.
    pub fn reject(&mut self, call: CallKey, status: StatusCode, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| session.reject(status, now))
    }

    /// Names other addresses for an incoming call, with a status of 300 to 399 (RFC 3261 §13.3.1.2).
    ///
    /// # Errors
    ///
    /// When the call is over, answered or not an incoming one, or for another status.
    pub fn redirect(
        &mut self,
        call: CallKey,
        status: StatusCode,
        targets: Vec<NameAddr>,
        now: Instant,
    ) -> Result<(), InviteError> {
        self.command(call, now, |session| session.redirect(status, targets, now))
    }

    /// Ends a call in whatever state it is: CANCEL, BYE or a refusal (RFC 3261 §9.1, §15). One that is over stays so.
    pub fn hang_up(&mut self, call: CallKey, now: Instant) {
        if let Some(session) = self.calls.session(call) {
            session.hang_up(now);
        }
        self.give_up_credentials(Owner::Call(call), now);
        self.drive(now);
    }

    /// Ends a call and says why: `reasons` go into CANCEL or BYE (RFC 3326), `kind` and they into our own end cause.
    pub fn hang_up_with(&mut self, call: CallKey, kind: Option<EndKind>, reasons: Vec<Reason>, now: Instant) {
        if let Some(session) = self.calls.session(call) {
            session.hang_up_with(kind, reasons, now);
        }
        self.give_up_credentials(Owner::Call(call), now);
        self.drive(now);
    }

    /// Offers `body` in a call that stands (RFC 3261 §14.1); events tell the outcome.
    ///
    /// # Errors
    ///
    /// When the call is not established or an offer is open.
    pub fn offer(&mut self, call: CallKey, body: Body, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| session.offer(body))
    }

    /// Asks the peer for an offer, in a re-INVITE without one; it comes as [`SessionEvent::Reoffered`](sip_dialog::SessionEvent::Reoffered).
    ///
    /// # Errors
    ///
    /// When the call is not established or an offer is open.
    pub fn ask_offer(&mut self, call: CallKey, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, InviteSession::ask_offer)
    }

    /// Sends an UPDATE, with an offer or without, in the dialog of the call or, before an answer, in its first one
    /// (RFC 3311 §5.1); events tell the outcome.
    ///
    /// # Errors
    ///
    /// When the peer does not allow UPDATE, an offer is open, or there is no dialog yet.
    pub fn update(&mut self, call: CallKey, offer: Option<Body>, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| {
            let dialog = session.dialog_id().cloned().ok_or(InviteError::NotEstablished)?;
            session.update(&dialog, offer)
        })
    }

    /// Who the peer of a call is, by [`Config::identity`](crate::core::Config::identity); `None` for a call of ours that
    /// nobody has answered in any way. [`RemoteIdentity`](sip_dialog::SessionEvent::RemoteIdentity) tells of changes.
    #[must_use]
    pub fn remote_identity(&self, call: CallKey) -> Option<NameAddr> {
        self.calls.peek(call)?.remote_identity()
    }

    /// What the peer of a call has said that it can do; `None` before it has said anything.
    #[must_use]
    pub fn remote_capabilities(&self, call: CallKey) -> Option<&Capabilities> {
        self.calls.peek(call)?.remote_capabilities()
    }

    /// Answers the peer's offer of [`SessionEvent::Reoffered`](sip_dialog::SessionEvent::Reoffered), or makes the one it asked for (RFC 3261 §14.2).
    ///
    /// # Errors
    ///
    /// When no offer waits: the peer may have cancelled it.
    pub fn answer(&mut self, call: CallKey, body: Body, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| session.answer(body, now))
    }

    /// Refuses the peer's offer of [`SessionEvent::Reoffered`](sip_dialog::SessionEvent::Reoffered); the call goes on as it was (RFC 3261 §14.2).
    ///
    /// # Errors
    ///
    /// When no offer waits, or for a status below 300.
    pub fn decline(&mut self, call: CallKey, status: StatusCode, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| session.decline(status, now))
    }

    /// Presses keys, such as those of [`Dtmf::sequence`](sip_dialog::Dtmf::sequence), after those that wait already.
    ///
    /// # Errors
    ///
    /// When the call is not established.
    pub fn dtmf(
        &mut self,
        call: CallKey,
        tones: &[Tone],
        mode: DtmfMode,
        now: Instant,
    ) -> Result<(), InviteError> {
        self.command(call, now, |session| session.dtmf(tones, mode, now))
    }

    /// Holds back the keys that wait, or lets them go on.
    ///
    /// # Errors
    ///
    /// When the call is not established.
    pub fn pause_dtmf(&mut self, call: CallKey, paused: bool, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| session.pause_dtmf(paused, now))
    }

    /// Forgets the keys that wait.
    ///
    /// # Errors
    ///
    /// When the call is not established.
    pub fn clear_dtmf(&mut self, call: CallKey, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, InviteSession::clear_dtmf)
    }

    /// Sends an INFO of a package that the peer receives, in the dialog of the call or, before an answer, in its first
    /// one (RFC 6086 §4.2.1); [`InfoAnswered`](sip_dialog::SessionEvent::InfoAnswered) tells the outcome.
    ///
    /// # Errors
    ///
    /// When the peer does not receive the package, or there is no dialog yet.
    pub fn info(
        &mut self,
        call: CallKey,
        package: &str,
        body: Option<Body>,
        now: Instant,
    ) -> Result<(), InviteError> {
        self.command(call, now, |session| {
            let dialog = session.dialog_id().cloned().ok_or(InviteError::NotEstablished)?;
            session.info(&dialog, package, body).map(drop)
        })
    }

    /// Sends a MESSAGE inside a call that stands (RFC 3428 §4) and returns its CSeq;
    /// [`SessionEvent::Answered`](sip_dialog::SessionEvent::Answered) tells the outcome.
    ///
    /// # Errors
    ///
    /// When the call is not established.
    pub fn message_in_call(&mut self, call: CallKey, body: Body, now: Instant) -> Result<CSeq, InviteError> {
        self.command(call, now, |session| session.message(body))
    }

    /// Asks the peer of a call that stands what it can do, and returns the CSeq (RFC 3261 §11);
    /// [`SessionEvent::Answered`](sip_dialog::SessionEvent::Answered) tells the outcome.
    ///
    /// # Errors
    ///
    /// When the call is not established.
    pub fn options_in_call(&mut self, call: CallKey, now: Instant) -> Result<CSeq, InviteError> {
        self.command(call, now, InviteSession::options)
    }

    /// Sends a request of another usage of the dialog of a call, such as SUBSCRIBE or REFER, with these fields besides
    /// those of the dialog, and returns its CSeq (RFC 5057 §3); [`Answered`](sip_dialog::SessionEvent::Answered) brings
    /// the response, and the call goes on whatever that says.
    ///
    /// # Errors
    ///
    /// When the call is not established, or the method is one of calls themselves.
    pub fn send_in_call(
        &mut self,
        call: CallKey,
        method: Method,
        fields: &Headers,
        body: Option<Body>,
        now: Instant,
    ) -> Result<CSeq, InviteError> {
        self.command(call, now, |session| session.send(method, fields, body))
    }

    /// Begins or ends our hold of a call; [`Hold`](sip_dialog::SessionEvent::Hold) tells when it is agreed.
    ///
    /// # Errors
    ///
    /// When the call is not established.
    pub fn set_hold(&mut self, call: CallKey, hold: bool, now: Instant) -> Result<(), InviteError> {
        self.command(call, now, |session| if hold { session.hold() } else { session.resume() })
    }

    /// The Call-ID of a call, the same at both ends and on every message of it; `None` when the call is over.
    #[must_use]
    pub fn call_id(&self, call: CallKey) -> Option<&str> {
        Some(self.calls.peek(call)?.call_id())
    }

    /// Does what the application wants of a call.
    pub(super) fn command<T>(
        &mut self,
        call: CallKey,
        now: Instant,
        act: impl FnOnce(&mut InviteSession) -> Result<T, InviteError>,
    ) -> Result<T, InviteError> {
        let outcome = self.calls.session(call).map_or(Err(InviteError::Ended), act);
        self.drive(now);
        outcome
    }
}
