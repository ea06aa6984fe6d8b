//! Forming requests from a URI, RFC 3261 §19.1.5, as far as the URI alone decides.

use crate::grammar::class::Class;
use crate::{Mode, SipUri, UriComponent, UriContext};

/// What a request formed from a URI consists of; the caller adds all the rest (RFC 3261 §19.1.5).
///
/// ```
/// use sip_uri::{Capabilities, FieldUse, SipUri};
///
/// let uri: SipUri = "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com&From=x&body=hi".parse()?;
/// let able = Capabilities { methods: &["INVITE", "REGISTER"], transports: &["ws"], extensions: &[] };
/// let template = uri.request_template(&able)?;
/// assert_eq!(template.method(), "REGISTER");
/// assert_eq!(template.request_uri().as_str(), "sip:atlanta.com");
/// assert_eq!(template.body(), Some("hi"));
/// let fields: Vec<_> = template.fields().iter().map(|field| (field.name.as_str(), field.usage)).collect();
/// assert_eq!(fields, [("to", FieldUse::Honour), ("From", FieldUse::Refuse)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestTemplate {
    method: String,
    request_uri: SipUri,
    fields: Vec<TemplateField>,
    body: Option<String>,
}

/// A header field that the URI asks for, unescaped (RFC 3261 §19.1.5).
#[expect(clippy::exhaustive_structs, reason = "a plain record")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateField {
    /// The name, in the case it was written in.
    pub name: String,
    /// The value; it has no CR, LF or NUL.
    pub value: String,
    /// What is to be done with it.
    pub usage: FieldUse,
}

/// What RFC 3261 §19.1.5 says of a header field that a URI asks for.
#[expect(clippy::exhaustive_enums, reason = "every field must be handled")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldUse {
    /// Goes into the request, unless a policy of the caller is against it.
    Honour,
    /// Describes the message: to be verified by whoever knows, and else not to be used.
    Verify,
    /// Never goes into the request: it is dangerous, picks a route, or claims a place or ability for the sender.
    Refuse,
}

/// What the implementation that forms the request is able to send (RFC 3261 §19.1.5).
#[expect(clippy::exhaustive_structs, reason = "a plain record")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities<'a> {
    /// Methods, with their case.
    pub methods: &'a [&'a str],
    /// Values of the parameter `transport`, of any case. URIs without one are always fine.
    pub transports: &'a [&'a str],
    /// Option tags that may be required, of any case.
    pub extensions: &'a [&'a str],
}

/// Why no request may be formed from a URI (RFC 3261 §19.1.5).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TemplateError {
    /// The method is empty or no token.
    #[error("the method of the URI is no token (RFC 3261 section 19.1.5)")]
    Method,
    /// The method is unknown, or one that no request outside of a transaction or dialog has: ACK and CANCEL.
    #[error("requests with the method {0} cannot be formed (RFC 3261 section 19.1.5)")]
    UnsupportedMethod(Box<str>),
    /// A transport that is not among the capabilities.
    #[error("the transport {0} is not supported (RFC 3261 section 19.1.5)")]
    UnsupportedTransport(Box<str>),
    /// A Require or Proxy-Require with an option tag that is not among the capabilities.
    #[error("the extension {0} is not supported (RFC 3261 section 19.1.5)")]
    UnsupportedExtension(Box<str>),
    /// Parameters that do not go together or have no legal value: `sips` over an unreliable transport, a `ttl` without
    /// a multicast `maddr` over UDP.
    #[error("the URI parameter {0} is not valid here (RFC 3261 section 19.1.1)")]
    Param(&'static str),
    /// A parameter that occurs twice.
    #[error("a URI parameter occurs twice (RFC 3261 section 19.1.1)")]
    RepeatedParam,
    /// A header field whose name is no token or whose value would break the line.
    #[error("the header component {0:?} makes no header field (RFC 3261 section 19.1.5)")]
    Field(Box<str>),
    /// More than one body, or a Content-Length that is not the body's.
    #[error("the URI describes its body wrongly (RFC 3261 section 19.1.5)")]
    Body,
}

