//! What an application says to a change that the other side asks for: RFC 3261 §14.2, RFC 3262 §3, RFC 6141 §3.

use super::Call;
use crate::runtime::CallError;
use crate::runtime::command::Verb;
use sip_message::StatusCode;

impl Call {
    /// Tells the other side that the user is being asked, by a provisional response such as 180 or 183 to the re-INVITE of
    /// [`CallEvent::ChangeAsked`](super::CallEvent::ChangeAsked), which is repeated each minute until there is an answer.
    ///
    /// # Errors
    ///
    /// When no re-INVITE waits (an UPDATE has to be answered without any), or `status` is not 100 to 199.
    pub async fn progress(&mut self, status: StatusCode) -> Result<(), CallError> {
        self.ask(|outcome| Verb::Progress { status, outcome }).await
    }

    /// Answers the offer of the re-INVITE before the user has decided on all of it: the media handler's answer goes out in a
    /// 183, so that media can begin, and [`accept_change`](Self::accept_change) or
    /// [`decline_change`](Self::decline_change) follows. When the re-INVITE has no offer the 183 makes one.
    ///
    /// To another side that supports reliable provisional responses (RFC 3262) both ends have agreed with its
    /// acknowledgement; to others it is only a preview of the answer.
    ///
    /// # Errors
    ///
    /// When no re-INVITE waits or it has been answered early, or the media handler can make no description; the change can
    /// still be accepted or declined then.
    pub async fn answer_early(&mut self) -> Result<(), CallError> {
        self.ask(|outcome| Verb::AnswerEarly { media: None, outcome }).await
    }

    /// Accepts the change of [`CallEvent::ChangeAsked`](super::CallEvent::ChangeAsked), with the media handler's answer if
    /// that has not gone out early.
    ///
    /// # Errors
    ///
    /// When no change waits, since the other side has cancelled it for example, or the media handler can make no answer; the
    /// change is declined with 488 then.
    pub async fn accept_change(&mut self) -> Result<(), CallError> {
        self.ask(|outcome| Verb::AcceptChange { outcome }).await
    }

    /// Refuses the change of [`CallEvent::ChangeAsked`](super::CallEvent::ChangeAsked) with a status of 300 to 699, 488 as a
    /// rule; the call goes on as it was (RFC 3261 §14.2).
    ///
    /// What was answered early and acknowledged is taken back by an UPDATE with the description of before, whose answer goes to
    /// the media handler, and the re-INVITE is accepted (RFC 6141 §3.3); only another side that serves no UPDATE gets `status`.
    ///
    /// # Errors
    ///
    /// When no change waits, or for a status below 300.
    pub async fn decline_change(&mut self, status: StatusCode) -> Result<(), CallError> {
        self.ask(|outcome| Verb::DeclineChange { status, outcome }).await
    }
}
