//! The loop around the core: send what it says, then wait for a message, a command or its timer.
//!
//! It decides nothing about SIP.

#[cfg(feature = "call")]
mod call;

use super::alarm::Alarm;
#[cfg(feature = "call")]
use super::calls::CallTable;
use super::command::Command;
use super::link::LinkEvent;
use super::links::Links;
use super::platform::{Clock, Trace};
use super::questions::Questions;
use super::queue::{Receiver, Sender, WeakSender};
use super::replies::Replies;
use super::{Event, RequestError};
use crate::core::{self, Core, CredentialsKey, ExchangeKey, Input, Output};
use crate::wire::{Direction, WireMessage};
use sip_auth::CredentialsAnswer;
use sip_clock::Instant;
#[cfg(feature = "call")]
use sip_dialog::SessionEvent;
use sip_message::{Message, Response, StatusCode};
#[cfg(feature = "registration")]
use sip_outbound::RegistrationEvent;
use sip_uri::{ParseUriError, Uri};
#[cfg(feature = "registration")]
use std::sync::Arc;
#[cfg(feature = "registration")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a closing user agent waits for its peers to confirm.
const CLOSING: Duration = Duration::from_secs(4);

/// One user agent at work.
pub(super) struct Driver {
    core: Core,
    clock: Clock,
    alarm: Alarm,
    links: Links,
    /// `None` once every handle has been dropped.
    commands: Option<Receiver<Command>>,
    handles: WeakSender<Command>,
    events: Sender<Event>,
    replies: Replies,
    #[cfg(feature = "call")]
    calls: CallTable,
    /// Whether the application has just been told what it may answer at once.
    #[cfg(feature = "call")]
    expects_answer: bool,
    trace: Option<Trace>,
    questions: Questions,
    /// Whether the last turn was that of a command.
    took_command: bool,
    /// When a closing user agent stops waiting.
    closing: Option<Instant>,
    #[cfg(feature = "registration")]
    status: Arc<AtomicBool>,
}

/// What the loop woke up for.
enum Wake {
    Link(LinkEvent),
    Command(Option<Command>),
    Credentials(CredentialsKey, Option<CredentialsAnswer>),
    Timeout,
}

impl Driver {
    /// A driver for `core` on `links`, whose connections the core has been told of.
    pub(super) fn new(
        core: Core,
        clock: Clock,
        links: Links,
        commands: (WeakSender<Command>, Receiver<Command>),
        events: Sender<Event>,
    ) -> Self {
        Self {
            core,
            clock,
            alarm: Alarm::default(),
            links,
            commands: Some(commands.1),
            handles: commands.0,
            events,
            replies: Replies::default(),
            #[cfg(feature = "call")]
            calls: CallTable::default(),
            #[cfg(feature = "call")]
            expects_answer: false,
            trace: None,
            questions: Questions::default(),
            took_command: false,
            closing: None,
            #[cfg(feature = "registration")]
            status: Arc::default(),
        }
    }

    /// Shows every message to `trace`.
    pub(super) fn with_trace(mut self, trace: Option<Trace>) -> Self {
        self.trace = trace;
        self
    }

    /// Asks there for credentials.
    pub(super) fn with_questions(mut self, questions: Questions) -> Self {
        self.questions = questions;
        self
    }

    /// Hands over the calls with which the core goes on from another process.
    #[cfg(all(feature = "serde", feature = "call"))]
    pub(super) fn with_restored_calls(mut self) -> Self {
        for (call, dialog) in self.core.restored_calls() {
            let Some(handles) = self.handles.upgrade() else { break };
            let about = (dialog, self.core.remote_identity(call));
            let restored = self.calls.start_restored(call, about, handles);
            // A call that cannot be handed over is dropped here, which hangs up.
            self.tell(Event::RestoredCall(restored));
        }
        self
    }

    /// Shows there whether there is a registration.
    #[cfg(feature = "registration")]
    pub(super) fn with_status(mut self, status: Arc<AtomicBool>) -> Self {
        self.status = status;
        self
    }

    /// Runs until every handle is dropped and everything has been ended politely.
    pub(super) async fn run(mut self: Box<Self>) {
        let mut now = self.clock.now();
        loop {
            self.drain(now);
            if self.is_closed() {
                break;
            }
            let wake = self.wait(now).await;
            now = self.clock.now();
            match wake {
                Wake::Link(event) => self.handle_link(event, now),
                Wake::Command(Some(command)) => self.handle_command(command, now),
                Wake::Command(None) => {
                    self.commands = None;
                    self.close(now);
                }
                Wake::Credentials(key, answer) => self.core.answer_credentials(key, answer, now),
                Wake::Timeout => self.core.handle(Input::Timeout, now),
            }
        }
        #[cfg(feature = "call")]
        self.calls.end_all();
        self.links.close().await;
    }

