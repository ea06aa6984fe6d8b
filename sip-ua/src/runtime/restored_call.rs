//! The handle of a call that goes on from another process (AC-10).

use super::call::{Call, CallEvent};
use super::call_task::Verb;
use super::queue::{Receiver, Sender};
use crate::core::CallKey;
use crate::media::SessionDescriptionHandler;
use sip_dialog::Dialog;

/// An established call of another process, which waits for its media. Dropping it hangs up.
#[derive(Debug)]
pub struct RestoredCall {
    key: CallKey,
    dialog: Box<Dialog>,
    verbs: Sender<Verb>,
    events: Receiver<CallEvent>,
}

impl RestoredCall {
    pub(super) fn new(
        key: CallKey,
        dialog: Dialog,
        verbs: Sender<Verb>,
        events: Receiver<CallEvent>,
    ) -> Self {
        Self { key, dialog: Box::new(dialog), verbs, events }
    }

    /// Its dialog as it was: who the other side is, and the Call-ID to know the call by.
    #[must_use]
    pub const fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    /// Goes on with the call; [`SessionDescriptionHandler::restart`] is asked for the offer, and
    /// [`CallEvent::Resumed`] tells when the other side has confirmed it.
    pub async fn resume(self, media: impl SessionDescriptionHandler + 'static) -> Call {
        // A task that is gone has ended the call, which the handle tells.
        let _ = self.verbs.send(Verb::Attach(Box::new(media))).await;
        Call::new(self.key, self.verbs, self.events)
    }
}
