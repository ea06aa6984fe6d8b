//! Character classes of RFC 3261 §25.1 and RFC 3966 §3, each with the looser one of `Mode::Lenient`.

use crate::Mode;

/// A set of bytes that may stand unescaped in a component.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Class {
    strict: u32,
    lenient: u32,
}

impl Class {
    /// `unreserved / user-unreserved`; lenient: all but the colon.
    pub(crate) const USER: Self = Self::bit(0);
    /// `password`; lenient: anything.
    pub(crate) const PASSWORD: Self = Self::bit(1);
    /// `paramchar` of a name; lenient: all but `;?=`.
    pub(crate) const PNAME: Self = Self::bit(2);
    /// `paramchar` of a value; lenient: all but `;?`.
    pub(crate) const PVALUE: Self = Self::bit(3);
    /// `unreserved / hnv-unreserved` of a name; lenient: all but `&=`.
    pub(crate) const HNAME: Self = Self::bit(4);
    /// `unreserved / hnv-unreserved` of a value; lenient: all but `&`.
    pub(crate) const HVALUE: Self = Self::bit(5);
    /// `reserved / unreserved`; lenient: anything.
    pub(crate) const URIC: Self = Self::bit(6);
    /// `token`, where a percent sign is no escape; lenient: all but `;?`.
    pub(crate) const TOKEN: Self = Self::bit(7);
    /// Letters, digits, dots and hyphens; lenient: also underscores and non-ASCII.
    pub(crate) const HOST: Self = Self::bit(8);
    /// `phonedigit` of RFC 3966; lenient: all but `;`.
    pub(crate) const PHONEDIGIT: Self = Self::bit(9);
    /// `phonedigit-hex` of RFC 3966; lenient: all but `;`.
    pub(crate) const PHONEDIGIT_HEX: Self = Self::bit(10);
    /// `alphanum / "-"`, the names of RFC 3966 parameters; lenient: all but `;=`.
    pub(crate) const TEL_PNAME: Self = Self::bit(11);
    /// `paramchar` of RFC 3966, or `uric` without the semicolon for `isub`; lenient: all but `;`.
    pub(crate) const TEL_PVALUE: Self = Self::bit(12);

    /// No component: `paramchar` with `;` and `=`, for a scan over all parameters; lenient: all but `?`.
    pub(crate) const PARAMS: Self = Self::bit(13);
    /// No component: what lenient mode takes behind a port, but for `?` and `@`, in either mode.
    pub(crate) const USUAL_PARAMS: Self = Self::bit(14);

    const fn bit(bit: u32) -> Self {
        Self { strict: 1 << bit, lenient: 1 << (bit + 16) }
    }

    /// Whether `byte` may stand unescaped.
    pub(crate) fn contains(self, mode: Mode, byte: u8) -> bool {
        is_in(self.mask(mode), byte)
    }

    const fn mask(self, mode: Mode) -> u32 {
        match mode {
            Mode::Strict | Mode::Rfc2543 => self.strict,
            Mode::Lenient => self.lenient,
        }
    }
}

fn is_in(mask: u32, byte: u8) -> bool {
    TABLE.get(usize::from(byte)).is_some_and(|bits| bits & mask != 0)
}

/// What follows the longest, possibly empty, run of `class` without escapes.
pub(super) fn behind(bytes: &[u8], class: Class, mode: Mode) -> &[u8] {
    let mask = class.mask(mode);
    let mut rest = bytes;
    // Four at a time, which saves looking at the length.
    while let [first, second, third, fourth, tail @ ..] = rest {
        let [_, from_second @ ..] = rest else { break };
        let [_, _, from_third @ ..] = rest else { break };
        let [_, _, _, from_fourth @ ..] = rest else { break };
        match () {
            () if !is_in(mask, *first) => return rest,
            () if !is_in(mask, *second) => return from_second,
            () if !is_in(mask, *third) => return from_third,
            () if !is_in(mask, *fourth) => return from_fourth,
            () => rest = tail,
        }
    }
    while let [first, tail @ ..] = rest
        && is_in(mask, *first)
    {
        rest = tail;
    }
    rest
}

/// Where the longest, possibly empty, run of `class` and `escaped` from `start` ends; in lenient mode a bare percent
/// sign is a character.
pub(crate) fn span(bytes: &[u8], start: usize, class: Class, mode: Mode) -> usize {
    let mask = class.mask(mode);
    let mut at = start;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        at += rest.iter().position(|byte| !is_in(mask, *byte)).unwrap_or(rest.len());
        // escaped = "%" HEXDIG HEXDIG
        match bytes.get(at..) {
            Some([b'%', high, low, ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => at += 3,
            _ => return at,
        }
    }
}

/// Whether `byte` is in `reserved` of RFC 2396 §2.2, which §19.1.4 keeps apart from its escape.
pub(crate) const fn is_reserved(byte: u8) -> bool {
    matches!(byte, b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b',')
}

/// `unreserved` of RFC 2396 §2.3.
pub(crate) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')')
}

const fn is_any(byte: u8) -> bool {
    byte > b' ' && !matches!(byte, 0x7f | b'<' | b'>' | b'"')
}

