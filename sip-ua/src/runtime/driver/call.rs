//! What the loop does for calls (RFC 3261 §13 to §15): commands, and calls that come in.

use super::Driver;
use crate::core::CallKey;
use crate::runtime::call_task::InCall;
use crate::runtime::command::{CallCommand, Command};
use crate::runtime::platform::others_first;
use crate::runtime::{CallError, Event, Renegotiation};
use sip_clock::Instant;
use sip_dialog::InviteError;
use sip_message::{Request, StatusCode};
use tokio::sync::oneshot;

/// How often the tasks of an application have their turn to answer at once: the main task of a runtime of one thread has it
/// only when all others rest.
const TURNS: usize = 2;

/// Tells the application, if that asked, what became of its wish.
fn tell(reply: Option<oneshot::Sender<Result<(), CallError>>>, outcome: Result<(), InviteError>) {
    if let Some(reply) = reply {
        // Who no longer waits has dropped the handle, which ends the call.
        let _ = reply.send(outcome.map_err(CallError::from));
    }
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
            // A call that cannot be answered any more has ended, which its task hears.
            CallCommand::Accept { call, body } => {
                let _ = self.core.accept(call, Some(body), now);
            }
            CallCommand::Reject { call, status } => {
                let _ = self.core.reject(call, status, now);
            }
            CallCommand::Redirect { call, targets } => {
                let _ = self.core.redirect(call, StatusCode::MOVED_TEMPORARILY, targets, now);
            }
            CallCommand::HangUp { call, kind, reasons, reply } => {
                self.calls.expect_closing(call, reply);
                self.core.hang_up_with(call, kind, reasons, now);
            }
            CallCommand::Recover { call, offer } => {
                let _ = self.core.recover(call, offer, now);
            }
            // An offer that does not wait any more was withdrawn; a call that cannot be held has ended.
            CallCommand::Answer { call, body, reply } => {
                tell(reply, self.core.answer(call, body, now));
            }
            CallCommand::Decline { call, status, reply } => {
                tell(reply, self.core.decline(call, status, now));
            }
            CallCommand::Progress { call, status, body, reply } => {
                tell(Some(reply), self.core.progress(call, status, body, now));
            }
            CallCommand::AcceptEarly { call, reply } => {
                tell(Some(reply), self.core.accept(call, None, now));
            }
            // Who no longer waits for an outcome has dropped the handle, which ends the call.
            CallCommand::Dtmf { call, tones, mode, reply } => {
                let _ = reply.send(self.core.dtmf(call, &tones, mode, now).map_err(CallError::from));
            }
            CallCommand::Renegotiate { call, how, offer, reply } => {
                let outcome = match (how, offer) {
                    (Renegotiation::Update, offer) => self.core.update(call, offer, now),
                    (_, Some(offer)) => self.core.offer(call, offer, now),
                    (_, None) => self.core.ask_offer(call, now),
                };
                let _ = reply.send(outcome.map_err(CallError::from));
            }
            CallCommand::Replaces { call, reply } => {
                let _ = reply.send(self.core.replaces(call));
            }
            CallCommand::Info { call, package, body, reply } => {
                let _ = reply.send(self.core.info(call, &package, body, now).map_err(CallError::from));
            }
            CallCommand::Request { call, request, reply } => {
                let sent = match *request {
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
            CallCommand::Hold { call, hold } => {
                let _ = self.core.set_hold(call, hold, now);
            }
        }
    }

    /// What the application answers at once, before anything leaves that goes with it: a 180 with the 200, an ACK with
    /// the BYE. Cancel-safe.
    pub(super) async fn answer_at_once(&mut self) -> Option<Command> {
        if !std::mem::take(&mut self.expects_answer) || self.links.is_empty() || self.links.is_full() {
            return None;
        }
        for _ in 0..TURNS {
            others_first().await;
            if let Some(command) = self.commands.as_mut()?.try_recv() {
                return Some(command);
            }
        }
        None
    }

    /// Offers a call to the application and lets it ring when there is one that listens.
    pub(super) fn announce_call(&mut self, call: CallKey, invite: Request) {
        let now = self.clock.now();
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
