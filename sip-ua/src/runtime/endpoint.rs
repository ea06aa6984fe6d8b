//! Where a server is and how it is reached: RFC 3263 §4.2, RFC 7118 §5.5.

use super::ConnectError;
#[cfg(not(target_arch = "wasm32"))]
use super::platform::Clock;
use super::platform::{ConnectOptions, WsConnection, connect};
#[cfg(not(target_arch = "wasm32"))]
use super::resolver::addresses;
use super::resolver::{Lookup, Resolver};
use sip_outbound::{Location, Server, Transport};
use sip_transport_ws::ServerUrl;
use sip_uri::SipUri;
use std::sync::Arc;
use std::time::Duration;

/// A server to connect to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Endpoint {
    /// What is asked of it, and whom its certificate must name.
    url: ServerUrl,
    /// The host whose addresses lead to it; a browser looks up the one of the URL.
    #[cfg_attr(target_arch = "wasm32", allow(dead_code, reason = "the browser looks names up"))]
    host: String,
}

/// Whose records in the DNS name the servers.
#[derive(Clone)]
pub(super) struct Origin {
    pub(super) uri: SipUri,
    /// Of the WebSocket, for the DNS knows none.
    pub(super) path: String,
}

/// How connections are made.
#[derive(Clone)]
pub(super) struct Dialer {
    pub(super) options: ConnectOptions,
    /// Who looks names up; the operating system when `None`.
    pub(super) resolver: Option<Arc<dyn Resolver>>,
    /// For how long at most.
    pub(super) locate_within: Duration,
}

impl Endpoint {
    /// A server that the application names.
    pub(super) fn of(server: &Server<String>) -> Result<Server<Self>, ConnectError> {
        let url: ServerUrl = server.target.parse().map_err(ConnectError::Server)?;
        let host = url.host().to_owned();
        Ok(Server::new(Self { url, host }).with_priority(server.priority).with_weight(server.weight))
    }

    /// A server that the DNS names. Its certificate has to name `domain`: what the DNS says could be anybody's word. A
    /// browser knows one name for both, so there the certificate names the host.
    fn located(server: &Server<Location>, domain: &str, path: &str) -> Result<Server<Self>, ConnectError> {
        let Location { transport, host, port } = &server.target;
        let scheme = if transport.is_secure() { "wss" } else { "ws" };
        let name = if cfg!(target_arch = "wasm32") { host } else { domain };
        let url = format!("{scheme}://{name}:{port}{path}").parse().map_err(ConnectError::Server)?;
        let endpoint = Self { url, host: host.clone() };
        Ok(Server::new(endpoint).with_priority(server.priority).with_weight(server.weight))
    }

    #[cfg(test)]
    pub(super) const fn port(&self) -> u16 {
        self.url.port()
    }
}

impl Dialer {
    /// The servers of `origin` by the DNS, and whether it has answered every question.
    pub(super) async fn locate(
        &self,
        origin: &Origin,
    ) -> Result<(Vec<Server<Endpoint>>, bool), ConnectError> {
        let Origin { uri, path } = origin;
        let resolver = self.resolver.as_deref().ok_or(ConnectError::NoServer)?;
        let has_tls = cfg!(any(feature = "tls", target_arch = "wasm32"));
        let supported: &[Transport] =
            if has_tls { &[Transport::Wss, Transport::Ws] } else { &[Transport::Ws] };
        let lookup = Lookup::begin(resolver, self.locate_within);
        let located = lookup.locate(uri, supported).await.map_err(ConnectError::Locate)?;
        let domain = uri.host().to_string();
        let endpoint = |server| Endpoint::located(server, &domain, path);
        let servers = located.servers.iter().map(endpoint).collect::<Result<_, _>>()?;
        Ok((servers, located.is_certain))
    }

    /// Opens a connection.
    pub(super) async fn connect(&self, endpoint: &Endpoint) -> Result<WsConnection, ConnectError> {
        #[cfg(target_arch = "wasm32")]
        let options = &self.options;
        #[cfg(not(target_arch = "wasm32"))]
        let options = &self.options_for(endpoint).await?;
        Ok(connect(&endpoint.url, options).await?)
    }

    /// The addresses that the resolver knows go along.
    #[cfg(not(target_arch = "wasm32"))]
    async fn options_for(&self, endpoint: &Endpoint) -> Result<ConnectOptions, ConnectError> {
        let mut options = self.options.clone();
        if let Some(resolver) = self.resolver.as_deref() {
            let clock = Clock::start();
            let deadline = clock.now() + options.timeout.min(self.locate_within);
            options.addresses = addresses(&endpoint.host, resolver, clock, deadline).await?;
        }
        Ok(options)
    }
}
