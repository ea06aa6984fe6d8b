//! How a testbed is set up.

use super::clock::Clock;
use super::driver::Driver;
use super::recorder::{OnMessage, Recorder};
use super::testbed::{PASSWORD, Parts, Testbed, USERS};
use crate::proxy::{Proxy, ProxyAuthentication, ProxyConfig, ProxyFault, RegistrationLimits};
use crate::record::Record;
use sip_transport_ws::native::{BindError, ListenOptions, ServerTls, WsListener};
use sip_uri::{Host, SipUri};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use thiserror::Error;
use tokio::sync::{oneshot, watch};

/// Collects the settings of a [`Testbed`]; made by [`Testbed::builder`].
#[must_use = "nothing happens before `start`"]
pub struct TestbedBuilder {
    address: IpAddr,
    port: u16,
    domain: String,
    users: Vec<(String, String)>,
    is_open: bool,
    authentication: ProxyAuthentication,
    limits: RegistrationLimits,
    tls: Option<(u16, ServerTls)>,
    on_message: Option<Arc<OnMessage>>,
}

/// Why a testbed did not start.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The domain is neither a host name nor an address.
    #[error("{domain:?} is no domain")]
    Domain {
        /// The domain that was given.
        domain: String,
    },
    /// The port is taken, or the certificate is bad.
    #[error("cannot listen on {address}: {error}")]
    Bind {
        /// The address and port that were asked for.
        address: SocketAddr,
        /// What is wrong.
        error: BindError,
    },
    /// The operating system gives no random numbers.
    #[error("no random numbers from the operating system")]
    NoEntropy,
}

impl TestbedBuilder {
    pub(super) fn new() -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            domain: DOMAIN.to_owned(),
            users: Vec::new(),
            is_open: false,
            authentication: ProxyAuthentication::default(),
            limits: RegistrationLimits::default(),
            tls: None,
            on_message: None,
        }
    }

    /// Adds a user; the first one takes the place of the preconfigured [`USERS`].
    pub fn user(mut self, name: &str, password: &str) -> Self {
        self.users.push((name.to_owned(), password.to_owned()));
        self
    }

    /// Registers everybody without a password.
    pub const fn open(mut self) -> Self {
        self.is_open = true;
        self
    }

    /// The domain of the users, and the realm of the challenges: `example.test` at first.
    pub fn domain(mut self, domain: &str) -> Self {
        domain.clone_into(&mut self.domain);
        self
    }

    /// The address to listen on: the loopback interface at first.
    pub const fn address(mut self, address: IpAddr) -> Self {
        self.address = address;
        self
    }

    /// The port to listen on: a free one at first.
    pub const fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Also listens for `wss://` on `port` (0: a free one), showing this certificate; needs the feature `tls`.
    pub fn tls(mut self, port: u16, certificate: ServerTls) -> Self {
        self.tls = Some((port, certificate));
        self
    }

    /// Which requests are challenged before they are forwarded: none at first. REGISTER always is.
    pub const fn proxy_authentication(mut self, authentication: ProxyAuthentication) -> Self {
        self.authentication = authentication;
        self
    }

    /// How long registrations live.
    pub const fn registration_limits(mut self, limits: RegistrationLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Calls `on_message` with every message received and sent, in order; it must not block.
    pub fn on_message(mut self, on_message: impl Fn(&Record) + Send + Sync + 'static) -> Self {
        self.on_message = Some(Arc::new(on_message));
        self
    }

    /// Starts the testbed on the current tokio runtime.
    ///
    /// # Errors
    /// [`StartError`] when the domain or the certificate cannot be used, or a port is taken.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time and I/O enabled, as tokio does.
    pub async fn start(self) -> Result<Testbed, StartError> {
        let domain: Host =
            self.domain.parse().map_err(|_| StartError::Domain { domain: self.domain.clone() })?;
        let plain = self.bind(self.port, None).await?;
        let secure = match self.tls.clone() {
            Some((port, certificate)) => Some(self.bind(port, Some(certificate)).await?),
            None => None,
        };
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| StartError::NoEntropy)?;
        let listeners = [Some(&plain), secure.as_ref()].into_iter().flatten();
        let addresses = listeners.map(WsListener::local_addr).collect();
        let proxy = Proxy::new(self.config(&domain, addresses), seed);
        let recorder = Recorder::new(self.on_message);
        let (stop, stopped) = oneshot::channel();
        let (fault, faults) = watch::channel(ProxyFault::None);
        let parts = Parts {
            address: plain.local_addr(),
            secure_address: secure.as_ref().map(WsListener::local_addr),
            domain: self.domain,
            recorder: recorder.clone(),
            fault,
            stop,
        };
        let driver = Driver::new(proxy, Clock::start(), recorder);
        Ok(Testbed::new(parts, driver.run(plain, secure, stopped, faults)))
    }

    async fn bind(&self, port: u16, tls: Option<ServerTls>) -> Result<WsListener, StartError> {
        let address = SocketAddr::new(self.address, port);
        let options = ListenOptions { tls, ..ListenOptions::default() };
        WsListener::bind(address, options).await.map_err(|error| StartError::Bind { address, error })
    }

    /// The settings of the core; the first of `addresses` is the one it tells to others.
    fn config(&self, domain: &Host, addresses: Vec<SocketAddr>) -> ProxyConfig {
        let mut names = addresses.into_iter().flat_map(|address| {
            let host = match address.ip() {
                // Nobody can be told to come back to "any address".
                ip if ip.is_unspecified() => domain.clone(),
                IpAddr::V4(ip) => Host::V4(ip),
                IpAddr::V6(ip) => Host::V6(ip),
            };
            let localhost: Option<Host> = "localhost".parse().ok();
            let hosts = std::iter::once(host).chain(localhost).chain([domain.clone()]);
            hosts.map(move |host| SipUri::new(host).with_port(address.port()))
        });
        let uri = names.next().unwrap_or_else(|| SipUri::new(domain.clone()));
        let config = ProxyConfig::new(uri.with_param("transport", Some("ws")))
            .with_domain(domain.clone())
            .with_proxy_authentication(self.authentication)
            .with_registration_limits(self.limits);
        let config = names.fold(config, ProxyConfig::with_alias);
        let preconfigured: [(String, String); USERS.len()] =
            USERS.map(|name| (name.to_owned(), PASSWORD.to_owned()));
        let users = if self.users.is_empty() { &preconfigured[..] } else { &self.users };
        if self.is_open {
            return config;
        }
        users.iter().fold(config, |config, (name, password)| config.with_user(name, password))
    }
}

impl fmt::Debug for TestbedBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let users: Vec<&String> = self.users.iter().map(|(name, _)| name).collect();
        f.debug_struct("TestbedBuilder")
            .field("domain", &self.domain)
            .field("port", &self.port)
            .field("users", &users)
            .finish_non_exhaustive()
    }
}

/// A name that RFC 6761 keeps for tests.
const DOMAIN: &str = "example.test";
