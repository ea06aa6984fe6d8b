//! Whether a request can be served at all (RFC 3261 §16.3 and, for what this server answers itself, §8.2).

use super::refusal::{Refusal, unknown_tags};
use sip_message::{
    CSeq, HeaderError, HeaderName, MaxForwards, Method, NameAddrRef, ProxyRequire, Request, Require,
};
use sip_uri::{SipUri, Uri};

/// What the checks have read, so that nothing is parsed twice.
#[derive(Clone, Debug)]
pub(crate) struct Validated {
    pub(crate) uri: SipUri,
    /// Whether To has a tag.
    is_in_dialog: bool,
    /// What is left of Max-Forwards; `None` where the request has none.
    pub(crate) max_forwards: Option<u8>,
}

impl Validated {
    /// Reads what a proxy needs of `request`; an unknown method or a bad field it does not need is no reason to
    /// refuse.
    pub(crate) fn of(request: &Request) -> Result<Self, Refusal> {
        if !request.version().eq_ignore_ascii_case("SIP/2.0") {
            return Err(Refusal::OtherVersion);
        }
        let headers = request.headers();
        address(request, &HeaderName::From)?;
        let is_in_dialog = address(request, &HeaderName::To)?.tag().is_some();
        headers.call_id()?.ok_or(HeaderError::Missing { name: HeaderName::CallId })?;
        let cseq: CSeq = headers.required()?;
        // rfc3261#8.1.1.5: the method of CSeq is the method of the request.
        if cseq.method != *request.method() {
            return Err(Refusal::BadHeader(HeaderError::Malformed {
                name: HeaderName::CSeq,
                rule: "Method",
                offset: 0,
            }));
        }
        let uri = match request.uri() {
            Ok(Uri::Sip(uri)) => uri,
            // rfc3261#16.3: step 2.
            Ok(Uri::Tel(_) | Uri::Other(_)) => return Err(Refusal::UnsupportedScheme),
            Err(_) => return Err(Refusal::BadRequestUri),
        };
        // rfc3261#16.3: step 5.
        let required: Vec<ProxyRequire> = headers.list::<ProxyRequire>().collect::<Result<_, _>>()?;
        if !required.is_empty() {
            return Err(Refusal::BadExtension(required.into_iter().map(|tag| tag.0).collect()));
        }
        let max_forwards = headers.typed::<MaxForwards>()?.map(|left| left.0);
        Ok(Self { uri, is_in_dialog, max_forwards })
    }

    /// Whether the request may be forwarded once more.
    // rfc3261#16.3: step 3.
    pub(crate) fn has_hops_left(&self) -> bool {
        self.max_forwards.is_none_or(|left| left > 0)
    }

    /// Whether the request is sent within a dialog.
    pub(crate) const fn is_in_dialog(&self) -> bool {
        self.is_in_dialog
    }
}

/// The address in a field that every request has, From or To.
pub(crate) fn address<'a>(request: &'a Request, name: &HeaderName) -> Result<NameAddrRef<'a>, HeaderError> {
    request.headers().address(name)?.ok_or_else(|| HeaderError::Missing { name: name.clone() })
}

/// Whether this server, addressed itself, knows all extensions that `request` requires (RFC 3261 §8.2.2.3).
pub(crate) fn check_require(request: &Request) -> Result<(), Refusal> {
    let required: Vec<Require> = request.headers().list::<Require>().collect::<Result<_, _>>()?;
    let unknown = unknown_tags(required.iter().map(|tag| tag.0.as_str()));
    if unknown.is_empty() { Ok(()) } else { Err(Refusal::BadExtension(unknown)) }
}

/// Whether requests of this method set up a dialog, so that this proxy writes itself into Record-Route.
// rfc3261#16.6: step 4, also for methods it does not know, as they may do so.
pub(crate) const fn is_record_routed(method: &Method) -> bool {
    !matches!(
        method,
        Method::Ack
            | Method::Bye
            | Method::Cancel
            | Method::Options
            | Method::Register
            | Method::Message
            | Method::Info
            | Method::Prack
            | Method::Publish
    )
}
