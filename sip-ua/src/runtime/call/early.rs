//! A call that came in until it is accepted: RFC 3261 §13.3.1.1, RFC 3262 §5, RFC 3960 §3.

use super::{Call, IncomingCall};
use crate::media::SessionDescriptionHandler;
use crate::runtime::CallError;
use crate::runtime::command::Verb;
use sip_dialog::EndCause;
use sip_message::StatusCode;
use tokio::sync::oneshot;

/// A call that came in and whose caller has media of ours already, but no answer yet.
///
/// Dropping it refuses the call with 480.
#[derive(Debug)]
pub struct EarlyCall(IncomingCall);

impl IncomingCall {
    /// Tells the caller something before the answer, such as 182 or 183, besides that it rings (180), which it is told by
    /// itself (RFC 3261 §13.3.1.1). It is repeated each minute.
    ///
    /// # Errors
    ///
    /// When `status` is not 100 to 199, or the call has ended.
    pub async fn progress(&mut self, status: StatusCode) -> Result<(), CallError> {
        let (outcome, told) = oneshot::channel();
        self.handle.send(Verb::Progress { status, outcome }).await.map_err(|_| CallError::Closed)?;
        told.await.map_err(|_| CallError::Closed)?
    }

    /// Answers the caller's offer in a 183 before the call is accepted, for early media such as announcements
    /// (RFC 3960 §3); without an offer of the caller the 183 makes one. With a caller that supports reliable provisional
    /// responses (RFC 3262), and [`Config::reliable`](crate::core::Config::reliable), both ends have agreed with its
    /// acknowledgement.
    ///
    /// # Errors
    ///
    /// When `media` can make no description (the caller gets 488) or the call ended meanwhile.
    pub async fn answer_early(
        self,
        media: impl SessionDescriptionHandler + 'static,
    ) -> Result<EarlyCall, CallError> {
        let (outcome, answered) = oneshot::channel();
        let verb = Verb::AnswerEarly { media: Some(Box::new(media)), outcome };
        self.handle.send(verb).await.map_err(|_| CallError::Closed)?;
        answered.await.map_err(|_| CallError::Closed)??;
        Ok(EarlyCall(self))
    }
}

impl EarlyCall {
    /// What came in.
    #[must_use]
    pub const fn incoming(&self) -> &IncomingCall {
        &self.0
    }

    /// Accepts the call; it is up with [`CallEvent::Established`](super::CallEvent::Established).
    ///
    /// # Errors
    ///
    /// When the call ended meanwhile.
    pub async fn accept(self) -> Result<Call, CallError> {
        let IncomingCall { handle, .. } = self.0;
        let (outcome, accepted) = oneshot::channel();
        handle.send(Verb::AcceptEarly { outcome }).await.map_err(|_| CallError::Closed)?;
        accepted.await.map_err(|_| CallError::Closed)??;
        Ok(Call::new(handle))
    }

    /// Refuses the call with a final status of 300 to 699; other statuses become 480.
    pub async fn reject(self, status: StatusCode) {
        self.0.reject(status).await;
    }

    /// Waits until the caller gives up, or the call otherwise ends without an answer of ours. Cancel-safe.
    pub async fn ended(&mut self) -> EndCause {
        self.0.ended().await
    }
}
