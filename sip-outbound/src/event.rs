//! What the application hears of its registration (RFC 3261 §10.2).

use crate::{BindingMatch, RegistrationFailure};
use sip_message::NameAddr;
use std::time::Duration;

/// A change of the registration.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub enum RegistrationEvent {
    /// A REGISTER is on its way that is to make the binding: the first one, or one after a loss or failure (AC-1). A refresh
    /// of a binding that is held, and what a challenge has sent again, tell nothing.
    Registering,
    /// The registrar holds the binding.
    Registered {
        /// For how long, from now on.
        expires: Duration,
        /// Every binding of the address-of-record, those of other user agents included.
        contacts: Vec<NameAddr>,
        /// How our binding was recognised among them.
        binding: BindingMatch,
        /// Whether it was held before and has been refreshed.
        is_refresh: bool,
    },
    /// The binding has run out before it could be refreshed; attempts go on.
    Expired,
    /// The binding was removed, or there was none, and none is wanted.
    Unregistered,
    /// An attempt failed.
    Failed {
        /// Why.
        cause: RegistrationFailure,
        /// When the next attempt is made; `None` when the registration has stopped.
        retry_in: Option<Duration>,
    },
}
