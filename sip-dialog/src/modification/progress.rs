//! What the server of an INVITE or re-INVITE says before its final response: RFC 3261 §13.3.1.1, and what of it is
//! reliable, RFC 3262 §3 and §5; AC-24.

use super::{ChangeTimer, Modification};
use crate::outbox::Outbox;
use crate::reliable::{OPTION, requires_100rel, supports_100rel};
use crate::session_body;
use crate::spread::spread;
use crate::{
    Carrier, Dialog, DialogId, Meaning, OfferAnswerError, Output, ReliableProvisional, SessionEvent, Side,
    answer, info,
};
use sip_clock::Instant;
use sip_message::{
    Body, CSeq, HeaderName, Method, NameAddr, RAck, RSeq, Request, Require, Response, StatusCode,
};
use std::collections::VecDeque;
use std::time::Duration;

/// The provisional responses to one INVITE.
#[derive(Debug)]
pub(crate) struct Progress {
    /// The sequence number of the INVITE.
    number: u32,
    usage: Reliability,
    /// Whether the INVITE says which INFO packages its sender receives.
    names_packages: bool,
    is_acknowledged: bool,
    /// Whether the INVITE was refused, so that no PRACK says anything that counts.
    is_void: bool,
    /// The number of the next reliable one.
    next: u32,
    /// The first is out and repeated, the others wait for its PRACK.
    unacknowledged: VecDeque<(u32, Response)>,
    interval: Duration,
    /// The last one but 100, for its repetition.
    last: Option<Said>,
}

/// A provisional response as it is remembered.
#[derive(Debug)]
enum Said {
    Plain(Response),
    /// It cannot get lost, so that nothing but its status is said again.
    Reliable(StatusCode),
}

/// Which of them are reliable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reliability {
    Never,
    /// Those with a description, and all that follow.
    Descriptions,
    Always,
    /// All, and the caller takes no others.
    Required,
}

/// What the PRACK of the peer does to the INVITE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pracked {
    /// It has its answer, and what waited for it can go on.
    Taken,
    /// It acknowledges nothing that is out.
    Stray,
    /// It lacks the answer to the offer of its response.
    Unanswered,
}

impl Progress {
    /// Of an INVITE with this number that makes the dialog `id`.
    pub(crate) fn new(number: u32, invite: &Request, id: &DialogId, policy: ReliableProvisional) -> Self {
        let headers = invite.headers();
        // rfc3261#8.2.4/1-2,6, rfc3262#3: owed when required, allowed when supported, else never
        let usage = if requires_100rel(headers) {
            Reliability::Required
        } else if policy == ReliableProvisional::WhenSupported && supports_100rel(headers) {
            Reliability::Always
        } else {
            Reliability::Never
        };
        Self {
            number,
            usage,
            names_packages: headers.contains(&HeaderName::RecvInfo),
            is_acknowledged: false,
            is_void: false,
            // rfc3262#3: anywhere from 1 to 2^31 - 1, with room to count on
            next: spread(id, number, 1..=0x7fff_ffff),
            unacknowledged: VecDeque::new(),
            interval: Duration::ZERO,
            last: None,
        }
    }

    /// Of a re-INVITE. What an unreliable response says of the session counts for nothing there, so that descriptions are
    /// reliable wherever the peer supports that.
    pub(super) fn of_re_invite(
        number: u32,
        invite: &Request,
        id: &DialogId,
        policy: ReliableProvisional,
    ) -> Self {
        let mut progress = Self::new(number, invite, id, policy);
        if progress.usage == Reliability::Never && supports_100rel(invite.headers()) {
            progress.usage = Reliability::Descriptions;
        }
        progress
    }

    /// Whether a description is on its way to the peer for which no PRACK has come.
    fn holds_back(&self) -> bool {
        !self.is_void && self.unacknowledged.iter().any(|(_, response)| !response.body().is_empty())
    }

