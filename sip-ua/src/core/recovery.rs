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
    patience: TimerTable<Interrupted>,
}

/// Who waits no longer than its patience lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Interrupted {
    #[cfg(feature = "call")]
    Call(CallKey),
    /// The requests of the lost connection of this flow.
    Flow(u32),
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
        let reg_id = flow.reg_id;
        if let Some(old) = self.flows.up(reg_id).map(|old| old.id).filter(|old| *old != flow.id) {
            self.handle_disconnected(old, now);
        }
        // A server that comes back may have forgotten its nonces (AC-4).
        self.auth.forget();
        let (id, server) = (flow.id, flow.server);
        let slot = self.flows.entry(reg_id);
        let is_elsewhere = slot.server.replace(server).is_some_and(|last| last != server);
        slot.up = Some(flow);
        #[cfg(feature = "registration")]
        {
            slot.flow_timer = None;
        }
        self.recovery.patience.stop(&Interrupted::Flow(reg_id));
        if let Some(lost) = slot.lost.take() {
            // rfc3261#18.2.2/1-2: what came on the lost connection is answered on the next one to the same server
            self.transactions.move_servers(lost, id, now);
        }
        self.release_responses(reg_id, now);
        self.restore_registration_and_calls(reg_id, is_elsewhere, now);
    }

    pub(super) fn handle_disconnected(&mut self, flow: FlowId, now: Instant) {
        let Some(reg_id) = self.flows.reg_id_of(flow) else { return };
        let slot = self.flows.entry(reg_id);
        slot.up = None;
        slot.lost = Some(flow);
        slot.awaits_registration = false;
        #[cfg(feature = "registration")]
        {
            slot.is_unreachable = false;
        }
        #[cfg(feature = "call")]
        let lost_invites = self.abandon_requests_of_calls(reg_id);
        self.transactions.handle_flow_interrupted(flow, now);
        self.interrupt_credentials(reg_id, now);
        self.drive(now);
        #[cfg(feature = "call")]
        self.interrupt_calls(reg_id, lost_invites, now);
        #[cfg(feature = "registration")]
        self.lose_registration(reg_id, now);
        self.recovery.patience.set(Interrupted::Flow(reg_id), now + self.config.patience);
        #[cfg(feature = "call")]
        self.move_calls(now);
    }

    /// rfc5626#4.3: while one flow recovers, its calls go on over another one.
    #[cfg(feature = "call")]
    fn move_calls(&mut self, now: Instant) {
        if let Some(other) = self.flows.best().filter(|reg_id| self.flows.is_ready(*reg_id)) {
            self.restore_calls(other, now);
        }
    }

    pub(super) fn time_out_recovery(&mut self, now: Instant) {
        while let Some(interrupted) = self.recovery.patience.pop_expired(now) {
            match interrupted {
                #[cfg(feature = "call")]
                Interrupted::Call(call) => self.give_up_call(call, now),
                Interrupted::Flow(reg_id) => self.give_up_flow(reg_id, now),
            }
        }
    }

    /// No connection took the place of the lost one in time: nobody is left to answer.
    fn give_up_flow(&mut self, reg_id: u32, now: Instant) {
        self.release_responses(reg_id, now);
        if let Some(lost) = self.flows.get_mut(reg_id).and_then(|slot| slot.lost.take()) {
            self.transactions.handle_flow_failed(lost, now);
        }
    }

    /// What leaves without a connection is lost; who needs it to arrive sends it again.
    pub(super) fn transmit(&mut self, flow: FlowId, message: Message) {
        // AC-40: the flow is the route, so nothing leaves on any other way
        if self.flows.info(flow).is_some() {
            self.outputs.push_back(Output::Transmit { flow, message });
        }
    }

    /// Keeps a final response until there is a connection to send it on; gives it back when there is one.
    pub(super) fn hold_response(&mut self, id: ServerId, response: Response) -> Option<Response> {
        let flow = self.transactions.flow_of(id);
        let Some(slot) = flow.and_then(|flow| self.flows.loser_of(flow)) else { return Some(response) };
        if response.status().is_final() {
            slot.responses.push((id, response));
        }
        None
    }

    fn release_responses(&mut self, reg_id: u32, now: Instant) {
        let responses = self.flows.get_mut(reg_id).map(|slot| mem::take(&mut slot.responses));
        for (id, response) in responses.unwrap_or_default() {
            // An error means that the transaction has ended: there is nobody left to answer.
            let _ = self.transactions.respond(id, response, now);
        }
    }

    /// The registration first, so that the peers of the calls can reach us.
    fn restore_registration_and_calls(&mut self, reg_id: u32, is_elsewhere: bool, now: Instant) {
        #[cfg(not(feature = "registration"))]
        let _ = is_elsewhere;
        #[cfg(feature = "registration")]
        {
            self.restore_registration(reg_id, is_elsewhere, now);
            let awaits = self.is_registering(reg_id) || self.is_registering_soon(reg_id, now);
            self.flows.entry(reg_id).awaits_registration = awaits;
        }
        #[cfg(feature = "call")]
        if self.flows.is_ready(reg_id) {
            self.restore_calls(reg_id, now);
        }
    }

    /// The registration said something; the calls go on when it has its answer, whatever that is (AC-5).
    #[cfg(feature = "registration")]
    pub(super) fn go_on_after_registration(&mut self, reg_id: u32, now: Instant) {
        if self.is_registering(reg_id) {
            return;
        }
        let slot = self.flows.get_mut(reg_id);
        if slot.is_some_and(|slot| mem::take(&mut slot.awaits_registration)) {
            #[cfg(feature = "call")]
            self.restore_calls(reg_id, now);
        }
        let slot = self.flows.get_mut(reg_id).filter(|slot| slot.is_registered());
        if slot.is_some_and(|slot| mem::take(&mut slot.is_unreachable)) {
            #[cfg(feature = "call")]
            self.ask_after_peers(reg_id, now);
        }
    }

    #[cfg(feature = "call")]
    fn interrupt_calls(&mut self, reg_id: u32, lost_invites: Vec<LostInvite>, now: Instant) {
        for call in self.calls.interrupt(reg_id, lost_invites) {
            self.input(call, sip_dialog::Input::FlowLost, now);
            self.recovery.begin(call, now + self.config.patience);
        }
    }
}
