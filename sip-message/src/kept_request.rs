//! Requests that are kept to be sent or looked at again: RFC 3261 §13.2.2.4.

use crate::{Method, Request, RequestPattern};
use bytes::Bytes;
use std::fmt;

/// A request of ours in little memory: its Request-URI and header fields as they are printed, in one block, beside method
/// and body.
///
/// A user agent keeps the INVITE and the ACK of a call for half a minute and seldom needs them, and a busy one has very
/// many of them.
///
/// ```
/// use sip_message::{CSeq, KeptRequest, Method, Request};
///
/// let ack = Request::new(Method::Ack, &"sip:bob@biloxi.com".parse()?).with(&CSeq::new(1, Method::Ack));
/// assert_eq!(KeptRequest::of(&ack).request(), ack);
/// # Ok::<_, sip_uri::ParseUriError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct KeptRequest {
    method: Method,
    pattern: RequestPattern,
    body: Bytes,
}

impl KeptRequest {
    /// What [`Self::request`] needs to make `request` again.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        Self {
            method: request.method().clone(),
            pattern: RequestPattern::of(request),
            body: request.body().clone(),
        }
    }

    /// The request, which prints the same bytes if its version is `SIP/2.0`.
    #[must_use]
    pub fn request(&self) -> Request {
        let mut request = self.pattern.request(self.method.clone());
        request.replace_body(self.body.clone());
        request
    }
}

/// The method alone; values may be secrets.
impl fmt::Debug for KeptRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeptRequest").field(&self.method).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, HeaderName, Subject};

    #[test]
    fn a_request_comes_back_as_it_was() {
        let mut request = Request::new(Method::Ack, &"sip:bob@biloxi.com;x".parse().unwrap());
        request.headers_mut().push_text(&HeaderName::From, "<sip:a@b>;tag=1").unwrap();
        request.headers_mut().note_tags();
        for body in [None, Some(Body::sdp("v=0\r\n"))] {
            if let Some(body) = body {
                request.set_body(&body.content_type, body.bytes);
            }
            let mut again = KeptRequest::of(&request).request();
            assert_eq!((again.to_bytes(), again.body()), (request.to_bytes(), request.body()));
            assert_eq!(again.headers().tag(&HeaderName::From), Ok(Some("1".into())));
            again.headers_mut().push(&Subject("more".to_owned()));
            request.headers_mut().push(&Subject("more".to_owned()));
            assert_eq!(again, request);
        }
    }
}
