//! What handles ask of the driver.

#[cfg(feature = "registration")]
use super::RegisterError;
use super::RequestError;
#[cfg(feature = "call")]
use super::{Call, CallError, HangUpError};
#[cfg(feature = "call")]
use crate::core::{CallKey, CallOptions};
#[cfg(feature = "call")]
use crate::media::SessionDescriptionHandler;
#[cfg(any(feature = "call", feature = "message"))]
use sip_message::Body;
use sip_message::Response;
#[cfg(feature = "call")]
use sip_message::{NameAddr, StatusCode};
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
        media: Box<dyn SessionDescriptionHandler>,
        reply: oneshot::Sender<Result<Call, CallError>>,
    },
    Accept {
        call: CallKey,
        body: Body,
    },
    /// Tell the other side something before the answer, perhaps with a description.
    Progress {
        call: CallKey,
        status: StatusCode,
        body: Option<Body>,
        reply: oneshot::Sender<Result<(), CallError>>,
    },
    /// Accept what was answered early.
    AcceptEarly {
        call: CallKey,
        reply: oneshot::Sender<Result<(), CallError>>,
    },
    Reject {
        call: CallKey,
        status: StatusCode,
    },
    Redirect {
        call: CallKey,
        targets: Vec<NameAddr>,
    },
    HangUp {
        call: CallKey,
        kind: Option<sip_dialog::EndKind>,
        reasons: Vec<sip_message::Reason>,
        /// Told when the other side has confirmed it.
        reply: Option<oneshot::Sender<Result<(), HangUpError>>>,
    },
    /// Choose the offer with which an interrupted call goes on.
    Recover {
        call: CallKey,
        offer: Option<Body>,
    },
    /// Answer the peer's offer in a call that stands.
    Answer {
        call: CallKey,
        body: Body,
        /// Of the application, if that has decided.
        reply: Option<oneshot::Sender<Result<(), CallError>>>,
    },
    /// Refuse it.
    Decline {
        call: CallKey,
        status: StatusCode,
        /// Of the application, if that has decided.
        reply: Option<oneshot::Sender<Result<(), CallError>>>,
    },
    Hold {
        call: CallKey,
        hold: bool,
    },
    Dtmf {
        call: CallKey,
        tones: Vec<sip_dialog::Tone>,
        mode: sip_dialog::DtmfMode,
        reply: oneshot::Sender<Result<(), CallError>>,
    },
    /// Change the session; with our offer unless the peer is to make one.
    Renegotiate {
        call: CallKey,
        how: super::Renegotiation,
        offer: Option<Body>,
        reply: oneshot::Sender<Result<(), CallError>>,
    },
    Replaces {
        call: CallKey,
        reply: oneshot::Sender<Option<sip_message::Replaces>>,
    },
    Info {
        call: CallKey,
        package: String,
        body: Option<Body>,
        reply: oneshot::Sender<Result<(), CallError>>,
    },
    /// Send another request inside the dialog.
    Request {
        call: CallKey,
        request: Box<super::call_task::InCall>,
        reply: super::call_task::AnswerReply,
    },
}
