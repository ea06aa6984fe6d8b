//! The callee's session as a record and back; AC-10.

use super::InviteServer;
use super::state::State;
use crate::SessionSettings;
use crate::modification::Modification;
use crate::snapshot::{RestoreError, RoleForm, SessionForm, SnapshotError};
use crate::usage::Usage;
use sip_clock::{FewTimers, Instant};
use std::sync::Arc;
use std::time::Duration;

impl InviteServer {
    pub(crate) fn to_form(&self, ended: bool, now: Instant) -> Result<SessionForm, SnapshotError> {
        match self.state {
            State::Established | State::Leaving => Ok(SessionForm {
                role: RoleForm::Callee,
                ended,
                invite_sequence: self.cseq,
                usage: self.usage.to_form(now),
            }),
            State::Incoming(_) | State::WaitingForAck { .. } | State::Terminated => {
                Err(SnapshotError::NotConfirmed)
            }
        }
    }

    pub(crate) fn of_form(
        form: &SessionForm,
        settings: Arc<SessionSettings>,
        age: Duration,
        now: Instant,
    ) -> Result<Self, RestoreError> {
        let change = Modification::of_form(&form.usage.agreement, false, settings, age, now)?;
        let usage = Usage::of_form(&form.usage, change)?;
        let state = if usage.is_leaving() { State::Leaving } else { State::Established };
        Ok(Self {
            cseq: form.invite_sequence,
            usage: Box::new(usage),
            timers: FewTimers::new(),
            state,
            is_interrupted: true,
            recovers_after_ack: false,
            is_unacknowledged: false,
        })
    }
}
