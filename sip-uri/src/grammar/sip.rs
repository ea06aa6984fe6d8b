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
    let mut first_fault = None;
    let mut candidates = input.match_indices('@').map(|(at, _)| (input.get(..at), input.get(at + 1..)));
    while let Some((Some(before), Some(after))) = candidates.next() {
        let outcome = match userinfo(before, mode) {
            Ok((_, info)) => {
                hostport(after, mode, &[';', '?']).map(|(rest, host)| (rest, (Some(info), host)))
            }
            Err(fault) => return Err(fault),
        };
        match (outcome, mode) {
            (Err(fault), Mode::Lenient) => first_fault = first_fault.or(Some(fault)),
            (outcome, _) => return outcome,
        }
    }
    match first_fault {
        Some(fault) => Err(fault),
        None => hostport(input, mode, &[';', '?']).map(|(rest, host)| (rest, (None, host))),
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
