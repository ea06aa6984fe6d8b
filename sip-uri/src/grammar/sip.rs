//! `SIP-URI` and `SIPS-URI`: RFC 3261 §25.1, as a cursor over bytes, since a message is full of them.

use super::class::{Class, span};
use super::host::{HostPort, hostport};
use crate::layout::Layout;
use crate::{Host, Mode, ParseUriError};

/// `SIP-URI = "sip:" [ userinfo ] hostport uri-parameters [ headers ]`, and the same with `sips:`.
pub(crate) fn sip_uri(text: &str, mode: Mode) -> Result<(Layout, Host), ParseUriError> {
    let user = scheme(text.as_bytes())?;
    let (user_end, found) = userinfo_hostport(text, user, mode)?;
    let HostPort { start: host, host_end, end: params, host: value, port } = found;
    let headers = uri_parameters(text.as_bytes(), params, mode)?;
    check_headers(text.as_bytes(), headers, mode)?;
    Ok((Layout::new([user, user_end, host, host_end, params, headers], port), value))
}

/// `"sip:" / "sips:"` in any case; returns where it ends.
pub(super) fn scheme(bytes: &[u8]) -> Result<usize, ParseUriError> {
    match bytes {
        [b's' | b'S', b'i' | b'I', b'p' | b'P', b':', ..] => Ok(4),
        [b's' | b'S', b'i' | b'I', b'p' | b'P', b's' | b'S', b':', ..] => Ok(5),
        _ => Err(ParseUriError::Scheme(0)),
    }
}

/// `[ userinfo ] hostport` from `start`; returns where the user ends, which is `start` without one.
///
/// No rule after the user lets an `@` stand unescaped, so by the grammar the only one ends the userinfo, however many
/// semicolons and question marks precede it.
fn userinfo_hostport(text: &str, start: usize, mode: Mode) -> Result<(usize, HostPort), ParseUriError> {
    let bytes = text.as_bytes();
    let user_end = span(bytes, start, Class::USER, Mode::Strict);
    let (user_end, end) = match bytes.get(user_end) {
        Some(b':') => (user_end, span(bytes, user_end + 1, Class::PASSWORD, Mode::Strict)),
        _ => (user_end, user_end),
    };
    match bytes.get(end) {
        // rfc3261#19.1.1 not empty before an @
        Some(b'@') if user_end > start => match hostport(text, end + 1, mode) {
            Err(_) if mode == Mode::Lenient => late_at_sign(text, start, mode),
            found => Ok((user_end, found?)),
        },
        None => Ok((start, hostport(text, start, mode)?)),
        Some(_) => late_at_sign(text, start, mode),
    }
}

/// As [`userinfo_hostport`], where something that must be escaped may precede the `@`.
///
/// Senders that forget to escape: the first `@` behind which a whole `hostport` stands. The search is linear, since an
/// attempt ends at the next `@`.
fn late_at_sign(text: &str, start: usize, mode: Mode) -> Result<(usize, HostPort), ParseUriError> {
    let rest = text.get(start..).unwrap_or_default();
    let mut first_fault = None;
    for (at, _) in rest.match_indices('@').map(|(at, sign)| (start + at, sign)) {
        match (hostport(text, at + 1, mode), mode) {
            (Err(fault), Mode::Lenient) => first_fault = first_fault.or(Some(fault)),
            (outcome, _) => {
                // The user comes first in the text, so its fault comes before one of the host.
                let user_end = userinfo(text.as_bytes(), start, at, mode)?;
                return Ok((user_end, outcome?));
            }
        }
    }
    match first_fault {
        Some(fault) => Err(fault),
        None => Ok((start, hostport(text, start, mode)?)),
    }
}

/// `userinfo = ( user / telephone-subscriber ) [ ":" password ] "@"` between `start` and the `@` at `at`; returns where
/// the user ends.
fn userinfo(bytes: &[u8], start: usize, at: usize, mode: Mode) -> Result<usize, ParseUriError> {
    let bytes = bytes.get(..at).unwrap_or_default();
    let user_end = span(bytes, start, Class::USER, mode);
    let end = match bytes.get(user_end) {
        None | Some(b':') if user_end == start => return Err(ParseUriError::User(start)),
        None => return Ok(user_end),
        Some(b':') => span(bytes, user_end + 1, Class::PASSWORD, mode),
        Some(_) => return Err(ParseUriError::User(user_end)),
    };
    if end == at { Ok(user_end) } else { Err(ParseUriError::Password(end)) }
}

