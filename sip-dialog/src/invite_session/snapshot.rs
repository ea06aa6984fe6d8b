//! A session as a record and back; AC-10.

use super::name::Name;
use super::{InviteSession, Role};
use crate::SessionSettings;
use crate::invite_client::InviteClient;
use crate::invite_server::InviteServer;
use crate::outbox::Outbox;
use crate::snapshot::{RestoreError, RoleForm, SessionSnapshot, SnapshotError, Versioned};
use sip_clock::Instant;
use sip_message::Method;
use std::sync::Arc;
use std::time::Duration;

impl InviteSession {
    /// The session as a record for another process: dialog, descriptions in force, hold, session timer, and requests
    /// without answer, such as BYE. Offers and key presses that wait are left out.
    ///
    /// # Errors
    /// [`SnapshotError::NotConfirmed`] before the ACK, and when nothing is left to do.
    pub fn snapshot(&self, now: Instant) -> Result<SessionSnapshot, SnapshotError> {
        let ended = self.has_ended();
        let form = match &self.role {
            Role::Client(client) => client.to_form(ended, now),
            Role::Server(server) => server.to_form(ended, now),
        };
        let form = form?;
        // the BYE to a fork that lost is not the one that the peer of the session waits for
        let is_leaving = form.usage.unanswered.iter().any(|request| *request.method() == Method::Bye);
        if ended && !is_leaving {
            return Err(SnapshotError::NotConfirmed);
        }
        Ok(SessionSnapshot(Versioned::new(form)))
    }

    /// Goes on with a session of another process, as after a lost flow: it waits for [`crate::Input::FlowRestored`].
    ///
    /// `age` is the time since the record was made, which the session timer counts.
    ///
    /// # Errors
    /// [`RestoreError`], when the record is of another version or damaged.
    pub fn restore(
        snapshot: &SessionSnapshot,
        settings: impl Into<Arc<SessionSettings>>,
        age: Duration,
        now: Instant,
    ) -> Result<Self, RestoreError> {
        let form = snapshot.0.form("session")?;
        let settings = settings.into();
        let role = match &form.role {
            RoleForm::Caller => Role::Client(InviteClient::of_form(form, settings, age, now)?),
            RoleForm::Callee => Role::Server(InviteServer::of_form(form, settings, age, now)?),
        };
        let dialog = &form.usage.dialog;
        Ok(Self {
            name: Name::new(&dialog.call_id, &dialog.local_tag),
            role,
            outbox: Outbox::restored(form.ended),
        })
    }
}