impl RequestTemplate {
    /// The method; INVITE unless the URI names one.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The Request-URI: the URI without method and header components, with every other parameter.
    #[must_use]
    pub const fn request_uri(&self) -> &SipUri {
        &self.request_uri
    }

    /// All header fields that the URI asks for, also those to refuse, in order.
    #[must_use]
    pub fn fields(&self) -> &[TemplateField] {
        &self.fields
    }

    /// The body, if the URI has one.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }
}

impl SipUri {
    /// What a request formed from this URI consists of (RFC 3261 §19.1.5).
    ///
    /// # Errors
    /// Why the URI is invalid as the source of a request, or what it needs that is not among the capabilities. Nothing
    /// may be sent then.
    pub fn request_template(&self, able: &Capabilities<'_>) -> Result<RequestTemplate, TemplateError> {
        check_params(self)?;
        let method = method(self, able)?;
        check_transport(self, able)?;
        let (mut fields, mut body) = (Vec::new(), None);
        for (name, value) in self.headers() {
            if name.eq_ignore_ascii_case("body") {
                if body.replace(value.into_owned()).is_some() {
                    return Err(TemplateError::Body);
                }
                continue;
            }
            if !is_token(&name) || value.contains(['\r', '\n', '\0']) {
                return Err(TemplateError::Field(name.into()));
            }
            check_required(&name, &value, able)?;
            let usage = field_use(&name, &method);
            fields.push(TemplateField { name: name.into_owned(), value: value.into_owned(), usage });
        }
        check_length(&fields, body.as_deref())?;
        let request_uri = self.in_context(UriContext::RequestUri);
        Ok(RequestTemplate { method, request_uri, fields, body })
    }
}

/// The method, which must be a token that can begin something.
fn method(uri: &SipUri, able: &Capabilities<'_>) -> Result<String, TemplateError> {
    let method = match uri.param("method") {
        None => "INVITE".to_owned(),
        Some(param) => param.value.filter(|value| is_token(value)).ok_or(TemplateError::Method)?.into_owned(),
    };
    let is_known = able.methods.contains(&method.as_str());
    // rfc3261#9.1, rfc3261#17.1.1.3 both copy the request that they are about
    if !is_known || matches!(method.as_str(), "ACK" | "CANCEL") {
        return Err(TemplateError::UnsupportedMethod(method.into()));
    }
    Ok(method)
}

/// Invalid values and combinations of parameters.
fn check_params(uri: &SipUri) -> Result<(), TemplateError> {
    if crate::param::repeated(uri.raw_params()).is_some() {
        return Err(TemplateError::RepeatedParam);
    }
    let has = |component| uri.components().any(|(found, _)| found == component);
    let transport = uri.effective_transport();
    let is_udp = transport.eq_ignore_ascii_case("udp");
    // rfc3261#19.1.1 sips only over a reliable transport
    if transport.is_empty() || (is_udp && uri.is_secure()) {
        return Err(TemplateError::Param("transport"));
    }
    let maddr = uri.maddr();
    if has(UriComponent::Maddr) && maddr.is_none() {
        return Err(TemplateError::Param("maddr"));
    }
    // rfc3261#19.1.1 ttl only with a multicast maddr and UDP
    let is_multicast = maddr.and_then(|host| host.address()).is_some_and(|address| address.is_multicast());
    if has(UriComponent::Ttl) && !(is_udp && is_multicast && uri.ttl().is_some()) {
        return Err(TemplateError::Param("ttl"));
    }
    Ok(())
}

fn check_transport(uri: &SipUri, able: &Capabilities<'_>) -> Result<(), TemplateError> {
    match uri.transport() {
        Some(transport) if !is_among(&transport, able.transports) => {
            Err(TemplateError::UnsupportedTransport(transport.into()))
        }
        Some(_) | None => Ok(()),
    }
}

