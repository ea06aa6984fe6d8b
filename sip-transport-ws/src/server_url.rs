//! The address of a SIP WebSocket server: a `ws:` or `wss:` URI (RFC 6455 §3) with the default ports of RFC 7118 §5.5.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::str::FromStr;

/// A `ws://` or `wss://` address.
///
/// ```
/// # use sip_transport_ws::ServerUrl;
/// let url: ServerUrl = "WS://[::1]:8080".parse()?;
/// assert_eq!((url.host(), url.port(), url.path()), ("::1", 8080, "/"));
/// assert_eq!(url.authority(), "[::1]:8080");
/// assert_eq!("wss://sip.example.com".parse::<ServerUrl>()?.target(), "sip.example.com:443");
/// assert_eq!(url.to_string(), "ws://[::1]:8080/");
/// # Ok::<(), sip_transport_ws::ParseServerUrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ServerUrl {
    secure: bool,
    host: String,
    port: Option<u16>,
    path: String,
}

impl ServerUrl {
    /// Whether the scheme is `wss`.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host name in lower case, or the address; an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, 80 or 443 when the address names none (RFC 7118 §5.5).
    #[must_use]
    pub const fn port(&self) -> u16 {
        match (self.port, self.secure) {
            (Some(port), _) => port,
            (None, true) => 443,
            (None, false) => 80,
        }
    }

    /// Path and query, as they stand in the first line of the handshake; at least `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Host and port as they stand in the `Host` header of the handshake (RFC 6455 §4.1): an IPv6 address in
    /// brackets, the port only where the address names one.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.bracketed_host()),
            None => self.bracketed_host(),
        }
    }

    /// Host and port, the port always: what an HTTP proxy is asked for (RFC 9110 §9.3.6).
    #[must_use]
    pub fn target(&self) -> String {
        format!("{}:{}", self.bracketed_host(), self.port())
    }

    fn bracketed_host(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() }
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "wss" } else { "ws" };
        write!(f, "{scheme}://{}{}", self.authority(), self.path)
    }
}

impl FromStr for ServerUrl {
    type Err = ParseServerUrlError;

    /// Reads an address; the scheme and the host are case-insensitive.
    ///
    /// # Errors
    /// [`ParseServerUrlError`] says which part is not as RFC 6455 §3 has it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.split_once("://").ok_or(ParseServerUrlError::Scheme)?;
        let secure = parse_scheme(scheme)?;
        let (authority, path) = split_path(rest);
        let (host, port) = split_port(authority)?;
        Ok(Self { secure, host: parse_host(host)?, port: parse_port(port)?, path: parse_path(path)? })
    }
}

/// Why a text is no address of a WebSocket server.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseServerUrlError {
    /// It does not begin with `ws://` or `wss://`.
    #[error("a server address begins with ws:// or wss://")]
    Scheme,
    /// It carries a user name; SIP credentials do not belong here.
    #[error("a server address carries no user name")]
    UserInfo,
    /// The host is missing or no host name or address.
    #[error("the host of the server address is missing or not a host name")]
    Host,
    /// The port is no number from 1 to 65535.
    #[error("the port of the server address is no number from 1 to 65535")]
    Port,
    /// The path has a character that must be escaped.
    #[error("the path of the server address has a character that must be escaped")]
    Path,
    /// It has a fragment, which RFC 6455 §3 forbids.
    #[error("a server address has no fragment")]
    Fragment,
}

fn parse_scheme(scheme: &str) -> Result<bool, ParseServerUrlError> {
    if scheme.eq_ignore_ascii_case("wss") {
        Ok(true)
    } else if scheme.eq_ignore_ascii_case("ws") {
        Ok(false)
    } else {
        Err(ParseServerUrlError::Scheme)
    }
}

fn split_path(rest: &str) -> (&str, &str) {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest.split_at_checked(end).unwrap_or((rest, ""))
}

