//! The connection of an edge proxy to its registrar (RFC 5626 §5), made again when it is lost.

use super::builder::StartError;
use sip_transport_ws::ServerUrl;
use sip_transport_ws::native::{ConnectError, ConnectOptions, WsConnection, connect};
use sip_uri::Host;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Where the registrar is, and the next connection to it while one is on its way.
#[derive(Debug)]
pub(super) struct Trunk {
    url: ServerUrl,
    host: Host,
    opening: Option<JoinHandle<WsConnection>>,
}

impl Trunk {
    /// Connects to the registrar at `url`.
    pub(super) async fn connect(url: &str) -> Result<(Self, WsConnection), StartError> {
        let parsed: ServerUrl =
            url.parse().map_err(|error| StartError::RegistrarUrl { url: url.to_owned(), error })?;
        let host = parsed.host().parse().map_err(|_| StartError::Domain { domain: url.to_owned() })?;
        let connection = open(&parsed).await.map_err(|error| StartError::Registrar { error })?;
        Ok((Self { url: parsed, host, opening: None }, connection))
    }

    /// The host under which the registrar may name itself in Record-Route.
    pub(super) const fn host(&self) -> &Host {
        &self.host
    }

    /// The connection is lost: another one is made as soon as the registrar can be reached.
    #[expect(clippy::disallowed_methods, reason = "runtime module")]
    pub(super) fn reopen(&mut self) {
        let url = self.url.clone();
        self.opening = Some(tokio::spawn(async move {
            loop {
                match open(&url).await {
                    Ok(connection) => return connection,
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            }
        }));
    }

    /// The next connection, for ever pending while none is wanted. Cancel-safe.
    pub(super) async fn next(&mut self) -> WsConnection {
        while let Some(opening) = &mut self.opening {
            let opened = opening.await;
            self.opening = None;
            match opened {
                Ok(connection) => return connection,
                // It panicked, which the runtime has reported.
                Err(_) => self.reopen(),
            }
        }
        std::future::pending().await
    }
}

impl Drop for Trunk {
    fn drop(&mut self) {
        if let Some(opening) = &self.opening {
            opening.abort();
        }
    }
}

async fn open(url: &ServerUrl) -> Result<WsConnection, ConnectError> {
    connect(url, &ConnectOptions::default()).await
}

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(500);
