//! What a user agent server checks before it processes a request: RFC 3261 §8.2.1 to §8.2.3.

use super::Identity;
use sip_message::{
    Allow, CSeq, CallId, From, HeaderError, HeaderName, Headers, MaxForwards, Method, Request, Require,
    Response, Server, StatusCode, Supported, To, Unsupported, Via,
};
use sip_uri::Uri;

// rfc3261#13.1/1: INVITE comes with ACK, CANCEL and BYE
/// The methods this user agent answers, in the order of its `Allow` header field.
pub(crate) fn allowed_methods() -> Vec<Allow> {
    let mut methods = vec![Method::Options];
    if cfg!(feature = "call") {
        methods.extend([
            Method::Invite,
            Method::Ack,
            Method::Cancel,
            Method::Bye,
            Method::Update,
            Method::Info,
            Method::Prack,
        ]);
    }
    if cfg!(feature = "message") {
        methods.push(Method::Message);
    }
    methods.into_iter().map(Allow).collect()
}

/// The option tags this user agent understands.
pub(crate) fn supported_options() -> Vec<Supported> {
    let options: &[&str] = if cfg!(feature = "call") { &["100rel", "timer"] } else { &[] };
    options.iter().map(|option| Supported((*option).to_owned())).collect()
}

/// The response that `request` is owed before its method is looked at, if any.
///
/// 400 for a header field that every request needs and that is absent or malformed (naming it), 405 for a method
/// we do not serve, 416 for a Request-URI that is not SIP, 404 for another user, 420 for an unknown extension.
pub(crate) fn inspect(request: &Request, identity: &Identity) -> Result<(), Box<Response>> {
    // rfc3261#8.2 asks for the checks in this order: method, addressee, extensions.
    check_mandatory_fields(request)?;
    if !allowed_methods().iter().any(|Allow(method)| method == request.method()) {
        return Err(refuse(request, StatusCode::METHOD_NOT_ALLOWED));
    }
    check_request_uri(request, identity)?;
    check_required_options(request)
}

/// A response with the header fields every response of ours carries; `Allow` where RFC 3261 table 2 asks for it.
pub(crate) fn refuse(request: &Request, status: StatusCode) -> Box<Response> {
    let mut response = request.response(status);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().set_list(&allowed_methods());
    }
    Box::new(response)
}

fn check_mandatory_fields(request: &Request) -> Result<(), Box<Response>> {
    mandatory_fields(request.headers(), request.method()).map_err(|error| {
        let mut response = refuse(request, StatusCode::BAD_REQUEST);
        let reason = format!("Bad {} Header Field", error.name());
        // A header name is a token, so the reason phrase is always legal; the default stands if it were not.
        let _ = response.set_reason(&reason);
        response
    })
}

/// RFC 3261 §8.1.1: the six fields of every request, and the CSeq method that has to match.
fn mandatory_fields(headers: &Headers, method: &Method) -> Result<(), HeaderError> {
    headers.required::<Via>()?;
    headers.required::<From>()?;
    headers.required::<To>()?;
    headers.required::<CallId>()?;
    headers.typed::<MaxForwards>()?;
    let cseq = headers.required::<CSeq>()?;
    if cseq.method == *method { Ok(()) } else { Err(HeaderError::Missing { name: HeaderName::CSeq }) }
}

fn check_request_uri(request: &Request, identity: &Identity) -> Result<(), Box<Response>> {
    match request.uri() {
        Ok(Uri::Sip(uri)) if identity.is_user(uri.user().as_deref()) => Ok(()),
        Ok(Uri::Sip(_)) => Err(refuse(request, StatusCode::NOT_FOUND)),
        Ok(Uri::Tel(_) | Uri::Other(_)) => Err(refuse(request, StatusCode::UNSUPPORTED_URI_SCHEME)),
        Err(_) => Err(refuse(request, StatusCode::BAD_REQUEST)),
    }
}

// rfc3261#8.2.2.3: an extension that is required and not understood is refused by name.
fn check_required_options(request: &Request) -> Result<(), Box<Response>> {
    let supported = supported_options();
    let unknown: Vec<Unsupported> = request
        .headers()
        .list::<Require>()
        .flatten()
        .filter(|Require(option)| {
            !supported.iter().any(|Supported(known)| known.eq_ignore_ascii_case(option))
        })
        .map(|Require(option)| Unsupported(option))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let mut response = refuse(request, StatusCode::BAD_EXTENSION);
    response.headers_mut().set_list(&unknown);
    Err(response)
}

/// Adds the product name to a response of ours.
pub(crate) fn sign(response: &mut Response, product: &str) {
    if !response.headers().contains(&HeaderName::Server) {
        response.headers_mut().push(&Server(product.to_owned()));
    }
}
