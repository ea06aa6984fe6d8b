//! One task per call: between the driver, the media handler and the application's handle.

mod decision;

use super::call::{CallEvent, Renegotiation};
use super::command::{CallCommand, Command};
use super::event_queue::EventSender;
use super::queue::{Receiver, Sender};
use super::{CallError, HangUpError, InCallError};
use crate::core::CallKey;
use crate::media::{MediaError, SessionDescriptionHandler};
use decision::AskedChange;
use sip_auth::AuthError;
use sip_dialog::{Dtmf, DtmfMode, EndKind, SessionEvent, Tone};
use sip_message::{Body, Headers, Method, NameAddr, Reason, Replaces, Response, StatusCode};
use std::fmt;
use tokio::sync::oneshot;

/// What the application wants of a call.
pub(crate) enum Verb {
    /// Answer it.
    Accept { media: Box<dyn SessionDescriptionHandler>, reply: oneshot::Sender<Result<(), CallError>> },
    /// Tell the other side something before the answer, to INVITE or re-INVITE.
    Progress { status: StatusCode, reply: Reply },
    /// Answer it before it is accepted, with this media; a change with that of the call.
    AnswerEarly { media: Option<Box<dyn SessionDescriptionHandler>>, reply: Reply },
    /// Accept what was answered early.
    AcceptEarly { reply: Reply },
    /// Accept a change of the other side.
    AcceptChange { reply: Reply },
    /// Refuse it.
    DeclineChange { status: StatusCode, reply: Reply },
    /// Give it media, since it comes from another process.
    #[cfg(feature = "serde")]
    Attach(Box<dyn SessionDescriptionHandler>),
    /// Refuse it.
    Reject(StatusCode),
    /// Send it elsewhere.
    Redirect(Vec<NameAddr>),
    /// End it.
    HangUp { reasons: Vec<Reason>, reply: oneshot::Sender<Result<(), HangUpError>> },
    /// Begin or end our hold.
    Hold(bool),
    /// Press keys.
    Dtmf { tones: Vec<Tone>, reply: Reply },
    /// Change the session.
    Renegotiate { how: Renegotiation, reply: Reply },
    /// Say how a call replaces this one at the peer.
    Replaces { reply: oneshot::Sender<Option<Replaces>> },
    /// Send an INFO.
    Info { package: String, body: Option<Body>, reply: Reply },
    /// Send another request inside the dialog.
    Request { request: Box<InCall>, reply: AnswerReply },
}

/// A request inside the dialog of a call that is not of the call itself.
#[derive(Debug)]
pub(crate) enum InCall {
    Message(Body),
    Options,
    Other { method: Method, fields: Headers, body: Option<Body> },
}

/// Who waits for the answer of the other side.
pub(crate) type AnswerReply = oneshot::Sender<Result<Box<Response>, InCallError>>;

/// Who waits for the outcome of a verb.
pub(crate) type Reply = oneshot::Sender<Result<(), CallError>>;

impl fmt::Debug for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept { .. } => "Accept",
            Self::Progress { .. } => "Progress",
            Self::AnswerEarly { .. } => "AnswerEarly",
            Self::AcceptEarly { .. } => "AcceptEarly",
            Self::AcceptChange { .. } => "AcceptChange",
            Self::DeclineChange { .. } => "DeclineChange",
            #[cfg(feature = "serde")]
            Self::Attach(_) => "Attach",
            Self::Reject(_) => "Reject",
            Self::Redirect(_) => "Redirect",
            Self::HangUp { .. } => "HangUp",
            Self::Hold(_) => "Hold",
            Self::Dtmf { .. } => "Dtmf",
            Self::Renegotiate { .. } => "Renegotiate",
            Self::Info { .. } => "Info",
            Self::Request { .. } => "Request",
            Self::Replaces { .. } => "Replaces",
        })
    }
}

/// What the driver tells the task of a call.
#[derive(Debug)]
pub(super) enum Report {
    Session(SessionEvent),
    Unauthorized(AuthError),
}

/// The life of one call.
pub(super) struct CallTask {
    pub(super) call: CallKey,
    /// The offer of an incoming call that has one.
    pub(super) offer: Option<Body>,
    pub(super) media: Option<Box<dyn SessionDescriptionHandler>>,
    /// Whether the application has answered, or asked for the call in the first place.
    pub(super) answered: bool,
    /// Whether the call goes on as soon as there is media to ask.
    pub(super) recovers_with_media: bool,
    /// Whether the media handler could make nothing of the last answer that came before the call was accepted.
    pub(super) lacks_answer: bool,
    /// The change that the application decides on.
    pub(super) asked: Option<AskedChange>,
    pub(super) reports: Receiver<Report>,
    pub(super) verbs: Receiver<Verb>,
    pub(super) events: EventSender<CallEvent>,
    pub(super) commands: Sender<Command>,
}

