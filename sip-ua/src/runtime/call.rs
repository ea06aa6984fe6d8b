//! Handles of calls, outgoing and incoming.

mod change;
mod early;

use super::command::{CallCommand, Command, InCall, Verb};
use super::queue::{NotQueued, Receiver, Sender};
use super::{CallError, HangUpError, InCallError};
use crate::core::{CallKey, Relation};
use crate::media::SessionDescriptionHandler;
pub use early::EarlyCall;
use futures::Stream;
use sip_auth::AuthError;
use sip_dialog::{Dtmf, EndCause, EndKind, EndedBy, Hold, session_body};
use sip_message::{Body, From, Headers, Method, NameAddr, Reason, Replaces, Request, Response, StatusCode};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::oneshot;

/// Something happened in a call.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CallEvent {
    /// A provisional response came: 180 is ringing, 183 progress (RFC 3261 §21.1).
    Progress {
        /// Its status, 100 to 199.
        status: StatusCode,
    },
    /// The call is up: accepted, and the session descriptions are exchanged.
    Established,
    /// The other side is somebody else than before, or has another name (RFC 3325, RFC 4916).
    RemoteIdentity(NameAddr),
    /// A re-INVITE or UPDATE of the other side, whole, where [`Config::shows_requests`](crate::core::Config::shows_requests)
    /// wants it.
    Received(Request),
    /// The other side wants to change the session, and the media handler does not consent to it by itself
    /// ([`SessionDescriptionHandler::consents_to`]): [`Call::accept_change`] or [`Call::decline_change`] is due,
    /// [`Call::progress`] and [`Call::answer_early`] may come before. A re-INVITE waits for them; an UPDATE, which has no time
    /// for a user, is refused with 504 after 16 s, and then comes as a re-INVITE as a rule (RFC 3311 §5.2).
    ChangeAsked {
        /// Its offer; `None` when we are to make one.
        offer: Option<Body>,
    },
    /// That change is void: the other side has cancelled it, or it took too long. What was agreed early stands.
    ChangeWithdrawn,
    /// A change that we asked for is in force, or the one by which we have taken back what we had answered early.
    Changed,
    /// A change that we asked for was refused or got no answer; the call is as it was.
    ChangeFailed {
        /// The final response; 408 when none came, 503 when the connection failed.
        status: StatusCode,
    },
    /// A key could not be pressed; those that waited after it are not pressed either.
    DtmfFailed {
        /// The answer to its INFO; 408 when none came, 503 when the connection failed.
        status: StatusCode,
    },
    /// An INFO of a package that we receive; it has been answered with 200 (RFC 6086).
    Info {
        /// The name of the package.
        package: String,
        /// The whole request.
        request: Request,
    },
    /// An INFO of ours was answered; whatever the answer, the call goes on.
    InfoAnswered {
        /// The answer; 408 when none came, 503 when the connection failed.
        status: StatusCode,
    },
    /// The other side pressed a key (INFO).
    Dtmf(Dtmf),
    /// One of the two ends began or ended hold (RFC 3264 §8.4).
    Hold(Hold),
    /// A MESSAGE came inside the dialog; it has been answered with 200.
    Message(Body),
    /// A NOTIFY came inside the dialog and has been answered with 200: one for which there is no subscription, such as `talk`
    /// or `hold` of a call centre, or what became of a REFER that [`Call::send`] sent (RFC 3515 §2.4.4): its `Event` and
    /// `Subscription-State` say which and how, with `message/sipfrag` in the body, if there is one.
    Notified(Request),
    /// A server asks for credentials that we do not have or that it does not accept; what was asked of the call fails,
    /// and the call ends if that was to make it.
    Unauthorized(AuthError),
    /// The connection is lost. Media may go on; what is asked of the call is done when there is a connection again.
    Interrupted,
    /// The call goes on over another connection; the other side has confirmed it.
    Resumed,
    /// The call is over; no event follows.
    Ended(EndCause),
}

/// How a session is negotiated anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Renegotiation {
    /// We offer, in a re-INVITE (RFC 3261 §14.1).
    #[default]
    Offer,
    /// We offer, in an UPDATE, which the other side has to allow; also before the answer (RFC 3311).
    Update,
    /// The other side offers all that it can, in answer to a re-INVITE without an offer.
    AskOffer,
}

/// A call of ours or one that we accepted. Dropping it hangs up, in whatever state the call is.
///
/// It is a [`Stream`] of its events. When nobody reads it, progress beyond 32 events is dropped;
/// [`CallEvent::Established`] and [`CallEvent::Ended`] never are.
#[derive(Debug)]
pub struct Call {
    handle: Handle,
    ended: Option<EndCause>,
    farewell: Farewell,
}