/// No request requires what its sender does not support.
fn check_required(name: &str, value: &str, able: &Capabilities<'_>) -> Result<(), TemplateError> {
    if !is_among(name, &["Require", "Proxy-Require"]) {
        return Ok(());
    }
    for tag in value.split(',').map(|tag| tag.trim_matches([' ', '\t'])) {
        if !is_token(tag) {
            return Err(TemplateError::Field(name.into()));
        }
        if !is_among(tag, able.extensions) {
            return Err(TemplateError::UnsupportedExtension(tag.into()));
        }
    }
    Ok(())
}

/// A Content-Length must be the body's.
fn check_length(fields: &[TemplateField], body: Option<&str>) -> Result<(), TemplateError> {
    let length = body.map_or(0, str::len);
    let is_length = |field: &&TemplateField| is_among(&field.name, &["Content-Length", "l"]);
    let mut lengths = fields.iter().filter(is_length);
    let is_right = |field: &TemplateField| field.value.trim().parse() == Ok(length);
    if lengths.all(is_right) { Ok(()) } else { Err(TemplateError::Body) }
}

/// The lists of §19.1.5, with compact forms.
fn field_use(name: &str, method: &str) -> FieldUse {
    // Dangerous, and those that pick a route.
    const DANGEROUS: &[&str] = &["From", "f", "Call-ID", "i", "CSeq", "Via", "v", "Record-Route", "Route"];
    // Those that claim a place or an ability.
    const CLAIMS: &[&str] = &[
        "Accept",
        "Accept-Encoding",
        "Accept-Language",
        "Allow",
        "Organization",
        "Supported",
        "k",
        "User-Agent",
    ];
    const DESCRIPTIVE: &[&str] = &[
        "Content-Disposition",
        "Content-Encoding",
        "e",
        "Content-Language",
        "Content-Length",
        "l",
        "Content-Type",
        "c",
        "Date",
        "MIME-Version",
        "Timestamp",
    ];
    // Contact in its dialog usage only: a REGISTER has the other one.
    let is_dialog_contact = is_among(name, &["Contact", "m"]) && method != "REGISTER";
    if is_among(name, DANGEROUS) || is_among(name, CLAIMS) || is_dialog_contact {
        FieldUse::Refuse
    } else if is_among(name, DESCRIPTIVE) {
        FieldUse::Verify
    } else {
        FieldUse::Honour
    }
}

