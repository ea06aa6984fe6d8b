//! What handles ask of the driver.

#[cfg(feature = "registration")]
use super::RegisterError;
use super::RequestError;
#[cfg(feature = "call")]
use super::call_media::{Answered, Media};
#[cfg(feature = "call")]
use super::{Call, CallError, HangUpError, InCallError};
#[cfg(feature = "call")]
use crate::core::{CallKey, CallOptions};
#[cfg(any(feature = "call", feature = "message"))]
use sip_message::Body;
use sip_message::Response;
#[cfg(feature = "call")]
use sip_message::{Headers, Method, NameAddr, StatusCode};
#[cfg(feature = "registration")]
use sip_outbound::BindingsRequest;
#[cfg(feature = "registration")]
use std::time::Duration;
use tokio::sync::oneshot;

/// A wish, and where its outcome goes.
pub(crate) enum Command {
    #[cfg(feature = "registration")]
    Register {
        reply: oneshot::Sender<Result<Duration, RegisterError>>,
    },
    #[cfg(feature = "registration")]
    Unregister {
        reply: oneshot::Sender<Result<(), RegisterError>>,
    },
    #[cfg(feature = "registration")]
    Bindings {
        request: BindingsRequest,
        reply: oneshot::Sender<Result<Response, RequestError>>,
    },
    #[cfg(feature = "message")]
    Message {
        target: String,
        body: Body,
        reply: oneshot::Sender<Result<Response, RequestError>>,
    },
    Options {
        target: String,
        reply: oneshot::Sender<Result<Response, RequestError>>,
    },
    #[cfg(feature = "call")]
    Call(CallCommand),
    /// This end has another address.
    NetworkChanged,
    /// Stop without a word to anybody.
    #[cfg(feature = "serde")]
    Suspend {
        reply: oneshot::Sender<crate::core::Snapshot>,
    },
    Close {
        reply: oneshot::Sender<()>,
    },
}

/// A wish about a call.
#[cfg(feature = "call")]
pub(crate) enum CallCommand {
    Invite {
        target: String,
        options: Box<CallOptions>,
        media: Media,
        reply: oneshot::Sender<Result<Call, CallError>>,
    },
    /// Do something with a call that there is.
    Of(CallKey, Verb),
}

/// What is done with a call.
#[cfg(feature = "call")]
pub(crate) enum Verb {
    /// Answer it; with its media handler.
    Accept {
        media: Media,
        outcome: Outcome,
    },
    /// Give it its media handler, since it comes from another process.
    #[cfg(feature = "serde")]
    Attach(Media),
    Reject(StatusCode),
    Redirect(Vec<NameAddr>),
    HangUp {
        reasons: Vec<sip_message::Reason>,
        /// Told when the other side has confirmed it.
        reply: oneshot::Sender<Result<(), HangUpError>>,
    },
    /// Nobody holds its handle any more.
    Abandon,
    /// Tell the other side something before the answer, to INVITE or re-INVITE.
    Progress {
        status: StatusCode,
        outcome: Outcome,
    },
    /// Answer it before it is accepted, with this media handler; a change with that of the call.
    AnswerEarly {
        media: Option<Media>,
        outcome: Outcome,
    },
    /// Accept what was answered early.
    AcceptEarly {
        outcome: Outcome,
    },
    /// Accept a change of the other side.
    AcceptChange {
        outcome: Outcome,
    },
    /// Refuse it.
    DeclineChange {
        status: StatusCode,
        outcome: Outcome,
    },
    /// The media handler has answered what it was asked.
    Answered(Box<Answered>),
    Hold(bool),
    Dtmf {
        tones: Vec<sip_dialog::Tone>,
        outcome: Outcome,
    },
    /// Change the session.
    Renegotiate {
        how: super::Renegotiation,
        outcome: Outcome,
    },
    /// Say how a call replaces this one at the peer.
    Replaces {
        reply: oneshot::Sender<Option<sip_message::Replaces>>,
    },
    Info {
        package: String,
        body: Option<Body>,
        outcome: Outcome,
    },
    /// Send another request inside the dialog.
    Request {
        request: Box<InCall>,
        reply: AnswerReply,
    },
}

/// Who waits for the outcome of what is asked of a call.
#[cfg(feature = "call")]
pub(crate) type Outcome = oneshot::Sender<Result<(), CallError>>;

/// Who waits for the answer of the other side.
#[cfg(feature = "call")]
pub(crate) type AnswerReply = oneshot::Sender<Result<Response, InCallError>>;

/// A request inside the dialog of a call that is not of the call itself.
#[cfg(feature = "call")]
#[derive(Debug)]
pub(crate) enum InCall {
    Message(Body),
    Options,
    Other { method: Method, fields: Box<Headers>, body: Option<Body> },
}
