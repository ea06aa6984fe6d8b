//! Which check of TLS failed.

use super::certificate_date::CertificateDate;
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
    #[error("the certificate is not for this host but for {}", names(.presented))]
    WrongName {
        /// The names in it.
        presented: Vec<String>,
    },
    /// The certificate has run out.
    #[error("the certificate has expired on {not_after}")]
    Expired {
        /// Until when it was valid.
        not_after: CertificateDate,
    },
    /// The certificate is not valid yet (or the clock is wrong).
    #[error("the certificate is not valid before {not_before}")]
    NotYetValid {
        /// From when on it is.
        not_before: CertificateDate,
    },
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
    #[error("the certificate {found} is not pinned")]
    NotPinned {
        /// The fingerprint of the certificate.
        found: Fingerprint,
    },
    /// The client shows no certificate although the server asks for one.
    #[error("the client shows no certificate")]
    NoCertificate,
    /// The server asks for a certificate of the client, and none was shown.
    #[error("the server asks for a client certificate")]
    CertificateWanted,
    /// Another rule about certificates is broken.
    #[error("the certificate is refused: {detail}")]
    Certificate {
        /// What the TLS library says, to be shown and not to be matched.
        detail: String,
    },
    /// The peer ended the handshake with an alert, by its number (RFC 8446 §6).
    #[error("the peer ended the handshake with alert {alert} ({})", alert_name(*.alert))]
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

fn names(presented: &[String]) -> String {
    if presented.is_empty() { "no host at all".to_owned() } else { presented.join(", ") }
}

/// What an alert about a certificate says (RFC 8446 §6.2).
const fn alert_name(alert: u8) -> &'static str {
    match alert {
        40 => "no common parameters",
        42 => "the certificate is malformed",
        43 => "the certificate is of an unsupported kind",
        44 => "the certificate was revoked",
        45 => "the certificate is not valid now",
        46 => "the certificate is refused",
        48 => "the certificate was issued by no trusted root",
        49 => "access denied",
        70 => "no common TLS version",
        112 => "there is no such host",
        116 => "a certificate is required",
        _ => "no reason is known",
    }
}
