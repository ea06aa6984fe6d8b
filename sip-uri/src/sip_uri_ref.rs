//! SIP and SIPS URIs of RFC 3261 §19.1.1, read in the text they stand in, without a copy of it.

use crate::layout::Layout;
use crate::param::{RawParam, UriParam, raw_params, repeated};
use crate::{Host, Mode, ParseUriError, grammar};
use std::ops::Range;

/// A SIP or SIPS URI in somebody else's text: what [`SipUri`](crate::SipUri) is, without the allocation.
///
/// ```
/// use sip_uri::{Mode, SipUri, SipUriRef};
///
/// let uri = SipUriRef::parse("sip:alice@atlanta.com:5070;lr", Mode::Lenient)?;
/// assert_eq!((uri.raw_user(), uri.raw_host(), uri.port()), (Some("alice"), "atlanta.com", Some(5070)));
/// assert!(uri.is_loose_router() && !uri.is_secure());
/// assert_eq!(SipUri::from(uri).to_string(), "sip:alice@atlanta.com:5070;lr");
/// # Ok::<(), sip_uri::ParseUriError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SipUriRef<'a> {
    text: &'a str,
    layout: Layout,
    host: Host,
}

impl<'a> SipUriRef<'a> {
    /// Parses a whole text, by the rules of [`SipUri::parse`](crate::SipUri::parse).
    ///
    /// # Errors
    /// The first rule that the text breaks in `mode`, with its offset.
    pub fn parse(text: &'a str, mode: Mode) -> Result<Self, ParseUriError> {
        let (layout, host) = match mode {
            Mode::Strict => grammar::sip::sip_uri(text, mode)?,
            Mode::Lenient => grammar::sip::sip_uri(text, mode)
                .or_else(|error| grammar::sip_url::printable(text).map_err(|_| error))?,
            Mode::Rfc2543 => grammar::sip_url::sip_url(text)?,
        };
        // rfc3261#19.1.1 a parameter name occurs once
        if mode == Mode::Strict
            && let Some(offset) = repeated(text.get(layout.params..layout.headers).unwrap_or_default())
        {
            return Err(ParseUriError::RepeatedParam(layout.params + offset));
        }
        Ok(Self { text, layout, host })
    }

    /// Whether [`parse`](Self::parse) takes a text, without taking it apart: quicker where the components are not
    /// needed yet.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse).
    pub fn check(text: &'a str, mode: Mode) -> Result<(), ParseUriError> {
        if mode == Mode::Lenient && grammar::usual::is_usual(text.as_bytes()) {
            return Ok(());
        }
        Self::parse(text, mode).map(drop)
    }

    /// The whole text.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// Whether the scheme is `sips`.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.layout.user == "sips:".len()
    }

    /// The user part as it is written.
    #[must_use]
    pub fn raw_user(&self) -> Option<&'a str> {
        self.layout.user().map(|range| self.slice(range))
    }

    /// The host, or the address.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// The host as it is written, IPv6 addresses with their brackets.
    #[must_use]
    pub fn raw_host(&self) -> &'a str {
        self.slice(self.layout.host..self.layout.host_end)
    }

    /// The port, when the URI names one.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.layout.port
    }

    /// The parameters in order, decoded.
    pub fn params(&self) -> impl Iterator<Item = UriParam<'a>> + use<'a> {
        raw_params(self.slice(self.layout.params..self.layout.headers), b';').map(RawParam::decoded)
    }

    /// The first parameter `name`; names have no case.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<UriParam<'a>> {
        self.params().find(|param| param.is(name))
    }

    /// Whether an `lr` parameter marks a loose router (RFC 3261 §16.12).
    #[must_use]
    pub fn is_loose_router(&self) -> bool {
        self.param("lr").is_some()
    }

    /// The text, where the components are in it, and the host.
    pub(crate) fn into_pieces(self) -> (&'a str, Layout, Host) {
        (self.text, self.layout, self.host)
    }

    fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SipUri;

    #[test]
    fn reads_what_the_owned_one_reads() {
        for text in [
            "sip:a%20b:pw@[::1]:5;x=%41;lr?s=1",
            "sips:h",
            "sip:#1@h_1;;lr",
            "sip:h;a;a",
            "sip:h:x",
            "tel:1",
            "sip:@h",
            "sip:h;a=\"b\"",
        ] {
            for mode in [Mode::Strict, Mode::Lenient, Mode::Rfc2543] {
                assert_eq!(SipUriRef::check(text, mode), SipUriRef::parse(text, mode).map(drop), "{text}");
                match (SipUriRef::parse(text, mode), SipUri::parse(text, mode)) {
                    (Ok(view), Ok(owned)) => {
                        assert_eq!(view.as_str(), owned.as_str());
                        assert_eq!((view.raw_user(), view.raw_host()), (owned.raw_user(), owned.raw_host()));
                        assert_eq!((view.host(), view.port()), (owned.host(), owned.port()));
                        assert_eq!(view.is_secure(), owned.is_secure());
                        assert!(view.params().eq(owned.params()));
                        assert_eq!(view.is_loose_router(), owned.is_loose_router());
                        assert_eq!(SipUri::from(view), owned);
                    }
                    (view, owned) => assert_eq!(view.err(), owned.err(), "{text}"),
                }
            }
        }
    }
}
