//! The states of a registration (RFC 3261 §10.2; there is no figure in the RFC).

use sip_clock::Instant;

/// Where a registration stands, for display.
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RegistrationState {
    /// Nothing is wanted: not yet registered, unregistered, or stopped by a failure.
    Idle,
    /// A REGISTER for the binding is in flight, the first one or a refresh.
    Registering,
    /// The registrar holds the binding.
    Registered,
    /// The last attempt failed and the next one is due later.
    Waiting,
    /// A REGISTER that removes the binding is in flight.
    Unregistering,
    /// A binding is wanted but there is no flow.
    NoFlow,
}

/// The same with what exists in each state only.
#[derive(Debug)]
pub(crate) enum State {
    Idle,
    Registering(Exchange),
    Registered(Binding),
    Waiting(Wait),
    Unregistering(Exchange),
    NoFlow { earliest: Instant },
}

/// A REGISTER in flight; there is never more than one (RFC 3261 §10.2).
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) cseq: u32,
    /// Whether a 423 has raised the interval in this exchange.
    pub(crate) raised: bool,
    /// Whether the application has changed its mind meanwhile: the opposite follows.
    pub(crate) reversed: bool,
    /// The end of the binding that is being refreshed.
    pub(crate) bound_until: Option<Instant>,
}

/// A binding at the registrar.
#[derive(Debug)]
pub(crate) struct Binding {
    pub(crate) refresh_at: Instant,
    pub(crate) until: Instant,
}

/// A pause after a failure.
#[derive(Debug)]
pub(crate) struct Wait {
    pub(crate) retry_at: Instant,
    /// Not even a new flow or the application may try before this.
    pub(crate) earliest: Instant,
    pub(crate) bound_until: Option<Instant>,
}

impl State {
    pub(crate) const fn kind(&self) -> RegistrationState {
        match self {
            Self::Idle => RegistrationState::Idle,
            Self::Registering(_) => RegistrationState::Registering,
            Self::Registered(_) => RegistrationState::Registered,
            Self::Waiting(_) => RegistrationState::Waiting,
            Self::Unregistering(_) => RegistrationState::Unregistering,
            Self::NoFlow { .. } => RegistrationState::NoFlow,
        }
    }

    /// The end of the binding that the registrar holds and that is still wanted.
    pub(crate) const fn bound_until(&self) -> Option<Instant> {
        match self {
            Self::Registered(binding) => Some(binding.until),
            Self::Registering(Exchange { reversed: false, bound_until, .. })
            | Self::Waiting(Wait { bound_until, .. }) => *bound_until,
            Self::Registering(_) | Self::Idle | Self::Unregistering(_) | Self::NoFlow { .. } => None,
        }
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        let due = match self {
            Self::Registered(binding) => Some(binding.refresh_at),
            Self::Waiting(wait) => Some(wait.retry_at),
            Self::Idle | Self::Registering(_) | Self::Unregistering(_) | Self::NoFlow { .. } => None,
        };
        due.into_iter().chain(self.bound_until()).min()
    }
}
