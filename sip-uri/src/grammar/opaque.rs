//! `absoluteURI`: RFC 3261 §25.1, after RFC 2396 §3.

use super::class::Class;
use super::primitive::{Parsed, end, fault, span0, span1};
use crate::{Mode, ParseUriError};
use nom::bytes::complete::take_while1;
use nom::{IResult, Parser};

/// `scheme ":"`; returns the scheme and leaves what follows the colon.
pub(crate) fn scheme(input: &str) -> Parsed<'_, &str> {
    let scheme_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let found: IResult<&str, &str> = take_while1(scheme_char).parse(input);
    match found {
        Ok((rest, scheme)) if scheme.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            match rest.strip_prefix(':') {
                Some(rest) => Ok((rest, scheme)),
                None => fault(rest, ParseUriError::Scheme),
            }
        }
        Ok(_) | Err(_) => fault(input, ParseUriError::Scheme),
    }
}

/// `scheme ":" ( hier-part / opaque-part )`; returns the scheme.
///
/// The alternatives of both parts come down to `1*uric`, save for the brackets of an address in an authority.
pub(crate) fn absolute_uri(input: &str, mode: Mode) -> Parsed<'_, &str> {
    let (rest, name) = scheme(input)?;
    let after_authority = rest.strip_prefix("//").map(|rest| after_bracketed(rest, mode));
    let (rest, _) = match after_authority {
        Some(rest) => span0(rest, Class::URIC, mode),
        None => span1(Class::URIC, mode, ParseUriError::Opaque)(rest)?,
    };
    end(rest, &[], ParseUriError::Opaque)?;
    Ok((rest, name))
}

/// Skips an `IPv6reference` at the start of an authority, after its userinfo.
fn after_bracketed(input: &str, mode: Mode) -> &str {
    let (rest, _) = span0(input, Class::URIC, mode);
    let skipped = rest.strip_prefix('[').and_then(|inside| inside.split_once(']'));
    skipped.map_or(
        rest,
        |(address, rest)| if address.parse::<std::net::Ipv6Addr>().is_ok() { rest } else { input },
    )
}

#[cfg(test)]
mod tests {
    use crate::{Mode, ParseUriError, Uri};

    #[test]
    fn any_absolute_uri_is_kept() {
        for (text, scheme) in [
            ("nobodyKnowsThisScheme:totallyopaquecontent", "nobodyKnowsThisScheme"),
            ("soap.beep://192.0.2.103:3002", "soap.beep"),
            ("http://user@[2001:db8::1]:80/a?b=c", "http"),
            ("urn:service:sos", "urn"),
        ] {
            let uri = Uri::parse(text, Mode::Strict).unwrap();
            assert_eq!((uri.scheme(), uri.as_str()), (scheme, text));
        }
    }

    #[test]
    fn errors_name_the_place() {
        for (text, error) in [
            ("", ParseUriError::Scheme(0)),
            ("example.com", ParseUriError::Scheme(11)),
            ("1a:b", ParseUriError::Scheme(0)),
            (":b", ParseUriError::Scheme(0)),
            ("cid:", ParseUriError::Opaque(4)),
            ("im:a b", ParseUriError::Opaque(4)),
            ("im:a#b", ParseUriError::Opaque(4)),
            ("http://[x]/", ParseUriError::Opaque(7)),
        ] {
            assert_eq!(Uri::parse(text, Mode::Strict), Err(error), "{text}");
        }
    }
}
