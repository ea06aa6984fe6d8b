//! In place of TLS when the feature `tls` is off: every attempt says so.

use super::connect_error::ConnectError;
use super::stream::AnyStream;
use super::tls_failure::TlsFailure;
use super::tls_options::{ServerTls, TlsOptions};
use std::io;
use tokio::net::TcpStream;

/// What a listener keeps for TLS: nothing can be made of it here.
#[derive(Clone)]
pub(super) enum Acceptor {}

impl Acceptor {
    pub(super) const fn new(_: &ServerTls) -> Result<Self, TlsFailure> {
        Err(TlsFailure::NotBuilt)
    }

    #[expect(clippy::unused_async, reason = "the same surface as with the feature")]
    pub(super) async fn accept(&self, _: TcpStream) -> Result<AnyStream, TlsFailure> {
        match *self {}
    }
}

#[expect(clippy::unused_async, reason = "the same surface as with the feature")]
pub(super) async fn connect(_: TcpStream, host: &str, _: &TlsOptions) -> Result<AnyStream, ConnectError> {
    Err(ConnectError::Tls { host: host.to_owned(), failure: TlsFailure::NotBuilt, found: None })
}

pub(super) const fn failure_in(_: &io::Error) -> Option<TlsFailure> {
    None
}
