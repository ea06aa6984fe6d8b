//! How a user agent names itself to servers that want it otherwise than the RFCs have it: RFC 3261 §8.1.1.8 and §18.1.1,
//! RFC 7118 §5, RFC 3581; AC-42, AC-43.

use sip_uri::Host;
use std::net::IpAddr;

/// Everything that may have to be different for one server or another, in one place. The default is what the RFCs say:
///
/// ```text
/// Via: SIP/2.0/WSS 7hd8s0q2m4kx.invalid;branch=z9hG4bK…;rport
/// Contact: <sip:k3j9w2pd@7hd8s0q2m4kx.invalid;transport=ws>
/// ```
///
/// ```
/// use sip_ua::core::{InteropProfile, TransportParam};
///
/// let mut profile = InteropProfile::default();
/// profile.contact_user = Some("alice".to_owned());
/// profile.transport_param = TransportParam::Wss;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InteropProfile {
    /// User part of the Contact; random when `None`.
    pub contact_user: Option<String>,
    /// Host and port of the Contact; those of the Via when `None`.
    pub contact_host: Option<(Host, Option<u16>)>,
    /// The `transport` parameter of the Contact over WebSocket.
    pub transport_param: TransportParam,
    /// The transport token of the Via; that of the connection when `None`.
    pub via_transport: Option<String>,
    /// Whether requests to SIPS URIs are also taken from connections that are not secure themselves, as behind a server
    /// that ends the TLS; without it they get 416 there (RFC 3261 §8.1.2, §26.4.4). On TLS and WSS they are always taken.
    pub sips_ok: bool,
    /// Whether credentials name the algorithm even where the challenge names none; else it is echoed as it was sent (AC-27).
    pub names_algorithm: bool,
    /// What becomes of the Contact when a registrar sees us at another address.
    pub contact_rewriting: ContactRewriting,
}

impl Default for InteropProfile {
    fn default() -> Self {
        Self {
            contact_user: None,
            contact_host: None,
            transport_param: TransportParam::Ws,
            via_transport: None,
            sips_ok: true,
            names_algorithm: false,
            contact_rewriting: ContactRewriting::AddressAndPort,
        }
    }
}

/// The `transport` parameter of a Contact over WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TransportParam {
    /// `transport=ws`, over WSS too (RFC 7118 §5.2.2).
    #[default]
    Ws,
    /// `transport=wss`, which some servers want and no RFC knows.
    Wss,
    /// None.
    None,
}

impl TransportParam {
    pub(super) const fn value(self) -> Option<&'static str> {
        match self {
            Self::Ws => Some("ws"),
            Self::Wss => Some("wss"),
            Self::None => None,
        }
    }
}

/// What a user agent makes of `received` and `rport` in the Via of a 2xx to its REGISTER (RFC 3581 §4).
///
/// Over WebSocket nothing: the connection is the way to us. Over other transports the Contact gets that address, and is
/// registered once more, when the address is public, or when the server is in a private network as we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ContactRewriting {
    /// The Contact stays as it is.
    Never,
    /// It follows the address; where only the port is another one it stays.
    Address,
    /// It follows the address and the port.
    #[default]
    AddressAndPort,
}

/// Whether no one outside of its own network reaches this address (RFC 1918, RFC 6598, RFC 4193 and the local ones).
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let is_shared = first == 100 && second & 0xc0 == 64;
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || is_shared
        }
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_private(IpAddr::V4(mapped)),
            None => {
                address.is_loopback()
                    || address.is_unspecified()
                    || address.is_unique_local()
                    || address.is_unicast_link_local()
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_networks_are_told_from_the_internet() {
        for text in
            ["10.1.2.3", "172.16.0.1", "192.168.7.7", "100.64.0.1", "169.254.1.1", "127.0.0.1", "0.0.0.0"]
        {
            assert!(is_private(text.parse().unwrap()), "{text}");
        }
        for text in ["::1", "::", "fd00::1", "fe80::1", "::ffff:10.1.2.3"] {
            assert!(is_private(text.parse().unwrap()), "{text}");
        }
        for text in ["192.0.2.1", "100.128.0.1", "172.32.0.1", "2001:db8::1", "::ffff:192.0.2.1"] {
            assert!(!is_private(text.parse().unwrap()), "{text}");
        }
    }
}
