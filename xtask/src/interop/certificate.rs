//! A private authority and the certificate it issued for the loopback, made by openssl on each run.

use super::write;
use crate::failure::Failure;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the server shows. Its root is in no trust store, so a client must be handed it.
pub(super) struct Certificate {
    folder: PathBuf,
}

/// A key and a certificate request or, with `-x509`, a self-signed certificate.
const REQUEST: [&str; 6] = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

impl Certificate {
    /// Makes root, certificate and keys in `folder`.
    ///
    /// # Errors
    /// What openssl says when it fails.
    pub(super) fn make(folder: &Path) -> Result<Self, Failure> {
        let openssl = |words: &[&str]| openssl(folder, words);
        let root =
            ["-x509", "-days", "2", "-subj", "/CN=interop root", "-keyout", "ca.key", "-out", "ca.pem"];
        openssl(&[&REQUEST[..], &root].concat())?;
        let server = ["-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"];
        openssl(&[&REQUEST[..], &server].concat())?;
        write(
            &folder.join("server.ext"),
            "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
        )?;
        openssl(&[
            "x509",
            "-req",
            "-days",
            "2",
            "-in",
            "server.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-extfile",
            "server.ext",
            "-out",
            "server.pem",
        ])?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The root, as PEM.
    pub(super) fn root(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The server's certificate and its key, as PEM.
    pub(super) fn server(&self) -> (PathBuf, PathBuf) {
        (self.folder.join("server.pem"), self.folder.join("server.key"))
    }
}

fn openssl(folder: &Path, words: &[&str]) -> Result<(), Failure> {
    let mut command = Command::new("openssl");
    let output = command.current_dir(folder).args(words).stdin(Stdio::null()).output();
    let output = output.map_err(|error| Failure::new(format!("openssl could not be started: {error}")))?;
    if output.status.success() {
        Ok(())
    } else {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Failure::new(format!("openssl {}: {said}", words.first().unwrap_or(&""))))
    }
}
