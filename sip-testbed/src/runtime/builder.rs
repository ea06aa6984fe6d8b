//! How a testbed is set up.

use super::clock::Clock;
use super::driver::Driver;
use super::recorder::{OnMessage, Recorder};
use super::testbed::{PASSWORD, Parts, Testbed, USERS};
use super::trunk::Trunk;
use crate::proxy::{Proxy, ProxyAuthentication, ProxyConfig, ProxyFault, RegistrationLimits};
use crate::record::Record;
use sip_transport_ws::native::{BindError, ConnectError, ListenOptions, ServerTls, WsListener};
use sip_transport_ws::{KeepAliveMode, KeepAliveOptions, ParseServerUrlError};
use sip_uri::{Host, SipUri};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
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
    flow_timer: Option<Duration>,
    registrar: Option<String>,
    name: Option<String>,
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
    #[error("{address}: {error}")]
    Bind {
        /// The address and port that were asked for.
        address: SocketAddr,
        /// What is wrong.
        error: BindError,
    },
    /// The address of the registrar is none.
    #[error("the registrar {url:?}: {error}")]
    RegistrarUrl {
        /// The address that was given.
        url: String,
        /// What is wrong with it.
        error: ParseServerUrlError,
    },
    /// The registrar of an edge cannot be reached.
    #[error("no registrar: {error}")]
    Registrar {
        /// Why not.
        error: ConnectError,
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
            flow_timer: None,
            registrar: None,
            name: None,
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

    /// Tells user agents that register a flow to send a keep-alive at least so often, in whole seconds from 1 on
    /// (Flow-Timer, RFC 5626 §4.4). A connection that is silent for a quarter longer is asked for a sign of life, and
    /// closed when none comes in another quarter.
    pub const fn flow_timer(mut self, flow_timer: Duration) -> Self {
        self.flow_timer = Some(flow_timer);
        self
    }

    /// Makes it an edge proxy (RFC 5626 §5) of the testbed at `registrar`, such as `ws://127.0.0.1:8080`, for the users of
    /// the same domain, or of an edge in front of that: it knows none itself, puts itself on the Path of registrations and
    /// passes everything on. All edges of a domain have one name unless they are given another ([`name`](Self::name)), so
    /// that a call whose edge is gone goes on over another one. Without its registrar an edge lets go of its clients, which
    /// then try another edge, and answers 503 with Retry-After, so that those who have no other are back as soon as it is.
    ///
    /// ```
    /// use sip_testbed::Testbed;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let registrar = Testbed::start().await?;
    /// let edge = Testbed::builder().edge_of(&registrar.url()).start().await?; // user agents connect to edge.url()
    /// # drop(edge);
    /// # Ok::<(), sip_testbed::StartError>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn edge_of(mut self, registrar: &str) -> Self {
        self.registrar = Some(registrar.to_owned());
        self
    }

    /// The host by which an edge names itself in Via, Path and Record-Route: `edge.` and the domain at first. An edge in front
    /// of another edge needs a name of its own, for a request that comes back to where it was is a loop.
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
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
        let domain = host(&self.domain)?;
        let trunk = match &self.registrar {
            Some(url) => Some(Trunk::connect(url).await?),
            None => None,
        };
        let plain = self.bind(self.port, None).await?;
        let secure = match self.tls.clone() {
            Some((port, certificate)) => Some(self.bind(port, Some(certificate)).await?),
            None => None,
        };
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| StartError::NoEntropy)?;
        let listeners = [Some(&plain), secure.as_ref()].into_iter().flatten();
        let addresses = listeners.map(WsListener::local_addr).collect();
        let config = match &trunk {
            Some(_) => self.edge_config(&domain, addresses)?,
            None => self.config(&domain, addresses),
        };
        let proxy = Proxy::new(config, seed);
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
        let mut driver = Driver::new(proxy, Clock::start(), recorder);
        if let Some((trunk, connection)) = trunk {
            driver = driver.with_trunk(trunk, domain, connection);
        }
        Ok(Testbed::new(parts, driver.run(plain, secure, stopped, faults)))
    }

    async fn bind(&self, port: u16, tls: Option<ServerTls>) -> Result<WsListener, StartError> {
        let address = SocketAddr::new(self.address, port);
        let keep_alive = self.flow_timer.map_or(KeepAliveOptions::OFF, watch);
        let options = ListenOptions { tls, keep_alive, ..ListenOptions::default() };
        WsListener::bind(address, options).await.map_err(|error| StartError::Bind { address, error })
    }

    /// The settings of the core; the first of `addresses` is the one it tells to others.
    fn config(&self, domain: &Host, addresses: Vec<SocketAddr>) -> ProxyConfig {
        let mut names = names(domain, addresses);
        let uri = names.next().unwrap_or_else(|| SipUri::new(domain.clone()));
        let config = ProxyConfig::new(uri.with_param("transport", Some("ws")))
            .with_domain(domain.clone())
            .with_gruu()
            .with_proxy_authentication(self.authentication)
            .with_registration_limits(self.limits);
        let config = self.flow_timer.into_iter().fold(config, ProxyConfig::with_flow_timer);
        let config = names.fold(config, ProxyConfig::with_alias);
        let preconfigured: [(String, String); USERS.len()] =
            USERS.map(|name| (name.to_owned(), PASSWORD.to_owned()));
        let users = if self.users.is_empty() { &preconfigured[..] } else { &self.users };
        if self.is_open {
            return config;
        }
        users.iter().fold(config, |config, (name, password)| config.with_user(name, password))
    }

    /// The settings of an edge.
    fn edge_config(&self, domain: &Host, addresses: Vec<SocketAddr>) -> Result<ProxyConfig, StartError> {
        let name = match &self.name {
            Some(name) => host(name)?,
            None => host(&format!("edge.{domain}"))?,
        };
        let uri = SipUri::new(name.clone()).with_param("transport", Some("ws"));
        let config = ProxyConfig::new(uri).with_home(domain.clone());
        let config = self.flow_timer.into_iter().fold(config, ProxyConfig::with_flow_timer);
        Ok(names(&name, addresses).fold(config, ProxyConfig::with_alias))
    }
}

/// What a listener at these addresses may be called.
fn names(domain: &Host, addresses: Vec<SocketAddr>) -> impl Iterator<Item = SipUri> {
    addresses.into_iter().flat_map(|address| {
        let host = match address.ip() {
            // Nobody can be told to come back to "any address".
            ip if ip.is_unspecified() => domain.clone(),
            IpAddr::V4(ip) => Host::V4(ip),
            IpAddr::V6(ip) => Host::V6(ip),
        };
        let localhost: Option<Host> = "localhost".parse().ok();
        let hosts = std::iter::once(host).chain(localhost).chain([domain.clone()]);
        hosts.map(move |host| SipUri::new(host).with_port(address.port()))
    })
}

fn host(text: &str) -> Result<Host, StartError> {
    text.parse().map_err(|_| StartError::Domain { domain: text.to_owned() })
}

/// rfc5626#5.4: the server waits longer than the Flow-Timer says.
fn watch(flow_timer: Duration) -> KeepAliveOptions {
    let grace = flow_timer / 4;
    KeepAliveOptions { mode: KeepAliveMode::WsPing, interval: flow_timer + grace, timeout: grace }
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