/// What may stand between the digits of a number (RFC 3966 §3).
pub(crate) const fn is_visual_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b'.' | b'(' | b')')
}

static TABLE: [u32; 256] = table();

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler only")]
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte: u8 = 0;
    loop {
        table[byte as usize] = strict_bits(byte) | lenient_bits(byte);
        if byte == u8::MAX {
            return table;
        }
        byte += 1;
    }
}

const fn strict_bits(byte: u8) -> u32 {
    let unreserved = is_unreserved(byte);
    let alphanum = byte.is_ascii_alphanumeric();
    let param = unreserved || matches!(byte, b'[' | b']' | b'/' | b':' | b'&' | b'+' | b'$');
    let header = unreserved || matches!(byte, b'[' | b']' | b'/' | b'?' | b':' | b'+' | b'$');
    let uric = unreserved || is_reserved(byte);
    let user = unreserved || matches!(byte, b'&' | b'=' | b'+' | b'$' | b',' | b';' | b'?' | b'/');
    let password = unreserved || matches!(byte, b'&' | b'=' | b'+' | b'$' | b',');
    let token =
        alphanum || matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~');
    let phonedigit = byte.is_ascii_digit() || is_visual_separator(byte);
    let phonedigit_hex = byte.is_ascii_hexdigit() || matches!(byte, b'*' | b'#') || is_visual_separator(byte);
    mask(user, Class::USER.strict)
        | mask(password, Class::PASSWORD.strict)
        | mask(param, Class::PNAME.strict | Class::PVALUE.strict)
        | mask(header, Class::HNAME.strict | Class::HVALUE.strict)
        | mask(uric, Class::URIC.strict)
        | mask(token, Class::TOKEN.strict)
        | mask(alphanum || matches!(byte, b'-' | b'.'), Class::HOST.strict)
        | mask(phonedigit, Class::PHONEDIGIT.strict)
        | mask(phonedigit_hex, Class::PHONEDIGIT_HEX.strict)
        | mask(alphanum || byte == b'-', Class::TEL_PNAME.strict)
        | mask(param || (uric && byte != b';'), Class::TEL_PVALUE.strict)
        | mask(param || matches!(byte, b';' | b'='), Class::PARAMS.strict)
        | mask(is_any(byte) && !matches!(byte, b'?' | b'@'), Class::USUAL_PARAMS.strict)
}

const fn lenient_bits(byte: u8) -> u32 {
    let any = is_any(byte);
    let host = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') || !byte.is_ascii();
    let param = any && !matches!(byte, b';' | b'?');
    mask(any && byte != b':', Class::USER.lenient)
        | mask(any, Class::PASSWORD.lenient | Class::URIC.lenient)
        | mask(param && byte != b'=', Class::PNAME.lenient)
        | mask(param, Class::PVALUE.lenient | Class::TOKEN.lenient)
        | mask(any && !matches!(byte, b'&' | b'='), Class::HNAME.lenient)
        | mask(any && byte != b'&', Class::HVALUE.lenient)
        | mask(host, Class::HOST.lenient)
        | mask(any && byte != b';', Class::PHONEDIGIT.lenient | Class::PHONEDIGIT_HEX.lenient)
        | mask(any && !matches!(byte, b';' | b'='), Class::TEL_PNAME.lenient)
        | mask(any && byte != b';', Class::TEL_PVALUE.lenient)
        | mask(any && byte != b'?', Class::PARAMS.lenient)
        | mask(any && !matches!(byte, b'?' | b'@'), Class::USUAL_PARAMS.lenient)
}

const fn mask(set: bool, bits: u32) -> u32 {
    if set { bits } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(class: Class) -> String {
        let bytes = (0..=255u8).filter(|byte| class.contains(Mode::Strict, *byte));
        bytes.filter(|byte| !byte.is_ascii_alphanumeric()).map(char::from).collect()
    }

    #[test]
    fn strict_classes_are_the_abnf() {
        assert_eq!(members(Class::USER), "!$&'()*+,-./;=?_~");
        assert_eq!(members(Class::PASSWORD), "!$&'()*+,-.=_~");
        assert_eq!(members(Class::PVALUE), "!$&'()*+-./:[]_~");
        assert_eq!(members(Class::HVALUE), "!$'()*+-./:?[]_~");
        assert_eq!(members(Class::URIC), "!$&'()*+,-./:;=?@_~");
        assert_eq!(members(Class::TOKEN), "!%'*+-._`~");
        assert_eq!(members(Class::PHONEDIGIT_HEX), "#()*-.");
    }

    #[test]
    fn lenient_is_wider_than_strict_and_never_holds_controls() {
        for bit in 0..15 {
            let class = Class::bit(bit);
            for byte in 0..=255u8 {
                assert!(
                    !class.contains(Mode::Strict, byte) || class.contains(Mode::Lenient, byte),
                    "{bit} {byte}"
                );
            }
            for byte in *b"\0\t\r\n \x7f<>\"" {
                assert!(!class.contains(Mode::Lenient, byte));
            }
        }
    }
}