    /// Waits for the next thing to happen; takes no commands while too much waits to be sent.
    async fn wait(&mut self, now: Instant) -> Wake {
        #[cfg(feature = "call")]
        if let Some(command) = self.answer_at_once().await {
            return Wake::Command(Some(command));
        }
        let is_full = self.links.is_full();
        // A command that waits needs no look at everything else before it; but the next one does.
        if !is_full && !std::mem::take(&mut self.took_command) {
            let command = self.commands.as_mut().and_then(Receiver::try_recv);
            self.took_command = command.is_some();
            if command.is_some() {
                return Wake::Command(command);
            }
        }
        let deadline = [self.core.next_timeout(), self.closing].into_iter().flatten().min();
        self.alarm.set(deadline, now, self.clock);
        let is_quiet = self.is_quiet();
        tokio::select! {
            // What is rare has its turn first, and messages cannot keep a command waiting.
            biased;
            () = self.alarm.ring() => Wake::Timeout,
            (key, answer) = self.questions.next() => Wake::Credentials(key, answer),
            event = self.links.next(&self.clock, is_quiet) => Wake::Link(event),
            command = receive(&mut self.commands), if !is_full => Wake::Command(command),
        }
    }

    /// Whether the connection may be changed without disturbing anybody: no call, no request under way.
    fn is_quiet(&self) -> bool {
        #[cfg(feature = "call")]
        if !self.calls.is_empty() {
            return false;
        }
        !self.core.is_waiting()
    }

    fn handle_link(&mut self, event: LinkEvent, now: Instant) {
        match event {
            LinkEvent::Received(flow, message) => {
                self.show(Direction::Received, &message);
                self.core.handle(Input::Message { flow, message }, now);
            }
            LinkEvent::Malformed(flow, bytes) => self.core.handle(Input::Malformed { flow, bytes }, now),
            LinkEvent::Idle(flow) => self.core.handle(Input::Idle(flow), now),
            LinkEvent::Opened(flow) => {
                let is_further = self.core.is_connected() && self.links.are_several();
                #[cfg(feature = "registration")]
                let reg_id = flow.reg_id;
                self.core.handle(Input::Connected(flow), now);
                #[cfg(feature = "registration")]
                if self.core.wants_registration(reg_id) {
                    self.links.handle_registering(reg_id);
                }
                if !is_further {
                    self.tell(Event::Connected);
                }
            }
            LinkEvent::Lost(flow) => {
                self.core.handle(Input::Disconnected(flow), now);
                if !self.core.is_connected() {
                    self.tell(Event::Disconnected);
                }
            }
        }
    }

    /// Tells the application, if it reads its events; one that does not finds out with its next request.
    fn tell(&self, event: Event) {
        // Who reads it and asks then has the same answer.
        self.show_status();
        let _ = self.events.try_send(event);
    }

    fn handle_command(&mut self, command: Command, now: Instant) {
        match command {
            #[cfg(feature = "registration")]
            Command::Register { reply } if !self.links.is_up() => {
                let _ = reply.send(Err(super::RegisterError::Transport));
            }
            #[cfg(feature = "registration")]
            Command::Register { reply } => {
                self.replies.expect_registration(reply);
                self.core.register(now);
            }
            #[cfg(feature = "registration")]
            Command::Unregister { reply } if !self.core.has_registration() => {
                let _ = reply.send(Ok(()));
            }
            #[cfg(feature = "registration")]
            Command::Unregister { reply } => {
                self.replies.expect_removal(reply);
                self.core.unregister(now);
            }
            #[cfg(feature = "registration")]
            Command::Bindings { request, reply } => {
                let exchange = self.core.bindings(&request, now);
                self.replies.expect_answer(exchange, reply);
            }
            #[cfg(feature = "message")]
            Command::Message { target, body, reply } => {
                self.exchange(&target, reply, |core, target| core.message(target, body, now));
            }
            Command::Options { target, reply } => {
                self.exchange(&target, reply, |core, target| core.options(target, now));
            }
            #[cfg(feature = "call")]
            Command::Call(command) => self.handle_call_command(command, now),
            Command::NetworkChanged => self.links.handle_network_changed(now),
            #[cfg(feature = "serde")]
            Command::Suspend { reply } => {
                let _ = reply.send(self.core.snapshot(now));
                self.links.stop();
                self.closing = Some(now);
            }
            Command::Close { reply } => {
                self.replies.expect_closing(reply);
                self.close(now);
            }
        }
    }