/// What every handle of a call has. The last one that is dropped gives the call up.
#[derive(Debug)]
pub(super) struct Handle {
    key: CallKey,
    commands: Sender<Command>,
    events: Receiver<CallEvent>,
    /// Whether the application knows that the call is over.
    is_over: bool,
}

impl Handle {
    pub(super) const fn new(key: CallKey, commands: Sender<Command>, events: Receiver<CallEvent>) -> Self {
        Self { key, commands, events, is_over: false }
    }

    pub(super) fn send(&self, verb: Verb) -> impl Future<Output = Result<(), NotQueued>> {
        self.commands.send(Command::Call(CallCommand::Of(self.key, verb)))
    }

    fn poll_next(&mut self, context: &Context<'_>) -> Poll<Option<CallEvent>> {
        let event = self.events.poll_recv(context);
        self.is_over |= matches!(event, Poll::Ready(None | Some(CallEvent::Ended(_))));
        event
    }

    async fn next(&mut self) -> Option<CallEvent> {
        poll_fn(|context| self.poll_next(context)).await
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if !self.is_over {
            // A driver that is gone has ended every call.
            let _ = self.commands.send_beyond(Command::Call(CallCommand::Of(self.key, Verb::Abandon)));
        }
    }
}

/// Whether the other side knows of our hanging up.
#[derive(Debug)]
enum Farewell {
    NotAsked,
    Asked(oneshot::Receiver<Result<(), HangUpError>>),
    Known(Result<(), HangUpError>),
}

impl Call {
    pub(super) const fn new(handle: Handle) -> Self {
        Self { handle, ended: None, farewell: Farewell::NotAsked }
    }

    /// What names the call, as in [`IncomingCall::relation`].
    #[must_use]
    pub const fn key(&self) -> CallKey {
        self.handle.key
    }

    /// What Replaces of an INVITE to the other side says, so that it takes the place of this call there: for the
    /// Refer-To of an attended transfer (RFC 3891 §4, RFC 5589 §7). `None` when there is no such dialog.
    pub async fn replaces(&self) -> Option<Replaces> {
        let (reply, outcome) = oneshot::channel();
        self.handle.send(Verb::Replaces { reply }).await.ok()?;
        outcome.await.ok()?
    }

    /// The next event; `None` after [`CallEvent::Ended`]. Cancel-safe.
    pub async fn next(&mut self) -> Option<CallEvent> {
        let event = self.handle.next().await;
        self.note(event)
    }

    /// Waits until the call is up. Cancel-safe; progress events are passed over.
    ///
    /// # Errors
    ///
    /// Why the call ended instead.
    pub async fn established(&mut self) -> Result<(), EndCause> {
        loop {
            match self.next().await {
                Some(CallEvent::Established) => return Ok(()),
                Some(CallEvent::Ended(cause)) => return Err(cause),
                Some(
                    CallEvent::Progress { .. }
                    | CallEvent::RemoteIdentity(_)
                    | CallEvent::Received(_)
                    | CallEvent::ChangeAsked { .. }
                    | CallEvent::ChangeWithdrawn
                    | CallEvent::Changed
                    | CallEvent::ChangeFailed { .. }
                    | CallEvent::DtmfFailed { .. }
                    | CallEvent::Info { .. }
                    | CallEvent::InfoAnswered { .. }
                    | CallEvent::Hold(_)
                    | CallEvent::Dtmf(_)
                    | CallEvent::Interrupted
                    | CallEvent::Resumed
                    | CallEvent::Notified(_)
                    | CallEvent::Unauthorized(_)
                    | CallEvent::Message(_),
                ) => {}
                None => return Err(self.cause()),
            }
        }
    }

    /// Waits until the call is over and says why. Cancel-safe; other events are passed over.
    pub async fn ended(&mut self) -> EndCause {
        while self.next().await.is_some() {}
        self.cause()
    }

    /// Ends the call and waits until the other side has confirmed it: has answered the BYE or the CANCEL. While the
    /// connection is lost the BYE waits for the next one. Cancel-safe; a second call waits for the same.
    ///
    /// # Errors
    ///
    /// When the other side may not know: it does not answer, or there is no connection before the patience is over
    /// ([`Config::patience`](crate::core::Config::patience)). The call is over for this side all the same.
    pub async fn hang_up(&mut self) -> Result<EndCause, HangUpError> {
        self.hang_up_with(Vec::new()).await
    }

