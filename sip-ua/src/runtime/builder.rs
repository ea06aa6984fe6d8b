//! How a user agent is put together.

use super::driver::Driver;
use super::endpoint::{Dialer, Endpoint, Origin};
#[cfg(feature = "registration")]
use super::instance::instance_at;
use super::links::Links;
use super::platform::{Clock, ConnectOptions, Trace, spawn};
use super::questions::Questions;
use super::queue::queue;
use super::resolver::Resolver;
use super::servers::Policy;
use super::{ConnectError, Events, UserAgent};
#[cfg(feature = "serde")]
use crate::core::Snapshot;
use crate::core::{Config, Core, Input};
use crate::credentials::CredentialsProvider;
use crate::maybe_send::{MaybeSend, MaybeSync};
use crate::wire::WireMessage;
use sip_auth::Account;
use sip_clock::TokenSource;
#[cfg(feature = "registration")]
use sip_outbound::InstanceId;
use sip_outbound::{BackOff, Server};
use sip_uri::SipUri;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How many events may wait for the application.
const EVENTS: usize = 256;
/// How many commands may wait for the driver.
const COMMANDS: usize = 64;

/// A change of the core's configuration.
type Change = Box<dyn FnOnce(&mut Config) + Send>;

/// Collects what a [`UserAgent`] needs; made by [`UserAgent::builder`].
#[must_use = "nothing happens before `connect`"]
pub struct Builder {
    aor: String,
    servers: Vec<Server<String>>,
    resolver: Option<Arc<dyn Resolver>>,
    locate_within: Duration,
    domain: Option<String>,
    path: String,
    username: Option<String>,
    password: Option<String>,
    changes: Vec<Change>,
    options: ConnectOptions,
    policy: Policy,
    #[cfg(feature = "registration")]
    instance_place: Option<String>,
    #[cfg(feature = "serde")]
    snapshot: Option<(Snapshot, Duration)>,
    trace: Option<Trace>,
    credentials: Option<Arc<dyn CredentialsProvider>>,
}

/// The waits between attempts to connect again: about 2, 4, 8 … seconds, at most half an hour. RFC 5626 §4.5 proposes
/// to begin at 30 s, which is long for somebody who waits.
const RECONNECT: BackOff = BackOff { base: Duration::from_secs(1), maximum: Duration::from_secs(1800) };

/// How long a server of a later priority is used before an earlier one is tried again.
const FAIL_BACK: Duration = Duration::from_secs(60);

impl Builder {
    pub(super) fn new(aor: &str) -> Self {
        Self {
            aor: aor.to_owned(),
            servers: Vec::new(),
            resolver: None,
            locate_within: LOCATE_WITHIN,
            domain: None,
            path: "/".to_owned(),
            username: None,
            password: None,
            changes: Vec::new(),
            options: ConnectOptions::default(),
            policy: Policy { reconnect: Some(RECONNECT), fail_back: Some(FAIL_BACK) },
            #[cfg(feature = "registration")]
            instance_place: None,
            #[cfg(feature = "serde")]
            snapshot: None,
            trace: None,
            credentials: None,
        }
    }

    /// The WebSocket server: `ws://host:port/path` or, with the feature `tls`, `wss://…`.
    pub fn server(self, url: &str) -> Self {
        self.servers([Server::new(url)])
    }

    /// Several WebSocket servers, any of which will do. Those with the smallest priority number come first, by their
    /// weights among equals (RFC 2782). Another one takes over when one cannot be reached, or when a REGISTER gets 408,
    /// 430, 5xx or no answer there, which then rests for as long as it asks or RFC 5626 §4.5 says; while calls are going
    /// on only a lost connection is replaced.
    ///
    /// ```no_run
    /// use sip_outbound::Server;
    /// use sip_ua::UserAgent;
    ///
    /// let servers = [Server::new("wss://a.example.com"), Server::new("wss://b.example.com").with_priority(1)];
    /// let builder = UserAgent::builder("sip:alice@example.com").servers(servers);
    /// # drop(builder);
    /// ```
    pub fn servers<T: Into<String>>(mut self, servers: impl IntoIterator<Item = Server<T>>) -> Self {
        let owned = |Server { target, priority, weight }: Server<T>| {
            Server::new(target.into()).with_priority(priority).with_weight(weight)
        };
        self.servers = servers.into_iter().map(owned).collect();
        self
    }

