//! Requests that go by way of a route set: RFC 3261 §12.2.1.1, which §8.1.1.1 has followed outside of dialogs too.

use crate::{Method, NameAddr, Request, Route};
use sip_uri::{Uri, UriContext};

impl Request {
    /// A request to `target` through `route_set`, the nearest proxy first: its Request-URI and its Route fields only.
    ///
    /// ```
    /// use sip_message::{Method, NameAddr, Request, Route};
    ///
    /// let proxy = NameAddr::new("sip:edge.example.com;lr".parse()?);
    /// let request = Request::through(Method::Invite, &"sip:bob@example.com".parse()?, &[proxy.clone()]);
    /// assert_eq!(request.request_uri(), "sip:bob@example.com");
    /// assert_eq!(request.headers().required(), Ok(Route(proxy)));
    /// # Ok::<_, sip_uri::ParseUriError>(())
    /// ```
    #[must_use]
    pub fn through(method: Method, target: &Uri, route_set: &[NameAddr]) -> Self {
        // rfc3261#12.2.1.1/12-13
        let Some((first, rest)) = route_set.split_first() else {
            return Self::new(method, target);
        };
        if first.uri.as_sip().is_none_or(|uri| uri.is_loose_router()) {
            // rfc3261#12.2.1.1/14-15: loose routing keeps the target in the Request-URI
            return with_routes(Self::new(method, target), route_set.iter());
        }
        // rfc3261#12.2.1.1/16-18: a strict router wants itself there, and the target behind the last hop
        let last = NameAddr::new(target.clone());
        with_routes(Self::new(method, &as_request_uri(&first.uri)), rest.iter().chain([&last]))
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
        Uri::Sip(sip) => Uri::Sip(sip.in_context(UriContext::RequestUri)),
        Uri::Tel(_) | Uri::Other(_) => uri.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(routes: &[&str]) -> String {
        let set: Vec<NameAddr> = routes.iter().map(|uri| NameAddr::new(uri.parse().unwrap())).collect();
        let request = Request::through(Method::Bye, &"sip:bob@192.0.2.4".parse().unwrap(), &set);
        let routes: Vec<String> =
            request.headers().list::<Route>().map(|route| route.unwrap().0.uri.to_string()).collect();
        format!("{} via {routes:?}", request.request_uri())
    }

    // rfc3261#12.2.1.1/12-13, type=test
    #[test]
    fn no_route_set_goes_to_the_target() {
        assert_eq!(printed(&[]), "sip:bob@192.0.2.4 via []");
    }

    // rfc3261#12.2.1.1/14-15, type=test
    #[test]
    fn loose_routers_leave_the_request_uri_alone() {
        assert_eq!(
            printed(&["sip:p1.example.com;lr", "sip:p2.example.com;lr"]),
            r#"sip:bob@192.0.2.4 via ["sip:p1.example.com;lr", "sip:p2.example.com;lr"]"#
        );
    }

    #[test]
    fn ac44_a_loose_router_may_say_so_in_its_own_way() {
        for params in ["lr", "lr=on", "lr=true", "r2=on", "r2=on;lr=on"] {
            let router = format!("sip:p1.example.com;{params}");
            assert_eq!(printed(&[&router]), format!("sip:bob@192.0.2.4 via [{router:?}]"));
        }
    }

    // rfc3261#12.2.1.1/16-18, type=test
    #[test]
    fn a_strict_router_takes_the_request_uri_and_the_target_moves_last() {
        assert_eq!(
            printed(&["sip:p1.example.com?Subject=x", "sip:p2.example.com;lr"]),
            r#"sip:p1.example.com via ["sip:p2.example.com;lr", "sip:bob@192.0.2.4"]"#
        );
    }
}
