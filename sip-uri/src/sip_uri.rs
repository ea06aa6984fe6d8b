//! SIP and SIPS URIs, RFC 3261 §19.1.1: their components, read from the text they keep.

use crate::escape::decode;
use crate::grammar::sip::SipParts;
use crate::param::{RawParam, UriParam, raw_params, repeated};
use crate::{Host, Mode, ParseUriError, grammar};
use nom::Offset as _;
use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

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

/// Where the components are: byte offsets into the text.
#[derive(Clone, Copy)]
struct Layout {
    user_end: Option<usize>,
    password_end: Option<usize>,
    host: usize,
    host_end: usize,
    port: Option<u16>,
    params: usize,
    headers: usize,
}

impl SipUri {
    /// Parses a whole text.
    ///
    /// # Errors
    /// The first rule that the text breaks in `mode`, with its offset.
    pub fn parse(text: &str, mode: Mode) -> Result<Self, ParseUriError> {
        let parts = grammar::finish(text, grammar::sip::sip_uri(text, mode))?;
        // rfc3261#19.1.1 a parameter name occurs once
        if mode == Mode::Strict
            && let Some(again) = repeated(parts.params)
        {
            return Err(ParseUriError::RepeatedParam(text.offset(again)));
        }
        Ok(Self { text: text.into(), layout: Layout::of(&parts), host: parts.host })
    }

    /// The URI that these parts, each legal in its place, make up.
    pub(crate) fn assemble(parts: SipParts<'_>) -> Self {
        let mut text = format!("{}:", parts.scheme);
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
        Self { text: text.into(), layout: Layout::of(&parts), host: parts.host }
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        if self.raw_scheme().len() == 4 { Scheme::Sips } else { Scheme::Sip }
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
        let start = self.raw_scheme().len() + 1;
        self.layout.user_end.map(|end| self.slice(start, end))
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
        self.slice(self.layout.host, self.layout.host_end)
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
    /// that deployed proxies write.
    #[must_use]
    pub fn is_loose_router(&self) -> bool {
        self.param("lr").is_some()
    }

    /// The header components in order, as decoded names and values; `body` is the message body.
    pub fn headers(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.raw_header_list().map(|header| (decode(header.name), decode(header.value.unwrap_or_default())))
    }

    pub(crate) fn raw_scheme(&self) -> &str {
        self.text.split(':').next().unwrap_or_default()
    }

    pub(crate) fn raw_password(&self) -> Option<&str> {
        let start = self.layout.user_end? + 1;
        self.layout.password_end.map(|end| self.slice(start, end))
    }

    /// The parameters as written, with the leading semicolon.
    pub(crate) fn raw_params(&self) -> &str {
        self.slice(self.layout.params, self.layout.headers)
    }

    pub(crate) fn raw_param_list(&self) -> impl Iterator<Item = RawParam<'_>> + Clone {
        raw_params(self.raw_params(), ';', ';')
    }

    /// The header components as written, with the leading question mark.
    pub(crate) fn raw_headers(&self) -> &str {
        self.slice(self.layout.headers, self.text.len())
    }

    pub(crate) fn raw_header_list(&self) -> impl Iterator<Item = RawParam<'_>> + Clone {
        raw_params(self.raw_headers(), '?', '&')
    }

    /// The pieces of the text, to be put together again with changes.
    pub(crate) fn parts(&self) -> SipParts<'_> {
        let port_text = self.slice(self.layout.host_end, self.layout.params);
        SipParts {
            scheme: self.raw_scheme(),
            user: self.raw_user(),
            password: self.raw_password(),
            host_text: self.raw_host(),
            host: self.host.clone(),
            port_text: port_text.strip_prefix(':'),
            port: self.layout.port,
            params: self.raw_params(),
            headers: self.raw_headers(),
        }
    }

    fn slice(&self, start: usize, end: usize) -> &str {
        self.text.get(start..end).unwrap_or_default()
    }
}

impl Layout {
    fn of(parts: &SipParts<'_>) -> Self {
        let after_scheme = parts.scheme.len() + 1;
        let user_end = parts.user.map(|user| after_scheme + user.len());
        let password_end = user_end.and_then(|end| parts.password.map(|password| end + 1 + password.len()));
        let host = password_end.or(user_end).map_or(after_scheme, |end| end + 1);
        let host_end = host + parts.host_text.len();
        let params = host_end + parts.port_text.map_or(0, |port| port.len() + 1);
        let headers = params + parts.params.len();
        Self { user_end, password_end, host, host_end, port: parts.port, params, headers }
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