fn is_among(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// `token` of RFC 3261 §25.1.
fn is_token(text: &str) -> bool {
    let is_token = |byte: u8| Class::TOKEN.contains(Mode::Strict, byte);
    !text.is_empty() && text.bytes().all(is_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABLE: Capabilities<'static> = Capabilities {
        methods: &["INVITE", "REGISTER", "OPTIONS", "ACK", "CANCEL"],
        transports: &["udp", "tcp", "ws"],
        extensions: &["path", "100rel"],
    };

    fn template(text: &str) -> Result<RequestTemplate, TemplateError> {
        text.parse::<SipUri>().unwrap().request_template(&ABLE)
    }

    fn uses(text: &str) -> Vec<FieldUse> {
        template(text).unwrap().fields().iter().map(|field| field.usage).collect()
    }

    #[test]
    fn the_request_uri_keeps_all_parameters_but_the_method() {
        let text =
            "sip:a:p@h:1;transport=udp;maddr=224.2.0.1;ttl=3;user=phone;lr;x=y;method=OPTIONS?Subject=z";
        let template = template(text).unwrap();
        assert_eq!(
            template.request_uri().as_str(),
            "sip:a:p@h:1;transport=udp;maddr=224.2.0.1;ttl=3;user=phone;lr;x=y"
        );
        assert_eq!((template.method(), template.body()), ("OPTIONS", None));
    }

    #[test]
    fn without_parameters_it_is_an_invite() {
        let template = template("sip:a@h").unwrap();
        assert_eq!((template.method(), template.fields()), ("INVITE", &[][..]));
        assert_eq!(template.request_uri().as_str(), "sip:a@h");
    }

    #[test]
    fn fields_of_the_lists_are_refused() {
        for name in [
            "From",
            "call-id",
            "CSEQ",
            "Via",
            "Record-Route",
            "Route",
            "Accept",
            "Accept-Encoding",
            "Accept-Language",
            "Allow",
            "Contact",
            "Organization",
            "Supported",
            "User-Agent",
            "f",
            "i",
            "v",
            "k",
            "m",
        ] {
            assert_eq!(uses(&format!("sip:h?{name}=x")), [FieldUse::Refuse], "{name}");
        }
        assert_eq!(uses("sip:h;method=REGISTER?Contact=x"), [FieldUse::Honour]);
    }

    #[test]
    fn descriptive_fields_are_to_be_verified() {
        for name in [
            "Content-Disposition",
            "Content-Encoding",
            "Content-Language",
            "Content-Type",
            "Date",
            "Mime-Version",
            "Timestamp",
            "c",
            "e",
        ] {
            assert_eq!(uses(&format!("sip:h?{name}=x")), [FieldUse::Verify], "{name}");
        }
        assert_eq!(uses("sip:h?To=a&Subject=b&Priority=c&X-Y=d"), [FieldUse::Honour; 4]);
    }

    #[test]
    fn nothing_unsupported_is_formed() {
        for (text, error) in [
            ("sip:h;method=FOO", TemplateError::UnsupportedMethod("FOO".into())),
            ("sip:h;method=invite", TemplateError::UnsupportedMethod("invite".into())),
            ("sip:h;method=ACK", TemplateError::UnsupportedMethod("ACK".into())),
            ("sip:h;transport=sctp", TemplateError::UnsupportedTransport("sctp".into())),
            ("sip:h?Require=path,foo", TemplateError::UnsupportedExtension("foo".into())),
            ("sip:h?Proxy-Require=sec-agree", TemplateError::UnsupportedExtension("sec-agree".into())),
        ] {
            assert_eq!(template(text), Err(error), "{text}");
        }
        assert!(template("sip:h;transport=WS?Require=100REL,%20path").is_ok());
    }

    #[test]
    fn an_invalid_request_is_an_error() {
        for (text, error) in [
            ("sip:h;method", TemplateError::Method),
            ("sip:h;method=a%20b", TemplateError::Method),
            ("sip:h;x;X=1", TemplateError::RepeatedParam),
            ("sips:h;transport=udp", TemplateError::Param("transport")),
            ("sip:h;transport=", TemplateError::Param("transport")),
            ("sip:h;maddr=a%20b", TemplateError::Param("maddr")),
            ("sip:h;ttl=1", TemplateError::Param("ttl")),
            ("sip:h;maddr=10.0.0.1;ttl=1", TemplateError::Param("ttl")),
            ("sip:h;maddr=224.0.0.1;ttl=1;transport=tcp", TemplateError::Param("ttl")),
            ("sip:h;maddr=224.0.0.1;ttl=256", TemplateError::Param("ttl")),
            ("sip:h?a%20b=c", TemplateError::Field("a b".into())),
            ("sip:h?Subject=a%0D%0AVia:%20x", TemplateError::Field("Subject".into())),
            ("sip:h?Require=,", TemplateError::Field("Require".into())),
            ("sip:h?body=a&body=b", TemplateError::Body),
            ("sip:h?body=abc&l=4", TemplateError::Body),
            ("sip:h?Content-Length=x", TemplateError::Body),
        ] {
            assert_eq!(template(text), Err(error), "{text}");
        }
        assert!(template("sip:h?body=abc&Content-Length=3").is_ok());
    }
}
