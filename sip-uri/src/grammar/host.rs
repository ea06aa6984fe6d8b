//! `hostport`, `host` and `port`: RFC 3261 §25.1 with the addresses of RFC 5954 §4.1.

use super::class::{Class, behind};
use crate::host::{Host, HostName};
use crate::{Mode, ParseUriError};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

impl Host {
    /// Parses a host that stands alone; IPv6 addresses are in brackets.
    ///
    /// # Errors
    /// [`ParseUriError::Host`] when `text` is no host in `mode`.
    pub fn parse(text: &str, mode: Mode) -> Result<Self, ParseUriError> {
        let (end, host) = host(text, 0, mode)?;
        if end == text.len() { Ok(host) } else { Err(ParseUriError::Host(end)) }
    }
}

impl Host {
    /// The host that is spelt `text`, which a parser has accepted in some mode.
    pub(crate) fn known(text: &str) -> Self {
        Self::parse(text, Mode::Lenient).unwrap_or_else(|_| Self::Name(HostName::trusted(text)))
    }
}

impl FromStr for Host {
    type Err = ParseUriError;

    /// Parses in [`Mode::Lenient`].
    fn from_str(text: &str) -> Result<Self, ParseUriError> {
        Self::parse(text, Mode::Lenient)
    }
}

/// A `hostport` and where its pieces are.
#[derive(Debug)]
pub(crate) struct HostPort {
    pub(crate) start: usize,
    pub(crate) host_end: usize,
    pub(crate) end: usize,
    pub(crate) host: Host,
    pub(crate) port: Option<u16>,
}

/// `hostport = host [ ":" port ]` from `start`, followed by `;`, `?` or the end.
pub(crate) fn hostport(text: &str, start: usize, mode: Mode) -> Result<HostPort, ParseUriError> {
    let (host_end, host) = host(text, start, mode)?;
    match text.as_bytes().get(host_end) {
        None | Some(b';' | b'?') => Ok(HostPort { start, host_end, end: host_end, host, port: None }),
        Some(b':') => {
            let (end, port) = port(text.as_bytes(), host_end + 1, mode)?;
            Ok(HostPort { start, host_end, end, host, port })
        }
        Some(_) => Err(ParseUriError::Host(host_end)),
    }
}

/// `port = 1*DIGIT` from `start`; none where an empty one is allowed.
fn port(bytes: &[u8], start: usize, mode: Mode) -> Result<(usize, Option<u16>), ParseUriError> {
    let rest = bytes.get(start..).unwrap_or_default();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
    let mut port = None;
    let mut end = start;
    for digit in digits {
        // Once it is too large it stays so.
        port = Some(port.unwrap_or(0_u32).saturating_mul(10).saturating_add(u32::from(digit - b'0')));
        end += 1;
    }
    if !matches!(bytes.get(end), None | Some(b';' | b'?')) {
        return Err(ParseUriError::Port(end));
    }
    match port.map(u16::try_from) {
        Some(Ok(port)) => Ok((end, Some(port))),
        // rfc2543#2 port = *digit
        None if mode != Mode::Strict => Ok((end, None)),
        Some(Err(_)) | None => Err(ParseUriError::Port(start)),
    }
}

/// `host = hostname / IPv4address / IPv6reference` from `start`, with its end.
pub(crate) fn host(text: &str, start: usize, mode: Mode) -> Result<(usize, Host), ParseUriError> {
    let bytes = text.as_bytes();
    if bytes.get(start) == Some(&b'[') {
        let inside = bytes.get(start + 1..).unwrap_or_default().iter();
        let is_address = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
        let length = inside.take_while(is_address).count();
        let end = start + 1 + length;
        let closed = text.get(start + 1..end).filter(|_| bytes.get(end) == Some(&b']'));
        let address =
            closed.and_then(|inside| ipv6address(inside, mode)).ok_or(ParseUriError::Host(start))?;
        return Ok((end + 1, Host::V6(address)));
    }
    // rfc3261#19.1.2 no escapes in a host: the class holds no percent sign.
    let end = bytes.len() - behind(bytes.get(start..).unwrap_or_default(), Class::HOST, mode).len();
    let host = text.get(start..end).and_then(|text| name_or_ipv4(text, mode));
    host.map(|host| (end, host)).ok_or(ParseUriError::Host(start))
}

/// `IPv6address` of RFC 3986; lenient: also with the third colon that the old grammar put before an IPv4 part.
fn ipv6address(text: &str, mode: Mode) -> Option<Ipv6Addr> {
    match (text.parse(), mode) {
        (_, Mode::Rfc2543) => None,
        (Ok(address), Mode::Strict | Mode::Lenient) => Some(address),
        // rfc5954#3.1
        (Err(_), Mode::Lenient) if text.contains('.') => text.replacen(":::", "::", 1).parse().ok(),
        (Err(_), Mode::Lenient | Mode::Strict) => None,
    }
}

fn name_or_ipv4(text: &str, mode: Mode) -> Option<Host> {
    // Only what ends in a digit can be an address.
    if text.as_bytes().last()?.is_ascii_digit() {
        if let Ok(address) = text.parse() {
            return Some(Host::V4(address));
        }
        if mode != Mode::Strict
            && let Some(address) = old_ipv4(text)
        {
            return Some(Host::V4(address));
        }
    }
    let is_name = match mode {
        Mode::Strict | Mode::Rfc2543 => is_hostname(text),
        Mode::Lenient => text.bytes().any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii()),
    };
    is_name.then(|| Host::Name(HostName::trusted(text)))
}

/// `IPv4address` with leading zeros, which are decimal: RFC 3261 printed up to three digits, RFC 2543 any number.
fn old_ipv4(text: &str) -> Option<Ipv4Addr> {
    let mut octets = text.split('.').map(|octet| {
        let is_octet = octet.bytes().all(|byte| byte.is_ascii_digit());
        if is_octet { octet.parse::<u8>().ok() } else { None }
    });
    let address = Ipv4Addr::new(octets.next()??, octets.next()??, octets.next()??, octets.next()??);
    octets.next().is_none().then_some(address)
}

/// `hostname = *( domainlabel "." ) toplabel [ "." ]`.
///
/// `domainlabel = alphanum / alphanum *( alphanum / "-" ) alphanum`, and a `toplabel` begins with a letter.
pub(crate) fn is_hostname(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let mut before = b'.';
    let mut label_start = b'0';
    for byte in text.bytes() {
        let fits = match byte {
            b'.' => !matches!(before, b'.' | b'-'),
            b'-' => before != b'.',
            _ => byte.is_ascii_alphanumeric(),
        };
        if !fits {
            return false;
        }
        if before == b'.' {
            label_start = byte;
        }
        before = byte;
    }
    !matches!(before, b'.' | b'-') && label_start.is_ascii_alphabetic()
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
        assert_eq!("a%41".parse::<Host>(), Err(ParseUriError::Host(1)));
        assert_eq!("-._".parse::<Host>(), Err(ParseUriError::Host(0)));
    }

    #[test]
    fn a_host_is_the_whole_text() {
        assert_eq!("a:5060".parse::<Host>(), Err(ParseUriError::Host(1)));
        assert_eq!("[::1]:1".parse::<Host>(), Err(ParseUriError::Host(5)));
    }
}