    /// Looks names up by this resolver instead of by the operating system. Without any [`server`](Self::server) it also
    /// finds them: by the NAPTR and SRV records (RFC 3263 §4, RFC 7118 §5.5) of the first proxy in
    /// [`Config::route_set`], or of the domain of the address-of-record. Certificates have to name that domain. It is asked
    /// again whenever a connection is lost or cannot be made, and should keep what it knows as long as the records allow.
    ///
    /// Without a resolver and without any server, the feature `dns` asks by the configuration of the operating system, such
    /// as `/etc/resolv.conf` (`HickoryResolver::system`); where that cannot be read, or names no name server, the domain
    /// itself is the server, whose addresses the operating system knows (`HostNames`).
    pub fn resolver(mut self, resolver: impl Resolver + 'static) -> Self {
        self.resolver = Some(Arc::new(resolver));
        self
    }

    /// How long one look-up of the servers of a domain, or of the addresses of a server, may take; five seconds by default.
    /// What the name servers have not said by then counts as not there (RFC 3263 §4.1, §4.2), so that of a dead name server
    /// is told in this time. NAPTR has half of it, SRV half of the rest.
    pub const fn locate_within(mut self, limit: Duration) -> Self {
        self.locate_within = limit;
        self
    }

    /// The domain whose servers the resolver finds, in place of that of the proxy or the address-of-record:
    /// `example.com`, or `sips:example.com` for those with TLS only. It goes into no message.
    pub fn domain(mut self, domain: &str) -> Self {
        self.domain = Some(domain.to_owned());
        self
    }

    /// The path of the WebSocket at servers that the resolver finds, for the DNS knows none; `/` by default.
    pub fn path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// How long a server of a later priority is used before an earlier one is tried again, one minute by default; `None`
    /// for as long as it lasts. No call is disturbed by that.
    pub fn fail_back(mut self, after: Option<Duration>) -> Self {
        self.policy.fail_back = after;
        self
    }

    /// The password for digest authentication (RFC 3261 §22).
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    /// The user name for digest authentication, when it is not the user of the address-of-record.
    pub fn username(mut self, username: &str) -> Self {
        self.username = Some(username.to_owned());
        self
    }

    /// Who is asked for credentials when a server challenges and there are none, or refused ones.
    pub fn credentials(mut self, provider: impl CredentialsProvider + 'static) -> Self {
        self.credentials = Some(Arc::new(provider));
        self
    }

    /// The name shown to peers.
    pub fn display_name(self, name: &str) -> Self {
        let name = name.to_owned();
        self.configure(move |config| config.display_name = Some(name))
    }

