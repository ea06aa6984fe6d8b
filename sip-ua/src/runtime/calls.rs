//! The calls of one driver: where the events of each go, and who waits for what of it.

use super::HangUpError;
use super::call::{Call, CallEvent, Handle, IncomingCall};
use super::call_media::Media;
use super::command::{AnswerReply, Command};
use super::event_queue::event_queue;
use super::live_call::{LiveCall, Next};
use super::queue::{Receiver, Sender};
use crate::core::{CallKey, Relation, RequestFailure};
use sip_auth::AuthError;
use sip_dialog::{EndCause, Failure, SessionEvent, Undelivered, session_body};
use sip_message::{Body, CSeq, NameAddr, Request, Response};
use std::collections::BTreeMap;
use tokio::sync::oneshot;

/// The calls that are not over, or still owe something to their peer.
#[derive(Debug, Default)]
pub(super) struct CallTable {
    calls: BTreeMap<CallKey, Box<Entry>>,
    /// Who waits for the answer to the request inside a call with which CSeq number.
    answers: BTreeMap<(CallKey, u32), AnswerReply>,
}

/// Boxed: most user agents have no call, and the table keeps room for several.
#[derive(Debug)]
struct Entry {
    /// `None` when the call is over.
    live: Option<LiveCall>,
    /// Who waits until nothing is owed to the peer; `None` from then on.
    closings: Option<Vec<Closing>>,
}

/// Told when the other side has confirmed the end of a call, or cannot.
type Closing = oneshot::Sender<Result<(), HangUpError>>;

impl CallTable {
    /// A call of ours.
    pub(super) fn start_outgoing(&mut self, call: CallKey, media: Media, commands: Sender<Command>) -> Call {
        Call::new(self.start(call, (None, Some(media)), true, commands))
    }

    /// A call that came in.
    pub(super) fn start_incoming(
        &mut self,
        call: CallKey,
        invite: Request,
        about: (Option<Relation>, Option<NameAddr>),
        commands: Sender<Command>,
    ) -> IncomingCall {
        let offer = session_body(invite.headers(), invite.body());
        IncomingCall::new(self.start(call, (offer, None), false, commands), about, invite)
    }

    /// A call of another process.
    #[cfg(feature = "serde")]
    pub(super) fn start_restored(
        &mut self,
        call: CallKey,
        about: (sip_dialog::Dialog, Option<NameAddr>),
        commands: Sender<Command>,
    ) -> super::RestoredCall {
        super::RestoredCall::new(self.start(call, (None, None), true, commands), about)
    }

    fn start(
        &mut self,
        call: CallKey,
        (offer, media): (Option<Body>, Option<Media>),
        answered: bool,
        commands: Sender<Command>,
    ) -> Handle {
        let (events, receiver): (_, Receiver<CallEvent>) = event_queue();
        let live = LiveCall::new(events, (offer, media), answered, commands.clone());
        self.calls.insert(call, Box::new(Entry { live: Some(live), closings: Some(Vec::new()) }));
        Handle::new(call, commands, receiver)
    }

    /// The call, unless it is over.
    pub(super) fn live(&mut self, call: CallKey) -> Option<&mut LiveCall> {
        self.calls.get_mut(&call)?.live.as_mut()
    }

    /// Hands on what happened in a call; what comes next is for the driver to do.
    pub(super) fn handle_event(&mut self, call: CallKey, event: SessionEvent) -> Next {
        match event {
            SessionEvent::Answered { cseq, outcome } => {
                self.answer((call, cseq.number), outcome);
                return Next::Rest;
            }
            // who still waits hears that the call is over
            SessionEvent::Ended(_) => self.answers.retain(|(other, _), _| *other != call),
            _ => {}
        }
        self.live(call).map_or(Next::Rest, |live| live.handle_event(event))
    }

    /// The call is over, and why, unless nobody wants to know.
    pub(super) fn end(&mut self, call: CallKey, cause: Option<EndCause>) {
        let Some(entry) = self.calls.get_mut(&call) else { return };
        if let Some(live) = entry.live.take() {
            live.end(cause);
        }
        if entry.closings.is_none() {
            self.calls.remove(&call);
        }
    }

    /// Remembers who waits for the answer to a request inside a call.
    pub(super) fn expect_answer(&mut self, call: CallKey, cseq: &CSeq, reply: AnswerReply) {
        self.answers.insert((call, cseq.number), reply);
    }

    fn answer(&mut self, request: (CallKey, u32), outcome: Result<Response, Failure>) {
        let Some(reply) = self.answers.remove(&request) else { return };
        // One that no longer waits does not want to know.
        let _ = reply.send(match outcome {
            Ok(response) if response.status().is_success() => Ok(response),
            Ok(refusal) => Err(RequestFailure::Refused(refusal).into()),
            Err(Failure::Timeout) => Err(RequestFailure::Timeout.into()),
            Err(Failure::Transport) => Err(RequestFailure::Transport.into()),
        });
    }

    /// Tells a call why a challenge was not answered.
    pub(super) fn refuse(&mut self, call: CallKey, error: AuthError) {
        if let Some(live) = self.live(call) {
            live.refuse(error);
        }
    }

    /// Remembers who waits for the end of a call; one that is over already has an end that was confirmed or told.
    pub(super) fn expect_closing(&mut self, call: CallKey, reply: Closing) {
        match self.calls.get_mut(&call).and_then(|entry| entry.closings.as_mut()) {
            Some(waiting) => waiting.push(reply),
            None => drop(reply.send(Ok(()))),
        }
    }

    /// Nothing is owed to the peer of a call any more.
    pub(super) fn close(&mut self, call: CallKey, undelivered: Option<Undelivered>) {
        let outcome = undelivered.map_or(Ok(()), |why| Err(why.into()));
        let Some(entry) = self.calls.get_mut(&call) else { return };
        for reply in entry.closings.take().into_iter().flatten() {
            // One that no longer waits does not want to know.
            let _ = reply.send(outcome);
        }
        // The end of a call waits behind what its media handler is asked.
        if entry.live.is_none() {
            self.calls.remove(&call);
        }
    }

    /// Whether there is no call, nor one that still owes something to its peer.
    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The calls that are not over.
    pub(super) fn keys(&self) -> Vec<CallKey> {
        self.calls.iter().filter(|(_, entry)| entry.live.is_some()).map(|(call, _)| *call).collect()
    }

    /// The user agent is closed: nobody hears of its calls any more.
    pub(super) fn end_all(&mut self) {
        for call in self.keys() {
            self.end(call, None);
        }
    }
}
