//! Escaping per component, RFC 3261 §19.1.2, and its reverse.

use crate::Mode;
use crate::grammar::class::Class;
use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` with every byte that `class` does not allow as `%HH`.
pub(crate) fn encode(text: &str, class: Class) -> String {
    encode_units(text.bytes().map(|byte| Unit { byte, escaped: false }), class)
}

/// The units with those that are escaped already, and those that `class` does not allow, as `%HH`.
pub(crate) fn encode_units(units: impl Iterator<Item = Unit>, class: Class) -> String {
    let mut out = String::with_capacity(units.size_hint().0);
    for Unit { byte, escaped } in units {
        // A percent sign is in no class of a component that has escapes.
        if !escaped && class.contains(Mode::Strict, byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").unwrap_or_default();
        }
    }
    out
}

/// The text behind the escapes, undone once; bytes that are no UTF-8 become U+FFFD.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes: Vec<u8> = Units::of(text).map(|unit| unit.byte).collect();
    match String::from_utf8_lossy(&bytes) {
        Cow::Borrowed(decoded) => Cow::Owned(decoded.to_owned()),
        Cow::Owned(decoded) => Cow::Owned(decoded),
    }
}

/// One byte of a component, and whether it was written as an escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) byte: u8,
    pub(crate) escaped: bool,
}

/// The units of a component in order; a percent sign without two hexadecimal digits stands for itself.
#[derive(Clone, Debug)]
pub(crate) struct Units<'a>(&'a [u8]);

impl<'a> Units<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self(text.as_bytes())
    }
}

impl Iterator for Units<'_> {
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        if let [b'%', high, low, rest @ ..] = self.0
            && let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low))
        {
            self.0 = rest;
            return Some(Unit { byte: high * 16 + low, escaped: true });
        }
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(Unit { byte: *byte, escaped: false })
    }
}

const fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unescapes_once_only() {
        assert_eq!(decode("v%61lue%25%34%31"), "value%41");
        assert_eq!(decode("null-%00-null"), "null-\0-null");
        assert_eq!(decode("%zz%4"), "%zz%4");
        assert_eq!(decode("caf%C3%A9%FF"), "café\u{fffd}");
    }

    #[test]
    fn escapes_what_the_component_forbids() {
        assert_eq!(encode("j@s0n", Class::USER), "j%40s0n");
        assert_eq!(encode("a;b=c d%é", Class::USER), "a;b=c%20d%25%C3%A9");
        assert_eq!(encode("a;b=c", Class::PVALUE), "a%3Bb%3Dc");
        assert_eq!(encode("<sip:b@c>", Class::HVALUE), "%3Csip:b%40c%3E");
    }
}
