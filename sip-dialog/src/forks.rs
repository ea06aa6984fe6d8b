//! The dialogs that one INVITE makes when proxies fork it: RFC 3261 §12.1.2, §13.2.2.4; AC-15.

mod recovery;
#[cfg(feature = "serde")]
mod snapshot;
mod spent;

use crate::dialog_id;
use crate::identity::CALLED;
use crate::modification::Modification;
use crate::outbox::Outbox;
use crate::reliable::{Arrival, ReliableResponses};
use crate::session_body;
use crate::usage::Usage;
use crate::{
    Capabilities, Carrier, Dialog, DialogError, DialogId, EarlyMedia, EndCause, Hold, InviteError, Meaning,
    OfferAnswerError, Output, SessionEvent, SessionSettings, Side,
};
use sip_clock::Instant;
use sip_message::{
    Body, CSeq, HeaderName, KeptRequest, NameAddr, RAck, Reason, Request, Response, StatusCode,
};
use smol_str::SmolStr;
use spent::Spent;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

/// Dialogs of the caller, told apart by remote tag: early ones, the winner, and those being closed.
// In this order in memory: see `InviteSession`.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Forks {
    /// Most calls have one.
    forks: Vec<Fork>,
    settings: Arc<SessionSettings>,
    /// Dialogs that are over.
    spent: Vec<Spent>,
    /// Early dialogs that the 2xx of another one has overtaken: one of their own may still come, and what was sent in
    /// them counts.
    overtaken: Vec<Dialog>,
    /// The fork whose early media the application was given first.
    playing: Option<SmolStr>,
}

#[derive(Debug)]
struct Fork {
    usage: Usage,
    /// The ACK of its 2xx, repeated verbatim (AC-26).
    ack: Option<Arc<KeptRequest>>,
    /// The peer's BYE when it came before its 2xx.
    left: Option<Box<EndCause>>,
    /// The last provisional response: the same again is no news (AC-16).
    heard: Option<Box<(StatusCode, String, Option<Body>)>>,
    /// The description of this fork that the application has.
    given: Option<Box<Body>>,
    reliable: ReliableResponses,
    /// The reliable response whose offer waits for its answer.
    unanswered: Option<Box<RAck>>,
}

impl Forks {
    pub(crate) const fn new(settings: Arc<SessionSettings>) -> Self {
        Self { settings, forks: Vec::new(), spent: Vec::new(), overtaken: Vec::new(), playing: None }
    }

    /// How long the session waits for what the peer owes it: 64·T1.
    pub(crate) fn patience(&self) -> Duration {
        self.settings.patience()
    }

    /// A provisional response but 100: what the application is told of it, `None` when it is no news (AC-16).
    pub(crate) fn progress(
        &mut self,
        invite: &Request,
        response: &Response,
        outbox: &mut Outbox,
    ) -> Option<SessionEvent> {
        let status = response.status();
        let body = session_body(response.headers(), response.body());
        let dialog = self.early(invite, response);
        let is_meant = |fork: &&mut Fork| dialog.as_ref().is_some_and(|id| id.remote_tag == fork.tag());
        let Some(fork) = self.forks.iter_mut().find(is_meant) else {
            return Some(SessionEvent::Progress { status, body: None, dialog });
        };
        fork.usage.change_mut().learn(response.headers());
        fork.usage.change_mut().learn_packages(response.headers());
        fork.usage.identify(response.headers(), CALLED, outbox);
        let (carrier, rack) = match fork.reliable.take(response) {
            Arrival::Plain => (Carrier::Provisional, None),
            Arrival::Next(rack) => {
                // RFC 6141 §4.7, §4.9: what may get lost does not move the target; an unreadable Contact leaves it
                let _target = fork.usage.dialog_mut().handle_target_refresh(response.headers());
                (Carrier::ReliableProvisional, Some(rack))
            }
            Arrival::Again(rack) => {
                fork.usage.prack_again(&rack, outbox);
                return None;
            }
            Arrival::OutOfOrder => return None,
        };
        let heard = Box::new((status, response.reason().to_owned(), body.clone()));
        let is_repeated = fork.heard.as_ref() == Some(&heard);
        fork.heard = Some(heard);
        let meaning = fork.usage.change_mut().transfer(Side::Remote, carrier, body.as_ref());
        if meaning == Ok(Meaning::Offer)
            && let Some(body) = body
        {
            // rfc3262#5: the answer goes into the PRACK
            fork.given = Some(Box::new(body.clone()));
            fork.unanswered = rack.map(Box::new);
            return Some(SessionEvent::Offered { body });
        }
        if let Some(rack) = rack {
            fork.usage.prack(&rack, None, outbox);
        }
        if is_repeated {
            return None;
        }
        let is_wanted = match self.settings.early_media {
            EarlyMedia::Off => false,
            EarlyMedia::All => true,
            EarlyMedia::FirstFork => self.playing.as_ref().is_none_or(|playing| playing == fork.tag()),
        };
        let body = body.filter(|_| is_wanted && matches!(meaning, Ok(Meaning::Preview | Meaning::Answer)));
        if body.is_some() {
            fork.given = body.clone().map(Box::new);
            self.playing = Some(fork.tag().into());
        }
        Some(SessionEvent::Progress { status, body, dialog })
    }

