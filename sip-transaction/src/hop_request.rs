//! Requests that share the branch of an INVITE: ACK to 3xx–6xx (RFC 3261 §17.1.1.3) and CANCEL (§9.1).

use crate::matching::top_via;
use sip_message::{CSeq, HeaderName, Headers, MaxForwards, Method, Request, Response};

/// What a hop may need at most; the value RFC 3261 §8.1.1.6 recommends.
const MAX_FORWARDS: MaxForwards = MaxForwards(70);

/// The ACK to a 3xx–6xx response.
pub(crate) fn ack(invite: &Request, response: &Response) -> Request {
    // rfc3261#17.1.1.3: the To of the response, with its tag
    build(invite, Method::Ack, response.headers())
}

/// The CANCEL of an INVITE.
pub(crate) fn cancel(invite: &Request) -> Request {
    // rfc3261#9.1: the To of the INVITE, without any tag that responses may have brought
    build(invite, Method::Cancel, invite.headers())
}

// rfc3261#17.1.1.3, rfc3261#9.1: Request-URI, Call-ID, From, CSeq number, Route and the one Via of the INVITE; no body,
// no Require and no Proxy-Require
fn build(invite: &Request, method: Method, to: &Headers) -> Request {
    let mut request = invite.same_target(method.clone());
    let headers = request.headers_mut();
    if let Some(via) = top_via(invite.headers()) {
        headers.push(&via);
    }
    headers.copy_from(invite.headers(), &HeaderName::Route);
    headers.push(&MAX_FORWARDS);
    headers.copy_from(invite.headers(), &HeaderName::From);
    headers.copy_from(to, &HeaderName::To);
    headers.copy_from(invite.headers(), &HeaderName::CallId);
    if let Ok(cseq) = invite.headers().required::<CSeq>() {
        headers.push(&CSeq { number: cseq.number, method });
    }
    request
}
