//! What a TLS client trusts and what a TLS server shows (RFC 7118 §9.1, RFC 6455 §4.1).

use std::fmt;

/// What the client of a `wss:` connection trusts. The certificate must name the host of the server address, always.
///
/// ```
/// # use sip_transport_ws::native::TlsOptions;
/// let private_ca = b"-----BEGIN CERTIFICATE-----...";
/// let tls = TlsOptions::default().with_root(*private_ca);
/// assert!(tls.platform_roots);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsOptions {
    /// Whether the roots of the operating system are trusted (by default yes).
    pub platform_roots: bool,
    /// Further roots, each the bytes of one DER certificate or of a PEM file with any number of them.
    pub roots: Vec<Vec<u8>>,
}

impl TlsOptions {
    /// Trusts a root more: one DER certificate, or a PEM file with any number of them.
    #[must_use]
    pub fn with_root(mut self, certificate: impl Into<Vec<u8>>) -> Self {
        self.roots.push(certificate.into());
        self
    }

    /// Trusts the roots that were handed in and no others.
    #[must_use]
    pub const fn without_platform_roots(mut self) -> Self {
        self.platform_roots = false;
        self
    }
}

impl Default for TlsOptions {
    fn default() -> Self {
        Self { platform_roots: true, roots: Vec::new() }
    }
}

/// Certificate and key of a `wss:` server. `Debug` does not show the key.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerTls {
    pub(super) chain: Vec<u8>,
    pub(super) key: Vec<u8>,
}

impl ServerTls {
    /// The chain (a PEM file, the server's own certificate first, or one DER certificate) and its private key (PEM
    /// or DER, PKCS #8, SEC 1 or PKCS #1). They are read when a listener is bound.
    #[must_use]
    pub fn new(chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        Self { chain: chain.into(), key: key.into() }
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTls").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_never_shown() {
        assert_eq!(format!("{:?}", ServerTls::new(*b"chain", *b"secret")), "ServerTls { .. }");
    }
}
