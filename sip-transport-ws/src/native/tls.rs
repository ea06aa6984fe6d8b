//! TLS for `wss:` with rustls and ring (RFC 7118 §9.1).

use super::certificate_date::CertificateDate;
use super::connect_error::ConnectError;
use super::server_check::{NotPinned, ServerCheck};
use super::stream::{AnyStream, ByteStream};
use super::tls_failure::TlsFailure;
use super::tls_options::{ServerTls, TlsOptions};
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore, ServerConfig};
use std::io;
use std::sync::{Arc, OnceLock};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// The only protocol inside the TLS connection is the HTTP of the handshake (RFC 7301).
const ALPN: &[u8] = b"http/1.1";

impl ByteStream for tokio_rustls::client::TlsStream<TcpStream> {}

impl ByteStream for tokio_rustls::server::TlsStream<TcpStream> {}

/// What a listener keeps for TLS.
#[derive(Clone)]
pub(super) struct Acceptor(TlsAcceptor);

impl Acceptor {
    pub(super) fn new(tls: &ServerTls) -> Result<Self, TlsFailure> {
        let chain = certificates(&tls.identity.chain)?;
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| failure(&error))?
            .with_client_cert_verifier(client_check(tls)?)
            .with_single_cert(chain, private_key(&tls.identity.key)?)
            .map_err(|_| TlsFailure::BadOptions)?;
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> Result<AnyStream, TlsFailure> {
        let stream = self.0.accept(stream).await.map_err(|error| io_failure(&error))?;
        Ok(Box::new(stream))
    }
}

/// Opens TLS to the host of the server address; its certificate must name that host.
pub(super) async fn connect(
    stream: TcpStream,
    host: &str,
    options: &TlsOptions,
) -> Result<AnyStream, ConnectError> {
    let told = |failure, found| ConnectError::Tls { host: host.to_owned(), failure, found };
    let (config, check) = client_config(options).map_err(|failure| told(failure, None))?;
    // rfc7118#9.1/2: the check is that of RFC 6455, against the host that was configured and not the resolved address
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| told(TlsFailure::WrongName { presented: Vec::new() }, None))?;
    let connector = TlsConnector::from(Arc::new(config));
    match connector.connect(name, stream).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(told(io_failure(&error), check.refused())),
    }
}

/// Why TLS ended later on: a server that asks for a certificate says so only after the handshake (RFC 8446 §4.4.2.4).
pub(super) fn failure_in(error: &io::Error) -> Option<TlsFailure> {
    error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()).map(failure)
}

fn client_config(options: &TlsOptions) -> Result<(ClientConfig, Arc<ServerCheck>), TlsFailure> {
    let roots = roots(options.platform_roots, &options.roots)?;
    let check = Arc::new(ServerCheck::new(options, roots, provider()).ok_or(TlsFailure::BadOptions)?);
    let verifier: Arc<dyn ServerCertVerifier> = Arc::<ServerCheck>::clone(&check);
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| failure(&error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match &options.identity {
        None => config.with_no_client_auth(),
        Some(own) => {
            let (chain, key) = (certificates(&own.chain)?, private_key(&own.key)?);
            config.with_client_auth_cert(chain, key).map_err(|_| TlsFailure::BadOptions)?
        }
    };
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok((config, check))
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Whose certificates a server lets in: anybody's and nobody's when it has no roots for them.
fn client_check(tls: &ServerTls) -> Result<Arc<dyn ClientCertVerifier>, TlsFailure> {
    if tls.client_roots.is_empty() {
        return Ok(WebPkiClientVerifier::no_client_auth());
    }
    let roots = Arc::new(roots(false, &tls.client_roots)?);
    let built = WebPkiClientVerifier::builder_with_provider(roots, provider()).build();
    built.map_err(|_| TlsFailure::BadOptions)
}

fn roots(with_platform: bool, own: &[Vec<u8>]) -> Result<RootCertStore, TlsFailure> {
    let mut roots = if with_platform { platform_roots().clone() } else { RootCertStore::empty() };
    for bytes in own {
        for certificate in certificates(bytes)? {
            roots.add(certificate).map_err(|_| TlsFailure::BadOptions)?;
        }
    }
    Ok(roots)
}

/// The roots of the operating system, read once per process; those that cannot be read are left out.
fn platform_roots() -> &'static RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots
    })
}

