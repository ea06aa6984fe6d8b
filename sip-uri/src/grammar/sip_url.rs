//! `SIP-URL`: RFC 2543 §2, figures 3 and 4.

use super::class::{is_reserved, is_unreserved};
use super::host::{HostPort, hostport};
use super::tel_url::{run, subscriber};
use crate::layout::Layout;
use crate::{Host, Mode, ParseUriError};

/// `SIP-URL = "sip:" [ userinfo "@" ] hostport url-parameters [ headers ]`.
pub(crate) fn sip_url(text: &str) -> Result<(Layout, Host), ParseUriError> {
    let bytes = text.as_bytes();
    // There was no sips yet.
    let user @ 4 = super::sip::scheme(bytes)? else { return Err(ParseUriError::Scheme(0)) };
    let (user_end, start) = userinfo(bytes, user).unwrap_or((user, user));
    let HostPort { start: host, host_end, end: params, host: value, port } =
        hostport(text, start, Mode::Rfc2543)?;
    let mut headers = params;
    while bytes.get(headers) == Some(&b';') {
        headers = url_parameter(bytes, headers + 1)?;
    }
    check_headers(bytes, headers)?;
    Ok((Layout::new([user, user_end, host, host_end, params, headers], port), value))
}

/// `SIP-URL` without what would end it in a message: white space, controls and angle brackets.
pub(crate) fn printable(text: &str) -> Result<(Layout, Host), ParseUriError> {
    let is_end = |byte: &u8| *byte <= b' ' || matches!(byte, b'<' | b'>' | 0x7f);
    match text.as_bytes().iter().position(is_end) {
        Some(end) => Err(ParseUriError::Param(end)),
        None => sip_url(text),
    }
}

/// `userinfo "@"`: the end of the user, which may be empty, and what follows the `@`.
fn userinfo(bytes: &[u8], start: usize) -> Option<(usize, usize)> {
    // The telephone-subscriber of figure 4 has semicolons and number signs that user has not.
    let ends = [Some(run(bytes, start, is_user, true)), subscriber(bytes, start)];
    ends.into_iter().flatten().find_map(|user_end| {
        let end = match bytes.get(user_end) {
            Some(b':') => run(bytes, user_end + 1, is_user, true),
            _ => user_end,
        };
        (bytes.get(end) == Some(&b'@')).then_some((user_end, end + 1))
    })
}

/// `url-parameter`, which all come down to `token [ "=" ( token | quoted-string ) ]`; returns where it ends.
fn url_parameter(bytes: &[u8], start: usize) -> Result<usize, ParseUriError> {
    let name_end = run(bytes, start, is_token, false);
    let end = match bytes.get(name_end) {
        Some(b'=') if bytes.get(name_end + 1) == Some(&b'"') => quoted_string(bytes, name_end + 2)?,
        Some(b'=') => match run(bytes, name_end + 1, is_token, false) {
            end if end == name_end + 1 => return Err(ParseUriError::Param(end)),
            end => end,
        },
        _ => name_end,
    };
    let is_legal = name_end > start && matches!(bytes.get(end), None | Some(b';' | b'?'));
    if is_legal { Ok(end) } else { Err(ParseUriError::Param(end)) }
}

/// `quoted-string` from behind its first quote; returns where it ends. It may hold a semicolon.
fn quoted_string(bytes: &[u8], start: usize) -> Result<usize, ParseUriError> {
    let mut rest = bytes.get(start..).unwrap_or_default();
    loop {
        rest = match rest {
            [b'"', rest @ ..] => return Ok(bytes.len() - rest.len()),
            [b'\\', b' '..=b'~', rest @ ..] => rest,
            [byte, rest @ ..] if *byte >= b' ' && !matches!(byte, b'\\' | 0x7f) => rest,
            rest => return Err(ParseUriError::Param(bytes.len() - rest.len())),
        };
    }
}

/// `headers = "?" header *( "&" header )`, or nothing, from `start` to the end.
fn check_headers(bytes: &[u8], start: usize) -> Result<(), ParseUriError> {
    let mut end = start;
    while end < bytes.len() {
        let mark = if end == start { b'?' } else { b'&' };
        if bytes.get(end) != Some(&mark) {
            // What was refused first is in the parameters.
            let rule = if end == start { ParseUriError::Param } else { ParseUriError::Header };
            return Err(rule(end));
        }
        let name_end = run(bytes, end + 1, |byte| is_uric(byte) && byte != b'=', true);
        if name_end == end + 1 || bytes.get(name_end) != Some(&b'=') {
            return Err(ParseUriError::Header(name_end));
        }
        end = run(bytes, name_end + 1, is_uric, true);
    }
    Ok(())
}

