//! Either client machine: RFC 3261 §17.1.

use crate::machine::Machine;
use crate::{
    CancelError, ClientInput, ClientOutput, InviteClient, NonInviteClient, Reliability, TimerSettings,
};
use sip_clock::Instant;
use sip_message::{Method, Request};
use std::collections::VecDeque;
use std::sync::Arc;

/// The client machine the method of a request calls for.
#[derive(Debug)]
pub(crate) enum ClientTransaction {
    Invite(InviteClient),
    NonInvite(NonInviteClient),
}

impl ClientTransaction {
    pub(crate) fn new(
        request: Request,
        reliability: Reliability,
        settings: Arc<TimerSettings>,
        now: Instant,
    ) -> Self {
        if *request.method() == Method::Invite {
            Self::Invite(InviteClient::new(request, reliability, settings, now))
        } else {
            Self::NonInvite(NonInviteClient::new(request, reliability, settings, now))
        }
    }

    pub(crate) fn handle(&mut self, input: ClientInput, now: Instant) {
        match self {
            Self::Invite(machine) => machine.handle(input, now),
            Self::NonInvite(machine) => machine.handle(input, now),
        }
    }

    pub(crate) fn cancel(&mut self, now: Instant) -> Result<Request, CancelError> {
        match self {
            Self::Invite(machine) => machine.cancel(now),
            // rfc3261#9.1/1
            Self::NonInvite(_) => Err(CancelError::NotInvite),
        }
    }

    pub(crate) fn cancel_again(&self) -> Result<Request, CancelError> {
        match self {
            Self::Invite(machine) => machine.cancel_again(),
            Self::NonInvite(_) => Err(CancelError::NotInvite),
        }
    }

    /// Whether it is an INVITE that has a provisional response and no final one.
    pub(crate) const fn is_proceeding_invite(&self) -> bool {
        match self {
            Self::Invite(machine) => machine.is_proceeding(),
            Self::NonInvite(_) => false,
        }
    }

    /// All that it has to say.
    pub(crate) fn take_outputs(&mut self) -> VecDeque<ClientOutput> {
        match self {
            Self::Invite(machine) => machine.take_outputs(),
            Self::NonInvite(machine) => machine.take_outputs(),
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
