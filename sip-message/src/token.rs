//! `token` of RFC 3261 §25.1: the words that methods, extension header names and option tags are made of.

use crate::InvalidValue;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A word of letters, digits and ``-.!%*_+`'~``, never empty; it keeps its spelling (RFC 3261 §25.1, `token`).
///
/// ```
/// # use sip_message::Token;
/// assert_eq!("X-Trace".parse::<Token>()?.as_str(), "X-Trace");
/// assert!("X Trace\r\n".parse::<Token>().is_err());
/// # Ok::<_, sip_message::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(Cow<'static, str>);

impl Token {
    /// A token known when the program is compiled.
    ///
    /// # Panics
    /// When `text` is no token; in a `const` the compiler says so.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        assert!(is_token(text.as_bytes()), "not a token");
        Self(Cow::Borrowed(text))
    }

    /// The text of the token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Token {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        match text.bytes().position(|byte| !is_token_byte(byte)) {
            Some(offset) => Err(InvalidValue::NotToken { offset }),
            None if text.is_empty() => Err(InvalidValue::Empty),
            None => Ok(Self(Cow::Owned(text.to_owned()))),
        }
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `bytes` is one whole token.
pub(crate) const fn is_token(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        if !is_token_byte(*first) {
            return false;
        }
        rest = tail;
    }
    !bytes.is_empty()
}

/// Whether `byte` may stand in a token.
#[expect(clippy::indexing_slicing, reason = "a byte cannot exceed the table")]
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    TOKEN_BYTES[byte as usize]
}

/// The answers of [`is_token_byte`], worked out by the compiler.
const TOKEN_BYTES: [bool; 256] = token_bytes();

#[expect(clippy::indexing_slicing, reason = "runs in the compiler, which reports a bad index")]
const fn token_bytes() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9'
            | b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~');
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_its_spelling_and_refuses_the_rest() {
        assert_eq!(Token::from_static("!%*_+`'~-.aZ9").as_str().len(), 13);
        assert_eq!("".parse::<Token>(), Err(InvalidValue::Empty));
        assert_eq!("ab c".parse::<Token>(), Err(InvalidValue::NotToken { offset: 2 }));
        assert_eq!("é".parse::<Token>(), Err(InvalidValue::NotToken { offset: 0 }));
    }
}
