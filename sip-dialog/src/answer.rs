//! Answers to requests inside a dialog that need no state: RFC 3261 §8.2.1, §11.2, §14.2.

use crate::outbox::Outbox;
use crate::{DialogId, Output};
use sip_message::{Accept, Allow, Method, Request, Response, RetryAfter, StatusCode};

/// The methods a session understands.
const ALLOWED: [Method; 6] =
    [Method::Invite, Method::Ack, Method::Bye, Method::Cancel, Method::Options, Method::Message];

/// Hands out `response` as the answer to `request`.
pub(crate) fn respond(outbox: &mut Outbox, request: &Request, response: Response) {
    // without a CSeq no transaction was made, so nobody waits for an answer
    if let Ok(cseq) = request.headers().required() {
        outbox.push(Output::Response { cseq, response });
    }
}

/// Adds Allow with the methods of a session (RFC 3261 §13.2.1, §20.5).
pub(crate) fn allow(response: &mut Response) {
    response.headers_mut().set_list(&ALLOWED.map(Allow));
}

/// The answer to a method that the session does not serve.
pub(crate) fn not_allowed(request: &Request) -> Response {
    // rfc3261#8.2.1, rfc3261#21.5.2: 405 for a method known but not served, 501 for one nobody here knows
    let status = match request.method() {
        Method::Other(_) => StatusCode::NOT_IMPLEMENTED,
        _ => StatusCode::METHOD_NOT_ALLOWED,
    };
    let mut response = request.response(status);
    allow(&mut response);
    response
}

/// The answer to OPTIONS inside the dialog.
pub(crate) fn options(request: &Request) -> Response {
    // rfc3261#11.2: what an INVITE would be told
    let mut response = request.response(StatusCode::OK);
    allow(&mut response);
    response.headers_mut().push(&Accept::new("application", "sdp"));
    response
}

/// The answer to an INVITE inside the dialog that is not accepted; the session goes on as it was (§14.2).
pub(crate) fn refused_invite(request: &Request, status: StatusCode, id: &DialogId) -> Response {
    let response = request.response(status);
    if status != StatusCode::SERVER_INTERNAL_ERROR {
        return response;
    }
    // rfc3261#14.2: between 0 and 10 seconds at random; the local tag is random and differs with each dialog
    let seconds = id.local_tag.bytes().map(u32::from).sum::<u32>() % 11;
    response.with(&RetryAfter::new(seconds))
}
