//! Another contact for the same registration, when the user agent sees itself at another address: RFC 3261 §10.2, RFC 3581.

use super::Registration;
use crate::state::{Binding, Exchange, State};
use sip_clock::Instant;
use sip_uri::Uri;

impl Registration {
    /// Registers this contact in place of the one before, which goes in the same REGISTER. It leaves at once, but only
    /// the first one in a row does; further ones wait as every REGISTER that nobody asked for. While none is wanted, or
    /// one is in flight or due, the next one has it.
    pub fn rebind(&mut self, contact: Uri, now: Instant) {
        if self.config.contact.uri != contact {
            self.step(|this, state| this.on_rebind(state, contact, now));
        }
    }

    fn on_rebind(&mut self, state: State, contact: Uri, now: Instant) -> State {
        let mut former = self.config.contact.clone();
        self.config.contact.uri = contact;
        self.sample = None;
        match state {
            State::Registered(binding) => {
                former.params.set("expires", Some("0"));
                // rfc5626#6: the same instance and reg-id take the place of their binding by themselves
                self.former = Some(Box::new(former)).filter(|_| !self.config.is_outbound);
                self.register_anew(&binding, now)
            }
            State::Registering(_)
            | State::Waiting(_)
            | State::Unregistering(_)
            | State::Idle
            | State::NoFlow { .. } => state,
        }
    }

    fn register_anew(&mut self, binding: &Binding, now: Instant) -> State {
        if self.is_rebound {
            let refresh_at = binding.refresh_at.min(self.pace.permitted().max(now));
            return self.pause_bound(refresh_at, binding.until, now);
        }
        self.is_rebound = true;
        let cseq = self.send(self.requested, now);
        State::Registering(Exchange {
            cseq,
            raised: false,
            reversed: false,
            bound_until: Some(binding.until),
        })
    }

    /// The binding stays as it is until then.
    fn pause_bound(&mut self, refresh_at: Instant, until: Instant, now: Instant) -> State {
        if refresh_at <= now {
            self.begin(Some(until), now)
        } else {
            State::Registered(Binding { refresh_at, until })
        }
    }
}
