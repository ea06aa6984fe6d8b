//! What the loop does for calls (RFC 3261 §13 to §15): commands, what media handlers answer, and calls that come in.

use super::Driver;
use crate::core::CallKey;
use crate::media::MediaError;
use crate::runtime::call::CallEvent;
use crate::runtime::call_media::{Answer, Answered, Question, ask, close};
use crate::runtime::command::{AnswerReply, CallCommand, Command, InCall, Outcome, Verb};
use crate::runtime::live_call::{LiveCall, Next};
use crate::runtime::platform::others_first;
use crate::runtime::{CallError, Event, Renegotiation};
use sip_clock::Instant;
use sip_dialog::{EndKind, InviteError};
use sip_message::{Request, StatusCode};

/// Tells the application, if that asked, what became of its wish.
fn tell(outcome: Option<Outcome>, done: Result<(), InviteError>) {
    if let Some(outcome) = outcome {
        // Who no longer waits has dropped the handle, which ends the call.
        let _ = outcome.send(done.map_err(CallError::from));
    }
}

/// Tells the application that the media handler cannot do what it asked for.
fn fail(outcome: Outcome, error: MediaError) {
    // Who no longer waits has dropped the handle, which ends the call.
    let _ = outcome.send(Err(error.into()));
}

impl Driver {
    pub(super) fn handle_call_command(&mut self, command: CallCommand, now: Instant) {
        match command {
            CallCommand::Invite { target, options, media, reply } => {
                let outcome = self.core.target(&target).map_err(CallError::Target).and_then(|target| {
                    let handles = self.handles.upgrade().ok_or(CallError::Closed)?;
                    let call = self.core.invite_with(&target, &options, now)?;
                    Ok(self.calls.start_outgoing(call, media, handles))
                });
                // A caller that no longer waits drops the handle here, which hangs up.
                let _ = reply.send(outcome);
            }
            CallCommand::Of(call, verb) => self.go_on(call, Next::Do(verb), now),
        }
    }

    /// Does what comes next for a call, and what waits behind it, until its media handler takes its time.
    pub(super) fn go_on(&mut self, call: CallKey, mut next: Next, now: Instant) {
        loop {
            next = match next {
                Next::Rest => match self.calls.live(call).and_then(LiveCall::next_waiting) {
                    Some(next) => next,
                    None => return,
                },
                Next::Ask(media, question) => {
                    let Some(live) = self.calls.live(call) else { return close(media) };
                    let Some(answered) = ask(call, media, question, live.commands()) else { return };
                    self.handle_answered(call, answered, now)
                }
                Next::Do(verb) => self.handle_verb(call, verb, now),
                Next::Decline(status, outcome) => {
                    tell(outcome, self.core.decline(call, status, now));
                    Next::Rest
                }
                Next::AcceptEarly(outcome) => {
                    tell(Some(outcome), self.core.accept(call, None, now));
                    Next::Rest
                }
                Next::HangUp(kind) => {
                    self.core.hang_up_with(call, Some(kind), Vec::new(), now);
                    Next::Rest
                }
                Next::End(cause) => return self.calls.end(call, Some(cause)),
            }
        }
    }

    /// Does what is asked of a call. Who waits for an outcome hears by the end of `verb` that the call is over.
    fn handle_verb(&mut self, call: CallKey, verb: Verb, now: Instant) -> Next {
        let verb = match verb {
            Verb::HangUp { reasons, reply } => {
                self.calls.expect_closing(call, reply);
                self.core.hang_up_with(call, None, reasons, now);
                return Next::Rest;
            }
            Verb::Answered(answered) => return self.handle_answered(call, *answered, now),
            verb => verb,
        };
        let Some(live) = self.calls.live(call) else { return Next::Rest };
        // Only the end of a call does not wait for its media handler.
        let is_end = matches!(verb, Verb::Abandon | Verb::Reject(_));
        if live.is_asked() && !is_end {
            live.defer(verb);
            return Next::Rest;
        }
        match verb {
            Verb::Accept { media, outcome } => return live.accept(media, outcome),
            #[cfg(feature = "serde")]
            Verb::Attach(media) => return live.attach(media),
            Verb::Progress { status, outcome } => {
                tell(Some(outcome), self.core.progress(call, status, None, now));
            }
            Verb::AnswerEarly { media, outcome } => return live.answer_early(media, outcome),
            Verb::AcceptEarly { outcome } => {
                live.set_answered();
                return Next::AcceptEarly(outcome);
            }
            Verb::AcceptChange { outcome } => return live.accept_change(outcome),
            Verb::DeclineChange { status, outcome } => return live.decline_change(status, outcome),
            Verb::Renegotiate { how: Renegotiation::AskOffer, outcome } => {
                tell(Some(outcome), self.core.ask_offer(call, now));
            }
            Verb::Renegotiate { how: how @ (Renegotiation::Offer | Renegotiation::Update), outcome } => {
                return live.ask(Question::Renegotiate(how, outcome));
            }
            Verb::Reject(status) => self.reject(call, status, now),
            // A call that cannot be redirected or held any more has ended, which its events tell.
            Verb::Redirect(targets) => {
                live.set_answered();
                let _ = self.core.redirect(call, StatusCode::MOVED_TEMPORARILY, targets, now);
            }
            Verb::Hold(hold) => drop(self.core.set_hold(call, hold, now)),
            Verb::Abandon if live.is_answered() => self.core.hang_up(call, now),
            Verb::Abandon => self.reject(call, StatusCode::TEMPORARILY_UNAVAILABLE, now),
            Verb::Dtmf { tones, outcome } => {
                let mode = live.dtmf_mode();
                tell(Some(outcome), self.core.dtmf(call, &tones, mode, now));
            }
            Verb::Replaces { reply } => drop(reply.send(self.core.replaces(call))),
            Verb::Info { package, body, outcome } => {
                tell(Some(outcome), self.core.info(call, &package, body, now));
            }
            Verb::Request { request, reply } => self.request(call, *request, reply, now),
            // done above
            Verb::HangUp { .. } | Verb::Answered(_) => {}
        }
        Next::Rest
    }

