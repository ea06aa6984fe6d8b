//! INFO that this end sends in one dialog: packages (RFC 6086 §4.2.1) and the keys of its queue (AC-22).

use super::{Pending, Usage};
use crate::info;
use crate::outbox::Outbox;
use crate::{DtmfMode, InviteError, SessionEvent, Tone};
use sip_clock::Instant;
use sip_message::{Body, CSeq, Method, StatusCode};

impl Usage {
    /// Presses keys, one after the other (AC-22).
    pub(crate) fn dtmf(&mut self, tones: &[Tone], mode: DtmfMode, now: Instant, outbox: &mut Outbox) {
        self.keys.push(tones, mode);
        self.press(now, outbox);
    }

    /// Holds back the keys that wait, or lets them go on.
    pub(crate) fn pause_dtmf(&mut self, paused: bool, now: Instant, outbox: &mut Outbox) {
        self.keys.pause(paused);
        self.press(now, outbox);
    }

    /// Forgets the keys that wait.
    pub(crate) fn clear_dtmf(&mut self) {
        let _unsent = self.keys.clear();
    }

    /// Sends an INFO of a package that the peer receives (RFC 6086 §4.2.1).
    pub(crate) fn info(
        &mut self,
        package: &str,
        body: Option<Body>,
        outbox: &mut Outbox,
    ) -> Result<CSeq, InviteError> {
        if !self.is_open() {
            return Err(InviteError::Ended);
        }
        if !self.change.peer().receives_info(package) {
            return Err(InviteError::NotAllowed);
        }
        let request = info::request(&mut self.dialog, package, body);
        let number = self.send(request, outbox);
        Ok(CSeq { number, method: Method::Info })
    }

    /// An INFO has its final answer, or none; whatever it is, the call goes on (AC-22).
    pub(super) fn conclude_info(
        &mut self,
        number: u32,
        pending: &Pending,
        status: StatusCode,
        now: Instant,
        outbox: &mut Outbox,
    ) {
        if !self.keys.concludes(number) {
            let told = pending.name().map(|cseq| SessionEvent::InfoAnswered { cseq, status });
            return told.into_iter().for_each(|event| outbox.event(event));
        }
        if !status.is_success() {
            let unsent = self.keys.clear();
            outbox.event(SessionEvent::DtmfFailed { status, unsent });
        }
        self.press(now, outbox);
    }

    /// Presses the next key if its time has come.
    pub(super) fn press(&mut self, now: Instant, outbox: &mut Outbox) {
        while let Some((dtmf, mode)) = self.keys.next(now) {
            let is_rtp = match mode {
                DtmfMode::Auto => self.change.has_telephone_event(),
                DtmfMode::Info => false,
                DtmfMode::Rtp => true,
            };
            if is_rtp {
                outbox.event(SessionEvent::PressKey(dtmf));
            } else {
                let request = info::key_press(&mut self.dialog, dtmf);
                let number = self.send(request, outbox);
                self.keys.is_in(number);
            }
        }
    }
}
