//! `telephone-url`: RFC 2806 §2.2, with the `telephone-subscriber` that RFC 2543 figure 4 has as well.

use super::class::{is_reserved, is_unreserved, is_visual_separator};
use crate::ParseUriError;

/// `telephone-url = "tel:" telephone-subscriber`; returns where the number ends.
pub(crate) fn telephone_url(text: &str) -> Result<usize, ParseUriError> {
    let bytes = text.as_bytes();
    let Some([b't' | b'T', b'e' | b'E', b'l' | b'L', b':']) = bytes.get(..4) else {
        return Err(ParseUriError::Scheme(0));
    };
    let number_end = number(bytes, 4).ok_or(ParseUriError::Number(4))?;
    let mut end = dialled(bytes, number_end);
    let mut has_context = false;
    while bytes.get(end) == Some(&b';') {
        let name_end = run(bytes, end + 1, is_token_char, true);
        let name = bytes.get(end + 1..name_end).unwrap_or_default();
        has_context |= name.eq_ignore_ascii_case(b"phone-context");
        end = parameter(bytes, name, name_end)?;
    }
    if end < bytes.len() {
        let rule = if end == number_end { ParseUriError::Number } else { ParseUriError::Param };
        return Err(rule(end));
    }
    // rfc2806#2.5.2 a local number is tagged with its area
    if !has_context && bytes.get(4) != Some(&b'+') {
        return Err(ParseUriError::PhoneContext(end));
    }
    Ok(number_end)
}

/// `global-phone-number / local-phone-number` of RFC 2543 figure 4 from `start`, if there is one; returns its end.
pub(super) fn subscriber(bytes: &[u8], start: usize) -> Option<usize> {
    Some(dialled(bytes, number(bytes, start)?))
}

/// The run of `allowed`, and of escapes if they have a meaning here, from `start`; returns its end.
pub(super) fn run(bytes: &[u8], start: usize, allowed: fn(u8) -> bool, escapes: bool) -> usize {
    let mut rest = bytes.get(start..).unwrap_or_default();
    loop {
        rest = match rest {
            [b'%', high, low, rest @ ..]
                if escapes && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                rest
            }
            [byte, rest @ ..] if allowed(*byte) => rest,
            rest => return bytes.len() - rest.len(),
        };
    }
}

/// `"+" 1*phonedigit / 1*( phonedigit / dtmf-digit / pause-character )`; returns its end.
fn number(bytes: &[u8], start: usize) -> Option<usize> {
    let (digits, end) = match bytes.get(start) {
        Some(b'+') => (start + 1, run(bytes, start + 1, is_phonedigit, false)),
        _ => (start, run(bytes, start, is_dial, false)),
    };
    (end > digits).then_some(end)
}

/// `[ isdn-subaddress ] [ post-dial ]` from `start`; returns where what was found of them ends.
fn dialled(bytes: &[u8], start: usize) -> usize {
    let end = labelled(bytes, start, b";isub=", is_phonedigit).unwrap_or(start);
    labelled(bytes, end, b";postd=", is_dial).unwrap_or(end)
}

fn labelled(bytes: &[u8], start: usize, label: &[u8], allowed: fn(u8) -> bool) -> Option<usize> {
    let value = start + label.len();
    if !bytes.get(start..value)?.eq_ignore_ascii_case(label) {
        return None;
    }
    let end = run(bytes, value, allowed, false);
    let is_whole = end > value && bytes.get(end).is_none_or(|next| matches!(next, b';' | b':' | b'@'));
    is_whole.then_some(end)
}

/// `area-specifier / service-provider / future-extension` with this name, from the end of the name.
fn parameter(bytes: &[u8], name: &[u8], name_end: usize) -> Result<usize, ParseUriError> {
    let start = name_end - name.len();
    let is_dialled = name.eq_ignore_ascii_case(b"isub") || name.eq_ignore_ascii_case(b"postd");
    if name.is_empty() || is_dialled {
        // The two that are dialled come first, in that order.
        return Err(ParseUriError::Param(start));
    }
    if bytes.get(name_end) != Some(&b'=') {
        return Ok(name_end);
    }
    let end = run(bytes, name_end + 1, is_value, true);
    if end == name_end + 1 { Err(ParseUriError::Param(end)) } else { Ok(end) }
}

/// `phonedigit`.
const fn is_phonedigit(byte: u8) -> bool {
    byte.is_ascii_digit() || is_visual_separator(byte)
}

/// `phonedigit / dtmf-digit / pause-character`.
const fn is_dial(byte: u8) -> bool {
    is_phonedigit(byte) || matches!(byte, b'*' | b'#' | b'A'..=b'D' | b'p' | b'w')
}

/// `token-char` as far as a URL may hold it unescaped (RFC 2396 §2.4.3).
const fn is_token_char(byte: u8) -> bool {
    is_unreserved(byte) && !matches!(byte, b'(' | b')') || matches!(byte, b'$' | b'&' | b'+')
}

/// The characters of `private-prefix`, which has most of them, as far as a URL may hold them unescaped.
const fn is_value(byte: u8) -> bool {
    is_unreserved(byte) || (is_reserved(byte) && byte != b';')
}

#[cfg(test)]
mod tests {
    use crate::{Mode, ParseUriError, TelUri};

    #[test]
    fn numbers_of_rfc_2806_are_read() {
        for (text, number) in [
            ("tel:+358-555-1234567", "+358-555-1234567"),
            ("tel:+358-555-1234567;postd=pp22", "+358-555-1234567"),
            ("tel:0w003585551234567;phone-context=+3585551234", "0w003585551234567"),
            ("tel:+1234567890;phone-context=+1234;vnd.company.option=foo", "+1234567890"),
            ("tel:*21#;isub=1;postd=p9;phone-context=X-1;tsp=a.b", "*21#"),
        ] {
            assert_eq!(TelUri::parse(text, Mode::Rfc2543).unwrap().number(), number);
            assert!(TelUri::parse(text, Mode::Lenient).is_ok(), "{text}");
        }
    }

    #[test]
    fn errors_name_the_rule_and_the_place() {
        for (text, error) in [
            ("sip:1", ParseUriError::Scheme(0)),
            ("tel:", ParseUriError::Number(4)),
            ("tel:+", ParseUriError::Number(4)),
            ("tel:+1A", ParseUriError::Number(6)),
            ("tel:7042", ParseUriError::PhoneContext(8)),
            ("tel:+1;", ParseUriError::Param(7)),
            ("tel:+1;x=", ParseUriError::Param(9)),
            ("tel:+1;postd=1;isub=1", ParseUriError::Param(15)),
            ("tel:+1;x=a b", ParseUriError::Param(10)),
        ] {
            assert_eq!(TelUri::parse(text, Mode::Rfc2543), Err(error), "{text}");
        }
    }
}