    fn reject(&mut self, call: CallKey, status: StatusCode, now: Instant) {
        if let Some(live) = self.calls.live(call) {
            live.set_answered();
        }
        let status = if status.code() >= 300 { status } else { StatusCode::TEMPORARILY_UNAVAILABLE };
        // A call that cannot be refused any more has ended, which its events tell.
        let _ = self.core.reject(call, status, now);
    }

    fn request(&mut self, call: CallKey, request: InCall, reply: AnswerReply, now: Instant) {
        let sent = match request {
            InCall::Message(body) => self.core.message_in_call(call, body, now),
            InCall::Options => self.core.options_in_call(call, now),
            InCall::Other { method, fields, body } => {
                self.core.send_in_call(call, method, &fields, body, now)
            }
        };
        match sent {
            Ok(cseq) => self.calls.expect_answer(call, &cseq, reply),
            Err(error) => drop(reply.send(Err(error.into()))),
        }
    }

    /// Does what the answer of a media handler is for.
    fn handle_answered(&mut self, call: CallKey, (media, answer): Answered, now: Instant) -> Next {
        let Some(live) = self.calls.live(call) else {
            media.into_iter().for_each(close);
            return Next::Rest;
        };
        live.take_back(media);
        match answer {
            Answer::Accept(Ok(body), outcome) => {
                live.set_answered();
                // A call that cannot be answered any more has ended, which its events tell.
                let _ = self.core.accept(call, Some(body), now);
                tell(Some(outcome), Ok(()));
            }
            Answer::Early { description: Ok(body), is_invite: _, outcome } => {
                live.note_answered_early();
                let sent = self.core.progress(call, StatusCode::SESSION_PROGRESS, Some(body), now);
                tell(Some(outcome), sent);
            }
            Answer::Early { description: Err(error), is_invite: false, outcome } => fail(outcome, error),
            Answer::Accept(Err(error), outcome)
            | Answer::Early { description: Err(error), is_invite: true, outcome } => {
                // rfc3261#13.3.1.3/3
                self.reject(call, StatusCode::NOT_ACCEPTABLE_HERE, now);
                fail(outcome, error);
            }
            // An offer that does not wait any more was withdrawn.
            Answer::Offered(Ok(body)) | Answer::Reoffered(Ok(body)) => {
                let _ = self.core.answer(call, body, now);
            }
            Answer::AcceptChange(Ok(body), outcome) => {
                tell(Some(outcome), self.core.answer(call, body, now));
            }
            Answer::Reoffered(Err(_)) => return Next::Decline(StatusCode::NOT_ACCEPTABLE_HERE, None),
            Answer::AcceptChange(Err(error), outcome) => {
                fail(outcome, error);
                return Next::Decline(StatusCode::NOT_ACCEPTABLE_HERE, None);
            }
            Answer::Preview(taken, status) => {
                live.note_answer(taken.is_ok());
                live.tell(CallEvent::Progress { status });
            }
            Answer::Established(taken) => {
                live.note_answer(taken.is_ok());
                return live.establish();
            }
            // rfc3261#13.2.2.4: what was accepted without use is ended, and so is what cannot go on
            Answer::Offered(Err(_)) | Answer::Lost => return Next::HangUp(EndKind::MediaFailed),
            Answer::Changed(taken) => {
                live.tell(CallEvent::Changed);
                if taken.is_err() {
                    return Next::HangUp(EndKind::MediaFailed);
                }
            }
            Answer::Pressed => {}
            Answer::Renegotiate(_, Err(error), outcome) => fail(outcome, error),
            Answer::Renegotiate(how, Ok(offer), outcome) => {
                let asked = match how {
                    Renegotiation::Update => self.core.update(call, Some(offer), now),
                    Renegotiation::Offer | Renegotiation::AskOffer => self.core.offer(call, offer, now),
                };
                tell(Some(outcome), asked);
            }
            Answer::Recovery(offer) => drop(self.core.recover(call, offer, now)),
        }
        Next::Rest
    }

    /// What the application answers at once, before anything leaves that goes with it: a 180 with the 200, an ACK with
    /// the BYE. Cancel-safe.
    pub(super) async fn answer_at_once(&mut self) -> Option<Command> {
        if !std::mem::take(&mut self.expects_answer) || self.links.is_empty() || self.links.is_full() {
            return None;
        }
        others_first().await;
        self.commands.as_mut()?.try_recv()
    }

    /// Offers a call to the application and lets it ring when there is one that listens.
    pub(super) fn announce_call(&mut self, call: CallKey, invite: Request, now: Instant) {
        let Some(handles) = self.handles.upgrade() else {
            // Nobody is left to answer; an error means that the call has ended by itself.
            let _ = self.core.reject(call, StatusCode::TEMPORARILY_UNAVAILABLE, now);
            return;
        };
        let about = (self.core.relation(call), self.core.remote_identity(call));
        let incoming = self.calls.start_incoming(call, invite, about, handles);
        // A call that cannot be handed over is dropped here, which refuses it with 480.
        if self.events.try_send(Event::IncomingCall(incoming)).is_ok() {
            let _ = self.core.ring(call, now);
            self.expects_answer = true;
        }
    }
}
