//! What was agreed in a dialog as a record and back: RFC 3264, RFC 4028; AC-10.

use super::outgoing::Wanted;
use super::session_timer::SessionTimer;
use super::{ChangeTimer, Modification};
use crate::snapshot::{AgreementForm, Octets, RestoreError, TimerForm};
use crate::{Capabilities, OfferAnswer, SessionDescription, SessionSettings, Side};
use sip_clock::Instant;
use sip_message::Method;
use std::sync::Arc;
use std::time::Duration;

impl Modification {
    /// What is agreed; an offer that is open or wanted is not.
    pub(crate) fn to_form(&self, now: Instant) -> AgreementForm {
        let current = |side| self.exchange.current(side).map(|sdp| Octets(sdp.bytes().clone()));
        let under_way = self.under_way.as_ref().filter(|change| change.method == Method::Invite);
        let acked = self.ack.as_ref().map(|acked| acked.0);
        AgreementForm {
            local: current(Side::Local),
            remote: current(Side::Remote),
            hold: self.hold,
            stated: self.stated,
            agreed: self.agreed,
            told: self.told,
            has_told: self.has_told,
            wish: self.wish.clone(),
            edited: self.edited,
            peer: self.peer.to_form(self.is_update_useless),
            timer: self.session.map(|timer| timer.to_form(now)),
            asked_interval: self.intervals.asked,
            min_se: self.intervals.least,
            acknowledge: under_way.map(|change| change.number).or_else(|| self.unseen()).or(acked),
        }
    }

    /// Goes on with it, without a flow and `age` after the record was made.
    pub(crate) fn of_form(
        form: &AgreementForm,
        owns_call_id: bool,
        settings: Arc<SessionSettings>,
        age: Duration,
        now: Instant,
    ) -> Result<Self, RestoreError> {
        let description = |octets: &Octets| SessionDescription::new(octets.0.clone());
        let mut change = Self::new(owns_call_id, settings);
        change.exchange = OfferAnswer::restored(
            form.local.as_ref().map(description),
            form.remote.as_ref().map(description),
        );
        change.hold = form.hold;
        change.stated = form.stated;
        change.agreed = form.agreed;
        change.told = form.told;
        change.has_told = form.has_told;
        change.wish.clone_from(&form.wish);
        change.edited = form.edited;
        change.peer = Capabilities::of_form(&form.peer)?;
        change.is_update_useless = form.peer.refuses_update;
        change.intervals.asked = form.asked_interval;
        change.intervals.least = form.min_se;
        if form.hold.local != form.agreed.local {
            change.wanted = Some(Wanted::Hold);
        }
        if let Some(timer) = form.timer {
            let timer = SessionTimer::of_form(timer, age, now);
            change.timers.set(ChangeTimer::Expired, timer.expires());
            change.session = Some(timer);
        }
        change.begin_interrupted(form.acknowledge);
        Ok(change)
    }
}

impl SessionTimer {
    fn to_form(self, now: Instant) -> TimerForm {
        let left = u64::try_from(self.expires().duration_since(now).as_millis()).unwrap_or(u64::MAX);
        TimerForm { interval: self.seconds(), refreshes: self.is_ours(), left_ms: left }
    }

    fn of_form(form: TimerForm, age: Duration, now: Instant) -> Self {
        let left = Duration::from_millis(form.left_ms).saturating_sub(age);
        Self::new(form.interval, form.refreshes, now + left)
    }
}