    /// The lifetime asked of the registrar, in whole seconds; the default is ten minutes.
    pub fn expires(self, lifetime: Duration) -> Self {
        let seconds = u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX);
        self.configure(move |config| config.expires = seconds)
    }

    /// The name of this installation: draw an [`InstanceId`] once, store it, and hand it in at every start, so that the
    /// registrar replaces the binding of the last run in place of keeping it until it expires (RFC 5626 §4.1).
    #[cfg(feature = "registration")]
    pub fn instance(self, instance: InstanceId) -> Self {
        self.configure(move |config| config.instance = Some(instance))
    }

    /// The same, drawn at the first start and kept in this file, or in a page under this key of its local storage. User agents
    /// that run at one time have each their own.
    ///
    /// ```no_run
    /// # use sip_ua::UserAgent;
    /// let builder = UserAgent::builder("sip:alice@example.com").instance_kept_in("phone.instance");
    /// # drop(builder);
    /// ```
    #[cfg(feature = "registration")]
    pub fn instance_kept_in(mut self, place: &str) -> Self {
        self.instance_place = Some(place.to_owned());
        self
    }

    /// How many flows are registered at once, each over a connection of its own, by default one (RFC 5626 §4.2); it takes
    /// an [`instance`](Self::instance). The servers are shared out among them, so that each leads to another one if there
    /// are enough. A call lives on one flow, and goes on over another at once when that fails.
    #[cfg(feature = "registration")]
    pub fn flows(self, flows: u32) -> Self {
        self.configure(move |config| config.flows = flows)
    }

    /// Everything else of the core's [`Config`]; called once, in the order given, before connecting.
    pub fn configure(mut self, change: impl FnOnce(&mut Config) + Send + 'static) -> Self {
        self.changes.push(Box::new(change));
        self
    }

    /// When a lost connection is opened again: at once, then after waits by RFC 5626 §4.5; `None` for never, which ends
    /// all calls with their connection.
    pub fn reconnect(mut self, back_off: Option<BackOff>) -> Self {
        self.policy.reconnect = back_off;
        self
    }

    /// How long calls outlive a lost connection, and how long they try to go on over the next one; five minutes by
    /// default, zero for not at all.
    pub fn patience(self, patience: Duration) -> Self {
        self.configure(move |config| config.patience = patience)
    }

    /// Goes on where another process was `age` ago ([`UserAgent::suspend`]), with the same account and server: the
    /// registration is renewed, and each call comes as [`Event::RestoredCall`](super::Event::RestoredCall).
    #[cfg(feature = "serde")]
    pub fn restore(mut self, snapshot: Snapshot, age: Duration) -> Self {
        self.snapshot = Some((snapshot, age));
        self
    }

    /// How the connection is made: time limit, size limit, certificates, keep-alive.
    pub fn connect_options(mut self, options: ConnectOptions) -> Self {
        self.options = options;
        self
    }

    /// Calls `trace` with every message sent and received; it must not block.
    pub fn trace(mut self, trace: impl Fn(&WireMessage) + MaybeSend + MaybeSync + 'static) -> Self {
        self.trace = Some(Arc::new(trace));
        self
    }

    /// Connects and starts the user agent, on the current tokio runtime or in the page. Cancel-safe: nothing is left
    /// behind.
    ///
    /// # Errors
    ///
    /// When the address-of-record or the server cannot be used, or the connection fails.
    ///
    /// # Panics
    ///
    /// On native targets outside of a tokio runtime with time and I/O enabled, as tokio does.
    pub async fn connect(self) -> Result<(UserAgent, Events), ConnectError> {
        // AC-63: boxed, for TLS and the DNS take much room in the task that waits
        Box::pin(self.open()).await
    }

    async fn open(mut self) -> Result<(UserAgent, Events), ConnectError> {
        let config = self.config()?;
        let is_located = self.servers.is_empty();
        let resolver = self.resolver.take().or_else(|| is_located.then(default_resolver).flatten());
        let dialer = Dialer { options: self.options.clone(), resolver, locate_within: self.locate_within };
        let origin = Origin { uri: self.whose_servers(&config)?, path: self.path.clone() };
        let (servers, origin) = if is_located {
            (dialer.locate(&origin).await?.0, Some(origin))
        } else {
            (self.servers.iter().map(Endpoint::of).collect::<Result<_, _>>()?, None)
        };
        let mut tokens = TokenSource::new(config.seed);
        let config = Config { seed: tokens.seed(), ..config };
        let clock = Clock::start();
        let (links, connected) =
            Links::connect((servers, origin), flows_of(&config), (self.policy, tokens), &dialer, &clock)
                .await?;
        #[cfg(feature = "serde")]
        let mut core = match &self.snapshot {
            Some((snapshot, age)) => {
                Core::restore(config, snapshot, *age, clock.now()).map_err(ConnectError::Restore)?
            }
            None => Core::new(config),
        };
        #[cfg(not(feature = "serde"))]
        let mut core = Core::new(config);
        for flow in connected {
            core.handle(Input::Connected(flow), clock.now());
        }
        let (commands, receiver) = queue(COMMANDS);
        let (events, event_receiver) = queue(EVENTS);
        let commands_of_driver = (commands.downgrade(), receiver);
        let driver = Driver::new(core, clock, links, commands_of_driver, events)
            .with_trace(self.trace)
            .with_questions(Questions::new(self.credentials));
        let ua = UserAgent::new(commands.clone());
        #[cfg(feature = "registration")]
        let driver = driver.with_status(ua.status());
        #[cfg(all(feature = "serde", feature = "call"))]
        let driver = driver.with_restored_calls();
        // A future keeps a second place for what it takes by value.
        spawn(Box::new(driver).run());
        Ok((ua, Events::new(event_receiver, commands)))
    }

    /// Who has the servers that are looked for.
    fn whose_servers(&self, config: &Config) -> Result<SipUri, ConnectError> {
        let Some(domain) = &self.domain else { return Ok(next_hop(config).clone()) };
        let has_scheme = ["sip:", "sips:"].iter().any(|scheme| domain.starts_with(scheme));
        let uri = if has_scheme { domain.clone() } else { format!("sip:{domain}") };
        uri.parse().map_err(ConnectError::Domain)
    }

    fn config(&mut self) -> Result<Config, ConnectError> {
        let aor = self.aor.parse().map_err(ConnectError::AddressOfRecord)?;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| ConnectError::NoEntropy)?;
        #[cfg(feature = "registration")]
        let mut tokens = TokenSource::new(seed);
        #[cfg(feature = "registration")]
        let seed = tokens.seed();
        let mut config = Config::new(aor, seed);
        #[cfg(feature = "registration")]
        if let Some(place) = &self.instance_place {
            config.instance = Some(instance_at(place, &mut tokens)?);
        }
        if let Some(password) = &self.password {
            let user = config.aor.user().unwrap_or_default().into_owned();
            config.accounts.push(Account::password(self.username.as_deref().unwrap_or(&user), password));
        }
        config.asks_for_credentials = self.credentials.is_some();
        for change in self.changes.drain(..) {
            change(&mut config);
        }
        #[cfg(feature = "call")]
        {
            config.asks_for_recovery_offer = true;
        }
        if self.policy.reconnect.is_none() {
            config.patience = Duration::ZERO;
        }
        Ok(config)
    }
}

