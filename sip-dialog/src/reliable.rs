//! Reliable provisional responses as the caller sees them, RFC 3262 §4; AC-24.

use sip_message::{CSeq, HeaderName, Headers, RAck, RSeq, Response, StatusCode, Supported};

/// The order of the reliable provisional responses of one early dialog.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReliableResponses {
    last: Option<u32>,
}

/// What to do with a provisional response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It is not reliable.
    Plain,
    /// The next reliable one: PRACK it with this.
    Next(RAck),
    /// The last one again.
    Again(RAck),
    /// An older one, or one too far ahead: as if it had been lost.
    OutOfOrder,
}

impl ReliableResponses {
    /// Takes a provisional response in its order.
    pub(crate) fn take(&mut self, response: &Response) -> Arrival {
        let Some(rack) = rack(response) else { return Arrival::Plain };
        match self.last {
            // rfc3262#4: the first number may be any, the next ones follow without gap
            Some(last) if last == rack.rseq => Arrival::Again(rack),
            Some(last) if last.checked_add(1) != Some(rack.rseq) => Arrival::OutOfOrder,
            Some(_) | None => {
                self.last = Some(rack.rseq);
                Arrival::Next(rack)
            }
        }
    }
}

/// What acknowledges a response that is reliable: 101 to 199, `Require: 100rel` and RSeq, all three (AC-24).
fn rack(response: &Response) -> Option<RAck> {
    let (status, headers) = (response.status(), response.headers());
    if !status.is_provisional() || status == StatusCode::TRYING || !requires_100rel(headers) {
        return None;
    }
    let RSeq(rseq) = headers.typed().ok()??;
    let cseq: CSeq = headers.required().ok()?;
    Some(RAck { rseq, cseq })
}

/// Whether Require names 100rel.
pub(crate) fn requires_100rel(headers: &Headers) -> bool {
    headers.has_token(&HeaderName::Require, OPTION)
}

/// Whether Supported names 100rel.
pub(crate) fn supports_100rel(headers: &Headers) -> bool {
    headers.has_token(&HeaderName::Supported, OPTION)
}

/// Adds `Supported: 100rel`, which lets the peer send reliable responses to an INVITE (RFC 3262 §4).
pub(crate) fn support(headers: &mut Headers) {
    headers.push(&Supported(OPTION.to_owned()));
}

/// The option tag of RFC 3262 §7.3.
pub(crate) const OPTION: &str = "100rel";

#[cfg(test)]
mod tests {
    use super::*;
    use sip_message::Method;
    use sip_message::Require;

    fn response(status: u16, rseq: Option<u32>, required: bool) -> Response {
        let mut response = Response::new(StatusCode::new(status).unwrap());
        response.headers_mut().push(&CSeq::new(7, Method::Invite));
        if let Some(rseq) = rseq {
            response.headers_mut().push(&RSeq(rseq));
        }
        if required {
            response.headers_mut().push(&Require("100rel".to_owned()));
        }
        response
    }

    #[test]
    fn ac24_only_101_to_199_with_require_and_rseq_are_reliable() {
        let arrival = |response: Response| ReliableResponses::default().take(&response);
        let expected = RAck { rseq: 3, cseq: CSeq::new(7, Method::Invite) };
        assert_eq!(arrival(response(183, Some(3), true)), Arrival::Next(expected));
        assert_eq!(arrival(response(100, Some(3), true)), Arrival::Plain);
        assert_eq!(arrival(response(183, Some(3), false)), Arrival::Plain);
        assert_eq!(arrival(response(183, None, true)), Arrival::Plain);
        assert_eq!(arrival(response(200, Some(3), true)), Arrival::Plain);
    }

    #[test]
    fn ac24_responses_are_taken_in_order() {
        let mut order = ReliableResponses::default();
        let mut take = |rseq| match order.take(&response(180, Some(rseq), true)) {
            Arrival::Next(_) => "next",
            Arrival::Again(_) => "again",
            Arrival::OutOfOrder => "out of order",
            Arrival::Plain => "plain",
        };
        assert_eq!(
            [take(5), take(5), take(7), take(4), take(6)],
            ["next", "again", "out of order", "out of order", "next"]
        );
    }
}
