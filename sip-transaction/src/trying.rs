//! The 100 (Trying) a server transaction sends by itself: RFC 3261 §8.2.6, §17.2.1 and RFC 4320 §4.1.

use sip_message::{HeaderName, Request, Response, StatusCode};

// rfc3261#8.2.6.1: without a To tag of ours, with the Timestamp of the request
pub(crate) fn trying(request: &Request) -> Response {
    let mut response = request.response(StatusCode::TRYING);
    response.headers_mut().copy_from(request.headers(), &HeaderName::Timestamp);
    response
}
