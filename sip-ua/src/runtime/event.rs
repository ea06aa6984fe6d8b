//! What reaches an application without being asked for.

#[cfg(feature = "call")]
use super::IncomingCall;
use super::command::Command;
use super::queue::{Receiver, Sender};
use futures::Stream;
use sip_message::Method;
use sip_message::{Body, ContentType, Request};
#[cfg(feature = "message")]
use sip_message::{From, NameAddr};
#[cfg(feature = "registration")]
use sip_outbound::RegistrationEvent;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Something happened to a user agent.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// The registration changed: on its way, made, refreshed, lost, removed or refused.
    #[cfg(feature = "registration")]
    Registration(RegistrationEvent),
    /// Somebody calls. Dropping the call without an answer refuses it with 480.
    #[cfg(feature = "call")]
    IncomingCall(IncomingCall),
    /// Somebody sent an instant message; it has been answered with 200.
    #[cfg(feature = "message")]
    Message(IncomingMessage),
    /// A server told something that nobody asked for, such as that messages wait (RFC 3842); it has been answered with 200.
    Notification(Notification),
    /// Who accepted our credentials claims to know the secret of the account and does not (RFC 7616 §3.5): somebody else
    /// has answered, or changed the body on the way. The answer counts all the same, as one without the claim does.
    ServerUnproven {
        /// The method of the request.
        method: Method,
        /// The Request-URI of it.
        request_uri: String,
    },
    /// A call of the other process of which this user agent was restored. Dropping it hangs up.
    #[cfg(all(feature = "serde", feature = "call"))]
    RestoredCall(super::RestoredCall),
    /// The connection to the server is gone, of several flows the last one: requests fail, calls wait. Unless the builder said otherwise it is opened
    /// again, the registration renewed, and the calls go on.
    Disconnected,
    /// There is a connection to the server again.
    Connected,
}

/// The events of one user agent, a [`Stream`] that ends when the user agent is closed.
///
/// Calls and messages that come in while nobody reads the stream wait, up to a limit; past it, and after the stream
/// has been dropped, they are refused with 480, so that their sender knows.
#[derive(Debug)]
pub struct Events {
    receiver: Receiver<Event>,
    /// Keeps the driver from ending while events are wanted.
    _commands: Sender<Command>,
}

impl Events {
    pub(super) fn new(receiver: Receiver<Event>, commands: Sender<Command>) -> Self {
        Self { receiver, _commands: commands }
    }

    /// The next event; `None` when the user agent is closed. Cancel-safe.
    pub async fn next(&mut self) -> Option<Event> {
        self.receiver.recv().await
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.receiver.poll_recv(context)
    }
}

/// An instant message (RFC 3428).
#[cfg(feature = "message")]
#[derive(Clone, Debug)]
pub struct IncomingMessage {
    request: Request,
}

#[cfg(feature = "message")]
impl IncomingMessage {
    pub(super) fn new(request: Request) -> Self {
        Self { request }
    }

    /// Who says it is from, as `From` states; `None` when the field cannot be read.
    #[must_use]
    pub fn from(&self) -> Option<NameAddr> {
        self.request.headers().required::<From>().ok().map(|From(from)| from)
    }

    /// The text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.request.body()).into_owned()
    }

    /// Content type and bytes; `None` when there are none.
    #[must_use]
    pub fn body(&self) -> Option<Body> {
        Body::received(self.request.headers(), self.request.body(), ContentType::text_plain)
    }

    /// The request as it came in.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }
}

/// A NOTIFY for which there is no subscription (RFC 6665 §4.1.3).
#[derive(Clone, Debug)]
pub struct Notification {
    request: Request,
}

impl Notification {
    pub(super) fn new(request: Request) -> Self {
        Self { request }
    }

    /// What it is about: `message-summary`, `check-sync`, `keep-alive` …
    #[must_use]
    pub fn event(&self) -> Option<sip_message::Event> {
        self.request.headers().typed().ok().flatten()
    }

    /// Content type and bytes; `None` when there are none.
    #[must_use]
    pub fn body(&self) -> Option<Body> {
        Body::received(self.request.headers(), self.request.body(), ContentType::text_plain)
    }

    /// The request as it came in.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }
}
