//! The seam between signalling and media: who makes offers and answers (RFC 3264), never how they look inside.

use crate::MaybeSend;
use async_trait::async_trait;
use sip_dialog::Dtmf;
use sip_message::Body;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Makes and takes session descriptions for one call.
///
/// One handler serves one call. The methods may take their time (gather candidates, ask the user for a microphone);
/// signalling goes on meanwhile. They are begun in the task of the user agent, so what computes for long belongs elsewhere. On `wasm32` the futures are not [`Send`], because browser objects are not.
#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
pub trait SessionDescriptionHandler: MaybeSend {
    /// Makes an offer.
    async fn offer(&mut self) -> Result<Body, MediaError>;

    /// Takes the peer's offer and makes the answer to it.
    async fn answer(&mut self, offer: Body) -> Result<Body, MediaError>;

    /// Takes the peer's answer to our offer. One that comes before the call is accepted, in a 183, stands unless another one
    /// follows: where calls are forked each phone may say its own.
    async fn set_answer(&mut self, answer: Body) -> Result<(), MediaError>;

    /// Whether a change that the other side asks for may be answered at once: [`answer`](Self::answer) takes this offer then,
    /// or [`offer`](Self::offer) makes one where there is none. Otherwise the application decides
    /// ([`CallEvent::ChangeAsked`](crate::CallEvent::ChangeAsked)), when the user has to be asked whether to add video for
    /// example. Every change is welcome by default. While the application has not decided, further ones are answered at once.
    fn consents_to(&self, _offer: Option<&Body>) -> bool {
        true
    }

    /// Whether [`dtmf`](Self::dtmf) works: then keys are pressed there when both descriptions have RTP events, and in
    /// INFO otherwise. It does not by default.
    fn sends_dtmf(&self) -> bool {
        false
    }

    /// Presses a key as an RTP event (RFC 4733).
    async fn dtmf(&mut self, _key: Dtmf) -> Result<(), MediaError> {
        Err(MediaError::NotAcceptable)
    }

    /// The connection was lost and another one is there: makes the offer with which the call goes on, such as a restart
    /// of ICE when the media path is gone, too; `None` to go on with what is agreed.
    async fn restart(&mut self) -> Result<Option<Body>, MediaError> {
        Ok(None)
    }

    /// The call is over; nothing is called after this.
    async fn close(&mut self);
}

/// Why a [`SessionDescriptionHandler`] could not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// The peer's description is of no use to us; the call is answered or ended with 488 (RFC 3261 §21.4.26).
    #[error("the session description is not acceptable")]
    NotAcceptable,
    /// Devices, network or the media engine failed.
    #[error("media failed: {0}")]
    Failed(Arc<dyn std::error::Error + Send + Sync>),
}

/// A handler for applications that bring their own SDP: it offers and answers one fixed description.
///
/// ```
/// use sip_ua::ApplicationSdp;
///
/// let (media, remote) = ApplicationSdp::new("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");
/// # drop(media);
/// // Later, when the call is up: the peer's descriptions in the order they came.
/// assert!(remote.take().is_none());
/// ```
#[derive(Debug)]
pub struct ApplicationSdp {
    local: Body,
    remote: RemoteDescriptions,
    asks: bool,
}

/// What the peer of a call has described, for an application that brings its own SDP: see [`ApplicationSdp`].
///
/// It keeps the last 16: a peer may change the session as often as it likes, and only the last description is in force.
#[derive(Debug, Default)]
pub struct RemoteDescriptions(Arc<Mutex<VecDeque<Body>>>);

impl RemoteDescriptions {
    /// The first description that came and has not been taken; `None` when there is none now.
    #[must_use]
    pub fn take(&self) -> Option<Body> {
        self.waiting().pop_front()
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Body>> {
        // Nothing panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ApplicationSdp {
    /// A handler for the description `sdp`, and what the peer describes.
    #[must_use]
    pub fn new(sdp: &str) -> (Self, RemoteDescriptions) {
        let remote = RemoteDescriptions::default();
        let taken = RemoteDescriptions(Arc::clone(&remote.0));
        (Self { local: Body::sdp(sdp.to_owned()), remote, asks: false }, taken)
    }

    /// The same, with every change of the other side left to the application
    /// ([`CallEvent::ChangeAsked`](crate::CallEvent::ChangeAsked)).
    #[must_use]
    pub fn asking(self) -> Self {
        Self { asks: true, ..self }
    }

    fn keep(&self, description: Body) {
        // An application that dropped its end does not want to know.
        if Arc::strong_count(&self.remote.0) > 1 {
            let mut waiting = self.remote.waiting();
            if waiting.len() == MOST_WAITING {
                waiting.pop_front();
            }
            waiting.push_back(description);
        }
    }
}

/// How many descriptions may wait for the application.
const MOST_WAITING: usize = 16;

#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
impl SessionDescriptionHandler for ApplicationSdp {
    async fn offer(&mut self) -> Result<Body, MediaError> {
        Ok(self.local.clone())
    }

    async fn answer(&mut self, offer: Body) -> Result<Body, MediaError> {
        self.keep(offer);
        Ok(self.local.clone())
    }

    async fn set_answer(&mut self, answer: Body) -> Result<(), MediaError> {
        self.keep(answer);
        Ok(())
    }

    fn consents_to(&self, _offer: Option<&Body>) -> bool {
        !self.asks
    }

    async fn close(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_changes_the_session_for_ever_fills_no_memory() {
        let (handler, remote) = ApplicationSdp::new("v=0\r\n");
        (0..100).for_each(|number| handler.keep(Body::sdp(number.to_string())));
        let taken: Vec<_> = std::iter::from_fn(|| remote.take()).collect();
        assert_eq!(taken.len(), MOST_WAITING);
        assert_eq!(taken.last(), Some(&Body::sdp("99".to_owned())), "the last one is in force");
        drop(remote);
        handler.keep(Body::sdp("100".to_owned()));
        assert!(handler.remote.take().is_none(), "nobody wants to know");
    }
}
