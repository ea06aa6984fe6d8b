//! What the network tells calls: requests, responses and failures find their session (RFC 3261 §9.2, §12.2, §13.2.2.4).

use super::Served;
use crate::core::{CallKey, Core, Event, FIRST, Owner, UnsolicitedNotify};
use sip_clock::Instant;
use sip_dialog::{Input as SessionInput, InviteSession};
use sip_message::{CSeq, HeaderName, Headers, Method, Request, Response, StatusCode};
use sip_transaction::{Failure, FlowId, ServerId};
use sip_uri::Uri;

impl Core {
    pub(in crate::core) fn receive_invite(
        &mut self,
        id: ServerId,
        invite: Request,
        flow: FlowId,
        now: Instant,
    ) {
        if let Some(success) = self.success_again(&invite) {
            return self.reply(id, success, now);
        }
        if let Some(status) = self.calls.bygone.answer_to(invite.headers(), now) {
            return self.reply(id, invite.response(status), now);
        }
        let relation = match self.related(&invite) {
            Ok(relation) => relation,
            Err(refusal) => return self.reply(id, refusal, now),
        };
        let tag = self.calls.records.next_tag(self.tokens.tag());
        let home = self.flows.reg_id_of(flow);
        let contact = self.dialog_contact(&self.flow_or_default(home));
        match InviteSession::server(&invite, tag, contact, self.calls.settings(), now) {
            Ok(session) => {
                let number = self.next_key();
                let key = self.calls.insert(number, session, home.unwrap_or(FIRST));
                self.calls.relate(key, relation);
                self.calls.add_server(key, &invite, id);
                self.timers.set(Owner::Answer(key), now + self.config.answer_within);
                self.emit(Event::IncomingCall { call: key, invite });
            }
            Err(refusal) => self.reply(id, refusal, now),
        }
    }

    // rfc3261#12.2.2/1, rfc3261#15.1.2/1
    /// RFC 3261 §12.2.2: a request with a To tag belongs to a dialog of ours or gets 481.
    pub(in crate::core) fn handle_in_dialog(&mut self, id: ServerId, request: Request, now: Instant) {
        let is_refused = *request.method() == Method::Notify
            && self.config.unsolicited_notify == UnsolicitedNotify::Refuse;
        match self.call_of_request(&request).filter(|_| !is_refused) {
            Some(call) if self.calls.add_server(call, &request, id) => {
                self.input(call, SessionInput::Request(request), now);
            }
            // rfc3261#12.2.2: each request of a dialog is one higher in the sequence than the last
            Some(_) => self.reply(id, request.response(StatusCode::SERVER_INTERNAL_ERROR), now),
            None => self.reply(id, request.response(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST), now),
        }
    }

    // rfc3261#8.2.2.3/4: neither here nor at an ACK is Require looked at
    /// RFC 3261 §9.2: the CANCEL is answered here, what it means for the call is decided by the session.
    pub(in crate::core) fn handle_cancel(
        &mut self,
        id: ServerId,
        cancel: &Request,
        invite: Option<ServerId>,
        now: Instant,
    ) {
        let call = invite.and_then(|invite| self.calls.by_server.get(&invite)).map(Served::call);
        // rfc3261#9.2/1: nothing to cancel; rfc3261#22.1/9: no more is asked than the branch, which only that hop knows
        let status =
            if invite.is_some() { StatusCode::OK } else { StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST };
        let mut response = cancel.response(status);
        if let Some(record) = call.and_then(|call| self.calls.records.get(call)) {
            // rfc3261#9.2/3: the same To tag as in the responses to the INVITE.
            let _ = response.headers_mut().set_tag(&HeaderName::To, record.session.local_tag());
        }
        self.reply(id, response, now);
        if let Some(call) = call {
            self.input(call, SessionInput::Request(cancel.clone()), now);
        }
    }

    pub(in crate::core) fn handle_ack(&mut self, ack: Request, now: Instant) {
        // rfc3261#17: an ACK is never answered, so one without a dialog is dropped.
        if let Some(call) = self.call_of_request(&ack) {
            self.input(call, SessionInput::Request(ack), now);
        }
    }

    /// A 2xx that came after the first final response to its INVITE: that one again, or of another fork (RFC 3261
    /// §13.2.2.4).
    pub(in crate::core) fn handle_late_success(&mut self, response: Response, now: Instant) {
        if let Some(call) = self.call_of_response(&response) {
            self.input(call, SessionInput::Response(response), now);
        }
    }

    /// Tells a call that its answer did not reach the peer.
    pub(in crate::core) fn fail_call_of(&mut self, id: ServerId, failure: Failure, now: Instant) {
        if let Some((call, cseq)) = self.calls.forget_server(id) {
            self.fail_call(call, &cseq, String::new(), failure, now);
        }
    }

    pub(in crate::core) fn deliver_to_call(&mut self, call: CallKey, response: Response, now: Instant) {
        self.input(call, SessionInput::Response(response), now);
    }

    pub(in crate::core) fn retry_call(
        &mut self,
        call: CallKey,
        cseq: &CSeq,
        remote_tag: String,
        now: Instant,
    ) {
        self.input(call, SessionInput::Challenged { cseq: cseq.clone(), remote_tag }, now);
        while let Some(output) = self.calls.session(call).and_then(InviteSession::poll_output) {
            self.handle_session_output(call, output, now);
        }
    }

    pub(in crate::core) fn redirect_call(&mut self, call: CallKey, cseq: &CSeq, target: Uri, now: Instant) {
        self.input(call, SessionInput::Redirected { cseq: cseq.clone(), target }, now);
    }

    pub(in crate::core) fn fail_call(
        &mut self,
        call: CallKey,
        cseq: &CSeq,
        remote_tag: String,
        failure: Failure,
        now: Instant,
    ) {
        let failure = match failure {
            Failure::Timeout => sip_dialog::Failure::Timeout,
            Failure::Transport => sip_dialog::Failure::Transport,
        };
        self.input(call, SessionInput::Failed { cseq: cseq.clone(), remote_tag, failure }, now);
    }

    pub(in crate::core) fn time_out_call(&mut self, call: CallKey, now: Instant) {
        self.input(call, SessionInput::Timeout, now);
    }

    pub(in crate::core) fn input(&mut self, call: CallKey, input: SessionInput, now: Instant) {
        if let Some(session) = self.calls.session(call) {
            session.handle(input, now);
        }
    }

    fn call_of_request(&self, request: &Request) -> Option<CallKey> {
        self.call_of(request.headers(), &HeaderName::To)
    }

    fn call_of_response(&self, response: &Response) -> Option<CallKey> {
        self.call_of(response.headers(), &HeaderName::From)
    }

    /// The call with this Call-ID whose tag of ours is that of `party`, as [`InviteSession::matches_request`] and
    /// [`InviteSession::matches_response`] have it.
    fn call_of(&self, headers: &Headers, party: &HeaderName) -> Option<CallKey> {
        let (tag, call_id) = (headers.tag(party).ok()??, headers.call_id().ok()??);
        self.calls.find(&tag, |session| session.local_tag() == tag && session.call_id() == call_id)
    }
}