    /// The same, and tells the other side why, in the Reason field of CANCEL or BYE (RFC 3326).
    ///
    /// # Errors
    ///
    /// As [`hang_up`](Self::hang_up).
    pub async fn hang_up_with(&mut self, reasons: Vec<Reason>) -> Result<EndCause, HangUpError> {
        if matches!(self.farewell, Farewell::NotAsked) {
            let (reply, answer) = oneshot::channel();
            // A driver that is gone has ended every call, and nothing has to be told.
            self.farewell = match self.handle.send(Verb::HangUp { reasons, reply }).await {
                Ok(()) => Farewell::Asked(answer),
                Err(_) => Farewell::Known(Ok(())),
            };
        }
        let cause = self.ended().await;
        if let Farewell::Asked(answer) = &mut self.farewell {
            self.farewell = Farewell::Known(answer.await.unwrap_or(Err(HangUpError::Transport)));
        }
        match self.farewell {
            Farewell::Known(outcome) => outcome.map(|()| cause),
            Farewell::NotAsked | Farewell::Asked(_) => Ok(cause),
        }
    }

    /// Puts the call on hold: the peer is told that we do not want to receive (RFC 3264 §8.4).
    ///
    /// [`CallEvent::Hold`] comes when the peer has agreed. Without effect unless the call is up.
    pub async fn hold(&mut self) {
        // A driver that is gone has ended every call.
        let _ = self.handle.send(Verb::Hold(true)).await;
    }

    /// Presses the keys of a text such as `12,R`, one after the other, a comma for two seconds of silence.
    ///
    /// As RTP events where the media handler sends them and both sides have them, else in INFO. Whatever the other side
    /// makes of it, the call goes on; [`CallEvent::DtmfFailed`] tells that keys were not pressed.
    ///
    /// # Errors
    ///
    /// When the text has a sign that is no key, or the call is not up.
    pub async fn dtmf(&mut self, keys: &str) -> Result<(), CallError> {
        let tones = Dtmf::sequence(keys).ok_or(CallError::NoKey)?;
        self.ask(|outcome| Verb::Dtmf { tones, outcome }).await
    }

    /// Negotiates the session anew; [`CallEvent::Changed`] or [`CallEvent::ChangeFailed`] tells the outcome.
    ///
    /// # Errors
    ///
    /// When the call is not up, another offer is open, the other side does not serve UPDATE, or the media handler can
    /// make no offer.
    pub async fn renegotiate(&mut self, how: Renegotiation) -> Result<(), CallError> {
        self.ask(|outcome| Verb::Renegotiate { how, outcome }).await
    }

    /// Sends an INFO of a package that the other side receives (RFC 6086); [`CallEvent::InfoAnswered`] tells the answer.
    ///
    /// # Errors
    ///
    /// When the other side does not receive the package, or there is no dialog yet.
    pub async fn info(&mut self, package: &str, body: Option<Body>) -> Result<(), CallError> {
        let package = package.to_owned();
        self.ask(|outcome| Verb::Info { package, body, outcome }).await
    }

    /// Sends a message inside the dialog of the call and waits for its answer (RFC 3428 §4).
    ///
    /// # Errors
    ///
    /// When the call is not up, the other side refuses the message or does not answer within 64·T1 (32 s). The call goes
    /// on, unless the answer is that there is no such dialog (481).
    pub async fn message(&mut self, body: Body) -> Result<(), InCallError> {
        self.request(InCall::Message(body)).await.map(drop)
    }

    /// Asks the other side inside the dialog what it can do (RFC 3261 §11); `Allow`, `Accept` and `Supported` tell.
    ///
    /// # Errors
    ///
    /// As [`message`](Self::message).
    pub async fn options(&mut self) -> Result<Response, InCallError> {
        self.request(InCall::Options).await
    }

    /// Sends a request of another usage of the dialog, such as SUBSCRIBE or REFER, or of a method that only the
    /// application knows, and waits for its answer (RFC 5057 §3). `fields` are what it has besides those of the dialog,
    /// such as Event. While the connection is lost it waits for the next one.
    ///
    /// # Errors
    ///
    /// When the call is not up, the method is one of calls themselves, or the other side refuses it or does not answer
    /// within 64·T1 (32 s). The call goes on in every case.
    pub async fn send(
        &mut self,
        method: Method,
        fields: Headers,
        body: Option<Body>,
    ) -> Result<Response, InCallError> {
        self.request(InCall::Other { method, fields: Box::new(fields), body }).await
    }

    async fn request(&self, request: InCall) -> Result<Response, InCallError> {
        let (reply, answer) = oneshot::channel();
        let verb = Verb::Request { request: Box::new(request), reply };
        self.handle.send(verb).await.map_err(|_| InCallError::Closed)?;
        answer.await.unwrap_or(Err(InCallError::Closed))
    }