/// What a person waits for before the network is blamed.
const LOCATE_WITHIN: Duration = Duration::from_secs(5);

/// Who finds the servers of a domain when the application names neither. AC-66: without a usable configuration of the DNS
/// it is the operating system.
#[cfg(all(feature = "dns", not(target_arch = "wasm32")))]
fn default_resolver() -> Option<Arc<dyn Resolver>> {
    match super::HickoryResolver::system() {
        Ok(resolver) => Some(Arc::new(resolver)),
        Err(_) => Some(Arc::new(super::HostNames)),
    }
}

/// Nobody asks the DNS.
#[cfg(not(all(feature = "dns", not(target_arch = "wasm32"))))]
const fn default_resolver() -> Option<Arc<dyn Resolver>> {
    None
}

/// How many flows there are to be; without a name for the instance they could not be told apart.
const fn flows_of(config: &Config) -> u32 {
    #[cfg(feature = "registration")]
    if config.instance.is_some() && config.flows > 1 {
        return config.flows;
    }
    1
}

/// Where requests go first: the outbound proxy, or else the domain.
fn next_hop(config: &Config) -> &SipUri {
    let proxy = config.route_set.first().and_then(|proxy| proxy.uri.as_sip());
    proxy.unwrap_or(&config.aor)
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("aor", &self.aor)
            .field("servers", &self.servers)
            .finish_non_exhaustive()
    }
}