    /// What the 2xx of the dialog with this tag means, and the description that is new in it: not one that the
    /// application has from a provisional response (AC-16).
    pub(crate) fn agree(
        &mut self,
        tag: &str,
        response: &Response,
        now: Instant,
        outbox: &mut Outbox,
    ) -> (Result<Meaning, OfferAnswerError>, Option<Body>) {
        let Some(fork) = self.get_mut(tag) else { return (Ok(Meaning::Nothing), None) };
        let body = session_body(response.headers(), response.body());
        fork.usage.identify(response.headers(), CALLED, outbox);
        let change = fork.usage.change_mut();
        change.learn(response.headers());
        change.learn_packages(response.headers());
        change.agree_as_client(response, now);
        let meaning = change.transfer(Side::Remote, Carrier::InviteSuccess, body.as_ref());
        let body = match meaning {
            Ok(Meaning::Offer) => body,
            Ok(Meaning::Answer) => body.or_else(|| change.remote_description()),
            // rfc3261#13.2.1: the exchange was over, so only what the application has not heard of it is news
            Ok(
                Meaning::Nothing | Meaning::Refresh | Meaning::Preview | Meaning::Repeated | Meaning::Ignored,
            )
            | Err(_) => change.remote_description().filter(|_| !change.has_told()),
        };
        let body = body.filter(|body| fork.given.as_deref() != Some(body));
        (meaning, body)
    }

    /// The early dialog of a provisional response, which makes it unless it is there.
    fn early(&mut self, invite: &Request, response: &Response) -> Option<DialogId> {
        // rfc3261#12.1: only a response with a To tag makes an early dialog
        let id = DialogId::of_response(response).ok().filter(|id| !id.remote_tag.is_empty())?;
        if self.get(&id.remote_tag).is_none() {
            self.insert(invite, Dialog::client(invite, response).ok()?).ok()?;
        }
        Some(id)
    }

    /// The dialog of the first 2xx; nothing is heard in the early dialogs of other forks any more but a 2xx of theirs.
    /// Returns its remote tag.
    pub(crate) fn accept_first(
        &mut self,
        invite: &Request,
        response: &Response,
    ) -> Result<SmolStr, DialogError> {
        let winner = dialog_id::remote_tag(response)?;
        // a fork is large, and most calls have but that of the winner
        if self.forks.iter().any(|fork| fork.tag() != winner) {
            let (won, overtaken) =
                mem::take(&mut self.forks).into_iter().partition(|fork| fork.tag() == winner);
            self.forks = won;
            self.overtaken = Vec::into_iter(overtaken).map(|fork: Fork| fork.usage.into_dialog()).collect();
        }
        self.accept_tagged(winner, invite, response)
    }

    /// Makes or confirms the dialog of a 2xx and returns its remote tag.
    pub(crate) fn accept(&mut self, invite: &Request, response: &Response) -> Result<SmolStr, DialogError> {
        self.accept_tagged(dialog_id::remote_tag(response)?, invite, response)
    }

