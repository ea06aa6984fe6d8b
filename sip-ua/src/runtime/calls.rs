//! The calls of one driver: where the events of each go.

use super::HangUpError;
use super::call::{Call, CallEvent, IncomingCall};
use super::call_task::{AnswerReply, CallTask, Report, Verb};
use super::command::Command;
use super::event_queue::{EventSender, event_queue};
use super::platform::spawn;
use super::queue::{Receiver, Sender, queue};
use crate::core::{CallKey, Relation, RequestFailure};
use crate::media::SessionDescriptionHandler;
use sip_auth::AuthError;
use sip_dialog::{Failure, SessionEvent, Undelivered, session_body};
use sip_message::{Body, CSeq, NameAddr, Request, Response};
use std::collections::BTreeMap;
use tokio::sync::oneshot;

/// How many commands of the application may wait for the task of a call.
const VERBS: usize = 8;

/// One queue per call that is not over.
#[derive(Debug, Default)]
pub(super) struct CallTable {
    queues: BTreeMap<CallKey, EventSender<Report>>,
    /// Who waits until nothing is owed to the peer; calls to which that applies.
    closings: BTreeMap<CallKey, Vec<Closing>>,
    /// Who waits for the answer to the request inside a call with which CSeq number.
    answers: BTreeMap<(CallKey, u32), AnswerReply>,
}

/// Told when the other side has confirmed the end of a call, or cannot.
type Closing = oneshot::Sender<Result<(), HangUpError>>;

impl CallTable {
    /// Starts the task of a call of ours.
    pub(super) fn start_outgoing(
        &mut self,
        call: CallKey,
        media: Box<dyn SessionDescriptionHandler>,
        commands: Sender<Command>,
    ) -> Call {
        let (verbs, events) = self.start(call, (None, Some(media)), true, commands);
        Call::new(call, verbs, events)
    }

    /// Starts the task of a call that came in.
    pub(super) fn start_incoming(
        &mut self,
        call: CallKey,
        invite: Request,
        about: (Option<Relation>, Option<NameAddr>),
        commands: Sender<Command>,
    ) -> IncomingCall {
        let offer = session_body(invite.headers(), invite.body());
        let (verbs, events) = self.start(call, (offer, None), false, commands);
        IncomingCall::new(call, about, invite, verbs, events)
    }

    /// Starts the task of a call of another process.
    #[cfg(feature = "serde")]
    pub(super) fn start_restored(
        &mut self,
        call: CallKey,
        about: (sip_dialog::Dialog, Option<NameAddr>),
        commands: Sender<Command>,
    ) -> super::RestoredCall {
        let (verbs, events) = self.start(call, (None, None), true, commands);
        super::RestoredCall::new(call, about, verbs, events)
    }

    /// Starts a task; returns what the handle of the call needs.
    fn start(
        &mut self,
        call: CallKey,
        (offer, media): (Option<Body>, Option<Box<dyn SessionDescriptionHandler>>),
        answered: bool,
        commands: Sender<Command>,
    ) -> (Sender<Verb>, Receiver<CallEvent>) {
        let (verb_sender, verbs) = queue(VERBS);
        let (events, event_receiver) = event_queue();
        let reports = self.open(call);
        let recovers_with_media = false;
        // Boxed: the future of a task is moved several times before it has its place.
        let task = Box::new(CallTask {
            call,
            offer,
            media,
            answered,
            recovers_with_media,
            lacks_answer: false,
            asked: None,
            reports,
            verbs,
            events,
            commands,
        });
        spawn(task.run());
        (verb_sender, event_receiver)
    }

    /// Hands an event to the task of its call.
    pub(super) fn deliver(&mut self, call: CallKey, event: SessionEvent) {
        let event = match event {
            SessionEvent::Answered { cseq, outcome } => return self.answer((call, cseq.number), outcome),
            event => event,
        };
        match &event {
            SessionEvent::Ended(_) => {
                // who still waits hears that the call is over
                self.answers.retain(|(other, _), _| *other != call);
                if let Some(mut queue) = self.queues.remove(&call) {
                    queue.milestone(Report::Session(event));
                }
            }
            SessionEvent::Established { .. } => {
                if let Some(queue) = self.queues.get_mut(&call) {
                    queue.milestone(Report::Session(event));
                }
            }
            _ => {
                if let Some(queue) = self.queues.get(&call) {
                    queue.progress(Report::Session(event));
                }
            }
        }
    }

    /// Remembers who waits for the answer to a request inside a call.
    pub(super) fn expect_answer(&mut self, call: CallKey, cseq: &CSeq, reply: AnswerReply) {
        self.answers.insert((call, cseq.number), reply);
    }

    fn answer(&mut self, request: (CallKey, u32), outcome: Result<Box<Response>, Failure>) {
        let Some(reply) = self.answers.remove(&request) else { return };
        // One that no longer waits does not want to know.
        let _ = reply.send(match outcome {
            Ok(response) if response.status().is_success() => Ok(response),
            Ok(refusal) => Err(RequestFailure::Refused(refusal).into()),
            Err(Failure::Timeout) => Err(RequestFailure::Timeout.into()),
            Err(Failure::Transport) => Err(RequestFailure::Transport.into()),
        });
    }

    /// Tells the task of a call why a challenge was not answered.
    pub(super) fn refuse(&self, call: CallKey, error: AuthError) {
        if let Some(queue) = self.queues.get(&call) {
            queue.progress(Report::Unauthorized(error));
        }
    }

    /// Remembers who waits for the end of a call; one that is over already has an end that was confirmed or told.
    pub(super) fn expect_closing(&mut self, call: CallKey, reply: Option<Closing>) {
        let Some(reply) = reply else { return };
        match self.closings.get_mut(&call) {
            Some(waiting) => waiting.push(reply),
            None => drop(reply.send(Ok(()))),
        }
    }

    /// Nothing is owed to the peer of a call any more.
    pub(super) fn close(&mut self, call: CallKey, undelivered: Option<Undelivered>) {
        let outcome = undelivered.map_or(Ok(()), |why| Err(why.into()));
        for reply in self.closings.remove(&call).into_iter().flatten() {
            // One that no longer waits does not want to know.
            let _ = reply.send(outcome);
        }
    }

    /// Whether there is no call, nor one that still owes something to its peer.
    pub(super) fn is_empty(&self) -> bool {
        self.queues.is_empty() && self.closings.is_empty()
    }

    /// The calls that are not over.
    pub(super) fn keys(&self) -> Vec<CallKey> {
        self.queues.keys().copied().collect()
    }

    fn open(&mut self, call: CallKey) -> Receiver<Report> {
        let (sender, receiver) = event_queue();
        self.queues.insert(call, sender);
        self.closings.insert(call, Vec::new());
        receiver
    }
}