impl CallTask {
    /// Runs until the call is over, whether or not anybody still holds its handle.
    pub(super) async fn run(mut self: Box<Self>) {
        let mut abandoned = false;
        loop {
            tokio::select! {
                report = self.reports.recv() => match report {
                    Some(Report::Session(SessionEvent::Ended(cause))) => {
                        self.events.milestone(CallEvent::Ended(cause));
                        break;
                    }
                    Some(Report::Session(event)) => self.handle_event(event).await,
                    Some(Report::Unauthorized(error)) => {
                        self.events.progress(CallEvent::Unauthorized(error));
                    }
                    None => break,
                },
                verb = self.verbs.recv(), if !abandoned => match verb {
                    Some(verb) => self.handle_verb(verb).await,
                    None => {
                        abandoned = true;
                        self.abandon().await;
                    }
                },
            }
        }
        self.verbs.close();
        while let Some(verb) = self.verbs.try_recv() {
            if let verb @ Verb::HangUp { .. } = verb {
                self.handle_verb(verb).await;
            }
        }
        if let Some(media) = &mut self.media {
            media.close().await;
        }
    }

    async fn handle_event(&mut self, event: SessionEvent) {
        match event {
            SessionEvent::Progress { status, body, .. } => {
                if let Some(body) = body {
                    self.preview(body).await;
                }
                self.events.progress(CallEvent::Progress { status });
            }
            SessionEvent::Established { body } => self.establish(body).await,
            SessionEvent::Message { body } => {
                self.events.progress(CallEvent::Message(body));
            }
            SessionEvent::Notified(request) => {
                self.events.progress(CallEvent::Notified(request));
            }
            SessionEvent::Offered { body } => self.answer_offered(body).await,
            SessionEvent::Reoffered { body } => self.consider(body).await,
            SessionEvent::OfferWithdrawn => self.withdraw(),
            SessionEvent::Changed { body } => {
                if let Some(body) = body {
                    self.take_answer(body).await;
                }
                self.events.progress(CallEvent::Changed);
            }
            SessionEvent::ChangeFailed { status } => {
                self.events.progress(CallEvent::ChangeFailed { status });
            }
            SessionEvent::PressKey(key) => self.press(key).await,
            SessionEvent::DtmfFailed { status, .. } => {
                self.events.progress(CallEvent::DtmfFailed { status });
            }
            SessionEvent::Info { package, request } => {
                self.events.progress(CallEvent::Info { package, request });
            }
            SessionEvent::InfoAnswered { status, .. } => {
                self.events.progress(CallEvent::InfoAnswered { status });
            }
            SessionEvent::Dtmf(dtmf) => {
                self.events.progress(CallEvent::Dtmf(dtmf));
            }
            SessionEvent::Hold(hold) => {
                self.events.progress(CallEvent::Hold(hold));
            }
            SessionEvent::RemoteIdentity(address) => {
                self.events.progress(CallEvent::RemoteIdentity(address));
            }
            SessionEvent::Received(request) => {
                self.events.progress(CallEvent::Received(request));
            }
            SessionEvent::Interrupted => {
                self.events.progress(CallEvent::Interrupted);
            }
            SessionEvent::Recovering => self.choose_recovery().await,
            SessionEvent::Resumed => {
                self.events.progress(CallEvent::Resumed);
            }
            // Answers of requests go to who asked, past this task.
            _ => {}
        }
    }

    /// The peer made the offer of a call of ours that has none (RFC 3261 §13.2.1).
    async fn answer_offered(&mut self, offer: Body) {
        let Some(media) = &mut self.media else { return };
        let answer = media.answer(offer).await;
        let call = self.call;
        self.command(match answer {
            Ok(body) => CallCommand::Answer { call, body, reply: None },
            // rfc3261#13.2.2.4: what was accepted without use is ended
            Err(_) => {
                let kind = Some(EndKind::MediaFailed);
                CallCommand::HangUp { call, kind, reasons: Vec::new(), reply: None }
            }
        })
        .await;
    }

    /// A key whose turn it is goes out as an RTP event; one that cannot is lost, as RTP itself may lose it.
    async fn press(&mut self, key: Dtmf) {
        if let Some(media) = &mut self.media
            && let Err(error) = media.dtmf(key).await
        {
            tracing::info!(%error, "a key was not pressed");
        }
    }

    async fn renegotiate(&mut self, how: Renegotiation, reply: Reply) {
        let Some(media) = &mut self.media else { return };
        let offer = match how {
            Renegotiation::Offer | Renegotiation::Update => match media.offer().await {
                Ok(offer) => Some(offer),
                Err(error) => {
                    let _ = reply.send(Err(error.into()));
                    return;
                }
            },
            Renegotiation::AskOffer => None,
        };
        self.command(CallCommand::Renegotiate { call: self.call, how, offer, reply }).await;
    }

    /// The call goes on over another connection, with the offer that media wants.
    async fn choose_recovery(&mut self) {
        let Some(media) = &mut self.media else {
            self.recovers_with_media = true;
            return;
        };
        // What cannot be restarted goes on as it is.
        let offer = media.restart().await.ok().flatten();
        self.command(CallCommand::Recover { call: self.call, offer }).await;
    }