    fn accept_tagged(
        &mut self,
        tag: SmolStr,
        invite: &Request,
        response: &Response,
    ) -> Result<SmolStr, DialogError> {
        if let Some(fork) = self.get_mut(&tag) {
            fork.usage.dialog_mut().confirm_with(response)?;
            return Ok(tag);
        }
        let overtaken = self.overtaken.iter().position(|dialog| dialog.id().remote_tag == tag);
        let dialog = match overtaken.map(|index| self.overtaken.swap_remove(index)) {
            // rfc3261#13.2.2/2-3: its sequence numbers go on, or the peer takes what follows for old
            Some(mut dialog) => {
                dialog.confirm_with(response)?;
                dialog
            }
            None => Dialog::client(invite, response)?,
        };
        self.insert(invite, dialog)?;
        Ok(tag)
    }

    /// Sends the first ACK of a 2xx, which the INVITE with sequence number `number` got.
    pub(crate) fn acknowledge(&mut self, tag: &str, number: u32, body: Option<Body>, outbox: &mut Outbox) {
        if let Some(fork) = self.get_mut(tag) {
            let body = body.map(|body| fork.usage.change_mut().outgoing(body));
            fork.acknowledge(number, body, outbox);
        }
    }

    /// Sends the first ACK of a 2xx whose session is not wanted, and BYE with these reasons unless the peer sent one.
    pub(crate) fn dismiss(&mut self, tag: &str, number: u32, reasons: &[Reason], outbox: &mut Outbox) {
        if let Some(fork) = self.get_mut(tag) {
            // rfc3261#13.2.2/10: an offer is answered all the same, by taking nothing of it
            let body = fork.usage.change().refusal();
            fork.acknowledge(number, body, outbox);
            // rfc3261#13.2.2/12
            fork.usage.leave_because(reasons, outbox);
        }
    }

    /// Sends the ACK of a 2xx again, if there was one; false when the 2xx comes from a new fork.
    pub(crate) fn acknowledge_again(&self, tag: &str, outbox: &mut Outbox) -> bool {
        let over = || self.spent.iter().find(|spent| spent.remote_tag == tag).map(|spent| &spent.ack);
        let Some(ack) = self.get(tag).map(|fork| &fork.ack).or_else(over) else { return false };
        // rfc3261#13.2.2/11
        outbox.push_ack(ack.as_deref());
        true
    }

    pub(crate) fn leave(&mut self, tag: &str, cause: &EndCause, outbox: &mut Outbox) {
        if let Some(fork) = self.get_mut(tag) {
            fork.usage.leave(cause, outbox);
        }
    }

    /// Keeps the peer's BYE in an early dialog, which it should not send (RFC 3261 §15) unless its 2xx was overtaken
    /// or lost: the session ends when that 2xx comes.
    pub(crate) fn leave_early(&mut self, tag: &str, cause: EndCause) {
        if let Some(fork) = self.get_mut(tag) {
            fork.left = Some(Box::new(cause));
        }
    }

    /// What [`Self::leave_early`] kept.
    pub(crate) fn take_left(&mut self, tag: &str) -> Option<EndCause> {
        self.get_mut(tag)?.left.take().map(|cause| *cause)
    }

    /// The dialog that a request of the peer, which has the Call-ID and the tag of this end, is in.
    pub(crate) fn addressed(&mut self, request: &Request) -> Option<&mut Usage> {
        let tag = request.headers().tag(&HeaderName::From).ok()??;
        self.get_mut(&tag).map(|fork| &mut fork.usage)
    }

    /// The dialog with this remote tag while neither end has left it.
    pub(crate) fn open(&mut self, tag: &str) -> Option<&mut Usage> {
        self.get_mut(tag).map(|fork| &mut fork.usage).filter(|usage| usage.is_open())
    }

