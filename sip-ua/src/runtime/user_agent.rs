//! The handle of a running user agent.

#[cfg(feature = "registration")]
use super::RegisterError;
#[cfg(feature = "call")]
use super::call_media::Media;
#[cfg(feature = "call")]
use super::command::CallCommand;
use super::command::Command;
use super::queue::Sender;
use super::{Builder, RequestError};
#[cfg(feature = "call")]
use super::{Call, CallError};
#[cfg(feature = "call")]
use crate::core::CallOptions;
#[cfg(feature = "call")]
use crate::media::SessionDescriptionHandler;
#[cfg(feature = "message")]
use sip_message::Body;
#[cfg(feature = "registration")]
use sip_message::NameAddr;
use sip_message::Response;
#[cfg(feature = "registration")]
use sip_outbound::{BindingsRequest, RegisteredContact};
#[cfg(feature = "registration")]
use std::sync::Arc;
#[cfg(feature = "registration")]
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(feature = "registration")]
use std::time::Duration;
use tokio::sync::oneshot;

/// A running user agent: cheap to clone, every future cancel-safe.
///
/// Dropping the last handle (this, its [`Events`](super::Events) and its calls) ends everything politely:
/// calls are hung up, the registration is removed, the connection is closed.
#[derive(Clone, Debug)]
pub struct UserAgent {
    commands: Sender<Command>,
    #[cfg(feature = "registration")]
    is_registered: Arc<AtomicBool>,
}

impl UserAgent {
    /// Begins a user agent for an address-of-record such as `sip:alice@example.com`.
    pub fn builder(aor: &str) -> Builder {
        Builder::new(aor)
    }

    pub(super) fn new(commands: Sender<Command>) -> Self {
        Self {
            commands,
            #[cfg(feature = "registration")]
            is_registered: Arc::default(),
        }
    }

