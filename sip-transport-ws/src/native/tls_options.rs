//! What a TLS client trusts and what a TLS server shows (RFC 7118 §9.1, RFC 6455 §4.1).

use super::fingerprint::Fingerprint;
use std::fmt;

/// What the client of a `wss:` connection trusts. The certificate must name the host of the server address, unless its
/// fingerprint is [accepted](Self::accept_fingerprint).
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
    /// With any in this list, a certificate has to be one of them besides passing every other check.
    pub pinned: Vec<Fingerprint>,
    /// Certificates that are accepted as they are.
    pub accepted: Vec<Fingerprint>,
    /// The certificate to show to a server that asks for one.
    pub identity: Option<Identity>,
}

impl TlsOptions {
    /// Trusts a root more: one DER certificate, or a PEM file with any number of them.
    #[must_use]
    pub fn with_root(mut self, certificate: impl Into<Vec<u8>>) -> Self {
        self.roots.push(certificate.into());
        self
    }

    /// Accepts, of the certificates that pass every other check, only the pinned ones; call it once for each.
    #[must_use]
    pub fn pin(mut self, certificate: Fingerprint) -> Self {
        self.pinned.push(certificate);
        self
    }

    /// Accepts the certificate with this fingerprint whoever issued it, whatever it names and whenever it runs out,
    /// as for a device with a self-signed one. Other certificates are checked as ever.
    #[must_use]
    pub fn accept_fingerprint(mut self, certificate: Fingerprint) -> Self {
        self.accepted.push(certificate);
        self
    }

    /// Shows this certificate to servers that ask for one.
    #[must_use]
    pub fn with_identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
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
        Self {
            platform_roots: true,
            roots: Vec::new(),
            pinned: Vec::new(),
            accepted: Vec::new(),
            identity: None,
        }
    }
}

/// A certificate with its private key: what one side shows of itself. `Debug` does not show the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    pub(super) chain: Vec<u8>,
    pub(super) key: Vec<u8>,
}

impl Identity {
    /// The chain (a PEM file, the own certificate first, or one DER certificate) and its private key (PEM or DER,
    /// PKCS #8, SEC 1 or PKCS #1). They are read when they are first needed.
    #[must_use]
    pub fn new(chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        Self { chain: chain.into(), key: key.into() }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// Certificate and key of a `wss:` server, and whom it lets in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServerTls {
    pub(super) identity: Identity,
    pub(super) client_roots: Vec<Vec<u8>>,
}

impl ServerTls {
    /// The chain and its private key, as in [`Identity::new`]. They are read when a listener is bound.
    #[must_use]
    pub fn new(chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        Self { identity: Identity::new(chain, key), client_roots: Vec::new() }
    }

    /// Lets in only clients with a certificate that this root issued (one DER certificate, or a PEM file with any
    /// number of them); call it once for each.
    #[must_use]
    pub fn with_client_root(mut self, certificate: impl Into<Vec<u8>>) -> Self {
        self.client_roots.push(certificate.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_never_shown() {
        let shown = format!("{:?}", ServerTls::new(*b"chain", *b"secret"));
        assert_eq!(shown, "ServerTls { identity: Identity { .. }, client_roots: [] }");
    }
}
