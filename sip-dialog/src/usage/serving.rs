//! What the peer's requests inside one dialog get, and what its messages say of it: RFC 3261 §12.2.2, §15.1.2; AC-71.

use super::{Phase, Usage};
use crate::answer;
use crate::info;
use crate::modification::Pracked;
use crate::notification;
use crate::outbox::Outbox;
use crate::{EndCause, SessionEvent};
use sip_clock::Instant;
use sip_message::{Body, ContentType, HeaderName, Headers, Method, NameAddr, Request, StatusCode};

impl Usage {
    /// Takes what a message says of the peer, and tells the application when that is news (AC-71).
    pub(crate) fn identify(&mut self, headers: &Headers, party: &str, outbox: &mut Outbox) {
        if self.note_identity(headers, party) {
            outbox.event(SessionEvent::RemoteIdentity(self.remote_identity()));
        }
    }

    /// Takes what a message says of the peer; whether that is news.
    pub(crate) fn note_identity(&mut self, headers: &Headers, party: &str) -> bool {
        let policy = self.change.identity_policy();
        let printed = || self.dialog.address_text(&HeaderName::To);
        self.identity.learn(headers, party, policy, printed, || self.dialog.remote())
    }

    /// Who the peer is.
    pub(crate) fn remote_identity(&self) -> NameAddr {
        self.identity.shown(|| self.dialog.remote())
    }

    pub(super) fn serve(
        &mut self,
        request: Request,
        refusal: Option<StatusCode>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> Option<EndCause> {
        let response = match (self.phase, request.method()) {
            // rfc3261#15/1, rfc3261#15.1.2/2-5: in its order, 200 and the end of the session
            (Phase::Open, Method::Bye) => {
                self.change.close(outbox);
                answer::respond(outbox, &request, request.response(StatusCode::OK));
                self.close(now);
                return Some(EndCause::bye(request));
            }
            // crossing BYEs: both are answered
            (Phase::Leaving, Method::Bye) => {
                self.peer_left = true;
                request.response(StatusCode::OK)
            }
            (Phase::Open, Method::Invite | Method::Update) => {
                self.receive(request, refusal, now, outbox);
                return None;
            }
            (Phase::Open, Method::Info) => {
                info::serve(request, self.change.announced_packages(), outbox);
                return None;
            }
            (Phase::Open, Method::Options) => answer::options(&request),
            (Phase::Open, Method::Message) => {
                let response = request.response(StatusCode::OK);
                answer::respond(outbox, &request, response);
                let body = Body::received(request.headers(), request.body(), ContentType::text_plain);
                outbox.event(SessionEvent::Message { body: body.unwrap_or_else(|| Body::text("")) });
                return None;
            }
            (Phase::Open, Method::Notify) => {
                let is_expected = self.referrals.take(&request);
                notification::serve(request, is_expected, outbox);
                return None;
            }
            (Phase::Open, Method::Prack) => {
                if self.take_prack(request, now, outbox) == Pracked::Unanswered {
                    self.change.refuse_unanswered(outbox);
                }
                self.go_on(now, outbox);
                return None;
            }
            (Phase::Open, _) => answer::not_allowed(&request),
            // rfc3261#12.2.2/1, rfc3261#15.1.2/1: what comes after BYE belongs to no session; after a lost flow a re-INVITE
            // may come again that was accepted before, whose transaction is over, and whose 2xx waits for its ACK
            (Phase::Leaving | Phase::Closed, _) => self
                .change
                .success_again(&request)
                .unwrap_or_else(|| request.response(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST)),
        };
        answer::respond(outbox, &request, response);
        None
    }
}
