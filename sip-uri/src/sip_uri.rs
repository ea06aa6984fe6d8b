//! SIP and SIPS URIs, RFC 3261 §19.1.1: their components, read from the text they keep.

use crate::escape::decode;
use crate::layout::Layout;
use crate::param::{RawParam, RawParams, UriParam, raw_params};
use crate::{Host, Mode, ParseUriError, SipUriRef};
use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::str::FromStr;

// rfc3261#8.1.1.2/1-2
/// `sip` or `sips`.
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 defines these two")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`, to be reached over TLS hop by hop.
    Sips,
}

impl Scheme {
    /// `sip` or `sips`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sip => "sip",
            Self::Sips => "sips",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A SIP or SIPS URI.
///
/// It keeps the text it was parsed from or built into and prints it back byte for byte. `==` and `Hash` go by that
/// text; [`SipUri::is_equivalent`] goes by RFC 3261 §19.1.4.
///
/// ```
/// use sip_uri::{Scheme, SipUri};
///
/// let uri: SipUri = "sip:alice:secretword@atlanta.com;transport=tcp?subject=project%20x".parse()?;
/// assert_eq!(uri.scheme(), Scheme::Sip);
/// assert_eq!(uri.user().as_deref(), Some("alice"));
/// assert_eq!(uri.password().as_deref(), Some("secretword"));
/// assert_eq!(uri.transport().as_deref(), Some("tcp"));
/// assert_eq!(uri.headers().next().unwrap(), ("subject".into(), "project x".into()));
/// # Ok::<(), sip_uri::ParseUriError>(())
/// ```
#[derive(Clone)]
pub struct SipUri {
    text: Box<str>,
    layout: Layout,
    host: Host,
}

/// The pieces of a SIP or SIPS URI, in the order of the text, with what separates them left out.
#[derive(Debug)]
pub(crate) struct SipParts<'a> {
    /// `sip` or `sips` in any case.
    pub(crate) scheme: &'a str,
    pub(crate) user: Option<&'a str>,
    /// Only ever present beside a user.
    pub(crate) password: Option<&'a str>,
    pub(crate) host_text: &'a str,
    pub(crate) host: Host,
    pub(crate) port_text: Option<&'a str>,
    pub(crate) port: Option<u16>,
    /// With the leading semicolon, or empty.
    pub(crate) params: &'a str,
    /// With the leading question mark, or empty.
    pub(crate) headers: &'a str,
}

impl SipUri {
    /// Parses a whole text.
    ///
    /// # Errors
    /// The first rule that the text breaks in `mode`, with its offset.
    pub fn parse(text: &str, mode: Mode) -> Result<Self, ParseUriError> {
        if let Some(usual) = SipUriRef::usual(text, mode) {
            return Ok(usual.into());
        }
        let (layout, host) = SipUriRef::take_apart(text, mode)?;
        Ok(Self { text: text.into(), layout, host })
    }

    /// The URI that these parts, each legal in its place, make up.
    pub(crate) fn assemble(parts: SipParts<'_>) -> Self {
        let layout = layout(&parts);
        let mut text = String::with_capacity(layout.params().end + parts.headers.len());
        text.push_str(parts.scheme);
        text.push(':');
        if let Some(user) = parts.user {
            text.push_str(user);
            if let Some(password) = parts.password {
                text.push(':');
                text.push_str(password);
            }
            text.push('@');
        }
        text.push_str(parts.host_text);
        if let Some(port) = parts.port_text {
            text.push(':');
            text.push_str(port);
        }
        text.push_str(parts.params);
        text.push_str(parts.headers);
        Self { text: text.into(), layout, host: parts.host }
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        if self.layout.scheme().len() == Scheme::Sips.as_str().len() { Scheme::Sips } else { Scheme::Sip }
    }

