//! Via: the way of a request, and back for its response (RFC 3261 §20.42, §18.2, RFC 3581).

use crate::grammar::{Fault, Parsed, comment, decode, is_lws, lws, number, rule, separator, some_lws, token};
use crate::params::params;
use crate::{Header, HeaderError, HeaderName, Params};
use nom::bytes::complete::{take_till, take_while1};
use nom::combinator::{opt, recognize};
use nom::sequence::preceded;
use nom::{Err, Parser};
use sip_uri::Host;
use std::fmt::Write;

/// What a branch begins with since RFC 3261 (§8.1.1.7).
const MAGIC_COOKIE: &str = "z9hG4bK";

/// One hop (RFC 3261 §20.42, §18.2, RFC 3581).
///
/// ```
/// # use sip_message::{Header, Via};
/// let via = Via::decode("SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK56sdasks")?;
/// assert_eq!(via.transport, "WS");
/// assert_eq!(via.branch(), Some("z9hG4bK56sdasks"));
/// assert!(via.is_rfc3261_branch());
/// # Ok::<_, sip_message::HeaderError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Via {
    /// Protocol and version, `SIP/2.0`.
    pub protocol: String,
    /// The transport: `WS`, `WSS`, `UDP`, any token.
    pub transport: String,
    /// The host of `sent-by`.
    pub host: Host,
    /// The port of `sent-by`.
    pub port: Option<u16>,
    /// `branch`, `received`, `rport` and others.
    pub params: Params,
}

impl Via {
    // rfc3261#8.1.1.7/2
    /// A hop without parameters; the transaction layer adds the branch.
    #[must_use]
    pub fn new(transport: &str, host: &Host, port: Option<u16>) -> Self {
        Self {
            protocol: "SIP/2.0".to_owned(),
            transport: transport.to_owned(),
            host: host.clone(),
            port,
            params: Params::new(),
        }
    }

    /// The same hop with a branch.
    #[must_use]
    pub fn with_branch(mut self, branch: &str) -> Self {
        self.params.set("branch", Some(branch));
        self
    }

    /// The branch, which names the transaction.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.params.get("branch")
    }

    /// Whether the branch identifies the transaction alone: it has the magic cookie and more behind it
    /// (RFC 3261 §8.1.1.7; the cookie is compared without case).
    #[must_use]
    pub fn is_rfc3261_branch(&self) -> bool {
        self.branch().is_some_and(has_cookie)
    }

    /// The address the request came from, as the next hop saw it (RFC 3261 §18.2.1); IPv6 with or without brackets.
    #[must_use]
    pub fn received(&self) -> Option<&str> {
        self.params.get("received")
    }

    /// The port the request came from, as the next hop saw it (RFC 3581 §4). The bare flag of a client that asks
    /// for it is `params.contains("rport")`.
    #[must_use]
    pub fn rport(&self) -> Option<u16> {
        self.params.get("rport")?.parse().ok()
    }
}

/// Whether a branch is one of RFC 3261 (§8.1.1.7).
pub(crate) fn has_cookie(branch: &str) -> bool {
    branch
        .split_at_checked(MAGIC_COOKIE.len())
        .is_some_and(|(cookie, rest)| cookie.eq_ignore_ascii_case(MAGIC_COOKIE) && !rest.is_empty())
}

impl Header for Via {
    const NAME: HeaderName = HeaderName::Via;
    const LIST: bool = true;

    /// `via-parm = sent-protocol LWS sent-by *(SEMI via-params)`, and the comment that RFC 2543 §6.40 allows behind
    /// them.
    fn decode(value: &str) -> Result<Self, HeaderError> {
        let comment = opt(preceded(lws, comment));
        let parser = (sent_protocol, sent_by, params, comment);
        let parser = parser.map(|((protocol, transport), (host, port), params, comment)| Self {
            protocol,
            transport,
            host,
            port,
            params: params.commented(comment),
        });
        decode(&Self::NAME, value, parser)
    }

    fn encode(&self, out: &mut String) {
        out.push_str(&self.protocol);
        out.push('/');
        out.push_str(&self.transport);
        out.push(' ');
        let _ = write!(out, "{}", self.host); // a String takes everything
        if let Some(port) = self.port {
            let _ = write!(out, ":{port}");
        }
        self.params.encode(out);
    }
}

