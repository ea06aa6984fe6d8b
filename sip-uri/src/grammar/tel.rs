//! `telephone-uri`: RFC 3966 §3; lenient: also the numbers of RFC 2806.

use super::class::Class;
use super::host::is_hostname;
use super::primitive::{Parsed, end, fault, span0, span1};
use crate::{Mode, ParseUriError};
use nom::Parser;
use nom::bytes::complete::{tag, tag_no_case};
use nom::combinator::{cut, recognize};
use nom::multi::many0_count;
use nom::sequence::preceded;

/// The pieces of a tel URI.
#[derive(Debug)]
pub(crate) struct TelParts<'a> {
    /// With its plus sign and visual separators.
    pub(crate) number: &'a str,
}

/// `telephone-uri = "tel:" telephone-subscriber`.
pub(crate) fn telephone_uri(input: &str, mode: Mode) -> Parsed<'_, TelParts<'_>> {
    let (rest, _) = tag_no_case("tel:")
        .parse(input)
        .or_else(|_: nom::Err<super::primitive::Fault<'_>>| fault(input, ParseUriError::Scheme))?;
    let (rest, number) = number(rest, mode)?;
    let parameter = preceded(tag(";"), cut(|input| par(input, mode)));
    let (rest, params) = recognize(many0_count(parameter)).parse(rest)?;
    end(rest, &[], ParseUriError::Param)?;
    // rfc3966#5.1.5 a local number is tagged with its context
    if mode == Mode::Strict && !number.starts_with('+') && !has_context(params) {
        return fault(rest, ParseUriError::PhoneContext);
    }
    Ok((rest, TelParts { number }))
}

/// `global-number-digits / local-number-digits`; lenient: anything up to the first semicolon.
fn number(input: &str, mode: Mode) -> Parsed<'_, &str> {
    let (rest, number) = match (mode, input.strip_prefix('+')) {
        (Mode::Strict | Mode::Rfc2543, Some(digits)) => span_bare(digits, Class::PHONEDIGIT),
        (Mode::Strict | Mode::Rfc2543, None) => span_bare(input, Class::PHONEDIGIT_HEX),
        (Mode::Lenient, _) => span0(input, Class::PHONEDIGIT_HEX, mode),
    };
    end(rest, &[';'], ParseUriError::Number)?;
    if number.bytes().any(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'#')) {
        let text = input.get(..input.len() - rest.len()).unwrap_or_default();
        return Ok((rest, text));
    }
    fault(input, ParseUriError::Number)
}

/// A run of `class` without escapes, which neither the digits of a number nor the names of parameters have.
fn span_bare(input: &str, class: Class) -> (&str, &str) {
    let length = input.bytes().take_while(|byte| class.contains(Mode::Strict, *byte)).count();
    let (span, rest) = input.split_at_checked(length).unwrap_or((input, ""));
    (rest, span)
}

/// `par = parameter / extension / isdn-subaddress`, and `context`.
fn par(input: &str, mode: Mode) -> Parsed<'_, &str> {
    if mode == Mode::Lenient {
        let (rest, _) = span0(input, Class::TEL_PNAME, mode);
        return Ok(span0(rest, Class::TEL_PVALUE, mode));
    }
    // pname = 1*( alphanum / "-" ), where nothing can be escaped
    let (rest, name) = span_bare(input, Class::TEL_PNAME);
    if name.is_empty() {
        return fault(input, ParseUriError::Param);
    }
    let (value, rest) = match rest.strip_prefix('=') {
        Some(value) => {
            let (rest, _) = span1(Class::TEL_PVALUE, mode, ParseUriError::Param)(value)?;
            (value.get(..value.len() - rest.len()), rest)
        }
        None => (None, rest),
    };
    end(rest, &[';'], ParseUriError::Param)?;
    if has_legal_value(name, value) { Ok((rest, name)) } else { fault(input, ParseUriError::Param) }
}

/// What `extension`, `isdn-subaddress`, `context` and `parameter` ask of a value that is made of legal characters.
fn has_legal_value(name: &str, value: Option<&str>) -> bool {
    let is_digits = |text: &str| {
        let (rest, digits) = span_bare(text, Class::PHONEDIGIT);
        rest.is_empty() && digits.bytes().any(|byte| byte.is_ascii_digit())
    };
    let is_param = |text: &str| span0(text, Class::PVALUE, Mode::Strict).0.is_empty();
    match (name.to_ascii_lowercase().as_str(), value) {
        ("isub", value) => value.is_some(),
        ("ext", value) => value.is_some_and(is_digits),
        ("phone-context", value) => {
            value.is_some_and(|text| text.strip_prefix('+').map_or_else(|| is_hostname(text), is_digits))
        }
        (_, value) => value.is_none_or(is_param),
    }
}

fn has_context(params: &str) -> bool {
    params
        .split(';')
        .filter_map(|param| param.split_once('='))
        .any(|(name, _)| name.eq_ignore_ascii_case("phone-context"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::finish;

    fn number_of(text: &str, mode: Mode) -> Result<&str, ParseUriError> {
        finish(text, telephone_uri(text, mode)).map(|parts| parts.number)
    }

    #[test]
    fn strict_follows_rfc_3966() {
        for text in [
            "tel:+1-201-555-0123",
            "tel:7042;phone-context=example.com",
            "tel:863-1234;phone-context=+1-914-555",
            "tel:*#06#;phone-context=example.com",
            "tel:+358-555-1234567;postd=pp22;isub=14/11",
            "TEL:+1(212)555.1212;ext=1-2;x",
        ] {
            assert!(number_of(text, Mode::Strict).is_ok(), "{text}");
        }
    }

    #[test]
    fn strict_errors_name_the_rule_and_the_place() {
        for (text, error) in [
            ("sip:1", ParseUriError::Scheme(0)),
            ("tel:", ParseUriError::Number(4)),
            ("tel:+", ParseUriError::Number(4)),
            ("tel:+-", ParseUriError::Number(4)),
            ("tel:+1A", ParseUriError::Number(6)),
            ("tel:+1%32", ParseUriError::Number(6)),
            ("tel:7042", ParseUriError::PhoneContext(8)),
            ("tel:+1;", ParseUriError::Param(7)),
            ("tel:+1;ext=x", ParseUriError::Param(7)),
            ("tel:+1;phone-context=-", ParseUriError::Param(7)),
            ("tel:+1;a=", ParseUriError::Param(9)),
            ("tel:+1;a_b=c", ParseUriError::Param(8)),
            ("tel:+1;a%62=c", ParseUriError::Param(8)),
        ] {
            assert_eq!(number_of(text, Mode::Strict), Err(error), "{text}");
        }
    }

    #[test]
    fn lenient_takes_numbers_of_rfc_2806() {
        let text = "tel:0w003585551234567;phone-context=+3585551234";
        assert_eq!(number_of(text, Mode::Lenient), Ok("0w003585551234567"));
        assert_eq!(number_of("tel:7042", Mode::Lenient), Ok("7042"));
        assert_eq!(number_of("tel:;x", Mode::Lenient), Err(ParseUriError::Number(4)));
        assert_eq!(number_of("tel:1 2", Mode::Lenient), Err(ParseUriError::Number(5)));
    }
}
