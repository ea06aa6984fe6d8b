//! From the loss of the connection to the next one: what waits meanwhile, and in which order it goes on. RFC 3261
//! §18.2.2, RFC 5626 §4.4; AC-1, AC-6 to AC-9, AC-40.

#[cfg(feature = "call")]
use super::CallKey;
#[cfg(feature = "call")]
use super::calls::LostInvite;
use super::{Core, FlowInfo, Output};
use sip_clock::{Instant, TimerTable};
use sip_message::{Message, Response};
use sip_transaction::{FlowId, ServerId};
use std::mem;

/// What waits for the next connection.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    /// The connection that was lost last, whose requests are still unanswered.
    lost: Option<FlowId>,
    /// The server of the last connection.
    server: Option<u64>,
    /// Final answers of ours to those requests, in their order.
    responses: Vec<(ServerId, Response)>,
    /// Whether calls wait for the answer to a REGISTER.
    awaits_registration: bool,
    patience: TimerTable<Interrupted>,
}

/// Who waits no longer than its patience lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Interrupted {
    #[cfg(feature = "call")]
    Call(CallKey),
    /// The requests of the lost connection.
    Flow,
}

impl Recovery {
    /// When the first patience is over.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.patience.next()
    }

    /// A call is interrupted until `deadline`, unless it was so before.
    #[cfg(feature = "call")]
    pub(super) fn begin(&mut self, call: CallKey, deadline: Instant) {
        let interrupted = Interrupted::Call(call);
        if self.patience.get(&interrupted).is_none() {
            self.patience.set(interrupted, deadline);
        }
    }

    /// A call goes on, or is over.
    #[cfg(feature = "call")]
    pub(super) fn forget(&mut self, call: CallKey) {
        self.patience.stop(&Interrupted::Call(call));
    }
}

impl Core {
    pub(super) fn handle_connected(&mut self, flow: FlowInfo, now: Instant) {
        if let Some(old) = self.flow.as_ref().map(|old| old.id).filter(|old| *old != flow.id) {
            self.handle_disconnected(old, now);
        }
        // A server that comes back may have forgotten its nonces (AC-4).
        self.auth.forget();
        let (id, server) = (flow.id, flow.server);
        let is_elsewhere = self.recovery.server.replace(server).is_some_and(|last| last != server);
        self.flow = Some(flow);
        #[cfg(feature = "registration")]
        {
            self.flow_timer = None;
        }
        self.recovery.patience.stop(&Interrupted::Flow);
        if let Some(lost) = self.recovery.lost.take() {
            // rfc3261#18.2.2/1-2: what came on the lost connection is answered on the next one to the same server
            self.transactions.move_servers(lost, id);
        }
        self.release_responses(now);
        self.restore_registration_and_calls(is_elsewhere, now);
    }

    pub(super) fn handle_disconnected(&mut self, flow: FlowId, now: Instant) {
        if self.flow.as_ref().is_none_or(|current| current.id != flow) {
            return;
        }
        self.flow = None;
        self.recovery.lost = Some(flow);
        self.recovery.awaits_registration = false;
        #[cfg(feature = "call")]
        let lost_invites = self.abandon_requests_of_calls();
        self.transactions.handle_flow_interrupted(flow, now);
        self.interrupt_credentials(now);
        self.drive(now);
        #[cfg(feature = "call")]
        self.interrupt_calls(lost_invites, now);
        #[cfg(feature = "registration")]
        self.lose_registration(now);
        self.recovery.patience.set(Interrupted::Flow, now + self.config.patience);
    }

    pub(super) fn time_out_recovery(&mut self, now: Instant) {
        while let Some(interrupted) = self.recovery.patience.pop_expired(now) {
            match interrupted {
                #[cfg(feature = "call")]
                Interrupted::Call(call) => self.give_up_call(call, now),
                Interrupted::Flow => self.give_up_flow(now),
            }
        }
    }

    /// No connection took the place of the lost one in time: nobody is left to answer.
    fn give_up_flow(&mut self, now: Instant) {
        self.release_responses(now);
        if let Some(lost) = self.recovery.lost.take() {
            self.transactions.handle_flow_failed(lost, now);
        }
    }

    /// What leaves without a connection is lost; who needs it to arrive sends it again.
    pub(super) fn transmit(&mut self, flow: FlowId, message: Message) {
        // AC-40: the flow is the route, so nothing leaves on any other way
        if self.flow.as_ref().is_some_and(|current| current.id == flow) {
            self.outputs.push_back(Output::Transmit { flow, message });
        }
    }

    /// Keeps a final response until there is a connection to send it on; gives it back when there is one.
    pub(super) fn hold_response(&mut self, id: ServerId, response: Response) -> Option<Response> {
        if self.flow.is_some() || self.recovery.lost.is_none() {
            return Some(response);
        }
        if response.status().is_final() {
            self.recovery.responses.push((id, response));
        }
        None
    }

    fn release_responses(&mut self, now: Instant) {
        for (id, response) in mem::take(&mut self.recovery.responses) {
            // An error means that the transaction has ended: there is nobody left to answer.
            let _ = self.transactions.respond(id, response, now);
        }
    }

    /// The registration first, so that the peers of the calls can reach us.
    fn restore_registration_and_calls(&mut self, is_elsewhere: bool, now: Instant) {
        #[cfg(not(feature = "registration"))]
        let _ = is_elsewhere;
        #[cfg(feature = "registration")]
        {
            self.restore_registration(is_elsewhere, now);
            self.recovery.awaits_registration = self.is_registering();
        }
        if !self.recovery.awaits_registration {
            #[cfg(feature = "call")]
            self.restore_calls(now);
        }
    }

    /// The registration said something; the calls go on when it has its answer, whatever that is (AC-5).
    #[cfg(feature = "registration")]
    pub(super) fn go_on_after_registration(&mut self, now: Instant) {
        if self.recovery.awaits_registration && !self.is_registering() {
            self.recovery.awaits_registration = false;
            #[cfg(feature = "call")]
            self.restore_calls(now);
        }
    }

    #[cfg(feature = "call")]
    fn interrupt_calls(&mut self, lost_invites: Vec<LostInvite>, now: Instant) {
        for call in self.calls.interrupt(lost_invites) {
            self.input(call, sip_dialog::Input::FlowLost, now);
            self.recovery.begin(call, now + self.config.patience);
        }
    }
}
