//! How a client checks the certificate of a server: the rules of RFC 5280 and RFC 6125 through rustls, narrowed by pins
//! and widened by accepted fingerprints.

use super::fingerprint::Fingerprint;
use super::tls_options::TlsOptions;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock};

/// The check for one connection.
#[derive(Debug)]
pub(super) struct ServerCheck {
    /// `None` when no root is trusted: then only an accepted fingerprint helps.
    chain: Option<Arc<WebPkiServerVerifier>>,
    pinned: Vec<Fingerprint>,
    accepted: Vec<Fingerprint>,
    provider: Arc<CryptoProvider>,
    /// The certificate that was refused.
    refused: OnceLock<Fingerprint>,
}

impl ServerCheck {
    /// `None` when the roots cannot be used.
    pub(super) fn new(
        options: &TlsOptions,
        roots: RootCertStore,
        provider: Arc<CryptoProvider>,
    ) -> Option<Self> {
        let chain = if roots.is_empty() {
            None
        } else {
            let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            Some(builder.build().ok()?)
        };
        let (pinned, accepted) = (options.pinned.clone(), options.accepted.clone());
        Some(Self { chain, pinned, accepted, provider, refused: OnceLock::new() })
    }
}

impl ServerCheck {
    /// The certificate that was refused, if that is why there is no connection.
    pub(super) fn refused(&self) -> Option<Fingerprint> {
        self.refused.get().copied()
    }

    fn verify_chain(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = self.chain.as_ref().ok_or(CertificateError::UnknownIssuer)?;
        chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }
}

impl ServerCertVerifier for ServerCheck {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let found = Fingerprint::new(Sha256::digest(end_entity).into());
        if self.accepted.contains(&found) {
            return Ok(ServerCertVerified::assertion());
        }
        let verified = self.verify_chain(end_entity, intermediates, server_name, ocsp_response, now);
        let verified = verified.and_then(|verified| {
            let is_pinned = self.pinned.is_empty() || self.pinned.contains(&found);
            is_pinned
                .then_some(verified)
                .ok_or_else(|| Error::Other(OtherError(Arc::new(NotPinned { found }))))
        });
        if verified.is_err() {
            // one connection shows one certificate
            let _ = self.refused.set(found);
        }
        verified
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// A valid certificate that is none of the pinned ones; it travels through rustls as a foreign error.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("not pinned: {found}")]
pub(super) struct NotPinned {
    pub(super) found: Fingerprint,
}
