//! A private authority and the certificate it issues for the loopback, new in each run. Its root is in no trust store, so a
//! client must be handed it.

use crate::miss::Miss;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use std::fs;
use std::path::Path;

/// Writes the root `ca.pem`, and `server.pem` and `server.key` for a server on `localhost`.
pub(crate) fn write(folder: &Path) -> Result<(), Miss> {
    let mut root = CertificateParams::new([])?;
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.distinguished_name.push(DnType::CommonName, "interop root");
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let server = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    let server = server.signed_by(&key, &root)?;
    fs::write(folder.join("ca.pem"), root.pem())?;
    fs::write(folder.join("server.pem"), server.pem())?;
    fs::write(folder.join("server.key"), key.serialize_pem())?;
    Ok(())
}
