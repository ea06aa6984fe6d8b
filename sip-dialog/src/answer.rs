//! Answers to requests inside a dialog that need no state: RFC 3261 §8.2.1, §11.2, §14.2.

use crate::Output;
use crate::outbox::Outbox;
use sip_message::{Accept, Allow, HeaderName, Headers, Method, Request, Response, StatusCode, Warning};

/// The methods a session understands.
const ALLOWED: [Method; 10] = [
    Method::Invite,
    Method::Ack,
    Method::Bye,
    Method::Cancel,
    Method::Options,
    Method::Message,
    Method::Update,
    Method::Info,
    Method::Prack,
    Method::Notify,
];

/// Hands out `response` as the answer to `request`.
pub(crate) fn respond(outbox: &mut Outbox, request: &Request, response: Response) {
    // without a CSeq no transaction was made, so nobody waits for an answer
    if let Ok(cseq) = request.headers().required() {
        outbox.push(Output::Response { cseq, response });
    }
}

// rfc3261#8.2.6.2/8-9: the one tag of this end
/// A response to `request` whose To has the tag `local_tag` (RFC 3261 §8.2.6.2).
pub(crate) fn tagged(request: &Request, status: StatusCode, local_tag: &str) -> Response {
    let mut response = request.response(status);
    tag(&mut response, local_tag);
    response
}

/// 400 to a request in which this field is missing or cannot be read.
pub(crate) fn bad_field(request: &Request, name: &HeaderName) -> Response {
    // a name is a token, so the phrase is legal
    because(request.response(StatusCode::BAD_REQUEST), &format!("Bad {name} Header Field"))
}

// rfc3261#21.4.1: the phrase says what is wrong
/// Gives `response` this reason phrase; the default one stands if it were not legal.
pub(crate) fn because(mut response: Response, reason: &str) -> Response {
    let _legal = response.set_reason(reason);
    response
}

/// Gives To of `response` the tag of this end.
pub(crate) fn tag(response: &mut Response, local_tag: &str) {
    // one that cannot be read stays as it came
    let _ = response.headers_mut().set_tag(&HeaderName::To, local_tag);
}

/// Adds Allow with the methods of a session (RFC 3261 §13.2.1, §20.5).
pub(crate) fn allow(headers: &mut Headers) {
    headers.set_list(&ALLOWED.map(Allow));
}

/// Adds to the refusal of a session description why it was refused (RFC 3261 §20.43).
pub(crate) fn explain(response: &mut Response) {
    let status = response.status();
    if status == StatusCode::NOT_ACCEPTABLE_HERE || status == StatusCode::NOT_ACCEPTABLE_ANYWHERE {
        let text = "The session description is not acceptable".to_owned();
        // 399: what in it cannot be had, signalling does not know
        response.headers_mut().push(&Warning { code: 399, agent: env!("CARGO_PKG_NAME").to_owned(), text });
    }
}

/// The answer to a method that the session does not serve.
pub(crate) fn not_allowed(request: &Request) -> Response {
    // rfc3261#8.2.1/2-4, rfc3261#21.5.2: 405 for a method known but not served, 501 for one nobody here knows
    let status = match request.method() {
        Method::Other(_) => StatusCode::NOT_IMPLEMENTED,
        _ => StatusCode::METHOD_NOT_ALLOWED,
    };
    let mut response = request.response(status);
    allow(response.headers_mut());
    response
}

/// The answer to an INFO without package that holds no key press (RFC 2976 §2.2).
pub(crate) fn strange_info(request: &Request) -> Response {
    if request.body().is_empty() {
        return request.response(StatusCode::OK);
    }
    let mut response = request.response(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    response.headers_mut().push(&Accept::new("application", "dtmf-relay"));
    response
}

/// The answer to OPTIONS inside the dialog.
pub(crate) fn options(request: &Request) -> Response {
    // rfc3261#11.2: what an INVITE would be told
    let mut response = request.response(StatusCode::OK);
    allow(response.headers_mut());
    response.headers_mut().push(&Accept::new("application", "sdp"));
    response
}