    /// Gives `response` its number.
    // rfc3261#8.2.4/5: and names the extension that it applies
    fn enqueue(&mut self, mut response: Response) {
        self.last = Some(Said::Reliable(response.status()));
        response.headers_mut().push(&Require(OPTION.to_owned()));
        response.headers_mut().push(&RSeq(self.next));
        self.unacknowledged.push_back((self.next, response));
        self.next = self.next.saturating_add(1);
        if self.usage == Reliability::Descriptions {
            self.usage = Reliability::Always;
        }
    }

    /// Takes a PRACK; false when it acknowledges nothing that is out.
    fn acknowledge(&mut self, rack: &RAck) -> bool {
        let is_out = self.unacknowledged.front().is_some_and(|(number, _)| *number == rack.rseq);
        let is_meant = is_out && rack.cseq == CSeq::new(self.number, Method::Invite);
        if is_meant {
            self.unacknowledged.pop_front();
            self.is_acknowledged = true;
        }
        is_meant
    }
}

impl Modification {
    /// An INVITE waits for its final response.
    pub(crate) fn begin_progress(&mut self, progress: Progress) {
        self.progress = Some(Box::new(progress));
    }

    /// It has it: nothing is repeated any more, but a PRACK may still come.
    // rfc3262#3
    pub(crate) fn end_progress(&mut self) {
        self.timers.stop(&ChangeTimer::Reliable);
        self.timers.stop(&ChangeTimer::Prack);
        self.progress.take_if(|progress| progress.unacknowledged.is_empty());
        if let Some(progress) = &mut self.progress {
            progress.last = None;
        }
    }

    /// It was refused: a PRACK that still comes is answered, but what it says counts for nothing.
    pub(super) fn void_progress(&mut self) {
        self.end_progress();
        if let Some(progress) = &mut self.progress {
            progress.is_void = true;
        }
    }

    /// Whether reliable responses can be sent.
    pub(super) fn may_be_reliable(&self) -> bool {
        self.reliability() != Reliability::Never
    }

    /// Whether the next response will be reliable, also without a description, unless there `is_another_way`.
    pub(super) fn begin_reliably(&mut self, is_another_way: bool) -> bool {
        if self.lacks_offer(None) {
            return false;
        }
        match &mut self.progress {
            Some(progress) if progress.usage == Reliability::Descriptions && !is_another_way => {
                progress.usage = Reliability::Always;
                true
            }
            _ => matches!(self.reliability(), Reliability::Always | Reliability::Required),
        }
    }

    /// Whether the peer has acknowledged every reliable response, and one at least.
    pub(crate) fn is_acknowledged(&self) -> bool {
        self.progress.as_ref().is_some_and(|one| one.is_acknowledged && one.unacknowledged.is_empty())
    }

    /// Whether the peer has been told anything, and all that it has to acknowledge it has.
    pub(crate) fn is_heard(&self) -> bool {
        self.progress.as_ref().is_some_and(|one| one.last.is_some() && one.unacknowledged.is_empty())
    }

    /// Whether a description is on its way to the peer for which no PRACK has come.
    pub(crate) fn holds_back(&self) -> bool {
        self.progress.as_ref().is_some_and(|progress| progress.holds_back())
    }

    /// Whether a response with `body` may go out: to a peer that requires reliable ones only with the offer it wants.
    pub(crate) fn may_ring(&self, body: Option<&Body>) -> bool {
        !(self.reliability() == Reliability::Required && self.lacks_offer(body))
    }

    /// Whether a response with `body` has to be reliable, and what of that it says.
    pub(crate) fn phrase(&mut self, body: Option<Body>) -> (bool, Option<Body>) {
        // rfc3262#5: the first reliable one has the offer that the INVITE asked for
        let is_wanted = match self.reliability() {
            Reliability::Never => false,
            Reliability::Descriptions => body.is_some(),
            Reliability::Always | Reliability::Required => true,
        };
        let is_reliable = is_wanted && !self.lacks_offer(body.as_ref());
        let body = body.map(|body| self.outgoing(body));
        let meaning = self.judge(Side::Local, carrier(is_reliable), body.as_ref());
        // rfc6337#3.1.1, rfc6337#3.1.2: nothing that is neither offer, answer nor its preview
        (is_reliable, body.filter(|_| !matches!(meaning, Ok(Meaning::Repeated | Meaning::Ignored))))
    }

