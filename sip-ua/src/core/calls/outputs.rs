//! What the sessions of calls say becomes transactions, messages and events (RFC 3261 §8, §13.2.2.4, §22.1).

use super::{SentAck, SentInvite, announce};
use crate::core::{CallKey, Core, Event, Output, Owner, inspection};
use sip_clock::Instant;
use sip_dialog::{InviteSession, Output as SessionOutput, SessionEvent};
use sip_message::{CSeq, HeaderName, Headers, Message, Method, Request, Response};
use sip_transaction::ClientId;
use smol_str::SmolStr;

impl Core {
    /// Takes one output of one call; `false` when no call has any.
    pub(in crate::core) fn drive_calls(&mut self, now: Instant) -> bool {
        let Some(call) = self.calls.touched.first() else { return false };
        let Some(record) = self.calls.records.get_mut(call) else {
            self.calls.touched.remove(call);
            return true;
        };
        match record.session.poll_output() {
            Some(output) => self.handle_session_output(call, output, now),
            None => self.settle_call(call, now),
        }
        true
    }

    /// A drained session: arm its timer, or forget it when it is over.
    fn settle_call(&mut self, call: CallKey, now: Instant) {
        self.calls.touched.remove(call);
        let Some(record) = self.calls.records.get(call) else { return };
        match record.session.next_timeout() {
            Some(at) => self.timers.set(Owner::Call(call), at),
            None => {
                self.timers.stop(&Owner::Call(call));
            }
        }
        self.calls.bygone.note(&record.session, now + self.config.patience);
        let is_terminated = record.session.is_terminated();
        self.tell_closed(call);
        if is_terminated {
            self.forget_call(call);
        }
    }

    pub(super) fn forget_call(&mut self, call: CallKey) {
        for invite in self.calls.remove(call) {
            // One that still rings was answered past its transaction, whose branch was damaged on the way.
            self.transactions.abandon(invite.id);
            self.pending.remove(&invite.id);
        }
        self.timers.stop(&Owner::Call(call));
        self.timers.stop(&Owner::Answer(call));
        self.recovery.forget(call);
        self.forget_credentials(Owner::Call(call));
        self.targets.remove(&Owner::Call(call));
    }

    pub(super) fn handle_session_output(&mut self, call: CallKey, output: SessionOutput, now: Instant) {
        match output {
            SessionOutput::Request(mut request) => {
                complete_request(&mut request, self.is_outbound());
                self.route_moved_invite(call, &mut request);
                if let Some((cseq, id)) = self.send(Owner::Call(call), request, now)
                    && cseq.method == Method::Invite
                {
                    self.note_invite(call, cseq, id);
                }
            }
            SessionOutput::Repeat { cseq } => self.repeat_invite(call, &cseq, now),
            SessionOutput::Ack(ack) => self.send_ack(call, ack),
            SessionOutput::Cancel { cseq, reasons } => {
                // The final response may have arrived meanwhile; the session handles it when it does.
                if let Some(id) = self.calls.invite(call, &cseq).map(|invite| invite.id) {
                    let _ = self.transactions.cancel(id, &reasons, now);
                }
            }
            SessionOutput::Response { cseq, mut response } => {
                self.note_refusal(call, &response, now);
                if let Some(id) = self.calls.server(call, &cseq, &response) {
                    self.calls.note_response(call, id, &cseq, response.status());
                    complete_response(&mut response, &cseq.method, self.is_outbound());
                    self.reply(id, response, now);
                }
            }
            SessionOutput::Retransmit(mut response) => {
                let home = self.calls.home(call).and_then(|home| self.flows.up(home));
                if let Some(flow) = home.map(|flow| flow.id) {
                    // rfc3261#13.3.1.4: what a session repeats by itself is its 2xx to INVITE
                    complete_response(&mut response, &Method::Invite, self.is_outbound());
                    inspection::sign(&mut response, &self.config.product);
                    self.outputs.push_back(Output::Transmit { flow, message: Message::Response(response) });
                }
            }
            SessionOutput::Event(event) => {
                let is_passing = matches!(
                    event,
                    SessionEvent::Progress { .. } | SessionEvent::Interrupted | SessionEvent::Resumed
                );
                if !is_passing {
                    self.timers.stop(&Owner::Answer(call));
                }
                self.note_recovery(call, &event);
                self.emit(Event::Call { call, event });
            }
        }
    }