    /// The dialog whose request with this CSeq waits for a response: the one with this remote tag, or, for a peer that
    /// answers with another, any.
    pub(crate) fn waiting(&mut self, cseq: &CSeq, remote_tag: &str) -> Option<&mut Usage> {
        let waits = |fork: &Fork| fork.usage.knows(cseq);
        let position = self.forks.iter().position(|fork| fork.tag() == remote_tag && waits(fork));
        let position = position.or_else(|| self.forks.iter().position(waits))?;
        self.forks.get_mut(position).map(|fork| &mut fork.usage)
    }

    /// The dialog with this name.
    pub(crate) fn named(&mut self, id: &DialogId) -> Option<&mut Usage> {
        let fork = self.get_mut(&id.remote_tag)?;
        Some(&mut fork.usage).filter(|usage| usage.dialog().id() == id)
    }

    /// The dialog in which an offer of the peer waits for the application.
    pub(crate) fn asked(&mut self) -> Option<&mut Usage> {
        self.forks.iter_mut().map(|fork| &mut fork.usage).find(|usage| usage.change().is_asked())
    }

    /// Answers the offer of a reliable provisional response in its PRACK (RFC 3262 §5).
    ///
    /// # Errors
    /// [`InviteError::NoOffer`] when none waits.
    pub(crate) fn answer_early(&mut self, body: Body, outbox: &mut Outbox) -> Result<(), InviteError> {
        let waiting = self.forks.iter_mut().find_map(|fork| Some((fork.unanswered.take()?, fork)));
        let (rack, fork) = waiting.ok_or(InviteError::NoOffer)?;
        let body = fork.usage.change_mut().outgoing(body);
        // the offer is open: it was kept for this
        let _answer = fork.usage.change_mut().transfer(Side::Local, Carrier::Prack, Some(&body));
        fork.usage.prack(&rack, Some(body), outbox);
        Ok(())
    }

    /// Whether the offer of a reliable provisional response waits for its answer.
    pub(crate) fn is_asked_early(&self) -> bool {
        self.forks.iter().any(|fork| fork.unanswered.is_some())
    }

    /// The session is over without BYE: requests of the peer that wait for an answer get 487.
    pub(crate) fn close(&mut self, outbox: &mut Outbox) {
        for fork in self.forks.iter_mut() {
            fork.usage.change_mut().close(outbox);
        }
    }

    /// Whether a BYE of this end has no answer yet.
    pub(crate) fn are_leaving(&self) -> bool {
        self.forks.iter().any(|fork| fork.usage.is_leaving())
    }