    /// Sends a provisional response, or keeps it until its turn has come.
    pub(crate) fn progress(
        &mut self,
        mut response: Response,
        is_reliable: bool,
        now: Instant,
        outbox: &mut Outbox,
    ) {
        if is_reliable {
            answer::allow(response.headers_mut());
            // rfc6086#5.2.3
            if self.progress.as_ref().is_some_and(|progress| progress.names_packages) {
                info::announce(response.headers_mut(), self.packages());
            }
        }
        let Some(progress) = &mut self.progress else { return };
        if is_reliable {
            progress.enqueue(response);
            // rfc3262#3: one at a time
            return self.say_next(now, outbox);
        }
        self.say(&response, now, outbox);
        if let Some(progress) = &mut self.progress {
            progress.last = Some(Said::Plain(response));
        }
    }

    /// Until when the peer needs to hear nothing: proxies cancel what is silent for three minutes.
    pub(crate) fn silence(&self, is_reliable: bool) -> Duration {
        let refresh = self.settings.provisional_refresh;
        // rfc3261#13.3.1.1/2, rfc3262#3: every minute, and what cannot get lost every two and a half
        if is_reliable { refresh.saturating_mul(5) / 2 } else { refresh }
    }

    /// Says again what was said last; returns the status of a new response if that is due instead, and whether what goes
    /// out is reliable.
    pub(crate) fn break_silence(&self, outbox: &mut Outbox) -> (Option<StatusCode>, bool) {
        let Some(progress) = self.progress.as_ref().filter(|_| self.may_ring(None)) else {
            return (None, false);
        };
        let is_used = matches!(progress.usage, Reliability::Always | Reliability::Required);
        let status = match &progress.last {
            None => Some(StatusCode::SESSION_PROGRESS),
            Some(Said::Reliable(status)) => progress.unacknowledged.is_empty().then_some(*status),
            Some(Said::Plain(last)) if is_used => Some(last.status()),
            Some(Said::Plain(last)) => {
                hand_out(last, outbox);
                None
            }
        };
        (status, is_used)
    }

    /// The reliable response came without PRACK so far.
    pub(super) fn repeat_progress(&mut self, now: Instant, outbox: &mut Outbox) {
        let Some(progress) = &mut self.progress else { return };
        if let Some((_, response)) = progress.unacknowledged.front() {
            hand_out(response, outbox);
            // rfc3262#3: T1, doubled without limit
            progress.interval = progress.interval.saturating_mul(2);
            self.timers.set(ChangeTimer::Reliable, now + progress.interval);
        }
    }

    /// Sends the next reliable response if it is its turn.
    pub(crate) fn say_next(&mut self, now: Instant, outbox: &mut Outbox) {
        if self.is_interrupted() || self.timers.get(&ChangeTimer::Prack).is_some() {
            return;
        }
        let Some(first) = self.queue().and_then(VecDeque::pop_front) else { return };
        self.say(&first.1, now, outbox);
        if let Some(queue) = self.queue() {
            queue.push_front(first);
        }
    }

    /// There is a flow again, on which this end is reached by `contact`: the last response goes out once more. Returns
    /// whether that is an unreliable one; the others are repeated by [`Self::say_next`].
    pub(crate) fn resume_progress(&mut self, contact: Option<&NameAddr>, outbox: &mut Outbox) -> bool {
        self.timers.stop(&ChangeTimer::Prack);
        let last = self.progress.as_mut().and_then(|progress| progress.last.as_mut());
        let Some(Said::Plain(last)) = last else { return false };
        if let Some(contact) = contact {
            last.headers_mut().remove(&HeaderName::Contact);
            last.headers_mut().push_address(&HeaderName::Contact, contact);
        }
        hand_out(last, outbox);
        true
    }