/// `uri-parameters = *( ";" uri-parameter )` from `start`; returns where they end.
fn uri_parameters(bytes: &[u8], start: usize, mode: Mode) -> Result<usize, ParseUriError> {
    let end = match (bytes.get(start), mode) {
        (Some(b';'), Mode::Lenient) => span(bytes, start, Class::PARAMS, mode),
        (Some(b';'), _) => {
            let mut end = start;
            while bytes.get(end) == Some(&b';') {
                end = uri_parameter(bytes, end + 1, mode)?;
            }
            end
        }
        _ => start,
    };
    if matches!(bytes.get(end), None | Some(b'?')) { Ok(end) } else { Err(ParseUriError::Param(end)) }
}

/// `uri-parameter`: by its name `other-param`, or one of the three whose value is a `token`.
fn uri_parameter(bytes: &[u8], start: usize, mode: Mode) -> Result<usize, ParseUriError> {
    let name_end = span(bytes, start, Class::PNAME, mode);
    if name_end == start {
        return Err(ParseUriError::Param(start));
    }
    if bytes.get(name_end) != Some(&b'=') {
        return Ok(name_end);
    }
    let class = value_class(bytes.get(start..name_end).unwrap_or_default());
    let end = span(bytes, name_end + 1, class, mode);
    if end == name_end + 1 { Err(ParseUriError::Param(end)) } else { Ok(end) }
}

/// `transport-param`, `user-param` and `method-param` take a `token`, whose backquote no `pvalue` has.
pub(crate) fn value_class(name: &[u8]) -> Class {
    let takes_token = match name.len() {
        4 => name.eq_ignore_ascii_case(b"user"),
        6 => name.eq_ignore_ascii_case(b"method"),
        9 => name.eq_ignore_ascii_case(b"transport"),
        _ => false,
    };
    if takes_token { Class::TOKEN } else { Class::PVALUE }
}

/// `headers = "?" header *( "&" header )`, or nothing, from `start` to the end.
fn check_headers(bytes: &[u8], start: usize, mode: Mode) -> Result<(), ParseUriError> {
    let end = match mode {
        Mode::Lenient => span(bytes, start, Class::URIC, mode),
        Mode::Strict | Mode::Rfc2543 => {
            let mut end = start;
            while end < bytes.len() && (end == start || bytes.get(end) == Some(&b'&')) {
                end = header(bytes, end + 1, mode)?;
            }
            end
        }
    };
    if end == bytes.len() { Ok(()) } else { Err(ParseUriError::Header(end)) }
}

