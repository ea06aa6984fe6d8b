//! Another flow to a user agent when one has failed: RFC 5626 §7. A target has its alternatives with it; a branch that
//! gets 430 or loses its flow is replaced by one to the next of them.

use super::Proxy;
use super::target::Target;
use super::validation::Validated;
use sip_clock::Instant;
use sip_message::Method;
use sip_transaction::{ClientId, ServerId};

impl Proxy {
    /// Notes where else the request of a branch could go.
    pub(super) fn note_alternatives(&mut self, client: ClientId, alternatives: Vec<Target>) {
        if !alternatives.is_empty() {
            self.alternatives.insert(client, alternatives);
        }
    }

    /// The branch leads nowhere: the next flow to the same user agent takes its place; false when there is none.
    // rfc5626#7: only after a 430, or when the flow itself is gone
    pub(super) fn try_alternative(&mut self, client: ClientId, now: Instant) -> bool {
        let Some(alternatives) = self.alternatives.remove(&client) else { return false };
        let Some(server) = self.branches.get(&client).copied() else { return false };
        let mut left = alternatives.into_iter().filter(|target| self.flows.is_open(target.flow));
        let Some(mut next) = left.next() else { return false };
        next.alternatives = left.collect();
        let Some(replacement) = self.replace_branch(server, client, &next, now) else { return false };
        self.note_alternatives(replacement, next.alternatives);
        true
    }

    fn replace_branch(
        &mut self,
        server: ServerId,
        failed: ClientId,
        target: &Target,
        now: Instant,
    ) -> Option<ClientId> {
        let context = self.contexts.get(&server).filter(|context| !context.is_ending())?;
        let (request, upstream) = (context.request().clone(), context.upstream());
        let valid = Validated::of(&request).ok()?;
        let copy = self.copy(&request, &valid, target, upstream).ok()?;
        let (via, reliability) = self.own_via(target.flow)?;
        let client = self.transactions.request(copy, target.flow, reliability, &via, &mut self.tokens, now);
        self.branches.insert(client, server);
        if *request.method() == Method::Invite {
            self.timers_c.set(client, now + self.config.timer_c);
        }
        self.timers_c.stop(&failed);
        if let Some(context) = self.contexts.get_mut(&server) {
            context.add_branch(client);
            context.remove_branch(failed);
        }
        Some(client)
    }
}