/// The certificates of a PEM file, or the one DER certificate.
fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsFailure> {
    if !is_pem(bytes) {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) | Err(_) => Err(TlsFailure::BadOptions),
    }
}

fn private_key(bytes: &[u8]) -> Result<PrivateKeyDer<'static>, TlsFailure> {
    if is_pem(bytes) {
        PrivateKeyDer::from_pem_slice(bytes).map_err(|_| TlsFailure::BadOptions)
    } else {
        PrivateKeyDer::try_from(bytes.to_vec()).map_err(|_| TlsFailure::BadOptions)
    }
}

/// A DER certificate or key is a SEQUENCE (0x30); a PEM file is text.
fn is_pem(bytes: &[u8]) -> bool {
    bytes.first() != Some(&0x30)
}

fn io_failure(error: &io::Error) -> TlsFailure {
    failure_in(error).unwrap_or_else(|| TlsFailure::Broken { kind: error.kind() })
}

/// Foreign errors: rustls may add kinds at any time, hence the last arms.
fn failure(error: &rustls::Error) -> TlsFailure {
    match error {
        rustls::Error::InvalidCertificate(error) => certificate_failure(error),
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => TlsFailure::CertificateWanted,
        rustls::Error::AlertReceived(alert) => TlsFailure::Alert { alert: u8::from(*alert) },
        rustls::Error::PeerIncompatible(_) => TlsFailure::Incompatible,
        rustls::Error::DecryptError => TlsFailure::BadSignature,
        rustls::Error::NoCertificatesPresented => TlsFailure::NoCertificate,
        rustls::Error::Other(other) => match other.0.downcast_ref::<NotPinned>() {
            Some(NotPinned { found }) => TlsFailure::NotPinned { found: *found },
            None => TlsFailure::BadOptions,
        },
        rustls::Error::InvalidMessage(_)
        | rustls::Error::InappropriateMessage { .. }
        | rustls::Error::InappropriateHandshakeMessage { .. }
        | rustls::Error::PeerMisbehaved(_)
        | rustls::Error::PeerSentOversizedRecord => TlsFailure::NotTls,
        _ => TlsFailure::BadOptions,
    }
}

fn certificate_failure(error: &CertificateError) -> TlsFailure {
    match error {
        CertificateError::UnknownIssuer => TlsFailure::UnknownIssuer,
        CertificateError::NotValidForNameContext { presented, .. } => {
            TlsFailure::WrongName { presented: presented.iter().map(|name| bare_name(name)).collect() }
        }
        CertificateError::NotValidForName => TlsFailure::WrongName { presented: Vec::new() },
        CertificateError::ExpiredContext { not_after, .. } => {
            TlsFailure::Expired { not_after: CertificateDate::new(not_after.as_secs()) }
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            TlsFailure::NotYetValid { not_before: CertificateDate::new(not_before.as_secs()) }
        }
        CertificateError::Revoked => TlsFailure::Revoked,
        CertificateError::BadSignature => TlsFailure::BadSignature,
        CertificateError::BadEncoding => TlsFailure::BadEncoding,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            TlsFailure::WrongPurpose
        }
        other => TlsFailure::Certificate { detail: other.to_string() },
    }
}

/// A name as the TLS library shows it, `DnsName("example.com")`, without its kind.
fn bare_name(shown: &str) -> String {
    let inner = shown.split_once('(').map_or(shown, |(_, inner)| inner.trim_end_matches(')'));
    inner.trim_matches('"').to_owned()
}
