//! `host` of RFC 3261 §25.1: a name, an IPv4 address, or an IPv6 address as RFC 5954 §4.1 writes it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Deref;

/// Where a URI points: a domain name or an address.
///
/// `==` compares names byte for byte; [`Host::is_equivalent`] ignores their case.
///
/// ```
/// use sip_uri::Host;
///
/// assert_eq!("[2001:db8::9:01]".parse::<Host>()?.to_string(), "[2001:db8::9:1]");
/// assert!("2001:db8::1".parse::<Host>().is_err());
/// # Ok::<(), sip_uri::ParseUriError>(())
/// ```
#[expect(clippy::exhaustive_enums, reason = "the grammar has these three")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// `hostname`, in the spelling it came in.
    Name(HostName),
    /// `IPv4address`.
    V4(Ipv4Addr),
    /// `IPv6reference`, here without its brackets.
    V6(Ipv6Addr),
}

impl Host {
    /// The address, when the host is one.
    #[must_use]
    pub const fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Name(_) => None,
            Self::V4(address) => Some(IpAddr::V4(*address)),
            Self::V6(address) => Some(IpAddr::V6(*address)),
        }
    }

    /// Whether both are the same host: names without regard to case, addresses by value (RFC 5954 §4.2).
    #[must_use]
    pub fn is_equivalent(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(one), Self::Name(two)) => one.eq_ignore_ascii_case(two),
            (Self::Name(_) | Self::V4(_) | Self::V6(_), _) => self == other,
        }
    }
}

/// The shortest text (RFC 5952), IPv6 addresses in brackets.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => write!(f, "{address}"),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

impl From<Ipv4Addr> for Host {
    fn from(address: Ipv4Addr) -> Self {
        Self::V4(address)
    }
}

impl From<Ipv6Addr> for Host {
    fn from(address: Ipv6Addr) -> Self {
        Self::V6(address)
    }
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6(address),
        }
    }
}

/// A domain name that passed the parser, so it can be printed into a message without further checks.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostName(Box<str>);

impl HostName {
    /// A name that the grammar accepted.
    pub(crate) fn trusted(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for HostName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for HostName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_addresses_in_their_shortest_form() {
        for (text, printed) in [
            ("[2001:DB8:0:0::9:01]", "[2001:db8::9:1]"),
            ("[0:0:0:0:0:FFFF:129.144.52.38]", "[::ffff:129.144.52.38]"),
            ("192.0.2.4", "192.0.2.4"),
            ("AtLanTa.CoM", "AtLanTa.CoM"),
        ] {
            assert_eq!(text.parse::<Host>().unwrap().to_string(), printed);
        }
    }

    #[test]
    fn names_have_no_case_and_never_equal_addresses() {
        let host = |text: &str| text.parse::<Host>().unwrap();
        assert!(host("AtLanTa.CoM").is_equivalent(&host("atlanta.com")));
        assert_ne!(host("AtLanTa.CoM"), host("atlanta.com"));
        assert!(!host("[::ffff:192.0.2.4]").is_equivalent(&host("192.0.2.4")));
        assert_eq!(host("h").address(), None);
    }
}
