//! SIP and SIPS URIs of RFC 3261 §19.1.1, read in the text they stand in, without a copy of it.

use crate::grammar::class::Class;
use crate::layout::Layout;
use crate::param::{RawParam, UriParam, raw_params, repeated};
use crate::{Host, Mode, ParseUriError, grammar};
use std::ops::Range;

/// A SIP or SIPS URI in somebody else's text: what [`SipUri`](crate::SipUri) is, without the allocation (RFC 3261
/// §19.1.1).
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
#[derive(Clone, Copy, Debug)]
pub struct SipUriRef<'a> {
    text: &'a str,
    layout: Layout,
}

impl<'a> SipUriRef<'a> {
    /// Parses a whole text, by the rules of [`SipUri::parse`](crate::SipUri::parse).
    ///
    /// # Errors
    /// The first rule that the text breaks in `mode`, with its offset.
    pub fn parse(text: &'a str, mode: Mode) -> Result<Self, ParseUriError> {
        if let Some(usual) = Self::usual(text, mode) {
            return Ok(usual);
        }
        let (layout, _) = Self::take_apart(text, mode)?;
        Ok(Self { text, layout })
    }

    /// The URI that a text begins with, as [`Mode::Lenient`] reads it, and what stands behind it: nothing, or a byte
    /// that ends every URI, such as `>`, and more.
    ///
    /// `None` says nothing: there may be a URI of a less usual form, with escapes in its user, a password, an IPv6
    /// reference or header components. Find its end and [`parse`](Self::parse) it.
    ///
    /// ```
    /// # use sip_uri::SipUriRef;
    /// let (uri, behind) = SipUriRef::usual_prefix("sip:alice@atlanta.com;lr>;tag=1").unwrap();
    /// assert_eq!((uri.as_str(), behind), ("sip:alice@atlanta.com;lr", ">;tag=1"));
    /// assert!(SipUriRef::usual_prefix("sip:alice:secretword@atlanta.com>").is_none());
    /// ```
    #[inline(always)]
    #[must_use]
    pub fn usual_prefix(text: &'a str) -> Option<(Self, &'a str)> {
        let (layout, behind) = grammar::usual::sip_uri(text.as_bytes())?;
        let is_whole = behind.first().is_none_or(|byte| !Class::URIC.contains(Mode::Lenient, *byte));
        let (text, behind) = text.split_at_checked(text.len() - behind.len()).filter(|_| is_whole)?;
        Some((Self { text, layout }, behind))
    }

    /// The URI that the whole text is, if it has its usual form.
    pub(crate) fn usual(text: &'a str, mode: Mode) -> Option<Self> {
        if mode != Mode::Lenient {
            return None;
        }
        let (layout, behind) = grammar::usual::sip_uri(text.as_bytes())?;
        behind.is_empty().then_some(Self { text, layout })
    }

    /// The whole text.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// Whether the scheme is `sips`.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.layout.scheme().end == "sips".len()
    }

    /// The user part as it is written.
    #[must_use]
    pub fn raw_user(&self) -> Option<&'a str> {
        self.layout.user().map(|range| self.slice(range))
    }

    /// The host, or the address, which is made of its text at each call.
    #[must_use]
    pub fn host(&self) -> Host {
        Host::known(self.raw_host())
    }

    /// The host as it is written, IPv6 addresses with their brackets.
    #[must_use]
    pub fn raw_host(&self) -> &'a str {
        self.slice(self.layout.host())
    }

    /// The port, when the URI names one.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.layout.port
    }

    /// The parameters in order, decoded.
    pub fn params(&self) -> impl Iterator<Item = UriParam<'a>> + use<'a> {
        raw_params(self.slice(self.layout.params()), b';').map(RawParam::decoded)
    }

    /// The first parameter `name`; names have no case.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<UriParam<'a>> {
        self.params().find(|param| param.is(name))
    }

    /// Whether this is a loose router (RFC 3261 §16.12), as [`SipUri::is_loose_router`](crate::SipUri::is_loose_router) has it.
    #[must_use]
    pub fn is_loose_router(&self) -> bool {
        self.param("lr").is_some() || self.param("r2").is_some()
    }

    /// Where the components of a URI of any form are in `text`, and its host.
    pub(crate) fn take_apart(text: &str, mode: Mode) -> Result<(Layout, Host), ParseUriError> {
        let (layout, host) = match mode {
            Mode::Strict => grammar::sip::sip_uri(text, mode)?,
            Mode::Lenient => grammar::sip::sip_uri(text, mode)
                .or_else(|error| grammar::sip_url::printable(text).map_err(|_| error))?,
            Mode::Rfc2543 => grammar::sip_url::sip_url(text)?,
        };
        // rfc3261#19.1.1 a parameter name occurs once
        if mode == Mode::Strict
            && let Some(offset) = repeated(text.get(layout.params()).unwrap_or_default())
        {
            return Err(ParseUriError::RepeatedParam(layout.params().start + offset));
        }
        Ok((layout, host))
    }

    /// The text, and where the components are in it.
    pub(crate) const fn into_pieces(self) -> (&'a str, Layout) {
        (self.text, self.layout)
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
                match (SipUriRef::parse(text, mode), SipUri::parse(text, mode)) {
                    (Ok(view), Ok(owned)) => {
                        assert_eq!(view.as_str(), owned.as_str());
                        assert_eq!((view.raw_user(), view.raw_host()), (owned.raw_user(), owned.raw_host()));
                        assert_eq!((&view.host(), view.port()), (owned.host(), owned.port()));
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