    /// Remembers that a call was refused, so that a copy of its INVITE does not ring.
    fn note_refusal(&mut self, call: CallKey, response: &Response, now: Instant) {
        let is_over = self.calls.peek(call).is_some_and(InviteSession::has_ended);
        if is_over && response.status().code() >= 300 {
            // rfc3261#17.1.1.2: no client repeats it for longer than timer B
            self.calls.bygone.note_refusal(response, now + self.config.timers.t1 * 64);
        }
    }

    /// The ACK of a 2xx is outside of any transaction; for the same 2xx again the same ACK goes out again.
    fn send_ack(&mut self, call: CallKey, ack: Request) {
        let Some((number, to_tag)) = name_of(&ack) else { return };
        let mut ack = self.with_credentials_of_invite(call, number, ack);
        let Some(flow) = self.flows.of_request(self.calls.home(call), &ack) else { return };
        let Some(record) = self.calls.records.get_mut(call) else { return };
        let via = self.identity.via(flow);
        if let Some(sent) = record.acks.iter().find(|sent| sent.number == number && sent.to_tag == to_tag) {
            ack.headers_mut().push_hop(via, &sent.branch);
        } else {
            let branch = SmolStr::from(self.tokens.branch());
            ack.headers_mut().push_hop(via, &branch);
            record.acks.retain(|known| known.number == number);
            record.acks.reserve_exact(1);
            record.acks.push(SentAck { number, to_tag, branch });
        }
        self.transactions.transmit(ack.into(), flow.id);
    }

    /// Copies what the INVITE with the same number was authorized with into its ACK.
    fn with_credentials_of_invite(&self, call: CallKey, number: u32, mut ack: Request) -> Request {
        // rfc3261#13.2.2/8, rfc3261#22.1: the ACK carries the credentials of the INVITE, for it cannot be challenged.
        let cseq = CSeq { number, method: Method::Invite };
        let invite = self.calls.invite(call, &cseq);
        if let Some(credentials) = invite.and_then(|invite| invite.credentials.as_deref()) {
            for name in CREDENTIALS {
                ack.headers_mut().copy_from(credentials, &name);
            }
        }
        ack
    }

    /// Remembers an INVITE that was just sent.
    pub(super) fn note_invite(&mut self, call: CallKey, cseq: CSeq, id: ClientId) {
        let sent = self.transactions.sent_request(id).map(Request::headers);
        let authorized = sent.filter(|sent| CREDENTIALS.iter().any(|name| sent.contains(name)));
        let credentials = authorized.map(|sent| {
            let mut credentials = Headers::new();
            for name in CREDENTIALS {
                credentials.copy_from(sent, &name);
            }
            Box::new(credentials)
        });
        self.calls.add_invite(call, SentInvite { cseq, id, credentials });
    }
}

/// The sequence number of an ACK and its To tag.
fn name_of(ack: &Request) -> Option<(u32, SmolStr)> {
    let CSeq { number, .. } = ack.headers().required().ok()?;
    Some((number, ack.headers().tag(&HeaderName::To).ok()??.into()))
}

pub(super) const CREDENTIALS: [HeaderName; 2] = [HeaderName::Authorization, HeaderName::ProxyAuthorization];

/// A request inside a dialog names all extensions, since what a user agent says last counts (RFC 3261 §20.37); but for
/// BYE, after which nothing counts.
fn complete_request(request: &mut Request, is_outbound: bool) {
    let to_tag = || request.headers().tag(&HeaderName::To).ok().flatten();
    let is_in_dialog = || to_tag().is_some_and(|tag| !tag.is_empty());
    let tells = *request.method() != Method::Bye && request.headers().contains(&HeaderName::Supported);
    if tells && is_in_dialog() {
        inspection::set_supported(request.headers_mut(), is_outbound);
    }
}

/// What a 2xx to INVITE, and to OPTIONS as outside of a call (RFC 3261 §11.2), says of this user agent.
fn complete_response(response: &mut Response, method: &Method, is_outbound: bool) {
    if response.status().is_success() && matches!(method, Method::Invite | Method::Options) {
        announce(response.headers_mut(), is_outbound);
    }
}
