//! The session's use of one dialog: requests inside it and BYE, RFC 3261 §12.2, §14.2, §15.1; RFC 5057 §5.

use crate::answer;
use crate::outbox::Outbox;
use crate::{Dialog, EndCause, EndKind, EndedBy, Failure, Output, SessionEvent};
use sip_message::{Body, CSeq, ContentType, Method, Request, StatusCode};
use std::collections::BTreeMap;

/// One dialog with the requests of this end that are under way in it.
///
/// ```text
///          leave: BYE goes out              BYE answered or given up
///   Open ──────────────────────▶ Leaving ──────────────────────────▶ Closed
///     │                                                                ▲
///     └──────────────────────── BYE arrives: 200 ──────────────────────┘
/// ```
#[derive(Debug)]
pub(crate) struct Usage {
    dialog: Dialog,
    phase: Phase,
    /// Requests without a final response, by CSeq number, kept for the next attempt after a challenge.
    pending: BTreeMap<u32, Request>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    Leaving,
    Closed,
}

impl Usage {
    pub(crate) const fn new(dialog: Dialog) -> Self {
        Self { dialog, phase: Phase::Open, pending: BTreeMap::new() }
    }

    /// Answers a request of the peer, INVITE with `reinvite`; `Some` when it was the BYE that ends the session.
    pub(crate) fn handle_request(
        &mut self,
        request: Request,
        reinvite: StatusCode,
        outbox: &mut Outbox,
    ) -> Option<EndCause> {
        match self.dialog.handle_request(&request) {
            Ok(_) => self.serve(request, reinvite, outbox),
            Err(refusal) => {
                answer::respond(outbox, &request, request.response(refusal.status()));
                None
            }
        }
    }

    /// Takes a response to a request of this dialog; `Some` when it shows that the peer has lost the dialog.
    pub(crate) fn handle_response(
        &mut self,
        cseq: &CSeq,
        status: StatusCode,
        outbox: &mut Outbox,
    ) -> Option<EndCause> {
        if status.is_provisional() {
            return None;
        }
        // rfc3261#12.2.1.2: 481 and 408 mean that the dialog is gone over there
        let lost =
            matches!(status, StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST | StatusCode::REQUEST_TIMEOUT);
        self.conclude(cseq, status, lost.then_some(EndedBy::Remote), outbox)
    }

    /// A request of this dialog got no response at all.
    pub(crate) fn handle_failed(
        &mut self,
        cseq: &CSeq,
        failure: Failure,
        outbox: &mut Outbox,
    ) -> Option<EndCause> {
        let lost = match failure {
            // rfc3261#12.2.1.2: no response is as good as a 408
            Failure::Timeout => Some(EndedBy::Network),
            Failure::Transport => None,
        };
        self.conclude(cseq, failure.status(), lost, outbox)
    }

    /// Sends the challenged request again with the next CSeq (RFC 3261 §22.2, AC-29).
    pub(crate) fn handle_challenged(&mut self, number: u32, outbox: &mut Outbox) {
        if let Some(mut request) = self.pending.remove(&number) {
            self.dialog.renumber(&mut request);
            self.send(request, outbox);
        }
    }

    /// Sends BYE, unless the session has left the dialog already.
    pub(crate) fn leave(&mut self, outbox: &mut Outbox) {
        match self.phase {
            Phase::Open => {
                self.phase = Phase::Leaving;
                let bye = self.dialog.request(Method::Bye);
                self.send(bye, outbox);
            }
            Phase::Leaving | Phase::Closed => {}
        }
    }

    /// Sends a MESSAGE inside the dialog (RFC 3428 §4).
    pub(crate) fn message(&mut self, body: Body, outbox: &mut Outbox) -> CSeq {
        let mut request = self.dialog.request(Method::Message);
        request.set_body(&body.content_type, body.bytes);
        let number = self.send(request, outbox);
        CSeq { number, method: Method::Message }
    }

    pub(crate) const fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    pub(crate) const fn dialog_mut(&mut self) -> &mut Dialog {
        &mut self.dialog
    }

    /// Whether a request of this dialog with this number waits for its final response.
    pub(crate) fn has_pending(&self, number: u32) -> bool {
        self.pending.contains_key(&number)
    }

    /// Whether any request of this dialog waits for its final response.
    pub(crate) fn is_busy(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Whether neither end has left the dialog.
    pub(crate) fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// Whether nothing more is to be sent or awaited in this dialog.
    pub(crate) fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    fn serve(&mut self, request: Request, reinvite: StatusCode, outbox: &mut Outbox) -> Option<EndCause> {
        let response = match (self.phase, request.method()) {
            (Phase::Open, Method::Bye) => {
                answer::respond(outbox, &request, request.response(StatusCode::OK));
                self.close();
                return Some(EndCause::bye(request));
            }
            // crossing BYEs: both are answered
            (Phase::Leaving, Method::Bye) => request.response(StatusCode::OK),
            (Phase::Open, Method::Invite) => answer::refused_invite(&request, reinvite, self.dialog.id()),
            (Phase::Open, Method::Options) => answer::options(&request),
            (Phase::Open, Method::Message) => {
                let response = request.response(StatusCode::OK);
                answer::respond(outbox, &request, response);
                let body = Body::received(request.headers(), request.body(), ContentType::text_plain);
                outbox.event(SessionEvent::Message { body: body.unwrap_or_else(|| Body::text("")) });
                return None;
            }
            (Phase::Open, _) => answer::not_allowed(&request),
            // rfc3261#15.1.2: what comes after BYE belongs to no session
            (Phase::Leaving | Phase::Closed, _) => {
                request.response(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST)
            }
        };
        answer::respond(outbox, &request, response);
        None
    }

    fn conclude(
        &mut self,
        cseq: &CSeq,
        status: StatusCode,
        lost: Option<EndedBy>,
        outbox: &mut Outbox,
    ) -> Option<EndCause> {
        let request = self.pending.remove(&cseq.number)?;
        if *request.method() == Method::Bye {
            // rfc3261#15.1.1: whatever the answer to BYE, or none: the session is over
            self.close();
            return None;
        }
        outbox.event(SessionEvent::MessageAnswered { cseq: cseq.clone(), status });
        let cause = EndCause::new(lost?, EndKind::DialogLost).with_status(status);
        // rfc3261#12.2.1.2: a dialog made by INVITE is ended by BYE
        self.leave(outbox);
        Some(cause)
    }

    fn send(&mut self, request: Request, outbox: &mut Outbox) -> u32 {
        let number = self.dialog.local_sequence().unwrap_or_default();
        self.pending.insert(number, request.clone());
        outbox.push(Output::Request(request));
        number
    }

    fn close(&mut self) {
        self.phase = Phase::Closed;
        self.pending.clear();
    }
}
