//! Any URI: `SIP-URI / SIPS-URI / absoluteURI` of RFC 3261 §25.1, with tel told apart (§19.1.6).

use crate::{Mode, OtherUri, ParseUriError, SipUri, TelUri, grammar};
use std::fmt;
use std::str::FromStr;

/// A URI of any scheme; keeps its text, which `==` and `Hash` go by (RFC 3261 §19.1, RFC 3966).
///
/// ```
/// use sip_uri::Uri;
///
/// let uri: Uri = "sips:1212@gateway.com".parse()?;
/// assert_eq!(uri.scheme(), "sips");
/// assert!(uri.as_sip().unwrap().is_secure());
/// assert_eq!("tel:+1-212-555-1212".parse::<Uri>()?.scheme(), "tel");
/// # Ok::<(), sip_uri::ParseUriError>(())
/// ```
#[expect(clippy::exhaustive_enums, reason = "every scheme without a type of its own is Other")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Uri {
    /// `sip:` or `sips:`.
    Sip(SipUri),
    /// `tel:`.
    Tel(TelUri),
    /// Any other scheme.
    Other(OtherUri),
}

impl Uri {
    /// Parses a whole text.
    ///
    /// # Errors
    /// The first rule that the text breaks in `mode`, with its offset.
    pub fn parse(text: &str, mode: Mode) -> Result<Self, ParseUriError> {
        let scheme = grammar::finish(text, grammar::opaque::scheme(text))?;
        if scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips") {
            SipUri::parse(text, mode).map(Self::Sip)
        } else if scheme.eq_ignore_ascii_case("tel") {
            TelUri::parse(text, mode).map(Self::Tel)
        } else {
            OtherUri::parse(text, mode).map(Self::Other)
        }
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Sip(uri) => uri.as_str(),
            Self::Tel(uri) => uri.as_str(),
            Self::Other(uri) => uri.as_str(),
        }
    }

    /// The scheme: `sip`, `sips` and `tel` in lower case, others as they were written.
    #[must_use]
    pub fn scheme(&self) -> &str {
        match self {
            Self::Sip(uri) => uri.scheme().as_str(),
            Self::Tel(_) => "tel",
            Self::Other(uri) => uri.scheme(),
        }
    }

    /// The SIP or SIPS URI, if it is one.
    #[must_use]
    pub const fn as_sip(&self) -> Option<&SipUri> {
        match self {
            Self::Sip(uri) => Some(uri),
            Self::Tel(_) | Self::Other(_) => None,
        }
    }

    /// The tel URI, if it is one.
    #[must_use]
    pub const fn as_tel(&self) -> Option<&TelUri> {
        match self {
            Self::Tel(uri) => Some(uri),
            Self::Sip(_) | Self::Other(_) => None,
        }
    }
}

impl From<SipUri> for Uri {
    fn from(uri: SipUri) -> Self {
        Self::Sip(uri)
    }
}

impl From<TelUri> for Uri {
    fn from(uri: TelUri) -> Self {
        Self::Tel(uri)
    }
}

impl From<OtherUri> for Uri {
    fn from(uri: OtherUri) -> Self {
        Self::Other(uri)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sip(uri) => fmt::Debug::fmt(uri, f),
            Self::Tel(uri) => fmt::Debug::fmt(uri, f),
            Self::Other(uri) => fmt::Debug::fmt(uri, f),
        }
    }
}

impl AsRef<str> for Uri {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl FromStr for Uri {
    type Err = ParseUriError;

    /// Parses in [`Mode::Lenient`].
    fn from_str(text: &str) -> Result<Self, ParseUriError> {
        Self::parse(text, Mode::Lenient)
    }
}
