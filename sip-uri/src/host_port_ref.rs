//! `hostport` of RFC 3261 §25.1, read in the text it stands in: what `sent-by` of Via is as well.

use crate::{Host, grammar};

/// A host and perhaps a port in somebody else's text.
///
/// ```
/// use sip_uri::HostPortRef;
///
/// let (sent_by, behind) = HostPortRef::usual_prefix("192.0.2.1:5070;branch=z9hG4bK1").unwrap();
/// assert_eq!((sent_by.raw_host(), sent_by.port(), behind), ("192.0.2.1", Some(5070), ";branch=z9hG4bK1"));
/// assert_eq!(sent_by.host(), std::net::Ipv4Addr::new(192, 0, 2, 1).into());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HostPortRef<'a> {
    host: &'a str,
    port: Option<u16>,
}

impl<'a> HostPortRef<'a> {
    /// The host that a text begins with, as [`Mode::Lenient`](crate::Mode::Lenient) reads it, with its port, and what
    /// stands behind them.
    ///
    /// `None` says nothing: there may be a host of a less usual form, such as an IPv6 reference. What stands behind
    /// may be more of the host, unless it begins with something that no host holds.
    #[inline(always)]
    #[must_use]
    pub fn usual_prefix(text: &'a str) -> Option<(Self, &'a str)> {
        let (port, behind_host, behind) = grammar::usual::hostport(text.as_bytes())?;
        let host = text.get(..text.len() - behind_host.len())?;
        let behind = text.get(text.len() - behind.len()..)?;
        Some((Self { host, port }, behind))
    }

    /// The host, or the address, which is made of its text at each call.
    #[must_use]
    pub fn host(&self) -> Host {
        Host::known(self.host)
    }

    /// The host as it is written.
    #[must_use]
    pub const fn raw_host(&self) -> &'a str {
        self.host
    }

    /// The port, if there is one.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }
}
