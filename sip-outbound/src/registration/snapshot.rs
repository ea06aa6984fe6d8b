//! A registration as a record that goes on in another process: RFC 3261 §10.2 (the same Call-ID, the next CSeq),
//! RFC 5626 §4.1; AC-10, AC-11.

use crate::register::Identity;
use crate::state::State;
use crate::{Registration, RegistrationConfig, RegistrationState};
use serde::{Deserialize, Serialize};
use sip_clock::{Instant, TokenSource};
use thiserror::Error;

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;

/// What a [`Registration`] keeps; its contact, with `+sip.instance` and `reg-id`, is for the configuration to keep.
///
/// Nonces are left out: a server that is met again gets a REGISTER without credentials first, since it may have
/// forgotten them (AC-4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegistrationSnapshot {
    version: u32,
    call_id: String,
    tag: String,
    sequence: u32,
    /// Seconds to ask for, as a 423 may have raised them.
    requested: u32,
    /// Whether a binding is wanted.
    wanted: bool,
}

/// Why a record cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// It was written by another version of this crate.
    #[error("version {0} of the record is unknown")]
    UnknownVersion(u32),
    /// It has no Call-ID.
    #[error("the record has no Call-ID")]
    NoCallId,
}

impl Registration {
    /// The registration as a record for another process.
    #[must_use]
    pub fn snapshot(&self) -> RegistrationSnapshot {
        let wanted = match self.state() {
            RegistrationState::Idle | RegistrationState::Unregistering => false,
            RegistrationState::Registering
            | RegistrationState::Registered
            | RegistrationState::Waiting
            | RegistrationState::NoFlow => true,
        };
        RegistrationSnapshot {
            version: VERSION,
            call_id: self.identity.call_id.clone(),
            tag: self.identity.tag.clone(),
            sequence: self.cseq,
            requested: self.requested,
            wanted,
        }
    }

    /// Goes on with a registration of another process: it waits for [`crate::Input::FlowRestored`] and renews the
    /// binding of `config`, which has to be the one of then, with the same Call-ID and the next CSeq.
    ///
    /// # Errors
    /// [`RestoreError`], when the record is of another version or damaged.
    pub fn restore(
        config: RegistrationConfig,
        snapshot: &RegistrationSnapshot,
        tokens: &mut TokenSource,
        now: Instant,
    ) -> Result<Self, RestoreError> {
        if snapshot.version != VERSION {
            return Err(RestoreError::UnknownVersion(snapshot.version));
        }
        if snapshot.call_id.is_empty() {
            return Err(RestoreError::NoCallId);
        }
        let mut registration = Self::new(config, tokens);
        registration.identity = Identity { call_id: snapshot.call_id.clone(), tag: snapshot.tag.clone() };
        registration.cseq = snapshot.sequence;
        registration.requested = registration.requested.max(snapshot.requested);
        registration.has_flow = false;
        if snapshot.wanted {
            registration.state = State::NoFlow { earliest: now };
        }
        Ok(registration)
    }
}
