//! What the media handler of a call is asked, and what it answers (RFC 3264: who offers, who answers). Mostly it answers
//! at once; what takes its time goes on beside the driver, which serves everything else meanwhile.

use super::call::Renegotiation;
use super::command::{CallCommand, Command, Outcome, Verb};
use super::platform::{Task, spawn};
use super::queue::Sender;
use crate::MaybeSend;
use crate::core::CallKey;
use crate::media::{MediaError, SessionDescriptionHandler};
use futures::FutureExt;
use sip_dialog::Dtmf;
use sip_message::{Body, StatusCode};
use std::panic::AssertUnwindSafe;

/// The media handler of one call.
pub(crate) type Media = Box<dyn SessionDescriptionHandler>;

/// What a media handler is asked for. An offer that is none asks for one.
pub(crate) enum Question {
    /// The description with which an incoming call is accepted.
    Accept(Option<Body>, Outcome),
    /// One that goes out before the final answer; to the INVITE, if that is said, else to a change.
    Early { offer: Option<Body>, is_invite: bool, outcome: Outcome },
    /// The answer to the offer of the other side, in a call of ours that has none (RFC 3261 §13.2.1).
    Offered(Body),
    /// The answer to an offer that changes the session (RFC 3261 §14.2).
    Reoffered(Option<Body>),
    /// The same when the application has accepted the change.
    AcceptChange(Option<Body>, Outcome),
    /// To take the answer in a provisional response.
    Preview(Body, StatusCode),
    /// To take the answer with which the call is up.
    Established(Body),
    /// To take the answer in a call that is up.
    Changed(Body),
    /// A key whose turn it is, as an RTP event.
    Press(Dtmf),
    /// An offer that changes the session.
    Renegotiate(Renegotiation, Outcome),
    /// The offer with which the call goes on over another connection.
    Recovery,
}

/// What it answered to the question of the same name.
pub(crate) enum Answer {
    Accept(Result<Body, MediaError>, Outcome),
    Early {
        description: Result<Body, MediaError>,
        is_invite: bool,
        outcome: Outcome,
    },
    Offered(Result<Body, MediaError>),
    Reoffered(Result<Body, MediaError>),
    AcceptChange(Result<Body, MediaError>, Outcome),
    Preview(Result<(), MediaError>, StatusCode),
    Established(Result<(), MediaError>),
    Changed(Result<(), MediaError>),
    Pressed,
    Renegotiate(Renegotiation, Result<Body, MediaError>, Outcome),
    Recovery(Option<Body>),
    /// It panicked.
    Lost,
}

/// A media handler, unless it is lost, and its answer.
pub(crate) type Answered = (Option<Media>, Answer);

/// Asks `media`. An answer that is there at once is returned, a later one goes to `commands`.
pub(super) fn ask(
    call: CallKey,
    media: Media,
    question: Question,
    commands: &Sender<Command>,
) -> Option<Answered> {
    let mut answering = answering(media, question);
    if let Some(answered) = (&mut answering).now_or_never() {
        return Some(answered);
    }
    let commands = commands.clone();
    spawn(async move {
        let verb = Verb::Answered(Box::new(answering.await));
        let told = commands.send_beyond(Command::Call(CallCommand::Of(call, verb)));
        // A driver that is gone has ended the call.
        if let Err(Command::Call(CallCommand::Of(_, Verb::Answered(answered)))) = told
            && let Some(media) = answered.0
        {
            close(media);
        }
    });
    None
}

/// A future for each question, as small as it can be.
fn answering(mut media: Media, question: Question) -> Task<Answered> {
    match question {
        Question::Accept(offer, outcome) => guarded(async move {
            let description = describe(&mut media, offer).await;
            (Some(media), Answer::Accept(description, outcome))
        }),
        Question::Early { offer, is_invite, outcome } => guarded(async move {
            let description = describe(&mut media, offer).await;
            (Some(media), Answer::Early { description, is_invite, outcome })
        }),
        Question::Offered(offer) => guarded(async move {
            let description = media.answer(offer).await;
            (Some(media), Answer::Offered(description))
        }),
        Question::Reoffered(offer) => guarded(async move {
            let description = describe(&mut media, offer).await;
            (Some(media), Answer::Reoffered(description))
        }),
        Question::AcceptChange(offer, outcome) => guarded(async move {
            let description = describe(&mut media, offer).await;
            (Some(media), Answer::AcceptChange(description, outcome))
        }),
        Question::Preview(answer, status) => guarded(async move {
            let taken = media.set_answer(answer).await;
            (Some(media), Answer::Preview(taken, status))
        }),
        Question::Established(answer) => guarded(async move {
            let taken = media.set_answer(answer).await;
            (Some(media), Answer::Established(taken))
        }),
        Question::Changed(answer) => guarded(async move {
            let taken = media.set_answer(answer).await;
            (Some(media), Answer::Changed(taken))
        }),
        Question::Press(key) => guarded(async move {
            // One that cannot be pressed is lost, as RTP itself may lose it.
            if let Err(error) = media.dtmf(key).await {
                tracing::info!(%error, "a key was not pressed");
            }
            (Some(media), Answer::Pressed)
        }),
        Question::Renegotiate(how, outcome) => guarded(async move {
            let offer = media.offer().await;
            (Some(media), Answer::Renegotiate(how, offer, outcome))
        }),
        // What cannot be restarted goes on as it is.
        Question::Recovery => guarded(async move {
            let offer = media.restart().await.ok().flatten();
            (Some(media), Answer::Recovery(offer))
        }),
    }
}

/// A media handler that panics ends its call, and no other.
fn guarded(answering: impl Future<Output = Answered> + MaybeSend + 'static) -> Task<Answered> {
    let answering = AssertUnwindSafe(answering).catch_unwind();
    Box::pin(answering.map(|answered| answered.unwrap_or((None, Answer::Lost))))
}

/// The answer to an offer, or an offer where there is none.
async fn describe(media: &mut Media, offer: Option<Body>) -> Result<Body, MediaError> {
    match offer {
        Some(offer) => media.answer(offer).await,
        None => media.offer().await,
    }
}

/// The call is over.
pub(super) fn close(mut media: Media) {
    let closing = AssertUnwindSafe(async move { media.close().await }).catch_unwind();
    let mut closing: Task<()> = Box::pin(closing.map(drop));
    if (&mut closing).now_or_never().is_none() {
        spawn(closing);
    }
}
