//! Either server machine: RFC 3261 §17.2.

use crate::machine::Machine;
use crate::{
    InviteServer, InviteServerInput, InviteServerOutput, NonInviteServer, NonInviteServerInput,
    NonInviteServerOutput, Reliability, RespondError, TimerSettings,
};
use sip_clock::Instant;
use sip_message::{Method, Request, Response};
use std::sync::Arc;

/// The server machine the method of a request calls for.
#[derive(Debug)]
pub(crate) enum ServerTransaction {
    Invite(InviteServer),
    NonInvite(NonInviteServer),
}

impl ServerTransaction {
    pub(crate) fn new(
        request: Request,
        reliability: Reliability,
        settings: Arc<TimerSettings>,
        now: Instant,
    ) -> Self {
        if *request.method() == Method::Invite {
            Self::Invite(InviteServer::new(request, reliability, settings, now))
        } else {
            Self::NonInvite(NonInviteServer::new(request, reliability, settings, now))
        }
    }

    pub(crate) fn handle_retransmission(&mut self, now: Instant) {
        match self {
            Self::Invite(machine) => machine.handle(InviteServerInput::Request, now),
            Self::NonInvite(machine) => machine.handle(NonInviteServerInput::Request, now),
        }
    }

    /// Takes an ACK; only an INVITE is ever matched by one (RFC 3261 §17.2.3).
    pub(crate) fn handle_ack(&mut self, ack: Request, now: Instant) {
        match self {
            Self::Invite(machine) => machine.handle(InviteServerInput::Ack(ack), now),
            Self::NonInvite(_) => {}
        }
    }

    /// The client is back after its flow was lost; any other request than INVITE it repeats itself.
    pub(crate) fn handle_return(&mut self, now: Instant) {
        match self {
            Self::Invite(machine) => machine.handle_return(now),
            Self::NonInvite(_) => {}
        }
    }

    pub(crate) fn handle_transport_error(&mut self, now: Instant) {
        match self {
            Self::Invite(machine) => machine.handle(InviteServerInput::TransportError, now),
            Self::NonInvite(machine) => machine.handle(NonInviteServerInput::TransportError, now),
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        match self {
            Self::Invite(machine) => machine.handle(InviteServerInput::Timeout, now),
            Self::NonInvite(machine) => machine.handle(NonInviteServerInput::Timeout, now),
        }
    }

    pub(crate) fn respond(&mut self, response: Response, now: Instant) -> Result<(), RespondError> {
        match self {
            Self::Invite(machine) => machine.respond(response, now),
            Self::NonInvite(machine) => machine.respond(response, now),
        }
    }

    pub(crate) fn poll_output(&mut self) -> Option<InviteServerOutput> {
        match self {
            Self::Invite(machine) => machine.poll_output(),
            Self::NonInvite(machine) => machine.poll_output().map(|output| match output {
                NonInviteServerOutput::Transmit(response) => InviteServerOutput::Transmit(response),
                NonInviteServerOutput::Failed(failure) => InviteServerOutput::Failed(failure),
            }),
        }
    }

    /// What both machines answer alike.
    pub(crate) fn machine(&self) -> &dyn Machine {
        match self {
            Self::Invite(machine) => machine,
            Self::NonInvite(machine) => machine,
        }
    }
}
