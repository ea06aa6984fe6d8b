//! Which check of TLS failed.

use super::fingerprint::Fingerprint;
use std::io::ErrorKind;

/// Why there is no TLS connection: the check that failed, as far as it can be told.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsFailure {
    /// No trusted root issued the certificate (or it is self-signed).
    #[error("the certificate was issued by no trusted root")]
    UnknownIssuer,
    /// The certificate names other hosts than the one in the server address.
    #[error("the certificate is not for this host")]
    WrongName,
    /// The certificate has run out.
    #[error("the certificate has expired")]
    Expired,
    /// The certificate is not valid yet (or the clock is wrong).
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// The certificate was revoked.
    #[error("the certificate was revoked")]
    Revoked,
    /// The signature of the certificate or of the handshake is wrong.
    #[error("a signature is wrong")]
    BadSignature,
    /// The certificate is no DER or breaks X.509.
    #[error("the certificate is malformed")]
    BadEncoding,
    /// The certificate is for another purpose: for a client, or for an authority.
    #[error("the certificate is not for a server")]
    WrongPurpose,
    /// The certificate is valid but none of the pinned ones.
    #[error("the certificate is not pinned; its fingerprint is {found}")]
    NotPinned {
        /// The fingerprint of the certificate.
        found: Fingerprint,
    },
    /// The client shows no certificate although the server asks for one.
    #[error("the client shows no certificate")]
    NoCertificate,
    /// Another rule about certificates is broken.
    #[error("the certificate is refused: {detail}")]
    Certificate {
        /// What the TLS library says, to be shown and not to be matched.
        detail: String,
    },
    /// The peer ended the handshake with an alert, by its number (RFC 8446 §6).
    #[error("the peer ended the handshake with alert {alert}")]
    Alert {
        /// The number of the alert description.
        alert: u8,
    },
    /// What the peer sent is not TLS, or breaks it.
    #[error("the peer does not speak TLS")]
    NotTls,
    /// The two sides have no protocol version or cipher suite in common.
    #[error("no common TLS version or cipher suite")]
    Incompatible,
    /// The connection broke during the handshake.
    #[error("the connection broke during the handshake: {kind}")]
    Broken {
        /// What the operating system says.
        kind: ErrorKind,
    },
    /// A root, chain or key handed in cannot be used.
    #[error("a certificate or key handed in cannot be used")]
    BadOptions,
    /// The crate was built without the feature `tls`.
    #[error("built without the feature `tls`")]
    NotBuilt,
}