    /// PRACK, which may answer the offer of its response or make one (RFC 3262 §5).
    pub(crate) fn take_prack(
        &mut self,
        dialog: &mut Dialog,
        request: Request,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Pracked {
        let rack = request.headers().required::<RAck>();
        let progress = self.progress.as_mut();
        if !rack.is_ok_and(|rack| progress.is_some_and(|progress| progress.acknowledge(&rack))) {
            // rfc3262#3: it matches no response that is out
            let response = request.response(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
            answer::respond(outbox, &request, response);
            return Pracked::Stray;
        }
        self.timers.stop(&ChangeTimer::Reliable);
        self.timers.stop(&ChangeTimer::Prack);
        let body = session_body(request.headers(), request.body());
        if self.progress.as_ref().is_some_and(|progress| progress.is_void) {
            self.accept_prack(&request, outbox);
            return Pracked::Taken;
        }
        let meaning = self.judge(Side::Remote, Carrier::Prack, body.as_ref());
        if matches!(meaning, Ok(Meaning::Offer | Meaning::Refresh)) {
            self.receive(dialog, request, None, now, outbox);
            return Pracked::Taken;
        }
        self.accept_prack(&request, outbox);
        match meaning {
            // rfc3262#5: the answer has no other place
            Err(OfferAnswerError::AnswerMissing) => return Pracked::Unanswered,
            Ok(Meaning::Answer) => {
                let _agreed = self.transfer_early(Side::Remote, Carrier::Prack, body.as_ref());
                outbox.event(SessionEvent::Changed { body });
                if self.re_invite.is_some() {
                    self.settle(outbox);
                }
            }
            Ok(_) | Err(_) => {}
        }
        Pracked::Taken
    }

    /// Answers a PRACK that asks for no description.
    fn accept_prack(&mut self, prack: &Request, outbox: &mut Outbox) {
        let mut response = prack.response(StatusCode::OK);
        self.agree_on_packages(prack, &mut response);
        answer::respond(outbox, prack, response);
    }

    /// Lets a provisional response out; only now is said what its description says (RFC 3262 §5).
    fn say(&mut self, response: &Response, now: Instant, outbox: &mut Outbox) {
        let is_reliable = requires_100rel(response.headers());
        let body = session_body(response.headers(), response.body());
        // without an offer of the peer it counts for nothing
        let said = self.transfer_early(Side::Local, carrier(is_reliable), body.as_ref());
        if self.re_invite.is_some() && said == Ok(Meaning::Answer) {
            self.settle(outbox);
        }
        hand_out(response, outbox);
        if let Some(progress) = self.progress.as_mut().filter(|_| is_reliable) {
            progress.interval = self.settings.t1;
            self.timers.set(ChangeTimer::Reliable, now + self.settings.t1);
            self.timers.set(ChangeTimer::Prack, now + self.settings.patience());
        }
    }

    fn queue(&mut self) -> Option<&mut VecDeque<(u32, Response)>> {
        Some(&mut self.progress.as_mut()?.unacknowledged)
    }

    fn reliability(&self) -> Reliability {
        self.progress.as_ref().map_or(Reliability::Never, |progress| progress.usage)
    }

    /// Whether the INVITE asked for an offer and none went out nor is in `body`.
    fn lacks_offer(&self, body: Option<&Body>) -> bool {
        body.is_none() && self.owes_offer()
    }
}

const fn carrier(is_reliable: bool) -> Carrier {
    if is_reliable { Carrier::ReliableProvisional } else { Carrier::Provisional }
}

/// Sends a response that is kept for its repetition.
fn hand_out(response: &Response, outbox: &mut Outbox) {
    // without a CSeq no transaction was made, so nobody waits for an answer
    if let Ok(cseq) = response.headers().required() {
        outbox.push(Output::Response { cseq, response: response.clone() });
    }
}