/// Splits `host[:port]`; the colons inside the brackets of an IPv6 address are none.
fn split_port(authority: &str) -> Result<(&str, Option<&str>), ParseServerUrlError> {
    if authority.contains('@') {
        return Err(ParseServerUrlError::UserInfo);
    }
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => Ok((host, Some(port))),
        Some(_) | None => Ok((authority, None)),
    }
}

fn parse_host(host: &str) -> Result<String, ParseServerUrlError> {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let address: Ipv6Addr = address.parse().map_err(|_| ParseServerUrlError::Host)?;
        return Ok(address.to_string());
    }
    if host.parse::<Ipv4Addr>().is_ok() || is_host_name(host) {
        return Ok(host.to_ascii_lowercase());
    }
    Err(ParseServerUrlError::Host)
}

/// Letters, digits, hyphens and the underscores that real names have, in labels of 1 to 63 bytes.
fn is_host_name(host: &str) -> bool {
    const LABEL: Range<usize> = 1..64;
    let host = host.strip_suffix('.').unwrap_or(host);
    host.len() < 254
        && host.split('.').all(|label| {
            LABEL.contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
}

fn parse_port(port: Option<&str>) -> Result<Option<u16>, ParseServerUrlError> {
    let Some(port) = port else { return Ok(None) };
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ParseServerUrlError::Port);
    }
    match port.parse() {
        Ok(0) | Err(_) => Err(ParseServerUrlError::Port),
        Ok(number) => Ok(Some(number)),
    }
}

fn parse_path(path: &str) -> Result<String, ParseServerUrlError> {
    // rfc6455#3: a fragment has no meaning and must not be used
    if path.contains('#') {
        return Err(ParseServerUrlError::Fragment);
    }
    if !path.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte)) {
        return Err(ParseServerUrlError::Path);
    }
    Ok(if path.starts_with('/') { path.to_owned() } else { format!("/{path}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> ParseServerUrlError {
        text.parse::<ServerUrl>().unwrap_err()
    }

    #[test]
    fn ports_default_to_80_and_443() {
        let port = |text: &str| text.parse::<ServerUrl>().unwrap().port();
        assert_eq!(port("ws://example.com"), 80);
        assert_eq!(port("wss://example.com/"), 443);
        assert_eq!(port("wss://example.com:8443"), 8443);
    }

    #[test]
    fn a_query_is_part_of_the_path() {
        let url: ServerUrl = "ws://example.com?token=1%202".parse().unwrap();
        assert_eq!(url.path(), "/?token=1%202");
    }

    #[test]
    fn the_error_names_the_part() {
        assert_eq!(error("http://example.com"), ParseServerUrlError::Scheme);
        assert_eq!(error("sip:example.com"), ParseServerUrlError::Scheme);
        assert_eq!(error("ws://alice:secret@example.com"), ParseServerUrlError::UserInfo);
        assert_eq!(error("ws://"), ParseServerUrlError::Host);
        assert_eq!(error("ws://a..b"), ParseServerUrlError::Host);
        assert_eq!(error("ws://::1"), ParseServerUrlError::Host);
        assert_eq!(error("ws://[::1"), ParseServerUrlError::Host);
        assert_eq!(error("ws://a\r\nb"), ParseServerUrlError::Host);
        assert_eq!(error("ws://example.com:0"), ParseServerUrlError::Port);
        assert_eq!(error("ws://example.com:"), ParseServerUrlError::Port);
        assert_eq!(error("ws://example.com:+80"), ParseServerUrlError::Port);
        assert_eq!(error("ws://example.com/a b"), ParseServerUrlError::Path);
        assert_eq!(error("ws://example.com/\r\nX: y"), ParseServerUrlError::Path);
        assert_eq!(error("ws://example.com/#top"), ParseServerUrlError::Fragment);
    }

    #[test]
    fn prints_and_reads_back() {
        for text in ["ws://127.0.0.1:8080/", "wss://sip.example.com/ws?a=b", "ws://[2001:db8::1]/"] {
            let url: ServerUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), text);
        }
    }
}
