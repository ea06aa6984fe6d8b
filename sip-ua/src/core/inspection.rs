//! What a user agent server checks before it processes a request: RFC 3261 §8.2.1 to §8.2.3.

use super::Identity;
use sip_message::{
    Accept, AcceptEncoding, Allow, BodyPart, CSeq, ContentType, HeaderError, HeaderName, Headers, Limits,
    Method, Params, Request, Require, Response, StatusCode, Unsupported,
};
use sip_uri::Uri;

// rfc3261#13.1/1: INVITE comes with ACK, CANCEL and BYE
/// The methods this user agent answers, in the order of its `Allow` header field.
pub(crate) static ALLOWED_METHODS: &[Allow] = &[
    Allow(Method::Options),
    #[cfg(feature = "call")]
    Allow(Method::Invite),
    #[cfg(feature = "call")]
    Allow(Method::Ack),
    #[cfg(feature = "call")]
    Allow(Method::Cancel),
    #[cfg(feature = "call")]
    Allow(Method::Bye),
    #[cfg(feature = "call")]
    Allow(Method::Update),
    #[cfg(feature = "call")]
    Allow(Method::Info),
    #[cfg(feature = "call")]
    Allow(Method::Prack),
    #[cfg(feature = "message")]
    Allow(Method::Message),
    Allow(Method::Notify),
];

/// The option tags this user agent understands.
pub(crate) const SUPPORTED_OPTIONS: &[&str] =
    if cfg!(feature = "call") { &["100rel", "timer", "replaces", "join"] } else { &[] };

/// Those of a user agent that is told apart from others of its user.
// rfc5626#4.3, rfc5627#4.4
pub(crate) const INSTANCE_OPTIONS: &[&str] = &["outbound", "gruu"];

/// Says which option tags this user agent understands.
pub(crate) fn set_supported(headers: &mut Headers, is_outbound: bool) {
    let further = if is_outbound { INSTANCE_OPTIONS } else { &[] };
    // Option tags have no line breaks.
    let _ = headers.set_text(&HeaderName::Supported, &[SUPPORTED_OPTIONS, further].concat().join(", "));
}

/// Whether `request` belongs to a dialog, by the tag in its To; an error is the response that it is owed before its
/// method is looked at.
///
/// 400 for a header field that every request needs and that is absent or malformed (naming it), 405 for a method
/// we do not serve, 416 for a Request-URI that is not SIP, 404 for another user, 420 for an unknown extension, 415 for
/// content that is not understood. Inside a dialog, whether a request is addressed right and has a method for a session
/// is for the dialog to decide.
// rfc3261#8.2/3: in this order: method, addressee, extensions, content. A user agent asks nobody for credentials.
// rfc3261#8.2.2/1-2, rfc3261#8.2.2.1/1: other header fields may say what they want, and so may the address in To
pub(crate) fn inspect(request: &Request, identity: &Identity, takes_sips: bool) -> Result<bool, Response> {
    let in_dialog = check_mandatory_fields(request)?;
    match (is_allowed(request.method()), in_dialog) {
        (true, true) => {}
        (true, false) => check_request_uri(request, identity, takes_sips)?,
        (false, true) => return Ok(in_dialog),
        // rfc3261#8.2.1/1-2
        (false, false) => return Err(refuse(request, StatusCode::METHOD_NOT_ALLOWED)),
    }
    check_required_options(request)?;
    check_takeover(request)?;
    check_content(request)?;
    Ok(in_dialog)
}

// rfc3891#3, rfc3911#4: in INVITE only
fn check_takeover(request: &Request) -> Result<(), Response> {
    let headers = request.headers();
    let has_any = headers.contains(&HeaderName::Replaces) || headers.contains(&HeaderName::Join);
    if has_any && *request.method() != Method::Invite {
        return Err(bad(request, "Replaces or Join Outside of INVITE"));
    }
    Ok(())
}

fn is_allowed(method: &Method) -> bool {
    ALLOWED_METHODS.iter().any(|Allow(allowed)| allowed == method)
}

/// A response with the header fields every response of ours carries; `Allow` where RFC 3261 table 2 asks for it.
pub(crate) fn refuse(request: &Request, status: StatusCode) -> Response {
    let mut response = request.response(status);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        // rfc3261#8.2.1/3-4
        response.headers_mut().set_list(ALLOWED_METHODS);
    }
    response
}

fn check_mandatory_fields(request: &Request) -> Result<bool, Response> {
    mandatory_fields(request.headers(), request.method()).map_err(|error| {
        // A header name is a token, so the reason phrase is always legal.
        bad(request, &format!("Bad {} Header Field", error.name()))
    })
}

