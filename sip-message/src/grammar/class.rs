//! Classes of bytes that values are scanned by in place (RFC 3261 §25.1).

use crate::token::is_token_byte;

/// A set of bytes.
#[derive(Clone, Copy)]
pub(crate) struct Class(u8);

impl Class {
    /// `token`
    pub(crate) const TOKEN: Self = Self(1);
    /// `token / host` of `gen-value`, with port.
    pub(crate) const VALUE: Self = Self(1 << 1);
    /// What may stand in a `quoted-string` but for backslashes and folds.
    pub(crate) const QUOTED: Self = Self(1 << 2);
    /// Tokens and the blanks between them.
    pub(crate) const WORDS: Self = Self(1 << 3);
    /// Anything but white space and control characters.
    pub(crate) const VISIBLE: Self = Self(1 << 4);

    /// What follows the longest, possibly empty, run of these bytes.
    pub(crate) fn behind(self, bytes: &[u8]) -> &[u8] {
        let mut rest = bytes;
        // Four at a time, which saves looking at the length.
        while let [first, second, third, fourth, tail @ ..] = rest {
            let [_, from_second @ ..] = rest else { break };
            let [_, _, from_third @ ..] = rest else { break };
            let [_, _, _, from_fourth @ ..] = rest else { break };
            match () {
                () if !self.has(*first) => return rest,
                () if !self.has(*second) => return from_second,
                () if !self.has(*third) => return from_third,
                () if !self.has(*fourth) => return from_fourth,
                () => rest = tail,
            }
        }
        while let [first, tail @ ..] = rest
            && self.has(*first)
        {
            rest = tail;
        }
        rest
    }

    /// The longest, possibly empty, run of these bytes, which are ASCII or whole characters, and what follows it.
    pub(crate) fn split(self, text: &str) -> Option<(&str, &str)> {
        text.split_at_checked(text.len() - self.behind(text.as_bytes()).len())
    }

    fn has(self, byte: u8) -> bool {
        TABLE.get(usize::from(byte)).is_some_and(|classes| classes & self.0 != 0)
    }
}

static TABLE: [u8; 256] = table();

#[expect(clippy::indexing_slicing, reason = "runs in the compiler, which reports a bad index")]
const fn table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte: u8 = 0;
    loop {
        table[byte as usize] = classes(byte);
        if byte == u8::MAX {
            return table;
        }
        byte += 1;
    }
}

const fn classes(byte: u8) -> u8 {
    let token = is_token_byte(byte);
    let mut classes = 0;
    if token {
        classes |= Class::TOKEN.0;
    }
    if token || matches!(byte, b'[' | b']' | b':') {
        classes |= Class::VALUE.0;
    }
    if !matches!(byte, b'"' | b'\\' | b'\r' | b'\n') {
        classes |= Class::QUOTED.0;
    }
    if token || byte == b' ' {
        classes |= Class::WORDS.0;
    }
    if byte > b' ' {
        classes |= Class::VISIBLE.0;
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_end_where_the_class_does() {
        for length in 0..12 {
            let text = format!("{};\u{e9}", "a".repeat(length));
            for class in [Class::TOKEN, Class::VALUE, Class::WORDS] {
                assert_eq!(class.split(&text), text.split_at_checked(length));
            }
            assert_eq!(Class::QUOTED.split(&text), Some((text.as_str(), "")));
        }
        assert_eq!(Class::WORDS.split("a b\tc"), Some(("a b", "\tc")));
        assert_eq!(Class::VALUE.split("[::1]:5 "), Some(("[::1]:5", " ")));
        assert_eq!(Class::VISIBLE.split("\u{e9}@\u{1f}"), Some(("\u{e9}@", "\u{1f}")));
    }
}
