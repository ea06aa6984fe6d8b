//! REFER requests of this end, whose outcome the peer tells by NOTIFY: RFC 3515 §2.4.4 to §2.4.6, RFC 4488 §4; P14.

use crate::Failure;
use sip_message::{Event, ReferSub, Request, Response, SubscriptionState};

/// The CSeq numbers of those of which a NOTIFY may come, in the order in which they went out. Hardly any call has one.
#[derive(Debug, Default)]
pub(super) struct Referrals(Vec<u32>);

impl Referrals {
    /// A REFER goes out, and its first NOTIFY may be faster than its answer.
    // rfc6665#4.1.2.4
    pub(super) fn begin(&mut self, number: u32) {
        if !self.0.contains(&number) {
            self.0.push(number);
        }
    }

    /// It went out again with another number.
    pub(super) fn renumber(&mut self, number: u32, next: u32) {
        if let Some(known) = self.0.iter_mut().find(|known| **known == number) {
            *known = next;
        }
    }

    /// Its final response, or the lack of one: without a 2xx, or with one that says so, nothing will be told.
    // rfc3515#2.4.4, rfc4488#4
    pub(super) fn conclude(&mut self, number: u32, outcome: Result<&Response, Failure>) {
        let is_silent = |response: &Response| {
            matches!(response.headers().typed::<ReferSub>(), Ok(Some(ReferSub { subscribes: false, .. })))
        };
        if !outcome.is_ok_and(|response| response.status().is_success() && !is_silent(response)) {
            self.0.retain(|known| *known != number);
        }
    }

    /// Whether a NOTIFY tells of one of them. The last one, whose subscription is terminated, ends that.
    pub(super) fn take(&mut self, notify: &Request) -> bool {
        let Ok(Some(event)) = notify.headers().typed::<Event>() else { return false };
        let Some(place) = self.place(&event) else { return false };
        let state = notify.headers().typed::<SubscriptionState>();
        if state.is_ok_and(|state| state.is_some_and(|state| state.is("terminated"))) {
            self.0.remove(place);
        }
        true
    }

    /// Which one is meant: that of the `id`; without one the first; the only one whatever peers make of its number.
    // rfc3515#2.4.6
    fn place(&self, event: &Event) -> Option<usize> {
        if event.event_type != "refer" {
            return None;
        }
        let named = event.id().and_then(|id| self.0.iter().position(|number| id.parse() == Ok(*number)));
        let is_clear = event.id().is_none() || self.0.len() == 1;
        named.or((is_clear && !self.0.is_empty()).then_some(0))
    }
}
