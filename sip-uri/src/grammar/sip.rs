//! `SIP-URI` and `SIPS-URI`: RFC 3261 §25.1.

use super::class::Class;
use super::host::{HostPort, hostport};
use super::primitive::{Parsed, end, fault, span0, span1};
use crate::{Host, Mode, ParseUriError};
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case};
use nom::combinator::{cut, opt, recognize};
use nom::multi::many0_count;
use nom::sequence::preceded;

/// The pieces of a SIP or SIPS URI, in the order of the text, with what separates them left out.
#[derive(Debug)]
pub(crate) struct SipParts<'a> {
    /// `sip` or `sips` in any case.
    pub(crate) scheme: &'a str,
    pub(crate) user: Option<&'a str>,
    /// Only ever present beside a user.
    pub(crate) password: Option<&'a str>,
    pub(crate) host_text: &'a str,
    pub(crate) host: Host,
    pub(crate) port_text: Option<&'a str>,
    pub(crate) port: Option<u16>,
    /// With the leading semicolon, or empty.
    pub(crate) params: &'a str,
    /// With the leading question mark, or empty.
    pub(crate) headers: &'a str,
}

/// `SIP-URI = "sip:" [ userinfo ] hostport uri-parameters [ headers ]`, and the same with `sips:`.
pub(crate) fn sip_uri(input: &str, mode: Mode) -> Parsed<'_, SipParts<'_>> {
    let (rest, scheme) = scheme(input)?;
    let (rest, (userinfo, hostport)) = userinfo_hostport(rest, mode)?;
    let (rest, params) = uri_parameters(rest, mode)?;
    let (rest, headers) = headers(rest, mode)?;
    let (user, password) = userinfo.map_or((None, None), |(user, password)| (Some(user), password));
    let HostPort { text: host_text, host, port_text, port } = hostport;
    Ok((rest, SipParts { scheme, user, password, host_text, host, port_text, port, params, headers }))
}

fn scheme(input: &str) -> Parsed<'_, &str> {
    let (rest, text) = alt((tag_no_case("sips:"), tag_no_case("sip:")))
        .parse(input)
        .or_else(|_: nom::Err<super::primitive::Fault<'_>>| fault(input, ParseUriError::Scheme))?;
    Ok((rest, text.strip_suffix(':').unwrap_or(text)))
}

type UserInfo<'a> = (&'a str, Option<&'a str>);

/// `[ userinfo ] hostport`.
///
/// No rule after the user lets an `@` stand unescaped, so by the grammar the only one ends the userinfo, however many
/// semicolons and question marks precede it. Senders that forget to escape: the first `@` behind which a whole
/// `hostport` stands. The search is linear, since an attempt ends at the next `@`.
fn userinfo_hostport(input: &str, mode: Mode) -> Parsed<'_, (Option<UserInfo<'_>>, HostPort<'_>)> {
    let stops = &[';', '?'];
    let mut first_fault = None;
    for (at, _) in input.match_indices('@') {
        let (Some(before), Some(after)) = (input.get(..at), input.get(at + 1..)) else { break };
        match (hostport(after, mode, stops), mode) {
            (Err(fault), Mode::Lenient) => first_fault = first_fault.or(Some(fault)),
            (outcome, _) => {
                // The user comes first in the text, so its fault comes before one of the host.
                let (_, info) = userinfo(before, mode)?;
                return outcome.map(|(rest, hostport)| (rest, (Some(info), hostport)));
            }
        }
    }
    match first_fault {
        Some(fault) => Err(fault),
        None => hostport(input, mode, stops).map(|(rest, hostport)| (rest, (None, hostport))),
    }
}

/// `userinfo = ( user / telephone-subscriber ) [ ":" password ] "@"`, without the `@`.
fn userinfo(input: &str, mode: Mode) -> Parsed<'_, UserInfo<'_>> {
    // rfc3261#19.1.1 not empty before an @
    let (rest, user) = span1(Class::USER, mode, ParseUriError::User)(input)?;
    end(rest, &[':'], ParseUriError::User)?;
    let password = |input| Ok(span0(input, Class::PASSWORD, mode));
    let (rest, password) = opt(preceded(tag(":"), password)).parse(rest)?;
    end(rest, &[], ParseUriError::Password)?;
    Ok((rest, (user, password)))
}

/// `uri-parameters = *( ";" uri-parameter )`.
fn uri_parameters(input: &str, mode: Mode) -> Parsed<'_, &str> {
    let parameter = preceded(tag(";"), cut(|input| uri_parameter(input, mode)));
    let (rest, text) = recognize(many0_count(parameter)).parse(input)?;
    end(rest, &['?'], ParseUriError::Param)?;
    Ok((rest, text))
}

/// `uri-parameter`: by its name `other-param`, or one of the three whose value is a `token`; lenient: may be empty.
fn uri_parameter(input: &str, mode: Mode) -> Parsed<'_, &str> {
    match mode {
        Mode::Lenient => {
            let (rest, _) = span0(input, Class::PNAME, mode);
            Ok(span0(rest, Class::PVALUE, mode))
        }
        Mode::Strict => {
            let (rest, name) = span1(Class::PNAME, mode, ParseUriError::Param)(input)?;
            let class = value_class(name);
            let value = |input| match span0(input, class, mode) {
                (_, "") => fault(input, ParseUriError::Param),
                parsed => Ok(parsed),
            };
            let (rest, _) = opt(preceded(tag("="), cut(value))).parse(rest)?;
            end(rest, &[';', '?'], ParseUriError::Param)?;
            Ok((rest, name))
        }
    }
}

/// `transport-param`, `user-param` and `method-param` take a `token`, whose backquote no `pvalue` has.
fn value_class(name: &str) -> Class {
    let takes_token = ["transport", "user", "method"].iter().any(|known| name.eq_ignore_ascii_case(known));
    if takes_token { Class::TOKEN } else { Class::PVALUE }
}

/// `headers = "?" header *( "&" header )`, or nothing.
fn headers(input: &str, mode: Mode) -> Parsed<'_, &str> {
    if input.is_empty() {
        return Ok((input, ""));
    }
    let header = |input| header(input, mode);
    let more = many0_count(preceded(tag("&"), cut(header)));
    let (rest, text) = recognize((tag("?"), cut(header), more)).parse(input)?;
    end(rest, &[], ParseUriError::Header)?;
    Ok((rest, text))
}

/// `header = hname "=" hvalue`; lenient: may be empty or lack the `=`.
fn header(input: &str, mode: Mode) -> Parsed<'_, &str> {
    match mode {
        Mode::Lenient => {
            let (rest, _) = span0(input, Class::HNAME, mode);
            Ok(span0(rest, Class::HVALUE, mode))
        }
        Mode::Strict => {
            let (rest, name) = span1(Class::HNAME, mode, ParseUriError::Header)(input)?;
            let Some(value) = rest.strip_prefix('=') else {
                return fault(rest, ParseUriError::Header);
            };
            let (rest, _) = span0(value, Class::HVALUE, mode);
            Ok((rest, name))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::finish;

    fn parts(text: &str, mode: Mode) -> Result<SipParts<'_>, ParseUriError> {
        finish(text, sip_uri(text, mode))
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
            "sip:@h",
            "sip:h:5x",
            "sip:2001:db8::1",
        ] {
            assert!(parts(text, Mode::Lenient).is_err(), "{text}");
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