/// 400 with this reason phrase (RFC 3261 §21.4.1); the default one stands if this were not legal.
pub(crate) fn bad(request: &Request, reason: &str) -> Response {
    let mut response = refuse(request, StatusCode::BAD_REQUEST);
    let _ = response.set_reason(reason);
    response
}

/// RFC 3261 §8.1.1: the fields of every request that are needed here, and the CSeq method that has to match. How far the
/// request might still have gone is not needed, and Via has been read: without it there is no transaction. Whether To has a
/// tag.
fn mandatory_fields(headers: &Headers, method: &Method) -> Result<bool, HeaderError> {
    let missing = |name| HeaderError::Missing { name };
    headers.tag(&HeaderName::From)?.ok_or(missing(HeaderName::From))?;
    let to_tag = headers.tag(&HeaderName::To)?.ok_or(missing(HeaderName::To))?;
    headers.call_id()?.ok_or(missing(HeaderName::CallId))?;
    let cseq = headers.required::<CSeq>()?;
    if cseq.method == *method {
        Ok(!to_tag.is_empty())
    } else {
        Err(HeaderError::Missing { name: HeaderName::CSeq })
    }
}

fn check_request_uri(request: &Request, identity: &Identity, takes_sips: bool) -> Result<(), Response> {
    match request.uri() {
        Ok(Uri::Sip(uri)) if uri.is_secure() && !takes_sips => {
            Err(refuse(request, StatusCode::UNSUPPORTED_URI_SCHEME))
        }
        Ok(Uri::Sip(uri)) if identity.is_user(uri.user().as_deref()) => Ok(()),
        // rfc3261#8.2.2.1/4
        Ok(Uri::Sip(_)) => Err(refuse(request, StatusCode::NOT_FOUND)),
        // rfc3261#8.2.2.1/3
        Ok(Uri::Tel(_) | Uri::Other(_)) => Err(refuse(request, StatusCode::UNSUPPORTED_URI_SCHEME)),
        Err(_) => Err(bad(request, "Bad Request-URI")),
    }
}

fn is_supported(option: &str) -> bool {
    let mut known = SUPPORTED_OPTIONS.iter().chain(INSTANCE_OPTIONS);
    known.any(|known| known.eq_ignore_ascii_case(option))
}

// rfc3261#8.2.2.3/1-2: an extension that is required and not understood is refused by name.
fn check_required_options(request: &Request) -> Result<(), Response> {
    if !request.headers().contains(&HeaderName::Require) {
        return Ok(());
    }
    let unknown: Vec<Unsupported> = request
        .headers()
        .list::<Require>()
        .flatten()
        .filter(|Require(option)| !is_supported(option))
        .map(|Require(option)| Unsupported(option))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let mut response = refuse(request, StatusCode::BAD_EXTENSION);
    response.headers_mut().set_list(&unknown);
    Err(response)
}

/// A session takes session descriptions, alone or beside what may be passed over; the application takes text of any
/// type. Neither undoes a content coding.
// rfc3261#8.2.3/1-3
fn check_content(request: &Request) -> Result<(), Response> {
    let is_sdp_wanted =
        matches!(request.method(), Method::Invite | Method::Update | Method::Prack | Method::Options);
    if !is_sdp_wanted && *request.method() != Method::Message {
        return Ok(());
    }
    // What nearly all of them have.
    if is_sdp_wanted && !request.headers().contains(&HeaderName::ContentEncoding) && is_description(request) {
        return Ok(());
    }
    let names_type = request.headers().contains(&HeaderName::ContentType);
    let is_type_known =
        |part: &BodyPart| !is_sdp_wanted || !names_type || part.content_type().is("application", "sdp");
    let body = BodyPart::received(request.headers(), request.body());
    let strange = body.and_then(|body| {
        body.not_understood(&Limits::default(), |part| is_type_known(part) && !part.is_coded())
    });
    let Some(strange) = strange else { return Ok(()) };
    let mut response = refuse(request, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    if !is_type_known(&strange) {
        response.headers_mut().push(&Accept::new("application", "sdp"));
    }
    if strange.is_coded() {
        let coding = "identity".to_owned();
        response.headers_mut().push(&AcceptEncoding { coding, params: Params::new() });
    }
    Err(response)
}

fn is_description(request: &Request) -> bool {
    let content_type = request.headers().typed::<ContentType>();
    matches!(content_type, Ok(Some(content_type)) if content_type.is("application", "sdp"))
}

/// Adds the product name to a response of ours; one with a line break is left out.
pub(crate) fn sign(response: &mut Response, product: &str) {
    if !response.headers().contains(&HeaderName::Server) {
        let _ = response.headers_mut().push_text(&HeaderName::Server, product);
    }
}
