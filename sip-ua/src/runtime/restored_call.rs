//! The handle of a call that goes on from another process (AC-10).

use super::call::{Call, Handle};
use super::command::Verb;
use crate::media::SessionDescriptionHandler;
use sip_dialog::Dialog;
use sip_message::NameAddr;

/// An established call of another process, which waits for its media. Dropping it hangs up.
#[derive(Debug)]
pub struct RestoredCall {
    dialog: Box<Dialog>,
    remote_identity: Option<NameAddr>,
    handle: Handle,
}

impl RestoredCall {
    pub(super) fn new(handle: Handle, (dialog, remote_identity): (Dialog, Option<NameAddr>)) -> Self {
        Self { dialog: Box::new(dialog), remote_identity, handle }
    }

    /// Who the other side is, by [`Config::identity`](crate::core::Config::identity).
    #[must_use]
    pub const fn remote_identity(&self) -> Option<&NameAddr> {
        self.remote_identity.as_ref()
    }

    /// Its dialog as it was: whom it began with, and the Call-ID to know the call by.
    #[must_use]
    pub const fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    /// Goes on with the call; [`SessionDescriptionHandler::restart`] is asked for the offer, and
    /// [`CallEvent::Resumed`](super::CallEvent::Resumed) tells when the other side has confirmed it.
    pub async fn resume(self, media: impl SessionDescriptionHandler + 'static) -> Call {
        // A driver that is gone has ended every call, which the handle tells.
        let _ = self.handle.send(Verb::Attach(Box::new(media))).await;
        Call::new(self.handle)
    }
}
