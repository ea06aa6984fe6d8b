//! What a [`Proxy`](crate::Proxy) is told at its start: names, users, limits (RFC 3261 §10.3, §16, §22).

use sip_auth::Algorithm;
use sip_transaction::TimerSettings;
use sip_uri::{Host, SipUri};
use std::collections::BTreeMap;
use std::time::Duration;

/// Which requests need credentials before they are forwarded (RFC 3261 §16.3 step 6, §22.3).
///
/// Only requests that claim to come from a domain of this proxy are asked; REGISTER has its own rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum ProxyAuthentication {
    /// None.
    #[default]
    Off,
    /// Those outside a dialog: INVITE, MESSAGE, OPTIONS and others without a To tag.
    OutsideDialogs,
    /// All but ACK and CANCEL, so that also a BYE is challenged.
    Always,
}

/// How long a binding may live, in seconds (RFC 3261 §10.3 step 7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct RegistrationLimits {
    /// Shorter requests get 423 (Interval Too Brief); at most one hour.
    pub min: u32,
    /// What a request without an expiration gets.
    pub default: u32,
    /// Longer requests are cut to this.
    pub max: u32,
    /// How many bindings one address-of-record may have; one more is refused with 403.
    pub bindings: usize,
}

impl Default for RegistrationLimits {
    /// 10 s to one hour, one hour where nothing is asked for, 16 bindings.
    fn default() -> Self {
        Self { min: 10, default: 3600, max: 3600, bindings: 16 }
    }
}

/// The settings of a [`Proxy`](crate::Proxy).
///
/// ```
/// use sip_testbed::ProxyConfig;
/// let config = ProxyConfig::new("sip:127.0.0.1:5080;transport=ws".parse()?)
///     .with_domain("example.test".parse()?)
///     .with_user("alice", "secret");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ProxyConfig {
    pub(crate) uri: SipUri,
    pub(crate) aliases: Vec<SipUri>,
    pub(crate) domains: Vec<Host>,
    pub(crate) users: Option<BTreeMap<String, String>>,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) authentication: ProxyAuthentication,
    pub(crate) registration: RegistrationLimits,
    pub(crate) gruu: bool,
    pub(crate) flow_timer: Option<Duration>,
    pub(crate) homes: Vec<Host>,
    pub(crate) timers: TimerSettings,
    pub(crate) timer_c: Duration,
}

impl ProxyConfig {
    /// An open registrar and proxy whose own address is `uri`: what it writes into Via and Record-Route.
    ///
    /// The host of `uri` is the first domain it is responsible for.
    #[must_use]
    pub fn new(uri: SipUri) -> Self {
        Self {
            aliases: vec![uri.clone()],
            domains: vec![uri.host().clone()],
            uri,
            users: None,
            algorithms: vec![Algorithm::Sha256, Algorithm::Md5],
            authentication: ProxyAuthentication::default(),
            registration: RegistrationLimits::default(),
            gruu: false,
            flow_timer: None,
            homes: Vec::new(),
            timers: TimerSettings::default(),
            timer_c: TIMER_C,
        }
    }

    /// Adds a domain whose users it registers; the last one added is the realm of its challenges.
    #[must_use]
    pub fn with_domain(mut self, domain: Host) -> Self {
        self.domains.push(domain);
        self
    }

    /// Adds a host and port that also mean this proxy when they stand in a Route: another name, another listener.
    #[must_use]
    pub fn with_alias(mut self, uri: SipUri) -> Self {
        self.aliases.push(uri);
        self
    }

    /// Adds a user with a password; a name that ends with `*` stands for all users whose names begin so. Without any
    /// user it registers everybody unasked.
    #[must_use]
    pub fn with_user(mut self, name: &str, password: &str) -> Self {
        self.users.get_or_insert_default().insert(name.to_owned(), password.to_owned());
        self
    }

    /// The digest algorithms of its challenges, the preferred one first; SHA-256 and MD5 at first.
    #[must_use]
    pub fn with_algorithms(mut self, algorithms: Vec<Algorithm>) -> Self {
        self.algorithms = algorithms;
        self
    }

    /// Which requests it challenges before it forwards them; none at first.
    #[must_use]
    pub const fn with_proxy_authentication(mut self, authentication: ProxyAuthentication) -> Self {
        self.authentication = authentication;
        self
    }