/// `sent-protocol = protocol-name SLASH protocol-version SLASH transport`, and the white space behind it.
fn sent_protocol(input: &str) -> Parsed<'_, (String, String)> {
    let (rest, (name, _, version, _, transport)) =
        (token, separator("/"), token, separator("/"), token).parse(input)?;
    let (rest, _) = some_lws(rest)?;
    Ok((rest, (format!("{name}/{version}"), transport.to_owned())))
}

/// `sent-by = host [COLON port]`; by RFC 2543 §6.40 a port may have no digits.
fn sent_by(input: &str) -> Parsed<'_, (Host, Option<u16>)> {
    (host, opt(preceded(separator(":"), port)).map(Option::flatten)).parse(input)
}

/// `port = *DIGIT`
fn port(input: &str) -> Parsed<'_, Option<u16>> {
    if input.starts_with(|character: char| character.is_ascii_digit()) {
        return number.map(Some).parse(input);
    }
    Ok((input, None))
}

/// `host = hostname / IPv4address / IPv6reference`
fn host(input: &str) -> Parsed<'_, Host> {
    let reference =
        recognize((nom::bytes::complete::tag("["), take_till(|c| c == ']'), nom::bytes::complete::tag("]")));
    let name = take_while1(|character| !is_lws(character) && !matches!(character, ':' | ';' | ','));
    let (rest, text) = rule("host", nom::branch::alt((reference, name))).parse(input)?;
    let host = text.parse().map_err(|_| Err::Error(Fault::new(input, "host")))?;
    Ok((rest, host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_may_stand_around_every_separator() {
        let via =
            Via::decode("SIP  / 2.0\t/ UDP  192.0.2.2 : 5060 ;branch = z9hG4bK390skdjuw ; ttl=16").unwrap();
        assert_eq!((via.transport.as_str(), via.port), ("UDP", Some(5060)));
        assert_eq!(via.encoded(), "SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK390skdjuw;ttl=16");
    }

    #[test]
    fn ipv6_in_sent_by_and_in_received() {
        let via =
            Via::decode("SIP/2.0/UDP [2001:db8::9:1]:6050;received=2001:db8::9:255;branch=z9hG4bKas3-111");
        let via = via.unwrap();
        assert_eq!(via.port, Some(6050));
        assert_eq!(via.received(), Some("2001:db8::9:255"));
        assert_eq!(via.encoded().parse::<String>().unwrap().matches('[').count(), 1);
        assert_eq!(Via::decode("SIP/2.0/TCP a;received=[::1]").unwrap().received(), Some("[::1]"));
    }

    #[test]
    fn rfc2543_has_comments() {
        let via = Via::decode("SIP/2.0/UDP 192.0.2.1:5060;branch=1 (Acme server)").unwrap();
        assert_eq!((via.port, via.branch()), (Some(5060), Some("1")));
        assert_eq!(via.params.comment(), Some("Acme server"));
        assert_eq!(via.encoded(), "SIP/2.0/UDP 192.0.2.1:5060;branch=1 (Acme server)");
        assert_eq!(Via::decode("SIP/2.0/UDP a:;branch=1").unwrap().port, None);
        assert_eq!(Via::decode("SIP/2.0/UDP a (x)").unwrap().host.to_string(), "a");
        assert!(Via::decode("SIP/2.0/UDP a (x").is_err());
    }

    #[test]
    fn rport_is_a_flag_or_a_port() {
        let asked = Via::decode("SIP/2.0/UDP a;rport").unwrap();
        assert!(asked.params.contains("rport") && asked.rport().is_none());
        assert_eq!(Via::decode("SIP/2.0/UDP a;rport=9").unwrap().rport(), Some(9));
    }

    #[test]
    fn the_bare_cookie_is_no_branch() {
        let via = Via::new("WSS", &"a.invalid".parse().unwrap(), None);
        assert!(!via.is_rfc3261_branch());
        assert!(!via.clone().with_branch("z9hG4bK").is_rfc3261_branch());
        assert!(!via.clone().with_branch("1").is_rfc3261_branch());
        assert!(via.with_branch("Z9HG4BKx").is_rfc3261_branch());
    }

    #[test]
    fn refuses_what_is_no_hop() {
        for text in [
            "",
            "SIP/2.0/UDP",
            "SIP/2.0/UDP a:b",
            "SIP/2.0 a",
            "SIP/2.0/UDP a:70000",
            "SIP/2.0/UDP a b",
            "SIP/2.0/UDP [::1",
        ] {
            assert!(Via::decode(text).is_err(), "{text}");
        }
    }
}
