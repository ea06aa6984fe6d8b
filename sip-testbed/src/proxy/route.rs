//! Route and Record-Route: which of a request's routes are this proxy's own, and what it adds (RFC 3261 §16.4,
//! §16.6 steps 4 and 6, §16.12).

use super::config::ProxyConfig;
use super::flow::Flows;
use super::refusal::Refusal;
use sip_message::{Contact, HeaderName, NameAddr, Path, RecordRoute, Request, Route};
use sip_uri::{SipUri, Uri};

/// Takes this proxy's own values off the Route of `request`, and undoes what a strict router did to it.
///
/// Returns the flow token of the last value taken off, which this proxy wrote itself.
pub(crate) fn preprocess(
    request: &mut Request,
    config: &ProxyConfig,
    flows: &Flows,
) -> Result<Option<String>, Refusal> {
    let mut token = restore_request_uri(request, flows)?;
    // rfc3261#16.4: the first value is removed if it indicates this proxy; two of them are a spiral cut short.
    while let Some(own) = own_route(request, config)? {
        request.headers_mut().pop_front::<Route>()?;
        token = own.user().map(|user| user.into_owned()).filter(|user| flows.is_token(user)).or(token);
    }
    Ok(token)
}

/// The next hop that is left in Route.
pub(crate) fn next(request: &Request) -> Result<Option<NameAddr>, Refusal> {
    Ok(first_route(request)?.map(|route| route.0))
}

/// Writes `uri` with the flow token as the topmost Record-Route value of `request`.
// rfc3261#16.6: step 4, with `lr`, and a SIPS URI where the Request-URI is one.
pub(crate) fn record(request: &mut Request, uri: &SipUri, token: &str, secure: bool) {
    let own = uri.clone().with_user(token).with_param("lr", None);
    let own = if secure { own.with_scheme(sip_uri::Scheme::Sips) } else { own };
    request.headers_mut().push_front(&RecordRoute(NameAddr::new(Uri::Sip(own))));
}

/// Whether an edge has put itself on the Path of a REGISTER.
pub(crate) fn has_path(request: &Request) -> bool {
    request.headers().contains(&HeaderName::Path)
}

/// Writes `uri` with the flow token as the topmost Path value of a REGISTER (RFC 3327 §5.2).
// rfc5626#5.1: with the flow token, and `ob` by the first edge alone, where the user agent registers a flow
pub(crate) fn add_path(request: &mut Request, uri: &SipUri, token: &str) -> Result<(), Refusal> {
    let contacts: Vec<Contact> = request.headers().list::<Contact>().collect::<Result<_, _>>()?;
    let is_flow = contacts
        .iter()
        .any(|contact| matches!(contact, Contact::Addr(address) if address.params.contains("reg-id")));
    let own = uri.clone().with_user(token).with_param("lr", None);
    let own = if is_flow && !has_path(request) { own.with_param("ob", None) } else { own };
    request.headers_mut().push_front(&Path(NameAddr::new(Uri::Sip(own))));
    Ok(())
}

/// Gives a request for a strict router the form which that router expects.
// rfc3261#16.6: step 6, the Request-URI becomes the last route, the first route the Request-URI.
pub(crate) fn postprocess(request: &mut Request) -> Result<(), Refusal> {
    let Some(Route(first)) = first_route(request)? else { return Ok(()) };
    let is_strict = first.uri.as_sip().is_some_and(|uri| !uri.is_loose_router());
    if !is_strict {
        return Ok(());
    }
    let target = request.uri().map_err(|_| Refusal::BadRequestUri)?;
    request.headers_mut().pop_front::<Route>()?;
    request.headers_mut().push(&Route(NameAddr::new(target)));
    request.set_uri(&first.uri);
    Ok(())
}

/// A strict router has put our own Record-Route value into the Request-URI: the last route goes back there.
// rfc3261#16.4: first paragraph.
fn restore_request_uri(request: &mut Request, flows: &Flows) -> Result<Option<String>, Refusal> {
    // a token is a user part
    if !request.request_uri().contains('@') {
        return Ok(None);
    }
    let Ok(Uri::Sip(uri)) = request.uri() else { return Ok(None) };
    let token = uri.user().map(|user| user.into_owned()).filter(|user| flows.is_token(user));
    if token.is_none() {
        return Ok(None);
    }
    let mut routes: Vec<Route> = request.headers().list::<Route>().collect::<Result<_, _>>()?;
    let Some(Route(target)) = routes.pop() else { return Ok(token) };
    request.headers_mut().set_list(&routes);
    request.set_uri(&target.uri);
    Ok(token)
}

fn own_route(request: &Request, config: &ProxyConfig) -> Result<Option<SipUri>, Refusal> {
    let route = first_route(request)?;
    let uri = route.and_then(|route| route.0.uri.as_sip().cloned());
    Ok(uri.filter(|uri| config.is_own_address(uri)))
}

fn first_route(request: &Request) -> Result<Option<Route>, Refusal> {
    Ok(request.headers().list::<Route>().next().transpose()?)
}