    /// Does what is due; the tag and cause of a dialog that ended so.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Option<(SmolStr, EndCause)> {
        let mut forks = self.forks.iter_mut();
        forks.find_map(|fork| {
            let cause = fork.usage.handle_timeout(now, outbox)?;
            Some((fork.tag().into(), cause))
        })
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.forks.iter().filter_map(|fork| fork.usage.next_timeout()).min()
    }

    /// What the peer in the dialog with this remote tag, or in any, has said that it can do.
    pub(crate) fn peer(&self, tag: Option<&str>) -> Option<&Capabilities> {
        let fork = match tag {
            Some(tag) => self.get(tag),
            None => self.forks.first(),
        };
        fork.map(|fork| fork.usage.change().peer())
    }

    /// Who the peer is in the dialog with this remote tag, or in any.
    pub(crate) fn remote_identity(&self, tag: Option<&str>) -> Option<NameAddr> {
        let fork = match tag {
            Some(tag) => self.get(tag),
            None => self.forks.first(),
        };
        fork.map(|fork| fork.usage.remote_identity())
    }

    pub(crate) fn hold(&self, tag: &str) -> Hold {
        self.get(tag).map(|fork| fork.usage.change().held()).unwrap_or_default()
    }

    /// Tells the application who holds the call, if that is news.
    pub(crate) fn tell(&mut self, tag: &str, outbox: &mut Outbox) {
        if let Some(fork) = self.get_mut(tag) {
            fork.usage.change_mut().tell(outbox);
        }
    }

    /// The established dialog with this remote tag.
    ///
    /// # Errors
    /// [`InviteError::Ended`] when it is none any more.
    pub(crate) fn established(&mut self, tag: &str) -> Result<&mut Usage, InviteError> {
        self.open(tag).ok_or(InviteError::Ended)
    }

    /// Drops the ACKs, the dialogs that are over, and the early ones.
    pub(crate) fn forget(&mut self) {
        // rfc3261#13.2.2.4: no 2xx of theirs is expected any more
        self.overtaken = Vec::new();
        self.spent = Vec::new();
        self.forks.retain(|fork| !fork.usage.is_closed());
        for fork in self.forks.iter_mut() {
            fork.ack = None;
            fork.heard = None;
            fork.given = None;
        }
    }

    /// Keeps no more of the dialogs that are over than their 2xx needs that come again.
    pub(crate) fn retire(&mut self) {
        let Self { forks, spent, .. } = self;
        if forks.iter().any(|fork| fork.usage.is_spent()) {
            for fork in mem::take(forks) {
                // Forks are large, and there is seldom more than one: neither row has spare room.
                if fork.usage.is_spent() {
                    spent.reserve_exact(1);
                    spent.push(fork.into_spent());
                } else {
                    forks.reserve_exact(1);
                    forks.push(fork);
                }
            }
        }
    }

    /// Drops all dialogs.
    pub(crate) fn clear(&mut self) {
        self.forks = Vec::new();
        self.spent = Vec::new();
        self.overtaken = Vec::new();
    }

    pub(crate) fn is_open(&self, tag: &str) -> bool {
        self.get(tag).is_some_and(|fork| fork.usage.is_open())
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.forks.iter().any(|fork| fork.usage.is_busy())
    }

    pub(crate) fn are_closed(&self) -> bool {
        self.forks.iter().all(|fork| fork.usage.is_closed())
    }

    pub(crate) fn dialogs(&self) -> impl Iterator<Item = &Dialog> {
        self.forks.iter().map(|fork| fork.usage.dialog())
    }

    fn insert(&mut self, invite: &Request, dialog: Dialog) -> Result<(), DialogError> {
        if self.forks.len() + self.spent.len() >= MAX_FORKS {
            return Err(DialogError::TooManyForks);
        }
        let mut change = Modification::new(true, Arc::clone(&self.settings));
        let offer = session_body(invite.headers(), invite.body());
        // the first message of an exchange has its place
        let _offer = change.transfer(Side::Local, Carrier::Invite, offer.as_ref());
        change.note_wish(offer.as_ref());
        change.note_asked(invite);
        let usage = Usage::new(dialog, change);
        self.forks.reserve_exact(1);
        self.forks.push(Fork::new(usage));
        Ok(())
    }

    fn get(&self, tag: &str) -> Option<&Fork> {
        self.forks.iter().find(|fork| fork.tag() == tag)
    }

    fn get_mut(&mut self, tag: &str) -> Option<&mut Fork> {
        self.forks.iter_mut().find(|fork| fork.tag() == tag)
    }
}

impl Fork {
    fn new(usage: Usage) -> Self {
        Self {
            usage,
            ack: None,
            left: None,
            heard: None,
            given: None,
            reliable: ReliableResponses::default(),
            unanswered: None,
        }
    }

    fn into_spent(self) -> Spent {
        Spent { remote_tag: self.usage.into_dialog().into_id().remote_tag, ack: self.ack }
    }

    fn tag(&self) -> &str {
        &self.usage.dialog().id().remote_tag
    }

    // rfc3261#13.2.2/5: one ACK for each 2xx, with the answer to its offer
    fn acknowledge(&mut self, number: u32, body: Option<Body>, outbox: &mut Outbox) {
        let mut ack = self.usage.dialog().ack(number);
        if let Some(body) = body {
            // an answer to the offer of the 2xx, else it counts for nothing
            let _answer = self.usage.change_mut().transfer(Side::Local, Carrier::Ack, Some(&body));
            // rfc3261#13.2.2/9
            ack.set_body(&body.content_type, body.bytes);
        }
        let kept = Arc::new(KeptRequest::of(&ack));
        self.usage.change_mut().note_first_ack(Arc::clone(&kept));
        self.ack = Some(kept);
        outbox.push(Output::Ack(ack));
    }
}

/// Dialogs one INVITE may make here; a peer that forks further is not heard.
const MAX_FORKS: usize = 64;