    async fn ask(
        &self,
        verb: impl FnOnce(oneshot::Sender<Result<(), CallError>>) -> Verb,
    ) -> Result<(), CallError> {
        let (reply, outcome) = oneshot::channel();
        self.handle.send(verb(reply)).await.map_err(|_| CallError::Closed)?;
        outcome.await.map_err(|_| CallError::Closed)?
    }

    /// Ends our hold; that of the peer stays.
    pub async fn resume(&mut self) {
        let _ = self.handle.send(Verb::Hold(false)).await;
    }

    fn note(&mut self, event: Option<CallEvent>) -> Option<CallEvent> {
        if let Some(CallEvent::Ended(cause)) = &event {
            self.ended = Some(cause.clone());
        }
        event
    }

    fn cause(&self) -> EndCause {
        self.ended.clone().unwrap_or_else(lost)
    }
}

impl Stream for Call {
    type Item = CallEvent;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<CallEvent>> {
        self.handle.poll_next(context).map(|event| self.note(event))
    }
}

/// A call that somebody makes to us; the caller hears that it rings.
///
/// Dropping it without an answer refuses it with 480.
#[derive(Debug)]
pub struct IncomingCall {
    relation: Option<Relation>,
    identity: Option<NameAddr>,
    invite: Request,
    handle: Handle,
}

impl IncomingCall {
    pub(super) fn new(
        handle: Handle,
        (relation, identity): (Option<Relation>, Option<NameAddr>),
        invite: Request,
    ) -> Self {
        Self { relation, identity, invite, handle }
    }

    /// What names the call.
    #[must_use]
    pub const fn key(&self) -> CallKey {
        self.handle.key
    }

    /// The call of ours, by its [`Call::key`], that this one wants to replace or join. To accept one that replaces ends
    /// the other; that the caller is authorized to do so is for the application to see to (RFC 3891 §3).
    #[must_use]
    pub const fn relation(&self) -> Option<Relation> {
        self.relation
    }

    /// Who calls, by [`Config::identity`](crate::core::Config::identity): P-Asserted-Identity goes before
    /// Remote-Party-ID before From (RFC 3325).
    #[must_use]
    pub const fn remote_identity(&self) -> Option<&NameAddr> {
        self.identity.as_ref()
    }

    /// Who calls, as `From` states; `None` when the field cannot be read.
    #[must_use]
    pub fn from(&self) -> Option<NameAddr> {
        self.invite.headers().required::<From>().ok().map(|From(from)| from)
    }

    /// The caller's offer; `None` when the INVITE has none and we are to make it (RFC 3261 §13.2.1).
    #[must_use]
    pub fn offer(&self) -> Option<Body> {
        session_body(self.invite.headers(), self.invite.body())
    }

    /// The INVITE as it came in.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.invite
    }

    /// Accepts the call; it is up with [`CallEvent::Established`].
    ///
    /// # Errors
    ///
    /// When `media` cannot answer (the caller gets 488) or the call ended meanwhile.
    pub fn accept(
        self,
        media: impl SessionDescriptionHandler + 'static,
    ) -> impl Future<Output = Result<Call, CallError>> {
        // What the future need not keep is dropped before it begins.
        let Self { handle, .. } = self;
        let (outcome, accepted) = oneshot::channel();
        let verb = Verb::Accept { media: Box::new(media), outcome };
        async move {
            handle.send(verb).await.map_err(|_| CallError::Closed)?;
            accepted.await.map_err(|_| CallError::Closed)??;
            Ok(Call::new(handle))
        }
    }

    /// Refuses the call with a final status of 300 to 699; other statuses become 480.
    pub async fn reject(self, status: StatusCode) {
        // A driver that is gone has ended every call.
        let _ = self.handle.send(Verb::Reject(status)).await;
    }

    /// Sends the caller to other addresses, with 302 (RFC 3261 §13.3.1.2).
    pub async fn redirect(self, targets: Vec<NameAddr>) {
        // A driver that is gone has ended every call.
        let _ = self.handle.send(Verb::Redirect(targets)).await;
    }

    /// Waits until the caller gives up, or the call otherwise ends without an answer of ours. Cancel-safe.
    pub async fn ended(&mut self) -> EndCause {
        loop {
            match self.handle.next().await {
                Some(CallEvent::Ended(cause)) => return cause,
                Some(_) => {}
                None => return lost(),
            }
        }
    }
}

/// The cause of a call whose user agent is gone.
fn lost() -> EndCause {
    EndCause::new(EndedBy::Network, EndKind::TransportLost)
}
