//! The dialogs of a caller whose flow is lost: RFC 3261 §13.2.2.4; AC-6, AC-26.

use super::Forks;
use crate::outbox::Outbox;
use sip_clock::Instant;
use sip_message::NameAddr;

impl Forks {
    /// The flow is lost.
    pub(crate) fn interrupt(&mut self) {
        for fork in self.forks.iter_mut() {
            fork.usage.interrupt();
            if fork.ack.is_some() {
                fork.usage.change_mut().doubt_first_ack();
            }
        }
    }

    /// There is another flow; `stands` is whether the session has its ACK.
    pub(crate) fn restore(&mut self, contact: &NameAddr, stands: bool, now: Instant, outbox: &mut Outbox) {
        // the peer of a dialog that is over wants nothing more
        for fork in self.forks.iter_mut().filter(|fork| !fork.usage.is_closed()) {
            // AC-26: the first one may have got lost with the old flow, and without it no re-INVITE is accepted
            let ack = fork.ack.as_deref().or_else(|| fork.usage.change().doubtful_ack());
            outbox.push_ack(ack);
            fork.usage.restore(contact, stands, now, outbox);
        }
    }

    /// The BYEs of this end that are out are given up.
    pub(crate) fn give_up_farewells(&self, outbox: &mut Outbox) {
        self.forks.iter().for_each(|fork| fork.usage.give_up_farewell(outbox));
    }
}
