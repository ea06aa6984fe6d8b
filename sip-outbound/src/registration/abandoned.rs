//! A binding that another request removes: RFC 3261 §10.2.2.

use super::Registration;
use crate::state::State;

impl Registration {
    /// Ends it without a word to the registrar: its binding is removed by another request ([`BindingsRequest`]).
    ///
    /// [`BindingsRequest`]: crate::BindingsRequest
    pub fn abandon(&mut self) {
        self.step(|this, state| match state {
            State::Idle => State::Idle,
            State::Registering(_)
            | State::Registered(_)
            | State::Waiting(_)
            | State::Unregistering(_)
            | State::NoFlow { .. } => this.unregistered(),
        });
    }
}
