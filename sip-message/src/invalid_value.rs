//! Why a value of ours cannot go into a message (RFC 3261 §7.3.1, §25.1).

use thiserror::Error;

/// Why a value was refused before it could get into a message: the caller's fault (RFC 3261 §7.3.1, §25.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidValue {
    /// A carriage return, line feed or NUL, which could forge header fields.
    #[error("CR, LF or NUL at byte {offset}")]
    LineBreak {
        /// Byte offset into the value.
        offset: usize,
    },
    /// A character that cannot stand in a token (RFC 3261 §25.1).
    #[error("not a token at byte {offset}")]
    NotToken {
        /// Byte offset into the value.
        offset: usize,
    },
    /// Nothing where something must stand.
    #[error("empty value")]
    Empty,
}

impl InvalidValue {
    /// Refuses what would break the line it stands in.
    pub(crate) fn check_line(text: &str) -> Result<(), Self> {
        match text.bytes().position(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            Some(offset) => Err(Self::LineBreak { offset }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_and_nul_are_refused() {
        assert_eq!(InvalidValue::check_line("a\tb é"), Ok(()));
        for text in ["a\r", "a\n", "a\0"] {
            assert_eq!(InvalidValue::check_line(text), Err(InvalidValue::LineBreak { offset: 1 }));
        }
    }
}
