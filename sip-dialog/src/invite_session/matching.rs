//! Which messages are for a session: RFC 3261 §12.2.1.2, §12.2.2, §17.2.3.

use super::{InviteSession, Role};
use crate::dialog_id;
use sip_message::{HeaderName, Request, Response};

impl InviteSession {
    /// Whether a received request with these identifiers is for this session: same Call-ID, local tag in To. The
    /// CANCEL of its INVITE is not found so, but by its transaction.
    #[must_use]
    pub fn matches_request(&self, request: &Request) -> bool {
        dialog_id::bears(request.headers(), self.call_id(), (&HeaderName::To, self.local_tag()))
    }

    /// Whether a received response is for this session: same Call-ID, local tag in From.
    #[must_use]
    pub fn matches_response(&self, response: &Response) -> bool {
        dialog_id::bears(response.headers(), self.call_id(), (&HeaderName::From, self.local_tag()))
    }

    /// What to answer to an INVITE without a To tag that repeats the one of this session after its transaction has
    /// ended, as a caller sends it who lost its flow: the 2xx that waits for its ACK. `None` for any other INVITE.
    #[must_use]
    pub fn success_again(&self, invite: &Request) -> Option<Response> {
        match &self.role {
            Role::Client(_) => None,
            Role::Server(server) => server.success_again(invite),
        }
    }

    /// Callee: the number of the INVITE, if the session was ended since no ACK came for its 2xx (RFC 3261 §13.3.1.4). A
    /// caller who lost its flow knows nothing of that and may yet repeat the INVITE.
    #[must_use]
    pub fn unacknowledged(&self) -> Option<u32> {
        match &self.role {
            Role::Client(_) => None,
            Role::Server(server) => server.unacknowledged(),
        }
    }
}