/// `header = hname "=" hvalue`.
fn header(bytes: &[u8], start: usize, mode: Mode) -> Result<usize, ParseUriError> {
    let name_end = span(bytes, start, Class::HNAME, mode);
    if name_end == start || bytes.get(name_end) != Some(&b'=') {
        return Err(ParseUriError::Header(name_end));
    }
    Ok(span(bytes, name_end + 1, Class::HVALUE, mode))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SipUriRef;

    /// The pieces that the tests look at, as written.
    #[derive(Debug)]
    struct Pieces<'a> {
        user: Option<&'a str>,
        host_text: &'a str,
        params: &'a str,
    }

    fn parts(text: &str, mode: Mode) -> Result<Pieces<'_>, ParseUriError> {
        let (layout, _) = sip_uri(text, mode)?;
        let user = layout.user().map(|range| &text[range]);
        let (host_text, params) = (&text[layout.host()], &text[layout.params()]);
        Ok(Pieces { user, host_text, params })
    }

    fn error(text: &str) -> ParseUriError {
        parts(text, Mode::Strict).unwrap_err()
    }

    #[test]
    fn the_user_may_look_like_parameters_or_headers() {
        for (text, user) in [
            ("sip:user;par=u%40example.net@example.com", "user;par=u%40example.net"),
            ("sip:1?a=b@example.com", "1?a=b"),
            ("sip:alice;day=tuesday@example.com", "alice;day=tuesday"),
            ("sip:a/b,c&d@example.com", "a/b,c&d"),
        ] {
            for mode in [Mode::Strict, Mode::Lenient] {
                let parts = parts(text, mode).unwrap();
                assert_eq!((parts.user, parts.host_text, parts.params), (Some(user), "example.com", ""));
            }
        }
    }

    #[test]
    fn errors_name_the_rule_and_the_place() {
        assert_eq!(error("tel:1"), ParseUriError::Scheme(0));
        assert_eq!(error("sip:@h"), ParseUriError::User(4));
        assert_eq!(error("sip:a#b@h"), ParseUriError::User(5));
        assert_eq!(error("sip:a%4@h"), ParseUriError::User(5));
        assert_eq!(error("sip:a:b;c@h"), ParseUriError::Password(7));
        assert_eq!(error("sip:"), ParseUriError::Host(4));
        assert_eq!(error("sip:a@h h"), ParseUriError::Host(7));
        assert_eq!(error("sip:a@b@c"), ParseUriError::Host(7));
        assert_eq!(error("sip:h:"), ParseUriError::Port(6));
        assert_eq!(error("sip:h:5x"), ParseUriError::Port(7));
        assert_eq!(error("sip:h:65536"), ParseUriError::Port(6));
        assert_eq!(error("sip:h;"), ParseUriError::Param(6));
        assert_eq!(error("sip:h; lr"), ParseUriError::Param(6));
        assert_eq!(error("sip:h;a="), ParseUriError::Param(8));
        assert_eq!(error("sip:h;a=b=c"), ParseUriError::Param(9));
        assert_eq!(error("sip:h?"), ParseUriError::Header(6));
        assert_eq!(error("sip:h?a"), ParseUriError::Header(7));
        assert_eq!(error("sip:h?a=b&"), ParseUriError::Header(10));
        assert_eq!(error("sip:h?a=b;c"), ParseUriError::Header(9));
    }

    #[test]
    fn an_unescaped_at_sign_never_moves_the_host_lenient() {
        for (text, user, host) in [
            ("sip:alice@work@example.com", Some("alice@work"), "example.com"),
            ("sip:a@b:x@example.com:5070", Some("a@b"), "example.com"),
            ("sip:example.com;x=1", None, "example.com"),
            ("sip:alice@example.com?to=bob@biloxi.com", Some("alice"), "example.com"),
            ("sip:alice@example.com;x=bob@biloxi.com", Some("alice"), "example.com"),
        ] {
            let parts = parts(text, Mode::Lenient).unwrap();
            assert_eq!((parts.user, parts.host_text), (user, host), "{text}");
        }
    }

    #[test]
    fn lenient_takes_what_is_sent() {
        for text in
            ["sip:#1@h", "sip:h:", "sip:h;", "sip:h;;lr", "sip:h;a=", "sip:h?", "sip:h?a", "sip:h?a=b&"]
        {
            assert!(parts(text, Mode::Strict).is_err(), "{text}");
            assert!(parts(text, Mode::Lenient).is_ok(), "{text}");
        }
        for text in ["sip:h;x=é", "sip:é@h", "sip:a:b:c@h"] {
            assert!(parts(text, Mode::Strict).is_err(), "{text}");
            assert!(parts(text, Mode::Lenient).is_ok(), "{text}");
        }
    }

    #[test]
    fn no_mode_takes_what_could_be_another_text() {
        for text in [
            "sip:a b@h",
            "sip:h; lr",
            "<sip:a@h>",
            "sip:a@h>",
            "sip:a\"b@h",
            "sip:a@h\r\nX: y",
            "sip:h;a=\"b",
            "sip:h;a=\"b c\"",
            "sip:h;a=\"<\"",
            "sip:h:5x",
            "sip:2001:db8::1",
        ] {
            assert!(SipUriRef::parse(text, Mode::Lenient).is_err(), "{text}");
        }
    }

    #[test]
    fn lenient_takes_what_rfc_2543_had() {
        for text in ["sip:@h", "sip::pw@h", "sip:h;a=\"b\"", "sip:a@h;a=\"b,c\";lr"] {
            assert!(SipUriRef::parse(text, Mode::Lenient).is_ok(), "{text}");
            assert!(SipUriRef::parse(text, Mode::Strict).is_err(), "{text}");
        }
    }

    #[test]
    fn token_values_may_hold_a_backquote() {
        assert!(parts("sip:h;transport=a`b", Mode::Strict).is_ok());
        assert!(parts("sip:h;other=a`b", Mode::Strict).is_err());
        assert!(parts("sip:h;transport=a/b", Mode::Strict).is_err());
    }

    #[test]
    fn many_at_signs_take_linear_time() {
        let text = format!("sip:{}", "a@".repeat(1 << 19));
        assert_eq!(parts(&text, Mode::Lenient).unwrap_err(), ParseUriError::Host(7));
        let text = format!("sip:{}h", "[@".repeat(1 << 19));
        assert_eq!(parts(&text, Mode::Lenient).unwrap().host_text, "h");
    }
}
