//! Requests that share the branch of an INVITE: ACK to 3xx–6xx (RFC 3261 §17.1.1.3) and CANCEL (§9.1).

use sip_message::{CSeq, HeaderName, Headers, MaxForwards, Method, Request, Response};

/// What a hop may need at most; the value RFC 3261 §8.1.1.6 recommends.
const MAX_FORWARDS: MaxForwards = MaxForwards(70);

/// The ACK to a 3xx–6xx response.
pub(crate) fn ack(invite: &Request, response: &Response) -> Request {
    // rfc3261#17.1.1.3/3: the To of the response, with its tag
    build(invite, Method::Ack, response.headers())
}

/// The CANCEL of an INVITE.
pub(crate) fn cancel(invite: &Request) -> Request {
    // rfc3261#9.1/2: the To of the INVITE, without any tag that responses may have brought
    build(invite, Method::Cancel, invite.headers())
}

// rfc3261#17.1.1.3/2,4-9, rfc3261#9.1/2-6, rfc3261#8.2.2.3/3: Request-URI, Call-ID, From, CSeq number, Route and the one Via of the
// INVITE; no body, no Require and no Proxy-Require
fn build(invite: &Request, method: Method, to: &Headers) -> Request {
    let mut request = invite.same_target(method.clone());
    let headers = request.headers_mut();
    if let Ok(Some(via)) = invite.headers().top_via() {
        headers.push(&via.to_via());
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

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use sip_message::{Message, StatusCode};

    fn invite() -> Request {
        let text = "INVITE sip:bob@b.example SIP/2.0\r\n\
             Via: SIP/2.0/WSS a.invalid;branch=z9hG4bK1, SIP/2.0/UDP before.example;branch=z9hG4bK0\r\n\
             Route: <sip:one.example;lr>\r\n\
             Route: <sip:two.example;lr>, <sip:three.example;lr>\r\n\
             Require: 100rel\r\n\
             Proxy-Require: x\r\n\
             f: Alice  <sip:alice@a.example>;tag=a\r\n\
             t: <sip:bob@b.example>\r\n\
             i: call@a.example\r\n\
             CSeq: 0042 INVITE\r\n\
             Content-Type: application/sdp\r\n\
             Content-Length: 3\r\n\r\nv=0";
        match Message::parse(Bytes::from_static(text.as_bytes())).unwrap() {
            Message::Request(request) => request,
            Message::Response(response) => panic!("{response:?}"),
        }
    }

    fn print(request: &Request) -> String {
        String::from_utf8(request.to_bytes().to_vec()).unwrap().replace('\r', "")
    }

    // rfc3261#9.1/2-6, rfc3261#8.2.2.3/3, type=test
    #[test]
    fn a_cancel_has_one_via_all_routes_and_no_require() {
        insta::assert_snapshot!(print(&cancel(&invite())), @"
        CANCEL sip:bob@b.example SIP/2.0
        Via: SIP/2.0/WSS a.invalid;branch=z9hG4bK1
        Route: <sip:one.example;lr>
        Route: <sip:two.example;lr>, <sip:three.example;lr>
        Max-Forwards: 70
        f: Alice  <sip:alice@a.example>;tag=a
        t: <sip:bob@b.example>
        i: call@a.example
        CSeq: 42 CANCEL
        Content-Length: 0
        ");
    }

    // rfc3261#17.1.1.3/2-9, rfc3261#8.2.2.3/3, type=test
    #[test]
    fn an_ack_has_the_to_of_the_response() {
        let mut busy = invite().response(StatusCode::BUSY_HERE);
        let to: sip_message::To = busy.headers().required().unwrap();
        busy.headers_mut().set(&sip_message::To(to.0.with_tag("b")));
        insta::assert_snapshot!(print(&ack(&invite(), &busy)), @"
        ACK sip:bob@b.example SIP/2.0
        Via: SIP/2.0/WSS a.invalid;branch=z9hG4bK1
        Route: <sip:one.example;lr>
        Route: <sip:two.example;lr>, <sip:three.example;lr>
        Max-Forwards: 70
        f: Alice  <sip:alice@a.example>;tag=a
        To: <sip:bob@b.example>;tag=b
        i: call@a.example
        CSeq: 42 ACK
        Content-Length: 0
        ");
    }
}