    /// Whether the scheme is `sips`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.scheme() == Scheme::Sips
    }

    /// The user part with its escapes undone once; bytes that are no UTF-8 read as U+FFFD (see [`SipUri::raw_user`]).
    #[must_use]
    pub fn user(&self) -> Option<Cow<'_, str>> {
        self.raw_user().map(decode)
    }

    /// The user part as it is written.
    #[must_use]
    pub fn raw_user(&self) -> Option<&str> {
        self.layout.user().map(|range| self.slice(range))
    }

    /// The password with its escapes undone once. RFC 3261 §19.1.1 advises against its use.
    #[must_use]
    pub fn password(&self) -> Option<Cow<'_, str>> {
        self.raw_password().map(decode)
    }

    /// The host, or the address.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// The host as it is written, IPv6 addresses with their brackets.
    #[must_use]
    pub fn raw_host(&self) -> &str {
        self.slice(self.layout.host())
    }

    /// The port, when the URI names one.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.layout.port
    }

    /// The parameters in order, decoded.
    pub fn params(&self) -> impl Iterator<Item = UriParam<'_>> {
        self.raw_param_list().map(RawParam::decoded)
    }

    /// The first parameter `name`; names have no case.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<UriParam<'_>> {
        self.params().find(|param| param.is(name))
    }

    /// The value of the `transport` parameter, in the case it was written in.
    #[must_use]
    pub fn transport(&self) -> Option<Cow<'_, str>> {
        self.param("transport")?.value
    }

    /// Whether an `lr` parameter marks a loose router (RFC 3261 §16.12): `;lr`, and `;lr=on`, `;lr=true` and the like
    /// that deployed proxies write; or `;r2=on`, which only loose routers write, into the first of two entries of theirs.
    #[must_use]
    pub fn is_loose_router(&self) -> bool {
        self.param("lr").is_some() || self.param("r2").is_some()
    }

    /// The header components in order, as decoded names and values; `body` is the message body.
    pub fn headers(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.raw_header_list().map(|header| (decode(header.name), decode(header.value.unwrap_or_default())))
    }

    pub(crate) fn raw_scheme(&self) -> &str {
        self.slice(self.layout.scheme())
    }

    pub(crate) fn raw_password(&self) -> Option<&str> {
        self.layout.password().map(|range| self.slice(range))
    }

    /// The parameters as written, with the leading semicolon.
    pub(crate) fn raw_params(&self) -> &str {
        self.slice(self.layout.params())
    }

    pub(crate) fn raw_param_list(&self) -> RawParams<'_> {
        raw_params(self.raw_params(), b';')
    }

    /// The header components as written, with the leading question mark.
    pub(crate) fn raw_headers(&self) -> &str {
        self.slice(self.layout.headers(self.text.len()))
    }

    pub(crate) fn raw_header_list(&self) -> RawParams<'_> {
        raw_params(self.raw_headers(), b'&')
    }

    /// The pieces of the text, to be put together again with changes.
    pub(crate) fn parts(&self) -> SipParts<'_> {
        SipParts {
            scheme: self.raw_scheme(),
            user: self.raw_user(),
            password: self.raw_password(),
            host_text: self.raw_host(),
            host: self.host.clone(),
            port_text: self.layout.port_text().map(|range| self.slice(range)),
            port: self.layout.port,
            params: self.raw_params(),
            headers: self.raw_headers(),
        }
    }

    /// Where the components are.
    pub(crate) const fn layout(&self) -> &Layout {
        &self.layout
    }

    fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }
}

/// Where the parts will be once they are put together.
fn layout(parts: &SipParts<'_>) -> Layout {
    let user = parts.scheme.len() + 1;
    let user_end = user + parts.user.map_or(0, str::len);
    let password_end = user_end + parts.user.and(parts.password).map_or(0, |password| password.len() + 1);
    let host = password_end + usize::from(parts.user.is_some());
    let host_end = host + parts.host_text.len();
    let params = host_end + parts.port_text.map_or(0, |port| port.len() + 1);
    let headers = params + parts.params.len();
    Layout::new([user, user_end, host, host_end, params, headers], parts.port)
}

/// The same URI with a text of its own.
impl From<SipUriRef<'_>> for SipUri {
    fn from(uri: SipUriRef<'_>) -> Self {
        let (text, layout) = uri.into_pieces();
        Self { text: text.into(), layout, host: uri.host() }
    }
}

impl PartialEq for SipUri {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for SipUri {}

impl Hash for SipUri {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SipUri").field(&self.text).finish()
    }
}

impl AsRef<str> for SipUri {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl FromStr for SipUri {
    type Err = ParseUriError;

    /// Parses in [`Mode::Lenient`].
    fn from_str(text: &str) -> Result<Self, ParseUriError> {
        Self::parse(text, Mode::Lenient)
    }
}
