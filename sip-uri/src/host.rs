//! `host` of RFC 3261 §25.1: a name, an IPv4 address, or an IPv6 address as RFC 5954 §4.1 writes it.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Deref;

/// Where a URI points: a domain name or an address (RFC 3261 §25.1, RFC 5954).
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
            (Self::Name(one), Self::Name(two)) => one.as_bytes().eq_ignore_ascii_case(two.as_bytes()),
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

/// A domain name that passed the parser, so it can be printed into a message without further checks (RFC 3261 §25.1).
#[derive(Clone)]
pub struct HostName(Letters);

/// Most names are short enough to live without a heap allocation of their own.
#[derive(Clone)]
enum Letters {
    Short { length: u8, bytes: [u8; SHORT] },
    Long(Box<str>),
}

/// As many bytes as make `Host` four words.
const SHORT: usize = 30;

impl HostName {
    /// A name that the grammar accepted.
    pub(crate) fn trusted(name: &str) -> Self {
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..name.len()), u8::try_from(name.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(name.as_bytes());
                Self(Letters::Short { length, bytes })
            }
            _ => Self(Letters::Long(name.into())),
        }
    }

    fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Letters::Short { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Letters::Long(name) => name.as_bytes(),
        }
    }

    /// The name as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Letters::Short { .. } => str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Letters::Long(name) => name,
        }
    }
}

impl PartialEq for HostName {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for HostName {}

impl PartialOrd for HostName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for HostName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for HostName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Deref for HostName {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for HostName {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
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
    fn names_of_any_length_behave_alike() {
        for length in [1, SHORT - 1, SHORT, SHORT + 1, 255] {
            let name = HostName::trusted(&"a".repeat(length));
            assert_eq!((name.as_str().len(), &name), (length, &name.clone()));
            assert!(name < HostName::trusted("b"));
        }
        assert!(size_of::<Host>() <= 32);
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
