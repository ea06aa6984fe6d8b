//! What every call does at its end: outputs up, the timer re-armed, a finished transaction forgotten.

use super::{Client, Owner, Server, TransactionLayer};
use crate::client_transaction::ClientTransaction;
use crate::matching::{RequestKey, client_key};
use crate::server_transaction::ServerTransaction;
use crate::{ClientId, ClientInput, ClientOutput, FlowId, InviteServerOutput, Output, Reliability, ServerId};
use sip_clock::Instant;
use sip_message::Request;
use std::mem;
use std::sync::Arc;

impl TransactionLayer {
    /// Registers a client transaction, and only then lets its request out.
    pub(super) fn insert_client(
        &mut self,
        request: Request,
        branch: &str,
        flow: FlowId,
        reliability: Reliability,
        now: Instant,
    ) -> ClientId {
        let id = ClientId(self.new_id());
        let key = client_key(branch, request.method(), mem::take(&mut self.key_room));
        let transaction =
            ClientTransaction::new(request.sealed(), reliability, Arc::clone(&self.settings), now);
        self.clients.insert(id, &key, flow, Client { transaction, reliability });
        self.key_room = key;
        self.settle_client(id, flow);
        id
    }

    /// Registers a server transaction; the caller then tells its user of the request.
    pub(super) fn insert_server(
        &mut self,
        request: Request,
        key: &RequestKey,
        flow: FlowId,
        reliability: Reliability,
        now: Instant,
    ) -> ServerId {
        let id = ServerId(self.new_id());
        let transaction = ServerTransaction::new(request, reliability, Arc::clone(&self.settings), now);
        let server = Server {
            transaction,
            ack_by_to_tag: key.compares_to_tag(),
            response_tag: None,
            merge_key: None,
            answered_here: false,
            interrupted: false,
        };
        self.servers.insert(id, key.exact(), flow, server);
        self.settle_server(id, flow);
        id
    }

    /// Hands an input to a client transaction; `from` is the flow of a response.
    pub(super) fn handle_client(
        &mut self,
        id: ClientId,
        input: ClientInput,
        from: Option<FlowId>,
        now: Instant,
    ) {
        let Some(slot) = self.clients.get_mut(id) else { return };
        let flow = from.unwrap_or(slot.flow);
        slot.entry.transaction.handle(input, now);
        self.settle_client(id, flow);
    }

    /// Hands an input to a server transaction; `from` is the flow of a request.
    pub(super) fn handle_server(
        &mut self,
        id: ServerId,
        from: Option<FlowId>,
        input: impl FnOnce(&mut ServerTransaction),
    ) {
        let Some(slot) = self.servers.get_mut(id) else { return };
        let flow = from.unwrap_or(slot.flow);
        input(&mut slot.entry.transaction);
        self.settle_server(id, flow);
    }

    pub(super) fn settle_client(&mut self, id: ClientId, from: FlowId) {
        let Some(slot) = self.clients.get_mut(id) else { return };
        for output in slot.entry.transaction.take_outputs() {
            self.outputs.push_back(match output {
                // rfc3261#17.1.1.2/22, rfc6026#8.4/4: the ACK goes where the request went
                ClientOutput::Transmit(request) => {
                    Output::Transmit { flow: slot.flow, message: request.into() }
                }
                ClientOutput::Response(response) => Output::Response { id, response, flow: from },
                ClientOutput::Failed(failure) => Output::ClientFailed { id, failure },
            });
        }
        let machine = slot.entry.transaction.machine();
        let (terminated, next) = (machine.is_terminated(), machine.next_timeout());
        self.arm(Owner::Client(id), next);
        if terminated {
            // rfc3261#17.1.1.2/29, rfc3261#17.1.2.2/18, rfc6026#7.2/5, rfc6026#8.4/16: destroyed at once
            self.clients.remove(id);
            self.outputs.push_back(Output::ClientTerminated { id });
        }
    }

    pub(super) fn settle_server(&mut self, id: ServerId, from: FlowId) {
        let Some(slot) = self.servers.get_mut(id) else { return };
        let unseen = slot.entry.answered_here;
        while let Some(output) = slot.entry.transaction.poll_output() {
            match output {
                // rfc3261#18.2.2/1-2: the response goes where the request came from
                InviteServerOutput::Transmit(response) => {
                    self.outputs.push_back(Output::Transmit { flow: slot.flow, message: response.into() });
                }
                InviteServerOutput::Ack(_) | InviteServerOutput::Failed(_) if unseen => {}
                InviteServerOutput::Ack(request) => {
                    self.outputs.push_back(Output::Ack { request, flow: from });
                }
                InviteServerOutput::Failed(failure) => {
                    self.outputs.push_back(Output::ServerFailed { id, failure });
                }
            }
        }
        let machine = slot.entry.transaction.machine();
        let (terminated, next) = (machine.is_terminated(), machine.next_timeout());
        self.arm(Owner::Server(id), next);
        if terminated {
            // rfc3261#17.2.1/16, rfc3261#17.2.2/11, rfc6026#7.1/6, rfc6026#8.7/4: destroyed at once
            let server = self.servers.remove(id);
            self.forget_merge_key(server.and_then(|server| server.merge_key));
            if !unseen {
                self.outputs.push_back(Output::ServerTerminated { id });
            }
        }
    }

    fn arm(&mut self, owner: Owner, next: Option<Instant>) {
        match next {
            Some(at) => self.timers.set(owner, at),
            None => {
                self.timers.stop(&owner);
            }
        }
    }

    fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}