    /// Where the driver shows whether there is a registration.
    #[cfg(feature = "registration")]
    pub(super) fn status(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_registered)
    }

    /// Whether the server holds a binding for us, as far as can be known: not any more from the moment on in which the
    /// connection is lost, and again when it is there and the REGISTER has its 200.
    #[cfg(feature = "registration")]
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.is_registered.load(Ordering::Relaxed)
    }

    /// Registers, and keeps the registration fresh from then on; returns the granted lifetime.
    ///
    /// A second call while one is under way waits for the same result. After a passing failure the user agent
    /// goes on trying and reports with [`Event::Registration`](super::Event::Registration).
    ///
    /// # Errors
    ///
    /// When the registrar refuses, credentials fail or no answer comes.
    #[cfg(feature = "registration")]
    pub async fn register(&self) -> Result<Duration, RegisterError> {
        self.ask(|reply| Command::Register { reply }).await.unwrap_or(Err(RegisterError::Closed))
    }

    /// Removes the registration; without one nothing is sent.
    ///
    /// # Errors
    ///
    /// When the registrar does not confirm; locally the registration is over all the same.
    #[cfg(feature = "registration")]
    pub async fn unregister(&self) -> Result<(), RegisterError> {
        self.ask(|reply| Command::Unregister { reply }).await.unwrap_or(Err(RegisterError::Closed))
    }

    /// The bindings of the address-of-record, those of other user agents among them (RFC 3261 §10.2.3). It takes no
    /// registration, and changes none.
    ///
    /// # Errors
    ///
    /// As for a message.
    #[cfg(feature = "registration")]
    pub async fn bindings(&self) -> Result<Vec<RegisteredContact>, RequestError> {
        self.ask_for_bindings(BindingsRequest::Fetch).await
    }

    /// Removes these bindings, whoever made them, as [`bindings`](Self::bindings) told them (RFC 3261 §10.2.2); returns
    /// those that are left. When ours is among them, our registration is over.
    ///
    /// # Errors
    ///
    /// As for a message.
    #[cfg(feature = "registration")]
    pub async fn remove_bindings(
        &self,
        contacts: Vec<NameAddr>,
    ) -> Result<Vec<RegisteredContact>, RequestError> {
        self.ask_for_bindings(BindingsRequest::Remove(contacts)).await
    }

    /// Removes all bindings of the address-of-record, those of other user agents and ours (RFC 3261 §10.2.2).
    ///
    /// # Errors
    ///
    /// As for a message; our registration is over all the same.
    #[cfg(feature = "registration")]
    pub async fn remove_all_bindings(&self) -> Result<(), RequestError> {
        self.ask_for_bindings(BindingsRequest::RemoveAll).await.map(drop)
    }

    #[cfg(feature = "registration")]
    async fn ask_for_bindings(
        &self,
        request: BindingsRequest,
    ) -> Result<Vec<RegisteredContact>, RequestError> {
        let answer = self.ask(|reply| Command::Bindings { request, reply }).await;
        answer.unwrap_or(Err(RequestError::Closed)).map(|response| RegisteredContact::list(&response))
    }

    /// Sends a text message (RFC 3428) and waits for its answer.
    ///
    /// `target` is a URI, `user@domain`, or a user of our own domain.
    ///
    /// # Errors
    ///
    /// When it cannot be sent, is refused, or no answer comes within 64·T1 (32 s).
    #[cfg(feature = "message")]
    pub async fn message(&self, target: &str, text: &str) -> Result<(), RequestError> {
        self.message_with(target, Body::text(text.to_owned())).await
    }

    /// As [`message`](Self::message), with a body of any content type.
    ///
    /// # Errors
    ///
    /// As [`message`](Self::message).
    #[cfg(feature = "message")]
    pub async fn message_with(&self, target: &str, body: Body) -> Result<(), RequestError> {
        let target = target.to_owned();
        self.ask(|reply| Command::Message { target, body, reply })
            .await
            .unwrap_or(Err(RequestError::Closed))
            .map(drop)
    }

    /// Asks `target` what it can do (RFC 3261 §11); the answer's `Allow`, `Accept` and `Supported` tell.
    ///
    /// # Errors
    ///
    /// As for a message.
    pub async fn options(&self, target: &str) -> Result<Response, RequestError> {
        let target = target.to_owned();
        self.ask(|reply| Command::Options { target, reply }).await.unwrap_or(Err(RequestError::Closed))
    }

    /// Calls `target`; returns as soon as the INVITE is on its way. Dropping the [`Call`] hangs up.
    ///
    /// # Errors
    ///
    /// When the target is no URI or `media` cannot make an offer.
    #[cfg(feature = "call")]
    pub async fn call(
        &self,
        target: &str,
        media: impl SessionDescriptionHandler + 'static,
    ) -> Result<Call, CallError> {
        // Boxed at once: futures keep a place for each value that they have.
        let mut media = Box::new(media);
        let options = Box::new(CallOptions::offering(media.offer().await?));
        self.invite(target, options, media).await
    }

    /// Calls `target` with `options`, to replace or join another call or with further header fields; without an offer
    /// the other side makes it, and `media` answers. As [`call`](Self::call) otherwise.
    ///
    /// # Errors
    ///
    /// When the target is no URI.
    #[cfg(feature = "call")]
    pub async fn call_with(
        &self,
        target: &str,
        options: CallOptions,
        media: impl SessionDescriptionHandler + 'static,
    ) -> Result<Call, CallError> {
        self.invite(target, Box::new(options), Box::new(media)).await
    }

    #[cfg(feature = "call")]
    async fn invite(&self, target: &str, options: Box<CallOptions>, media: Media) -> Result<Call, CallError> {
        let target = target.to_owned();
        self.ask(|reply| Command::Call(CallCommand::Invite { target, options, media, reply }))
            .await
            .unwrap_or(Err(CallError::Closed))
    }

    /// The address of this machine has changed, from Wi-Fi to a mobile network for example: every connection is opened anew at
    /// once, the registration renewed, and the calls go on, as after a loss. Without this it is keep-alives that find out, in
    /// half a minute, unless the operating system ends the connections.
    ///
    /// ```no_run
    /// # async fn example(ua: sip_ua::UserAgent) {
    /// // when the operating system or the page (`navigator.connection`, event `change`) says so
    /// ua.network_changed().await;
    /// # }
    /// ```
    pub async fn network_changed(&self) {
        // One that is closed has no connections.
        let _ = self.commands.send(Command::NetworkChanged).await;
    }

    /// Stops at once and tells nobody: calls and registration stay, for another process to go on with
    /// ([`Builder::restore`](super::Builder::restore)). `None` when it is closed already.
    #[cfg(feature = "serde")]
    pub async fn suspend(self) -> Option<crate::core::Snapshot> {
        self.ask(|reply| Command::Suspend { reply }).await
    }

    /// Ends everything politely and waits until it is done, a few seconds at the most.
    pub async fn close(self) {
        // No answer means that it is closed already.
        let _ = self.ask(|reply| Command::Close { reply }).await;
    }

    fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> impl Future<Output = Option<T>> {
        let (reply, answer) = oneshot::channel();
        let asked = self.commands.send(command(reply));
        async move {
            asked.await.ok()?;
            answer.await.ok()
        }
    }
}
