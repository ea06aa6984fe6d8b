//! Route sets, RFC 3261 §12.1 and §12.2.1.1: where the requests of a dialog go.

use sip_message::{HeaderError, Headers, Method, NameAddr, RecordRoute, Request, Route};
use sip_uri::Uri;

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

    /// From the Record-Route fields of a response, in reverse order.
    pub(crate) fn of_response(headers: &Headers) -> Result<Self, HeaderError> {
        // rfc3261#12.1.2/4-5: a caller sees the proxies from the far end
        let Self(mut hops) = Self::of_request(headers)?;
        hops.reverse();
        Ok(Self(hops))
    }

    /// A request to `target` through the route set, with its Request-URI and Route fields only.
    pub(crate) fn request(&self, method: Method, target: &Uri) -> Request {
        // rfc3261#12.2.1.1/12-13
        let Some((first, rest)) = self.0.split_first() else {
            return Request::new(method, target);
        };
        if first.uri.as_sip().is_none_or(|uri| uri.is_loose_router()) {
            // rfc3261#12.2.1.1/14-15: loose routing keeps the target in the Request-URI
            return with_routes(Request::new(method, target), self.0.iter());
        }
        // rfc3261#12.2.1.1/16-18: a strict router wants itself there, and the target behind the last hop
        let last = NameAddr::new(target.clone());
        with_routes(Request::new(method, &as_request_uri(&first.uri)), rest.iter().chain([&last]))
    }

    /// The hops, nearest first.
    pub(crate) fn hops(&self) -> &[NameAddr] {
        &self.0
    }
}

fn with_routes<'a>(mut request: Request, hops: impl Iterator<Item = &'a NameAddr>) -> Request {
    for hop in hops {
        request.headers_mut().push(&Route(hop.clone()));
    }
    request
}

/// Without the components that may not stand in a Request-URI (RFC 3261 §19.1.1, table 1).
fn as_request_uri(uri: &Uri) -> Uri {
    match uri {
        Uri::Sip(sip) => Uri::Sip(sip.clone().without_headers().without_param("method")),
        Uri::Tel(_) | Uri::Other(_) => uri.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(routes: &[&str]) -> RouteSet {
        RouteSet(routes.iter().map(|uri| NameAddr::new(uri.parse().unwrap())).collect())
    }

    fn printed(set: &RouteSet) -> String {
        let request = set.request(Method::Bye, &"sip:bob@192.0.2.4".parse().unwrap());
        let routes: Vec<String> =
            request.headers().list::<Route>().map(|route| route.unwrap().0.uri.to_string()).collect();
        format!("{} via {routes:?}", request.request_uri())
    }

    // rfc3261#12.2.1.1/12-13, type=test
    #[test]
    fn no_route_set_goes_to_the_target() {
        assert_eq!(printed(&set(&[])), "sip:bob@192.0.2.4 via []");
    }

    // rfc3261#12.2.1.1/14-15, type=test
    #[test]
    fn loose_routers_leave_the_request_uri_alone() {
        assert_eq!(
            printed(&set(&["sip:p1.example.com;lr", "sip:p2.example.com;lr"])),
            r#"sip:bob@192.0.2.4 via ["sip:p1.example.com;lr", "sip:p2.example.com;lr"]"#
        );
    }

    // rfc3261#12.2.1.1/16-18, type=test
    #[test]
    fn a_strict_router_takes_the_request_uri_and_the_target_moves_last() {
        assert_eq!(
            printed(&set(&["sip:p1.example.com?Subject=x", "sip:p2.example.com;lr"])),
            r#"sip:p1.example.com via ["sip:p2.example.com;lr", "sip:bob@192.0.2.4"]"#
        );
    }

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
