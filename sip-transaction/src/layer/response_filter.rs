//! Whether a response is for this element at all: RFC 3261 §8.1.3.3 and §18.1.2.

use sip_message::{Response, Via, ViaRef};

/// What the Via fields of a response have to say; anything, unless the owner of the layer asks for more.
#[derive(Debug, Default)]
pub(super) struct ResponseFilter {
    /// Whose host and port have to stand on top.
    pub(super) own: Option<Via>,
    /// Whether there must be no hop behind the top one.
    pub(super) is_last_hop: bool,
}

impl ResponseFilter {
    /// Whether `response`, whose top Via is `top`, is to be looked at.
    pub(super) fn admits(&self, response: &Response, top: &ViaRef<'_>) -> bool {
        // rfc3261#18.1.2/1: another sent-by than the one our requests bear
        let is_own = self.own.as_ref().is_none_or(|own| top.is_sent_by(own));
        // rfc3261#8.1.3.3/1: a hop behind ours
        is_own && !(self.is_last_hop && response.headers().count_vias() > 1)
    }
}
