//! Provisional responses to a re-INVITE of this end: RFC 3262 §4, RFC 6141 §4.7; AC-24.

use super::Usage;
use crate::Meaning;
use crate::outbox::Outbox;
use crate::reliable::Arrival;
use crate::session_body;
use sip_clock::Instant;
use sip_message::{CSeq, Method, Response};

impl Usage {
    /// Takes a provisional response: reliable ones are acknowledged, and what they say counts; the others say nothing that
    /// would.
    pub(super) fn progress(&mut self, cseq: &CSeq, response: &Response, now: Instant, outbox: &mut Outbox) {
        if cseq.method != Method::Invite || !self.is_open() {
            return;
        }
        let rack = match self.change.arrival(cseq.number, response) {
            Arrival::Next(rack) => rack,
            Arrival::Again(rack) => return self.prack_again(&rack, outbox),
            // rfc6141#4.7: what may get lost does not move the target
            Arrival::Plain | Arrival::OutOfOrder => return,
        };
        self.change.learn(response.headers());
        // RFC 6086 §5.2.3: none of its re-INVITEs asks for it, so that nothing has to be taken back when one fails
        self.change.learn_packages(response.headers());
        // rfc6141#4.7: a reliable one does; an unreadable Contact leaves it
        let _target = self.dialog.handle_target_refresh(response.headers());
        let before = self.change.remote_description();
        let body = session_body(response.headers(), response.body());
        match self.change.hear(&rack, body.as_ref()) {
            // rfc3262#5: the answer goes into the PRACK
            Ok(Meaning::Offer) => self.change.ask_early(rack, body, now, outbox),
            Ok(Meaning::Answer) => {
                self.prack(&rack, None, outbox);
                self.change.tell_early(body, before.as_ref(), outbox);
            }
            // rfc3262#4: each is acknowledged
            Ok(_) | Err(_) => self.prack(&rack, None, outbox),
        }
    }
}
