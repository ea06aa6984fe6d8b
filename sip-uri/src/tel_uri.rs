//! tel URIs, RFC 3966: telephone numbers with parameters; in lenient mode also those of RFC 2806.

use crate::grammar::class::is_visual_separator;
use crate::param::{RawParam, RawParams, UriParam, raw_params, repeated};
use crate::{Mode, ParseUriError, grammar};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

const SCHEME: &str = "tel";

/// A telephone number as a URI; keeps its text, which `==` compares (RFC 3966).
///
/// ```
/// use sip_uri::TelUri;
///
/// let uri: TelUri = "tel:+1-201-555-0123;ext=7".parse()?;
/// assert_eq!(uri.number(), "+1-201-555-0123");
/// assert!(uri.is_global());
/// assert_eq!(uri.param("EXT").unwrap().value.as_deref(), Some("7"));
/// # Ok::<(), sip_uri::ParseUriError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TelUri {
    text: Box<str>,
    number_start: usize,
    number_end: usize,
}

impl TelUri {
    /// Parses a whole text.
    ///
    /// # Errors
    /// The first rule that the text breaks in `mode`, with its offset.
    pub fn parse(text: &str, mode: Mode) -> Result<Self, ParseUriError> {
        let number_start = SCHEME.len() + 1;
        let number_end = match mode {
            Mode::Strict | Mode::Lenient => {
                let parts = grammar::finish(text, grammar::tel::telephone_uri(text, mode))?;
                number_start + parts.number.len()
            }
            Mode::Rfc2543 => grammar::tel_url::telephone_url(text)?,
        };
        let uri = Self { text: text.into(), number_start, number_end };
        // rfc3966#3 a parameter occurs once
        if mode == Mode::Strict
            && let Some(offset) = repeated(uri.raw_params())
        {
            return Err(ParseUriError::RepeatedParam(number_end + offset));
        }
        Ok(uri)
    }

    /// The URI that `text` is, whose number is so long; both were put together from legal pieces.
    pub(crate) fn assemble(text: String, number: usize) -> Self {
        let number_start = SCHEME.len() + 1;
        Self { text: text.into(), number_start, number_end: number_start + number }
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The number as written: with its visual separators, and with the plus sign of a global one.
    #[must_use]
    pub fn number(&self) -> &str {
        self.text.get(self.number_start..self.number_end).unwrap_or_default()
    }

    /// Whether the number is a `global-number`, one with a plus sign (RFC 3966 §5.1.4).
    #[must_use]
    pub fn is_global(&self) -> bool {
        self.number().starts_with('+')
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

    /// Whether nobody could take the number for a name.
    pub(crate) fn has_digits_only(&self) -> bool {
        let is_dialled = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'*' | b'#');
        self.number().bytes().all(|byte| is_dialled(byte) || is_visual_separator(byte))
    }

    /// Where a local number is valid: a domain name or the leading digits of global numbers (RFC 3966 §5.1.5).
    #[must_use]
    pub fn phone_context(&self) -> Option<Cow<'_, str>> {
        self.param("phone-context")?.value
    }

    pub(crate) fn raw_param_list(&self) -> RawParams<'_> {
        raw_params(self.raw_params(), b';')
    }

    fn raw_params(&self) -> &str {
        self.text.get(self.number_end..).unwrap_or_default()
    }
}

impl fmt::Display for TelUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for TelUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TelUri").field(&self.text).finish()
    }
}

impl AsRef<str> for TelUri {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl FromStr for TelUri {
    type Err = ParseUriError;

    /// Parses in [`Mode::Lenient`].
    fn from_str(text: &str) -> Result<Self, ParseUriError> {
        Self::parse(text, Mode::Lenient)
    }
}