/// `unreserved | "&" | "=" | "+" | "$" | ","`.
const fn is_user(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'&' | b'=' | b'+' | b'$' | b',')
}

/// `uric` of a header, whose separator is escaped inside of it.
const fn is_uric(byte: u8) -> bool {
    (is_unreserved(byte) || is_reserved(byte)) && byte != b'&'
}

/// `token` of RFC 2543 appendix C: what is neither a control nor a separator.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(
            byte,
            b'(' | b')' | b'<' | b'>' | b'@' | b',' | b';' | b':' | b'\\' | b'"' | b'/' | b'[' | b']' | b'?'
        )
        && !matches!(byte, b'=' | b'{' | b'}')
}

#[cfg(test)]
mod tests {
    use crate::{Mode, ParseUriError, SipUri};

    fn parse(text: &str) -> Result<SipUri, ParseUriError> {
        SipUri::parse(text, Mode::Rfc2543)
    }

    #[test]
    fn the_examples_of_section_2_are_read() {
        for (text, user) in [
            ("sip:j.doe@big.com", "j.doe"),
            ("sip:j.doe:secret@big.com;transport=tcp", "j.doe"),
            ("sip:j.doe@big.com?subject=project", "j.doe"),
            ("sip:+1-212-555-1212:1234@gateway.com;user=phone", "+1-212-555-1212"),
            ("sip:1212@gateway.com", "1212"),
            ("sip:alice@10.1.2.3", "alice"),
            ("sip:alice@example.com", "alice"),
            ("sip:alice%40example.com@gateway.com", "alice@example.com"),
            ("sip:alice@registrar.com;method=REGISTER", "alice"),
            ("sip:j.doe@big.com;maddr=239.255.255.1;ttl=15", "j.doe"),
        ] {
            let uri = parse(text).unwrap();
            assert_eq!((uri.as_str(), uri.user().as_deref()), (text, Some(user)));
        }
    }

    #[test]
    fn figure_3_differs_from_rfc_3261() {
        for text in [
            "sip:@h",
            "sip:h:",
            "sip:h:?a=b",
            "sip:a@010.000.02.03",
            "sip:h;x=\"a ?b\\\"\";y",
            "sip:h;x=\"a;b\\\";?\";y",
            "sip:h;x|y=#1",
            "sip:h?a=b;c",
        ] {
            assert!(parse(text).is_ok(), "{text}");
            assert!(SipUri::parse(text, Mode::Strict).is_err(), "{text}");
        }
        for text in ["sips:h", "sip:a;b@h", "sip:a?b@h", "sip:a@[::1]", "sip:h;x=[a]"] {
            assert!(parse(text).is_err(), "{text}");
            assert!(SipUri::parse(text, Mode::Strict).is_ok(), "{text}");
        }
    }

    #[test]
    fn figure_4_tells_telephone_subscribers() {
        for (text, user) in [
            ("sip:+1-212;isub=12;postd=p1#@h;user=phone", "+1-212;isub=12;postd=p1#"),
            ("sip:0w003585*#A;postd=w9:1@h", "0w003585*#A;postd=w9"),
        ] {
            assert_eq!(parse(text).unwrap().raw_user(), Some(user));
        }
        assert!(parse("sip:+1;postd=1;isub=1@h").is_err());
    }

    #[test]
    fn errors_name_the_rule_and_the_place() {
        for (text, error) in [
            ("sip:", ParseUriError::Host(4)),
            ("sip:h:70000", ParseUriError::Port(6)),
            ("sip:h;", ParseUriError::Param(6)),
            ("sip:h;a=", ParseUriError::Param(8)),
            ("sip:h;a=\"b", ParseUriError::Param(10)),
            ("sip:h;a=\"b;c", ParseUriError::Param(12)),
            ("sip:h;a=\"\r\"", ParseUriError::Param(9)),
            ("sip:h?a", ParseUriError::Header(7)),
            ("sip:h?a=b&", ParseUriError::Header(10)),
            ("sip:h?a=b c", ParseUriError::Header(9)),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }
}
