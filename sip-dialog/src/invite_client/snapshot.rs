//! The caller's session as a record and back; AC-10.

use super::InviteClient;
use super::state::State;
use crate::SessionSettings;
use crate::forks::Forks;
use crate::snapshot::{RestoreError, RoleForm, SessionForm, SnapshotError};
use sip_clock::{FewTimers, Instant};
use std::sync::Arc;
use std::time::Duration;

impl InviteClient {
    pub(crate) fn to_form(&self, ended: bool, now: Instant) -> Result<SessionForm, SnapshotError> {
        let State::Accepted { winner: Some(winner) } = &self.state else {
            return Err(SnapshotError::NotConfirmed);
        };
        Ok(SessionForm {
            role: RoleForm::Caller,
            ended,
            invite_sequence: self.cseq,
            usage: self.forks.to_form(winner, self.cseq, now).ok_or(SnapshotError::NotConfirmed)?,
        })
    }

    pub(crate) fn of_form(
        form: &SessionForm,
        settings: Arc<SessionSettings>,
        age: Duration,
        now: Instant,
    ) -> Result<Self, RestoreError> {
        let winner = form.usage.dialog.remote_tag.as_str();
        Ok(Self {
            invite: None,
            accepted: None,
            cseq: form.invite_sequence,
            forks: Forks::of_form(&form.usage, settings, age, now)?,
            timers: FewTimers::new(),
            state: State::Accepted { winner: Some(winner.into()) },
            is_interrupted: true,
            awaits_sign: false,
            is_lengthened: false,
        })
    }
}