    /// Starts a request outside of a dialog, or says at once that its target is no URI.
    fn exchange(
        &mut self,
        target: &str,
        reply: oneshot::Sender<Result<Response, RequestError>>,
        start: impl FnOnce(&mut Core, &Uri) -> ExchangeKey,
    ) {
        let target: Result<Uri, ParseUriError> = self.core.target(target);
        match target {
            Ok(target) => {
                let exchange = start(&mut self.core, &target);
                self.replies.expect_answer(exchange, reply);
            }
            Err(error) => {
                // Nobody waits any more: nothing was sent, nothing is lost.
                let _ = reply.send(Err(RequestError::Target(error)));
            }
        }
    }

    fn close(&mut self, now: Instant) {
        self.closing.get_or_insert(now + CLOSING);
        self.links.stop();
        #[cfg(feature = "call")]
        for call in self.calls.keys() {
            self.core.hang_up(call, now);
        }
        #[cfg(feature = "registration")]
        self.core.unregister(now);
    }

    /// Closing, and either nothing is left to confirm or the time for it is over.
    fn is_closed(&self) -> bool {
        let Some(deadline) = self.closing else { return false };
        self.clock.now() >= deadline
            || !self.links.is_up()
            || (self.links.is_empty() && !self.core.is_waiting())
    }

    /// Does what the core says until it has nothing left to say.
    fn drain(&mut self, now: Instant) {
        self.show_status();
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Transmit { flow, message } => {
                    self.show(Direction::Sent, &message);
                    self.links.send(flow, message);
                }
                Output::FlowTimer { flow, limit, tokens } => self.links.set_flow_timer(flow, limit, *tokens),
                Output::Leave { flow, rest } => self.links.leave(flow, rest, now),
                Output::Event(event) => self.handle_event(event, now),
            }
        }
    }

    fn handle_event(&mut self, event: core::Event, now: Instant) {
        match event {
            #[cfg(feature = "registration")]
            core::Event::Registration { reg_id, event, authentication } => {
                if matches!(event, RegistrationEvent::Registered { .. }) {
                    self.links.handle_registered(reg_id, now);
                }
                // One flow that fails is no failure while another one is registered.
                let is_settled = match event {
                    RegistrationEvent::Failed { .. } => self.core.is_registered(),
                    // The other flows are not done yet.
                    RegistrationEvent::Unregistered => self.core.is_unregistering(),
                    _ => false,
                };
                if !is_settled {
                    self.replies.registration(&event, authentication);
                }
                self.tell(Event::Registration(event));
            }
            core::Event::ServerUnproven { method, request_uri } => {
                self.tell(Event::ServerUnproven { method, request_uri });
            }
            core::Event::ChallengeMisplaced { method, status } => {
                tracing::warn!(%method, %status, "a challenge in the header field of another status");
            }
            core::Event::CredentialsNeeded { key, needed } => self.questions.ask(key, needed),
            core::Event::CredentialsWithdrawn { key } => self.questions.withdraw(key),
            #[cfg(feature = "call")]
            core::Event::CallUnauthorized { call, error } => self.calls.refuse(call, error),
            core::Event::Answered { exchange, outcome } => self.replies.answer(exchange, outcome),
            #[cfg(feature = "message")]
            core::Event::Message { key, request } => {
                let taken =
                    self.events.try_send(Event::Message(super::IncomingMessage::new(request))).is_ok();
                let status = if taken { StatusCode::OK } else { StatusCode::TEMPORARILY_UNAVAILABLE };
                self.core.answer_message(key, status, now);
            }
            core::Event::Notification { request } => {
                self.tell(Event::Notification(super::Notification::new(request)));
            }
            #[cfg(feature = "call")]
            core::Event::IncomingCall { call, invite } => self.announce_call(call, invite, now),
            #[cfg(feature = "call")]
            core::Event::Call { call, event } => {
                self.expects_answer |= matches!(event, SessionEvent::Established { .. });
                let next = self.calls.handle_event(call, event);
                self.go_on(call, next, now);
            }
            #[cfg(feature = "call")]
            core::Event::CallClosed { call, undelivered } => self.calls.close(call, undelivered),
        }
    }

    fn show_status(&self) {
        #[cfg(feature = "registration")]
        self.status.store(self.core.is_registered(), Ordering::Relaxed);
    }

    fn show(&self, direction: Direction, message: &Message) {
        if let Some(trace) = &self.trace {
            trace(&WireMessage { direction, message: message.clone() });
        }
    }
}

async fn receive(commands: &mut Option<Receiver<Command>>) -> Option<Command> {
    match commands {
        Some(commands) => commands.recv().await,
        None => std::future::pending().await,
    }
}
