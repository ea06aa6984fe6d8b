//! URIs of other schemes (`absoluteURI`, RFC 3261 §25.1): kept verbatim, their scheme readable.

use crate::{Mode, ParseUriError, grammar};
use std::fmt;
use std::str::FromStr;

/// A URI whose scheme is neither `sip`, `sips` nor `tel`; nothing but the scheme is read out of it (RFC 3261 §25.1,
/// `absoluteURI`).
///
/// ```
/// use sip_uri::OtherUri;
///
/// let uri: OtherUri = "soap.beep://192.0.2.103:3002".parse()?;
/// assert_eq!(uri.scheme(), "soap.beep");
/// # Ok::<(), sip_uri::ParseUriError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OtherUri {
    text: Box<str>,
    scheme_end: usize,
}

impl OtherUri {
    /// Parses a whole text.
    ///
    /// # Errors
    /// [`ParseUriError::Scheme`] when there is no scheme or when it is one of those with a type of their own,
    /// [`ParseUriError::Opaque`] for a character that no URI may hold.
    pub fn parse(text: &str, mode: Mode) -> Result<Self, ParseUriError> {
        let scheme = grammar::finish(text, grammar::opaque::absolute_uri(text, mode))?;
        if ["sip", "sips", "tel"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err(ParseUriError::Scheme(0));
        }
        Ok(Self { text: text.into(), scheme_end: scheme.len() })
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scheme, in the case it was written in.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.text.get(..self.scheme_end).unwrap_or_default()
    }

    /// What follows the scheme and its colon.
    pub(crate) fn rest(&self) -> &str {
        self.text.get(self.scheme_end..).unwrap_or_default()
    }
}

impl fmt::Display for OtherUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for OtherUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OtherUri").field(&self.text).finish()
    }
}

impl AsRef<str> for OtherUri {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl FromStr for OtherUri {
    type Err = ParseUriError;

    /// Parses in [`Mode::Lenient`].
    fn from_str(text: &str) -> Result<Self, ParseUriError> {
        Self::parse(text, Mode::Lenient)
    }
}
