//! A user agent as a record that goes on in another process: its names, its registration, its calls (RFC 3261 §10.2,
//! §12; RFC 5626 §4.1). AC-10.

#[cfg(feature = "call")]
use super::CallKey;
use super::{Config, Core};
use serde::{Deserialize, Serialize};
use sip_clock::Instant;
#[cfg(feature = "call")]
use sip_dialog::{InviteSession, SessionSnapshot};
#[cfg(feature = "registration")]
use sip_outbound::RegistrationSnapshot;
#[cfg(feature = "registration")]
use std::collections::BTreeMap;
use std::time::Duration;
use thiserror::Error;

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;

/// What a user agent needs to go on in another process: after a rolling restart, or when a page is loaded again.
///
/// Calls that are not established are left out, and so are requests outside of dialogs. It is made for the same
/// [`Config`], which it does not hold; credentials are not in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    version: u32,
    contact_user: String,
    host: String,
    port: Option<u16>,
    #[cfg(feature = "registration")]
    instance: Option<String>,
    last_key: u64,
    #[cfg(feature = "registration")]
    registrations: BTreeMap<u32, RegistrationSnapshot>,
    #[cfg(feature = "call")]
    calls: Vec<CallForm>,
}

#[cfg(feature = "call")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct CallForm {
    key: u64,
    session: SessionSnapshot,
}

/// Why a user agent cannot go on from a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// It was written by another version of this crate.
    #[error("version {0} of the record is unknown")]
    UnknownVersion(u32),
    /// The host or instance in it cannot be read.
    #[error("the names of the user agent are malformed")]
    Names,
    /// The registration in it is damaged.
    #[cfg(feature = "registration")]
    #[error(transparent)]
    Registration(#[from] sip_outbound::RestoreError),
    /// A call in it is damaged.
    #[cfg(feature = "call")]
    #[error(transparent)]
    Call(#[from] sip_dialog::RestoreError),
}

impl Core {
    /// The user agent as a record for another process. This one should do nothing more then: two user agents with the
    /// same names and calls would confuse their peers.
    #[must_use]
    pub fn snapshot(&self, now: Instant) -> Snapshot {
        let (contact_user, host, port) = self.identity.names();
        Snapshot {
            version: VERSION,
            contact_user: contact_user.to_owned(),
            host: host.to_string(),
            port,
            #[cfg(feature = "registration")]
            instance: self.config.instance.as_ref().map(ToString::to_string),
            last_key: self.last_key,
            #[cfg(feature = "registration")]
            registrations: self.snapshot_registrations(),
            #[cfg(feature = "call")]
            calls: self.snapshot_calls(now),
        }
    }

    /// A user agent that goes on where another one was `age` ago, as after a lost connection: with
    /// [`Input::Connected`](super::Input::Connected) it renews its registration and resumes its calls, which keep their
    /// `CallKey`s (`Core::calls`).
    ///
    /// `config` is that of the other one, but for its seed, which has to be new.
    ///
    /// # Errors
    ///
    /// [`RestoreError`], when the record is of another version or damaged.
    pub fn restore(
        mut config: Config,
        snapshot: &Snapshot,
        age: Duration,
        now: Instant,
    ) -> Result<Self, RestoreError> {
        if snapshot.version != VERSION {
            return Err(RestoreError::UnknownVersion(snapshot.version));
        }
        let host = snapshot.host.parse().map_err(|_| RestoreError::Names)?;
        config.local_address = Some((host, snapshot.port));
        config.interop.contact_user = Some(snapshot.contact_user.clone());
        #[cfg(feature = "registration")]
        if let Some(instance) = &snapshot.instance {
            config.instance = Some(instance.parse().map_err(|_| RestoreError::Names)?);
        }
        let mut core = Self::new(config);
        core.last_key = snapshot.last_key;
        #[cfg(feature = "registration")]
        for (reg_id, registration) in &snapshot.registrations {
            core.continue_registration(*reg_id, registration, now)?;
        }
        #[cfg(feature = "call")]
        for call in &snapshot.calls {
            let session = InviteSession::restore(&call.session, core.calls.settings(), age, now)?;
            core.continue_call(CallKey(call.key), session, now);
        }
        Ok(core)
    }

    #[cfg(feature = "call")]
    fn snapshot_calls(&self, now: Instant) -> Vec<CallForm> {
        let sessions = self.calls.sessions();
        // A call that is not established cannot be moved.
        let forms = sessions.filter_map(|(CallKey(key), session)| {
            Some(CallForm { key, session: session.snapshot(now).ok()? })
        });
        forms.collect()
    }
}
