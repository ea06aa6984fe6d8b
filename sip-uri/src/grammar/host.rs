//! `hostport`, `host` and `port`: RFC 3261 §25.1 with the addresses of RFC 5954 §4.1.

use super::class::Class;
use super::primitive::{Parsed, end, fault, finish, span0};
use crate::host::{Host, HostName};
use crate::{Mode, ParseUriError};
use nom::Parser;
use nom::bytes::complete::{tag, take_while};
use nom::combinator::{map, opt};
use nom::sequence::{delimited, preceded};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

impl Host {
    /// Parses a host that stands alone; IPv6 addresses are in brackets.
    ///
    /// # Errors
    /// [`ParseUriError::Host`] when `text` is no host in `mode`.
    pub fn parse(text: &str, mode: Mode) -> Result<Self, ParseUriError> {
        let (found, host) = finish(text, host(text, mode))?;
        if found.len() == text.len() { Ok(host) } else { Err(ParseUriError::Host(found.len())) }
    }
}

impl FromStr for Host {
    type Err = ParseUriError;

    /// Parses in [`Mode::Lenient`].
    fn from_str(text: &str) -> Result<Self, ParseUriError> {
        Self::parse(text, Mode::Lenient)
    }
}

/// The pieces of a `hostport`.
#[derive(Debug)]
pub(crate) struct HostPort<'a> {
    pub(crate) text: &'a str,
    pub(crate) host: Host,
    pub(crate) port_text: Option<&'a str>,
    pub(crate) port: Option<u16>,
}

/// `hostport = host [ ":" port ]`, followed by one of `stops` or the end.
pub(crate) fn hostport<'a>(input: &'a str, mode: Mode, stops: &[char]) -> Parsed<'a, HostPort<'a>> {
    let (rest, (text, host)) = host(input, mode)?;
    let (rest, port_text) = opt(preceded(tag(":"), take_while(|c: char| c.is_ascii_digit()))).parse(rest)?;
    let rule = if port_text.is_some() { ParseUriError::Port } else { ParseUriError::Host };
    end(rest, stops, rule)?;
    let port = match port_text {
        None => None,
        Some("") if mode == Mode::Lenient => None,
        Some(digits) => match digits.parse() {
            Ok(port) => Some(port),
            Err(_) => return fault(digits, ParseUriError::Port),
        },
    };
    Ok((rest, HostPort { text, host, port_text, port }))
}

/// `host = hostname / IPv4address / IPv6reference`, with its text.
pub(crate) fn host(input: &str, mode: Mode) -> Parsed<'_, (&str, Host)> {
    if input.starts_with('[') {
        return ipv6reference(input, mode);
    }
    // rfc3261#19.1.2 no escapes in a host: the class holds no percent sign, and a span that took one is refused below.
    let (rest, text) = span0(input, Class::HOST, mode);
    match name_or_ipv4(text, mode) {
        Some(host) => Ok((rest, (text, host))),
        None => fault(input, ParseUriError::Host),
    }
}

/// `IPv6reference = "[" IPv6address "]"`.
fn ipv6reference(input: &str, mode: Mode) -> Parsed<'_, (&str, Host)> {
    let address_char = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
    let bracketed = delimited(tag("["), take_while(address_char), tag("]"));
    let (rest, address) = map(bracketed, |inside: &str| ipv6address(inside, mode))
        .parse(input)
        .or_else(|_: nom::Err<super::primitive::Fault<'_>>| fault(input, ParseUriError::Host))?;
    let text = input.get(..input.len() - rest.len()).unwrap_or_default();
    match address {
        Some(address) => Ok((rest, (text, Host::V6(address)))),
        None => fault(input, ParseUriError::Host),
    }
}

/// `IPv6address` of RFC 3986; lenient: also with the third colon that the old grammar put before an IPv4 part.
fn ipv6address(text: &str, mode: Mode) -> Option<Ipv6Addr> {
    match (text.parse(), mode) {
        (Ok(address), _) => Some(address),
        (Err(_), Mode::Strict) => None,
        // rfc5954#3.1
        (Err(_), Mode::Lenient) if text.contains('.') => text.replacen(":::", "::", 1).parse().ok(),
        (Err(_), Mode::Lenient) => None,
    }
}

