//! The dialog of a caller's session that stands as a record and back; AC-10.

use super::{Fork, Forks};
use crate::SessionSettings;
use crate::modification::Modification;
use crate::snapshot::{RestoreError, UsageForm};
use crate::usage::Usage;
use sip_clock::Instant;
use std::sync::Arc;
use std::time::Duration;

impl Forks {
    /// The dialog with this remote tag as a record; `invite` is the sequence number of the INVITE.
    pub(crate) fn to_form(&self, tag: &str, invite: u32, now: Instant) -> Option<UsageForm> {
        let fork = self.get(tag).filter(|fork| !fork.usage.is_closed())?;
        let mut form = fork.usage.to_form(now);
        form.agreement.acknowledge.get_or_insert(invite);
        Some(form)
    }

    /// The dialog of a session that stands.
    pub(crate) fn of_form(
        form: &UsageForm,
        settings: Arc<SessionSettings>,
        age: Duration,
        now: Instant,
    ) -> Result<Self, RestoreError> {
        let change = Modification::of_form(&form.agreement, true, Arc::clone(&settings), age, now)?;
        let fork = Fork::new(Usage::of_form(form, change)?);
        Ok(Self { forks: vec![fork], ..Self::new(settings) })
    }
}
