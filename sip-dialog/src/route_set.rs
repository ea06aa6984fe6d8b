//! Route sets, RFC 3261 §12.1: which way the requests of a dialog go.

use sip_message::{HeaderError, Headers, NameAddr, RecordRoute};

/// The proxies a request of the dialog passes, nearest first; empty when none of them asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct RouteSet(Vec<NameAddr>);

impl RouteSet {
    /// From the Record-Route fields of a request, in their order.
    pub(crate) fn of_request(headers: &Headers) -> Result<Self, HeaderError> {
        // rfc3261#12.1.1/8-9: the order and all URI parameters are kept; no fields make an empty set
        headers
            .list::<RecordRoute>()
            .map(|element| element.map(|RecordRoute(hop)| hop))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// From its hops, nearest first.
    #[cfg(feature = "serde")]
    pub(crate) const fn of_hops(hops: Vec<NameAddr>) -> Self {
        Self(hops)
    }

    /// From the Record-Route fields of a response, in reverse order.
    pub(crate) fn of_response(headers: &Headers) -> Result<Self, HeaderError> {
        // rfc3261#12.1.2/4-5: a caller sees the proxies from the far end
        let Self(mut hops) = Self::of_request(headers)?;
        hops.reverse();
        Ok(Self(hops))
    }

    /// The hops, nearest first.
    pub(crate) fn hops(&self) -> &[NameAddr] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip_message::{Method, Request};

    // rfc3261#12.1.1/8, rfc3261#12.1.2/4, type=test
    #[test]
    fn a_caller_reverses_what_a_callee_keeps() {
        let mut request = Request::new(Method::Invite, &"sip:bob@192.0.2.4".parse().unwrap());
        let name = "Record-Route".parse().unwrap();
        request.headers_mut().push_text(&name, "<sip:p2;lr>, <sip:p1;lr>").unwrap();
        let order = |set: RouteSet| set.hops().iter().map(|hop| hop.uri.to_string()).collect::<Vec<_>>();
        assert_eq!(order(RouteSet::of_request(request.headers()).unwrap()), ["sip:p2;lr", "sip:p1;lr"]);
        assert_eq!(order(RouteSet::of_response(request.headers()).unwrap()), ["sip:p1;lr", "sip:p2;lr"]);
    }
}