fn name_or_ipv4(text: &str, mode: Mode) -> Option<Host> {
    if let Ok(address) = text.parse() {
        return Some(Host::V4(address));
    }
    let is_name = match mode {
        Mode::Strict => is_hostname(text),
        Mode::Lenient => text.bytes().any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii()),
    };
    if !is_name || text.contains('%') {
        return None;
    }
    Some(old_ipv4(text).map_or_else(|| Host::Name(HostName::trusted(text)), Host::V4))
}

/// `IPv4address` as RFC 3261 printed it: up to three digits each, so also with leading zeros, which are decimal.
fn old_ipv4(text: &str) -> Option<Ipv4Addr> {
    let mut octets = text.split('.').map(|octet| {
        let is_octet = octet.len() <= 3 && octet.bytes().all(|byte| byte.is_ascii_digit());
        if is_octet { octet.parse::<u8>().ok() } else { None }
    });
    let address = Ipv4Addr::new(octets.next()??, octets.next()??, octets.next()??, octets.next()??);
    octets.next().is_none().then_some(address)
}

/// `hostname = *( domainlabel "." ) toplabel [ "." ]`.
pub(crate) fn is_hostname(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let toplabel = text.rsplit('.').next().unwrap_or_default();
    toplabel.starts_with(|first: char| first.is_ascii_alphabetic()) && text.split('.').all(is_domainlabel)
}

/// `domainlabel = alphanum / alphanum *( alphanum / "-" ) alphanum`.
fn is_domainlabel(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_legal(text: &str, mode: Mode) -> bool {
        Host::parse(text, mode).is_ok()
    }

    #[test]
    fn strict_names_follow_the_grammar() {
        for text in ["a", "example.com", "example.com.", "1and1.com", "xn--bcher-kva.example", "a-b.c-d"] {
            assert!(is_legal(text, Mode::Strict), "{text}");
        }
        for text in ["", ".", "a..b", "-a.b", "a-.b", "example.1", "a_b", "a%41", "bücher.example"] {
            assert!(!is_legal(text, Mode::Strict), "{text}");
        }
    }

    #[test]
    fn strict_addresses_follow_rfc_5954() {
        for text in ["192.0.2.4", "[::]", "[2001:db8::9:1]", "[::ffff:192.0.2.1]", "[1:2:3:4:5:6:7::]"] {
            assert!(is_legal(text, Mode::Strict), "{text}");
        }
        for text in ["1.2.3", "192.0.2.256", "444.555.666.777", "192.00.02.128"] {
            assert!(!is_legal(text, Mode::Strict), "{text}");
        }
        for text in
            ["[]", "[::", "::1", "[2001:db8:::192.0.2.1]", "[::1%25eth0]", "[1:2:3:4:5:6:7:8:9]", "[::1]x"]
        {
            assert!(!is_legal(text, Mode::Strict), "{text}");
        }
    }

    #[test]
    fn lenient_takes_what_is_sent_but_no_escapes() {
        for text in ["a_b", "bücher.example", "543dc521b9a2", "444.555.666.777"] {
            assert!(matches!(text.parse(), Ok(Host::Name(name)) if name.as_str() == text), "{text}");
        }
        assert_eq!("192.00.02.128".parse(), Ok(Host::V4(Ipv4Addr::new(192, 0, 2, 128))));
        assert_eq!("[2001:db8:::192.0.2.1]".parse(), "[2001:db8::192.0.2.1]".parse::<Host>());
        assert_eq!("a%41".parse::<Host>(), Err(ParseUriError::Host(0)));
        assert_eq!("-._".parse::<Host>(), Err(ParseUriError::Host(0)));
    }

    #[test]
    fn a_host_is_the_whole_text() {
        assert_eq!("a:5060".parse::<Host>(), Err(ParseUriError::Host(1)));
        assert_eq!("[::1]:1".parse::<Host>(), Err(ParseUriError::Host(5)));
    }
}