    /// How long bindings live.
    #[must_use]
    pub const fn with_registration_limits(mut self, limits: RegistrationLimits) -> Self {
        self.registration = limits;
        self
    }

    /// Hands out GRUUs, a public and a temporary one, to user agents that name their instance and support them (RFC 5627
    /// §5).
    #[must_use]
    pub const fn with_gruu(mut self) -> Self {
        self.gruu = true;
        self
    }

    /// Tells user agents that register a flow to send a keep-alive at least so often, in whole seconds: Flow-Timer (RFC
    /// 5626 §5.4, §6). What becomes of flows that are silent is up to the owner of the connections.
    #[must_use]
    pub const fn with_flow_timer(mut self, flow_timer: Duration) -> Self {
        self.flow_timer = Some(flow_timer);
        self
    }

    /// Adds a domain that another server is responsible for, to which a flow should lead (`FlowProfile::with_domain`):
    /// while none does, its requests get 503.
    #[must_use]
    pub fn with_home(mut self, domain: Host) -> Self {
        self.homes.push(domain);
        self
    }

    /// The timers of its transactions.
    #[must_use]
    pub const fn with_timers(mut self, timers: TimerSettings) -> Self {
        self.timers = timers;
        self
    }

    /// How long a forwarded INVITE may wait for the next response: timer C, more than three minutes by the RFC.
    #[must_use]
    pub const fn with_timer_c(mut self, timer_c: Duration) -> Self {
        self.timer_c = timer_c;
        self
    }

    /// The realm of its challenges: the last domain.
    pub(crate) fn realm(&self) -> String {
        self.domains.last().map(ToString::to_string).unwrap_or_default()
    }

    /// Whether this proxy is responsible for `host`.
    pub(crate) fn is_own_domain(&self, host: &Host) -> bool {
        self.domains.iter().any(|domain| domain.is_equivalent(host))
    }

    /// Whether another server is responsible for `host` and this one is on the way there.
    pub(crate) fn has_home(&self, host: &Host) -> bool {
        self.homes.iter().any(|domain| domain.is_equivalent(host))
    }

    /// Whether `uri` is this proxy itself, by host and port (RFC 3261 §16.4).
    pub(crate) fn is_own_address(&self, uri: &SipUri) -> bool {
        let is_same = |own: &SipUri| own.port() == uri.port() && own.host().is_equivalent(uri.host());
        self.aliases.iter().any(is_same) || (uri.port().is_none() && self.is_own_domain(uri.host()))
    }

    /// Passwords by user name; an open proxy knows none.
    pub(crate) fn password(&self, user: &str) -> Option<String> {
        let users = self.users.as_ref()?;
        users
            .get(user)
            .or_else(|| users.iter().find(|(name, _)| is_in(user, name)).map(|(_, password)| password))
            .cloned()
    }

    /// Whether `user` may exist here; in an open proxy everybody may.
    pub(crate) fn is_user(&self, user: &str) -> bool {
        let knows = |users: &BTreeMap<String, String>| {
            users.contains_key(user) || users.keys().any(|name| is_in(user, name))
        };
        self.users.as_ref().is_none_or(knows)
    }
}

impl std::fmt::Debug for ProxyConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let users: Option<Vec<&String>> = self.users.as_ref().map(|users| users.keys().collect());
        f.debug_struct("ProxyConfig")
            .field("uri", &self.uri)
            .field("domains", &self.domains)
            .field("users", &users)
            .field("authentication", &self.authentication)
            .finish_non_exhaustive()
    }
}

/// rfc3261#16.6: step 11: more than three minutes.
const TIMER_C: Duration = Duration::from_secs(190);

/// Whether a name with a `*` at its end stands for `user`.
fn is_in(user: &str, name: &str) -> bool {
    name.strip_suffix('*').is_some_and(|prefix| user.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_all_names_that_begin_so() {
        let config = ProxyConfig::new("sip:proxy.example.test".parse().unwrap());
        let config = config.with_user("load*", "many").with_user("load1", "one");
        assert_eq!(config.password("load7").as_deref(), Some("many"));
        assert_eq!(config.password("load1").as_deref(), Some("one"));
        assert_eq!(config.password("alice"), None);
        assert!(config.is_user("load9999") && !config.is_user("lo"));
    }
}