    /// The peer's answer to an offer in a call that is up.
    async fn take_answer(&mut self, answer: Body) {
        if let Some(media) = &mut self.media
            && media.set_answer(answer).await.is_err()
        {
            self.give_up_media().await;
        }
    }

    /// What was agreed is of no use to the media handler.
    async fn give_up_media(&mut self) {
        self.hang_up(Some(EndKind::MediaFailed)).await;
    }

    async fn hang_up(&mut self, kind: Option<EndKind>) {
        let call = self.call;
        self.command(CallCommand::HangUp { call, kind, reasons: Vec::new(), reply: None }).await;
    }

    async fn establish(&mut self, answer: Option<Body>) {
        if let Some(answer) = answer {
            self.preview(answer).await;
        }
        if self.lacks_answer {
            // Without a usable answer there is no session to keep (RFC 3261 §13.2.2.4).
            return self.give_up_media().await;
        }
        self.events.milestone(CallEvent::Established);
    }

    /// The peer's answer in a provisional response, which stands unless another one follows (AC-16), or in the 2xx.
    async fn preview(&mut self, answer: Body) {
        if let Some(media) = &mut self.media {
            self.lacks_answer = media.set_answer(answer).await.is_err();
        }
    }

    async fn handle_verb(&mut self, verb: Verb) {
        match verb {
            Verb::Accept { media, reply } => {
                let outcome = self.accept(media).await;
                // An application that no longer waits has dropped its handle, which ends the call.
                let _ = reply.send(outcome.map_err(CallError::from));
            }
            Verb::Progress { status, reply } => {
                self.command(CallCommand::Progress { call: self.call, status, body: None, reply }).await;
            }
            Verb::AnswerEarly { media, reply } => self.answer_early(media, reply).await,
            Verb::AcceptEarly { reply } => {
                self.answered = true;
                self.command(CallCommand::AcceptEarly { call: self.call, reply }).await;
            }
            Verb::AcceptChange { reply } => self.accept_change(reply).await,
            Verb::DeclineChange { status, reply } => self.decline_change(status, reply).await,
            #[cfg(feature = "serde")]
            Verb::Attach(media) => {
                self.media = Some(media);
                if std::mem::take(&mut self.recovers_with_media) {
                    self.choose_recovery().await;
                }
            }
            Verb::Reject(status) => self.reject(status).await,
            Verb::Redirect(targets) => {
                self.answered = true;
                self.command(CallCommand::Redirect { call: self.call, targets }).await;
            }
            Verb::HangUp { reasons, reply } => {
                let (call, reply) = (self.call, Some(reply));
                self.command(CallCommand::HangUp { call, kind: None, reasons, reply }).await;
            }
            Verb::Dtmf { tones, reply } => {
                let is_rtp = self.media.as_ref().is_some_and(|media| media.sends_dtmf());
                let mode = if is_rtp { DtmfMode::Auto } else { DtmfMode::Info };
                self.command(CallCommand::Dtmf { call: self.call, tones, mode, reply }).await;
            }
            Verb::Replaces { reply } => self.command(CallCommand::Replaces { call: self.call, reply }).await,
            Verb::Renegotiate { how, reply } => self.renegotiate(how, reply).await,
            Verb::Info { package, body, reply } => {
                self.command(CallCommand::Info { call: self.call, package, body, reply }).await;
            }
            Verb::Request { request, reply } => {
                self.command(CallCommand::Request { call: self.call, request, reply }).await;
            }
            Verb::Hold(hold) => self.command(CallCommand::Hold { call: self.call, hold }).await,
        }
    }

    async fn accept(&mut self, mut media: Box<dyn SessionDescriptionHandler>) -> Result<(), MediaError> {
        let body = match self.offer.take() {
            Some(offer) => media.answer(offer).await,
            None => media.offer().await,
        };
        self.media = Some(media);
        match body {
            Ok(body) => {
                self.answered = true;
                self.command(CallCommand::Accept { call: self.call, body }).await;
                Ok(())
            }
            Err(error) => {
                // rfc3261#13.3.1.3/3
                self.reject(StatusCode::NOT_ACCEPTABLE_HERE).await;
                Err(error)
            }
        }
    }

    async fn reject(&mut self, status: StatusCode) {
        self.answered = true;
        let status = if status.code() >= 300 { status } else { StatusCode::TEMPORARILY_UNAVAILABLE };
        self.command(CallCommand::Reject { call: self.call, status }).await;
    }

    /// The application dropped its handle.
    async fn abandon(&mut self) {
        if self.answered {
            self.hang_up(None).await;
        } else {
            self.reject(StatusCode::TEMPORARILY_UNAVAILABLE).await;
        }
    }

    async fn command(&mut self, command: CallCommand) {
        // A driver that is gone has ended every call.
        let _ = self.commands.send(Command::Call(command)).await;
    }
}
